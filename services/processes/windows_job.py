"""A job object of Windows: one server and all it starts, ended by the system when we are.

The handle is ours alone and never inherited. When it is closed, and the end of this process
closes it however that comes, the system ends every process in the job
(JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE). What a server starts in the instant between its own start
and its assignment is not in the job; it takes longer than that to be loaded.
"""

from __future__ import annotations

import ctypes
from typing import Any, Final

__all__ = ("WindowsJob",)

_KILL_ON_JOB_CLOSE: Final = 0x2000
_BASIC_ACCOUNTING: Final = 1
_EXTENDED_LIMITS: Final = 9
_SET_QUOTA_AND_TERMINATE: Final = 0x0101
"""What AssignProcessToJobObject wants to be allowed of a process."""


class _ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION, of winnt.h."""

    _fields_ = (
        *(("PerProcessUserTimeLimit", ctypes.c_int64), ("PerJobUserTimeLimit", ctypes.c_int64)),
        *(("LimitFlags", ctypes.c_uint32), ("MinimumWorkingSetSize", ctypes.c_size_t)),
        *(("MaximumWorkingSetSize", ctypes.c_size_t), ("ActiveProcessLimit", ctypes.c_uint32)),
        *(("Affinity", ctypes.c_size_t), ("PriorityClass", ctypes.c_uint32)),
        *(("SchedulingClass", ctypes.c_uint32), ("IoInfo", ctypes.c_uint64 * 6)),
        *(("ProcessMemoryLimit", ctypes.c_size_t), ("JobMemoryLimit", ctypes.c_size_t)),
        *(("PeakProcessMemoryUsed", ctypes.c_size_t), ("PeakJobMemoryUsed", ctypes.c_size_t)),
    )


class _Accounting(ctypes.Structure):
    """JOBOBJECT_BASIC_ACCOUNTING_INFORMATION, of winnt.h."""

    _fields_ = (
        ("Times", ctypes.c_int64 * 4),
        *(("TotalPageFaultCount", ctypes.c_uint32), ("TotalProcesses", ctypes.c_uint32)),
        *(("ActiveProcesses", ctypes.c_uint32), ("TotalTerminatedProcesses", ctypes.c_uint32)),
    )


class WindowsJob:
    """The job of one server. Where the system refuses any step, the job is empty and nothing fails."""

    def __init__(self, pid: int, kernel: Any = None) -> None:
        self._kernel = kernel if kernel is not None else _kernel()
        self._handle = self._kernel.CreateJobObjectW(None, None)
        limits = _ExtendedLimits(LimitFlags=_KILL_ON_JOB_CLOSE)
        self._kernel.SetInformationJobObject(
            self._handle, _EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits)
        )
        process = self._kernel.OpenProcess(_SET_QUOTA_AND_TERMINATE, False, pid)
        if process:
            self._kernel.AssignProcessToJobObject(self._handle, process)
            self._kernel.CloseHandle(process)

    def members(self) -> int:
        """How many processes are alive in it."""
        if not self._handle:  # without one the system would speak of our own job
            return 0
        seen = _Accounting()
        self._kernel.QueryInformationJobObject(
            self._handle, _BASIC_ACCOUNTING, ctypes.byref(seen), ctypes.sizeof(seen), None
        )
        return int(seen.ActiveProcesses)

    def terminate(self) -> None:
        """End every process in it."""
        if self._handle:
            self._kernel.TerminateJobObject(self._handle, 1)

    def close(self) -> None:
        """Let the job go; the system ends what is still in it. Safe to call twice."""
        handle, self._handle = self._handle, None
        if handle:
            self._kernel.CloseHandle(handle)


def _kernel() -> Any:
    """kernel32 with handles of full width: without types a handle would be cut to 32 bits."""
    library = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
    handle = ctypes.c_void_p
    library.CreateJobObjectW.restype = handle
    library.OpenProcess.restype = handle
    library.OpenProcess.argtypes = (ctypes.c_uint32, ctypes.c_int, ctypes.c_uint32)
    library.SetInformationJobObject.argtypes = (handle, ctypes.c_int, handle, ctypes.c_uint32)
    library.QueryInformationJobObject.argtypes = (handle, ctypes.c_int, handle, ctypes.c_uint32, handle)
    library.AssignProcessToJobObject.argtypes = (handle, handle)
    library.TerminateJobObject.argtypes = (handle, ctypes.c_uint32)
    library.CloseHandle.argtypes = (handle,)
    return library
