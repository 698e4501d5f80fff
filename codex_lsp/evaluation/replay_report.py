"""A replay as figures. Field names are public."""

from collections.abc import Sequence
from typing import Any

from codex_lsp.completion.tier import Tier
from codex_lsp.evaluation.percentiles import percentile
from codex_lsp.evaluation.reader import Part
from codex_lsp.evaluation.replay_ratios import RATIOS, ratio, rounded
from codex_lsp.evaluation.session import Answer, Typed


def figures(found: Sequence[Typed], *, real_time: bool) -> dict[str, Any]:
    """All figures of one run; a share of nothing is None, and so are latencies in virtual time."""
    answers = [answer for typed in found for answer in typed.answers]
    readings = [reading for typed in found for reading in typed.readings]
    return {
        **{name: ratio(map(parts, found)) for name, parts in RATIOS.items()},
        "shown": len(answers),
        "accepted": sum(reading.keys > 0 for reading in readings),
        **latencies(answers, real_time=real_time),
        "read": len(readings),
        "late": sum(typed.late for typed in found),
        "accept_keys": sum(reading.keys for reading in readings),
        "accepted_characters": sum(reading.accepted for reading in readings),
        "characters": sum(typed.characters for typed in found),
        "keystrokes": sum(typed.inserts for typed in found),
        "generations": sum(len(typed.costs) for typed in found),
        "prompt_tokens": sum(cost.tokens for typed in found for cost in typed.costs),
        "files": len(found),
    }


def by_kind(found: Sequence[Typed], *, real_time: bool) -> dict[str, Any]:
    """Figures by language, latencies by where an answer came from, and keys saved by how much was taken at once."""
    readings = [reading for typed in found for reading in typed.readings]
    answers = [answer for typed in found for answer in typed.answers]
    tiers = {tier.value: [answer for answer in answers if answer.tier is tier] for tier in Tier}
    return {
        "languages": {
            language: figures([typed for typed in found if typed.language == language], real_time=real_time)
            for language in sorted({typed.language for typed in found})
        },
        "parts": {
            part.value: {"accepted": len(taken), "saved": sum(reading.accepted - reading.keys for reading in taken)}
            for part in Part
            if part is not Part.NOTHING
            for taken in [[reading for reading in readings if reading.part is part]]
        },
        "tiers": {name: {"shown": len(some), **latencies(some, real_time=real_time)} for name, some in tiers.items()},
    }


def latencies(answers: Sequence[Answer], *, real_time: bool) -> dict[str, float | None]:
    """Milliseconds from a key until its answer was shown; None in virtual time."""
    waited_ms = [answer.waited_s * 1000 for answer in answers] if real_time else []
    found = {f"p{percent}_ms": percentile(waited_ms, percent) for percent in (50, 95)}
    return {name: None if value is None else rounded(value) for name, value in found.items()}
