package server

import (
	"net/http"
	"time"

	"nusantara/images/service/internal/store"
	"nusantara/images/service/internal/web"
)

const checkPath = "/check"

// forReadiness is the value of the parameter `for` by which a readiness probe asks.
const forReadiness = "readiness"

// health is the answer of the health check.
type health struct {
	// Status is "ok", "draining", "stuck" or "starting".
	Status        string       `json:"status"`
	Service       string       `json:"service"`
	City          string       `json:"city"`
	Version       string       `json:"version"`
	UptimeSeconds int64        `json:"uptime_seconds"`
	Databases     store.States `json:"databases"`
}

// check says whether this process can serve. A database or an upstream that is down doesn't matter: a restart would
// not mend it, and every replica would restart at once.
//
// A readiness probe is told more: a process whose login has never been accepted isn't ready, so that those which it was
// to replace go on. That is so after a change of passwords, until the database has heard of it.
func (s *Server) check(w http.ResponseWriter, r *http.Request) {
	answer := health{
		Status:        "ok",
		Service:       s.Service,
		City:          s.City,
		Version:       s.Version,
		UptimeSeconds: int64(time.Since(s.started).Seconds()),
		Databases:     s.States(),
	}
	status := http.StatusOK
	switch {
	case s.draining.Load():
		answer.Status, status = "draining", http.StatusServiceUnavailable
	case s.limiter.stuck(s.RequestTimeout + stuckMargin):
		answer.Status, status = "stuck", http.StatusServiceUnavailable
	case r.URL.Query().Get("for") == forReadiness && !answer.Databases.Asked():
		answer.Status, status = "starting", http.StatusServiceUnavailable
	}
	w.Header().Set("Cache-Control", "no-store")
	web.Write(w, status, answer)
}
