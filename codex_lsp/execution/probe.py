"""Whether a sandbox holds on this machine: a program inside it runs against every wall once."""

import sys
from pathlib import Path

from codex_lsp.errors import SandboxUnavailable
from codex_lsp.execution.interpreter import home_folder, interpreter_paths
from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.sandbox import Job, Sandbox

_LIMITS = Limits(wall_s=30.0, memory_bytes=512 * MIB, processes=8)
_PROBE = """
import os, resource, sys
def fails(act):
    try:
        act()
    except OSError:
        return True
    return False
def connect():
    import _socket
    _socket.socket(_socket.AF_UNIX).close()
soft, hard = resource.getrlimit(resource.RLIMIT_AS)
walls = {
    "sockets": fails(connect),
    "memory": soft == hard == %d,
    "identity": os.getuid() != 0 and os.getgid() != 0,
    "processes": len([name for name in os.listdir("/proc") if name.isdigit()]) < 5,
    "home": fails(lambda: os.listdir(%r)) or not set(os.listdir(%r)) - %r,
    "settings": fails(lambda: open("/etc/shadow")),
    "read-only": not any(os.access(path, os.W_OK) for path in ("/", "/usr", "/etc", "/dev")),
    "work folder": os.access(".", os.W_OK),
}
child = os.fork()
if child == 0:
    os._exit(0)
walls["fork"] = os.waitpid(child, 0)[1] == 0
print(",".join(name for name, held in walls.items() if not held), end="!")
"""


def probe(sandbox: Sandbox) -> None:
    """Run it.

    Raises:
        SandboxUnavailable: A wall does not hold, or no sandbox could be made; the message names it and the mend.
    """
    readable, home = interpreter_paths(), str(home_folder())
    job = Job(
        command=(sys.executable, "-I", "-S", "-c", _PROBE % (_LIMITS.memory_bytes, home, home, _names(readable))),
        limits=_LIMITS,
        readable=readable,
    )
    with sandbox.start(job) as process:
        ended = process.wait(_LIMITS.wall_s)
        if ended is None:
            raise SandboxUnavailable("the sandbox does not work here: its probe does not end")
        printed = (process.stdout.read() or b"").decode(errors="replace")
        complaint = " ".join((process.stderr.read() or b"").decode(errors="replace").split())
    if printed == "!":
        return
    if printed.endswith("!"):
        raise SandboxUnavailable(
            f"the sandbox does not hold here ({printed[:-1]}); use Linux 5.14 or newer, and report this"
        )
    raise SandboxUnavailable(
        f"the sandbox does not work here: {complaint or ended.failure or 'its probe says nothing'}; "
        "allow user namespaces (`sysctl kernel.unprivileged_userns_clone=1`, on Ubuntu "
        "`sysctl kernel.apparmor_restrict_unprivileged_userns=0`), or a container's `--privileged`"
    )


def _names(readable: tuple[Path, ...]) -> set[str]:
    """What the home folder may seem to hold: where an interpreter is installed in it, the way there."""
    home = home_folder()
    return {path.relative_to(home).parts[0] for path in readable if path.is_relative_to(home)}
