"""A model whose answers are kept, so that the same question brings the same samples without sampling them again."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from codex_lsp.models.protocol import Health, LanguageModel
from codex_lsp.types import Capabilities, Delta, Prompt, SamplingParams, Token


class RememberedModel:
    """A `LanguageModel` that answers as another one does, from memory where it answered the same request to its end."""

    def __init__(self, model: LanguageModel) -> None:
        """Remember what `model` says."""
        self._model = model
        self._said: dict[tuple[Prompt, SamplingParams], tuple[Delta, ...]] = {}

    def forget(self) -> None:
        """Begin anew."""
        self._said.clear()

    async def health(self) -> Health:
        """The model's own."""
        return await self._model.health()

    async def capabilities(self) -> Capabilities:
        """The model's own."""
        return await self._model.capabilities()

    async def sample(self, prompt: Prompt, params: SamplingParams) -> AsyncGenerator[Delta, None]:
        """The model's own deltas; a request that is left before its end is not remembered."""
        known = self._said.get((prompt, params))
        if known is not None:
            for delta in known:
                yield delta
            return
        said: list[Delta] = []
        async with aclosing(self._model.sample(prompt, params)) as deltas:
            async for delta in deltas:
                said.append(delta)
                yield delta
        self._said[prompt, params] = tuple(said)

    async def score(self, prompt: Prompt, text: str) -> tuple[Token, ...]:
        """The model's own."""
        return await self._model.score(prompt, text)

    async def close(self) -> None:
        """Nothing: the model is its owner's."""
