"""Bits per byte: how surprised a model is by the beginning of files, each under its header."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from codex_lsp.context.prompt import OVERHEAD_TOKENS, CountTokens
from codex_lsp.evaluation.source_files import SourceFile
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.types import Capabilities, Header, Prompt

WINDOW_CHARACTERS = 4096
"""How much of a file's beginning is scored at most: the same text for every model whose context holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The beginning of a file, in whole lines where it has them."""

    path: str
    language: str
    text: str

    @property
    def size(self) -> int:
        """UTF-8 bytes."""
        return len(self.text.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Surprise:
    """The information in some texts under a model: `nats` over `tokens` tokens and `size` UTF-8 bytes of `files`."""

    nats: float = 0.0
    tokens: int = 0
    size: int = 0
    files: int = 0

    @property
    def bits_per_byte(self) -> float | None:
        """Base-2 information over bytes; None of no bytes."""
        return self.nats / math.log(2) / self.size if self.size else None

    def __add__(self, other: "Surprise") -> "Surprise":
        """Of both texts together."""
        return Surprise(
            nats=self.nats + other.nats,
            tokens=self.tokens + other.tokens,
            size=self.size + other.size,
            files=self.files + other.files,
        )


def windows(files: Sequence[SourceFile], bytes_per_language: int) -> list[Window]:
    """The windows to score: files in the order given until a language has so many bytes; blank files have none."""
    taken: dict[str, int] = {}
    chosen: list[Window] = []
    for file in files:
        window = Window(path=file.path, language=file.language, text=_beginning(file.text, WINDOW_CHARACTERS))
        if window.text.strip() and taken.get(file.language, 0) < bytes_per_language:
            taken[file.language] = taken.get(file.language, 0) + window.size
            chosen.append(window)
    return chosen


def fitting(window: Window, capabilities: Capabilities, count_tokens: CountTokens) -> Window:
    """The window, or as much of its beginning as the model's context holds beside the header."""
    room = capabilities.max_context - OVERHEAD_TOKENS - count_tokens(window.path)
    text = window.text
    while len(text) > 1 and count_tokens(text) > room:
        text = _beginning(text, len(text) // 2)
    return Window(path=window.path, language=window.language, text=text)


async def surprise_at(model: LanguageModel, window: Window) -> Surprise | None:
    """Teacher-forced through `LanguageModel.score`; the header is given and not scored.

    Returns:
        None where the backend gives no log-probability of some token.

    Raises:
        NotSupported: The backend cannot score.
    """
    prompt = Prompt(header=Header(path=window.path, language=window.language), prefix="")
    logprobs = [token.logprob for token in await model.score(prompt, window.text)]
    known = [logprob for logprob in logprobs if logprob is not None]
    if len(known) < len(logprobs):
        return None
    return Surprise(nats=-math.fsum(known), tokens=len(known), size=window.size, files=1)


def by_language(found: Sequence[tuple[Window, Surprise]]) -> Mapping[str, Surprise]:
    """The sum of each language, by name."""
    ordered = sorted(found, key=lambda pair: pair[0].language)
    return {
        language: sum((surprise for _, surprise in pairs), Surprise())
        for language, pairs in groupby(ordered, key=lambda pair: pair[0].language)
    }


def _beginning(text: str, characters: int) -> str:
    """Whole lines of at most so many characters together; of a longer first line, its beginning."""
    if len(text) <= characters:
        return text
    end = text.rfind("\n", 0, characters) + 1
    return text[: end or characters]
