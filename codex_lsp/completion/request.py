"""What is asked of the pipeline, and what it answers."""

from dataclasses import dataclass

from codex_lsp.completion.tier import Tier
from codex_lsp.types import Candidate, CursorContext, Prompt, SamplingParams, Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionRequest:
    """One request: where, in which version of the document, who asks, and by which method of the protocol."""

    context: CursorContext
    version: int
    trigger: Trigger
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """The answer: candidates, best first (none: nothing to show), and what they were sampled with.

    `tier` tells where they came from; None where nothing is shown.
    """

    candidates: tuple[Candidate, ...] = ()
    prompt: Prompt | None = None
    params: SamplingParams | None = None
    model: str = ""
    tier: Tier | None = None
