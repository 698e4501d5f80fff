"""`codex-lsp complete FILE:LINE:COL`: ranked candidates for a place in a real file."""

import argparse
import asyncio
import dataclasses
import os
import signal
import stat
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codex_lsp.cli.completion_report import report, write_candidates
from codex_lsp.cli.output import progress, write_json
from codex_lsp.cli.settings import settings_of_command
from codex_lsp.config import Settings
from codex_lsp.errors import DocumentError, UsageError
from codex_lsp.types import CursorContext, Prompt, Trigger

if TYPE_CHECKING:
    from codex_lsp.assist.verify import Verified
    from codex_lsp.context.neighbours import Neighbours
    from codex_lsp.models.protocol import LanguageModel

MAX_FILE_BYTES = 5_000_000
_PROGRESS_AFTER_S = 2.0
_EPILOG = """examples:
  codex-lsp complete src/app.py:12:9
  codex-lsp complete src/app.py:12:9 --n 8 --json
  codex-lsp complete src/app.py:12:9 --verify
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:  # pyright: ignore[reportPrivateUsage]
    """Add the command."""
    parser = subparsers.add_parser(
        "complete",
        help="ranked candidates for a place in a file",
        description="Sample completions at a place in a file and rank them by mean log-probability.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("place", metavar="FILE:LINE:COL", help="1-based line, 1-based column in characters")
    parser.add_argument("--n", metavar="N", help="candidates to sample (default: the setting completion.n)")
    parser.add_argument("--model", metavar="MODEL", help="`embedded`, a model folder, or a hub name")
    parser.add_argument("--seed", type=int, default=0, metavar="SEED", help="of the sampling (default: 0)")
    parser.add_argument(
        "--untrusted",
        action="store_true",
        help="show the model this file only, nothing else of its project, and run nothing",
    )
    parser.add_argument(
        "--verify",
        action="store_true",
        help="run candidates in a sandbox against the function's examples and tests, and sample more of them, up to "
        "assist.budget, until one passes; those that pass come first",
    )
    parser.add_argument("--json", action="store_true", help="write JSON")
    parser.add_argument("--trace", action="store_true", help="with --json: token ids and log-probabilities too")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Complete at one place.

    Raises:
        DocumentError: The file cannot be completed in, or has no such place.
        UsageError: A flag is wrong.
        ModelError: The model failed.
    """
    settings = _settings(args)
    context = context_at(args.place)
    if _is_held(context, settings, args):
        return 0
    if not settings.endpoint.url:
        # Before anything else: importing what runs a model takes seconds, in which nothing can be shown.
        progress("loading the model")
    # There is nothing to save, and a thread that is loading weights would keep a Ctrl-C waiting.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from codex_lsp.cli.project import draws_on_files, neighbours_of

    neighbours = None
    if not args.untrusted and draws_on_files(settings):
        neighbours = neighbours_of(Path(args.place.rsplit(":", 2)[0]), settings)
    return asyncio.run(_complete(context, settings, args, neighbours))


def context_at(place: str) -> CursorContext:
    """Read the file of a `FILE:LINE:COL` and find the place in it.

    Raises:
        DocumentError: There is no such file or place, or it is no text.
    """
    from codex_lsp.context.cursor import cursor_context
    from codex_lsp.context.document import Document, Position, PositionEncoding
    from codex_lsp.context.language import language_of

    path, line, column = _split_place(place)
    text = _read(path)
    document = Document(uri=_absolute(path).as_uri(), language=language_of(str(path)), version=0, text=text)
    if line > document.line_count:
        message = f"{path}: has {document.line_count} lines, not {line}; give a line from 1 to {document.line_count}"
        raise DocumentError(message)
    columns = len(document.line_text(line - 1)) + 1
    if column > columns:
        message = f"{path}: line {line} has no column {column}; give a column from 1 to {columns}"
        raise DocumentError(message)
    offset = document.offset_at(Position(line - 1, column - 1), PositionEncoding.UTF32)
    return cursor_context(document, offset, path=_shown_path(path))


def _settings(args: argparse.Namespace) -> Settings:
    flags = {"completion.n": args.n, "model": args.model}
    given: dict[str, Any] = {name: value for name, value in flags.items() if value is not None}
    if args.n is not None:
        given["completion.n"] = _integer(args.n)
    settings = settings_of_command(given)
    # Every row is of use to a command: none is left behind because it is slower than the others.
    completion = dataclasses.replace(settings.completion, late_row_ms=settings.completion.timeout_ms)
    return dataclasses.replace(settings, completion=completion)


def _is_held(context: CursorContext, settings: Settings, args: argparse.Namespace) -> bool:
    """Whether nothing is ever suggested at this place; then that is the report, and no model is loaded for it."""
    from codex_lsp.completion.gate import hold_reason
    from codex_lsp.completion.pipeline import Completion

    hold = hold_reason(context, Trigger.INVOKED, settings, only_removed=False)
    if hold is None:
        return False
    progress(f"nothing to suggest here: {hold}")
    if args.json or args.trace:
        model = settings.endpoint.model if settings.endpoint.url else settings.model
        write_json(report(Completion(model=model), 0.0, None, trace=args.trace))
    return True


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        message = f"--n {text}: not a number; give how many candidates to sample, for example --n 4"
        raise UsageError(message) from None


def _split_place(place: str) -> tuple[Path, int, int]:
    name, *numbers = place.rsplit(":", 2)
    if len(numbers) < 2 or not name or not all(_is_count(number) for number in numbers):  # noqa: PLR2004 - line and column
        message = f"{place}: not a place; give FILE:LINE:COL, for example src/app.py:12:9"
        raise DocumentError(message)
    line, column = map(int, numbers)
    if line < 1 or column < 1:
        message = f"{place}: lines and columns count from 1"
        raise DocumentError(message)
    return Path(name), line, column


def _is_count(text: str) -> bool:
    # Longer numbers than this are no lines of any file, and very long ones are refused by `int`.
    return text.isascii() and text.isdigit() and len(text) <= 18  # noqa: PLR2004 - digits of a 64-bit number


def _read(path: Path) -> str:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            message = f"{path}: is {'a folder' if path.is_dir() else 'no ordinary file'}; give a text file"
            raise DocumentError(message)
        if status.st_size > MAX_FILE_BYTES:
            message = f"{path}: larger than {MAX_FILE_BYTES // 1_000_000} MB; complete in a smaller file"
            raise DocumentError(message)
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        message = f"{path}: cannot be read ({reason}); give a file that exists and may be read"
        raise DocumentError(message) from error
    if b"\0" in data:
        message = f"{path}: is a binary file; give a text file"
        raise DocumentError(message)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8"
        raise DocumentError(message) from error


def _absolute(path: Path) -> Path:
    try:
        return path.absolute()
    except OSError:
        # The working folder was deleted; only an absolute path could be read from there.
        return Path("/") / path


def _shown_path(path: Path) -> str:
    """The path that the model is shown: from the working folder where the file is under it, else its name."""
    whole = path.resolve()
    working = _absolute(Path())
    return whole.relative_to(working).as_posix() if whole.is_relative_to(working) else whole.name


async def _complete(
    context: CursorContext, settings: Settings, args: argparse.Namespace, neighbours: "Neighbours | None"
) -> int:
    from codex_lsp.cli.marks import marks_at
    from codex_lsp.cli.recitation import recitation_filter
    from codex_lsp.completion.job import remembers, shows_pieces
    from codex_lsp.completion.pipeline import CompletionRequest, Pipeline
    from codex_lsp.models.registry import open_model
    from codex_lsp.models.token_count import token_counter

    model = open_model(settings, environment=os.environ, in_process=True)
    pipeline = Pipeline(
        model,
        settings,
        count_tokens_for=token_counter,
        neighbours=neighbours,
        recitation=recitation_filter(),
        seed=args.seed,
        tell=lambda reason: progress(f"codex-lsp: {reason}. Completion goes on without it"),
    )
    try:
        async with _loading_shown(model):
            capabilities = await model.capabilities()
        if neighbours is not None and (shows_pieces(settings, capabilities) or remembers(settings, capabilities)):
            # Now, so that the latency is of a completion and not of reading a project.
            neighbours.begin()
        started = time.perf_counter()
        completion = await pipeline.complete(
            CompletionRequest(context=context, version=0, trigger=Trigger.INVOKED, method="complete")
        )
        latency_ms = (time.perf_counter() - started) * 1000
        verdicts: Sequence[Verified] | None = None
        if args.verify:
            from codex_lsp.cli.verified import verified_at

            completion, verdicts = await verified_at(context, completion, model, settings, args)
        marks = marks_at(context, completion, Path(args.place.rsplit(":", 2)[0]), trusted=not args.untrusted)
        if args.json or args.trace:
            trace_ids = await _prompt_token_ids(model, completion.prompt) if args.trace else None
            write_json(report(completion, latency_ms, trace_ids, trace=args.trace, verdicts=verdicts, marks=marks))
        else:
            write_candidates(completion, latency_ms, verdicts, marks)
    finally:
        await pipeline.close()
        await model.close()
    return 0


@asynccontextmanager
async def _loading_shown(model: "LanguageModel") -> AsyncGenerator[None]:
    """Say every two seconds how far the model is loaded, while it is not."""

    async def show() -> None:
        while True:
            await asyncio.sleep(_PROGRESS_AFTER_S)
            health = await model.health()
            progress(f"loading the model: {health.percent} % {health.detail}".rstrip())

    showing = asyncio.create_task(show())
    try:
        yield
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)


async def _prompt_token_ids(model: Any, prompt: Prompt | None) -> list[int] | None:
    """The prompt as the model reads it, where the model is ours and can tell."""
    tell = getattr(model, "prompt_token_ids", None)
    return list(await tell(prompt)) if tell is not None and prompt is not None else None
