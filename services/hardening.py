"""What the process gives up before it does anything else: core dumps, debuggers, loader variables.

Nothing here is fatal: where a system offers less, less is done.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

__all__ = ("harden",)

_PR_SET_DUMPABLE: Final = 4
"""prctl(2) of Linux. With 0 no other process of the user may attach, or read /proc/PID/mem and environ."""

_PT_DENY_ATTACH: Final = 31
"""ptrace(2) of macOS."""

_P_PID: Final = 0
_PROC_TRACE_CTL: Final = 7
_PROC_TRACE_CTL_DISABLE: Final = 2
"""procctl(2) of FreeBSD; ends with the next exec, so that servers are not concerned."""

_LOADER_VARIABLES: Final = ("LD_", "DYLD_")


def harden() -> None:
    """Allow no core dump and no debugger of this process, and drop `LD_*` and `DYLD_*`.

    Servers that are started later can be debugged as ever: `exec` makes a process dumpable again.
    """
    drop_loader_variables(os.environ)
    with suppress(ImportError, OSError, ValueError):
        import resource

        # The hard limit stays: whoever writes servers may want the core dumps of those.
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    deny_tracing(sys.platform, _system_library)


def drop_loader_variables(environ: MutableMapping[str, str]) -> None:
    """Take out the variables that make the dynamic loader run code of somebody else's choice."""
    for name in [name for name in environ if name.startswith(_LOADER_VARIABLES)]:
        del environ[name]


def deny_tracing(platform: str, library: Callable[[], Any]) -> None:
    """Ask the system not to let other processes look into this one, where it knows how."""
    with suppress(ImportError, OSError, AttributeError, MemoryError):
        if platform.startswith("linux"):
            library().prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
        elif platform == "darwin":
            library().ptrace(_PT_DENY_ATTACH, 0, None, 0)
        elif platform.startswith("freebsd"):
            _procctl(library())


def _procctl(library: Any) -> None:
    import ctypes

    wanted = ctypes.c_int(_PROC_TRACE_CTL_DISABLE)
    process = ctypes.c_int64(os.getpid())  # id_t
    library.procctl(_P_PID, process, _PROC_TRACE_CTL, ctypes.byref(wanted))


def _system_library() -> Any:
    import ctypes

    return ctypes.CDLL(None)
