"""pass@k by temperature, and which is best."""

import pytest

from codex_lsp.errors import UsageError
from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.temperature import temperature_table
from codex_lsp.execution.verdict import Outcome


def run(temperature: float | None, passes: dict[str, str]) -> list[GradedSample]:
    return [
        GradedSample(
            task_id=task,
            index=at,
            completion="",
            outcome=Outcome.PASSED if mark == "+" else Outcome.FAILED,
            temperature=temperature,
        )
        for task, marks in passes.items()
        for at, mark in enumerate(marks)
    ]


def test_cold_is_best_for_one_sample_and_hot_for_many() -> None:
    cold = run(0.2, {"a": "++++", "b": "----", "only cold": "+"})
    hot = run(0.8, {"a": "+---", "b": "+--"})
    table = temperature_table([hot, cold])
    assert table["tasks"] == 2
    assert [(curve["temperature"], curve["samples"]) for curve in table["curves"]] == [(0.2, 4), (0.8, 3)]
    assert [point["value"] for point in table["curves"][0]["points"]] == [0.5] * 4
    assert table["best"] == [
        {"k": 1, "temperature": 0.2, "value": 0.5},
        {"k": 2, "temperature": 0.8, "value": pytest.approx((1 / 2 + 2 / 3) / 2, abs=1e-6)},
        {"k": 3, "temperature": 0.8, "value": pytest.approx((3 / 4 + 1) / 2)},
    ]


def test_samples_of_one_temperature_are_taken_together_and_one_alone_is_no_best() -> None:
    table = temperature_table([run(0.8, {"a": "+-"}), run(0.8, {"a": "--"})])
    assert [(curve["temperature"], curve["samples"]) for curve in table["curves"]] == [(0.8, 4)]
    assert table["best"] == []


def test_what_cannot_be_compared_is_said() -> None:
    with pytest.raises(UsageError, match="a, sample 0: does not say its temperature"):
        temperature_table([run(None, {"a": "+"})])
    with pytest.raises(UsageError, match="no task was sampled at all temperatures"):
        temperature_table([run(0.2, {"a": "+"}), run(0.8, {"b": "+"})])
