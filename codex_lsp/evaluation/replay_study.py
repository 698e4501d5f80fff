"""All that a replay is asked for, run by run: the figures, added latencies, changed settings."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from codex_lsp.config import Settings
from codex_lsp.evaluation.calibration import calibrated
from codex_lsp.evaluation.comparison import compared
from codex_lsp.evaluation.pace import Pace
from codex_lsp.evaluation.replay import Notify, VirtualReplay
from codex_lsp.evaluation.replay_report import by_kind, figures
from codex_lsp.evaluation.session import Typed


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is run in virtual time.

    Attributes:
        settings: Of the baseline.
        pace: Of the model.
        latencies_ms: What is added before every first token, a run for each.
        changes: Other settings to compare with the baseline, by what they are called.
        seed: Of intervals.
    """

    settings: Settings
    pace: Pace
    latencies_ms: Sequence[float] = ()
    changes: Mapping[str, Settings] = field(default_factory=dict[str, Settings])
    seed: int = 0


def virtual_study(replay: VirtualReplay, plan: Plan, notify: Notify) -> dict[str, Any]:
    """The result of a plan. The same arguments give the same result.

    Raises:
        ModelError: The model failed.
    """
    baseline = replay.run(plan.settings, plan.pace, notify)
    found = result_of(baseline, real_time=False)
    found["latencies"] = [
        {"added_ms": added_ms, **_run(replay, plan, added_ms, _named(notify, f"+{added_ms:g} ms"))}
        for added_ms in plan.latencies_ms
    ]
    found["comparisons"] = [
        {
            "setting": name,
            **compared(baseline, replay.run(settings, plan.pace, _named(notify, name)), seed=plan.seed),
        }
        for name, settings in plan.changes.items()
    ]
    return found


def result_of(found: Sequence[Typed], *, real_time: bool) -> dict[str, Any]:
    """The figures of one run."""
    readings = [reading for typed in found for reading in typed.readings]
    return {
        **figures(found, real_time=real_time),
        "by": by_kind(found, real_time=real_time),
        "calibration": [asdict(point) for point in calibrated(readings)],
        "latencies": [],
        "comparisons": [],
    }


def _run(replay: VirtualReplay, plan: Plan, added_ms: float, notify: Notify) -> dict[str, Any]:
    return figures(replay.run(plan.settings, plan.pace.slower(added_ms), notify), real_time=False)


def _named(notify: Notify, name: str) -> Notify:
    return lambda text: notify(f"{name}: {text}")
