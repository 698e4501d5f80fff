"""Workbenches and requests for tests of assists: real files and a real sandbox around a scripted model."""

from dataclasses import replace
from pathlib import Path

from codex_lsp.assist.request import AssistRequest, Problem
from codex_lsp.assist.workbench import Workbench
from codex_lsp.cli.workbench import read_document
from codex_lsp.config import Settings
from codex_lsp.errors import SandboxUnavailable
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.models.protocol import LanguageModel

Told = list[tuple[str, int | None]]


def bench_of(
    model: LanguageModel | None,
    sandbox: Sandbox | None,
    *,
    budget: int = 8,
    timeout_s: int = 60,
    told: Told | None = None,
) -> Workbench:
    """A workbench; without a sandbox there is none on the machine, and nobody lets anything run without."""
    settings = Settings()

    def find_sandbox() -> Sandbox:
        if sandbox is None:
            raise SandboxUnavailable("no sandbox here; install bubblewrap")
        return sandbox

    async def consent() -> bool:
        return False

    def tell(text: str, percent: int | None) -> None:
        if told is not None:
            told.append((text, percent))

    return Workbench(
        model=model,
        find_sandbox=find_sandbox,
        read=read_document,
        tell=tell,
        may_run_unsandboxed=consent,
        settings=replace(settings, assist=replace(settings.assist, budget=budget, timeout_s=timeout_s)),
    )


def request_at(path: Path, marker: str, *, trusted: bool = True, problem: Problem | None = None) -> AssistRequest:
    """A request at the first place of a file where `marker` stands."""
    document = read_document(path)
    assert document is not None
    return AssistRequest(
        document=document,
        offset=document.text.index(marker),
        path=path,
        root=path.parent,
        trusted=trusted,
        problem=problem,
    )


def project_in(folder: Path, **files: str) -> Path:
    """A project of some files, by their names without `.py`, which another user may read: the sandbox's."""
    root = folder / "project"
    root.mkdir(mode=0o755)
    (root / "setup.cfg").touch()
    for name, text in files.items():
        (root / f"{name}.py").write_text(text, encoding="utf-8")
    return root
