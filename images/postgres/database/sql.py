"""PostgreSQL connections of the tool."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from database.errors import OperationError, Unreachable
from database.settings import KeyPair, Member, Settings

if TYPE_CHECKING:
    from psycopg2.sql import Composable

# What a server would write into its log or statistics of a statement, passwords included.
quiet = (
    "SET log_statement = 'none'",
    "SET log_min_error_statement = 'panic'",
    "SET log_min_duration_statement = -1",
    "SET pg_stat_statements.track_utility = 'off'",
)

# Any number of its own: held while roles are made, since two cities changing the same role at once is an error.
roles_lock = 5_260_433


def one_line(error: BaseException) -> str:
    """What the server says, without the statement that it said it about, which may hold a password."""
    diagnosis = getattr(error, "diag", None)
    primary = getattr(diagnosis, "message_primary", None)
    if primary is None:
        return " ".join(str(error).split())
    hint = getattr(diagnosis, "message_hint", None)
    return f"{primary} ({hint})" if hint else str(primary)


@contextmanager
def connect(**parameters: Any) -> Iterator[Any]:
    """
    A psycopg2 connection in autocommit, closed at the end.

    :raises Unreachable: when it can't be made.
    """
    import psycopg2

    try:
        # A link that is cut in the middle would be waited for as long as the kernel likes: two hours.
        bounds = {"tcp_user_timeout": 30_000, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4}
        connection = psycopg2.connect(connect_timeout=5, application_name="operations", **bounds, **parameters)
    except psycopg2.OperationalError as error:
        raise Unreachable(f"{parameters.get('host', 'PostgreSQL')} takes no connection: {one_line(error)}") from error
    connection.autocommit = True
    try:
        yield connection
    finally:
        connection.close()


def over_tls(settings: Settings, host: str, port: int, role: str, pair: KeyPair) -> dict[str, Any]:
    """Parameters of a connection with a client certificate."""
    if settings.scheme == "http":
        return {"host": host, "port": port, "user": role, "dbname": settings.database}
    return {
        "host": host,
        "port": port,
        "user": role,
        "dbname": settings.database,
        "sslmode": "verify-full",
        "sslrootcert": settings.tls.authority,
        "sslcert": pair.certificate,
        "sslkey": pair.key,
    }


def query(connection: Any, statement: "str | Composable", *parameters: object) -> list[tuple[Any, ...]]:
    """
    Rows of a statement.

    :raises OperationError: with the server's words.
    """
    import psycopg2

    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)
            return list(cursor.fetchall()) if cursor.description else []
    except psycopg2.Error as error:
        raise OperationError(f"PostgreSQL says: {one_line(error)}") from error


def run_file(settings: Settings, primary: Member, path: str) -> None:
    """
    Runs roles.sql on the primary in one transaction: all of it, or nothing.

    :raises Unreachable: when the primary takes no connection.
    :raises OperationError: with the line of the file, never with its text.
    """
    import psycopg2

    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise OperationError(f"{path} can't be read: {error.strerror}; mount the Secret with the roles") from error
    access = over_tls(
        settings, primary.host, settings.ports.postgres, settings.roles.administrator, settings.tls.administrator
    )
    with connect(target_session_attrs="read-write", **access) as connection, connection.cursor() as cursor:
        for statement in quiet:
            try:
                cursor.execute(statement)
            except psycopg2.Error:
                # Bootstrap grants these; without, only the server's log is chattier.
                continue
        try:
            cursor.execute("SET statement_timeout = '5min'")
            cursor.execute("BEGIN")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (roles_lock,))
            cursor.execute(text)
            cursor.execute("COMMIT")
        except psycopg2.Error as error:
            if connection.closed:
                raise Unreachable(f"{primary.name} has gone: {one_line(error)}") from error
            position = getattr(error.diag, "statement_position", None)
            line = f", line {text[: int(position)].count(chr(10)) + 1}" if position else ""
            raise OperationError(f"{path}{line}: {one_line(error)}") from error
