"""Arguments of the command line."""

import argparse

from database.settings import default_path

data_directory = "/var/lib/postgresql/data"


def parser() -> argparse.ArgumentParser:
    """All subcommands."""
    top = argparse.ArgumentParser(prog="database", description="Operations of the PostgreSQL cluster.")
    top.add_argument("--settings", default=default_path, help=f"default: {default_path}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, help: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=help, description=help)

    add("reconcile", "brings this city to what is configured: dynamic configuration, roles, pods, a member at a time")
    health = add(
        "health", "prints the cluster; ends with 0 when healthy, 1 when something is missing, 2 without a primary"
    )
    health.add_argument("--json", action="store_true")
    backup = add("backup", "makes a backup into this city's repository")
    backup.add_argument("--type", choices=["full", "incr"], required=True)
    add(
        "check",
        "sends WAL through the archive and looks at the age of the backups; makes the first one, "
        "and removes WAL of forks that no backup leads to",
    )
    add("verify", "reads every file of the repository and compares checksums")
    certificates = add("check-certificates", "lists when certificates end, and fails when one has too few days left")
    certificates.add_argument("--directory", required=True, help="with the files *.crt")
    certificates.add_argument("--days", type=int, required=True)
    add("window", "prints from when to when can be restored")
    drill = add("restore-drill", "restores into the scratch directory, checks, compares, measures, clears up")
    drill.add_argument("--type", choices=["lsn", "time", "immediate", "default"], default="lsn")
    drill.add_argument("--target", help="for --type time, with its zone")
    restore = add("restore", "restores to a moment beside the running cluster, and leaves it running on a socket")
    restore.add_argument("--target", help='with its zone: "2026-11-20 14:03:05+07:00"')
    restore.add_argument("--directory", help="an empty scratch directory")
    restore.add_argument(
        "--in-place", action="store_true", help="into the member's data directory; --target may be `latest`"
    )
    restore.add_argument("--data-directory", default=data_directory, help=f"for --in-place; default: {data_directory}")
    restore.add_argument("--writable", action="store_true", help="instead of read-only")
    restore.add_argument("--timeline", help="follow this timeline instead of the newest")
    restore.add_argument("--replay-timeout", type=int, help="seconds for replaying WAL; default: those of a restore drill")
    restore.add_argument("--finish", action="store_true", help="stop it and remove its files")
    expire = add("expire-abandoned", "lists this city's backups that the cluster's history does not lead over")
    expire.add_argument("--delete", action="store_true", help="and removes them")
    rescue = add("rescue-fork", "restores the lost tail of a forked timeline; without --timeline lists the forks")
    rescue.add_argument("--timeline", type=int)
    rescue.add_argument("--directory")
    rescue.add_argument("--data-directory", default=data_directory, help="of a member, where there is one")
    replace = add("replace-member", "replaces a member that has lost its data")
    kinds = replace.add_subparsers(dest="kind", required=True, metavar="etcd|postgres")
    etcd = kinds.add_parser("etcd", help="takes it out of etcd and adds it anew as a learner")
    etcd.add_argument("--city", required=True)
    etcd.add_argument("--force", action="store_true", help="also when it is healthy")
    postgres = kinds.add_parser("postgres", help="throws a replica's data away and copies it anew")
    postgres.add_argument("--member", required=True)
    switchover = add("switchover", "makes a member primary, in order and without loss")
    switchover.add_argument("--candidate", required=True)
    add("fail-back", "brings the primary back to the main member of the first city")
    add("hold", "lets no member start that is started from now on")
    release = add("release", "lets members start again")
    release.add_argument("--member", help="only this one")
    release.add_argument("--new", action="store_true", help="let a new, empty cluster begin although there are backups")
    forget = add("forget-cluster", "removes what Patroni keeps in etcd, while no member runs")
    forget.add_argument("--without", action="append", default=[], metavar="CITY", help="that is switched off for good")
    start = add("await-start", "returns when a member may start; for start-postgres")
    start.add_argument("--member", required=True)
    start.add_argument("--data-directory", default=data_directory)
    again = add("rejoin", "mends a replica that gets nothing from its upstream: one that has left the history is stopped and rewound")
    again.add_argument("--member", required=True, help="the one of this pod")
    again.add_argument("--data-directory", default=data_directory)
    room = add("must-yield", "ends with 0 when the primary of this pod should be ended: its volume has no room for WAL")
    room.add_argument("--member", required=True, help="the one of this pod")
    room.add_argument("--data-directory", default=data_directory)
    places = add("fill-timelines", "fills the places of timelines that a promotion of this pod's member passed over")
    places.add_argument("--data-directory", default=data_directory)
    bootstrap = add("bootstrap", "makes what only a superuser can; Patroni's post_init")
    bootstrap.add_argument("dsn", nargs="?", default="host=/run/postgresql user=postgres dbname=postgres")
    prepare = add("prepare-etcd", "init container of etcd: begin or join a cluster")
    prepare.add_argument("--input", default="/etc/database/etcd.yaml")
    prepare.add_argument("--output", required=True)
    prepare.add_argument("--wait", type=int, default=600, help="seconds")
    return top
