"""Restore to a moment, side by side with the running cluster."""

import time
from datetime import datetime
from pathlib import Path

from database.backups import choose_for_time, format_target, parse_target, window
from database.errors import OperationError
from database.instance import Instance
from database.output import say, say_json, size
from database.pgbackrest import PgBackRest
from database.scratch import clear, prepare
from database.settings import Settings


def restore(
    settings: Settings, target: str, directory: Path, writable: bool, timeline: str | None, patience: int
) -> None:
    """
    Restores into `directory` and leaves PostgreSQL running there, on a unix socket, read-only by default.

    It is promoted at the target rather than paused: a paused recovery keeps the locks of transactions under way, and
    those of a DROP TABLE would hide the very table that is looked for.

    :param timeline: that is followed, by default the newest one.
    :param patience: seconds for the replay.
    :raises OperationError: when the target is outside the window, with the window.
    """
    pgbackrest = PgBackRest(settings, settings.pgbackrest.restore)
    moment = parse_target(target)
    repository = pgbackrest.info()
    span = window(repository, pgbackrest.last_archived(repository))
    chosen = choose_for_time(repository, span, moment)
    prepare(directory, chosen.size)
    instance = Instance(settings, directory)
    say(f"restores {chosen.label} ({size(chosen.size)}) and replays WAL until {moment.isoformat(' ')}")
    began = time.monotonic()
    options = [
        "--type=time",
        f"--target={format_target(moment)}",
        "--target-action=promote",
        "--archive-mode=off",
    ]
    if timeline is not None:
        options.append(f"--target-timeline={timeline}")
    pgbackrest.restore(instance.data, chosen.label, *options)
    restored = time.monotonic() - began
    say(f"restored in {restored:.0f} s; replays WAL")
    instance.start(default_transaction_read_only="off" if writable else "on")
    try:
        instance.wait(patience)
    except OperationError:
        instance.stop()
        raise
    seconds = time.monotonic() - began
    say(
        f"it runs after {seconds:.0f} s. Look around with: "
        f"psql -h {directory} -p {settings.ports.postgres} -U postgres {settings.database}"
    )
    say(f"When done: database restore --finish --directory {directory}")
    say_json(
        {
            "set": chosen.label,
            "target": moment.isoformat(),
            "writable": writable,
            "socketDirectory": str(directory),
            "restoreSeconds": round(restored, 1),
            "totalSeconds": round(seconds, 1),
        }
    )


def show_window(settings: Settings) -> None:
    """Prints from when to when can be restored."""
    pgbackrest = PgBackRest(settings, settings.pgbackrest.restore)
    repository = pgbackrest.info()
    span = window(repository, pgbackrest.last_archived(repository))

    def local(moment: datetime) -> str:
        return moment.astimezone().isoformat(" ", "seconds")

    say(f"from {local(span.begin)} to {local(span.end)}")
    say_json(
        {"begin": span.begin.isoformat(), "end": span.end.isoformat(), "sets": [b.label for b in repository.backups]}
    )


def finish(settings: Settings, directory: Path) -> None:
    """Stops a restored PostgreSQL and removes its files."""
    instance = Instance(settings, directory)
    instance.stop()
    clear(directory)
    say(f"{directory} is empty again")
