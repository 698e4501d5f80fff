"""What a person will want next, if they take what is shown: asked of the model before they do."""

import dataclasses
from collections.abc import Callable

from codex_lsp.completion.alarm import Alarm, SetAlarm
from codex_lsp.completion.ranking import mean_logprob
from codex_lsp.completion.target import Target
from codex_lsp.types import Candidate, CursorContext

READING_S = 0.15
"""Nobody takes a suggestion sooner; who types on within it does not read."""
LIKELY_TAKEN = -0.3
"""A candidate of this mean log-probability or more is worth going on from: others are mostly typed over."""
_OPENERS = (":", "{", "(", "[")
_UNFINISHED = ("=", "+", "-", "*", "/", "%", "|", "&", ".")
_LEVEL = "    "


def is_likely_taken(candidate: Candidate) -> bool:
    """Whether a shown candidate is so likely right that what follows it is worth a generation."""
    mean = mean_logprob(candidate)
    return mean is not None and mean >= LIKELY_TAKEN


def place_after(context: CursorContext, insert: str) -> CursorContext:
    r"""Where the next suggestion will be wanted once `insert` is taken at a cursor.

    That is behind it, or, where it ends a line, in the next line, indented as editors do: as the line above, a level
    more after one that opens a block or bracket. Who is elsewhere then is never shown what was sampled for this place.

    >>> context = CursorContext(uri="", path="a.py", language="python", prefix="if ", suffix="\n")
    >>> place_after(context, "x:").prefix
    'if x:\n    '
    """
    accepted = dataclasses.replace(context, prefix=context.prefix + insert)
    line = accepted.line_prefix
    if context.line_suffix.strip() or line.rstrip().endswith(_UNFINISHED):
        return accepted
    indentation = line[: len(line) - len(line.lstrip())]
    if line.rstrip().endswith(_OPENERS):
        indentation += "\t" if "\t" in indentation else _LEVEL
    return dataclasses.replace(accepted, prefix=f"{accepted.prefix}\n{indentation}")


class Prefetches:
    """At most one plan, carried out when the suggestion it goes on from has been read and the model is free."""

    def __init__(self, set_alarm: SetAlarm, is_free: Callable[[], bool], start: Callable[[Target], None]) -> None:
        """Carry plans out by `start`, as soon as `is_free`."""
        self._set_alarm = set_alarm
        self._is_free = is_free
        self._start = start
        self._plan: Target | None = None
        self._alarm: Alarm | None = None

    def plan(self, plan: Target) -> None:
        """Plan one, in place of the one before."""
        self.drop()
        self._plan = plan
        self._alarm = self._set_alarm(READING_S, self._read)

    def go_on(self) -> None:
        """Carry out what is due, if the model is free now."""
        if self._plan is not None and self._alarm is None and self._is_free():
            plan, self._plan = self._plan, None
            self._start(plan)

    def is_planned(self, uri: str) -> bool:
        """Whether there is a plan for a document."""
        return self._plan is not None and self._plan.anchor.uri == uri

    def document_changed(self, text: str) -> None:
        """Drop the plan, unless the new text of its document is at its place or on the way there."""
        plan = self._plan
        if plan is not None and plan.anchor.typed_in(text) != "" and not plan.is_yet_to_come(text):
            self.drop()

    def drop(self) -> None:
        """Plan nothing."""
        self._plan = None
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _read(self) -> None:
        self._alarm = None
        self.go_on()
