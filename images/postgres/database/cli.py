"""The command line."""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from database.arguments import parser
from database.errors import OperationError
from database.output import complain
from database.settings import Settings
from database.settings_file import load

if TYPE_CHECKING:
    from database.etcd import Etcd
    from database.lock import Lock
    from database.patroni import Patroni


def _reconcile(settings: Settings, options: argparse.Namespace) -> int:
    from database.deadline import Deadline
    from database.kubernetes import Kubernetes
    from database.reconcile import Reconciliation

    patroni, etcd = clients(settings)
    kubernetes = Kubernetes.from_pod(settings.namespace)
    Reconciliation(settings, patroni, etcd, kubernetes, Deadline(settings.timeouts.reconcile)).run()
    return 0


def clients(settings: Settings) -> "tuple[Patroni, Etcd]":
    from database.etcd import Etcd
    from database.patroni import Patroni
    from database.web import Web

    secure = settings.scheme == "https"
    web = Web(settings.tls.authority if secure else None, settings.tls.patroni if secure else None)
    return Patroni(settings, web), Etcd(settings, web)


def _one_hand(settings: Settings, etcd: "Etcd") -> "Lock":
    """Nobody else takes a member down meanwhile: an `up` of any city, for one."""
    from database.deadline import Deadline
    from database.lock import one_hand

    return one_hand(settings, etcd, "a person", Deadline(settings.timeouts.lock))


def _health(settings: Settings, options: argparse.Namespace) -> int:
    from database.health import health

    return health(settings, *clients(settings), options.json)


def _backup(settings: Settings, options: argparse.Namespace) -> int:
    from database.backup import backup

    backup(settings, options.type)
    return 0


def _check(settings: Settings, options: argparse.Namespace) -> int:
    from database.backup import check

    check(settings)
    return 0


def _verify(settings: Settings, options: argparse.Namespace) -> int:
    from database.backup import verify

    verify(settings)
    return 0


def _check_certificates(settings: Settings, options: argparse.Namespace) -> int:
    from database.certificates import check_certificates

    check_certificates(Path(options.directory), options.days)
    return 0


def _window(settings: Settings, options: argparse.Namespace) -> int:
    from database.restore import show_window

    show_window(settings)
    return 0


def _drill(settings: Settings, options: argparse.Namespace) -> int:
    from database.drill import drill

    drill(settings, clients(settings)[0], options.type, options.target)
    return 0


def _restore(settings: Settings, options: argparse.Namespace) -> int:
    from database.in_place import restore_in_place
    from database.restore import finish, restore

    if options.in_place == (options.directory is not None):
        raise OperationError("give either --directory, for a restore beside the cluster, or --in-place")
    if options.finish:
        finish(settings, Path(options.directory))
        return 0
    if options.target is None:
        raise OperationError('--target is missing: "2026-11-20 14:03:05+07:00"')
    patience = options.replay_timeout or settings.drill.recovery
    if options.in_place:
        if options.writable:
            raise OperationError("--writable is for a restore beside the cluster; one --in-place is the cluster")
        restore_in_place(settings, options.target, Path(options.data_directory), options.timeline, patience)
    else:
        restore(settings, options.target, Path(options.directory), options.writable, options.timeline, patience)
    return 0


def _expire_abandoned(settings: Settings, options: argparse.Namespace) -> int:
    from database.abandoned import expire_abandoned

    expire_abandoned(settings, clients(settings)[0], options.delete)
    return 0


def _hold(settings: Settings, options: argparse.Namespace) -> int:
    from database.hold import await_start, forget_cluster, hold, release

    patroni, etcd = clients(settings)
    if options.command == "hold":
        hold(settings, etcd)
    elif options.command == "release":
        release(settings, etcd, options.member, options.new)
    elif options.command == "forget-cluster":
        forget_cluster(settings, patroni, etcd, options.without)
    else:
        await_start(settings, patroni, etcd, options.member, Path(options.data_directory))
    return 0


def _rescue(settings: Settings, options: argparse.Namespace) -> int:
    from database.rescue import rescue, show

    patroni = clients(settings)[0]
    if options.timeline is None:
        show(patroni)
        return 0
    if options.directory is None:
        raise OperationError("--directory is missing: an empty scratch directory")
    rescue(settings, patroni, options.timeline, Path(options.directory), Path(options.data_directory))
    return 0


def _replace(settings: Settings, options: argparse.Namespace) -> int:
    from database.replace import await_copy, order_copy, replace_etcd

    patroni, etcd = clients(settings)
    if options.kind == "etcd":
        with _one_hand(settings, etcd):
            replace_etcd(settings, etcd, options.city, options.force)
        return 0
    # Who looks later sees what the member does, and a copy may take hours.
    with _one_hand(settings, etcd):
        order_copy(settings, patroni, options.member)
    await_copy(settings, patroni, options.member)
    return 0


def _switchover(settings: Settings, options: argparse.Namespace) -> int:
    from database.switchover import switchover

    patroni, etcd = clients(settings)
    with _one_hand(settings, etcd):
        switchover(settings, patroni, etcd, options.candidate)
    return 0


def _fail_back(settings: Settings, options: argparse.Namespace) -> int:
    from database.switchover import fail_back

    patroni, etcd = clients(settings)
    with _one_hand(settings, etcd):
        fail_back(settings, patroni, etcd)
    return 0


def _rejoin(settings: Settings, options: argparse.Namespace) -> int:
    from database.rejoin import rejoin

    rejoin(settings, clients(settings)[0], options.member, Path(options.data_directory))
    return 0


def _must_yield(settings: Settings, options: argparse.Namespace) -> int:
    from database.room import yields

    return 0 if yields(settings, clients(settings)[0], options.member, Path(options.data_directory)) else 1


def _fill_timelines(settings: Settings, options: argparse.Namespace) -> int:
    from database.timelines import fill

    fill(Path(options.data_directory))
    return 0


def _bootstrap(settings: Settings, options: argparse.Namespace) -> int:
    from database.bootstrap import bootstrap

    bootstrap(settings, options.dsn)
    return 0


def _prepare(settings: Settings, options: argparse.Namespace) -> int:
    from database.prepare_etcd import prepare_etcd

    prepare_etcd(settings, clients(settings)[1], Path(options.input), Path(options.output), options.wait)
    return 0


handlers: dict[str, Callable[[Settings, argparse.Namespace], int]] = {
    "reconcile": _reconcile,
    "health": _health,
    "backup": _backup,
    "check": _check,
    "verify": _verify,
    "check-certificates": _check_certificates,
    "window": _window,
    "restore-drill": _drill,
    "restore": _restore,
    "expire-abandoned": _expire_abandoned,
    "rescue-fork": _rescue,
    "replace-member": _replace,
    "switchover": _switchover,
    "fail-back": _fail_back,
    "hold": _hold,
    "release": _hold,
    "forget-cluster": _hold,
    "await-start": _hold,
    "rejoin": _rejoin,
    "must-yield": _must_yield,
    "fill-timelines": _fill_timelines,
    "bootstrap": _bootstrap,
    "prepare-etcd": _prepare,
}


def _end(signal_number: int, frame: FrameType | None) -> None:
    # As an exception, so that locks are given back and scratch directories cleared.
    sys.exit(128 + signal_number)


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0, or 1 with one line on stderr; `health` has its own."""
    options = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _end)
    # As every program that is piped into head.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        return handlers[options.command](load(options.settings), options)
    except OperationError as error:
        complain(str(error))
        return 1
    except KeyboardInterrupt:
        complain("interrupted")
        return 130
