"""Which tokens of a prompt a model has read before: what it finds again costs nothing, as in a cache of prompts."""

import bisect
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from codex_lsp.types import Priority, Prompt

_REMEMBERED = 64
"""Prompts that are looked through; a cache of prompts holds as many of the newest at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptCost:
    """Tokens of a prompt, how many of them no remembered prompt begins with, and how urgent it is."""

    tokens: int
    new: int
    priority: Priority


class AskedPrompts:
    """The prompts that were read, newest last."""

    def __init__(self, count_tokens: Callable[[str], int]) -> None:
        """None yet; `count_tokens` counts as the model does, or near it."""
        self._count_tokens = count_tokens
        self._texts: deque[str] = deque(maxlen=_REMEMBERED)

    def cost(self, prompt: Prompt, priority: Priority) -> PromptCost:
        """What reading it takes."""
        text = _text(prompt)
        known = max((_common(text, other) for other in self._texts), default=0)
        tokens = self._count_tokens(text)
        # There is always a token to read: the last one, whose logits are wanted.
        new = min(max(self._count_tokens(text[known:]), 1), tokens)
        return PromptCost(tokens=tokens, new=new, priority=priority)

    def remember(self, prompt: Prompt) -> None:
        """It was read to its end."""
        self._texts.append(_text(prompt))


def _text(prompt: Prompt) -> str:
    """A prompt in the order in which models of ours read it: from what changes least to what is typed."""
    header = "" if prompt.header is None else f"{prompt.header.path}\n{prompt.header.language}"
    snippets = (f"{snippet.path}\n{snippet.text}" for snippet in prompt.snippets)
    return "\0".join((header, *snippets, prompt.instruction or "", prompt.suffix, prompt.prefix))


def _common(text: str, other: str) -> int:
    """How many characters both begin with, by bisection: comparing slices is much faster than walking characters."""
    sizes = range(1, min(len(text), len(other)) + 1)
    return bisect.bisect_left(sizes, x=True, key=lambda size: text[:size] != other[:size])
