"""Programs of this room that run inside sandboxes: compiled here, once, and started there without any search.

What is inside reads nothing of this package's folder: its modules come as one file of code objects, in the order in
which they import each other.
"""

import functools
import importlib.util
import marshal
import sys
import sysconfig

from codex_lsp.execution.interpreter import interpreter_paths
from codex_lsp.execution.limits import Limits
from codex_lsp.execution.sandbox import Job

CHANNEL = 3
"""The descriptor inside on which a program speaks."""
CANDIDATE = ("encoding", "channel", "decoder", "candidate")
CHECKER = ("encoding", "channel", "decoder", "checked_source", "proxy", "checking", "checker")
_ROOM = "codex_lsp.execution"
_FILE = ".codes"
_BOOT = f"""
import marshal, sys
with open({_FILE!r}, "rb") as file:
    codes = marshal.load(file)
for name, code in codes:
    sys.modules[name] = module = type(sys)(name)
    exec(code, module.__dict__)
sys.path += sys.argv[2:]
module.main()
"""


def python_job(modules: tuple[str, ...], limits: Limits, channel: int) -> Job:
    """The `main` of the last module in a sandbox, the interpreter's packages importable, and one channel.

    Args:
        modules: `CANDIDATE` or `CHECKER`.
        limits: As said.
        channel: The descriptor here that it sees as `CHANNEL`.
    """
    packages = dict.fromkeys((sysconfig.get_path("purelib"), sysconfig.get_path("platlib")))
    return Job(
        command=(sys.executable, "-sSP", "-c", _BOOT, str(CHANNEL), *packages),
        limits=limits,
        files={_FILE: _codes(modules)},
        readable=interpreter_paths(),
        channels={CHANNEL: channel},
        # A fixed seed of hashes: the same program gives the same order of a set in every run.
        environment={"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"},
        quiet=True,
    )


@functools.cache
def _codes(modules: tuple[str, ...]) -> bytes:
    return marshal.dumps([(f"{_ROOM}.{module}", _code(f"{_ROOM}.{module}")) for module in modules])


def _code(name: str) -> object:
    """A module's code, compiled by this interpreter, which is the one inside."""
    spec = importlib.util.find_spec(name)
    loader = spec and spec.loader
    if loader is None:
        raise ImportError(f"{name} is not installed")
    return loader.get_code(name)  # pyright: ignore[reportAttributeAccessIssue] - every loader of source has it
