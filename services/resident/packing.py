"""Values as bytes between two forks of one resident, however deep the JSON in them is nested.

pickle calls itself for every level, twice for a dictionary, and so fails at half the depth that JSON is
read at. What it cannot take is pickled in pieces: each dictionary and each list one by itself, with the
numbers of those inside it.
"""

from __future__ import annotations

import dataclasses
import enum
import io
import pickle
from typing import Any, NamedTuple

from services.error_translation import translating
from services.errors import JackfieldError

__all__ = ("packed", "unpacked", "unpacked_values")

_PLAIN = {
    "builtins": ("set", "frozenset", "complex", "bytearray"),
    "collections": ("OrderedDict",),
    "pathlib": ("PosixPath", "PurePosixPath", "Path"),
    "services.errors": ("_again",),
}
"""What is no value of ours and is taken all the same."""


class _Pieces(NamedTuple):
    """The value is in the first piece; the others are in dictionaries and lists, by their numbers."""

    are_lists: tuple[bool, ...]
    pickles: tuple[bytes, ...]


def packed(value: object) -> bytes:
    """The bytes of a value. Raises RecursionError where anything but dictionaries and lists is deep."""
    try:
        return _pickled(value)
    except RecursionError:
        return _pickled(_in_pieces(value))


def unpacked(data: bytes) -> Any:
    """The value of bytes, which must be ours: pickle runs what it finds in them."""
    value = pickle.loads(data)
    return _put_together(value, _Unpacker) if isinstance(value, _Pieces) else value


def unpacked_values(data: bytes) -> Any:
    """The same of bytes that may be anybody's: values of ours and nothing else. Raises ValueError."""
    try:
        with translating():
            value = _Restricted(io.BytesIO(data), []).load()
            return _put_together(value, _Restricted) if isinstance(value, _Pieces) else value
    except JackfieldError as error:
        raise ValueError(f"no message: {error.message}") from error


def _pickled(value: object) -> bytes:
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def _in_pieces(value: object) -> _Pieces:
    root: list[Any] = [value]
    found: list[dict[Any, Any] | list[Any]] = [root]
    numbers = {id(root): 0}  # `found` keeps them, so that no other object gets the id
    pickles = []
    for piece in found:  # grows meanwhile
        file = io.BytesIO()
        _Packer(file, found, numbers).dump(piece)
        pickles.append(file.getvalue())
    return _Pieces(tuple(isinstance(piece, list) for piece in found), tuple(pickles))


def _put_together(pieces: _Pieces, unpickler: type[_Unpacker]) -> Any:
    found: list[Any] = [[] if is_list else {} for is_list in pieces.are_lists]
    # From the last one: the state of an object has to be whole when the object is made of it.
    for container, data in zip(reversed(found), reversed(pieces.pickles), strict=True):
        part = unpickler(io.BytesIO(data), found).load()
        if isinstance(container, list):
            container.extend(part)
        else:
            container.update(part)
    return found[0][0]


class _Packer(pickle.Pickler):
    """Pickles the first container it is given, and the numbers of all others."""

    def __init__(self, file: io.BytesIO, found: list[Any], numbers: dict[int, int]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._found, self._numbers = found, numbers
        self._has_begun = False

    def persistent_id(self, obj: Any) -> int | None:
        if type(obj) not in (dict, list):
            return None
        if not self._has_begun:
            self._has_begun = True
            return None
        number = self._numbers.setdefault(id(obj), len(self._found))
        if number == len(self._found):
            self._found.append(obj)
        return number


class _Unpacker(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, found: list[Any]) -> None:
        super().__init__(file)
        self._found = found

    def persistent_load(self, pid: int) -> Any:
        return self._found[pid]


class _Restricted(_Unpacker):
    """Makes values of ours only: what has fields and no deeds, errors, and a few plain types."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        if global_name in _PLAIN.get(module_name, ()):
            return super().find_class(module_name, global_name)
        if module_name.startswith("services."):
            found = super().find_class(module_name, global_name)
            if isinstance(found, type) and found.__module__ == module_name:
                bare = issubclass(found, enum.Enum | tuple | Exception | int | float | str)
                if bare or dataclasses.is_dataclass(found):
                    return found
        raise pickle.UnpicklingError(f"{module_name}.{global_name} is no value")
