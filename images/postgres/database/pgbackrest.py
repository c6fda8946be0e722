"""Running pgBackRest."""

import json
import re
import shlex
import subprocess
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from database.backups import Repository, parse_info
from database.errors import Locked, OperationError
from database.output import say
from database.settings import RepositoryFiles, Settings

# Number of the city's own repository in every configuration.
own_repository = 1


def is_locked(text: str) -> bool:
    """
    Whether a log ends with an error because a backup, of whichever city, is running: it locks every member that it looks
    at, their primary included. Another error may follow warnings of the same.
    """
    match = _error.search(text)
    code = match[1] if match is not None else ""
    return code == "050" or (code == "056" and "[LockAcquireError]" in text)


_repository = re.compile(r"^repo(\d+)-type\b", re.MULTILINE)

_address = re.compile(r"^repo(\d+)-(s3-endpoint|storage-port)[ \t]*=[ \t]*(\S+)", re.MULTILINE)

_error = re.compile(r"ERROR: (?:raised from [^:]*: )?\[(\d+)\]: (.*)")


def explain(text: str) -> str:
    """pgBackRest's error out of its log: message and hints in one line."""
    lines = text.splitlines()
    for index, line in enumerate(lines):
        match = _error.search(line)
        if match is not None:
            rest = []
            for following in lines[index + 1 :]:
                if not following.startswith("    "):
                    break
                rest.append(following.strip())
            return f"[{match[1]}] {' '.join([match[2], *rest])}"
    return " ".join(text.split())[-300:] or "it said nothing"


def _where_it_connects(configuration: str, number: int, command: str) -> str:
    """A shell command that is run where a repository takes a connection. A network's silence costs three seconds."""
    options = {(int(repository), name): value for repository, name, value in _address.findall(configuration)}
    endpoint = options.get((number, "s3-endpoint"))
    if endpoint is None:
        return command
    port = options.get((number, "storage-port"), "443")
    return f'{{ timeout 3 bash -c ": </dev/tcp/{endpoint}/{port}" 2>/dev/null && {command}; }}'


class PgBackRest:
    """The commands with one configuration. What reads a repository reads its first one, the city's own."""

    def __init__(self, settings: Settings, files: RepositoryFiles) -> None:
        self._settings = settings
        self._configuration = Path(files.configuration)
        self._base = [
            "pgbackrest",
            f"--config={files.configuration}",
            f"--config-include-path={files.secrets}",
            f"--stanza={settings.cluster}",
        ]

    @property
    def base(self) -> list[str]:
        return list(self._base)

    def run(self, command: str, *options: str, echo: bool = False) -> str:
        """
        Standard output of a command. With `echo` its log is printed as it comes.

        :raises Locked: when a backup, of whichever city, is running.
        :raises OperationError: with pgBackRest's own words.
        """
        level = "info" if echo else "warn"
        line = [*self._base, *options, "--log-level-console=off", f"--log-level-stderr={level}"]
        with subprocess.Popen(
            [*line, *command.split(" ")],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if echo else subprocess.PIPE,
            text=True,
        ) as process:
            kept: list[str] = []
            if echo:
                assert process.stdout is not None
                for output in process.stdout:
                    kept.append(output)
                    say(f"  {output.rstrip()}")
                process.wait()
                log = "".join(kept)
            else:
                output, log = process.communicate()
                kept.append(output)
                log = f"{log}\n{output}"
        if process.returncode != 0:
            kind = Locked if is_locked(log) else OperationError
            raise kind(f"pgbackrest {command.split()[0]} failed: {explain(log)}")
        return "".join(kept)

    def info(self) -> Repository:
        text = self.run("info", f"--repo={own_repository}", "--output=json")
        try:
            content: list[dict[str, Any]] = json.loads(text)
        except ValueError as error:
            raise OperationError(f"pgbackrest info gave no JSON: {text[:120]!r}") from error
        return parse_info(content, self._settings.cluster, own_repository)

    def last_archived(self, repository: Repository) -> datetime | None:
        """When the newest WAL segment came into the repository."""
        if repository.last is None:
            return None
        # Files of 256 segments share a directory, named by the first 16 digits.
        path = f"archive/{self._settings.cluster}/{repository.archive_id}/{repository.last[:16]}"
        times = [time for time in self.entries(path, f"--filter=^{repository.last}-").values() if time is not None]
        return datetime.fromtimestamp(max(times), UTC) if times else None

    def archived(self, segments: Collection[str]) -> set[str]:
        """Which of some segments are in the city's own repository."""
        archive = f"archive/{self._settings.cluster}/{self.info().archive_id}"
        found: set[str] = set()
        for directory in sorted({segment[:16] for segment in segments}):
            # The checksum and the kind of compression follow.
            found |= {name[:24] for name in self.entries(f"{archive}/{directory}")}
        return found.intersection(segments)

    def entries(self, directory: str, *options: str) -> dict[str, int | None]:
        """
        What is in a directory of the city's own repository, by name: when a file came in, in seconds since 1970, and None for a
        directory. Nothing where there is no such directory.
        """
        text = self.run(f"repo-ls {directory}", f"--repo={own_repository}", "--output=json", *options)
        try:
            content: dict[str, dict[str, Any]] = json.loads(text)
        except ValueError as error:
            raise OperationError(f"pgbackrest repo-ls {directory} gave no JSON: {text[:120]!r}") from error
        # The directory itself is among them.
        return {name: entry.get("time") for name, entry in content.items() if name != "."}

    def remove(self, directory: str) -> None:
        """Removes a directory of the city's own repository with all that is in it; nothing where there is none."""
        self.run(f"repo-rm {directory}", f"--repo={own_repository}", "--recurse")

    def restore(self, data: Path, label: str, *options: str, wal: str | None = None) -> None:
        """
        Restores a backup of the city's own repository into a data directory of this pod.

        :param wal: the restore_command that it then recovers with, by default of all repositories.
        """
        command = wal or self.wal_command(data)
        self.run(
            "restore",
            *self.local(str(data)),
            f"--repo={own_repository}",
            f"--set={label}",
            f"--recovery-option=restore_command={command}",
            *options,
        )

    def wal_command(self, data: Path, strict: bool = False, own: bool = False) -> str:
        """
        A restore_command that asks one repository after the other.

        Asked for all of them at once, pgBackRest gives a segment only where all have the same bytes. After the record that
        ends a segment early a standby may have something else than its primary.

        Those of other cities are asked only where they take a connection: pgBackRest tries eighteen times, a minute and a half for
        each file while a city is off. Not where `strict`: what can't be asked is an error there.

        :param strict: whether recovery ends with an error where a repository can't be asked. Otherwise PostgreSQL takes it
            for the end of the archive: a target is missed loudly then, but where there is none the rest is lost unseen.
        :param own: whether the city's own repository is asked only.
        :raises OperationError: when the configuration names no repository.
        """
        try:
            text = self._configuration.read_text(encoding="utf-8")
        except OSError as error:
            raise OperationError(f"{self._configuration} can't be read: {error.strerror}") from error
        numbers = sorted({int(number) for number in _repository.findall(text)})
        if not numbers:
            raise OperationError(f"{self._configuration} names no repository")
        line = shlex.join([*self._base, *self.local(str(data)), "--no-archive-async"])
        repositories = [own_repository] if own else numbers
        commands = [f'{line} --repo={number} archive-get %f "%p"' for number in repositories]
        if not strict:
            first, *others = (
                command if number == own_repository else _where_it_connects(text, number, command)
                for number, command in zip(repositories, commands, strict=True)
            )
            return " || ".join([first, *others])
        # pgBackRest ends with 1 where there is no such file, PostgreSQL ends recovery of what is above 125.
        asked = "".join(f"{command} && exit 0; test $? -eq 1 || end=126; " for command in commands)
        return f"end=1; {asked}exit $end"

    def local(self, data: str) -> list[str]:
        """Options that make a data directory here pgBackRest's, whatever host the configuration names."""
        return ["--reset-pg1-host", f"--pg1-path={data}"]
