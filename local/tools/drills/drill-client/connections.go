package main

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/puddle/v2"
	"golang.org/x/time/rate"
)

// Names of the entry points, the same in every city.
const writeEntry = "pg-rw"

var readEntries = []string{"pg-ro", "pg-report"}

// A client behaves as the pool of a service: it holds so many connections to an entry point at most, and opens so many a
// second. One that knocked for each operation while nobody answers would be what keeps the door shut.
const (
	mostConnections   = 16
	connectsPerSecond = 5
	connectsAtOnce    = 8
)

// patience is how long an operation waits for a connection of its client, and then for an answer. A pooler serves in order of
// arrival, and closes its connection to the server when a client gives up while it is served. Clients that gave up no later
// than the pooler gives up on them would be served when they are about to go: each would cost a login, and after a pause
// nobody would get through for as long as they ask.
type patience struct {
	connection, answer time.Duration
}

// ofPeople is for what is done once and not counted.
var ofPeople = patience{30 * time.Second, 30 * time.Second}

// entryPoint hands out connections to one entry point. A connection that met an error is not used again.
type entryPoint struct {
	connections *puddle.Pool[*pgconn.PgConn]
	// usual is what operations of the load have.
	usual patience
}

func newEntryPoint(settings settings, address address) (*entryPoint, error) {
	// Everything is said here: nothing of the environment or the home directory of who runs it may count.
	configuration, err := pgconn.ParseConfig("host=localhost port=5432 user=nobody dbname=nothing sslmode=disable " +
		"passfile=/dev/null servicefile=/dev/null target_session_attrs=any")
	if err != nil {
		return nil, err
	}
	if configuration.TLSConfig, err = settings.tls(address.ServerName); err != nil {
		return nil, err
	}
	configuration.Host, configuration.Port = address.Host, address.Port
	configuration.User, configuration.Password = settings.User, settings.Password
	configuration.Database = settings.Database
	configuration.Fallbacks = nil
	configuration.RuntimeParams = map[string]string{"application_name": "drill"}
	limiter, usual := rate.NewLimiter(connectsPerSecond, connectsAtOnce), patience{settings.timeout(), address.answer()}
	connections, err := puddle.NewPool(&puddle.Config[*pgconn.PgConn]{
		MaxSize: mostConnections,
		// Goes on when the operation that asked for it has given up: the next one has use for it.
		Constructor: func(ctx context.Context) (*pgconn.PgConn, error) {
			if err := limiter.Wait(ctx); err != nil {
				return nil, err
			}
			ctx, stop := context.WithTimeout(ctx, usual.answer)
			defer stop()
			return pgconn.ConnectConfig(ctx, configuration)
		},
		// Closing says goodbye, and the other side may never answer.
		Destructor: func(connection *pgconn.PgConn) {
			ctx, stop := context.WithTimeout(context.Background(), usual.connection/4)
			defer stop()
			connection.Close(ctx)
		},
	})
	if err != nil {
		return nil, err
	}
	return &entryPoint{connections, usual}, nil
}

// errNothingSent is wrapped by errors that came before the server could have heard of the operation.
var errNothingSent = errors.New("no connection")

// use does work on a connection.
func (e *entryPoint) use(ctx context.Context, patience patience, work func(context.Context, *pgconn.PgConn) error) error {
	waits, stop := context.WithTimeout(ctx, patience.connection)
	taken, err := e.connections.Acquire(waits)
	stop()
	if err != nil {
		return errors.Join(errNothingSent, err)
	}
	connection := taken.Value()
	answers, stop := context.WithTimeout(ctx, patience.answer)
	defer stop()
	err = work(answers, connection)
	var refusal *pgconn.PgError
	if err == nil || (errors.As(err, &refusal) && refusal.Severity == "ERROR" && !connection.IsClosed()) {
		taken.Release()
	} else {
		taken.Destroy()
	}
	return err
}

// outcome tells what is known of an operation that ended with an error: "fail" when it can't have had an effect, else
// "unknown".
func outcome(err error) string {
	var refusal *pgconn.PgError
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, errNothingSent), pgconn.SafeToRetry(err):
		return "fail"
	case errors.As(err, &refusal) && refusal.Severity == "ERROR" && !mayHaveCommitted(refusal.Code):
		return "fail"
	}
	return "unknown"
}

// mayHaveCommitted says of a SQLSTATE whether the statement it answers may have been committed: those of a broken
// connection, which a pooler sends in the server's place, of a server that goes away, and of an outcome that the
// server itself does not know.
func mayHaveCommitted(code string) bool {
	switch code[:min(2, len(code))] {
	case "08", "57", "58", "XX", "":
		return true
	}
	return code == "40003"
}

func codeOf(err error) string {
	var refusal *pgconn.PgError
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return ""
}
