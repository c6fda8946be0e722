package store

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// readOnlySQLState is what a server says that takes no writes now.
const readOnlySQLState = "25006"

// classify turns the error of a statement into what the caller has to know. Errors that waiting doesn't mend are
// returned as they are.
func classify(err error) error {
	if err == nil || errors.Is(err, ErrNotFound) || errors.Is(err, ErrKeyReused) {
		return err
	}
	var fromServer *pgconn.PgError
	if errors.As(err, &fromServer) {
		if fromServer.SeverityUnlocalized == "FATAL" || fromServer.SeverityUnlocalized == "PANIC" {
			// The session ended, perhaps between the commit and its acknowledgement.
			return &Unavailable{Outcome: Unknown, Err: err}
		}
		if passes(fromServer.Code) {
			return &Unavailable{Outcome: NotWritten, ReadOnly: fromServer.Code == readOnlySQLState, Err: err}
		}
		return err
	}
	if pgconn.SafeToRetry(err) {
		return &Unavailable{Outcome: NotWritten, Err: err}
	}
	return &Unavailable{Outcome: Unknown, Err: err}
}

// passes says whether the state that caused the error can pass: a standby is promoted, a migration runs, a lock is
// given back.
func passes(sqlState string) bool {
	switch sqlState {
	case readOnlySQLState, "55P03", "42P01", "3F000":
		return true
	}
	for _, class := range []string{"08", "40", "53", "57", "58"} {
		if strings.HasPrefix(sqlState, class) {
			return true
		}
	}
	return false
}

// loginRefused says whether a server or its pooler knows the user not, or not with this password.
func loginRefused(err error) bool {
	var fromServer *pgconn.PgError
	if !errors.As(err, &fromServer) {
		return false
	}
	if strings.HasPrefix(fromServer.Code, "28") {
		return true
	}
	// PgBouncer 1.24 has one code for all it refuses; these are its words in src/client.c.
	return fromServer.Code == "08P01" &&
		(strings.Contains(fromServer.Message, "authentication failed") || fromServer.Message == "no such user")
}

// outcomeLabel is the value of the label `outcome` of the database metric.
func outcomeLabel(err error) string {
	var unavailable *Unavailable
	switch {
	case err == nil, errors.Is(err, ErrNotFound), errors.Is(err, ErrKeyReused):
		return "ok"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.As(err, &unavailable):
		return "unavailable"
	default:
		return "error"
	}
}
