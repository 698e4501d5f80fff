"""What a model is asked for an assist: `prompts.toml` says it in words, for chat models and for plain ones.

The text of a person goes into a prompt as it is; `models/templates.py` keeps it apart from control tokens.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from textwrap import dedent
from typing import Any, cast

from codex_lsp.assist.kind import AssistKind
from codex_lsp.types import Header, Priority, Prompt, SamplingParams

FIELDS = frozenset(
    ("after", "before", "comment", "commented", "name", "opening", "problem", "signature", "source", "target")
)
"""What prompts may speak of: the caller of `prompt_for` gives those that its assist's prompts name."""
_FIELD = re.compile(r"\{([a-z]+)\}")
_FENCED = re.compile(
    r"^[ \t]*(?P<fence>`{3,}|~{3,})[^\n`]*\n(?P<code>.*?)(?:^[ \t]*(?P=fence)|\Z)", re.MULTILINE | re.DOTALL
)
_THOUGHT = re.compile(r"\A.*</think(?:ing)?>|<think(?:ing)?>.*\Z", re.DOTALL)
"""What a reasoning model says to itself: up to the mark's end, wherever it began; all where it has no end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPrompt:
    """A prompt, and how its answers are sampled and read.

    Attributes:
        prompt: For the model.
        chat: The model follows instructions; else its answer continues `prompt.prefix`.
        answer: What a chat model's answer holds, `code` or `text`.
        stop: What ends an answer.
        stop_indent: As in `SamplingParams`.
        max_tokens: Of one answer.
        temperature: Of sampling.
    """

    prompt: Prompt
    chat: bool
    answer: str
    stop: tuple[str, ...]
    stop_indent: int | None
    max_tokens: int
    temperature: float

    def params(self, *, n: int = 1, seed: int = 0, greedy_first: bool = False) -> SamplingParams:
        """How `n` answers are sampled, behind whatever somebody is typing."""
        return SamplingParams(
            n=n,
            greedy_first=greedy_first,
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            stop=self.stop,
            stop_indent=self.stop_indent,
            seed=seed,
            priority=Priority.BACKGROUND,
        )

    def blocks_of(self, text: str) -> list[str]:
        """The code of a row's text whole, then each block of it by itself: not every block need be of one language."""
        return [self.answer_of(text), *reversed(fenced_blocks(text))]

    def answer_of(self, text: str) -> str:
        """What a row's text says: a chat model's code, in blocks or not, or its text; a plain model's as it is."""
        if not self.chat:
            return text
        said = unwrapped(_THOUGHT.sub("", text))
        return fenced_code(said) if self.answer == "code" else said.strip()


def prompt_for(
    kind: AssistKind, fields: Mapping[str, str], *, chat: bool, path: str | None = None, language: str = "python"
) -> AskedPrompt:
    r"""What a model is asked.

    Args:
        kind: The assist.
        fields: Texts by name, those of `FIELDS` that the assist's prompts speak of.
        chat: The model follows instructions (`Capabilities.chat`).
        path: Of the document in its project, posix; None where the model is not told.
        language: Of what the model writes.

    Raises:
        KeyError: A field is missing.

    >>> prompt_for(AssistKind.EXPLAIN, {"name": "one", "source": "def one(): ..."}, chat=False).prompt.prefix[:16]
    'def one(): ...\n\n'
    """
    form = _catalogue()[kind.value]["chat" if chat else "plain"]
    prompt = Prompt(
        header=None if path is None else Header(path=path, language=language),
        prefix=_filled(form["code"], fields),
        suffix=_filled(form.get("suffix", ""), fields),
        instruction=_filled(form["instruction"], fields) if chat else None,
    )
    return AskedPrompt(
        prompt=prompt,
        chat=chat,
        answer=form.get("answer", "code"),
        stop=tuple(form.get("stop", ())),
        stop_indent=form.get("stop_indent"),
        max_tokens=form["max_tokens"],
        temperature=form["temperature"],
    )


def fenced_code(text: str) -> str:
    r"""The content of the fenced blocks of a Markdown text, one after the other; all of the text where there is none.

    >>> fenced_code("Here:\n```python\nx = 1\n```\nDone.")
    'x = 1\n'
    """
    return "\n".join(fenced_blocks(text)) or text


def fenced_blocks(text: str) -> list[str]:
    """The content of each fenced block of a Markdown text."""
    return [dedent(found["code"]) for found in _FENCED.finditer(text)]


def unwrapped(text: str) -> str:
    r"""The texts in an answer that is JSON, in a fenced block or not; the answer where it is none.

    >>> unwrapped('{"code": "x = 1\\n"}')
    'x = 1\n'
    """
    bare = fenced_code(text).strip()
    if bare[:1] not in ("{", "["):
        return text
    try:
        found = "\n".join(_texts(json.loads(bare)))
    except (ValueError, RecursionError):
        return text
    return found or text


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        inner = cast("Iterable[Any]", value.values() if isinstance(value, dict) else value)
        yield from (text for each in inner for text in _texts(each))


def _filled(layout: str, fields: Mapping[str, str]) -> str:
    """The layout with its fields in place; braces in a field's own text stay as they are."""
    return _FIELD.sub(lambda match: fields[match[1]], layout)


@cache
def _catalogue() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    return tomllib.loads(files("codex_lsp.assist").joinpath("prompts.toml").read_text(encoding="utf-8"))
