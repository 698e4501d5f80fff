"""`codex-lsp assist KIND FILE:LINE:COL`: what the code actions do, for a place in a real file."""

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codex_lsp.cli.output import progress, write_json, write_line
from codex_lsp.cli.settings import settings_of_command
from codex_lsp.config import Settings
from codex_lsp.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_lsp.assist.kind import AssistKind
    from codex_lsp.assist.request import AssistRequest
    from codex_lsp.assist.result import AssistResult, AssistVerdict, FileEdit

KINDS = ("tests", "docstring", "explain", "translate", "optimise", "fix", "solve")
EPILOG = """examples:
  codex-lsp assist tests src/app.py:12:9
  codex-lsp assist solve src/app.py:12:9 --write
  codex-lsp assist translate src/app.py:12:9 --to typescript --json
"""
NOTHING_FOUND = 1
MOST_VERDICTS = 10
"""Of what is not offered, that are shown to a person."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:  # pyright: ignore[reportPrivateUsage]
    """Add the command."""
    parser = subparsers.add_parser(
        "assist",
        help="tests, docstrings, solutions and more for a function; what they yield is run first",
        description="Do for the function at a place what the code actions of an editor do: what comes of it is run "
        "in a sandbox before it is shown, as a diff. Exit code 0: done, or nothing to do; 1: nothing was found that "
        "holds, or it cannot be done there; 2: usage.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("kind", metavar="KIND", choices=KINDS, help=", ".join(KINDS))
    parser.add_argument("place", metavar="FILE:LINE:COL", help="1-based line, 1-based column in characters")
    parser.add_argument("--to", metavar="LANGUAGE", help="with translate: the language, for example typescript")
    parser.add_argument(
        "--problem", metavar="TEXT", help="with fix: the diagnostic at that place (default: what fails)"
    )
    parser.add_argument("--problem-source", metavar="TOOL", default="", help="with --problem: the tool that says so")
    parser.add_argument("--problem-code", metavar="CODE", default="", help="with --problem: the tool's name of it")
    parser.add_argument("--model", metavar="MODEL", help="`embedded`, `embedded-s`, a model folder, or a hub name")
    parser.add_argument("--budget", metavar="N", help="candidates at most (default: the setting assist.budget)")
    parser.add_argument("--seed", type=int, default=0, metavar="SEED", help="of the sampling (default: 0)")
    parser.add_argument("--write", action="store_true", help="make the edits instead of showing them")
    parser.add_argument("--untrusted", action="store_true", help="run nothing, and read this file only")
    parser.add_argument(
        "--run-unsandboxed",
        action="store_true",
        help="where there is no sandbox, run the project's own code and tests without one; never a model's",
    )
    parser.add_argument("--json", action="store_true", help="write JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do it for one place.

    Raises:
        DocumentError: The file cannot be read, or has no such place.
        UsageError: A flag is wrong.
        AssistRefused: It cannot be done there.
        ModelError: The model failed.
        SandboxUnavailable: Code would have to be run, and nothing here can.
    """
    from codex_lsp.assist.kind import AssistKind

    kind = AssistKind(args.kind)
    settings = _settings(args)
    request = _request(args, kind)
    result = asyncio.run(_assisted(kind, request, settings, args))
    if args.write:
        from codex_lsp.cli.written_edits import write_edits

        for path in write_edits(result.edits):
            progress(f"wrote {path}")
    if args.json:
        write_json(report(result))
    else:
        _write(result, shows_edits=not args.write)
    kept = any(verdict.kept for verdict in result.verdicts)
    return 0 if result.edits or kept or (result.report and not result.verdicts) else NOTHING_FOUND


def _settings(args: argparse.Namespace) -> Settings:
    given: dict[str, Any] = {"model": args.model}
    if args.budget is not None:
        try:
            given["assist.budget"] = int(args.budget)
        except ValueError:
            message = f"--budget {args.budget}: not a number; give how many candidates to try, for example --budget 20"
            raise UsageError(message) from None
    return settings_of_command({name: value for name, value in given.items() if value is not None})


def _request(args: argparse.Namespace, kind: "AssistKind") -> "AssistRequest":
    from codex_lsp.assist.kind import AssistKind
    from codex_lsp.assist.request import AssistRequest, Problem
    from codex_lsp.cli.complete import context_at
    from codex_lsp.context.document import Document

    for flag, value, meant in (("--to", args.to, AssistKind.TRANSLATE), ("--problem", args.problem, AssistKind.FIX)):
        if value is not None and kind is not meant:
            raise UsageError(f"{flag} is for `assist {meant}`; leave it out")
    if kind is AssistKind.TRANSLATE and args.to is None:
        raise UsageError("`assist translate` needs a language; add, for example, --to typescript")
    context = context_at(args.place)
    path = Path(args.place.rsplit(":", 2)[0]).absolute()
    offset = len(context.prefix)
    document = Document(uri=path.as_uri(), language=context.language, version=0, text=context.prefix + context.suffix)
    problem = None
    if args.problem is not None:
        problem = Problem(
            message=args.problem, start=offset, end=offset, source=args.problem_source, code=args.problem_code
        )
    return AssistRequest(
        document=document,
        offset=offset,
        path=path,
        root=None,  # found from the file upward
        trusted=not args.untrusted,
        target_language=args.to,
        problem=problem,
        seed=args.seed,
    )


async def _assisted(
    kind: "AssistKind", request: "AssistRequest", settings: Settings, args: argparse.Namespace
) -> "AssistResult":
    from codex_lsp.assist.run import run_assist
    from codex_lsp.cli.workbench import workbench

    async with workbench(settings, may_run_unsandboxed=args.run_unsandboxed) as bench:
        return await run_assist(kind, request, bench)


def report(result: "AssistResult") -> dict[str, Any]:
    """What `--json` says. Field names are public."""
    return {
        "kind": result.kind.value,
        "message": result.message,
        "edits": [_edit_report(edit) for edit in result.edits],
        "verdicts": [verdict_report(verdict) for verdict in result.verdicts],
        "figures": dict(result.figures),
        "report": result.report,
    }


def verdict_report(verdict: "AssistVerdict") -> dict[str, Any]:
    """One verdict in `--json`."""
    return {
        "name": verdict.name,
        "outcome": str(verdict.outcome),
        "detail": verdict.detail,
        "kept": verdict.kept,
        "text": verdict.text,
        "mean_logprob": verdict.mean_logprob,
    }


def _edit_report(edit: "FileEdit") -> dict[str, Any]:
    return {
        "path": None if edit.path is None else str(edit.path),
        "label": edit.label,
        "description": edit.description,
        "creates": edit.before is None,
        "diff": diff(edit),
        "edits": [{"start": each.start, "end": each.end, "text": each.text} for each in edit.edits],
    }


def diff(edit: "FileEdit") -> str:
    """The edit as a unified diff; a file that is created comes from `/dev/null`."""
    import difflib

    name = str(edit.path)
    lines = difflib.unified_diff(
        (edit.before or "").splitlines(keepends=True),
        edit.after.splitlines(keepends=True),
        "/dev/null" if edit.before is None else name,
        name,
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _write(result: "AssistResult", *, shows_edits: bool) -> None:
    progress(result.message)
    _write_verdicts(result.verdicts)
    for edit in result.edits if shows_edits else ():
        write_line(f"\n{edit.label}. {edit.description[:1].upper()}{edit.description[1:]}".rstrip())
        write_line(diff(edit).rstrip("\n"))
    if result.report:
        write_line(f"\n{result.report}".rstrip("\n"))


def _write_verdicts(verdicts: "Sequence[AssistVerdict]") -> None:
    """What is offered, and the first of the others: those of a hundred candidates would push all else away."""
    others = [each for each in verdicts if not each.kept]
    for verdict in verdicts:
        if verdict.kept or verdict in others[:MOST_VERDICTS]:
            mean = "" if verdict.mean_logprob is None else f" (mean log-probability {verdict.mean_logprob:.3f})"
            detail = f": {verdict.detail}" if verdict.detail else ""
            write_line(f"{'*' if verdict.kept else ' '} {verdict.name} {verdict.outcome}{mean}{detail}")
    if len(others) > MOST_VERDICTS:
        write_line(f"  and {len(others) - MOST_VERDICTS} more, which --json shows")
