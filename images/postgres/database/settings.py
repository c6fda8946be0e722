"""What the tool is told."""

from dataclasses import dataclass
from typing import Any

from database.errors import OperationError

default_path = "/etc/database/operations.yaml"


@dataclass(frozen=True)
class KeyPair:
    """A client certificate and its key, PEM files."""

    certificate: str
    key: str


@dataclass(frozen=True)
class Tls:
    """Certificates of the tool. Not every pod has all: a file that is missing is an error only when it is used."""

    authority: str
    # Client of Patroni's REST API and of etcd.
    patroni: KeyPair
    # PostgreSQL role that runs roles.sql.
    administrator: KeyPair
    # PostgreSQL role that counts rows for the restore drill.
    verifier: KeyPair


@dataclass(frozen=True)
class Member:
    """A PostgreSQL pod."""

    name: str
    city: str
    # Name of the StatefulSet: core or reporting.
    set: str
    pod: str
    host: str

    @property
    def ordinal(self) -> int:
        return int(self.pod.rsplit("-", 1)[1])

    @property
    def archives(self) -> bool:
        """Whether it fills the repository of its city."""
        return self.set == "reporting" and self.ordinal == 0


@dataclass(frozen=True)
class EtcdHost:
    """The etcd member of a city. `name` is what the member is called in etcd."""

    name: str
    city: str
    pod: str
    host: str


@dataclass(frozen=True)
class City:
    name: str
    etcd: EtcdHost
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Ports:
    etcd_client: int
    etcd_peer: int
    postgres: int
    patroni: int


@dataclass(frozen=True)
class Roles:
    """PostgreSQL roles that the tool makes at bootstrap, and the file with all others."""

    administrator: str
    monitor: str
    pooler: str
    rewinder: str
    verifier: str
    # SQL that makes the roles of the services, idempotent. None: this city doesn't.
    file: str | None


@dataclass(frozen=True)
class Limits:
    # Bytes a replica may be behind and still count as healthy.
    lag: int
    # Seconds since the last backup ended.
    backup_age: int
    # Seconds since the last WAL segment came into the repository.
    archive_age: int


@dataclass(frozen=True)
class Timeouts:
    """In seconds."""

    # Of the whole reconciliation.
    reconcile: int
    # For one member to come back after its pod was deleted.
    member: int
    switchover: int
    # For the lock that other cities may hold.
    lock: int


@dataclass(frozen=True)
class RepositoryFiles:
    """A configuration of pgBackRest, and the directory with its secret parts."""

    configuration: str
    secrets: str


@dataclass(frozen=True)
class PgBackRest:
    # As a repository host: backup, check, verify. Its first repository is the city's own.
    backup: RepositoryFiles
    # For restores in this pod. Its first repository is the city's own, too.
    restore: RepositoryFiles
    # What this city's core members archived as primary, for rescue-fork.
    forks: RepositoryFiles


@dataclass(frozen=True)
class Drill:
    # Empty scratch directory.
    directory: str
    # Whether rows are compared with those of a live member of this city.
    compare: bool
    # Options of pg_amcheck.
    amcheck: tuple[str, ...]
    # Seconds to wait for the WAL of the target to be archived.
    archive_wait: int
    # Seconds for recovery.
    recovery: int


@dataclass(frozen=True)
class Settings:
    cluster: str
    database: str
    namespace: str
    city: str
    scheme: str
    cities: tuple[City, ...]
    ports: Ports
    tls: Tls
    dynamic_configuration: dict[str, Any]
    roles: Roles
    limits: Limits
    timeouts: Timeouts
    pgbackrest: PgBackRest
    drill: Drill

    @property
    def here(self) -> City:
        """The city of this pod."""
        return next(city for city in self.cities if city.name == self.city)

    @property
    def members(self) -> list[Member]:
        return [member for city in self.cities for member in city.members]

    @property
    def etcd(self) -> list[EtcdHost]:
        """Own city's first: it is the nearest."""
        return sorted((city.etcd for city in self.cities), key=lambda host: host.city != self.city)

    def member(self, name: str) -> Member:
        """
        The member of that name.

        :raises OperationError: when there is none.
        """
        for member in self.members:
            if member.name == name:
                return member
        known = ", ".join(member.name for member in self.members)
        raise OperationError(f'there is no member "{name}"; members are {known}')

    def patroni_url(self, member: Member) -> str:
        return f"{self.scheme}://{member.host}:{self.ports.patroni}"

    def etcd_url(self, host: EtcdHost) -> str:
        return f"{self.scheme}://{host.host}:{self.ports.etcd_client}"

    def peer_url(self, host: EtcdHost) -> str:
        return f"{self.scheme}://{host.host}:{self.ports.etcd_peer}"
