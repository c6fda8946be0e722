"""Members that have lost their data."""

from database.cluster import problem
from database.deadline import Deadline
from database.errors import OperationError, Unreachable
from database.etcd import Etcd, EtcdMember, EtcdStatus
from database.hold import hold_key
from database.output import say
from database.patroni import Patroni
from database.settings import EtcdHost, Settings


def quorum_after_removal(total: int) -> int:
    """Members that have to be healthy once one of `total` is removed and a learner is added. Pure."""
    return (total - 1) // 2 + 1


def _check_etcd(statuses: list[EtcdStatus], host: EtcdHost, force: bool) -> None:
    others = [status for status in statuses if status.host != host]
    broken = [f"etcd of {status.host.city}: {status.problem}" for status in others if status.problem is not None]
    healthy = len(others) - len(broken)
    if healthy < quorum_after_removal(len(statuses)):
        raise OperationError(f"removing the member of {host.city} would leave no quorum: {'; '.join(broken)}")
    own = next(status for status in statuses if status.host == host)
    if own.problem is None and not force:
        raise OperationError(f"etcd of {host.city} is healthy; to replace it all the same add --force")


def replace_own_etcd(settings: Settings, etcd: Etcd) -> None:
    """
    Takes the member of this city, which has lost its volume, out of etcd and adds it anew: for its init container.

    Safe where both others are healthy: they are a quorum of two members as they are one of three. It votes as soon as it
    runs, for nobody is left in its pod to promote a learner, and under a new number, so that it has promised nobody
    anything.

    :raises OperationError: why not now. Nothing was removed then, or the next call goes on from there.
    """
    if etcd.get(hold_key(settings)) is not None:
        raise OperationError("a hold is set, so its old volume may come back; it is ended by: database release")
    host = settings.here.etcd
    _check_etcd(etcd.statuses(), host, force=False)
    url = settings.peer_url(host)
    old = next((member for member in etcd.members() if url in member.peer_urls), None)
    if old is not None:
        if old.learner and not old.client_urls:
            # Somebody has just added it by hand.
            return
        etcd.remove_member(old)
        say(f"removed the member {old.id:x} of {host.city}, whose data is lost")
    added = etcd.add_member(url, learner=False)
    say(f"added {url} anew as {added.id:x}")


def replace_etcd(settings: Settings, etcd: Etcd, city: str, force: bool) -> None:
    """
    Takes the member of a city out of etcd and adds it anew, as a learner until it has caught up.

    The pod has to start with an empty volume; its init container (`prepare-etcd`) joins whoever added the member.

    :raises OperationError: when that would lose the quorum.
    """
    host = next((host for host in settings.etcd if host.city == city), None)
    if host is None:
        raise OperationError(f'there is no city "{city}"; cities are {", ".join(c.name for c in settings.cities)}')
    _check_etcd(etcd.statuses(), host, force)
    url = settings.peer_url(host)
    old = next((member for member in etcd.members() if url in member.peer_urls), None)
    added: EtcdMember
    if old is not None and (old.learner or not old.client_urls):
        say(f"the member of {city} was added before; goes on with it")
        added = old
    else:
        if old is not None:
            etcd.remove_member(old)
            say(f"removed the member {old.id:x} of {city}")
        added = etcd.add_member(url, learner=True)
        say(f"added {url} as the learner {added.id:x}; its pod may start now with an empty volume")
    deadline = Deadline(settings.timeouts.member)
    said = ""
    while True:
        try:
            if added.learner:
                etcd.promote(added)
            elif (trouble := etcd.status(host).problem) is not None:
                raise OperationError(trouble)
            break
        except OperationError as error:
            if deadline.over():
                raise OperationError(
                    f"the new member of {city} has not caught up in {deadline.seconds:.0f} s: {error}. "
                    "Does its pod run? The same command goes on from here"
                ) from error
            if str(error) != said:
                said = str(error)
                say(f"waits for the new member to catch up: {said}")
            deadline.pause()
    say(f"etcd of {city} votes again")


def order_copy(settings: Settings, patroni: Patroni, name: str) -> None:
    """
    Has a replica throw its data away and copy it anew, as Patroni is configured to. A copy that is under way goes on.

    :raises OperationError: when it is the primary, or a second member would be down.
    """
    member = settings.member(name)
    cluster = patroni.cluster()
    if cluster.leader is None:
        raise OperationError("the cluster has no primary to copy from")
    if cluster.leader.name == name:
        raise OperationError(f"{name} is the primary; first: database switchover --candidate …")
    report = cluster.reports.get(name)
    if report is not None and report.state == "creating replica":
        say(f"{name} is being copied; waits for that")
        return
    # The last copy of a city is what it reads from when it is cut off.
    others = [
        f"{other.name}: {trouble}"
        for other in settings.members
        if other.city == member.city
        and other.set == member.set
        and other != member
        and (trouble := problem(cluster, other.name, settings.limits.lag)) is not None
    ]
    if others:
        raise OperationError(
            f"{name} is the last of its set in {member.city}: {'; '.join(others)}. Mend that one first"
        )
    try:
        say(f"{name}: {patroni.reinitialize(member)}")
    except Unreachable as error:
        raise OperationError(
            f"{error}. Its Patroni does not run: delete its claim and its pod instead (runbook replace-member)"
        ) from error


def await_copy(settings: Settings, patroni: Patroni, name: str) -> None:
    """:raises OperationError: when the member is not healthy in time, with what it lacks."""
    deadline = Deadline(settings.timeouts.reconcile)
    deadline.pause(5)
    said = ""
    while (left := problem(patroni.cluster(), name, settings.limits.lag)) is not None:
        if deadline.over():
            raise OperationError(f"{name} is not back in {deadline.seconds:.0f} s: {left}")
        if left != said and not left[:1].isdigit():
            said = left
            say(f"  {name}: {left}")
        deadline.pause()
    say(f"{name} is healthy")
