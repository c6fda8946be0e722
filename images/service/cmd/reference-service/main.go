// Command reference-service plays each of NusantaraMart's services until the real ones come.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"nusantara/images/service/internal/config"
	"nusantara/images/service/internal/logging"
	"nusantara/images/service/internal/store"
)

// version is set when the binary is linked.
var version = "development"

// migrationTimeout bounds a migration with the wait for another one.
const migrationTimeout = time.Minute

const usage = `reference-service [command]

Commands:
  serve        serve as SERVICE_NAME says (the default); for report-aggregation: compute the reports once and end
  migrate      bring the schema of DATABASE_WRITE_URL up to date
  --version    print the version
  --help       print this

Settings are environment variables; docs/reference-service.md lists them.

Exit code: 0 done, 1 failed, 2 wrong settings or arguments.
`

const (
	exitFailed  = 1
	exitInvalid = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

func run(ctx context.Context, arguments []string, getenv func(string) string, stdout, stderr io.Writer) int {
	command := "serve"
	if len(arguments) > 0 {
		command = arguments[0]
	}
	if len(arguments) > 1 {
		command = "" // No command takes arguments.
	}
	switch command {
	case "serve":
		return start(ctx, getenv, stdout, stderr)
	case "migrate":
		return migrate(ctx, getenv, stdout, stderr)
	case "--version", "version":
		fmt.Fprintf(stdout, "reference-service %s (%s)\n", version, runtime.Version())
		return 0
	case "--help", "-h", "help":
		fmt.Fprint(stdout, usage)
		return 0
	default:
		fmt.Fprintf(stderr, "unknown command or too many arguments\n\n%s", usage)
		return exitInvalid
	}
}

// start serves until ctx ends.
func start(ctx context.Context, getenv func(string) string, stdout, stderr io.Writer) int {
	settings, err := config.Load(getenv)
	if err != nil {
		return invalid(stderr, err)
	}
	log := logging.New(stdout, settings.LogLevel).With(
		"service", settings.Service, "city", settings.City, "version", version)
	slog.SetDefault(log)
	task := serve
	if settings.Service == config.Aggregation {
		task = aggregate
	}
	if err := task(ctx, settings, log); err != nil {
		log.Error("ended with an error", "error", err)
		return exitFailed
	}
	log.Info("ended")
	return 0
}

func migrate(ctx context.Context, getenv func(string) string, stdout, stderr io.Writer) int {
	database, err := config.LoadMigration(getenv)
	if err != nil {
		return invalid(stderr, err)
	}
	log := logging.New(stdout, slog.LevelInfo).With("version", version)
	ctx, cancel := context.WithTimeout(ctx, migrationTimeout)
	defer cancel()
	if err := store.Migrate(ctx, database, log); err != nil {
		log.Error("migration failed; nothing was changed", "error", err)
		return exitFailed
	}
	return 0
}

// invalid reports everything that is wrong with the settings, in one line for machines and people.
func invalid(stderr io.Writer, err error) int {
	line := struct {
		Time     time.Time       `json:"time"`
		Level    string          `json:"level"`
		Message  string          `json:"msg"`
		Problems config.Problems `json:"problems"`
	}{time.Now().UTC(), "error", "wrong settings; mend them and start again", nil}
	if !errors.As(err, &line.Problems) {
		line.Message = err.Error()
	}
	encoder := json.NewEncoder(stderr)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(line) // There is nobody left to tell.
	return exitInvalid
}
