"""Whether what a model suggests is likely enough to interrupt somebody who did not ask."""

from collections.abc import Sequence

from codex_lsp.completion.ranking import mean_logprob
from codex_lsp.types import Candidate


def confident(candidates: Sequence[Candidate], threshold: float | None) -> bool:
    """Whether the best of ranked candidates has a mean log-probability, in nats, of at least `threshold`.

    Without a threshold, or where the backend gives no log-probabilities, everything is confident; of no candidates
    nothing can be said, and nothing is shown either.
    """
    if threshold is None or not candidates:
        return True
    mean = mean_logprob(candidates[0])
    return mean is None or mean >= threshold
