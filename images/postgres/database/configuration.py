"""Differences of Patroni's dynamic configuration. Pure."""

from typing import Any

# Set by people, for a time: maintenance mode is not ours to end.
kept = frozenset({"pause"})


def same(one: object, other: object) -> bool:
    """As Patroni compares scalars: by their text."""
    return one == other or str(one) == str(other)


def patch(current: dict[str, Any], desired: dict[str, Any], keep: frozenset[str] = kept) -> dict[str, Any]:
    """What PATCH /config needs to turn one into the other; None removes a key. Empty when nothing differs."""
    result: dict[str, Any] = {}
    for name in current:
        if name not in keep and desired.get(name) is None:
            result[name] = None
    for name, value in desired.items():
        if value is None:
            continue
        now = current.get(name)
        if isinstance(value, dict) and isinstance(now, dict):
            inner = patch(now, value, frozenset())
            if inner:
                result[name] = inner
        elif now is None or isinstance(value, dict) != isinstance(now, dict) or not same(now, value):
            result[name] = value
    return result


def describe(current: dict[str, Any], change: dict[str, Any], path: str = "") -> list[str]:
    """One line a value: `postgresql.parameters.max_connections: 100 → 200`."""
    lines: list[str] = []
    for name, value in sorted(change.items()):
        where = f"{path}.{name}" if path else name
        now = current.get(name)
        if isinstance(value, dict) and isinstance(now, dict):
            lines += describe(now, value, where)
        elif isinstance(value, dict) and now is None:
            lines += describe({}, value, where)
        elif value is None:
            lines.append(f"{where}: {now} → removed")
        else:
            lines.append(f"{where}: {'absent' if now is None else now} → {value}")
    return lines
