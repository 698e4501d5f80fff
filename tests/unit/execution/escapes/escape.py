"""What an escape program is: it tries to get out of the sandbox, or to take the machine down from inside it.

Each is Python source that runs after `PRELUDE`. It says `escaped(...)` where something worked that must not; what it
reads that looks interesting it prints, so that a secret in its output is an escape too. Most end by themselves; the
others name the outcomes that hold them.
"""

from dataclasses import dataclass

from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.verdict import Outcome

PRELUDE = """
import ctypes, errno, json, os, platform, signal, sys, time
given = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
X86 = platform.machine() == "x86_64"
def escaped(*what):
    print("ESCAPED", *what, flush=True)
def attempt(what, act, *arguments):
    try:
        result = act(*arguments)
    except (OSError, ValueError, AttributeError):
        return None
    escaped(what, repr(result)[:200])
    return result
def denied(what, x86_64, aarch64, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(x86_64 if X86 else aarch64), *arguments)
    if result != -1 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS, errno.EACCES):
        escaped(what, result, errno.errorcode.get(ctypes.get_errno(), ctypes.get_errno()))
def read(path):
    try:
        with open(path, "rb") as file:
            print(path, file.read(1 << 16))
    except OSError:
        pass
"""


LIMITS = Limits(wall_s=20.0, memory_bytes=256 * MIB, disk_bytes=16 * MIB, file_bytes=4 * MIB)


@dataclass(frozen=True, slots=True, kw_only=True)
class Escape:
    """One program and what holds it.

    Attributes:
        name: What it tries.
        source: After the prelude.
        outcomes: Any of these is a containment.
        limits: What it is given.
    """

    name: str
    source: str
    outcomes: frozenset[Outcome] = frozenset({Outcome.PASSED})
    limits: Limits = LIMITS


SHORT = Limits(wall_s=0.6, memory_bytes=256 * MIB)
TIMED_OUT = frozenset({Outcome.TIMED_OUT})
OUT_OF_MEMORY = frozenset({Outcome.OUT_OF_MEMORY})
