package services

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"nusantara/images/service/internal/config"
	"nusantara/images/service/internal/store"
	"nusantara/images/service/internal/telemetry"
	"nusantara/images/service/internal/upstream"
	"nusantara/images/service/internal/web"
)

const (
	reportSubject      = "records"
	aggregationsPath   = "/reports/aggregations"
	aggregationQuarter = 15 * time.Minute
)

// report shows aggregates that were computed before.
type report struct{ Dependencies }

func (t report) routes() []web.Route {
	return []web.Route{
		{Path: "/reports", Methods: map[string]http.Handler{"GET": t.handle(t.list)}},
		{Path: "/reports/{id}", Methods: map[string]http.Handler{"GET": t.handle(t.get)}},
		{Path: aggregationsPath, Methods: map[string]http.Handler{"POST": t.handle(t.aggregate)}},
	}
}

// aggregate counts the records of every service and keeps the result.
func (t report) aggregate(w http.ResponseWriter, r *http.Request) error {
	key, err := idempotencyKey(r)
	if err != nil {
		return err
	}
	counts, _, err := t.Store.Counts(r.Context())
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]any{"records": counts})
	if err != nil {
		return err
	}
	// The counts are no part of what was asked: they may differ when it is asked again.
	return t.add(w, r, store.NewRecord{Subject: reportSubject, Body: body, Key: key, Request: []byte{}})
}

// Aggregate asks the report service to compute its aggregates, and gives the id of the result. A task that is
// repeated within the same quarter of an hour of the same city computes them once.
func Aggregate(ctx context.Context, c config.Config, metrics *telemetry.Metrics, now time.Time) (string, error) {
	client := upstream.NewClient("report", c.Upstreams["report"], metrics)
	key := c.City + ":" + now.UTC().Truncate(aggregationQuarter).Format(time.RFC3339)
	var result store.Record
	if err := client.Call(ctx, http.MethodPost, aggregationsPath, key, nil, &result); err != nil {
		return "", err
	}
	return result.ID, nil
}
