package server

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"nusantara/images/service/internal/config"
	"nusantara/images/service/internal/logging"
	"nusantara/images/service/internal/store"
	"nusantara/images/service/internal/telemetry"
	"nusantara/images/service/internal/web"
)

type safeBuffer struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.buffer.Write(p)
}

func (b *safeBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.buffer.String()
}

func newTest(t *testing.T, log io.Writer, change func(*Options)) *Server {
	t.Helper()
	options := Options{
		Config: config.Config{
			Service: "order", City: "jakarta", ListenHost: "127.0.0.1", RequestTimeout: time.Second, MaxConcurrent: 4,
			MaxBodyBytes: 100, ShutdownDelay: 200 * time.Millisecond, ShutdownTimeout: 5 * time.Second,
		},
		Version: "1.0.0",
		Metrics: telemetry.NewMetrics("order", "jakarta", "1.0.0"),
		Log:     logging.New(log, slog.LevelDebug),
		States:  func() store.States { return store.States{Read: store.StateDown, Write: store.StateReadOnly} },
		Flush:   func(context.Context) error { return nil },
		Routes: []web.Route{{Path: "/orders/{id}", Methods: map[string]http.Handler{
			"GET": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch r.PathValue("id") {
				case "panic":
					panic("a fault of mine")
				case "late-panic":
					w.WriteHeader(http.StatusOK)
					w.(http.Flusher).Flush()
					panic("too late")
				}
				web.Write(w, http.StatusOK, "fine")
			}),
			"POST": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var body any
				if err := web.Decode(r, &body); err != nil {
					web.WriteError(w, web.General(err))
					return
				}
				web.Write(w, http.StatusCreated, body)
			}),
		}}},
	}
	if change != nil {
		change(&options)
	}
	return New(options)
}

func TestAnswers(t *testing.T) {
	var log safeBuffer
	s := newTest(t, &log, nil)
	for _, test := range []struct {
		method, path, body string
		status             int
		route, code        string
	}{
		{"GET", "/orders/1", "", 200, "/orders/{id}", ""},
		{"HEAD", "/orders/1", "", 200, "/orders/{id}", ""},
		{"POST", "/orders/1", "{}", 201, "/orders/{id}", ""},
		{"POST", "/orders/2", "{} {}", 400, "/orders/{id}", "invalid_request"},
		{"POST", "/orders/3", `"` + strings.Repeat("x", 200) + `"`, 413, "/orders/{id}", "body_too_large"},
		{"DELETE", "/orders/1", "", 405, "/orders/{id}", "method_not_allowed"},
		{"INVENTED", "/orders/1", "", 405, "/orders/{id}", "method_not_allowed"},
		{"GET", "/nothing/here", "", 404, "unmatched", "unknown_path"},
		{"GET", "/orders/panic", "", 500, "/orders/{id}", "internal"},
	} {
		t.Run(test.method+test.path, func(t *testing.T) {
			method := telemetry.Method(test.method)
			counter := s.Metrics.Requests.WithLabelValues(method, test.route, strconv.Itoa(test.status))
			before := testutil.ToFloat64(counter)
			answer := httptest.NewRecorder()
			s.requests.Handler.ServeHTTP(answer, httptest.NewRequest(test.method, test.path, strings.NewReader(test.body)))
			if answer.Code != test.status || answer.Header().Get("Content-Type") != "application/json" {
				t.Errorf("answered %d %s", answer.Code, answer.Header())
			}
			if test.code != "" && !strings.Contains(answer.Body.String(), `"code":"`+test.code+`"`) {
				t.Errorf("answered %s", answer.Body)
			}
			if test.status == 405 && answer.Header().Get("Allow") != "GET, HEAD, POST" {
				t.Errorf("Allow is %q", answer.Header().Get("Allow"))
			}
			if got := testutil.ToFloat64(counter) - before; got != 1 {
				t.Errorf("counted %v times", got)
			}
		})
	}
	if !strings.Contains(log.String(), `"msg":"panic"`) || !strings.Contains(log.String(), `"stack"`) {
		t.Error("the panic was not logged")
	}
}

// A client must not take half an answer for a whole one.
func TestPanicAfterTheAnswerBeganCutsTheConnection(t *testing.T) {
	s := newTest(t, io.Discard, nil)
	listener := httptest.NewServer(s.requests.Handler)
	defer listener.Close()
	listener.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	response, err := http.Get(listener.URL + "/orders/late-panic")
	if err == nil {
		_, err = io.ReadAll(response.Body)
		response.Body.Close()
	}
	if err == nil {
		t.Error("the answer looks whole")
	}
	if got := testutil.ToFloat64(s.Metrics.Requests.WithLabelValues("GET", "/orders/{id}", "500")); got != 1 {
		t.Errorf("counted %v times as 500", got)
	}
}

func TestRequestID(t *testing.T) {
	s := newTest(t, io.Discard, nil)
	for given, kept := range map[string]bool{"abc-1.2_3": true, "": false, "a b": false, strings.Repeat("x", 65): false} {
		request := httptest.NewRequest("GET", "/orders/1", nil)
		request.Header.Set("X-Request-Id", given)
		answer := httptest.NewRecorder()
		s.requests.Handler.ServeHTTP(answer, request)
		if got := answer.Header().Get("X-Request-Id"); got == "" || (got == given) != kept {
			t.Errorf("given %q, answered %q", given, got)
		}
	}
}

func get(t *testing.T, s *Server, path string) (int, health) {
	t.Helper()
	answer := httptest.NewRecorder()
	s.requests.Handler.ServeHTTP(answer, httptest.NewRequest("GET", path, nil))
	var body health
	_ = json.Unmarshal(answer.Body.Bytes(), &body) // Only health checks have this form.
	return answer.Code, body
}

func TestCheck(t *testing.T) {
	s := newTest(t, io.Discard, nil)
	if code, body := get(t, s, "/check"); code != 200 || body.Status != "ok" || body.Databases.Read != "down" ||
		body.Service != "order" || body.City != "jakarta" || body.Version != "1.0.0" {
		t.Errorf("with its databases down: %d %+v", code, body)
	}
	if code, body := get(t, s, "/check?for=readiness"); code != 200 || body.Status != "ok" {
		t.Errorf("readiness with its databases down: %d %+v", code, body)
	}
	for range cap(s.limiter.slots) {
		s.limiter.take(t.Context(), 0)
	}
	if code, body := get(t, s, "/check"); code != 200 || body.Status != "ok" {
		t.Errorf("busy: %d %+v", code, body)
	}
	if code, _ := get(t, s, "/orders/1"); code != 503 {
		t.Errorf("a request while busy: %d", code)
	}
	s.limiter.changed.Store(time.Now().Add(-s.RequestTimeout - stuckMargin - time.Second).UnixNano())
	if code, body := get(t, s, "/check"); code != 503 || body.Status != "stuck" {
		t.Errorf("hung: %d %+v", code, body)
	}
	s.limiter.give()
	s.draining.Store(true)
	if code, body := get(t, s, "/check"); code != 503 || body.Status != "draining" {
		t.Errorf("draining: %d %+v", code, body)
	}
	// The probes above: none of them is traffic.
	if got := testutil.CollectAndCount(s.Metrics.Duration); got != 2 {
		t.Errorf("%d series of durations, want those of the two routes only", got)
	}
}

// After a change of passwords the database may hear of the new one later than the pods that have it.
func TestAPodThatWasNeverLetInIsNotReadyAndNotRestarted(t *testing.T) {
	states := store.States{Read: store.StateUp, Write: store.StateUnknown}
	s := newTest(t, io.Discard, func(options *Options) {
		options.States = func() store.States { return states }
	})
	for word, want := range map[string]int{
		store.StateUnknown: 503, store.StateRefused: 503, store.StateDown: 200, store.StateReadOnly: 200, store.StateUp: 200,
	} {
		states.Write = word
		if code, _ := get(t, s, "/check?for=readiness"); code != want {
			t.Errorf("readiness with a database that is %s: %d", word, code)
		}
		if code, _ := get(t, s, "/check"); code != 200 {
			t.Errorf("liveness with a database that is %s: %d", word, code)
		}
	}
}

func TestMetricsPortServesMetricsOnly(t *testing.T) {
	s := newTest(t, io.Discard, nil)
	for path, want := range map[string]int{"/metrics": 200, "/": 404, "/check": 404, "/orders/1": 404} {
		answer := httptest.NewRecorder()
		s.metrics.Handler.ServeHTTP(answer, httptest.NewRequest("GET", path, nil))
		if answer.Code != want {
			t.Errorf("%s answers %d", path, answer.Code)
		}
		if path == "/metrics" && !strings.Contains(answer.Body.String(),
			`http_requests_total{code="200",method="GET",route="/orders/{id}",service="order"} 0`) {
			t.Error("the series is not there before the first request")
		}
	}
}
