package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
)

func TestCommands(t *testing.T) {
	for _, test := range []struct {
		arguments      []string
		code           int
		stdout, stderr string
	}{
		{[]string{"--version"}, 0, "reference-service development", ""},
		{[]string{"--help"}, 0, "Commands:", ""},
		{[]string{"sevre"}, 2, "", "unknown command"},
		{[]string{"serve", "now"}, 2, "", "too many arguments"},
		{[]string{"migrate"}, 2, "", "DATABASE_WRITE_URL"},
		{nil, 2, "", "SERVICE_NAME"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), test.arguments, func(string) string { return "" }, &stdout, &stderr)
		if code != test.code || !strings.Contains(stdout.String(), test.stdout) || !strings.Contains(stderr.String(), test.stderr) {
			t.Errorf("%v: %d, %q, %q", test.arguments, code, &stdout, &stderr)
		}
	}
}

func TestWrongSettingsAreOneLineOfJSON(t *testing.T) {
	environment := map[string]string{"SERVICE_NAME": "payment", "DATABASE_WRITE_URL": "postgres://app:s3cret@pg-rw/n"}
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), nil, func(name string) string { return environment[name] }, &stdout, &stderr)
	var line struct {
		Level    string
		Problems []struct{ Variable, Problem string }
	}
	if err := json.Unmarshal(stderr.Bytes(), &line); err != nil || strings.Count(stderr.String(), "\n") != 1 {
		t.Fatalf("%v: %s", err, &stderr)
	}
	// CITY, the password in the URL, and the missing DATABASE_READ_URL.
	if code != 2 || line.Level != "error" || len(line.Problems) != 3 || strings.Contains(stderr.String(), "s3cret") {
		t.Errorf("%d: %s", code, &stderr)
	}
}

func TestServesUntilItIsTold(t *testing.T) {
	environment := map[string]string{
		"SERVICE_NAME": "payment", "CITY": "jakarta", "LISTEN_HOST": "127.0.0.1", "LISTEN_PORT": "28231",
		"METRICS_PORT": "28232", "SHUTDOWN_DELAY": "0s",
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	if code := run(ctx, nil, func(name string) string { return environment[name] }, &stdout, &stderr); code != 0 {
		t.Errorf("%d: %s%s", code, &stdout, &stderr)
	}
	if !strings.Contains(stdout.String(), "kept in memory") {
		t.Error("it doesn't say that records are kept in memory")
	}
}
