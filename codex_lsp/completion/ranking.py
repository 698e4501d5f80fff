"""Ranking by mean log-probability (Codex paper, section 3.3: the heuristic that beats random choice without tests)."""

import math

from codex_lsp.types import Candidate


def mean_logprob(candidate: Candidate) -> float | None:
    """The mean log-probability of the kept tokens, in nats; None where the backend gave none.

    A token counts, whole and with its raw value, when it begins before `kept`. End-of-text and tokens of a stop begin
    where the text ends, so they never count.

    >>> from codex_lsp.types import Token
    >>> tokens = (Token(id=1, logprob=-1.0, end=1), Token(id=2, logprob=-3.0, end=2))
    >>> mean_logprob(Candidate(index=0, text="ab", tokens=tokens, finish_reason=None, kept=2, insert="ab"))
    -2.0
    """
    total, count, begin = 0.0, 0, 0
    for token in candidate.tokens:
        if begin >= candidate.kept:
            break
        if token.logprob is None or math.isnan(token.logprob):
            return None
        total += token.logprob
        count += 1
        begin = token.end
    return total / count if count else None


def rank(candidates: list[Candidate]) -> list[Candidate]:
    """Order candidates, best first; those with nothing kept are dropped, ties keep sampling order.

    Where any log-probability is unknown, sampling order stands: unknown compares with nothing.
    """
    kept = sorted((candidate for candidate in candidates if candidate.kept > 0), key=lambda candidate: candidate.index)
    scored = [(mean_logprob(candidate), candidate) for candidate in kept]
    known = [(mean, candidate) for mean, candidate in scored if mean is not None]
    if len(known) < len(scored):
        return kept
    return [candidate for _, candidate in sorted(known, key=lambda pair: -pair[0])]
