"""The restore drill: proves that this city's repository gives the database back, and how fast."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from database.answering import repository_host
from database.backups import Repository, choose_for_location, choose_for_time, format_target, parse_target, window
from database.cluster import problem
from database.errors import OperationError, Unreachable
from database.instance import Instance
from database.output import say, say_json, size
from database.patroni import Patroni
from database.pgbackrest import PgBackRest
from database.rows import compare, count
from database.scratch import bytes_in, clear, copying_speed, prepare
from database.settings import Member, Settings
from database.sql import connect, over_tls, query
from database.wal import Segment, format_lsn, lineage, parse_lsn


@dataclass(frozen=True)
class Live:
    """Rows of a live member at a location of its WAL. Not `exact`: the member never stood still for a moment."""

    member: str
    timeline: int
    location: int
    exact: bool
    rows: dict[str, int]


_location = (
    "SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END)::text"
)


def _choose_member(settings: Settings, patroni: Patroni) -> tuple[Member, int]:
    """A healthy member of this city, reporting before core: counting everything is heavy."""
    cluster = patroni.cluster()
    if cluster.leader is None or cluster.leader.timeline is None:
        raise OperationError("the cluster has no primary, so there is nothing live to compare with")
    for member in sorted(settings.here.members, key=lambda member: (member.set == "core", -member.ordinal)):
        report = cluster.reports.get(member.name)
        if report is not None and not report.leader and problem(cluster, member.name, settings.limits.lag) is None:
            return member, cluster.leader.timeline
    raise OperationError(f"no replica of {settings.city} is healthy, so there is nothing live to compare with")


def observe(settings: Settings, patroni: Patroni) -> Live:
    """Counts all rows of a live member at one location of WAL."""
    member, timeline = _choose_member(settings, patroni)
    access = over_tls(settings, member.host, settings.ports.postgres, settings.roles.verifier, settings.tls.verifier)
    with connect(**access) as connection:
        # A replica shows commits before it counts their WAL as replayed: only where the location stays the same before,
        # with and after the snapshot do the two belong together.
        for attempt in range(300):
            before = query(connection, _location)[0][0]
            query(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            within = query(connection, _location)[0][0]
            time.sleep(0.001)
            after = query(connection, _location)[0][0]
            exact = before == within == after
            if exact or attempt == 299:
                break
            query(connection, "ROLLBACK")
        rows = count(connection)
        query(connection, "COMMIT")
    return Live(member.name, timeline, parse_lsn(within), exact, rows)


def _wait_until_archived(settings: Settings, pgbackrest: PgBackRest, live: Live) -> bool:
    """Whether WAL from beyond the location is in the repository. Not on an idle cluster, which archives nothing."""
    # The record that begins at the location may end in the next segment, and recovery has to read it to stop before it.
    needed = Segment.of(live.timeline, live.location).next()
    try:
        # Forces two segments through, so that an idle hour is not waited for.
        with repository_host(settings) as host:
            host.run("check")
            host.run("check")
    except OperationError as error:
        say(f"no segment could be forced ({error}); waits for the next")
    end = time.monotonic() + settings.drill.archive_wait
    reached = -1
    while time.monotonic() < end:
        last = pgbackrest.info().last
        reached = Segment.parse(last).number if last is not None else -1
        if reached >= needed.number:
            return True
        time.sleep(5)
    return reached >= needed.number - 1


def _plan(
    settings: Settings,
    pgbackrest: PgBackRest,
    patroni: Patroni,
    repository: Repository,
    kind: str,
    target: str | None,
    live: Live | None,
) -> tuple[str, list[str], str]:
    """Set, options of the restore, and the target in words."""
    if kind == "time":
        if target is None:
            raise OperationError('--type time needs --target "2026-11-20 14:03:05+07:00"')
        moment = parse_target(target)
        chosen = choose_for_time(repository, window(repository, pgbackrest.last_archived(repository)), moment)
        return (
            chosen.label,
            ["--type=time", f"--target={format_target(moment)}", "--target-action=promote"],
            moment.isoformat(),
        )
    if not repository.backups:
        raise OperationError("the repository has no backup to restore")
    newest = repository.backups[-1].label
    if kind == "immediate":
        return newest, ["--type=immediate", "--target-action=promote"], "the end of the backup"
    if live is None:
        return newest, ["--type=default"], "the end of the archive"
    ancestors = lineage(list(patroni.timeline_ends().items()), live.timeline)
    chosen = choose_for_location(repository, live.timeline, live.location, ancestors)
    location = format_lsn(live.location)
    # Exclusive: the location is the end of the last record that counts, and the beginning of the next.
    options = ["--type=lsn", f"--target={location}", "--target-exclusive", "--target-action=promote"]
    return chosen.label, options, location


def _amcheck(settings: Settings, instance: Instance) -> float:
    began = time.monotonic()
    command = [
        "pg_amcheck", "--all", "--install-missing", "--no-password", "--jobs=2", *settings.drill.amcheck,
        f"--host={instance.directory}", f"--port={settings.ports.postgres}", "--username=postgres",
        "--maintenance-db=postgres",
    ]  # fmt: skip
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        lines = (result.stdout + result.stderr).strip().splitlines()
        raise OperationError(f"pg_amcheck found {len(lines)} lines of trouble: {' / '.join(lines[:5])}")
    return time.monotonic() - began


def drill(settings: Settings, patroni: Patroni, kind: str, target: str | None) -> None:
    """
    Restores into the scratch directory, checks every table and index, compares rows, measures, and clears up.

    `kind` is `lsn` (to the location at which live rows were counted), `time`, `immediate` or `default`.

    :raises OperationError: when any part fails; the summary is printed first.
    """
    directory = Path(settings.drill.directory)
    pgbackrest = PgBackRest(settings, settings.pgbackrest.restore)
    summary: dict[str, Any] = {"ok": False}
    instance = Instance(settings, directory)
    is_ours = False
    try:
        live = _look(settings, patroni, pgbackrest, kind)
        repository = pgbackrest.info()
        label, options, words = _plan(settings, pgbackrest, patroni, repository, kind, target, live)
        chosen = next(backup for backup in repository.backups if backup.label == label)
        prepare(directory, chosen.size)
        is_ours = True
        summary |= {"set": label, "target": words}
        _restore(settings, pgbackrest, instance, options, label, words, summary)
        summary["amcheckSeconds"] = round(_amcheck(settings, instance), 1)
        say("pg_amcheck found nothing wrong")
        with instance.connect(settings.database) as connection:
            rows = count(connection)
        summary |= {"tables": len(rows), "rows": sum(rows.values())}
        if live is not None:
            wrong = compare(live.rows, rows, live.exact)
            summary |= {"exact": live.exact, "comparedWith": live.member, "differences": wrong}
            if wrong:
                raise OperationError(f"rows differ: {'; '.join(f'{name}: {what}' for name, what in wrong.items())}")
            say(f"rows of {len(rows)} tables are {'exactly' if live.exact else 'nearly'} those of {live.member}")
        summary["ok"] = True
    except OperationError as error:
        summary["error"] = str(error)
        raise
    finally:
        # What was in the directory before is somebody else's restore.
        if is_ours:
            instance.stop()
            clear(directory)
        say_json(summary)


def _look(settings: Settings, patroni: Patroni, pgbackrest: PgBackRest, kind: str) -> Live | None:
    """The live side, where there is one to compare with: rows compare only at the same location."""
    if kind != "lsn" or not settings.drill.compare:
        return None
    try:
        live = observe(settings, patroni)
    except Unreachable as error:
        raise OperationError(f"live rows can't be counted: {error}. Without a comparison: --type immediate") from error
    say(f"counted {sum(live.rows.values())} rows of {live.member} at {format_lsn(live.location)}")
    if not _wait_until_archived(settings, pgbackrest, live):
        raise OperationError(
            f"no WAL of after the count was archived within {settings.drill.archive_wait:.0f} s, so there is nothing to "
            "compare with (runbook archive-down). Without a comparison: --type immediate"
        )
    return live


def _restore(
    settings: Settings,
    pgbackrest: PgBackRest,
    instance: Instance,
    options: list[str],
    label: str,
    words: str,
    summary: dict[str, Any],
) -> None:
    say(f"restores {label} and replays WAL until {words}")
    began = time.monotonic()
    # Of this city alone: what another one has is no proof of this one's repository.
    wal = pgbackrest.wal_command(instance.data, own=True)
    pgbackrest.restore(instance.data, label, "--archive-mode=off", *options, wal=wal)
    seconds = time.monotonic() - began
    total = bytes_in(instance.data)
    plain = copying_speed(instance.data, instance.directory / "copy")
    say(f"restored {size(total)} in {seconds:.1f} s, {size(total / seconds)}/s; plain copying is {size(plain)}/s")
    began = time.monotonic()
    instance.start()
    instance.wait(settings.drill.recovery)
    recovery = time.monotonic() - began
    say(f"recovered in {recovery:.1f} s")
    summary |= {
        "bytes": total,
        "restoreSeconds": round(seconds, 1),
        "restoreBytesPerSecond": round(total / seconds),
        "copyBytesPerSecond": round(plain),
        "ofCopyingSpeed": round(total / seconds / plain, 3),
        "recoverySeconds": round(recovery, 1),
    }
