"""A private PostgreSQL on a restored data directory: a unix socket only, nothing archived, settings of its own."""

import os
import re
import subprocess
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from database.errors import OperationError, Unreachable
from database.settings import Settings
from database.sql import connect, query
from database.wal import parse_lsn

# What the primary had, as the control file remembers it: prepared transactions need their slots again.
_minimums = {
    "max_connections setting": "max_connections",
    "max_worker_processes setting": "max_worker_processes",
    "max_wal_senders setting": "max_wal_senders",
    "max_prepared_xacts setting": "max_prepared_transactions",
    "max_locks_per_xact setting": "max_locks_per_transaction",
    "wal_level setting": "wal_level",
    "track_commit_timestamp setting": "track_commit_timestamp",
}


def from_control(text: str) -> dict[str, str]:
    """Settings out of what pg_controldata prints. Pure."""
    found = dict(re.findall(r"^([^:]+):\s+(.*)$", text, re.MULTILINE))
    return {name: found[key] for key, name in _minimums.items() if key in found}


def last_transaction_in(log: str) -> str | None:
    """When the last transaction was committed that recovery replayed, out of PostgreSQL's log. Pure."""
    found = re.findall(r"last completed transaction was at log time (.*)", log)
    return str(found[-1]) if found else None


def trouble_in(log: str) -> str | None:
    """Why recovery ended badly, out of PostgreSQL's log. Pure."""
    fatal = re.findall(r"(?:FATAL|PANIC):\s+(.*)", log)
    fatal = [line for line in fatal if "starting up" not in line and "consistent recovery state" not in line]
    if not fatal:
        return None
    last = last_transaction_in(log)
    if "recovery ended before configured recovery target was reached" in fatal[-1] or (
        "recovery ended before configured" in log
    ):
        until = f"; the last transaction in the archive is of {last}, so the window ends there" if last else ""
        return f"the archive ends before the target{until}"
    return str(fatal[-1])


class Instance:
    """The directory holds the socket, the log, the configuration and, unless `data` is elsewhere, the data."""

    def __init__(self, settings: Settings, directory: Path, data: Path | None = None) -> None:
        self._settings = settings
        self.directory = directory
        self.data = data or directory / "data"
        self.log = directory / "postgresql.log"
        if len(str(directory)) > 80:
            raise OperationError(f"{directory} is too long for a unix socket; take a shorter directory")

    def _control(self) -> str:
        return self._run("pg_controldata", "-D", str(self.data))

    def _run(self, *command: str) -> str:
        result = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
        if result.returncode != 0:
            raise OperationError(f"{command[0]} failed: {' '.join((result.stderr or result.stdout).split())}")
        return result.stdout

    def start(self, **more: str) -> None:
        """Starts it. It recovers on its own: see `wait`."""
        (self.directory / "pg_hba.conf").write_text("local all all trust\n", encoding="utf-8")
        (self.directory / "pg_ident.conf").write_text("", encoding="utf-8")
        (self.directory / "postgresql.conf").write_text("", encoding="utf-8")
        # Whoever may enter the directory may do everything in the restored database.
        self.directory.chmod(0o700)
        options = {
            "config_file": str(self.directory / "postgresql.conf"),
            "hba_file": str(self.directory / "pg_hba.conf"),
            "ident_file": str(self.directory / "pg_ident.conf"),
            "unix_socket_directories": str(self.directory),
            "listen_addresses": "",
            "port": str(self._settings.ports.postgres),
            "archive_mode": "off",
            "ssl": "off",
            "shared_preload_libraries": "",
            "shared_buffers": "256MB",
            "huge_pages": "off",
            "maintenance_work_mem": "256MB",
            "logging_collector": "off",
            "log_destination": "stderr",
            # A primary's parameters may have been raised in the WAL ahead, which stops a standby that can be read.
            "hot_standby": "off",
            "primary_conninfo": "",
            "primary_slot_name": "",
            "synchronous_standby_names": "",
            "cluster_name": "restored",
            **from_control(self._control()),
            **more,
        }
        words = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        # pg_ctl hands its options to a shell; none of these values comes from outside.
        self._run("pg_ctl", "start", "--no-wait", "--silent", "-D", str(self.data), "-l", str(self.log), "-o", words)

    def running(self) -> bool:
        result = subprocess.run(["pg_ctl", "status", "-D", str(self.data)], capture_output=True)
        return result.returncode == 0

    def stop(self, cleanly: bool = False) -> None:
        """Ends it. `cleanly` with a checkpoint, for data that is used on."""
        if cleanly:
            self._run("pg_ctl", "stop", "--silent", "--timeout=3600", "-m", "fast", "-D", str(self.data))
        elif self.running():
            subprocess.run(["pg_ctl", "stop", "--silent", "-m", "immediate", "-D", str(self.data)], capture_output=True)

    def connect(self, database: str = "postgres") -> AbstractContextManager[Any]:
        return connect(host=str(self.directory), port=self._settings.ports.postgres, user="postgres", dbname=database)

    def wait(self, seconds: int) -> None:
        """
        Waits for the end of recovery.

        :raises OperationError: when PostgreSQL ends, with its reason, or when the time is over.
        """
        end = time.monotonic() + seconds
        time.sleep(0.5)
        while time.monotonic() < end:
            if not self.running():
                log = self.log.read_text(encoding="utf-8", errors="replace")
                raise OperationError(f"recovery failed: {trouble_in(log) or f'see {self.log}'}")
            try:
                with self.connect() as connection:
                    if not query(connection, "SELECT pg_is_in_recovery()")[0][0]:
                        return
            except (Unreachable, OperationError):
                pass
            time.sleep(0.5)
        raise OperationError(f"recovery has not ended in {seconds} s; see {self.log}")

    def last_transaction(self) -> str | None:
        """When the last transaction was committed that was replayed."""
        return last_transaction_in(self.log.read_text(encoding="utf-8", errors="replace"))

    def replayed(self) -> int:
        """Where recovery ended: the end of the last record that it replayed."""
        with self.connect() as connection:
            return parse_lsn(query(connection, "SELECT pg_last_wal_replay_lsn()::text")[0][0])

    def timeline(self) -> int:
        with self.connect() as connection:
            return int(
                query(connection, "SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int")[0][0]
            )
