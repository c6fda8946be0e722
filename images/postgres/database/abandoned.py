"""
Backups of a history that the cluster has left.

After a restore in place each city still has backups of the future that has not happened. A member made from one can't
follow the cluster, and a later restore would begin from it.
"""

from collections.abc import Mapping

from database.backups import Backup, Repository
from database.errors import OperationError
from database.output import say, say_json
from database.patroni import Patroni
from database.pgbackrest import PgBackRest, own_repository
from database.settings import Settings


def abandoned(repository: Repository, ends: Mapping[int, int], current: int) -> list[Backup]:
    """
    Sets that the history of the cluster does not lead over. Pure.

    :param ends: where each timeline of the history ended. What is older than the oldest of them is not known, and kept.
    :param current: the cluster's timeline.
    """
    oldest = min(ends, default=current)
    return [
        backup
        for backup in repository.backups
        if oldest <= backup.timeline != current and backup.stop_lsn > ends.get(backup.timeline, -1)
    ]


def expire_abandoned(settings: Settings, patroni: Patroni, delete: bool) -> None:
    """
    Lists such sets of this city's repository, and with `delete` removes them.

    :raises OperationError: when nobody leads, so that the history is not known, or pgBackRest refuses: the last full
        backup stays until there is another one.
    """
    leader = patroni.cluster().leader
    if leader is None or leader.timeline is None:
        raise OperationError("the cluster has no primary, so its history is not known")
    pgbackrest = PgBackRest(settings, settings.pgbackrest.restore)
    found = abandoned(pgbackrest.info(), patroni.timeline_ends(), leader.timeline)
    for backup in found:
        say(f"{backup.label} is of timeline {backup.timeline}, which the cluster has left before its end")
    if delete:
        # With a full one go those that build on it, which are newer.
        for backup in reversed(found):
            pgbackrest.run("expire", f"--repo={own_repository}", f"--set={backup.label}")
    if not found:
        say(f"{settings.city} has no backup that the cluster could not follow")
    elif not delete:
        say("they are still there; --delete removes them")
    say_json({"abandoned": [backup.label for backup in found], "deleted": delete})
