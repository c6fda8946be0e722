"""
What a new cluster needs from its superuser, once: Patroni's bootstrap.post_init.

Afterwards nobody uses the superuser from afar. The administrator that is made here makes the roles of the services.
"""

from typing import Any

from database.output import say
from database.settings import Settings
from database.sql import connect, query, quiet

extensions = ("amcheck", "pg_stat_statements")


def _role(connection: Any, name: str, attributes: str) -> None:
    from psycopg2 import sql

    if not query(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", name):
        query(connection, sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
    query(connection, sql.SQL(f"ALTER ROLE {{}} {attributes}").format(sql.Identifier(name)))


def _run(connection: Any, statement: str, *names: str) -> None:
    from psycopg2 import sql

    query(connection, sql.SQL(statement).format(*[sql.Identifier(name) for name in names]))


def _make_roles(connection: Any, settings: Settings) -> None:
    roles = settings.roles
    # No password for any: the administrator, the pooler and the verifier have certificates, the monitor the socket.
    _role(connection, roles.administrator, "LOGIN CREATEROLE NOCREATEDB NOSUPERUSER NOREPLICATION NOBYPASSRLS")
    _role(connection, roles.monitor, "LOGIN NOCREATEROLE NOCREATEDB NOSUPERUSER NOREPLICATION NOBYPASSRLS")
    _role(connection, roles.pooler, "LOGIN NOCREATEROLE NOCREATEDB NOSUPERUSER NOREPLICATION NOBYPASSRLS")
    _role(connection, roles.verifier, "LOGIN NOCREATEROLE NOCREATEDB NOSUPERUSER NOREPLICATION NOBYPASSRLS")
    # Patroni gives it the rest of its rights.
    _role(connection, roles.rewinder, "LOGIN NOCREATEROLE NOCREATEDB NOSUPERUSER NOREPLICATION NOBYPASSRLS")
    _run(connection, "GRANT pg_checkpoint TO {}", roles.rewinder)
    _run(connection, "GRANT pg_monitor TO {}", roles.monitor)
    # Holds a copy of everything anyway: it restores backups.
    _run(connection, "GRANT pg_read_all_data, pg_read_all_stats TO {}", roles.verifier)
    _run(connection, "ALTER ROLE {} SET default_transaction_read_only = on", roles.verifier)
    # May end sessions of the roles that it makes, and own objects for them.
    _run(connection, "ALTER ROLE {} SET createrole_self_grant = 'set, inherit'", roles.administrator)
    for statement in quiet:
        _run(connection, f"GRANT SET ON PARAMETER {statement.split()[1]} TO {{}}", roles.administrator)


def _make_database(connection: Any, settings: Settings) -> None:
    if not query(connection, "SELECT 1 FROM pg_database WHERE datname = %s", settings.database):
        _run(connection, "CREATE DATABASE {} OWNER {}", settings.database, settings.roles.administrator)
    _run(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", settings.database)
    for role in (settings.roles.monitor, settings.roles.pooler, settings.roles.verifier):
        _run(connection, "GRANT CONNECT ON DATABASE {} TO {}", settings.database, role)


def _make_lookup(connection: Any, settings: Settings) -> None:
    """The one function by which the pooler reads a password's verifier: never a superuser's or a replicator's."""
    pooler = settings.roles.pooler
    _run(connection, "CREATE SCHEMA IF NOT EXISTS pooler")
    _run(connection, "REVOKE ALL ON SCHEMA pooler FROM PUBLIC")
    _run(connection, "GRANT USAGE ON SCHEMA pooler TO {}", pooler)
    _run(
        connection,
        """
        CREATE OR REPLACE FUNCTION pooler.lookup(INOUT login name, OUT verifier text) RETURNS SETOF record
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          SELECT rolname, CASE WHEN rolvaliduntil < now() THEN NULL ELSE rolpassword END
          FROM pg_authid
          WHERE rolname = login AND rolcanlogin AND NOT rolsuper AND NOT rolreplication AND NOT rolbypassrls
        $$
        """,
    )
    _run(connection, "REVOKE ALL ON FUNCTION pooler.lookup(name) FROM PUBLIC")
    _run(connection, "GRANT EXECUTE ON FUNCTION pooler.lookup(name) TO {}", pooler)


def bootstrap(settings: Settings, dsn: str) -> None:
    """
    Makes the database, its administrator and what only a superuser can make. Idempotent.

    `dsn` is a superuser's; Patroni gives it as the last argument.
    """
    with connect(dsn=dsn) as connection:
        _make_roles(connection, settings)
        _make_database(connection, settings)
        say(f"made the database {settings.database} and the role {settings.roles.administrator}")
    with connect(dsn=dsn, dbname=settings.database) as connection:
        for extension in extensions:
            _run(connection, "CREATE EXTENSION IF NOT EXISTS {}", extension)
        _run(connection, "REVOKE ALL ON SCHEMA public FROM PUBLIC")
        _make_lookup(connection, settings)
        say(f"made the extensions {', '.join(extensions)} and the pooler's lookup")
