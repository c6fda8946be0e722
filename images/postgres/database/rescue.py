"""
The lost tail of a fork: what an isolated primary acknowledged after the others had gone on without it.

Its WAL is in the core archive of its city, on the timeline that lost.
"""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from database.backups import choose_for_location
from database.errors import OperationError
from database.instance import Instance
from database.output import say, say_json, table
from database.patroni import Patroni
from database.pgbackrest import PgBackRest
from database.scratch import prepare
from database.settings import Settings
from database.wal import Segment, format_lsn, lineage, segment_size


@dataclass(frozen=True)
class Tail:
    """What pg_waldump found: commits, and the relations (tablespace/database/relation) that were changed."""

    commits: int
    first: str | None
    last: str | None
    relations: dict[str, int]


_commit = re.compile(r"desc: COMMIT(?:_PREPARED)? (\S+ \S+ \S+)")
_change = re.compile(r"rmgr: (?:Heap|Heap2|Btree)\s.*? rel (\d+/\d+/\d+)")


def summarize(dump: str) -> Tail:
    """Out of pg_waldump's lines. Pure."""
    commits = [match.rstrip(";") for match in _commit.findall(dump)]
    relations: dict[str, int] = {}
    for line in dump.splitlines():
        match = _change.search(line)
        if match is not None and line.startswith("rmgr: Heap"):
            relations[match[1]] = relations.get(match[1], 0) + 1
    return Tail(len(commits), commits[0] if commits else None, commits[-1] if commits else None, relations)


def forks(patroni: Patroni) -> list[tuple[int, int, str]]:
    """Timelines that ended, where, and when."""
    return [(int(line[0]), int(line[1]), str(line[3]) if len(line) > 3 else "") for line in patroni.history()]


def show(patroni: Patroni) -> None:
    """Lists the forks. Each may have a tail: only its core archive can tell."""
    rows = [(timeline, format_lsn(end), when) for timeline, end, when in forks(patroni)]
    if not rows:
        say("the cluster has never changed its timeline, so there is no fork")
        return
    say(table(("timeline", "ended at", "when"), rows))


def _fetch(pgbackrest: PgBackRest, data: Path, first: Segment, target: Path) -> list[Segment]:
    """Segments of the lost timeline from the fork on, as far as there are any."""
    target.mkdir(parents=True, exist_ok=True)
    found: list[Segment] = []
    segment = first
    while True:
        command = [*pgbackrest.base, "--reset-pg1-host", f"--pg1-path={data}", "--log-level-console=off",
                   "--log-level-stderr=warn", "--no-archive-async", "archive-get", segment.name(),
                   str(target / segment.name())]  # fmt: skip
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode == 1:
            return found
        if result.returncode != 0:
            raise OperationError(f"pgbackrest archive-get {segment.name()} failed: {' '.join(result.stderr.split())}")
        found.append(segment)
        segment = segment.next()


def _dump(wal: Path, first: Segment, location: int) -> str:
    command = ["pg_waldump", f"--path={wal}", f"--timeline={first.timeline}", f"--start={format_lsn(location)}"]
    # It ends with an error where WAL ends, which is no error here.
    return subprocess.run(command, capture_output=True, text=True).stdout


def require_whole(reached: int, fork: int, has_tail: bool) -> None:
    """
    A hole in an archive ends recovery as quietly as its end does, and what was acknowledged then seems to be on neither side.

    Where the lost primary has archived nothing from the fork on the segment of the fork is missing, and with it the end of a record that
    begins in the one before.

    :raises OperationError: when recovery ended before the fork. Pure.
    """
    before = (fork // segment_size - 1) * segment_size
    if reached < fork if has_tail else reached <= before:
        raise OperationError(
            f"the archive has a hole: recovery ended at {format_lsn(reached)}, before the fork at {format_lsn(fork)}. "
            "What runs is the database of then, without what came later; tail.txt has each record after the fork, if there is any"
        )


def rescue(settings: Settings, patroni: Patroni, timeline: int, directory: Path, data: Path) -> None:
    """
    Restores the lost side of a fork beside the cluster: `directory` gets the WAL of the tail, `tail.txt` with what is
    in it, and a PostgreSQL on a socket that has everything the lost primary had acknowledged and archived.

    :raises OperationError: when no backup leads there, or a segment before the fork is missing in the archive.

    `data` is a data directory of this cluster, for its system identifier; where there is none the restored one is used.
    """
    ended = patroni.timeline_ends()
    if timeline not in ended:
        known = ", ".join(str(number) for number in sorted(ended)) or "none"
        raise OperationError(f"timeline {timeline} has not ended by a fork; those that have: {known}")
    location = ended[timeline]
    main = PgBackRest(settings, settings.pgbackrest.restore)
    core = PgBackRest(settings, settings.pgbackrest.forks)
    ancestors = lineage(sorted((number, end) for number, end in ended.items()), timeline)
    chosen = choose_for_location(main.info(), timeline, location, ancestors)
    prepare(directory, chosen.size)
    instance = Instance(settings, directory)
    say(f"restores {chosen.label}, and replays WAL of timeline {timeline} beyond {format_lsn(location)}")
    # A replica that changes to the new timeline archives the segment of the fork as well, without the tail.
    wal = f"{core.wal_command(instance.data)} || {main.wal_command(instance.data)}"
    options = ["--archive-mode=off", "--type=default", f"--target-timeline={timeline}"]
    main.restore(instance.data, chosen.label, *options, wal=wal)
    first = Segment.of(timeline, location)
    base = data if (data / "global" / "pg_control").exists() else instance.data
    segments = _fetch(core, base, first, directory / "wal")
    dump = _dump(directory / "wal", first, location) if segments else ""
    (directory / "tail.txt").write_text(dump, encoding="utf-8")
    tail = summarize(dump)
    instance.start()
    instance.wait(settings.drill.recovery)
    if tail.commits == 0:
        say(
            f"timeline {timeline} has no commit after the fork in the archive of {settings.city}: nothing was lost here"
        )
    else:
        say(f"{tail.commits} commits after the fork, from {tail.first} to {tail.last}")
    say(f"the lost side runs: psql -h {directory} -p {settings.ports.postgres} -U postgres {settings.database}")
    say(f"When done: database restore --finish --directory {directory}")
    say_json(
        {
            "timeline": timeline,
            "fork": format_lsn(location),
            "set": chosen.label,
            "segments": [segment.name() for segment in segments],
            "commits": tail.commits,
            "firstCommit": tail.first,
            "lastCommit": tail.last,
            "changedRelations": tail.relations,
        }
    )
    require_whole(instance.replayed(), location, bool(segments))
