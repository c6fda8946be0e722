package server

import (
	"net/http"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"nusantara/images/service/internal/web"
)

// unmatched is the route of what no pattern matches.
const unmatched = "unmatched"

// newRouter answers unknown paths with 404 and known ones with a wrong method with 405.
// Around is put around every handler, inside of what knows the route.
func newRouter(routes []web.Route, around func(http.Handler) http.Handler) http.Handler {
	mux := http.NewServeMux()
	handle := func(path, label string, handler http.Handler) { mux.Handle(path, labelled(label, around(handler))) }
	handle("/", unmatched, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		web.WriteError(w, &web.Error{Status: http.StatusNotFound, Code: "unknown_path", Message: "there is nothing here"})
	}))
	for _, route := range routes {
		handle(route.Path, route.Path, byMethod(route.Methods))
	}
	return mux
}

func byMethod(methods map[string]http.Handler) http.Handler {
	allowed := make([]string, 0, len(methods)+1)
	for method := range methods {
		allowed = append(allowed, method)
		if method == http.MethodGet {
			allowed = append(allowed, http.MethodHead)
		}
	}
	slices.Sort(allowed)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		if handler, found := methods[method]; found {
			handler.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		web.WriteError(w, &web.Error{Status: http.StatusMethodNotAllowed, Code: "method_not_allowed",
			Message: "this path takes " + strings.Join(allowed, ", ")})
	})
}

// labelled tells metrics, logs and the trace which route answers.
func labelled(route string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if recorded := recordOf(r.Context()); recorded != nil {
			recorded.route = route
		}
		if span := trace.SpanFromContext(r.Context()); span.IsRecording() {
			span.SetName(r.Method + " " + route)
			span.SetAttributes(attribute.String("http.route", route))
		}
		next.ServeHTTP(w, r)
	})
}
