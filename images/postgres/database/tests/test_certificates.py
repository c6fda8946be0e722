import contextlib
import io
import subprocess
import tempfile
import unittest
from pathlib import Path

from database.certificates import check_certificates
from database.errors import OperationError


class CertificatesTest(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.said = self.enterContext(contextlib.redirect_stdout(io.StringIO()))

    def issue(self, name: str, days: int) -> None:
        key = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null"
        line = f"openssl {key} -subj /CN={name} -days {days} -out {name}.crt"
        subprocess.run(line.split(), cwd=self.directory, check=True, capture_output=True)

    def refused(self, days: int) -> str:
        with self.assertRaises(OperationError) as caught:
            check_certificates(self.directory, days)
        return str(caught.exception)

    def test_lists_all_and_names_those_that_end_soon(self) -> None:
        self.issue("etcd", 10)
        self.issue("patroni", 20)
        check_certificates(self.directory, 9)
        self.assertRegex(self.said.getvalue(), r"^etcd: (10\.0|9\.9) days left\npatroni: (20\.0|19\.9) days left\n$")
        self.assertIn("fewer than 15 days left: etcd. Bring", self.refused(15))

    def test_is_not_content_with_none_or_with_something_else(self) -> None:
        self.assertIn("holds no certificate", self.refused(1))
        (self.directory / "server.crt").write_text("-----BEGIN CERTIFICATE-----\n")
        self.assertIn("server.crt can't be read as a certificate", self.refused(1))


if __name__ == "__main__":
    unittest.main()
