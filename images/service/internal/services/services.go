// Package services holds what each of the services does: its routes.
package services

import (
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"

	"nusantara/images/service/internal/config"
	"nusantara/images/service/internal/store"
	"nusantara/images/service/internal/telemetry"
	"nusantara/images/service/internal/upstream"
	"nusantara/images/service/internal/web"
)

// Dependencies are what the routes of a service work with.
type Dependencies struct {
	config.Config
	// Store is nil for a service that keeps nothing.
	Store   store.Store
	Metrics *telemetry.Metrics
	Log     *slog.Logger
}

// Routes returns the routes of the service that the configuration names.
func Routes(d Dependencies) []web.Route {
	switch d.Service {
	case "api-gateway":
		return gatewayRoutes(d)
	case "order":
		return order{d, d.client("inventory"), d.client("payment")}.routes()
	case "payment":
		return payment{d}.routes()
	case "inventory":
		return inventory{d}.routes()
	case "report":
		return report{d}.routes()
	default:
		panic("no routes for service " + d.Service) // The configuration refuses other names.
	}
}

// Seed returns what a service knows from the start where it keeps records in memory.
func Seed(service string) []store.NewRecord {
	if service != "inventory" {
		return nil
	}
	return []store.NewRecord{{Subject: "demo", Body: []byte(`{"article":"demo","quantity":1000000}`)}}
}

func (d Dependencies) client(name string) *upstream.Client {
	return upstream.NewClient(name, d.Upstreams[name], d.Metrics)
}

// handle makes a handler of a function that may fail.
func (d Dependencies) handle(run func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := run(w, r)
		if err == nil {
			return
		}
		failure := describe(err)
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			failure.Outcome = "" // Of a write only.
		}
		// Personal data of the request is not in these errors: they say what was wrong, not with which value.
		if failure.Status >= 500 {
			d.Log.ErrorContext(r.Context(), "request failed", "code", failure.Code, "outcome", failure.Outcome, "error", err)
		}
		web.WriteError(w, failure)
	})
}

// describe turns an error of a service into an answer.
func describe(err error) *web.Error {
	var known *web.Error
	var unavailable *store.Unavailable
	var status *upstream.StatusError
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, store.ErrNotFound):
		return &web.Error{Status: http.StatusNotFound, Code: "not_found", Message: "the nearest database has no such record"}
	case errors.Is(err, store.ErrKeyReused):
		return &web.Error{Status: http.StatusUnprocessableEntity, Code: "idempotency_key_reused", Message: err.Error()}
	case errors.As(err, &unavailable):
		failure := &web.Error{Status: http.StatusServiceUnavailable, Code: "database_unavailable",
			Message: "the database can't be reached", Outcome: string(unavailable.Outcome), RetryAfter: 1, Cause: err}
		if unavailable.ReadOnly {
			failure.Code, failure.Message = "database_read_only", "the database takes no writes now"
		} else if unavailable.Outcome == store.Unknown {
			failure.Message = "the database didn't confirm; repeat the request with the same Idempotency-Key"
		}
		return failure
	case errors.As(err, &status):
		return &web.Error{Status: http.StatusServiceUnavailable, Code: "upstream_failed", Message: status.Error(),
			RetryAfter: 1, Cause: err}
	default:
		return web.General(err)
	}
}

// originHeaders tell drills which server answered.
func originHeaders(w http.ResponseWriter, origin store.Origin) {
	for name, value := range map[string]string{
		"X-Database-Role": origin.Role, "X-Database-Address": origin.Address, "X-Database-City": origin.City,
	} {
		if value != "" {
			w.Header().Set(name, value)
		}
	}
}

var keyPattern = regexp.MustCompile(`^[!-~]{1,200}$`)

// idempotencyKey reads the header of that name; "" where there is none.
func idempotencyKey(r *http.Request) (string, error) {
	key := r.Header.Get("Idempotency-Key")
	if key != "" && !keyPattern.MatchString(key) {
		return "", web.Invalid("Idempotency-Key must be 1 to 200 printable ASCII characters without spaces")
	}
	return key, nil
}

// add writes a record and answers with it: 201, or 200 where the key was known.
func (d Dependencies) add(w http.ResponseWriter, r *http.Request, record store.NewRecord) error {
	added, replayed, origin, err := d.Store.Add(r.Context(), record)
	originHeaders(w, origin)
	if err != nil {
		return err
	}
	status := http.StatusCreated
	if replayed {
		status = http.StatusOK
		w.Header().Set("Idempotency-Replayed", "true")
	}
	w.Header().Set("Location", r.URL.Path+"/"+added.ID)
	web.Write(w, status, added)
	return nil
}

var idPattern = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// get answers with the record that the path names.
func (d Dependencies) get(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if !idPattern.MatchString(id) {
		return store.ErrNotFound
	}
	record, origin, err := d.Store.Get(r.Context(), id)
	originHeaders(w, origin)
	if err != nil {
		return err
	}
	web.Write(w, http.StatusOK, record)
	return nil
}

const (
	listDefault = 20
	listMost    = 100
)

// list answers with the newest records; ?limit= says how many.
func (d Dependencies) list(w http.ResponseWriter, r *http.Request) error {
	limit := listDefault
	if text := r.URL.Query().Get("limit"); text != "" {
		var err error
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > listMost {
			return web.Invalid("limit must be a whole number from 1 to " + strconv.Itoa(listMost))
		}
	}
	records, origin, err := d.Store.List(r.Context(), limit)
	originHeaders(w, origin)
	if err != nil {
		return err
	}
	web.Write(w, http.StatusOK, map[string][]store.Record{"records": records})
	return nil
}
