"""What `codex-lsp complete` says: candidates, best first, and what running them came to."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from codex_lsp.cli.output import progress, write_line
from codex_lsp.types import Candidate

if TYPE_CHECKING:
    from codex_lsp.assist.safety import Mark
    from codex_lsp.assist.verify import Verified
    from codex_lsp.completion.request import Completion


def report(
    completion: "Completion",
    latency_ms: float,
    prompt_token_ids: list[int] | None,
    *,
    trace: bool,
    verdicts: "Sequence[Verified] | None" = None,
    marks: "Sequence[Sequence[Mark]]" = (),
) -> dict[str, Any]:
    """What `--json` says; `verdicts` and `marks` are of the candidates in their order. Field names are public."""
    report: dict[str, Any] = {"model": completion.model, "latency_ms": round(latency_ms, 3)}
    if trace:
        report["prompt_token_ids"] = prompt_token_ids
        report["seed"] = completion.params.seed if completion.params is not None else None
    report["candidates"] = [_candidate_report(candidate, trace=trace) for candidate in completion.candidates]
    for candidate, verified in zip(report["candidates"], verdicts or (), strict=False):
        candidate["verdict"] = str(verified.outcome)
        candidate["detail"] = verified.detail
    for candidate, found in zip(report["candidates"], marks, strict=False):
        candidate["marks"] = [asdict(mark) for mark in found]
    return report


def write_candidates(
    completion: "Completion",
    latency_ms: float,
    verdicts: "Sequence[Verified] | None" = None,
    marks: "Sequence[Sequence[Mark]]" = (),
) -> None:
    """The same for people."""
    from codex_lsp.completion.ranking import mean_logprob

    if not completion.candidates:
        progress("nothing to suggest here")
        return
    progress(f"{completion.model}, {latency_ms:.0f} ms")
    for place, candidate in enumerate(completion.candidates):
        mean = mean_logprob(candidate)
        marker = "*" if place == 0 else " "
        shown = "unknown" if mean is None else f"{mean:.3f}"
        verdict = "" if verdicts is None else _said(verdicts[place])
        write_line(f"{marker} {place + 1}. mean log-probability {shown}{verdict}")
        for line in candidate.insert.split("\n"):
            write_line(f"     | {line}")
        for mark in marks[place] if marks else ():
            write_line(f"     ! line {mark.line}, {mark.kind}: {mark.message}")


def _said(verified: "Verified") -> str:
    return f", {verified.outcome}" + (f": {verified.detail}" if verified.detail else "")


def _candidate_report(candidate: Candidate, *, trace: bool) -> dict[str, Any]:
    from codex_lsp.completion.ranking import mean_logprob

    report: dict[str, Any] = {
        "text": candidate.insert,
        "mean_logprob": mean_logprob(candidate),
        "finish_reason": candidate.finish_reason,
    }
    if trace:
        report["kept"] = candidate.kept
        report["tokens"] = [{"id": token.id, "logprob": token.logprob, "end": token.end} for token in candidate.tokens]
    return report
