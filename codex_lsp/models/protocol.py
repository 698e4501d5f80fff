"""The one seam between this package and whatever samples: prompt in, deltas out."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from codex_lsp.types import CacheStatistics, Capabilities, Delta, Prompt, SamplingParams, Token


class HealthState(StrEnum):
    """Where a model stands."""

    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Where a model stands.

    Attributes:
        state: As said.
        percent: How much of it is loaded, 0 to 100.
        detail: One line: what is being done, or the failure.
        caches: What was kept of prompts, by who asked them; None where nothing is kept, or it is not told.
    """

    state: HealthState
    percent: int
    detail: str = ""
    caches: Mapping[str | None, CacheStatistics] | None = None


class LanguageModel(Protocol):
    """A model, here or elsewhere.

    Ending the iteration of `sample` is the only cancel: the one task that iterates, under `contextlib.aclosing`, is
    cancelled or leaves the loop. After that at most one more decode step runs.
    """

    async def health(self) -> Health:
        """Where it stands now; answers at once and never raises."""
        ...

    async def capabilities(self) -> Capabilities:
        """What the model can do; cached. Waits for a loading model.

        Raises:
            ModelUnavailable: It cannot be reached or failed to load.
        """
        ...

    def sample(self, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Delta, None]:
        """Sample `params.n` rows; deltas of different rows interleave, each row ends with a `finish_reason`.

        Raises:
            ModelUnavailable: It cannot be reached, or went away half-way.
            ModelRefused: It refused the request.
        """
        ...

    async def score(self, prompt: Prompt, text: str) -> tuple[Token, ...]:
        """Teacher-forced raw log-probabilities of `text` after `prompt`.

        Raises:
            NotSupported: The backend cannot.
        """
        ...

    async def close(self) -> None:
        """Give back what the model holds: connections, threads, a child process."""
        ...
