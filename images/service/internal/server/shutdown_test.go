package server

import (
	"context"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nusantara/images/service/internal/web"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// diary notes what happens in which order.
type diary struct {
	mutex  sync.Mutex
	events []string
}

func (d *diary) note(event string) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if !slices.Contains(d.events, event) {
		d.events = append(d.events, event)
	}
}

// One request runs while the process is told to end: it is answered, requests in the delay too, then nobody is
// accepted, then the traces are flushed.
func TestShutdownOrder(t *testing.T) {
	var order diary
	running, finish := make(chan struct{}), make(chan struct{})
	slow := web.Route{Path: "/slow", Methods: map[string]http.Handler{
		"GET": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			close(running)
			<-finish
			order.note("slow request answered")
			web.Write(w, http.StatusOK, "late")
		}),
	}}
	s := newTest(t, io.Discard, func(o *Options) {
		o.Routes = append(o.Routes, slow)
		o.Flush = func(context.Context) error { order.note("traces flushed"); return nil }
	})
	requests, metrics := listen(t), listen(t)
	address, metricsAddress := "http://"+requests.Addr().String(), "http://"+metrics.Addr().String()
	ctx, terminate := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.serve(ctx, requests, metrics) }()

	// Each request on a connection of its own, like a new client.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	status := func(url string) int {
		response, err := client.Get(url)
		if err != nil {
			return 0
		}
		defer response.Body.Close()
		if s.draining.Load() && url == address+"/orders/1" && !response.Close {
			t.Error("a connection stays open while draining")
		}
		return response.StatusCode
	}
	slowStatus := make(chan int)
	go func() { slowStatus <- status(address + "/slow") }()
	<-running
	if got := status(address + "/check"); got != 200 {
		t.Fatalf("/check answers %d before", got)
	}
	terminate()
	for status(address+"/check") != 503 {
		time.Sleep(time.Millisecond)
	}
	order.note("check fails")
	if got := status(address + "/orders/1"); got != 200 {
		t.Errorf("a request within the delay gets %d", got)
	}
	order.note("request within the delay answered")
	for status(address+"/orders/1") != 0 {
		time.Sleep(5 * time.Millisecond)
	}
	order.note("nobody is accepted")
	if got := status(metricsAddress + "/metrics"); got != 200 {
		t.Errorf("metrics answer %d while a request runs", got)
	}
	close(finish)
	if got := <-slowStatus; got != 200 {
		t.Errorf("the running request gets %d", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	want := []string{"check fails", "request within the delay answered", "nobody is accepted", "slow request answered", "traces flushed"}
	if !slices.Equal(order.events, want) {
		t.Errorf("the order was\n  %s\nwant\n  %s", strings.Join(order.events, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestShutdownIsBounded(t *testing.T) {
	running := make(chan struct{})
	s := newTest(t, io.Discard, func(o *Options) {
		o.ShutdownDelay, o.ShutdownTimeout = 0, 100*time.Millisecond
		o.Routes = []web.Route{{Path: "/slow", Methods: map[string]http.Handler{
			"GET": http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				close(running)
				<-r.Context().Done()
			}),
		}}}
	})
	requests, metrics := listen(t), listen(t)
	ctx, terminate := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.serve(ctx, requests, metrics) }()
	go func() {
		if response, err := http.Get("http://" + requests.Addr().String() + "/slow"); err == nil {
			response.Body.Close()
		}
	}()
	<-running
	start := time.Now()
	terminate()
	err := <-ended
	if err == nil || time.Since(start) > time.Second {
		t.Errorf("ended with %v after %s", err, time.Since(start))
	}
}
