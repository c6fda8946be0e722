package services

import (
	"net/http"

	"nusantara/images/service/internal/upstream"
	"nusantara/images/service/internal/web"
)

// public is what the Internet may reach, by upstream. What isn't listed doesn't exist at the gateway.
var public = map[string][]struct{ path, methods string }{
	"order":     {{"/orders", "GET POST"}, {"/orders/{id}", "GET"}},
	"payment":   {{"/payments", "GET POST"}, {"/payments/{id}", "GET"}},
	"inventory": {{"/inventory", "GET POST"}, {"/inventory/{article}", "GET"}},
	"report":    {{"/reports", "GET"}, {"/reports/{id}", "GET"}},
}

func gatewayRoutes(d Dependencies) []web.Route {
	var routes []web.Route
	for name, paths := range public {
		proxy := upstream.NewProxy(name, d.Upstreams[name], d.Metrics, d.Log)
		for _, public := range paths {
			methods := map[string]http.Handler{http.MethodGet: proxy}
			if public.methods == "GET POST" {
				methods[http.MethodPost] = proxy
			}
			routes = append(routes, web.Route{Path: public.path, Methods: methods})
		}
	}
	return routes
}
