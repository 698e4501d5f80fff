"""Rows of figures to what a person wants to know."""

from codex_lsp.statistics.counts import Age, Group, Measure, Row
from codex_lsp.statistics.latency import bucket_name
from codex_lsp.statistics.summary import summary


def row(measure: str, value: int, *, day: str = "2026-11-21", language: str = "python", tier: str = "generated") -> Row:
    return Row(group=Group(day=day, language=language, model="m", tier=tier), measure=measure, value=value)


def test_nothing_is_nothing() -> None:
    found = summary([])
    assert (found["since"], found["until"], found["shown"], found["acceptance"]) == (None, None, 0, None)
    assert found["latency_ms"] == {"p50": None, "p95": None}
    assert found["reuse_share"] is None
    assert found["by"] == {"tier": {}, "language": {}, "model": {}}


def test_figures_are_added_up_as_a_whole_and_by_tier_language_and_model() -> None:
    age = Age.HALF_A_MINUTE
    found = summary(
        [
            row(Measure.SHOWN, 8, day="2026-11-20"),
            row(Measure.SHOWN, 2, language="lua"),
            row(Measure.ACCEPTED, 2),
            row(Measure.PARTLY_ACCEPTED, 1),
            row(Measure.ACCEPTED_CHARACTERS, 40),
            row(age.texts, 3),
            row(age.whole, 2),
            row(age.characters, 50),
            row(age.kept, 45),
            row(bucket_name(28), 3),
            row(bucket_name(4), 1, tier="typed"),
        ]
    )
    assert (found["since"], found["until"]) == ("2026-11-20", "2026-11-21")
    assert (found["shown"], found["acceptance"], found["accepted_characters"]) == (10, 0.3, 40)
    assert found["retained"]["30s"] == {"texts": 3, "whole": 2, "characters": 50, "kept": 45, "share": 0.9}
    assert found["retained"]["5min"]["share"] is None
    assert (found["answers"], found["reuse_share"], found["latency_ms"]["p50"]) == (4, 0.25, 117.4)
    assert found["by"]["language"]["lua"]["shown"] == 2
    assert found["by"]["tier"]["typed"]["latency_ms"]["p95"] == 1.8
    assert found["by"]["model"]["m"] == {name: found[name] for name in found["by"]["model"]["m"]}


def test_the_share_of_reuse_is_unknown_where_tiers_are() -> None:
    assert summary([row(bucket_name(3), 1, tier="unknown")])["reuse_share"] is None
