"""Reading of the settings: one YAML file, strictly."""

from pathlib import Path

from database.errors import OperationError
from database.fields import Fields
from database.settings import (
    City,
    Drill,
    EtcdHost,
    KeyPair,
    Limits,
    Member,
    PgBackRest,
    Ports,
    RepositoryFiles,
    Roles,
    Settings,
    Timeouts,
    Tls,
    default_path,
)


def _pair(fields: Fields, name: str) -> KeyPair:
    pair = fields.object(name)
    result = KeyPair(pair.text("certificate"), pair.text("key"))
    pair.done()
    return result


def _repository(fields: Fields, name: str, file: str, secrets: str) -> RepositoryFiles:
    entry = fields.object(name, {})
    files = RepositoryFiles(
        entry.text("configuration", f"/etc/database/{file}"), entry.text("secrets", f"/etc/pgbackrest/{secrets}")
    )
    entry.done()
    return files


def _default_pair(role: str) -> dict[str, str]:
    return {"certificate": f"/run/certificates/{role}.crt", "key": f"/run/certificates/{role}.key"}


def _city(fields: Fields) -> City:
    name = fields.text("name")
    etcd = fields.object("etcd")
    host = EtcdHost(etcd.text("name", name), name, etcd.text("pod", "etcd-0"), etcd.text("host"))
    etcd.done()
    members = []
    for entry in fields.objects("members"):
        members.append(Member(entry.text("name"), name, entry.text("set"), entry.text("pod"), entry.text("host")))
        entry.done()
    fields.done()
    return City(name, host, tuple(members))


def parse(document: object, where: str) -> Settings:
    """
    Settings from what the YAML file holds.

    :raises OperationError: naming the path of the first key that is missing, unknown or of another type.
    """
    root = Fields(document, where)
    ports = root.object("ports", {})
    tls = root.object("tls", {})
    roles = root.object("roles", {})
    limits = root.object("limits", {})
    timeouts = root.object("timeouts", {})
    pgbackrest = root.object("pgbackrest", {})
    drill = root.object("drill", {})
    cluster = root.text("cluster")
    settings = Settings(
        cluster=cluster,
        database=root.text("database", cluster),
        namespace=root.text("namespace", "databases"),
        city=root.text("city"),
        scheme=root.text("scheme", "https"),
        cities=tuple(_city(city) for city in root.objects("cities")),
        ports=Ports(
            etcd_client=ports.number("etcdClient", 2379),
            etcd_peer=ports.number("etcdPeer", 2380),
            postgres=ports.number("postgres", 5432),
            patroni=ports.number("patroni", 8008),
        ),
        tls=Tls(
            authority=tls.text("authority", "/run/certificates/ca.crt"),
            patroni=_pair(tls.with_default("patroni", _default_pair("patroni")), "patroni"),
            administrator=_pair(tls.with_default("administrator", _default_pair("administrator")), "administrator"),
            verifier=_pair(tls.with_default("verifier", _default_pair("verifier")), "verifier"),
        ),
        dynamic_configuration=root.mapping("dynamicConfiguration"),
        roles=Roles(
            administrator=roles.text("administrator", "administrator"),
            monitor=roles.text("monitor", "monitor"),
            pooler=roles.text("pooler", "pgbouncer"),
            rewinder=roles.text("rewinder", "rewinder"),
            verifier=roles.text("verifier", "verifier"),
            file=roles.optional_text("file"),
        ),
        limits=Limits(
            # One WAL segment: a forced switch alone looks like that much.
            lag=limits.number("lag", 16 * 1024 * 1024),
            backup_age=limits.number("backupAge", 26 * 3600),
            archive_age=limits.number("archiveAge", 900),
        ),
        timeouts=Timeouts(
            reconcile=timeouts.number("reconcile", 1800),
            member=timeouts.number("member", 900),
            switchover=timeouts.number("switchover", 120),
            lock=timeouts.number("lock", 900),
        ),
        pgbackrest=PgBackRest(
            backup=_repository(pgbackrest, "backup", "pgbackrest.conf", "conf.d"),
            restore=_repository(pgbackrest, "restore", "pgbackrest-restore.conf", "restore.d"),
            forks=_repository(pgbackrest, "forks", "pgbackrest-forks.conf", "conf.d"),
        ),
        drill=Drill(
            directory=drill.text("directory", "/scratch"),
            compare=drill.flag("compare", True),
            amcheck=tuple(drill.texts("amcheck", ["--heapallindexed"])),
            archive_wait=drill.number("archiveWait", 480),
            recovery=drill.number("recovery", 3600),
        ),
    )
    for fields in (ports, tls, roles, limits, timeouts, pgbackrest, drill, root):
        fields.done()
    if all(city.name != settings.city for city in settings.cities):
        raise OperationError(f'{where}: city "{settings.city}" is not among cities; add it or mend the name')
    if settings.scheme not in ("http", "https"):
        raise OperationError(f'{where}: scheme is "{settings.scheme}"; use https, or http for tests')
    return settings


def load(path: str = default_path) -> Settings:
    """
    Reads the settings.

    :raises OperationError: when the file can't be read or is not what it should be.
    """
    import yaml

    try:
        document = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise OperationError(f"{path} can't be read: {error.strerror}; mount the ConfigMap of operations") from error
    except yaml.YAMLError as error:
        raise OperationError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    return parse(document, path)
