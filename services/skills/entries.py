"""Skills of servers as values: what `skills/list` and `skills/get` say of them.

Source: extension `io.modelcontextprotocol/skills` (SEP-2640), specification/stable/skills.mdx. Names and
texts are printable; `raw_uri` is what goes on the wire.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from services.results.content import ResourceResult

__all__ = ("MANIFEST", "MAX_FILES", "MAX_SIZE", "Skill", "SkillContent", "SkillFile")

MANIFEST: Final = "SKILL.md"
"""The file every skill has: its frontmatter and its instructions."""
MAX_FILES: Final = 512
MAX_SIZE: Final = 16 << 20
"""Files of one skill, and bytes of them all: what every host must take, and we take no more."""


@dataclass(frozen=True, slots=True)
class SkillFile:
    """One file of a skill."""

    path: str
    """Below the skill's directory, such as `references/FORMS.md`."""
    raw_uri: str
    digest: str = ""
    """`sha256:` and 64 hexadecimal digits; empty where the content is generated each time."""
    size: int | None = None
    """Bytes; None where the server does not say."""


@dataclass(frozen=True, slots=True)
class Skill:
    """One skill of one server, as an entry says it is."""

    server: str
    name: str
    uri: str
    raw_uri: str
    """Of its SKILL.md."""
    description: str = ""
    frontmatter: dict[str, Any] = field(default_factory=dict)
    """As it came; its texts are not yet printable."""
    files: tuple[SkillFile, ...] = ()
    """All its files, SKILL.md first; SKILL.md alone where it is `dynamic`."""
    dynamic: bool = False
    """Whether its content is generated each time, so that nothing can be verified but the frontmatter."""
    problem: str = ""
    """Why it is not loaded, whatever its files hold; empty where nothing is wrong with the entry."""

    @property
    def raw_root(self) -> str:
        """The URI of its directory, without a slash at the end."""
        return self.raw_uri.removesuffix(f"/{MANIFEST}")

    @property
    def path(self) -> str:
        """Where it stands among the skills of its server, such as `acme/billing/refunds`."""
        return self.uri.removesuffix(f"/{MANIFEST}").rpartition("://")[2]

    @property
    def size(self) -> int:
        """Bytes of all its files, as far as the server says."""
        return sum(file.size or 0 for file in self.files)

    def file(self, path: str) -> SkillFile | None:
        """The file of this path or URI; None where it is not listed."""
        path = path.removeprefix("./") or MANIFEST
        return next((file for file in self.files if path in (file.path, file.raw_uri)), None)


@dataclass(frozen=True, slots=True)
class SkillContent:
    """A file of a skill that was read, and is what the entry says."""

    skill: Skill
    file: SkillFile
    data: bytes = field(repr=False)
    result: ResourceResult = field(repr=False)
    """The same as the answer to `resources/read`, to be drawn or saved."""

    @property
    def text(self) -> str | None:
        """As text, not yet printable; None where the bytes are no UTF-8."""
        try:
            return self.data.decode()
        except UnicodeDecodeError:
            return None
