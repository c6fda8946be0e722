// Package config reads the settings of a process from its environment, and reports everything that is wrong with them
// at once.
package config

import (
	"fmt"
	"log/slog"
	"net/url"
	"sort"
	"strings"
	"time"
)

// Config is what a process is told by its environment.
type Config struct {
	// Service is the part that the process plays: one of [Services]. From SERVICE_NAME.
	Service string
	// City that the process runs in. From CITY.
	City string
	// ListenHost is the address to listen on. From LISTEN_HOST; default all addresses.
	ListenHost string
	// ListenPort serves requests. From LISTEN_PORT; default 8080.
	ListenPort int
	// MetricsPort serves /metrics. From METRICS_PORT; default 9090.
	MetricsPort int
	// Upstreams by service name. From UPSTREAM_<NAME>, e.g. UPSTREAM_ORDER=http://order:8080.
	Upstreams map[string]*url.URL
	// Database is where records are kept; nil for memory.
	Database *Database
	// RequestTimeout is the most time that a request may take. From REQUEST_TIMEOUT; default 5 s.
	RequestTimeout time.Duration
	// MaxConcurrent is how many requests are served at a time. From MAX_CONCURRENT_REQUESTS; default 256.
	MaxConcurrent int
	// MaxBodyBytes is the largest request body. From MAX_BODY_BYTES; default 65536.
	MaxBodyBytes int64
	// ShutdownDelay is how long requests are still accepted after SIGTERM. From SHUTDOWN_DELAY; default 5 s.
	ShutdownDelay time.Duration
	// ShutdownTimeout bounds what follows: running requests and the last traces. From SHUTDOWN_TIMEOUT; default 20 s.
	ShutdownTimeout time.Duration
	// LogLevel is the lowest level that is written. From LOG_LEVEL; default info.
	LogLevel slog.Level
	// ExportTraces says whether there is a collector for traces. From the standard OTEL_* variables.
	ExportTraces bool
}

// Database is where records are read and written.
type Database struct {
	// ReadURL is the nearest database, WriteURL the primary; without a password. From DATABASE_READ_URL and
	// DATABASE_WRITE_URL.
	ReadURL, WriteURL string
	// PasswordFile is read at every new connection; without the file there is no password. From
	// DATABASE_PASSWORD_FILE; default /run/secrets/database-password.
	PasswordFile string
	// MaxConnections of each of the two pools. From DATABASE_MAX_CONNECTIONS; default 4.
	MaxConnections int
}

// Aggregation is the name of the task that computes reports and ends; it listens on no port.
const Aggregation = "report-aggregation"

type role struct {
	upstreams []string
	stores    bool
}

var roles = map[string]role{
	"api-gateway": {upstreams: []string{"order", "payment", "inventory", "report"}},
	"order":       {upstreams: []string{"inventory", "payment"}, stores: true},
	"payment":     {stores: true},
	"inventory":   {stores: true},
	"report":      {stores: true},
	Aggregation:   {upstreams: []string{"report"}},
}

// Services are the names that a process can be started under.
func Services() []string {
	names := make([]string, 0, len(roles))
	for name := range roles {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Stores says whether the service keeps records.
func (c Config) Stores() bool { return roles[c.Service].stores }

// Load reads the environment of a service.
//
// The error is a [Problems] with everything that is wrong.
func Load(getenv func(string) string) (Config, error) {
	r := reader{getenv: getenv}
	c := Config{
		Service:         r.service(),
		City:            r.text("CITY", cityPattern, "the city that the process runs in, in lower case, e.g. jakarta"),
		ListenHost:      getenv("LISTEN_HOST"),
		ListenPort:      r.integer("LISTEN_PORT", 8080, 1, 65535),
		MetricsPort:     r.integer("METRICS_PORT", 9090, 1, 65535),
		RequestTimeout:  r.duration("REQUEST_TIMEOUT", 5*time.Second, 100*time.Millisecond, time.Minute),
		MaxConcurrent:   r.integer("MAX_CONCURRENT_REQUESTS", 256, 1, 100_000),
		MaxBodyBytes:    int64(r.integer("MAX_BODY_BYTES", 64<<10, 1, 16<<20)),
		ShutdownDelay:   r.duration("SHUTDOWN_DELAY", 5*time.Second, 0, 5*time.Minute),
		ShutdownTimeout: r.duration("SHUTDOWN_TIMEOUT", 20*time.Second, time.Millisecond, 10*time.Minute),
		LogLevel:        r.level(),
		ExportTraces:    r.traces(),
		Upstreams:       map[string]*url.URL{},
	}
	if c.ListenPort == c.MetricsPort {
		r.problem("METRICS_PORT", "must differ from LISTEN_PORT")
	}
	for _, upstream := range roles[c.Service].upstreams {
		c.Upstreams[upstream] = r.upstream(upstream)
	}
	if c.Stores() {
		c.Database = r.database()
	}
	return c, r.err()
}

// LoadMigration reads what the migration needs: the database to write to.
//
// The error is a [Problems] with everything that is wrong.
func LoadMigration(getenv func(string) string) (Database, error) {
	r := reader{getenv: getenv}
	database := Database{
		WriteURL:       r.databaseURL("DATABASE_WRITE_URL"),
		PasswordFile:   r.passwordFile(),
		MaxConnections: 1,
	}
	if database.WriteURL == "" {
		r.problem("DATABASE_WRITE_URL", "is not set: the migration needs the primary database, e.g. "+databaseExample)
	}
	return database, r.err()
}

// Problem is one setting that is wrong.
type Problem struct {
	Variable string `json:"variable"`
	// Problem says what is wrong and what to write instead. It never repeats a value that may hold a secret.
	Problem string `json:"problem"`
}

// Problems is everything that is wrong with an environment.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = fmt.Sprintf("%s %s", problem.Variable, problem.Problem)
	}
	return strings.Join(lines, "; ")
}
