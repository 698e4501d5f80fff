"""How long to wait for another key before a model is asked.

A suggestion ought to appear when the person has paused for longer than usual. So the wait is the usual gap between two
keys, times a patience that depends on the place, less the time that the model will take. (Tabby waits by the same
three; this is another formula, with medians, so that a paste or a pause for thought changes little.)
"""

import math
import statistics
from collections import deque
from dataclasses import dataclass

from codex_lsp.config import CompletionSettings
from codex_lsp.types import CursorContext, Trigger

LONGEST_GAP_S = 1.0
"""After a longer one the person did not type but think, read, or go away."""
_SAMPLES = 40
_FEWEST_SAMPLES = 5
_LATENCIES = 20
# How many usual gaps to wait; each that holds of the place takes one away.
_PATIENCE_INSIDE_LINE = 1.6
_LESS_AT_LINE_END = 0.45
_LESS_AFTER_TRIGGER = 0.45
_BLOCK_OPENERS = (":", "{")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How fast things go.

    Attributes:
        gap_s: The usual time between two keys; None while too little was typed to tell.
        latency_s: The usual time from asking the model to an answer; None before the first.
    """

    gap_s: float | None = None
    latency_s: float | None = None


class RhythmMeter:
    """Watches a person type and a model answer; times are the event loop's and may jump."""

    def __init__(self) -> None:
        """Nothing was seen."""
        self._last_s: float | None = None
        self._gaps: deque[float] = deque(maxlen=_SAMPLES)
        self._latencies: deque[float] = deque(maxlen=_LATENCIES)

    def typed(self, now_s: float) -> None:
        """Text was added now."""
        last, self._last_s = self._last_s, now_s
        if last is not None and 0.0 < now_s - last <= LONGEST_GAP_S:
            self._gaps.append(now_s - last)

    def answered(self, latency_s: float) -> None:
        """The model gave a first answer after so long."""
        if math.isfinite(latency_s) and latency_s >= 0.0:
            self._latencies.append(latency_s)

    @property
    def rhythm(self) -> Rhythm:
        """What is usual now."""
        return Rhythm(
            gap_s=statistics.median(self._gaps) if len(self._gaps) >= _FEWEST_SAMPLES else None,
            latency_s=statistics.median(self._latencies) if self._latencies else None,
        )


def debounce_s(context: CursorContext, trigger: Trigger, rhythm: Rhythm, settings: CompletionSettings) -> float:
    """How long to wait for another key, in seconds, within the bounds that the settings give.

    Not at all when invoked, or where a block has just been opened: nothing is more likely wanted than its first line.

    Args:
        context: The place; line ends are LF.
        trigger: Who asks.
        rhythm: The person's and the model's.
        settings: `debounce_ms` is the least, and what holds where the rhythm is unknown or `adaptive_debounce` is off;
            `max_debounce_ms` is the most.
    """
    if trigger is Trigger.INVOKED:
        return 0.0
    least_s = settings.debounce_ms / 1000
    if not settings.adaptive_debounce:
        return least_s
    if _begins_block(context):
        return 0.0
    if rhythm.gap_s is None:
        return least_s
    wait_s = patience(context) * rhythm.gap_s - (rhythm.latency_s or 0.0)
    return max(min(wait_s, settings.max_debounce_ms / 1000), least_s)


def patience(context: CursorContext) -> float:
    """How many usual gaps without a key tell that a person waits for something here."""
    before = context.prefix[-1:]
    at_line_end = not context.line_suffix.strip()
    after_trigger = not (before.isalnum() or before == "_")
    return _PATIENCE_INSIDE_LINE - _LESS_AT_LINE_END * at_line_end - _LESS_AFTER_TRIGGER * after_trigger


def _begins_block(context: CursorContext) -> bool:
    """Whether the cursor is in a blank line right below one that opens a block."""
    indentation = context.line_prefix
    line_end = len(context.prefix) - len(indentation) - 1
    return line_end > 0 and not indentation.strip() and context.prefix[line_end - 1] in _BLOCK_OPENERS
