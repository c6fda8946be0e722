package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// An operation that may have had an effect must never count as one that had none.
func TestOutcomeIsUnknownUnlessItIsCertain(t *testing.T) {
	refused := func(severity, code string) error { return &pgconn.PgError{Severity: severity, Code: code} }
	for name, each := range map[string]struct {
		err  error
		want string
	}{
		"no error":                        {nil, "ok"},
		"no connection":                   {errors.Join(errNothingSent, context.DeadlineExceeded), "fail"},
		"no connection, server goes":      {errors.Join(errNothingSent, refused("FATAL", "57P03")), "fail"},
		"read-only server":                {refused("ERROR", "25006"), "fail"},
		"row is there already":            {refused("ERROR", "23505"), "fail"},
		"time is up":                      {context.DeadlineExceeded, "unknown"},
		"connection broken":               {errors.New("unexpected EOF"), "unknown"},
		"server ends the session":         {refused("FATAL", "57P01"), "unknown"},
		"pooler lost its server":          {refused("FATAL", "08P01"), "unknown"},
		"connection error, not fatal":     {refused("ERROR", "08006"), "unknown"},
		"outcome unknown to the server":   {refused("ERROR", "40003"), "unknown"},
		"cancelled":                       {refused("ERROR", "57014"), "unknown"},
		"error without a code":            {refused("ERROR", ""), "unknown"},
		"internal error while it commits": {refused("ERROR", "XX000"), "unknown"},
	} {
		if got := outcome(each.err); got != each.want {
			t.Errorf("%s: got %s, want %s", name, got, each.want)
		}
	}
}

const somebody = `"city":"jakarta","user":"drill_a","database":"nusantara","timeoutMilliseconds":2000`

func TestSettingsThatLackSomethingAreRefusedWithoutThePassword(t *testing.T) {
	for line, want := range map[string]string{
		`{` + somebody + `,"password":"hidden"}`:                            "",
		`{"city":"jakarta","user":"u","database":"d"}`:                      "timeoutMilliseconds",
		`{"user":"u","password":"hidden","database":"d"}`:                   "no city",
		`{` + somebody + `,"password":"hidden","entryPoints":{"pg-rw":{}}}`: "pg-rw has no answerMilliseconds",
		`{"password":"hidden","timeoutMilliseconds":"a text"}`:              "no JSON of the expected form",
		`{"city":"jakarta","user":"u","password":"hidden","database":"`:     "no JSON of the expected form",
	} {
		_, err := parseSettings([]byte(line))
		if (err == nil) != (want == "") || (err != nil && !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", line, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hidden") {
			t.Errorf("%v shows the password", err)
		}
	}
}

func TestHistoryIsOneObjectALineInOrder(t *testing.T) {
	var output bytes.Buffer
	h := newHistory(&output)
	for sequence := range int64(1000) {
		h.add(event{Type: "invoke", Operation: "write", Sequence: sequence + 1})
	}
	h.close()
	lines := strings.Split(strings.TrimSpace(output.String()), "\n")
	if len(lines) != 1000 {
		t.Fatalf("%d lines", len(lines))
	}
	var last event
	for index, line := range lines {
		var each event
		if err := json.Unmarshal([]byte(line), &each); err != nil || each.Sequence != int64(index+1) {
			t.Fatalf("line %d: %s, %v", index, line, err)
		}
		if each.Monotonic < last.Monotonic || each.Wall == 0 {
			t.Fatalf("time goes backwards in line %d", index)
		}
		last = each
	}
}

// Users do not wait for each other: an operation that hangs must not hold up the next one.
func TestLoadGoesOnWhileOperationsHang(t *testing.T) {
	l := &load{}
	ctx, stop := context.WithCancel(context.Background())
	l.stopped = stop
	release := make(chan struct{})
	var mutex sync.Mutex
	var begun []int64
	l.every(ctx, 100, func(sequence int64) {
		mutex.Lock()
		begun = append(begun, sequence)
		mutex.Unlock()
		<-release
	})
	count := func() int {
		mutex.Lock()
		defer mutex.Unlock()
		return len(begun)
	}
	for end := time.Now().Add(10 * time.Second); count() < 20; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d operations began", count())
		}
	}
	close(release)
	l.stop()
	total := count()
	time.Sleep(50 * time.Millisecond)
	if count() != total {
		t.Error("operations began after the end")
	}
}

func TestNoLoadOfAKindThatIsNotWanted(t *testing.T) {
	l := &load{stopped: func() {}}
	l.every(context.Background(), 0, func(int64) { t.Error("it began") })
	l.stop()
}

// patroni answers like a member; the certificate that verifies it comes with it.
func patroni(t *testing.T, status int, body string, leads bool) (member, string) {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		switch request.URL.Path {
		case "/cluster":
			writer.WriteHeader(status)
			fmt.Fprint(writer, body)
		case "/primary":
			if !leads {
				writer.WriteHeader(http.StatusServiceUnavailable)
			}
		default:
			t.Errorf("asked for %s", request.URL.Path)
		}
	}))
	t.Cleanup(server.Close)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	return member{URL: server.URL, ServerName: "example.com"}, string(authority)
}

func observe(t *testing.T, authority string, members map[string]member) event {
	t.Helper()
	o, err := newObserver(settings{Authority: authority, TimeoutMilliseconds: 5000}, nil)
	if err != nil {
		t.Fatal(err)
	}
	o.setMembers(members)
	return o.look(context.Background())
}

const answer = `{"members":[{"name":"jakarta-core-0","role":"leader","state":"running","timeline":3},
	{"name":"bandung-core-0","role":"replica","state":"streaming","timeline":3,"lag":"unknown"}],"scope":"nusantara"}`

func TestObserverTellsWhatTheFirstMemberThatAnswersSays(t *testing.T) {
	good, authority := patroni(t, http.StatusOK, answer, false)
	gone := member{URL: "https://127.0.0.1:1", ServerName: "example.com"}
	seen := observe(t, authority, map[string]member{"a": gone, "b": good})
	view, ok := seen.Result.(clusterView)
	if !ok || seen.Server != "b" || seen.Error != "" || len(view.Members) != 2 || view.Members[0].Timeline != 3 {
		t.Errorf("got %+v", seen)
	}
	if len(view.Leaders) != 0 {
		t.Errorf("%v lead, who do not say so themselves", view.Leaders)
	}
}

func TestObserverTellsWhoSaysOfItselfThatItLeads(t *testing.T) {
	leads, authority := patroni(t, http.StatusOK, answer, true)
	seen := observe(t, authority, map[string]member{"jakarta-core-0": leads})
	if view, _ := seen.Result.(clusterView); !slices.Equal(view.Leaders, []string{"jakarta-core-0"}) {
		t.Errorf("got %+v", seen)
	}
}

func TestObserverSaysWhyNobodyAnswers(t *testing.T) {
	ill, authority := patroni(t, http.StatusServiceUnavailable, "", false)
	if seen := observe(t, authority, map[string]member{"a": ill}); !strings.Contains(seen.Error, "503") {
		t.Errorf("got %+v", seen)
	}
	if seen := observe(t, authority, nil); seen.Error != "no member is known" {
		t.Errorf("got %+v", seen)
	}
}

func TestObserverTrustsNoOtherCertificateAndNoOtherName(t *testing.T) {
	good, authority := patroni(t, http.StatusOK, answer, false)
	good.ServerName = "core-0.db.jakarta.nusantara.internal"
	if seen := observe(t, authority, map[string]member{"a": good}); !strings.Contains(seen.Error, "certificate") {
		t.Errorf("another name: %+v", seen)
	}
	if _, err := newObserver(settings{Authority: "nothing"}, nil); err == nil {
		t.Error("an authority without a certificate was taken")
	}
}

func TestEtcdSaysWhetherItLeads(t *testing.T) {
	for body, want := range map[string]bool{
		"# HELP x\netcd_server_is_leader 1\n": true,
		"etcd_server_is_leader 0\n":           false,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(writer http.ResponseWriter, _ *http.Request) { fmt.Fprint(writer, body) }))
		if got, err := isEtcdLeader(context.Background(), server.URL); err != nil || got != want {
			t.Errorf("%q: %v, %v", body, got, err)
		}
		server.Close()
	}
}

// told is the output of a client whose entry points nobody listens at.
func told(t *testing.T, commands ...string) string {
	t.Helper()
	_, authority := patroni(t, http.StatusOK, answer, false)
	entry := address{Host: "127.0.0.1", Port: 1, ServerName: "pg-rw", AnswerMilliseconds: 500}
	first, _ := json.Marshal(settings{
		City: "jakarta", Authority: authority, Database: "d", User: "u", Password: "p", TimeoutMilliseconds: 500,
		EntryPoints: map[string]address{"pg-rw": entry, "pg-ro": entry, "pg-report": entry},
	})
	var output bytes.Buffer
	if err := run(strings.NewReader(strings.Join(append([]string{string(first)}, commands...), "\n")), &output); err != nil {
		t.Fatal(err)
	}
	return output.String()
}

func TestClientAnswersCommandsAndEndsWithItsInput(t *testing.T) {
	output := told(t, `{"id":7,"command":"dance"}`, `{"id":8,"command":"rows","entry":"pg-rw","run":"r"}`)
	for _, want := range []string{`"error":"there is no command \"dance\"","id":7`, `"id":8`} {
		if !strings.Contains(output, want) {
			t.Errorf("no %s in %s", want, output)
		}
	}
}

func TestTheNewestMembersCount(t *testing.T) {
	var commands, want []string
	for id := 1; id <= 200; id++ {
		commands = append(commands, fmt.Sprintf(`{"id":%d,"command":"members","members":{}}`, id))
		want = append(want, fmt.Sprint(id))
	}
	var got []string
	for _, line := range strings.Split(strings.TrimSpace(told(t, commands...)), "\n") {
		var answer event
		if err := json.Unmarshal([]byte(line), &answer); err != nil {
			t.Fatal(err)
		}
		if answer.Type == "answer" {
			got = append(got, fmt.Sprint(answer.ID))
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("they are done in the order %v", got)
	}
}

// Whoever comes back must not be met by all that has waited for it.
func TestOperationsShareTheAttemptsToConnect(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var connects atomic.Int32
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			connects.Add(1)
			connection.Close()
		}
	}()
	_, authority := patroni(t, http.StatusOK, answer, false)
	port := uint16(listener.Addr().(*net.TCPAddr).Port)
	entry, err := newEntryPoint(
		settings{City: "jakarta", Authority: authority, Database: "d", User: "u", TimeoutMilliseconds: 300},
		address{Host: "127.0.0.1", Port: port, ServerName: "pg-rw", AnswerMilliseconds: 300},
	)
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	for range 100 {
		work.Go(func() {
			nothing := func(context.Context, *pgconn.PgConn) error { return nil }
			if err := entry.use(context.Background(), entry.usual, nothing); outcome(err) != "fail" {
				t.Errorf("an operation without a connection ended with %v", err)
			}
		})
	}
	work.Wait()
	listener.Close()
	if count := connects.Load(); count == 0 || count > connectsAtOnce+connectsPerSecond {
		t.Errorf("100 operations connected %d times", count)
	}
}
