"""Which answers are kept, found, and given up."""

import pytest

from codex_lsp.completion.anchor import Anchor
from codex_lsp.completion.answer import Answer
from codex_lsp.completion.cache import Cache
from codex_lsp.completion.job import Job
from codex_lsp.completion.ranking import mean_logprob
from codex_lsp.types import CursorContext, Prompt, SamplingParams
from tests.unit.completion.scenes import candidate_of, context_of, typed

REACH = 100
HERE = context_of("x = ║\n")


def answer_at(context: CursorContext, *texts: str, is_whole: bool = True) -> Answer:
    job = Job(prompt=Prompt(header=None, prefix=context.prefix), params=SamplingParams(), model="m")
    useful = [candidate_of(text, index=index, logprob=-1.0 - index) for index, text in enumerate(texts)]
    return Answer.of(Anchor.at(context, REACH), job, useful, is_whole=is_whole)


def found(cache: Cache, context: CursorContext, *, whole: bool = False) -> list[str] | None:
    hit = cache.find(context, whole=whole)
    return None if hit is None else [candidate.insert for candidate in hit[1]]


@pytest.fixture
def cache() -> Cache:
    return Cache(10_000)


def test_found_at_its_place_and_while_a_candidate_is_typed(cache: Cache) -> None:
    cache.put(answer_at(HERE, "foo(1)", "fob", "bar"))
    assert found(cache, HERE) == ["foo(1)", "fob", "bar"]
    assert found(cache, typed(HERE, "fo")) == ["o(1)", "b"]
    assert found(cache, typed(HERE, "foo(1")) == [")"]
    for text in ("foo(1)", "x", "foo(1) "):
        assert found(cache, typed(HERE, text)) is None
    for other in ("y = ║\n", "x = ║", "x = ║\nmore\n", "\nx = ║\n", "x =║\n"):
        assert found(cache, context_of(other)) is None


def test_a_candidate_keeps_its_mean(cache: Cache) -> None:
    cache.put(answer_at(HERE, "foo", "fob"))
    hit = cache.find(typed(HERE, "fo"), whole=True)
    assert hit is not None
    assert [mean_logprob(candidate) for candidate in hit[1]] == [-1.0, -2.0]
    assert [candidate.text for candidate in hit[1]] == ["foo", "fob"]


def test_the_nearest_place_is_the_answer(cache: Cache) -> None:
    cache.put(answer_at(typed(HERE, "f"), "oo"))
    cache.put(answer_at(HERE, "far", "fob"))
    assert found(cache, typed(HERE, "f")) == ["oo"]
    assert found(cache, typed(HERE, "fa")) == ["r"]


def test_nothing_is_an_answer_at_its_own_place_alone(cache: Cache) -> None:
    cache.put(answer_at(HERE))
    assert found(cache, HERE) == []
    assert found(cache, typed(HERE, "f")) is None
    cache.put(answer_at(typed(HERE, "f"), is_whole=False))
    assert len(cache) == 1


def test_who_knows_more_stays(cache: Cache) -> None:
    cache.put(answer_at(HERE, "foo", is_whole=False))
    assert found(cache, HERE, whole=True) is None
    cache.put(answer_at(HERE, "foo", "bar"))
    cache.put(answer_at(HERE, "fob", is_whole=False))
    assert found(cache, HERE, whole=True) == ["foo", "bar"]


def test_bounded_in_characters_the_least_recently_used_first() -> None:
    one = answer_at(HERE, "foo").characters
    cache = Cache(3 * one)
    places = [context_of(f"{letter} = ║\n") for letter in "abcd"]
    for place in places[:3]:
        cache.put(answer_at(place, "foo"))
    assert (len(cache), cache.characters) == (3, 3 * one)
    assert found(cache, places[0]) == ["foo"]
    cache.put(answer_at(places[3], "foo"))
    assert cache.characters == 3 * one
    assert [found(cache, place) for place in places] == [["foo"], None, ["foo"], ["foo"]]
    cache.put(answer_at(places[0], "foo" * 10_000))
    assert found(cache, places[0]) is None
    assert cache.characters == 0


def test_a_document_is_forgotten(cache: Cache) -> None:
    other = context_of("x = ║\n", uri="file:///other")
    cache.put(answer_at(HERE, "foo"))
    cache.put(answer_at(other, "bar"))
    cache.forget(HERE.uri)
    assert found(cache, HERE) is None
    assert found(cache, other) == ["bar"]


def test_a_cache_of_nothing() -> None:
    cache = Cache(0)
    cache.put(answer_at(HERE, "foo"))
    assert (len(cache), cache.characters) == (0, 0)
