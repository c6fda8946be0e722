package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	databaseExample = "postgres://reference@pg-rw:5432/nusantara?sslmode=verify-full"
	passwordFile    = "/run/secrets/database-password"
)

var cityPattern = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

// reader reads variables and collects what is wrong with them.
type reader struct {
	getenv   func(string) string
	problems Problems
}

func (r *reader) problem(variable, format string, args ...any) {
	r.problems = append(r.problems, Problem{variable, fmt.Sprintf(format, args...)})
}

func (r *reader) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	return r.problems
}

func (r *reader) service() string {
	name := r.getenv("SERVICE_NAME")
	if _, known := roles[name]; !known {
		r.problem("SERVICE_NAME", "must be one of %s", strings.Join(Services(), ", "))
	}
	return name
}

func (r *reader) text(variable string, pattern *regexp.Regexp, what string) string {
	value := r.getenv(variable)
	if !pattern.MatchString(value) {
		r.problem(variable, "must be %s", what)
	}
	return value
}

func (r *reader) integer(variable string, fallback, least, most int) int {
	text := r.getenv(variable)
	if text == "" {
		return fallback
	}
	value, err := strconv.Atoi(text)
	if err != nil || value < least || value > most {
		r.problem(variable, "must be a whole number from %d to %d", least, most)
		return fallback
	}
	return value
}

func (r *reader) duration(variable string, fallback, least, most time.Duration) time.Duration {
	text := r.getenv(variable)
	if text == "" {
		return fallback
	}
	value, err := time.ParseDuration(text)
	if err != nil || value < least || value > most {
		r.problem(variable, "must be a duration with its unit from %s to %s, e.g. 5s", least, most)
	}
	return value
}

func (r *reader) level() slog.Level {
	var level slog.Level
	if text := r.getenv("LOG_LEVEL"); text != "" {
		if err := level.UnmarshalText([]byte(text)); err != nil {
			r.problem("LOG_LEVEL", "must be debug, info, warn or error")
		}
	}
	return level
}

// upstream reads where a service is that this one calls.
func (r *reader) upstream(name string) *url.URL {
	variable := "UPSTREAM_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
	text := r.getenv(variable)
	if text == "" {
		r.problem(variable, "is not set: where the service %s is, e.g. http://%s:8080", name, name)
		return nil
	}
	target, err := url.Parse(text)
	plain := err == nil && (target.Scheme == "http" || target.Scheme == "https") && target.Hostname() != "" &&
		target.User == nil && strings.TrimSuffix(target.Path, "/") == "" && target.RawQuery == "" && target.Fragment == ""
	if !plain {
		r.problem(variable, "must be scheme, host and port only, e.g. http://%s:8080", name)
		return nil
	}
	target.Path = ""
	return target
}

// database returns nil where records are kept in memory.
func (r *reader) database() *Database {
	read, write := r.getenv("DATABASE_READ_URL"), r.getenv("DATABASE_WRITE_URL")
	if read == "" && write == "" {
		return nil
	}
	database := &Database{
		ReadURL:        r.databaseURL("DATABASE_READ_URL"),
		WriteURL:       r.databaseURL("DATABASE_WRITE_URL"),
		PasswordFile:   r.passwordFile(),
		MaxConnections: r.integer("DATABASE_MAX_CONNECTIONS", 4, 1, 1000),
	}
	if read == "" {
		r.problem("DATABASE_READ_URL", "is not set, but DATABASE_WRITE_URL is: set both, or none to keep records in memory")
	}
	if write == "" {
		r.problem("DATABASE_WRITE_URL", "is not set, but DATABASE_READ_URL is: set both, or none to keep records in memory")
	}
	return database
}

func (r *reader) databaseURL(variable string) string {
	text := r.getenv(variable)
	if text == "" {
		return ""
	}
	target, err := url.Parse(text)
	if err != nil || (target.Scheme != "postgres" && target.Scheme != "postgresql") || target.Host == "" {
		// The value and the parser's message may hold a password.
		r.problem(variable, "is no PostgreSQL URL; write it like %s", databaseExample)
		return text
	}
	if _, inUser := target.User.Password(); inUser || target.Query().Has("password") {
		r.problem(variable, "must not hold a password; put it into the file %s", r.passwordFile())
		return text
	}
	if _, err := pgconn.ParseConfig(text); err != nil {
		reason := errors.Unwrap(err)
		if reason == nil {
			reason = errors.New("a parameter of it, or a PG* variable, has no valid value")
		}
		r.problem(variable, "can't be used: %s", reason)
	}
	return text
}

func (r *reader) passwordFile() string {
	if file := r.getenv("DATABASE_PASSWORD_FILE"); file != "" {
		return file
	}
	return passwordFile
}

// traces says whether spans are exported: only where somebody named a collector.
func (r *reader) traces() bool {
	named := r.getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || r.getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
	off := strings.EqualFold(r.getenv("OTEL_SDK_DISABLED"), "true") || r.getenv("OTEL_TRACES_EXPORTER") == "none"
	if !named || off {
		return false
	}
	for _, variable := range []string{"OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"} {
		if protocol := r.getenv(variable); protocol != "" && protocol != "http/protobuf" {
			r.problem(variable, "must be http/protobuf, the only protocol of this service")
		}
	}
	if exporter := r.getenv("OTEL_TRACES_EXPORTER"); exporter != "" && exporter != "otlp" {
		r.problem("OTEL_TRACES_EXPORTER", "must be otlp or none")
	}
	for _, variable := range []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"} {
		text := r.getenv(variable)
		target, err := url.Parse(text)
		if text != "" && (err != nil || (target.Scheme != "http" && target.Scheme != "https") || target.Host == "") {
			r.problem(variable, "must be an http or https URL, e.g. http://collector.monitoring:4318")
		}
	}
	return true
}
