package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"nusantara/images/service/internal/config"
)

const (
	// connectTimeout bounds one attempt to connect to one server.
	connectTimeout = 2 * time.Second
	// A connection isn't kept for long: after a failover, connections find their way back to the nearest server.
	connectionLifetime = 10 * time.Minute
	connectionIdle     = 5 * time.Minute
)

// poolConfig is how a service connects to one of its databases.
func poolConfig(database *config.Database, databaseURL, service, city string) (*pgxpool.Config, error) {
	pool, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		// The message may quote the URL.
		return nil, errors.New("the database URL can't be used")
	}
	pool.MaxConns = int32(database.MaxConnections)
	pool.MaxConnLifetime = connectionLifetime
	pool.MaxConnLifetimeJitter = connectionLifetime / 5
	pool.MaxConnIdleTime = connectionIdle
	pool.PingTimeout = connectTimeout
	pool.BeforeConnect = func(_ context.Context, connection *pgx.ConnConfig) error {
		return setPassword(connection, database.PasswordFile)
	}
	connection := pool.ConnConfig
	connection.ConnectTimeout = connectTimeout
	if connection.RuntimeParams["application_name"] == "" {
		connection.RuntimeParams["application_name"] = service + "-" + city
	}
	// A pooler that gives every transaction another connection knows no prepared statements of ours.
	if parsed, err := url.Parse(databaseURL); err == nil && !parsed.Query().Has("default_query_exec_mode") {
		connection.DefaultQueryExecMode = pgx.QueryExecModeExec
	}
	connection.Tracer = otelpgx.NewTracer(otelpgx.WithSpanNameCtxFunc(spanName))
	return pool, nil
}

// writePoolConfig refuses servers that take no writes.
func writePoolConfig(database *config.Database, service, city string) (*pgxpool.Config, error) {
	pool, err := poolConfig(database, database.WriteURL, service, city)
	if err != nil {
		return nil, err
	}
	pool.ConnConfig.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	return pool, nil
}

// setPassword reads the password anew for every connection, so that a rotation needs no restart.
func setPassword(connection *pgx.ConnConfig, file string) error {
	password, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the database password: %w", err)
	}
	connection.Password = strings.TrimRight(string(password), "\r\n")
	return nil
}

type operationKey struct{}

// spanName calls a statement by its operation: all of them begin with the same word.
func spanName(ctx context.Context, _ string) string {
	if operation, found := ctx.Value(operationKey{}).(string); found {
		return "postgresql " + operation
	}
	return "postgresql"
}

// withoutUser takes the user's name out of the error of a connection.
func withoutUser(err error) error {
	var failed *pgconn.ConnectError
	if errors.As(err, &failed) && failed.Unwrap() != nil {
		return fmt.Errorf("connect to the database: %w", failed.Unwrap())
	}
	return err
}

// poolCollector shows how many connections a process holds.
type poolCollector struct {
	pools map[string]*pgxpool.Pool
}

var (
	connections = prometheus.NewDesc("database_client_connections",
		"Connections to a database, by state.", []string{"database", "state"}, nil)
	connectionsMax = prometheus.NewDesc("database_client_connections_max",
		"Most connections to a database.", []string{"database"}, nil)
)

func (c poolCollector) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- connections
	descriptions <- connectionsMax
}

func (c poolCollector) Collect(metrics chan<- prometheus.Metric) {
	for name, pool := range c.pools {
		stat := pool.Stat()
		gauge := func(description *prometheus.Desc, value int32, labels ...string) {
			metrics <- prometheus.MustNewConstMetric(description, prometheus.GaugeValue, float64(value), labels...)
		}
		gauge(connections, stat.AcquiredConns(), name, "used")
		gauge(connections, stat.IdleConns(), name, "idle")
		gauge(connections, stat.ConstructingConns(), name, "connecting")
		gauge(connectionsMax, stat.MaxConns(), name)
	}
}
