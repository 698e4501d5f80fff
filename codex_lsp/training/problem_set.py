"""A folder of problems: exercises drawn in turns and functions traced in packages, verified, filtered, and told of.

What is made lies in parts, each with a note of how it came about; a run that was ended goes on behind the last whole
part, and a larger one extends what is there.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from codex_lsp.errors import TrainingError
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.training.exercises.drawing import drawn_exercises
from codex_lsp.training.manifest import check_replaceable, versions, write_manifest
from codex_lsp.training.problem import Problem, read_problems, write_problems
from codex_lsp.training.problem_filters import ProblemFilter
from codex_lsp.training.problem_verification import HASH_SEEDS, verified

KIND = "problem set"
PROBLEMS_FILE = "problems.jsonl"
TURNS_A_PART = 1
EXERCISE_SEEDS = HASH_SEEDS[1:]
_PARTS = "parts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some problems and their note, as they lie in the folder."""

    name: str
    problems: list[Problem]
    note: dict[str, Any]


class PartFolder:
    """The parts of a folder of problems; a part is kept where its key is what it would be made of now."""

    def __init__(self, out: Path) -> None:
        """Keep parts below `out`, which is created.

        Raises:
            TrainingError: Something else stands there.
        """
        check_replaceable(out, KIND)
        self._folder = out / _PARTS
        self._folder.mkdir(parents=True, exist_ok=True)
        # The manifest comes last; until then the folder must be known for what it is.
        if not (out / "manifest.json").exists():
            write_manifest(out / "manifest.json", {"kind": KIND, "complete": False})

    def find(self, name: str, key: dict[str, Any]) -> Part | None:
        """A part that was made before, from the same."""
        try:
            note = json.loads((self._folder / f"{name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if not isinstance(note, dict) or note.get("key") != key:
            return None
        return Part(name=name, problems=list(read_problems(self._folder / f"{name}.jsonl")), note=note)

    def keep(self, part: Part) -> None:
        """Write a part; the note, which makes it one, comes last."""
        write_problems(self._folder / f"{part.name}.jsonl", part.problems)
        write_manifest(self._folder / f"{part.name}.json", part.note)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercises:
    """How many exercises are wanted, and what decides them."""

    count: int
    seed: int

    def parts(
        self, folder: PartFolder, sandbox: Sandbox, kept: ProblemFilter, stop: Event, notify: Callable[[str], None]
    ) -> Iterator[Part]:
        """Parts until there are enough exercises, or until `stop` is set; those that are there are read."""
        there = 0
        number = 0
        while there < self.count and not stop.is_set():
            name, key = f"exercises-{number:04d}", {"seed": self.seed, "turns": TURNS_A_PART, "families": _families()}
            part = folder.find(name, key)
            if part is None:
                part = self._made(name, number, key, sandbox, kept)
                folder.keep(part)
            else:
                for problem in part.problems:
                    kept.remember(problem)
            if not part.note["drawn"]:
                raise TrainingError(f"there are only {there} different exercises; ask for fewer with --exercises")
            there += len(part.problems)
            number += 1
            notify(f"exercises: {min(there, self.count)} of {self.count}")
            yield part

    def _made(self, name: str, number: int, key: dict[str, Any], sandbox: Sandbox, kept: ProblemFilter) -> Part:
        unsound = Counter[str]()
        before = Counter(kept.dropped)
        turns = range(number * TURNS_A_PART, (number + 1) * TURNS_A_PART)
        drawn = list(kept.kept(problem for turn in turns for problem in drawn_exercises(self.seed, turn, unsound)))
        problems, refuted = verified(sandbox, drawn, EXERCISE_SEEDS)
        note = {
            "key": key,
            "drawn": len(drawn),
            "unsound draws": unsound.total(),
            "dropped": {str(reason): count for reason, count in sorted((kept.dropped - before).items())},
            "refuted in the sandbox": len(refuted),
        }
        return Part(name=name, problems=problems, note=note)


def _families() -> str:
    """A digest of what exercises are made of: whoever changes a family gets new exercises."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.joinpath("exercises").glob("*.*")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def write_set(out: Path, parts: Sequence[Part], exercises: int, provenance: dict[str, Any]) -> dict[str, Any]:
    """Write the problems of all parts and the manifest.

    Args:
        out: The folder.
        parts: In order; of exercises, only the first `exercises` problems are taken.
        exercises: As said.
        provenance: What else the manifest says.

    Returns:
        The manifest.
    """
    problems = list(_taken(parts, exercises))
    write_problems(out / PROBLEMS_FILE, problems)
    manifest: dict[str, Any] = {
        "kind": KIND,
        "complete": True,
        "problems": len(problems),
        "sha256": hashlib.sha256((out / PROBLEMS_FILE).read_bytes()).hexdigest(),
        **provenance,
        "sources": _counted(problem.source for problem in problems),
        "families": _counted(f"{problem.source.split()[0]}: {problem.family}" for problem in problems),
        "parts": {part.name: part.note for part in parts},
        "dropped": _summed(part.note.get("dropped", {}) for part in parts),
        "verification": (
            "every problem's solution passes its checks in fresh sandboxes under several seeds of hashing; an "
            "exercise's other bodies agree with its solution on all inputs"
        ),
        "versions": versions("codex-lsp"),
    }
    write_manifest(out / "manifest.json", manifest)
    return manifest


def _taken(parts: Sequence[Part], exercises: int) -> Iterator[Problem]:
    left = exercises
    for part in parts:
        if part.name.startswith("exercises-"):
            yield from part.problems[:left]
            left -= len(part.problems[:left])
        else:
            yield from part.problems


def _counted(names: Iterator[str] | Any) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _summed(counts: Any) -> dict[str, int]:
    total = Counter[str]()
    for count in counts:
        total.update(count)
    return dict(sorted(total.items()))
