"""Scratch directories that restores go into."""

import os
import shutil
import time
from pathlib import Path

from database.errors import OperationError
from database.output import size
from database.room import room_on


def prepare(directory: Path, needed: int) -> None:
    """
    Makes sure that a directory is empty and has room.

    :raises OperationError: when it isn't or hasn't. `lost+found` of a fresh file system does not count.
    """
    directory.mkdir(parents=True, exist_ok=True)
    inside = sorted(path.name for path in directory.iterdir() if path.name != "lost+found")
    if inside:
        raise OperationError(
            f"{directory} is not empty ({', '.join(inside[:5])}); a restore overwrites nothing. "
            f"If that is an old restore: database restore --finish --directory {directory}"
        )
    free = room_on(directory)
    # WAL that is replayed needs room beside the data.
    if free < needed * 1.1 + 2**30:
        raise OperationError(f"{directory} has {size(free)} free, the restore needs {size(needed * 1.1 + 2**30)}")
    (directory / "data").mkdir(mode=0o700)


def clear(directory: Path) -> None:
    """Removes what restores make, and nothing else."""
    for name in ("data", "copy", "wal"):
        shutil.rmtree(directory / name, ignore_errors=True)
    for name in ("postgresql.log", "postgresql.conf", "pg_hba.conf", "pg_ident.conf", "tail.txt"):
        (directory / name).unlink(missing_ok=True)


def bytes_in(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file() and not path.is_symlink())


def copying_speed(source: Path, target: Path, limit: int = 2**30) -> float:
    """
    Bytes a second at which files are copied plainly on this disk, synced to it, until `limit` bytes.

    The source was just written and is in memory as far as there is room: the disk's writing is what is measured.
    """
    target.mkdir()
    copied, began = 0, time.monotonic()
    try:
        for path in sorted(source.rglob("*")):
            if not path.is_file() or path.is_symlink():
                continue
            with path.open("rb") as reader, (target / str(copied)).open("wb") as writer:
                shutil.copyfileobj(reader, writer, 2**20)
                writer.flush()
                os.fsync(writer.fileno())
                copied += writer.tell()
            if copied >= limit:
                break
        return copied / max(time.monotonic() - began, 1e-6)
    finally:
        shutil.rmtree(target, ignore_errors=True)
