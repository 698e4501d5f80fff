"""A measurement of assists on a benchmark, kept in a folder: a line a task, and the same run goes on where it ended."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codex_lsp.errors import UsageError
from codex_lsp.evaluation.appended_lines import AppendedLines
from codex_lsp.evaluation.json_lines import objects_of
from codex_lsp.evaluation.remaining import Progress
from codex_lsp.evaluation.task import Task

RESULTS, MANIFEST = "results.jsonl", "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistRun:
    """A run of a measurement in a folder.

    Attributes:
        folder: Where results are kept.
        manifest: What made it; its field `run` decides the results, and `kind` says of what.
    """

    folder: Path
    manifest: Mapping[str, Any]

    def begin(self) -> None:
        """Make the folder, or see that the run it holds is this one.

        Raises:
            UsageError: It cannot be written, or holds something else.
        """
        path = self.folder / MANIFEST
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if path.exists():
                held = json.loads(path.read_text(encoding="utf-8"))
                if any(held.get(name) != self.manifest[name] for name in ("kind", "run")):
                    raise UsageError(f"{self.folder}: holds another run; name another folder with --out")
            elif any(self.folder.iterdir()):
                raise UsageError(f"{self.folder}: not empty, and no run of this measure; name another --out")
            else:
                path.write_text(json.dumps(self.manifest, indent=1) + "\n", encoding="utf-8")
        except (OSError, ValueError, AttributeError) as error:
            raise UsageError(f"{self.folder}: cannot be used ({error}); name another folder with --out") from error

    async def measure(
        self,
        tasks: Sequence[Task],
        row_of: Callable[[Task], Awaitable[Mapping[str, Any]]],
        notify: Callable[[str], None],
    ) -> list[Mapping[str, Any]]:
        """The rows of all tasks; those that are there are not measured again.

        Args:
            tasks: In the order in which they are measured.
            row_of: Measures one; its row names it as `task_id`.
            notify: Is told how far it is.

        Raises:
            SandboxUnavailable: Nothing here runs them.
            CodexLspError: The folder cannot be written, or `row_of` failed.
        """
        path = self.folder / RESULTS
        with AppendedLines(path) as file:
            done = {str(line.value["task_id"]) for line in objects_of(path)}
            progress = Progress("functions", len(tasks), notify, known=len(done))
            for task in tasks:
                if task.task_id not in done:
                    file.write(dict(await row_of(task)))
                    progress.step()
        return [line.value for line in objects_of(path)]
