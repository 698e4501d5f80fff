"""Which of the problems that our own check finds a diagnostic of a tool speaks of."""

import re

from codex_lsp.assist.name_check import NameFault, NameProblem, name_problems
from codex_lsp.assist.request import Problem

_UNDEFINED = re.compile(r"undefined (?:name|variable) [`'\"]?(\w+)|[`'\"](\w+)[`'\"] is not defined", re.IGNORECASE)
_UNUSED = re.compile(
    r"[`'\"]([\w.]+)(?: as (\w+))?[`'\"] imported but unused"
    r"|import [`'\"]([\w.]+)[`'\"] is not accessed"
    r"|unused (?:import )?[`'\"]?([\w.]+)(?:[`'\"]? imported| as (\w+))?",
    re.IGNORECASE,
)


def known_problem(problem: Problem, text: str) -> NameProblem | None:
    """The same problem as our check has it; None where that does not find it, or is about something else."""
    found = name_problems(text) or frozenset()
    said = [
        *((NameFault.UNDEFINED, word) for word in _words(_UNDEFINED, problem.message)),
        *((NameFault.UNUSED_IMPORT, word) for word in reversed(_words(_UNUSED, problem.message))),
    ]
    # `import os.path` binds its first part, and `from collections import deque`, told as `collections.deque`, its last.
    names = ((fault, part) for fault, word in said for part in (word, word.rpartition(".")[2], word.partition(".")[0]))
    return next((each for each in (NameProblem(*name) for name in names) if each in found), None)


def _words(pattern: re.Pattern[str], message: str) -> list[str]:
    match = pattern.search(message)
    return [] if match is None else [word for word in match.groups() if word]
