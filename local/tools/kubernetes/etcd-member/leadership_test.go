package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
)

const key = "/service/nusantara/leader"

// parse is for addresses that are right.
func parse(t *testing.T, address string) url.URL {
	t.Helper()
	found, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return *found
}

// startCluster runs members on sockets in a directory of the test, and returns where each takes clients.
func startCluster(t *testing.T, names ...string) map[string]string {
	t.Helper()
	// etcd wants a host and a port, and makes a socket of that name in the working directory.
	directory := t.TempDir()
	t.Chdir(directory)
	at := func(name string, port int) string { return fmt.Sprintf("unix://%s:%d", name, port) }
	var initial []string
	for _, name := range names {
		initial = append(initial, name+"="+at(name, 2380))
	}
	endpoints := map[string]string{}
	for _, name := range names {
		configuration := embed.NewConfig()
		configuration.Name, configuration.Dir = name, directory+"/"+name
		configuration.InitialCluster = strings.Join(initial, ",")
		peer, client := parse(t, at(name, 2380)), parse(t, at(name, 2379))
		configuration.ListenPeerUrls, configuration.AdvertisePeerUrls = []url.URL{peer}, []url.URL{peer}
		configuration.ListenClientUrls, configuration.AdvertiseClientUrls = []url.URL{client}, []url.URL{client}
		configuration.LogLevel = "error"
		member, err := embed.StartEtcd(configuration)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(member.Close)
		endpoints[name] = client.String()
	}
	return endpoints
}

// leader waits until one of the members leads, and names it.
func leader(t *testing.T, client *clientv3.Client, endpoints map[string]string) string {
	t.Helper()
	for range 100 {
		for name, endpoint := range endpoints {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			status, err := client.Status(ctx, endpoint)
			cancel()
			if err == nil && status.Leader == status.Header.MemberId {
				return name
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("nobody leads")
	return ""
}

func TestTheLeadershipLeavesWhereTheLockIsHeld(t *testing.T) {
	endpoints := startCluster(t, "jakarta", "bandung", "surabaya")
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{endpoints["jakarta"]}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	first := leader(t, client, endpoints)
	own := &avoidance{key: key, holders: []string{first + "-core-0", first + "-core-1"}, endpoint: endpoints[first]}
	look := func(before memory) memory {
		t.Helper()
		after, err := own.look(t.Context(), before)
		if err != nil {
			t.Fatal(err)
		}
		return after
	}
	often := func(holder string) memory { return memory{holder: holder, seen: patientLooks} }
	put := func(holder string) {
		t.Helper()
		if _, err := client.Put(t.Context(), key, holder); err != nil {
			t.Fatal(err)
		}
	}

	if look(often("")) != (memory{}) {
		t.Error("nobody holds the lock, and it is avoided")
	}
	put("elsewhere-core-0")
	if look(often("elsewhere-core-0")) != (memory{}) || leader(t, client, endpoints) != first {
		t.Error("the holder is elsewhere, and is avoided")
	}
	put(first + "-core-1")
	if look(often(first+"-core-0")).seen != 1 {
		t.Error("another holder counts as the same")
	}
	var kept memory
	for range patientLooks - 1 {
		kept = look(kept)
		if leader(t, client, endpoints) != first {
			t.Error("moved too early")
		}
	}
	kept = look(kept)
	if leader(t, client, endpoints) == first {
		t.Error("leads where the lock is held")
	}
	if kept.resting != restingLooks || look(kept).resting != restingLooks-1 {
		t.Error("does not rest", kept)
	}
	if look(often(first+"-core-1")) != (memory{}) {
		t.Error("a follower counts what it sees")
	}
}

func TestAMemberAloneKeepsTheLeadership(t *testing.T) {
	endpoints := startCluster(t, "jakarta")
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{endpoints["jakarta"]}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	leader(t, client, endpoints)
	if _, err := client.Put(t.Context(), key, "jakarta-core-0"); err != nil {
		t.Fatal(err)
	}
	own := &avoidance{key: key, holders: []string{"jakarta-core-0"}, endpoint: endpoints["jakarta"]}
	if _, err := own.look(t.Context(), memory{holder: "jakarta-core-0", seen: patientLooks}); err != nil {
		t.Error(err)
	}
	leader(t, client, endpoints)
}

func TestWhatIsAvoidedComesFromTheEnvironment(t *testing.T) {
	environment := map[string]string{}
	read := func() (*avoidance, error) {
		return avoidanceFrom(func(name string) string { return environment[name] })
	}
	if found, err := read(); found != nil || err != nil {
		t.Error("avoids something without being told to", found, err)
	}
	environment["LEADERSHIP_KEY"] = key
	if _, err := read(); err == nil || !strings.Contains(err.Error(), "LEADERSHIP_AVOIDS") {
		t.Error("does not say what is missing", err)
	}
	environment["LEADERSHIP_AVOIDS"], environment["ETCDCTL_ENDPOINTS"] = "jakarta-core-0,jakarta-core-1", "https://localhost:2379"
	found, err := read()
	if err != nil {
		t.Fatal(err)
	}
	if found.endpoint != "https://localhost:2379" || strings.Join(found.holders, " ") != "jakarta-core-0 jakarta-core-1" || found.tls != nil {
		t.Error(found)
	}
}
