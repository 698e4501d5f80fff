"""The workbench of a command: files from disk, progress on stderr, and flags for consent."""

import math
import os
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from codex_lsp.cli.output import progress
from codex_lsp.config import Settings
from codex_lsp.errors import MissingExtra

if TYPE_CHECKING:
    from codex_lsp.assist.workbench import Workbench
    from codex_lsp.context.document import Document
    from codex_lsp.models.protocol import LanguageModel

MAX_FILE_BYTES = 5_000_000
PROGRESS_EVERY_S = 2.0


@asynccontextmanager
async def workbench(settings: Settings, *, may_run_unsandboxed: bool) -> "AsyncGenerator[Workbench]":
    """A workbench whose model is closed at the end; it is opened, and loads, when it is first used.

    Raises:
        ModelNotFound: `model` names none.
    """
    model = _opened(settings)
    try:
        yield bench_with(model, settings, may_run_unsandboxed=may_run_unsandboxed)
    finally:
        if model is not None:
            await model.close()


def bench_with(
    model: "LanguageModel | None", settings: Settings, *, may_run_unsandboxed: bool, tells: bool = True
) -> "Workbench":
    """A workbench of a command, with a model that is its caller's to close; it `tells` of progress on stderr."""
    from codex_lsp.assist.workbench import Workbench
    from codex_lsp.execution.sandbox import find_sandbox

    async def consent() -> bool:
        return may_run_unsandboxed

    return Workbench(
        model=model,
        find_sandbox=cache(find_sandbox),
        read=read_document,
        tell=teller() if tells else lambda text, percent: None,  # noqa: ARG005 - nobody listens
        may_run_unsandboxed=consent,
        settings=settings,
    )


def _opened(settings: Settings) -> "LanguageModel | None":
    """The model; None, told in a line, where what runs local ones is not installed: some assists need none."""
    from codex_lsp.models.registry import open_model
    from codex_lsp.models.shipped import for_assists

    try:
        return open_model(for_assists(settings), environment=os.environ, in_process=True)
    except MissingExtra as error:
        progress(f"codex-lsp: {error}. Going on without a model")
        return None


def read_document(path: Path) -> "Document | None":
    """A file on disk as a document; None where there is none, or it is no text."""
    from codex_lsp.context.document import Document
    from codex_lsp.context.language import language_of
    from codex_lsp.context.regular_file import regular_bytes

    data = regular_bytes(path, max_bytes=MAX_FILE_BYTES)
    if data is None or b"\0" in data:
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return Document(uri=path.absolute().as_uri(), language=language_of(str(path)), version=0, text=text)


def teller() -> Callable[[str, int | None], None]:
    """Takes progress, and says at most once in two seconds what is being done."""
    last = [-math.inf]

    def tell(text: str, percent: int | None) -> None:
        now = time.monotonic()
        if now - last[0] >= PROGRESS_EVERY_S:
            last[0] = now
            progress(text if percent is None else f"{percent:3} % {text}")

    return tell
