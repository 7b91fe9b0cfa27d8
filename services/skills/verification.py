"""Whether a file that was read is the one the entry of its skill lists: size, digest, frontmatter.

A match says that a server agrees with itself, not that it is to be trusted.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from services.amounts import byte_size
from services.errors import SkillRefused
from services.results.base64_bytes import BrokenBase64, decode_base64
from services.skills.entries import MANIFEST, MAX_SIZE
from services.skills.frontmatter import NoFrontmatter, discrepancy, frontmatter_of
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.skills.entries import Skill, SkillFile

__all__ = ("refused", "verified")


def verified(skill: Skill, file: SkillFile, raw: Mapping[str, Any]) -> bytes:
    """The bytes of a file from the result of `resources/read`. Raises SkillRefused where they are others."""
    data = _bytes(skill, file, raw)
    if file.size is not None and len(data) != file.size:
        raise refused(skill, file, f"its size is {len(data):,} bytes, listed are {file.size:,}")
    if len(data) > MAX_SIZE:
        raise refused(skill, file, f"it has {byte_size(len(data))}, more than {MAX_SIZE >> 20} MiB")
    digest = f"sha256:{sha256(data).hexdigest()}"
    if file.digest and digest != file.digest:
        raise refused(skill, file, f"its digest is {digest[:19]}…, listed is {file.digest[:19]}…")
    if file.raw_uri == skill.raw_uri:
        _check_frontmatter(skill, file, data)
    return data


def refused(skill: Skill, file: SkillFile, how: str) -> SkillRefused:
    """The error that says which file of which skill is not used, and why."""
    where = f"{one_line(file.path, 200)} of the skill {skill.name} ({one_line(skill.server, 80)})"
    error = SkillRefused(f"{where} was refused: {how}")
    error.how = how
    return error


def _bytes(skill: Skill, file: SkillFile, raw: Mapping[str, Any]) -> bytes:
    contents = raw.get("contents")
    found = [one for one in contents if isinstance(one, dict)] if isinstance(contents, list) else []
    if len(found) != 1:
        raise refused(skill, file, f"the server answered with {len(found)} contents instead of one")
    text, blob = found[0].get("text"), found[0].get("blob")
    if isinstance(text, str):
        try:
            return text.encode()
        except UnicodeEncodeError as error:
            raise refused(skill, file, "its text is not valid Unicode") from error
    try:
        return decode_base64(blob if isinstance(blob, str) else "")
    except BrokenBase64 as error:
        raise refused(skill, file, str(error)) from error


def _check_frontmatter(skill: Skill, file: SkillFile, data: bytes) -> None:
    try:
        differs = discrepancy(frontmatter_of(data.decode()), skill.frontmatter)
    except UnicodeDecodeError as error:
        raise refused(skill, file, f"{MANIFEST} is not UTF-8 text") from error
    except NoFrontmatter as error:
        raise refused(skill, file, str(error)) from error
    if differs:
        raise refused(skill, file, differs)
