package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"nusantara/images/service/internal/config"
	"nusantara/images/service/internal/telemetry"
)

// testDatabase names a database that these tests may fill. Its URL may hold a password.
const testDatabase = "TEST_DATABASE_URL"

func openTest(t *testing.T, service string, change func(*config.Database)) *Postgres {
	t.Helper()
	databaseURL := os.Getenv(testDatabase)
	if databaseURL == "" {
		t.Skipf("NOT TESTED AGAINST POSTGRESQL: set %s=postgres://user:password@127.0.0.1:5432/scratch", testDatabase)
	}
	database := config.Database{ReadURL: databaseURL, WriteURL: databaseURL, PasswordFile: "/nowhere", MaxConnections: 4}
	if err := Migrate(t.Context(), database, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&database)
	}
	p, err := OpenPostgres(&database, service, "jakarta", telemetry.NewMetrics(service, "jakarta", "test"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func TestPostgresKeepsRecords(t *testing.T) {
	p := openTest(t, "test-"+newUUID(), nil)
	if _, origin, err := p.Get(t.Context(), newUUID()); !errors.Is(err, ErrNotFound) || origin.Role == "" {
		t.Errorf("an unknown id: %v, %v", origin, err)
	}
	if list, _, err := p.List(t.Context(), 5); err != nil || len(list) != 0 {
		t.Errorf("an empty list: %v, %v", list, err)
	}
	var last Record
	for _, body := range []string{`{"n": 1}`, `{"n": 2}`} {
		added, replayed, origin, err := p.Add(t.Context(), NewRecord{Subject: "demo", Body: []byte(body)})
		if err != nil || replayed || origin.Role != "primary" || !newerThan(added, last) {
			t.Fatalf("got %v, replayed %v, %v, %v", added, replayed, origin, err)
		}
		last = added
	}
	for name, read := range map[string]func() (Record, Origin, error){
		"get":    func() (Record, Origin, error) { return p.Get(t.Context(), last.ID) },
		"latest": func() (Record, Origin, error) { return p.Latest(t.Context(), "demo") },
	} {
		if found, _, err := read(); err != nil || found.ID != last.ID || string(found.Body) != `{"n": 2}` {
			t.Errorf("%s gives %v, %v; want %v", name, found, err, last)
		}
	}
	if list, _, err := p.List(t.Context(), 1); err != nil || len(list) != 1 || list[0].ID != last.ID {
		t.Errorf("the list is %v, %v", list, err)
	}
	if counts, _, err := p.Counts(t.Context()); err != nil || counts[p.service] != 2 {
		t.Errorf("the counts are %v, %v", counts, err)
	}
	if states := p.States(); states.Read != StateUp || states.Write != StateUp {
		t.Errorf("the states are %v", states)
	}
}

func newerThan(record, other Record) bool {
	return record.ID != "" && record.Created.After(other.Created)
}

func TestPostgresIsIdempotent(t *testing.T) {
	p := openTest(t, "test-"+newUUID(), nil)
	record := NewRecord{Subject: "demo", Body: []byte(`{"n":1}`), Key: "key"}
	var group sync.WaitGroup
	var mutex sync.Mutex
	ids, fresh := map[string]bool{}, 0
	for range 8 {
		group.Go(func() {
			added, replayed, _, err := p.Add(t.Context(), record)
			mutex.Lock()
			defer mutex.Unlock()
			if err != nil {
				t.Error(err)
			}
			ids[added.ID] = true
			if !replayed {
				fresh++
			}
		})
	}
	group.Wait()
	if len(ids) != 1 || fresh != 1 {
		t.Errorf("one key made %d records, %d of them new", len(ids), fresh)
	}
	other := record
	other.Body = []byte(`{"n":2}`)
	if _, _, _, err := p.Add(t.Context(), other); !errors.Is(err, ErrKeyReused) {
		t.Errorf("another body with the same key: %v", err)
	}
}

// Whatever a service is told to do: it has the role of its name, and reaches the rows of no other one.
func TestPostgresKeepsServicesApart(t *testing.T) {
	own, other := "test-"+newUUID(), "test-"+newUUID()
	added, _, _, err := openTest(t, other, nil).Add(t.Context(), NewRecord{Subject: "demo", Body: []byte(`{}`)})
	if err != nil {
		t.Fatal(err)
	}
	owner, err := pgx.Connect(t.Context(), os.Getenv(testDatabase))
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close(context.Background())
	role := pgx.Identifier{own}.Sanitize()
	if _, err := owner.Exec(t.Context(), fmt.Sprintf(`create role %[1]s;
grant usage on schema reference to %[1]s;
grant select, insert on reference.records to %[1]s`, role), pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(err)
	}
	defer owner.Exec(context.Background(), fmt.Sprintf("drop owned by %[1]s; drop role %[1]s", role), pgx.QueryExecModeSimpleProtocol)
	asOwn := func(d *config.Database) {
		d.ReadURL = with(t, d.ReadURL, "role", own)
		d.WriteURL = d.ReadURL
	}

	p := openTest(t, own, asOwn)
	if _, _, _, err := p.Add(t.Context(), NewRecord{Subject: "demo", Body: []byte(`{}`), Key: "key"}); err != nil {
		t.Errorf("its own row: %v", err)
	}
	if _, replayed, _, err := p.Add(t.Context(), NewRecord{Subject: "demo", Body: []byte(`{}`), Key: "key"}); err != nil || !replayed {
		t.Errorf("its own row once more: replayed %v, %v", replayed, err)
	}
	if counts, _, err := p.Counts(t.Context()); err != nil || len(counts) != 1 || counts[own] != 1 {
		t.Errorf("it counts %v, %v", counts, err)
	}
	if _, err := owner.Exec(t.Context(), "grant pg_read_all_data to "+role); err != nil {
		t.Fatal(err)
	}
	if counts, _, err := p.Counts(t.Context()); err != nil || counts[own] != 1 || counts[other] != 1 {
		t.Errorf("whoever may read everything counts %v, %v", counts, err)
	}
	if _, err := owner.Exec(t.Context(), "revoke pg_read_all_data from "+role); err != nil {
		t.Fatal(err)
	}
	impostor := openTest(t, other, asOwn)
	if _, _, err := impostor.Get(t.Context(), added.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("the row of another service: %v", err)
	}
	var refused *pgconn.PgError
	_, _, _, err = impostor.Add(t.Context(), NewRecord{Subject: "demo", Body: []byte(`{}`)})
	if !errors.As(err, &refused) || refused.Code != "42501" {
		t.Errorf("a row for another service: %v", err)
	}
}

// A server that takes no writes is refused when connecting, and noticed where it changes later.
func TestPostgresReadOnly(t *testing.T) {
	var unavailable *Unavailable
	refused := openTest(t, "test-read-only", func(d *config.Database) {
		d.WriteURL = with(t, d.WriteURL, "default_transaction_read_only", "on")
	})
	_, _, _, err := refused.Add(t.Context(), NewRecord{Subject: "demo", Body: []byte(`{}`)})
	if !errors.As(err, &unavailable) || !unavailable.ReadOnly || unavailable.Outcome != NotWritten {
		t.Errorf("when connecting: %v", err)
	}
	if states := refused.States(); states.Write != StateReadOnly {
		t.Errorf("the states are %v", states)
	}

	demoted := openTest(t, "test-read-only", nil)
	connection, err := demoted.write.pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := connection.Exec(t.Context(), "set default_transaction_read_only = on"); err != nil {
		t.Fatal(err)
	}
	connection.Release()
	_, _, _, err = demoted.Add(t.Context(), NewRecord{Subject: "demo", Body: []byte(`{}`)})
	if !errors.As(err, &unavailable) || !unavailable.ReadOnly || unavailable.Outcome != NotWritten {
		t.Errorf("later: %v", err)
	}
	if _, _, _, err := demoted.Add(t.Context(), NewRecord{Subject: "demo", Body: []byte(`{}`)}); err != nil {
		t.Errorf("a new connection finds the primary, but: %v", err)
	}
}

// A write whose answer doesn't come may have been committed: nobody may call it not written, or repeat it.
func TestPostgresUnconfirmedWrite(t *testing.T) {
	p := openTest(t, "test-"+newUUID(), nil)
	blocker, err := pgx.Connect(t.Context(), os.Getenv(testDatabase))
	if err != nil {
		t.Fatal(err)
	}
	defer blocker.Close(context.Background())
	if _, err := blocker.Exec(t.Context(), "begin; lock table reference.records in exclusive mode"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, _, _, err = p.Add(ctx, NewRecord{Subject: "demo", Body: []byte(`{}`)})
	var unavailable *Unavailable
	if !errors.As(err, &unavailable) || unavailable.Outcome != Unknown {
		t.Errorf("got %v", err)
	}
}

func TestPostgresDown(t *testing.T) {
	p := openTest(t, "test-down", func(d *config.Database) {
		d.ReadURL = "postgres://app@127.0.0.1:1/n?sslmode=disable"
		d.WriteURL = d.ReadURL
	})
	var unavailable *Unavailable
	_, _, _, err := p.Add(t.Context(), NewRecord{Subject: "demo", Body: []byte(`{}`)})
	if !errors.As(err, &unavailable) || unavailable.Outcome != NotWritten || unavailable.ReadOnly {
		t.Errorf("got %v", err)
	}
	start := time.Now()
	if states := p.States(); states.Write != StateDown || time.Since(start) > 100*time.Millisecond {
		t.Errorf("the states are %v after %s", states, time.Since(start))
	}
}

func with(t *testing.T, databaseURL, name, value string) string {
	t.Helper()
	parsed, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	query := parsed.Query()
	query.Set(name, value)
	parsed.RawQuery = query.Encode()
	return parsed.String()
}
