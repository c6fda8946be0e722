package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/jackc/pgx/v5"

	"nusantara/images/service/internal/config"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is the advisory lock of a migration: any number that only it uses.
const migrationLock = 0x6e7573616e746172

// Migrate brings the schema `reference` of the primary up to date, in one transaction. It may run any number of times,
// also at the same time.
func Migrate(ctx context.Context, settings config.Database, log *slog.Logger) error {
	pool, err := writePoolConfig(&settings, "migrate", "reference")
	if err != nil {
		return err
	}
	if err := setPassword(pool.ConnConfig, settings.PasswordFile); err != nil {
		return err
	}
	// Several statements a file need the simple protocol.
	pool.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	connection, err := pgx.ConnectConfig(ctx, pool.ConnConfig)
	if err != nil {
		return withoutUser(err)
	}
	defer connection.Close(ctx)
	return pgx.BeginFunc(ctx, connection, func(tx pgx.Tx) error { return migrate(ctx, tx, log) })
}

func migrate(ctx context.Context, tx pgx.Tx, log *slog.Logger) error {
	// Of the transaction, not the session: a pooler shares sessions.
	if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
		return fmt.Errorf("wait for other migrations: %w", err)
	}
	if _, err := tx.Exec(ctx, `create schema if not exists reference;
create table if not exists reference.migrations (name text primary key, applied timestamptz not null default now())`); err != nil {
		return fmt.Errorf("create the schema: %w", err)
	}
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	applied := 0
	for _, file := range files {
		var known bool
		query := "select exists (select from reference.migrations where name = $1)"
		if err := tx.QueryRow(ctx, query, file).Scan(&known); err != nil {
			return fmt.Errorf("read which migrations are applied: %w", err)
		}
		if known {
			continue
		}
		statements, err := migrations.ReadFile(file)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, string(statements)); err != nil {
			return fmt.Errorf("apply %s: %w", file, err)
		}
		if _, err := tx.Exec(ctx, "insert into reference.migrations (name) values ($1)", file); err != nil {
			return fmt.Errorf("note that %s is applied: %w", file, err)
		}
		log.InfoContext(ctx, "migration applied", "migration", file)
		applied++
	}
	log.InfoContext(ctx, "schema is up to date", "applied", applied, "known", len(files))
	return nil
}
