"""Certificates that end soon."""

import ssl
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from database.errors import OperationError
from database.output import say


def _end(file: Path) -> datetime:
    """:raises OperationError: when the file holds no certificate."""
    command = ["openssl", "x509", "-noout", "-enddate", "-in", str(file)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise OperationError(f"{file} can't be read as a certificate: {' '.join(result.stderr.split())[-200:]}")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(result.stdout.strip().removeprefix("notAfter=")), UTC)


def check_certificates(directory: Path, days: int) -> None:
    """
    Lists when the certificates of a directory end.

    :raises OperationError: when there is none, or naming those that have fewer days left.
    """
    files = sorted(directory.glob("*.crt"))
    if not files:
        raise OperationError(f"{directory} holds no certificate, so nobody knows when they end; mount those of the city")
    late = []
    for file in files:
        left = (_end(file) - datetime.now(UTC)).total_seconds() / 86400
        say(f"{file.stem}: {left:.1f} days left")
        if left < days:
            late.append(file.stem)
    if late:
        raise OperationError(f"fewer than {days} days left: {', '.join(late)}. Bring the city up, which renews them")
