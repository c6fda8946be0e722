package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func fromServer(severity, code string) error {
	return fmt.Errorf("query: %w", &pgconn.PgError{Severity: severity, SeverityUnlocalized: severity, Code: code})
}

func TestClassify(t *testing.T) {
	for _, test := range []struct {
		name     string
		err      error
		outcome  Outcome
		readOnly bool
	}{
		{"read-only server", fromServer("ERROR", "25006"), NotWritten, true},
		{"deadlock", fromServer("ERROR", "40P01"), NotWritten, false},
		{"not migrated", fromServer("ERROR", "42P01"), NotWritten, false},
		{"statement canceled", fromServer("ERROR", "57014"), NotWritten, false},
		{"too many connections", fromServer("ERROR", "53300"), NotWritten, false},
		{"shut down, perhaps after the commit", fromServer("FATAL", "57P01"), Unknown, false},
		{"pooler lost its server", fromServer("FATAL", "08P01"), Unknown, false},
		{"connection lost", fmt.Errorf("read: %w", io.ErrUnexpectedEOF), Unknown, false},
		{"no answer in time", fmt.Errorf("timeout: %w", context.DeadlineExceeded), Unknown, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got *Unavailable
			if !errors.As(classify(test.err), &got) {
				t.Fatalf("%v is not unavailable", test.err)
			}
			if got.Outcome != test.outcome || got.ReadOnly != test.readOnly {
				t.Errorf("got %s, read-only %v; want %s, %v", got.Outcome, got.ReadOnly, test.outcome, test.readOnly)
			}
		})
	}
	for _, err := range []error{nil, ErrNotFound, ErrKeyReused, fromServer("ERROR", "23514"), fromServer("ERROR", "42601")} {
		var unavailable *Unavailable
		if errors.As(classify(err), &unavailable) {
			t.Errorf("%v is called unavailable: waiting doesn't mend it", err)
		}
	}
}

func TestStateFollowsResultsWithoutWaiting(t *testing.T) {
	release := make(chan error)
	s := newState(func(context.Context) error { return <-release })
	if got := s.current(); got != StateUnknown {
		t.Errorf("the first state is %s", got)
	}
	s.current() // A second question starts no second probe.
	release <- nil
	waitFor(t, func() bool { return s.word.Load() == StateUp && !s.probing.Load() })
	for _, step := range []struct {
		err  error
		want string
	}{
		{&Unavailable{ReadOnly: true, Err: io.EOF}, StateReadOnly},
		{&Unavailable{Err: context.Canceled}, StateReadOnly},
		{&Unavailable{Err: io.EOF}, StateDown},
		{ErrNotFound, StateUp},
	} {
		s.learn(step.err)
		if got := s.current(); got != step.want {
			t.Errorf("after %v the state is %s, want %s", step.err, got, step.want)
		}
	}
}

func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it doesn't happen")
		}
	}
}

func TestStateTellsARefusedLoginUntilOneWasAccepted(t *testing.T) {
	pooler := func(message string) error {
		return &Unavailable{Err: fmt.Errorf("connect: %w", &pgconn.PgError{Code: "08P01", Message: message})}
	}
	for _, test := range []struct {
		err  error
		want string
	}{
		{&Unavailable{Err: fromServer("FATAL", "28P01")}, StateRefused},
		{&Unavailable{Err: fromServer("FATAL", "28000")}, StateRefused},
		{pooler("SASL authentication failed"), StateRefused},
		{pooler("no such user"), StateRefused},
		{pooler("server login has been failing, cached error: connect failed"), StateDown},
		{&Unavailable{Err: io.ErrUnexpectedEOF}, StateDown},
	} {
		s := newState(nil)
		s.learn(test.err)
		if got := s.word.Load(); got != test.want {
			t.Errorf("after %v it is %s", test.err, got)
		}
		s.learn(nil)
		s.learn(test.err)
		if got := s.word.Load(); got != StateDown {
			t.Errorf("after a login and %v it is %s", test.err, got)
		}
	}
}

func TestPasswordIsReadAnew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	connection := &pgx.ConnConfig{}
	if err := setPassword(connection, file); err != nil || connection.Password != "" {
		t.Errorf("without a file: %q, %v", connection.Password, err)
	}
	for _, password := range []string{"first", "second\n"} {
		if err := os.WriteFile(file, []byte(password), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := setPassword(connection, file); err != nil || connection.Password+"\n" != password && connection.Password != password {
			t.Errorf("%q, %v", connection.Password, err)
		}
	}
}
