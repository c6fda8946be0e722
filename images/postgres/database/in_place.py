"""Restore into the data directory of a member that is held back: the cluster goes on from there."""

import shutil
import time
from pathlib import Path

from database.backups import Backup, choose_for_time, format_target, parse_target, window
from database.errors import OperationError
from database.hold import marker_name
from database.instance import Instance
from database.output import say, say_json, size
from database.pgbackrest import PgBackRest
from database.settings import Settings


def _options(pgbackrest: PgBackRest, target: str, timeline: str | None) -> tuple[Backup, list[str]]:
    """Set and options."""
    repository = pgbackrest.info()
    span = window(repository, pgbackrest.last_archived(repository))
    follow = [] if timeline is None else [f"--target-timeline={timeline}"]
    if target == "latest":
        return repository.sound[-1], ["--type=default", *follow]
    moment = parse_target(target)
    chosen = choose_for_time(repository, span, moment)
    return chosen, ["--type=time", f"--target={format_target(moment)}", "--target-action=promote", *follow]


def restore_in_place(settings: Settings, target: str, data: Path, timeline: str | None, patience: int) -> None:
    """
    Restores to a time, or to the `latest` that the archive has, on a new timeline, and shuts down cleanly.

    What is in the directory is reused as far as it is the same. PostgreSQL recovers privately, on a socket; it archives
    nothing, but keeps what is to be archived for the member that starts afterwards.

    :param timeline: that is followed, by default the newest one.
    :param patience: seconds for the replay.
    :raises OperationError: when PostgreSQL runs here, the target is outside the window, or recovery fails. Nobody
        starts from the directory then until a restore succeeds.
    """
    pgbackrest = PgBackRest(settings, settings.pgbackrest.restore)
    instance = Instance(settings, data.parent / "restore", data)
    if (data / "PG_VERSION").exists() and instance.running():
        raise OperationError(
            f"PostgreSQL runs on {data}; first: database hold, and delete this pod (runbook restore-to-a-time)"
        )
    chosen, options = _options(pgbackrest, target, timeline)
    data.mkdir(mode=0o700, exist_ok=True)
    instance.directory.mkdir(mode=0o700, exist_ok=True)
    marker = data.parent / marker_name
    marker.write_text(target, encoding="utf-8")
    say(f"restores {chosen.label} ({size(chosen.size)}) into {data}")
    began = time.monotonic()
    delta = ["--delta"] if any(data.iterdir()) else []
    wal = pgbackrest.wal_command(data, strict=target == "latest")
    pgbackrest.restore(data, chosen.label, *delta, *options, wal=wal)
    say("replays WAL")
    # Archiving that always fails: what is to be archived stays marked, and the member archives it when it runs.
    instance.start(archive_mode="on", archive_command="false")
    try:
        instance.wait(patience)
        with instance.connect() as connection:
            connection.cursor().execute("CHECKPOINT")
    except OperationError:
        instance.stop()
        raise
    new, last = instance.timeline(), instance.last_transaction()
    instance.stop(cleanly=True)
    shutil.rmtree(instance.directory, ignore_errors=True)
    marker.unlink()
    # An archive with a gap ends there without an error where `latest` was asked for.
    say(f"last transaction: {last or 'none after the backup'}")
    say(f"restored to {target} on timeline {new} in {time.monotonic() - began:.0f} s; PostgreSQL is stopped")
    say_json({"set": chosen.label, "target": target, "timeline": new})
