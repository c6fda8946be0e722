package main

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes/fake"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func records(lines ...string) []record {
	var found []record
	for _, line := range lines {
		name, address, _ := strings.Cut(line, "=")
		found = append(found, record{name, netip.MustParseAddr(address)})
	}
	return found
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// now is when files are written, in seconds of Unix time.
var now = time.Unix(1_800_000_000, 0)

func write(t *testing.T, file string, records []record) bool {
	t.Helper()
	written, err := update(file, jakarta.origin(), records, now)
	if err != nil {
		t.Fatal(err)
	}
	return written
}

func TestZoneFileHasASerialNumberShortTimesAndTheRecords(t *testing.T) {
	file := filepath.Join(t.TempDir(), "zone", "jakarta.zone")
	if !write(t, file, records("a.jakarta.nusantara.internal=10.10.0.1", "b.jakarta.nusantara.internal=fd00::1")) {
		t.Fatal("nothing was written")
	}
	want := `$ORIGIN jakarta.nusantara.internal.
$TTL 3
@ SOA ns hostmaster 1800000000 3600 600 86400 1
a.jakarta.nusantara.internal. A 10.10.0.1
b.jakarta.nusantara.internal. AAAA fd00::1
`
	if got := read(t, file); got != want {
		t.Errorf("got %s", got)
	}
}

func TestZoneFileIsWrittenOnlyWhenRecordsChangeAndItsSerialNumberGrows(t *testing.T) {
	file := filepath.Join(t.TempDir(), "jakarta.zone")
	first := records("a.jakarta.nusantara.internal=10.10.0.1")
	write(t, file, first)
	if write(t, file, first) {
		t.Error("it was written again without need")
	}
	if !write(t, file, nil) || serialOf(read(t, file)) != 1_800_000_001 || strings.Contains(read(t, file), "10.10.0.1") {
		t.Errorf("got %s", read(t, file))
	}
	entries, _ := os.ReadDir(filepath.Dir(file))
	if len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestDamagedZoneFileIsReplaced(t *testing.T) {
	file := filepath.Join(t.TempDir(), "jakarta.zone")
	for _, text := range []string{"", "@ SOA ns hostmaster 99999999999 1 1 1 1\n", "half a li", "x. 1 IN SOA ns.x. h.x. 1 2 3 4 5\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if !write(t, file, nil) || serialOf(read(t, file)) != 1_800_000_000 {
			t.Errorf("%q became %s", text, read(t, file))
		}
	}
}

func eventually(t *testing.T, file, wanted string) {
	t.Helper()
	end := time.Now().Add(10 * time.Second)
	for time.Now().Before(end) {
		if text, err := os.ReadFile(file); err == nil && strings.Contains(string(text), wanted) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	text, _ := os.ReadFile(file)
	t.Fatalf("no %q in %s", wanted, text)
}

func TestNamesFollowPods(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	yes := true
	names := jakarta
	names.file = filepath.Join(t.TempDir(), "jakarta.zone")
	client := fake.NewClientset(
		service("db", "db.jakarta.nusantara.internal", core.ClusterIPNone),
		slice("db-1", "db", endpoint("core-0", &yes, "10.10.1.2")),
	)
	ended := make(chan error)
	go func() { ended <- names.run(ctx, client) }()
	eventually(t, names.file, "core-0.db.jakarta.nusantara.internal. A 10.10.1.2\n")

	moved := slice("db-1", "db", endpoint("core-0", &yes, "10.10.2.7"))
	if _, err := client.DiscoveryV1().EndpointSlices("databases").Update(ctx, moved, meta.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, names.file, "core-0.db.jakarta.nusantara.internal. A 10.10.2.7\n")
	if strings.Contains(read(t, names.file), "10.10.1.2") {
		t.Error("the address that it had is still there")
	}

	if err := client.CoreV1().Services("databases").Delete(ctx, "db", meta.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	gone := func() bool { return !strings.Contains(read(t, names.file), " A ") }
	for end := time.Now().Add(10 * time.Second); !gone() && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
	}
	if !gone() {
		t.Errorf("names of a Service that is gone: %s", read(t, names.file))
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestPublisherHasToBeToldWhatItPublishes(t *testing.T) {
	for name, test := range map[string]struct {
		names publisher
		says  string
	}{
		"no file":               {publisher{zone: "a.internal", city: "jakarta"}, "-zone, -city and -file"},
		"no zone":               {publisher{city: "jakarta", file: "f"}, "-zone, -city and -file"},
		"no city":               {publisher{zone: "a.internal", file: "f"}, "-zone, -city and -file"},
		"a record of elsewhere": {publisher{zone: "a.internal", city: "x", file: "f", fixed: records("s3.y.a.internal=10.0.0.1")}, "not below x.a.internal"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := run(t.Context(), "", test.names); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestRecordFlag(t *testing.T) {
	var flags recordFlags
	if err := flags.Set("s3.jakarta.nusantara.internal=10.11.0.1"); err != nil || lines(flags) != "s3.jakarta.nusantara.internal=10.11.0.1" {
		t.Errorf("got %v, %v", flags, err)
	}
	for _, text := range []string{"s3", "s3=", "s3=router"} {
		if flags.Set(text) == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
