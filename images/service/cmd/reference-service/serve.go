package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"nusantara/images/service/internal/config"
	"nusantara/images/service/internal/server"
	"nusantara/images/service/internal/services"
	"nusantara/images/service/internal/store"
	"nusantara/images/service/internal/telemetry"
)

// aggregationTimeout bounds the computation of the reports; the CronJob's own deadline is longer.
const aggregationTimeout = time.Minute

func serve(ctx context.Context, settings config.Config, log *slog.Logger) error {
	tracing, err := telemetry.StartTracing(ctx, settings.Service, settings.City, version, settings.ExportTraces, log)
	if err != nil {
		return err
	}
	metrics := telemetry.NewMetrics(settings.Service, settings.City, version)
	records, err := openStore(settings, metrics)
	if err != nil {
		return err
	}
	states := func() store.States { return store.States{Read: store.StateNone, Write: store.StateNone} }
	if records != nil {
		defer records.Close()
		states = records.States
	}
	if settings.Stores() && settings.Database == nil {
		log.Warn("no database is set: records are kept in memory, each replica has its own, and they end with it")
	}
	log.Info("starting", "traces_exported", tracing.Exporting, "databases", states())
	return server.New(server.Options{
		Config:  settings,
		Version: version,
		Routes:  services.Routes(services.Dependencies{Config: settings, Store: records, Metrics: metrics, Log: log}),
		Metrics: metrics,
		Log:     log,
		States:  states,
		Flush:   tracing.Stop,
	}).Run(ctx)
}

// openStore returns nil for a service that keeps nothing.
func openStore(settings config.Config, metrics *telemetry.Metrics) (store.Store, error) {
	switch {
	case !settings.Stores():
		return nil, nil
	case settings.Database == nil:
		return store.NewMemory(settings.Service, settings.City, services.Seed(settings.Service)...), nil
	default:
		return store.OpenPostgres(settings.Database, settings.Service, settings.City, metrics)
	}
}

func aggregate(ctx context.Context, settings config.Config, log *slog.Logger) (err error) {
	ctx, cancel := context.WithTimeout(ctx, aggregationTimeout)
	defer cancel()
	tracing, err := telemetry.StartTracing(ctx, settings.Service, settings.City, version, settings.ExportTraces, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tracing.Stop(ctx)) }()
	metrics := telemetry.NewMetrics(settings.Service, settings.City, version)
	id, err := services.Aggregate(ctx, settings, metrics, time.Now())
	if err != nil {
		return err
	}
	log.Info("reports computed", "id", id)
	return nil
}
