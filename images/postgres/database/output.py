"""What the tool prints: one line a step, tables, JSON."""

import json
import sys
from collections.abc import Sequence


def say(line: str) -> None:
    """Prints a step. Flushed at once: whoever follows the log of the Job sees it when it happens."""
    print(line, flush=True)


def complain(line: str) -> None:
    """Prints an error."""
    print(f"✖ {line}", file=sys.stderr, flush=True)


def say_json(value: object) -> None:
    """Prints a summary for programs."""
    print(json.dumps(value, indent=2, sort_keys=True, default=str), flush=True)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns as wide as their widest cell, two spaces between them."""
    cells = [list(head), *[["" if cell is None else str(cell) for cell in row] for row in rows]]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in cells)


def size(number: float) -> str:
    """Bytes for people: `16.0 MiB`."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(number) < 1024:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} TiB"
