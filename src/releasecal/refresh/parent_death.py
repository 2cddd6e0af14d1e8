"""
Orphans: no process of ours outlives the one that started it, however that ended (Linux).

The kernel tells a child of its parent's end by a signal that the child has to ask for. A parent
that has ended before it could ask is noticed by its number: the child has another parent then.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # prctl(2)


def end_with_parent(parent: int) -> None:
    """
    Have the kernel kill this process when its *parent* ends, a process id; at once if it has.

    Call it first of all, on the thread that the process begins with. To the kernel, the parent
    is the thread that started this process: it has to wait for its end.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
