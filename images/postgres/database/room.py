"""
Room on a member's volume.

PostgreSQL that can't make the next segment of its WAL ends, is started, recovers and ends again. Patroni keeps the lead for as long
as it comes up at all, so that nobody could write until a person gives it room. So a primary without room is ended while
another member may take its place. It is started again when there is room.
"""

import shutil
from pathlib import Path

from database.cluster import Cluster
from database.output import say
from database.patroni import Patroni
from database.settings import Member, Settings

# Bytes of a segment of WAL: PostgreSQL's default, which the bootstrap takes.
segment = 16 * 1024 * 1024

# A member with less does not start: it needs a segment to begin with, and one to go on.
least = 2 * segment

# States of a replica whose data may be whole. It gets nothing while its primary ends again and again.
_able = frozenset({"streaming", "in archive recovery", "running"})


def room_on(path: Path) -> int:
    """Bytes that may still be written to the volume below a directory."""
    return shutil.disk_usage(path).free


def must_yield(settings: Settings, member: Member, cluster: Cluster, room: int) -> bool:
    """Whether a member should give up the lead for want of room. Pure."""
    leader = cluster.leader
    if room >= segment or cluster.paused or leader is None or leader.name != member.name:
        return False
    # By the settings: Patroni may still list a member that is gone for good.
    others = [cluster.reports.get(each.name) for each in settings.members if each.set == "core" and each != member]
    return any(other is not None and other.state in _able and not other.tags.get("nofailover") for other in others)


def yields(settings: Settings, patroni: Patroni, name: str, data: Path) -> bool:
    """Whether this pod's member should give up the lead, which it says."""
    room = room_on(data)
    if not must_yield(settings, settings.member(name), patroni.cluster(), room):
        return False
    say(f"{name} is primary and its volume has room for {room} bytes, less than a segment of WAL; another member takes its place")
    return True
