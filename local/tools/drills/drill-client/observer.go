package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// member is where the REST API of a Patroni is.
type member struct {
	URL        string `json:"url"`
	ServerName string `json:"serverName"`
}

// How long a member may take to say what it sees: one that is frozen never does.
const observerPatience = 2 * time.Second

// observer asks the city's own members every second what the cluster is, and which of them leads.
type observer struct {
	settings settings
	history  *history

	mutex   sync.Mutex
	members map[string]watched
}

type watched struct {
	member
	client *http.Client
}

func newObserver(settings settings, history *history) (*observer, error) {
	_, err := settings.tls("")
	return &observer{settings: settings, history: history}, err
}

// setMembers says whom to ask; connections to those that stay where they are stay too.
func (o *observer) setMembers(members map[string]member) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	next := map[string]watched{}
	for name, each := range members {
		if known, ok := o.members[name]; ok && known.member == each {
			next[name] = known
			continue
		}
		// The authority was read before: this can't fail.
		configuration, _ := o.settings.tls(each.ServerName)
		next[name] = watched{each, &http.Client{
			Timeout:   observerPatience,
			Transport: &http.Transport{TLSClientConfig: configuration, MaxIdleConnsPerHost: 1},
		}}
	}
	o.members = next
}

func (o *observer) watch(ctx context.Context) {
	for ticker := time.NewTicker(time.Second); ; {
		select {
		case <-ctx.Done():
			ticker.Stop()
			return
		case <-ticker.C:
			o.history.add(o.look(ctx))
		}
	}
}

// look asks one member after another, in the order of their names, until one answers, and meanwhile each whether it leads.
func (o *observer) look(ctx context.Context) event {
	o.mutex.Lock()
	members := o.members
	o.mutex.Unlock()
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	leaders := make(chan []string, 1)
	go func() { leaders <- leadersAmong(ctx, members, names) }()
	result := event{Type: "observe", Error: "no member is known"}
	for _, name := range names {
		view, err := clusterSeenBy(ctx, members[name])
		if err == nil {
			view.Leaders = <-leaders
			return event{Type: "observe", Server: name, Result: view}
		}
		result.Error = err.Error()
	}
	return result
}

// leadersAmong asks members whether they hold the leader's lock themselves. What one says of the others may be long past:
// it reads it in etcd, or remembers it, and without a quorum nobody there takes a lock back.
func leadersAmong(ctx context.Context, members map[string]watched, names []string) []string {
	leads := make([]bool, len(names))
	var asked sync.WaitGroup
	for index, name := range names {
		asked.Go(func() {
			body, err := get(ctx, members[name].client, members[name].URL+"/primary")
			if leads[index] = err == nil; leads[index] {
				body.Close()
			}
		})
	}
	asked.Wait()
	found := []string{}
	for index, name := range names {
		if leads[index] {
			found = append(found, name)
		}
	}
	return found
}

// clusterView is what is of use in the answer of Patroni's GET /cluster, and who of the city says itself that it leads.
type clusterView struct {
	Members []memberView `json:"members"`
	Leaders []string     `json:"leaders"`
}

type memberView struct {
	Name     string `json:"name"`
	Role     string `json:"role"`
	State    string `json:"state"`
	Timeline int64  `json:"timeline,omitempty"`
	// Lag is a number of bytes, or "unknown".
	Lag any `json:"lag,omitempty"`
}

func clusterSeenBy(ctx context.Context, each watched) (clusterView, error) {
	var view clusterView
	body, err := get(ctx, each.client, each.URL+"/cluster")
	if err != nil {
		return view, err
	}
	defer body.Close()
	return view, json.NewDecoder(body).Decode(&view)
}

// isEtcdLeader reads it in the metrics of a member, which need no certificate.
func isEtcdLeader(ctx context.Context, url string) (bool, error) {
	ctx, stop := context.WithTimeout(ctx, 5*time.Second)
	defer stop()
	body, err := get(ctx, http.DefaultClient, url)
	if err != nil {
		return false, err
	}
	defer body.Close()
	for lines := bufio.NewScanner(body); lines.Scan(); {
		if value, found := strings.CutPrefix(lines.Text(), "etcd_server_is_leader "); found {
			return value == "1", nil
		}
	}
	return false, fmt.Errorf("%s does not say who leads", url)
}

func get(ctx context.Context, client *http.Client, url string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, fmt.Errorf("%s answers %s", url, response.Status)
	}
	return response.Body, nil
}
