"""What a person will want next, if they take what is shown: asked of the model before they do."""

import dataclasses
from collections.abc import Callable

from codex_lsp.completion.alarm import Alarm, SetAlarm
from codex_lsp.completion.target import Target
from codex_lsp.types import CursorContext

READING_S = 0.15
"""Nobody takes a suggestion sooner; who types on within it does not read."""
_OPENERS = (":", "{", "(", "[")
_UNFINISHED = ("=", "+", "-", "*", "/", "%", "|", "&", ".")
_LEVEL = "    "


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

    def document_changed(self, uri: str, text: str) -> None:
        """Drop a plan for what the document has left."""
        plan = self._plan
        if plan is None or plan.anchor.uri != uri:
            return
        if plan.anchor.typed_in(text) != "" and not plan.is_yet_to_come(text):
            self.drop()

    def document_closed(self, uri: str) -> None:
        """Drop a plan for a document that is gone."""
        if self._plan is not None and self._plan.anchor.uri == uri:
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
