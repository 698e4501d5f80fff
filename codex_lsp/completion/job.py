"""What is asked of the model for a place."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from codex_lsp.completion.adapters import Adapters
from codex_lsp.completion.extent import ExtentKind, extent_at, stop_indent_at, stops_at
from codex_lsp.completion.memory import WorkspaceMemory
from codex_lsp.config import Settings
from codex_lsp.context.neighbours import Neighbours
from codex_lsp.context.prompt import CountTokens, build_prompt, snippet_room
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.types import Capabilities, CursorContext, Priority, Prompt, SamplingParams, Snippet


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is asked of the model, with everything that is needed to ask it again."""

    prompt: Prompt
    params: SamplingParams
    model: str


def shows_pieces(settings: Settings, capabilities: Capabilities) -> bool:
    """Whether prompts for a model hold pieces of other files: where they are wanted and it reads them."""
    wanted = settings.context.snippets
    return wanted == "always" or (wanted == "auto" and capabilities.snippets)


def remembers(settings: Settings, capabilities: Capabilities) -> bool:
    """Whether a model is told the texts of other files."""
    return settings.completion.memory and capabilities.remembers


class Preparation:
    """Makes jobs for one model; reads each tokenizer that it names once."""

    def __init__(
        self,
        model: LanguageModel,
        count_tokens_for: Callable[[str | None], CountTokens],
        seed: int,
        *,
        memory: WorkspaceMemory,
        neighbours: Neighbours | None = None,
    ) -> None:
        """Prepare for `model`, and count tokens as `count_tokens_for` a tokenizer's path, or None, has it."""
        self._model = model
        self._count_tokens_for = count_tokens_for
        self._seed = seed
        self._memory = memory
        self._neighbours = neighbours
        self._counters: dict[str, CountTokens] = {}
        self._counting = asyncio.Lock()

    async def prepared(self, context: CursorContext, settings: Settings, adapters: Adapters, priority: Priority) -> Job:
        """The job for a place, once the model can tell what it can do.

        Raises:
            ModelUnavailable: It cannot.
        """
        capabilities = await self._model.capabilities()
        count_tokens = await self._counter(capabilities.tokenizer)
        completion = settings.completion
        extent = extent_at(context, completion.blocks)
        params = SamplingParams(
            n=completion.n,
            greedy_first=True,
            max_tokens=completion.max_line_tokens if extent.kind is ExtentKind.LINE else completion.max_block_tokens,
            temperature=completion.temperature,
            top_p=completion.top_p,
            stop=stops_at(extent, fim=capabilities.fim),
            stop_indent=stop_indent_at(extent),
            seed=self._seed,
            document=context.uri,
            priority=priority,
            adapter=adapters.name_for(context.uri),
            memory=self._memory.texts_for(context) if remembers(settings, capabilities) else None,
        )
        max_tokens = min(settings.context.max_prompt_tokens, capabilities.max_context - params.max_tokens)
        room = snippet_room(context, max_tokens=max_tokens, share=settings.context.snippet_share)
        prompt = build_prompt(
            context,
            max_tokens=max_tokens,
            suffix_share=settings.context.suffix_share if capabilities.fim else 0.0,
            count_tokens=count_tokens,
            snippets=self._snippets(context, settings, capabilities, room, count_tokens),
            imports=settings.context.imports,
        )
        return Job(prompt=prompt, params=params, model=capabilities.model)

    def _snippets(
        self, context: CursorContext, settings: Settings, capabilities: Capabilities, room: int, count: CountTokens
    ) -> tuple[Snippet, ...]:
        """Pieces of other files in at most `room` tokens, where they are shown."""
        if self._neighbours is None or not shows_pieces(settings, capabilities):
            return ()
        return self._neighbours.snippets(context, max_tokens=room, count_tokens=count)

    async def _counter(self, tokenizer: str | None) -> CountTokens:
        """The counter for a tokenizer, built once; a big one takes so long that it is read in a thread."""
        if tokenizer is None:
            return self._count_tokens_for(None)
        async with self._counting:
            if tokenizer not in self._counters:
                self._counters[tokenizer] = await asyncio.to_thread(self._count_tokens_for, tokenizer)
        return self._counters[tokenizer]
