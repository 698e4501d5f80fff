"""Bits per byte: what is scored, and the sum."""

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.errors import NotSupported
from codex_lsp.evaluation.source_files import SourceFile
from codex_lsp.evaluation.surprise import (
    WINDOW_CHARACTERS,
    Surprise,
    Window,
    by_language,
    fitting,
    surprise_at,
    windows,
)
from codex_lsp.models.scripted import ScriptedModel, everything
from codex_lsp.models.token_count import estimated_tokens
from codex_lsp.types import Prompt, Token


def file(text: str, language: str = "python", path: str = "a.py") -> SourceFile:
    return SourceFile(path=path, language=language, text=text)


def window(text: str, language: str = "python") -> Window:
    return Window(path="a.py", language=language, text=text)


@given(st.text(alphabet="a\n é", max_size=3 * WINDOW_CHARACTERS // 2))
def test_a_window_is_the_files_beginning_in_whole_lines(text: str) -> None:
    found = windows([file(text)], 1)
    assert len(found) == bool(text[:WINDOW_CHARACTERS].strip()) or "\n" in text
    for taken in found:
        assert text.startswith(taken.text)
        assert len(taken.text) <= WINDOW_CHARACTERS
        assert taken.text in (text, text[:WINDOW_CHARACTERS]) or taken.text.endswith("\n")


def test_each_language_is_scored_up_to_its_bytes() -> None:
    files = [file("x = 1\n", path=f"{number}.py") for number in range(5)] + [file("é", "go"), file(" \n", "perl")]
    found = windows(files, 13)
    assert [(taken.path, taken.language) for taken in found] == [
        ("0.py", "python"),
        ("1.py", "python"),
        ("2.py", "python"),
        ("a.py", "go"),
    ]
    assert windows(files, 0) == []


@given(st.text(alphabet="a\n", min_size=1, max_size=9000))
def test_a_window_fits_the_context_with_its_header(text: str) -> None:
    taken = fitting(window(text), everything("small"), estimated_tokens)
    assert estimated_tokens(taken.text) + estimated_tokens("a.py") < everything("small").max_context
    assert text.startswith(taken.text)
    assert taken.text


async def test_nats_are_summed_and_the_header_is_given() -> None:
    model = ScriptedModel()
    found = await surprise_at(model, window("x = 1é"))
    # Every word of a scripted model costs one nat.
    assert found == Surprise(nats=3.0, tokens=3, size=7, files=1)
    assert found is not None
    assert found.bits_per_byte == pytest.approx(3 / math.log(2) / 7)
    prompt = model.requests[0].prompt
    assert prompt.header is not None
    assert (prompt.header.path, prompt.header.language, prompt.prefix) == ("a.py", "python", "")


async def test_a_backend_that_keeps_a_logprob_to_itself_gives_no_figure() -> None:
    class Silent(ScriptedModel):
        async def score(self, prompt: Prompt, text: str) -> tuple[Token, ...]:
            return (*await super().score(prompt, text), Token(id=0, logprob=None, end=len(text)))

    assert await surprise_at(Silent(), window("x")) is None


async def test_a_backend_that_cannot_says_so() -> None:
    mute = ScriptedModel(capabilities=dataclasses.replace(everything("mute"), score=False))
    with pytest.raises(NotSupported):
        await surprise_at(mute, window("x"))


def test_languages_are_added_up_apart() -> None:
    one = Surprise(nats=1.0, tokens=2, size=3, files=1)
    two = Surprise(nats=2.0, tokens=4, size=6, files=2)
    assert by_language([(window("", "go"), one), (window(""), one), (window("", "go"), one)]) == {
        "go": two,
        "python": one,
    }
    assert Surprise().bits_per_byte is None
