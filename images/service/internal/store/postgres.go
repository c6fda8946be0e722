package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"nusantara/images/service/internal/config"
	"nusantara/images/service/internal/telemetry"
)

// operationTimeout bounds one operation with the wait for a connection.
const operationTimeout = 3 * time.Second

// Postgres keeps records in PostgreSQL.
type Postgres struct {
	service, city string
	read, write   *database
}

// database is one of the two, with what is known of it.
type database struct {
	name    string
	pool    *pgxpool.Pool
	state   *state
	metrics *telemetry.Metrics
}

// OpenPostgres prepares the connections of a service; it doesn't wait for a server.
func OpenPostgres(settings *config.Database, service, city string, metrics *telemetry.Metrics) (*Postgres, error) {
	readConfig, err := poolConfig(settings, settings.ReadURL, service, city)
	if err != nil {
		return nil, err
	}
	writeConfig, err := writePoolConfig(settings, service, city)
	if err != nil {
		return nil, err
	}
	read, err := openDatabase("read", readConfig, metrics)
	if err != nil {
		return nil, err
	}
	write, err := openDatabase("write", writeConfig, metrics)
	if err != nil {
		read.pool.Close()
		return nil, err
	}
	metrics.Registerer.MustRegister(poolCollector{map[string]*pgxpool.Pool{"read": read.pool, "write": write.pool}})
	return &Postgres{service: service, city: city, read: read, write: write}, nil
}

func openDatabase(name string, settings *pgxpool.Config, metrics *telemetry.Metrics) (*database, error) {
	pool, err := pgxpool.NewWithConfig(context.Background(), settings)
	if err != nil {
		return nil, errors.New("the connections to the database can't be prepared")
	}
	d := &database{name: name, pool: pool, metrics: metrics}
	d.state = newState(func(ctx context.Context) error {
		return d.once(ctx, func(connection *pgxpool.Conn) error {
			var standby bool
			if err := connection.QueryRow(ctx, probeStatement).Scan(&standby); err != nil {
				return err
			}
			if standby && name == "write" {
				return &pgconn.PgError{Code: readOnlySQLState, Severity: "ERROR", SeverityUnlocalized: "ERROR"}
			}
			return nil
		})
	})
	return d, nil
}

// do runs an operation, measures it and learns from it.
func (d *database) do(ctx context.Context, operation string, run func(context.Context, *pgxpool.Conn) error) error {
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, operationKey{}, operation), operationTimeout)
	defer cancel()
	start := time.Now()
	attempt := func() error {
		return d.once(ctx, func(connection *pgxpool.Conn) error { return run(ctx, connection) })
	}
	err := attempt()
	// Only what certainly never left the process is tried again: a connection that had died unnoticed.
	if err != nil && pgconn.SafeToRetry(err) && ctx.Err() == nil {
		err = attempt()
	}
	d.state.learn(err)
	d.metrics.Database.WithLabelValues(d.name, operation, outcomeLabel(err)).Observe(time.Since(start).Seconds())
	return err
}

// once runs an operation on one connection.
func (d *database) once(ctx context.Context, run func(*pgxpool.Conn) error) error {
	connection, err := d.pool.Acquire(ctx)
	if err != nil {
		readOnly := errors.Is(err, pgconn.ErrReadOnlyConnection)
		return &Unavailable{Outcome: NotWritten, ReadOnly: readOnly, Err: withoutUser(err)}
	}
	defer connection.Release()
	err = classify(run(connection))
	var unavailable *Unavailable
	if errors.As(err, &unavailable) && unavailable.ReadOnly {
		// The server was demoted: the next connection finds the new primary.
		connection.Conn().Close(ctx)
	}
	return err
}

// Add implements [Store].
func (p *Postgres) Add(ctx context.Context, record NewRecord) (added Record, replayed bool, origin Origin, err error) {
	fingerprint := record.fingerprint()
	err = p.write.do(ctx, "add", func(ctx context.Context, connection *pgxpool.Conn) error {
		var err error
		replayed = false
		row := connection.QueryRow(ctx, addStatement,
			p.service, record.Subject, string(record.Body), fingerprint[:], p.city, record.Key)
		added, origin, err = scan(row)
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		// Nothing inserted: the key is taken.
		replayed = true
		var known []byte
		added, origin, err = scan(connection.QueryRow(ctx, byKeyStatement, p.service, record.Key), &known)
		if err == nil && !bytes.Equal(known, fingerprint[:]) {
			return ErrKeyReused
		}
		return err
	})
	return added, replayed, origin, err
}

// Get implements [Store].
func (p *Postgres) Get(ctx context.Context, id string) (Record, Origin, error) {
	return p.one(ctx, "get", getStatement, id)
}

// Latest implements [Store].
func (p *Postgres) Latest(ctx context.Context, subject string) (Record, Origin, error) {
	return p.one(ctx, "latest", latestStatement, subject)
}

func (p *Postgres) one(ctx context.Context, operation, statement, argument string) (found Record, origin Origin, err error) {
	err = p.read.do(ctx, operation, func(ctx context.Context, connection *pgxpool.Conn) error {
		var err error
		found, origin, err = scan(connection.QueryRow(ctx, statement, p.service, argument))
		return err
	})
	return found, origin, err
}

// List implements [Store].
func (p *Postgres) List(ctx context.Context, limit int) (list []Record, origin Origin, err error) {
	err = p.read.do(ctx, "list", func(ctx context.Context, connection *pgxpool.Conn) error {
		list = []Record{}
		rows, err := connection.Query(ctx, listStatement, p.service, limit)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var record Record
			record, origin, err = scan(rows)
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			list = append(list, record)
		}
		return rows.Err()
	})
	return list, origin, err
}

// Counts implements [Store].
func (p *Postgres) Counts(ctx context.Context) (counts map[string]int64, origin Origin, err error) {
	err = p.read.do(ctx, "count", func(ctx context.Context, connection *pgxpool.Conn) error {
		counts = map[string]int64{}
		rows, err := connection.Query(ctx, countStatement)
		if err != nil {
			return err
		}
		var standby bool
		var service string
		var records int64
		_, err = pgx.ForEachRow(rows, []any{&standby, &origin.Address, &origin.City, &service, &records}, func() error {
			origin.Role = role(standby)
			if service != "" {
				counts[service] = records
			}
			return nil
		})
		return err
	})
	return counts, origin, err
}

// States implements [Store].
func (p *Postgres) States() States {
	return States{Read: p.read.state.current(), Write: p.write.state.current()}
}

// Close implements [Store].
func (p *Postgres) Close() {
	p.read.pool.Close()
	p.write.pool.Close()
}

// scan reads one row of [columns]. A row without a record is [ErrNotFound], with the server that says so.
func scan(row pgx.Row, more ...any) (Record, Origin, error) {
	var record Record
	var origin Origin
	var standby bool
	var body string
	err := row.Scan(append([]any{&standby, &origin.Address, &origin.City,
		&record.ID, &record.Subject, &body, &record.City, &record.Created}, more...)...)
	if err != nil {
		return Record{}, Origin{}, err
	}
	origin.Role = role(standby)
	if record.ID == "" {
		return Record{}, origin, ErrNotFound
	}
	record.Body = json.RawMessage(body)
	record.Created = record.Created.UTC()
	return record, origin, nil
}

func role(standby bool) string {
	if standby {
		return "standby"
	}
	return "primary"
}
