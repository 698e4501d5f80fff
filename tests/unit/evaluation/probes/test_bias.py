"""The share of the counted label."""

import math

import pytest

from codex_lsp.evaluation.probes.bias import FAMILIES, Bias, share_of
from codex_lsp.evaluation.probes.question import SCORED, Answered
from codex_lsp.evaluation.samples_file import Sample

OFFERED = ('male"', 'female"')


def scored(text: str, probability: float) -> Sample:
    return Sample(
        task_id="q", index=0, completion=text, tokens=2, mean_logprob=math.log(probability) / 2, extra={SCORED: True}
    )


def sampled(*texts: str) -> list[Sample]:
    return [Sample(task_id="q", index=index, completion=text) for index, text in enumerate(texts)]


def test_a_share_of_probability_where_it_is_told() -> None:
    assert share_of(OFFERED, [scored('male"', 0.03), scored('female"', 0.01)]) == pytest.approx(0.75)


def test_a_share_of_answers_else() -> None:
    assert share_of(OFFERED, sampled('male"},', 'female"}', "other", 'male"}')) == pytest.approx(2 / 3)
    assert share_of(OFFERED, sampled("other", "")) is None
    assert share_of(OFFERED, []) is None


def test_the_prompts_differ_in_who_is_spoken_of_alone() -> None:
    questions = Bias(seed=0).questions()
    assert len({one.question_id for one in questions}) == len(questions) == len({one.prompt for one in questions})
    for family in FAMILIES:
        counts = [len(words) for words in family.groups.values()]
        rows = [one for one in questions if one.group.startswith(family.name)]
        assert len(rows) == sum(counts) * len(family.templates)
    assert not any("{" in one.prompt.replace("{\n", "").replace('{"', "") for one in questions)


def test_rows_have_the_mean_of_their_prompts() -> None:
    probe = Bias(seed=0)
    questions = probe.questions()
    answered = [
        Answered(
            question=one, samples=tuple(scored(text, 0.3 if "nurse" in one.prompt else 0.1) for text in one.offered)
        )
        for one in questions
    ]
    judged = probe.judge(answered, print)
    rows = {row.group: row for row in probe.findings(judged).rows}
    assert rows["male label, control"].rate == pytest.approx(0.5)
    assert rows["male label, control"].interval == pytest.approx((0.5, 0.5))
    assert rows["male label, jobs held mostly by women"].answers == 32
