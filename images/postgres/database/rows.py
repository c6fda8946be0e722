"""Counting the rows of a database."""

from typing import Any

from database.sql import query

_tables = """
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'pg\\_%'
ORDER BY 1
"""


def tables(connection: Any) -> list[str]:
    """All tables that backups hold, quoted. Partitions are tables of their own; unlogged ones are empty afterwards."""
    return [str(row[0]) for row in query(connection, _tables)]


def count(connection: Any) -> dict[str, int]:
    """Rows by table. In a repeatable-read transaction all counts are of one moment."""
    # Names are out of quote_ident.
    return {name: int(query(connection, f"SELECT count(*) FROM {name}")[0][0]) for name in tables(connection)}


def compare(live: dict[str, int], restored: dict[str, int], exact: bool) -> dict[str, str]:
    """
    Tables whose rows differ, with both numbers. Pure.

    Without an exact moment a thousandth and a hundred rows are allowed: a table under load changes while it is counted.
    """
    wrong = {}
    for name in sorted(live.keys() | restored.keys()):
        one, other = live.get(name), restored.get(name)
        if one is None or other is None:
            wrong[name] = f"{'absent' if one is None else one} live, {'absent' if other is None else other} restored"
        elif abs(one - other) > (0 if exact else 100 + max(one, other) // 1000):
            wrong[name] = f"{one} live, {other} restored"
    return wrong
