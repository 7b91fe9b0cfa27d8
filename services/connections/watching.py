"""Watching a server's own files (`watch` in its table), to start it again when they change."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from services.logs.server_log import ServerLog

__all__ = ("wanted_path", "watch_files", "watched_folders")

_DEBOUNCE_MS: Final = 1600
_QUIET_MS: Final = 200
"""Changes count as one until so many milliseconds bring no more: a build writes in many steps."""

_WILD: Final = re.compile(r"[*?\[]")


async def watch_files(
    patterns: Sequence[str], folder: Path, log: ServerLog, changed: Callable[[], Awaitable[None]]
) -> None:
    """Await `changed` each time files that fit the patterns change; runs until cancelled."""
    import watchfiles

    folder, folders = await asyncio.to_thread(_there, patterns, folder)
    if not folders:
        log.say(f"watch: no folder fits {', '.join(patterns)}", "lifecycle", "warning")
        return
    wanted = wanted_path(patterns, folder)
    try:
        async for changes in watchfiles.awatch(
            *folders, watch_filter=lambda _, path: wanted(path), debounce=_DEBOUNCE_MS, step=_QUIET_MS
        ):
            names = sorted({Path(path).name for _, path in changes})
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            log.say(one_line(f"{', '.join(names[:3])}{more} changed: starting again"), "lifecycle")
            await changed()
    except (OSError, RuntimeError) as error:
        log.say(one_line(f"watch: {error}"), "lifecycle", "warning")


def watched_folders(patterns: Sequence[str], folder: Path) -> tuple[Path, ...]:
    """The folders above the first wildcard of each pattern, none inside another."""
    found = {_fixed_part(folder / pattern) for pattern in patterns}
    return tuple(sorted(path for path in found if not found & set(path.parents)))


def wanted_path(patterns: Sequence[str], folder: Path) -> Callable[[str], bool]:
    """Whether a path fits one of the patterns: `**` is any folders, `*` and `?` stay within a name."""
    expression = re.compile("|".join(_expression((folder / pattern).as_posix()) for pattern in patterns))
    return lambda path: expression.fullmatch(Path(path).as_posix()) is not None


def _fixed_part(pattern: Path) -> Path:
    fixed: list[str] = []
    for part in pattern.parts[:-1]:
        if _WILD.search(part):
            break
        fixed.append(part)
    return Path(*fixed)


def _expression(pattern: str) -> str:
    return "".join(_piece(part) for part in re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]/]+\])", pattern))


def _piece(part: str) -> str:
    known = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if part.startswith("[") and part.endswith("]"):
        inside = part[1:-1].replace("\\", "\\\\")
        return f"[^{inside[1:]}]" if inside.startswith("!") else f"[{inside}]"
    return known.get(part, re.escape(part))


def _there(patterns: Sequence[str], folder: Path) -> tuple[Path, list[Path]]:
    folder = folder.resolve()
    return folder, [path for path in watched_folders(patterns, folder) if path.is_dir()]
