package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// preparation makes the table of the drills, owned by their group role so that each of its logins may use it. Rows of
// earlier drills are of no use any more.
const preparation = `begin;
set local role drill;
create table if not exists drill.writes (
	run text not null,
	client text not null,
	sequence bigint not null,
	written_at timestamptz not null default clock_timestamp(),
	primary key (run, client, sequence)
);
delete from drill.writes;
commit`

// The primary names itself and its timeline: pg_control_checkpoint() would still say the old one after a promotion.
const writeStatement = `insert into drill.writes (run, client, sequence) values ($1, $2, $3::bigint)
returning coalesce(host(inet_server_addr()), ''), substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)`

const readStatement = `select coalesce(host(inet_server_addr()), ''), coalesce(current_setting('nusantara.city', true), ''),
	pg_is_in_recovery(), (
		select json_object_agg(client, newest) from (
			select client, (
				select max(sequence) from drill.writes w where w.run = $1 and w.client = c.client
			) as newest
			from unnest(array(select json_array_elements_text($2::json))) as c(client)
		) as n where newest is not null
	)`

// Neighbouring numbers are joined: a run has thousands of them.
const rowsStatement = `select client, min(sequence), max(sequence) from (
	select client, sequence, sequence - row_number() over (partition by client order by sequence) as island
	from drill.writes where run = $1
) as numbered group by client, island order by client, min(sequence)`

const walStatement = `select pg_logical_emit_message(false, 'drill', repeat('x', $1::int))`

// query runs one statement with text parameters; each row is a list of texts.
func query(
	ctx context.Context, entry *entryPoint, patience patience, statement string, parameters ...string,
) ([][]string, error) {
	values := make([][]byte, len(parameters))
	for index, text := range parameters {
		values[index] = []byte(text)
	}
	var rows [][]string
	err := entry.use(ctx, patience, func(ctx context.Context, connection *pgconn.PgConn) error {
		result := connection.ExecParams(ctx, statement, values, nil, nil, nil).Read()
		for _, row := range result.Rows {
			texts := make([]string, len(row))
			for index, field := range row {
				texts[index] = string(field)
			}
			rows = append(rows, texts)
		}
		return result.Err
	})
	return rows, err
}

// prepare makes the table.
func prepare(ctx context.Context, entry *entryPoint) error {
	return entry.use(ctx, ofPeople, func(ctx context.Context, connection *pgconn.PgConn) error {
		_, err := connection.Exec(ctx, preparation).ReadAll()
		return err
	})
}

// acknowledgement is what a primary says of itself with a write.
type acknowledgement struct {
	server   string
	timeline int64
}

func write(ctx context.Context, entry *entryPoint, run, client string, sequence int64) (acknowledgement, error) {
	rows, err := query(ctx, entry, entry.usual, writeStatement, run, client, strconv.FormatInt(sequence, 10))
	if err != nil || len(rows) != 1 {
		return acknowledgement{}, orNoRow(err)
	}
	timeline, err := strconv.ParseInt(rows[0][1], 16, 64)
	return acknowledgement{rows[0][0], timeline}, err
}

// sight is what a read saw.
type sight struct {
	server, city string
	recovery     bool
	newest       map[string]int64
}

func read(ctx context.Context, entry *entryPoint, run, clients string) (sight, error) {
	rows, err := query(ctx, entry, entry.usual, readStatement, run, clients)
	if err != nil || len(rows) != 1 {
		return sight{}, orNoRow(err)
	}
	seen := sight{server: rows[0][0], city: rows[0][1], recovery: rows[0][2] == "t", newest: map[string]int64{}}
	if rows[0][3] != "" {
		err = json.Unmarshal([]byte(rows[0][3]), &seen.newest)
	}
	return seen, err
}

func orNoRow(err error) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("the answer is not one row")
}

// rowsOf are the rows of a run as ranges of numbers for each client, both ends included.
func rowsOf(ctx context.Context, entry *entryPoint, run string) (map[string][][2]int64, error) {
	if entry == nil {
		return nil, fmt.Errorf("there is no such entry point")
	}
	rows, err := query(ctx, entry, ofPeople, rowsStatement, run)
	if err != nil {
		return nil, err
	}
	result := map[string][][2]int64{}
	for _, row := range rows {
		first, _ := strconv.ParseInt(row[1], 10, 64)
		last, err := strconv.ParseInt(row[2], 10, 64)
		if err != nil {
			return nil, err
		}
		result[row[0]] = append(result[row[0]], [2]int64{first, last})
	}
	return result, nil
}

// messageBytes of WAL are written by one statement: a hundred milliseconds of a link of 50 Mbit/s.
const messageBytes = 625_000

// writeAhead has the primary write WAL, at most so many bytes a second; 0 is as fast as it can.
func writeAhead(ctx context.Context, entry *entryPoint, bytes, perSecond int64) error {
	for start, written := time.Now(), int64(0); written < bytes; written += messageBytes {
		if perSecond > 0 {
			due := start.Add(time.Duration(float64(written) / float64(perSecond) * float64(time.Second)))
			if !sleepUntil(ctx, due) {
				return ctx.Err()
			}
		}
		size := min(messageBytes, bytes-written)
		_, err := query(ctx, entry, ofPeople, walStatement, strconv.FormatInt(size, 10))
		if err != nil {
			return err
		}
	}
	return nil
}

// sleepUntil says whether the time has come, and not the end.
func sleepUntil(ctx context.Context, due time.Time) bool {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
