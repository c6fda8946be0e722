"""
Init container of etcd: whether its member begins a cluster or joins one.

An etcd that lost its volume must not begin as in the first hour: it would vote with an empty memory.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from database.deadline import Deadline
from database.errors import OperationError
from database.etcd import Etcd, EtcdMember, settling
from database.output import say
from database.replace import replace_own_etcd
from database.settings import Settings


@dataclass(frozen=True)
class Known:
    """What another member tells: whom the cluster has, and whether it has a leader, and so a quorum."""

    members: Sequence[EtcdMember]
    led: bool


def initial_state(own_url: str, known: Known | None, added: bool = False) -> str:
    """
    `new`, `existing` or `lost`. Pure.

    `known` is what another member knows; None: no other answers. `added`: this start has added the
    member. One that votes and that an earlier start added may have run until its volume was lost again.
    """
    if known is None:
        return "new"
    members = known.members
    own = next((member for member in members if own_url in member.peer_urls), None)
    if own is None or own.client_urls:
        return "lost"
    # Of those that have never run, the ones with a name are from the first hour, the others were added.
    if own.name != "":
        # Once the others have a quorum they tell what the cluster is. Whoever begins by its own configuration has another
        # identity where the others began a new cluster meanwhile, under another token.
        return "existing" if known.led else "new"
    return "existing" if added or own.learner else "lost"


def initial_cluster(settings: Settings, members: Sequence[EtcdMember]) -> str:
    """etcd wants exactly the members that the cluster knows, those without a name by the name they will have. Pure."""
    names = {settings.peer_url(host): host.name for host in settings.etcd}
    return ",".join(f"{member.name or names.get(url, '')}={url}" for member in members for url in member.peer_urls)


def _known(settings: Settings, etcd: Etcd) -> Known | None:
    """Members as another one lists them, one with a leader before one without; None where no other answers."""
    found: Known | None = None
    for host in settings.etcd:
        if host.city == settings.city:
            continue
        try:
            members = etcd.members_by(host)
        except OperationError:
            continue
        if etcd.status(host).leader != 0:
            return Known(members, led=True)
        found = found or Known(members, led=False)
    return found


def prepare_etcd(settings: Settings, etcd: Etcd, source: Path, target: Path, seconds: int) -> None:
    """
    Writes etcd's configuration with the right `initial-cluster-state`, and `initial-cluster-token`.

    The token is part of a cluster's identity. A new etcd in place of a lost one is given its own, in the file
    `cluster-token` beside `source`: a member with the data of the old one, which comes back later, is refused then.

    With data in the directory nothing is changed. When the cluster knows this member as one that has run, its volume
    was lost: it is replaced where that is safe, and where it isn't, waits until it is or somebody does it, at most
    `seconds`.

    :raises OperationError: when that is not so in time. The container is then started anew and waits again.
    """
    import yaml

    configuration: dict[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
    data = Path(configuration["data-dir"])
    # etcd makes its directories before it asks the others, and its log of writes only once it is one of them.
    if not any((data / "member" / "wal").glob("*.wal")):
        shutil.rmtree(data / "member", ignore_errors=True)
        token = source.parent / "cluster-token"
        if token.exists():
            suffix = token.read_text(encoding="utf-8").strip()
            configuration["initial-cluster-token"] = f"{configuration['initial-cluster-token']}-{suffix}"
        configuration |= _begin(settings, etcd, seconds)
    temporary = target.with_suffix(".new")
    temporary.write_text(yaml.safe_dump(configuration, sort_keys=True), encoding="utf-8")
    os.replace(temporary, target)
    say(f"wrote {target}")


def _begin(settings: Settings, etcd: Etcd, seconds: int) -> dict[str, str]:
    own_url = settings.peer_url(settings.here.etcd)
    deadline, silence = Deadline(seconds), Deadline(settling)
    lost, added, said = False, False, ""
    while True:
        known = _known(settings, etcd)
        if known is None and not silence.over():
            silence.pause()
            continue
        state = initial_state(own_url, known, added)
        if state == "new":
            say("this member has never run: begins with the others")
            return {"initial-cluster-state": "new"}
        assert known is not None
        if state == "existing":
            say("joins the running cluster with an empty volume")
            return {"initial-cluster-state": "existing", "initial-cluster": initial_cluster(settings, known.members)}
        if not lost:
            lost = True
            say("the cluster runs and this volume is empty: it was lost")
        reason = ""
        try:
            replace_own_etcd(settings, etcd)
            added = True
        except OperationError as error:
            reason = str(error)
        if reason not in ("", said):
            said = reason
            say(f"is not replaced yet: {reason}")
        if deadline.over():
            raise OperationError(f"the volume of etcd is empty, and its member is not replaced yet: {reason}")
        deadline.pause()
