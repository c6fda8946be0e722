import contextlib
import io
import json
import os
import socket
import stat
import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from database.backup import backup
from database.deadline import Deadline
from database.errors import Locked, OperationError
from database.pgbackrest import PgBackRest
from database.settings import RepositoryFiles
from database.tests.support import settings

info = [
    {
        "name": "nusantara",
        "status": {"code": 0, "message": "ok"},
        "archive": [{"id": "17-1", "min": "a", "max": "b", "database": {"id": 1, "repo-key": 1}}],
        "repo": [{"key": 1, "status": {"code": 0, "message": "ok"}}],
        "backup": [
            {
                "label": "20261121-095232F",
                "type": "full",
                "error": False,
                "database": {"id": 1, "repo-key": 1},
                "timestamp": {"start": 1, "stop": 2},
                "lsn": {"start": "0/1", "stop": "0/9000120"},
                "archive": {"start": "000000010000000000000009", "stop": "000000010000000000000009"},
                "info": {"size": 52494505, "repository": {"delta": 9691040}},
            }
        ],
    }
]

# As 2.55 says it while another city backs up: first of each member, then of all of them together.
in_use = """\
WARN: unable to check pg2: [LockAcquireError] raised from remote-0 tls protocol on 'core-0': unable to acquire lock
ERROR: [056]: unable to find primary cluster - cannot proceed
"""


class RestoreTest(unittest.TestCase):
    def command(self, configuration: str, strict: bool = False, own: bool = False) -> str:
        path = Path(self.enterContext(tempfile.TemporaryDirectory())) / "pgbackrest-restore.conf"
        path.write_text(configuration)
        return PgBackRest(settings(), RepositoryFiles(str(path), "/secrets")).wal_command(Path("/data"), strict, own)

    def test_takes_what_can_not_be_asked_for_an_end_only_where_it_may(self) -> None:
        directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        program = directory / "pgbackrest"
        # Ends as the repository's number says: found, not there, no connection.
        program.write_text('#!/bin/sh\nfor each; do case $each in --repo=*) exit "${each#--repo=}";; esac; done\n')
        program.chmod(0o755)

        def status(*codes: int) -> int:
            configuration = "".join(f"repo{code}-type = s3\n" for code in codes)
            command = self.command(f"[global]\n{configuration}", strict=True)
            return subprocess.run(["sh", "-c", command], env={"PATH": f"{directory}:/usr/bin:/bin"}).returncode

        self.assertEqual(status(1), 1)
        self.assertEqual(status(1, 0), 0)
        self.assertEqual(status(1, 49), 126)
        self.assertEqual(status(49, 50), 126)

    def test_asks_nobody_else_where_the_own_repository_is_to_be_proven(self) -> None:
        command = self.command("[global]\nrepo1-type = s3\nrepo2-type = s3\n", own=True)
        self.assertEqual([line.split(" --repo=")[1] for line in command.split(" || ")], ['1 archive-get %f "%p"'])

    def test_asks_one_repository_after_the_other(self) -> None:
        command = self.command("[global]\nrepo1-type = s3\nrepo1-path = /pg\nrepo2-type = s3\nrepo3-type = s3\n")
        asked = command.split(" || ")
        self.assertEqual([line.split(" --repo=")[1] for line in asked], [f'{n} archive-get %f "%p"' for n in (1, 2, 3)])
        for line in asked:
            self.assertIn("--reset-pg1-host --pg1-path=/data --no-archive-async", line)

    def test_asks_the_repositories_of_others_only_where_they_take_a_connection(self) -> None:
        listens = self.enterContext(socket.create_server(("127.0.0.1", 0)))
        closed = self.enterContext(socket.socket())
        closed.bind(("127.0.0.1", 0))
        directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        program = directory / "pgbackrest"
        program.write_text(f'#!/bin/sh\nfor each; do case $each in --repo=*) echo "$each" >>{directory}/asked;; esac; done; exit 1\n')
        program.chmod(0o755)
        ports = [closed.getsockname()[1], closed.getsockname()[1], listens.getsockname()[1]]
        lines = [
            f"repo{number}-type = s3\nrepo{number}-s3-endpoint = 127.0.0.1\nrepo{number}-storage-port = {port}\n"
            for number, port in enumerate(ports, 1)
        ]
        command = self.command("[global]\n" + "".join(lines))
        status = subprocess.run(["sh", "-c", command], env={"PATH": f"{directory}:/usr/bin:/bin"}).returncode
        self.assertEqual(status, 1)
        self.assertEqual((directory / "asked").read_text().split(), ["--repo=1", "--repo=3"])

    def test_refuses_a_configuration_without_one(self) -> None:
        with self.assertRaisesRegex(OperationError, "names no repository"):
            self.command("[global]\n")


class ArchiveTest(unittest.TestCase):
    def test_says_which_segments_it_has_whatever_directory_they_are_in(self) -> None:
        listings = {
            "archive/nusantara/17-1/0000000100000000": '{"0000000100000000000000FF-0e78d9.zst": {"type": "file"}}',
            "archive/nusantara/17-1/0000000100000001": "{}",
        }

        def run(_: PgBackRest, command: str, *options: str) -> str:
            return json.dumps(info) if command == "info" else listings[command.removeprefix("repo-ls ")]

        with mock.patch.object(PgBackRest, "run", run):
            archive = PgBackRest(settings(), RepositoryFiles("/configuration", "/secrets"))
            asked = ["0000000100000000000000FE", "0000000100000000000000FF", "000000010000000100000000"]
            self.assertEqual(archive.archived(asked), {"0000000100000000000000FF"})


class BackupTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = self.enterContext(tempfile.TemporaryDirectory())
        self.directory = Path(directory)
        self.enterContext(mock.patch.dict(os.environ, {"PATH": f"{directory}:{os.environ['PATH']}"}))
        self.enterContext(contextlib.redirect_stdout(io.StringIO()))

    def stand_in(self, backups: str) -> None:
        """A pgbackrest whose backups do what a shell script says."""
        (self.directory / "info").write_text(json.dumps(info))
        program = self.directory / "pgbackrest"
        program.write_text(
            f'#!/bin/sh\ncd {self.directory}\ncase "$*" in *--output=json*) cat info; exit ;; esac\necho >>tries\n{backups}\n'
        )
        program.chmod(stat.S_IRWXU)
        (self.directory / "pgbackrest.conf").write_text("[nusantara]\n")

    def tries(self) -> int:
        return (self.directory / "tries").read_text().count("\n")

    def make(self, seconds: float) -> None:
        passed = [0.0]

        def sleep(amount: float) -> None:
            passed[0] += amount

        files = {"configuration": str(self.directory / "pgbackrest.conf"), "secrets": "/secrets"}
        backup(settings(pgbackrest={"backup": files}), "full", Deadline(seconds, lambda: passed[0], sleep))

    def test_waits_for_the_backup_of_another_city(self) -> None:
        self.stand_in(f"if [ $(wc -l <tries) -lt 3 ]; then echo {json.dumps(in_use)} >&2; exit 56; fi")
        self.make(3600)
        self.assertEqual(self.tries(), 3)

    def test_waits_no_longer_than_it_may(self) -> None:
        self.stand_in('echo "ERROR: [050]: unable to acquire lock on file" >&2; exit 50')
        with self.assertRaises(Locked):
            self.make(50)
        self.assertEqual(self.tries(), 4)

    def test_does_not_try_again_what_failed_beside_somebody_elses_backup(self) -> None:
        self.stand_in(
            "echo \"WARN: unable to check pg2: [LockAcquireError] raised from remote-0: unable to acquire lock\" >&2\n"
            'echo "ERROR: [049]: unable to connect to the bucket" >&2; exit 49'
        )
        with self.assertRaisesRegex(OperationError, "unable to connect"):
            self.make(3600)
        self.assertEqual(self.tries(), 1)

    def test_does_not_try_again_what_went_wrong(self) -> None:
        self.stand_in('echo "ERROR: [056]: unable to find primary cluster - cannot proceed" >&2; exit 56')
        with self.assertRaisesRegex(OperationError, "unable to find primary cluster"):
            self.make(3600)
        self.assertEqual(self.tries(), 1)
