"""What a candidate is held against: the values that go into a grader."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from codex_lsp.execution.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCheck:
    """Call grading: the checker, in a sandbox of its own, calls the candidate's function by message.

    Attributes:
        program: The candidate, whole: prompt, completion, suffix.
        entry_point: Name of the function in it that the checker is given.
        helpers: Source run in the checker before `test`, for functions of the prompt that the test calls by name.
        test: Source that defines `check(candidate)`, as in HumanEval; it returns where all holds and raises else.
        limits: Of the candidate. The checker has its own, larger ones.
    """

    program: str
    entry_point: str
    test: str
    helpers: str = ""
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramCheck:
    """Program grading: a command is run and judged from outside by exit, output and time.

    Attributes:
        command: What is run, in the work folder; the first word is looked up in the sandbox's `PATH`.
        files: Relative posix path to content, written into the work folder first.
        stdin: What it reads.
        stdout: What it must print, compared by lines without trailing blanks; None where the exit code alone decides.
        limits: As said.
        readable: Places mounted read-only at their own paths.
        masked: Files and folders below them that must not be seen: secrets.
    """

    command: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    stdin: bytes = b""
    stdout: str | None = None
    limits: Limits = field(default_factory=Limits)
    readable: tuple[Path, ...] = ()
    masked: tuple[Path, ...] = ()


Check = CallCheck | ProgramCheck
