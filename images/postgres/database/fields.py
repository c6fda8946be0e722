"""Strict reading of nested mappings."""

from typing import Any

from database.errors import OperationError


class Fields:
    """
    The keys of one mapping. Each is taken once; `done` refuses those that nobody took, which are mostly misspelt.

    :raises OperationError: from every method, with the path of the key.
    """

    def __init__(self, value: object, path: str) -> None:
        if not isinstance(value, dict):
            raise OperationError(f"{path} has to be a mapping, not {_kind(value)}")
        self._values: dict[str, Any] = dict(value)
        self._left = set(self._values)
        self._path = path

    def _where(self, name: str) -> str:
        return f"{self._path}: {name}" if "/" in self._path and ": " not in self._path else f"{self._path}.{name}"

    def _take(self, name: str, default: Any, kind: type, word: str) -> Any:
        self._left.discard(name)
        value = self._values.get(name)
        if value is None:
            if default is None:
                raise OperationError(f"{self._where(name)} is missing; it has to be {word}")
            return default
        # True is an int to Python, but nobody means 1 by it.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise OperationError(f"{self._where(name)} has to be {word}, not {_kind(value)}")
        return value

    def with_default(self, name: str, value: object) -> "Fields":
        """Gives a key a value where it has none."""
        if self._values.get(name) is None:
            self._values[name] = value
        return self

    def text(self, name: str, default: str | None = None) -> str:
        return str(self._take(name, default, str, "a text"))

    def optional_text(self, name: str) -> str | None:
        text = self._take(name, "", str, "a text")
        return str(text) if text != "" else None

    def number(self, name: str, default: int | None = None) -> int:
        return int(self._take(name, default, int, "a whole number"))

    def flag(self, name: str, default: bool) -> bool:
        return bool(self._take(name, default, bool, "true or false"))

    def mapping(self, name: str) -> dict[str, Any]:
        return dict(self._take(name, {}, dict, "a mapping"))

    def texts(self, name: str, default: list[str]) -> list[str]:
        return [str(item) for item in self._take(name, default, list, "a list of texts")]

    def object(self, name: str, default: dict[str, Any] | None = None) -> "Fields":
        return Fields(self._take(name, default, dict, "a mapping"), self._where(name))

    def objects(self, name: str) -> list["Fields"]:
        values = self._take(name, None, list, "a list")
        return [Fields(value, f"{self._where(name)}[{index}]") for index, value in enumerate(values)]

    def done(self) -> None:
        """Refuses what was not taken."""
        if self._left:
            unknown = ", ".join(sorted(self._left))
            raise OperationError(f"{self._path}: unknown key {unknown}; known are {', '.join(self._known())}")

    def _known(self) -> list[str]:
        return sorted(set(self._values) - self._left)


def _kind(value: object) -> str:
    return {"NoneType": "nothing", "str": "a text", "list": "a list", "dict": "a mapping"}.get(
        type(value).__name__, repr(value)
    )
