"""
pgBackRest's configuration without the members that do not answer.

pgBackRest asks every member that it names. For each one of a city that is off it waits for three minutes, with its locks
on the others, which archive nothing meanwhile; `check` ends with an error then (version 2.55.1).
"""

import re
import socket
import sys
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from database.errors import OperationError
from database.output import say
from database.pgbackrest import PgBackRest
from database.settings import RepositoryFiles, Settings

_option = re.compile(r"^pg(\d+)-(host|host-port)[ \t]*=[ \t]*(\S+)", re.MULTILINE)

# Seconds for a connection, as the members' Patronis get to answer.
_patience = 5.0

# Seconds until those are asked again that did not answer: a pod that restarts is there again by then.
_pause = 20.0

# pgBackRest's own server listens there unless it is told otherwise.
_default_port = 8432

Address = tuple[str, int]


def addresses_in(configuration: str) -> dict[int, Address]:
    """Where the members on other hosts are, by their numbers. Pure."""
    options = {(int(number), name): value for number, name, value in _option.findall(configuration)}
    return {
        number: (value, int(options.get((number, "host-port"), _default_port)))
        for (number, name), value in options.items()
        if name == "host"
    }


def without(configuration: str, numbers: Collection[int]) -> str:
    """The configuration but for some members; the others keep their numbers. Pure."""
    lines = configuration.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(tuple(f"pg{number}-" for number in numbers)))


def answers(address: Address) -> bool:
    try:
        with socket.create_connection(address, _patience):
            return True
    except OSError:
        return False


def absent(
    addresses: dict[int, Address], pause: float = 0, answers: Callable[[Address], bool] = answers
) -> list[int]:
    """
    Numbers of the members that do not answer, also when they are asked again after a pause in seconds: a member that restarts is not absent.

    None where nobody does: then it is not the members, and pgBackRest says what it is.
    """
    silent = _silent(addresses, answers)
    if silent and pause > 0:
        time.sleep(pause)
        silent = _silent({number: addresses[number] for number in silent}, answers)
    return [] if len(silent) == len(addresses) else silent


def _silent(addresses: dict[int, Address], answers: Callable[[Address], bool]) -> list[int]:
    """All at once: a resolver that does not answer takes longer than a connection may."""
    with ThreadPoolExecutor(max(len(addresses), 1)) as pool:
        answered = pool.map(answers, addresses.values())
        return [number for number, answer in zip(addresses, answered, strict=True) if not answer]


@contextmanager
def repository_host(settings: Settings) -> Iterator[PgBackRest]:
    """pgBackRest as repository host, with the members that answer now."""
    files = settings.pgbackrest.backup
    try:
        configuration = Path(files.configuration).read_text(encoding="utf-8")
    except OSError as error:
        raise OperationError(f"{files.configuration} can't be read: {error.strerror}") from error
    addresses = addresses_in(configuration)
    silent = absent(addresses, _pause)
    if not silent:
        yield PgBackRest(settings, files)
        return
    say(f"goes without {', '.join(addresses[number][0] for number in silent)}: no answer")
    with NamedTemporaryFile("w", encoding="utf-8", suffix=".conf") as rest:
        rest.write(without(configuration, silent))
        rest.flush()
        yield PgBackRest(settings, RepositoryFiles(rest.name, files.secrets))


def main() -> None:
    """Prints a configuration without the members that do not answer, for scripts."""
    configuration = Path(sys.argv[1]).read_text(encoding="utf-8")
    sys.stdout.write(without(configuration, absent(addresses_in(configuration))))


if __name__ == "__main__":
    main()
