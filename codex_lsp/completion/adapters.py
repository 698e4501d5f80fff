"""Which adapter a document is completed with, and completion without one that cannot be used."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace

from codex_lsp.config import Settings
from codex_lsp.errors import AdapterUnusable
from codex_lsp.models.adapter import AdaptedFolders
from codex_lsp.types import Delta, Prompt, SamplingParams

Sample = Callable[[Prompt, SamplingParams], AsyncGenerator[Delta, None]]
"""Asks a model."""


class Adapters:
    """The adapters that settings name. Which one holds follows from a document's URI alone.

    So what is kept of one document is never of two adapters; other settings begin with another of these and with
    nothing kept.
    """

    def __init__(self, settings: Settings, tell: Callable[[str], None]) -> None:
        """Take what `settings` name for the local model; `tell` hears once of each that cannot be used."""
        self._folders = AdaptedFolders({} if settings.endpoint.url else settings.adapters)
        self._tell = tell
        self._left_out: set[str] = set()

    def name_for(self, uri: str) -> str | None:
        """The adapter for a document, or None for the model itself."""
        name = self._folders.name_for(uri)
        return None if name in self._left_out else name

    def served_name(self, model: str, params: SamplingParams) -> str:
        """What an answer that was asked for with `params` comes from."""
        return model if params.adapter is None or params.adapter in self._left_out else f"{model}@{params.adapter}"

    def sampling(self, sample: Sample) -> Sample:
        """`sample`, asked again without the adapter where that cannot be used."""

        async def sampled(prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Delta, None]:
            try:
                # The refusal of an adapter comes before any part of an answer.
                async with aclosing(sample(prompt, params)) as deltas:
                    async for delta in deltas:
                        yield delta
            except AdapterUnusable as error:
                if params.adapter is None:
                    raise
                self._leave_out(params.adapter, str(error))
            else:
                return
            async with aclosing(sample(prompt, replace(params, adapter=None))) as deltas:
                async for delta in deltas:
                    yield delta

        return sampled

    def _leave_out(self, name: str, reason: str) -> None:
        if name not in self._left_out:
            self._left_out.add(name)
            self._tell(reason)
