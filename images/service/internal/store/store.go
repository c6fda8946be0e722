// Package store keeps the records of a service: in PostgreSQL, reading from the nearest server and writing to the
// primary, or in memory where there is no database.
package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"time"
)

// NewRecord is what a service wants to keep.
type NewRecord struct {
	// Subject is what the record is about, e.g. the article.
	Subject string
	// Body is a JSON object.
	Body json.RawMessage
	// Key makes the write idempotent: a second one with the same key gives the first record. "" for none.
	Key string
	// Request is what a write with the same key must have in common with the first. Nil for the body: set it where
	// the body holds more than was asked for.
	Request []byte
}

// fingerprint tells requests apart that come with the same key.
func (r NewRecord) fingerprint() [sha256.Size]byte {
	request := r.Request
	if request == nil {
		request = r.Body
	}
	return sha256.Sum256(append([]byte(r.Subject+"\x00"), request...))
}

// Record is what the store keeps.
type Record struct {
	// ID is what the database acknowledged: a UUID.
	ID      string          `json:"id"`
	Subject string          `json:"subject"`
	Body    json.RawMessage `json:"body"`
	// City that wrote the record.
	City    string    `json:"city"`
	Created time.Time `json:"created"`
}

// Origin says which server answered.
type Origin struct {
	// Role is "primary", "standby" or "memory".
	Role string
	// Address of the server, or "" where it doesn't know.
	Address string
	// City is the server's setting nusantara.city, or "".
	City string
}

// State words of a database.
const (
	StateNone     = "none"
	StateMemory   = "memory"
	StateUnknown  = "unknown"
	StateUp       = "up"
	StateReadOnly = "read-only"
	StateDown     = "down"
	// StateRefused means that the login was refused, and has never been accepted.
	StateRefused = "refused"
)

// States are state words of the two databases.
type States struct {
	Read  string `json:"read"`
	Write string `json:"write"`
}

// Asked says whether both have been asked, and neither refuses the login of this process since its start. One that is
// down refuses nothing.
func (s States) Asked() bool {
	for _, state := range []string{s.Read, s.Write} {
		if state == StateRefused || state == StateUnknown {
			return false
		}
	}
	return true
}

// Store keeps the records of one service. Its methods may be called at the same time.
type Store interface {
	// Add writes a record. Replayed means that an earlier write with the same key is given.
	Add(ctx context.Context, record NewRecord) (added Record, replayed bool, origin Origin, err error)
	// Get reads a record by its id.
	Get(ctx context.Context, id string) (Record, Origin, error)
	// Latest reads the newest record about a subject.
	Latest(ctx context.Context, subject string) (Record, Origin, error)
	// List reads the newest records, the newest first.
	List(ctx context.Context, limit int) ([]Record, Origin, error)
	// Counts gives the number of records of every service.
	Counts(ctx context.Context) (map[string]int64, Origin, error)
	// States gives the last known states at once. It never waits for a database.
	States() States
	// Close gives all connections back.
	Close()
}

var (
	// ErrNotFound means that the server that answered has no such record.
	ErrNotFound = errors.New("no such record")
	// ErrKeyReused means that an idempotency key came with another request than before.
	ErrKeyReused = errors.New("the idempotency key belongs to another request")
)

// Outcome says what is known of a write that failed.
type Outcome string

// What is known of a write that failed.
const (
	NotWritten Outcome = "not_written"
	// Unknown means that the statement may have been sent: it can have been committed.
	Unknown Outcome = "unknown"
)

// Unavailable means that a database can't serve now; later it may.
type Unavailable struct {
	// Outcome of the write.
	Outcome Outcome
	// ReadOnly means that the server takes no writes: it is a standby, or there is no quorum.
	ReadOnly bool
	Err      error
}

func (e *Unavailable) Error() string { return "database unavailable: " + e.Err.Error() }
func (e *Unavailable) Unwrap() error { return e.Err }
