import contextlib
import io
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from database import answering
from database.answering import absent, addresses_in, repository_host, without
from database.pgbackrest import PgBackRest
from database.tests.support import settings

configuration = """\
[global]
repo1-type = s3

[nusantara]
pg1-host = reporting-0.db.jakarta.internal
pg1-host-port = 8433
pg1-path = /data
pg2-host = core-0.db.surabaya.internal
pg2-host-type = tls
pg2-path = /data
pg10-host = core-0.db.bandung.internal
pg10-path = /data
"""


class AddressesTest(unittest.TestCase):
    def test_finds_the_members_on_other_hosts(self) -> None:
        self.assertEqual(
            addresses_in(configuration),
            {
                1: ("reporting-0.db.jakarta.internal", 8433),
                2: ("core-0.db.surabaya.internal", 8432),
                10: ("core-0.db.bandung.internal", 8432),
            },
        )
        self.assertEqual(addresses_in("[nusantara]\npg1-path=/data\n"), {})

    def test_leaves_out_a_member_and_keeps_the_numbers_of_the_others(self) -> None:
        rest = without(configuration, [2])
        self.assertEqual(list(addresses_in(rest)), [1, 10])
        self.assertNotIn("pg2-", rest)
        self.assertEqual(list(addresses_in(without(configuration, [1]))), [2, 10])
        self.assertEqual(without(configuration, []), configuration)

    def test_names_those_that_do_not_answer_unless_nobody_does(self) -> None:
        addresses = addresses_in(configuration)
        self.assertEqual(absent(addresses, 0, lambda address: "surabaya" not in address[0]), [2])
        self.assertEqual(absent(addresses, 0, lambda _: True), [])
        self.assertEqual(absent(addresses, 0, lambda _: False), [])
        self.assertEqual(absent({}, 0, lambda _: False), [])

    def test_asks_again_after_a_pause(self) -> None:
        asked: list[str] = []

        def answers(address: tuple[str, int]) -> bool:
            asked.append(address[0])
            return "bandung" in address[0] or ("jakarta" in address[0] and asked.count(address[0]) > 1)

        self.assertEqual(absent(addresses_in(configuration), 0.01, answers), [2])
        self.assertEqual(len(asked), 5)


class RepositoryHostTest(unittest.TestCase):
    """With one member that listens, and one whose port is closed."""

    def setUp(self) -> None:
        self.enterContext(mock.patch.object(answering, "_pause", 0))
        directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        listens = self.enterContext(socket.create_server(("127.0.0.1", 0)))
        closed = self.enterContext(socket.socket())
        # Bound, so that nobody else gets the port, but it takes no connections.
        closed.bind(("127.0.0.1", 0))
        ports = [listens.getsockname()[1], closed.getsockname()[1]]
        members = [f"pg{place}-host=127.0.0.1\npg{place}-host-port={port}\n" for place, port in enumerate(ports, 1)]
        self.file = directory / "pgbackrest.conf"
        self.file.write_text("[nusantara]\n" + "".join(members))
        self.settings = settings(pgbackrest={"backup": {"configuration": str(self.file), "secrets": "/secrets"}})

    def configuration_of(self, host: PgBackRest) -> Path:
        return Path(next(word for word in host.base if word.startswith("--config=")).removeprefix("--config="))

    def test_goes_without_the_member_that_does_not_answer_and_leaves_nothing(self) -> None:
        said = io.StringIO()
        with contextlib.redirect_stdout(said), repository_host(self.settings) as host:
            used = self.configuration_of(host)
            self.assertEqual(list(addresses_in(used.read_text())), [1])
        self.assertFalse(used.exists())
        self.assertIn("goes without 127.0.0.1: no answer", said.getvalue())

    def test_takes_the_configuration_as_it_is_where_all_answer(self) -> None:
        self.file.write_text(without(self.file.read_text(), [2]))
        with repository_host(self.settings) as host:
            self.assertEqual(self.configuration_of(host), self.file)

    def test_prints_the_configuration_for_scripts(self) -> None:
        command = [sys.executable, "-m", "database.answering", str(self.file)]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        self.assertEqual(printed, without(self.file.read_text(), [2]))


if __name__ == "__main__":
    unittest.main()
