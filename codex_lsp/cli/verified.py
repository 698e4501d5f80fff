"""`codex-lsp complete --verify`: the candidates of a completion, run."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from codex_lsp.cli.output import progress
from codex_lsp.config import Settings
from codex_lsp.execution.verdict import Outcome
from codex_lsp.types import CursorContext

if TYPE_CHECKING:
    from codex_lsp.assist.verify import Verified
    from codex_lsp.completion.request import Completion
    from codex_lsp.models.protocol import LanguageModel


async def verified_at(
    context: CursorContext,
    completion: "Completion",
    model: "LanguageModel",
    settings: Settings,
    args: argparse.Namespace,
) -> "tuple[Completion, tuple[Verified, ...]]":
    """The completion with the best of what was run, at most as many as were asked for, and what each came to.

    Raises:
        ModelError: The model failed.
    """
    from codex_lsp.assist.request import AssistRequest
    from codex_lsp.assist.verify import verified
    from codex_lsp.cli.workbench import bench_with
    from codex_lsp.context.document import Document

    request = AssistRequest(
        document=Document(uri=context.uri, language=context.language, version=0, text=context.prefix + context.suffix),
        offset=len(context.prefix),
        path=Path.cwd() / args.place.rsplit(":", 2)[0],
        root=None,  # found from the file upward
        trusted=not args.untrusted,
        seed=args.seed,
    )
    bench = bench_with(model, settings, may_run_unsandboxed=False)
    found = await verified(completion, context, request, bench)
    if found:
        progress(summary(found))
    best = found[: settings.completion.n]
    return replace(completion, candidates=tuple(each.candidate for each in best)), best


def summary(found: "Sequence[Verified]") -> str:
    """One line on all that was run, best first."""
    from codex_lsp.assist.result import NOT_RUN, UNCHECKED

    count = f"{len(found)} candidate{'s' * (len(found) > 1)}"
    passing = sum(each.outcome == Outcome.PASSED for each in found)
    if passing:
        return f"{passing} of {count} {'passes' if passing == 1 else 'pass'} the function's examples and tests"
    outcomes = {each.outcome for each in found}
    if NOT_RUN in outcomes:
        return f"nothing was run: {found[0].detail}"
    if UNCHECKED in outcomes:
        return f"{count}, and no example and no test that tells which is right; what most of them do comes first"
    return f"none of {count} passes; say more before the cursor, or try another --model"
