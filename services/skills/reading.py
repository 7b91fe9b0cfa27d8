"""From an entry of `skills/list` or `skills/get` as it stood on the wire to a skill."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import unquote

from services.amounts import byte_size
from services.skills.entries import MANIFEST, MAX_FILES, MAX_SIZE, Skill, SkillFile
from services.text import one_line, printable

__all__ = ("path_below", "read_skill")

_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_LONGEST_PATH: Final = 1_000


class _Unfit(Exception):
    """What is wrong with an entry, in one line."""


def read_skill(server: str, item: dict[str, Any]) -> Skill | None:
    """The skill of an entry, with its `problem` where it is not to be loaded; None where it has no URI."""
    uri = item.get("uri")
    if not isinstance(uri, str) or not uri:
        return None
    given = item.get("frontmatter")
    frontmatter = given if isinstance(given, dict) else {}
    name, description = frontmatter.get("name"), frontmatter.get("description")
    root = uri.removesuffix(f"/{MANIFEST}")
    place = unquote(root.rpartition("/")[2])
    files: tuple[SkillFile, ...] = (SkillFile(MANIFEST, uri),)
    problem = ""
    try:
        _check_names(uri, frontmatter, place)
        if item.get("resources") != "dynamic":
            files = _files(uri, root, item.get("resources"))
    except _Unfit as unfit:
        problem = one_line(str(unfit), 300)
    return Skill(
        server,
        one_line(name if isinstance(name, str) and name else place or uri, 300),
        one_line(uri, 1_000),
        uri,
        description=printable(description) if isinstance(description, str) else "",
        frontmatter=frontmatter,
        files=files,
        dynamic=item.get("resources") == "dynamic",
        problem=problem,
    )


def path_below(root: str, uri: str) -> str:
    """The path of a URI below a directory; empty where it is not below it."""
    path = uri.removeprefix(f"{root}/")
    leaves = any(part in ("", ".", "..") for part in unquote(path).split("/"))
    return "" if path == uri or leaves or len(path) > _LONGEST_PATH else path


def _check_names(uri: str, frontmatter: dict[str, Any], place: str) -> None:
    if not uri.endswith(f"/{MANIFEST}"):
        raise _Unfit(f"its URI does not end in /{MANIFEST}")
    for key in ("name", "description"):
        if not isinstance(frontmatter.get(key), str) or not frontmatter[key]:
            raise _Unfit(f"its frontmatter has no {key}")
    if frontmatter["name"] != place:
        raise _Unfit(f"its name is {frontmatter['name']}, its URI says {place}")


def _files(uri: str, root: str, resources: Any) -> tuple[SkillFile, ...]:
    if not isinstance(resources, list):
        raise _Unfit("the entry does not say what its files are (resources)")
    if len(resources) > MAX_FILES:
        raise _Unfit(f"it has {len(resources):,} files, more than {MAX_FILES}")
    files: dict[str, SkillFile] = {}
    for resource in resources:
        file = _file(uri, root, resource)
        if file.raw_uri in files:
            raise _Unfit(f"{file.path} is listed twice")
        files[file.raw_uri] = file
    if uri not in files:
        raise _Unfit(f"its {MANIFEST} is not among its files")
    total = sum(file.size or 0 for file in files.values())
    if total > MAX_SIZE:
        raise _Unfit(f"its files have {byte_size(total)}, more than {MAX_SIZE >> 20} MiB")
    return (files.pop(uri), *files.values())


def _file(uri: str, root: str, resource: Any) -> SkillFile:
    given = resource if isinstance(resource, dict) else {}
    raw_uri, digest, size = given.get("uri"), given.get("digest"), given.get("size")
    if not isinstance(raw_uri, str) or not raw_uri:
        raise _Unfit("one of its files has no URI")
    path = MANIFEST if raw_uri == uri else path_below(root, raw_uri)
    if not path:
        raise _Unfit(f"{raw_uri} is no file of it")
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise _Unfit(f"the digest of {path} is not sha256: and 64 hexadecimal digits")
    if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size < 0):
        raise _Unfit(f"the size of {path} is no number of bytes")
    return SkillFile(one_line(path, _LONGEST_PATH), raw_uri, digest, size)
