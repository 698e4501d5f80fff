"""Verbatim runs of what was learned from are found wherever they begin, and nothing is said of what is new."""

import bisect
import heapq
import inspect
import logging
import shlex
import textwrap
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_lsp.completion.filters.recitation import RecitationFilter
from codex_lsp.completion.fingerprints import GRAM, RUN, WINDOW, Fingerprints, Source, gram_hashes, lowest_hashes
from codex_lsp.completion.pipeline import CompletionRequest, Pipeline
from codex_lsp.config import Settings
from codex_lsp.errors import ModelDamaged
from codex_lsp.models.scripted import ScriptedModel, everything
from codex_lsp.training.documents import Document
from codex_lsp.training.fingerprints import sampled, write_sampled
from codex_lsp.types import Trigger
from tests.unit.completion.scenes import candidate_of, context_of


def prose(seed: int, length: int) -> str:
    draw = Random(seed)
    words = ["for", "name", "(self)", "\n    ", "é", "return", " = ", "😀", ":", "  ", "x", "[0]"]
    text = ""
    while len(text) < length:
        text += draw.choice(words) + str(draw.randrange(50))
    return text[:length]


LEARNED = prose(1, 4000)
OTHER = prose(2, 4000)
SOURCES = {"first": "MIT", "second": "BSD-3-Clause"}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Fingerprints:
    path = tmp_path_factory.mktemp("fingerprints") / "some.bin"
    documents = [
        Document(package="first", path="a.py", text=prose(3, 900)),
        Document(package="second", path="b.py", text=LEARNED),
        Document(package="second", path="short.py", text="x = 1\n"),
    ]
    write_sampled(documents, SOURCES, "0" * 64, path)
    return Fingerprints(path)


@settings(max_examples=60)
@given(st.integers(RUN, 1500), st.integers(0, 2000), st.integers(1, RUN), st.integers(0, 700))
def test_every_run_that_ends_in_the_candidate_is_found(
    found: Fingerprints, length: int, at: int, inside: int, before: int
) -> None:
    run = LEARNED[at : at + length]
    cut = len(run) - inside
    source = found.recited(OTHER[:before] + run[:cut], run[cut:] + "new text after it")
    assert source == Source(package="second", licence="BSD-3-Clause")


def test_a_run_that_ended_before_the_candidate_is_not_its_own(found: Fingerprints) -> None:
    assert found.recited(LEARNED[:2000] + OTHER[:300], "zzz") is None


@pytest.mark.parametrize("length", [1, WINDOW, WINDOW + GRAM, 2 * WINDOW])
def test_short_runs_are_nobodys(found: Fingerprints, length: int) -> None:
    assert found.recited(OTHER[:1000] + LEARNED[:length], LEARNED[length : length + 10]) is None


def test_new_text_and_short_text_are_nobodys(found: Fingerprints) -> None:
    assert found.recited(OTHER[:1000], OTHER[1000:1400]) is None
    assert found.recited("", "x") is None
    assert found.recited(LEARNED[:RUN], "") is None


@given(st.text(min_size=0, max_size=40).map(lambda part: (part + prose(5, 300)) * 3))
def test_what_is_built_is_what_is_asked_for(text: str) -> None:
    def spread(hashes: set[int]) -> set[int]:
        from codex_lsp.completion.fingerprints import spread

        return {spread(hash_) for hash_ in hashes}

    asked = spread(set(lowest_hashes(tuple(gram_hashes(text)))))
    assert set(sampled(text).tolist()) == asked


def test_many_packages_fit(tmp_path: Path) -> None:
    packages = {f"package-{number}": "MIT" for number in range(300)}
    path = tmp_path / "many.bin"
    write_sampled([Document(package="package-299", path="a.py", text=LEARNED)], packages, "", path)
    source = Fingerprints(path).recited("", LEARNED[:700])
    assert source == Source(package="package-299", licence="MIT")


def test_the_filter_drops_and_says_whose(found: Fingerprints, caplog: pytest.LogCaptureFixture) -> None:
    filter_ = RecitationFilter(found)
    context = context_of(LEARNED[:590] + "║")
    with caplog.at_level(logging.INFO):
        assert filter_(candidate_of(LEARNED[590:620]), context) is None
    assert "second (BSD-3-Clause)" in caplog.text
    assert LEARNED[590:600] not in caplog.text
    new = candidate_of("something else")
    assert filter_(new, context_of(OTHER[:700] + "║")) is new


@pytest.mark.parametrize("damage", ["missing", "junk", "cut"])
def test_damaged_fingerprints_are_told_once_and_nothing_is_dropped(
    damage: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "damaged.bin"
    if damage != "missing":
        write_sampled([Document(package="first", path="a.py", text=LEARNED)], SOURCES, "", path)
        path.write_bytes(b"{}\n" if damage == "junk" else path.read_bytes()[:-1])
    with pytest.raises(ModelDamaged, match=r"damaged\.bin"):
        Fingerprints(path).recited(LEARNED[:RUN], "x")
    filter_ = RecitationFilter(Fingerprints(path))
    candidate = candidate_of("x")
    for _ in range(2):
        assert filter_(candidate, context_of(LEARNED[:RUN] + "║")) is candidate
    assert caplog.text.count("nothing is checked") == 1


def test_the_shipped_fingerprints_are_small_and_know_what_was_learned_from() -> None:
    from codex_lsp.cli.recitation import FINGERPRINTS

    assert FINGERPRINTS.stat().st_size <= 12_000_000
    shipped = Fingerprints(FINGERPRINTS)
    assert shipped.recited(OTHER[:700], OTHER[700:800]) is None
    # Some of these have changed since the version of Python that was learned from, hardly all of them.
    sources = [inspect.getsource(module) for module in (bisect, heapq, shlex, textwrap)]
    told = {shipped.recited(source[:2500], source[2500:2700]) for source in sources}
    assert Source(package="python", licence="PSF-2.0") in told


@pytest.mark.parametrize(("name", "shown"), [("embedded", []), ("another", ["other_59(59)"])])
async def test_the_embedded_model_alone_is_looked_at(tmp_path: Path, name: str, shown: list[str]) -> None:
    learned = "\n".join(f"word_{number} = other_{number}({number})" for number in range(60))
    write_sampled([Document(package="first", path="a.py", text=learned)], SOURCES, "", tmp_path / "own.bin")
    pipeline = Pipeline(
        ScriptedModel(["other_59(59)"], capabilities=everything(name)),
        Settings(),
        count_tokens_for=lambda _: len,
        recitation=RecitationFilter(Fingerprints(tmp_path / "own.bin")),
    )
    context = context_of(learned.removesuffix("other_59(59)") + "║")
    request = CompletionRequest(context=context, version=1, trigger=Trigger.INVOKED, method="test")
    completion = await pipeline.complete(request)
    assert [candidate.insert for candidate in completion.candidates] == shown
    await pipeline.close()
