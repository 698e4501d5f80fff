"""What editors' messages mean for the statistics: suggestions are shown, taken, and looked at again later.

Texts are held in memory alone, for as long as they are looked at; only figures are passed on.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from codex_lsp.statistics.counts import Age, Count, Group, Measure
from codex_lsp.statistics.latency import bucket_name, bucket_of
from codex_lsp.statistics.offer import Offer, Suggestion, Taken
from codex_lsp.statistics.retention import kept_characters, plain
from codex_lsp.statistics.span import Edit, Span

MAX_OFFERS = 8
"""Answers of one document that are followed: an editor may show an older one than the last."""
MAX_INSERTIONS = 64
"""Accepted texts of one document that are waited for."""


class Alarm(Protocol):
    """A call that is still to come."""

    def cancel(self) -> None:
        """Call it off; harmless when it has been made."""
        ...


SetAlarm = Callable[[float, Callable[[], None]], Alarm]
"""Calls a function after so many seconds."""
TextOf = Callable[[str], str | None]
"""The text of an open document, by URI."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer that shows something, as it goes to the editor.

    Attributes:
        uri: Of the document.
        prefix: The document before what is inserted, with all that the suggestions begin with.
        suffix: The document after it.
        typed: What of `prefix` belongs to the suggestions.
        present: What stands in the document in place of `typed`.
        inserts: What each suggestion brings after `prefix`, best first.
        ids: By which the editor names them.
        group: What it is counted for.
        latency_s: From the request to the answer.
    """

    uri: str
    prefix: str
    suffix: str
    typed: str
    present: str
    inserts: tuple[str, ...]
    ids: tuple[str, ...]
    group: Group
    latency_s: float


@dataclass(slots=True, kw_only=True)
class _Insertion:
    """An accepted text that is followed."""

    span: Span
    text: str
    group: Group
    alarms: list[Alarm] = field(default_factory=list["Alarm"])


@dataclass(slots=True)
class _Followed:
    """What is followed in one document."""

    last: Suggestion | None = None
    offers: "deque[tuple[tuple[str, ...], Offer]]" = field(default_factory=lambda: deque(maxlen=MAX_OFFERS))
    insertions: list[_Insertion] = field(default_factory=list[_Insertion])


class Observer:
    """Follows the documents of one editor."""

    def __init__(self, count: Count, *, text_of: TextOf, set_alarm: SetAlarm) -> None:
        """Follow nothing yet.

        Args:
            count: Where figures go.
            text_of: The documents as they are now.
            set_alarm: Time.
        """
        self._count = count
        self._text_of = text_of
        self._set_alarm = set_alarm
        self._followed: dict[str, _Followed] = {}

    def follows(self, uri: str) -> bool:
        """Whether edits of a document mean anything here."""
        return uri in self._followed

    def answered(self, answer: Answer) -> None:
        """The editor is given suggestions for the document as it is now."""
        self._count(answer.group, bucket_name(bucket_of(answer.latency_s * 1000)), 1)
        followed = self._followed.setdefault(answer.uri, _Followed())
        best = answer.inserts[0]
        identity = hash(plain(answer.prefix + best + answer.suffix))
        suggestion = followed.last
        if suggestion is None or suggestion.accepted or suggestion.identity != identity:
            suggestion = followed.last = Suggestion(identity=identity, group=answer.group)
            self._count(answer.group, Measure.SHOWN, 1)
            self._count(answer.group, Measure.SHOWN_CHARACTERS, len(best))
        texts = tuple(plain(answer.typed) + insert for insert in answer.inserts)
        start = len(answer.prefix) - len(answer.typed)
        followed.offers.append((answer.ids, Offer(suggestion, texts, start=start, present=answer.present)))

    def edited(self, uri: str, edits: Sequence[Edit], *, infers_parts: bool) -> None:
        """A document was edited; its text is the new one already.

        Args:
            uri: Of the document.
            edits: What one message changed, in order.
            infers_parts: Each key comes as a message of its own, so that a longer insertion which agrees with a
                suggestion is a part of it that was accepted.
        """
        followed, document = self._followed.get(uri), self._text_of(uri)
        if followed is None or document is None:
            return
        for insertion in followed.insertions:
            for edit in edits:
                insertion.span = insertion.span.after(edit)
        parts = [(offer, span) for _, offer in followed.offers if (span := offer.edited(edits, document)) is not None]
        if parts and infers_parts:
            offer, span = parts[-1]
            characters = len(plain(document[span.start : span.end]))
            self._took_part(uri, offer.suggestion, Taken(characters=characters, span=span))

    def accepted(self, identity: str) -> None:
        """The editor says that a suggestion was accepted; only the first time counts, and only of a known one."""
        for uri, followed in self._followed.items():
            for ids, offer in followed.offers:
                if identity in ids and not offer.suggestion.accepted:
                    offer.suggestion.accepted = True
                    taken = offer.taken(ids.index(identity), self._text_of(uri) or "")
                    self._took_all(uri, offer.suggestion, taken)
                    return

    def partly_accepted(self, identity: str, utf16_units: int) -> None:
        """The editor says that a suggestion was accepted up to so many UTF-16 units of its text."""
        for uri, followed in self._followed.items():
            for ids, offer in followed.offers:
                if identity in ids:
                    index = ids.index(identity)
                    units = offer.texts[index].encode("utf-16-le", "surrogatepass")[: 2 * max(utf16_units, 0)]
                    length = len(units.decode("utf-16-le", "ignore"))
                    taken = offer.taken(index, self._text_of(uri) or "", length=length)
                    self._took_part(uri, offer.suggestion, taken)
                    return

    def closed(self, uri: str) -> None:
        """Follow a document no longer; what was not looked at in time stays unknown."""
        followed = self._followed.pop(uri, None)
        for insertion in followed.insertions if followed else ():
            _call_off(insertion)

    def close(self) -> None:
        """Follow nothing any longer."""
        for uri in tuple(self._followed):
            self.closed(uri)

    def _took_all(self, uri: str, suggestion: Suggestion, taken: Taken) -> None:
        self._count(suggestion.group, Measure.ACCEPTED, 1)
        self._count(suggestion.group, Measure.ACCEPTED_CHARACTERS, taken.characters)
        if suggestion.partly:
            # It is no longer one of those of which only a part was taken.
            self._count(suggestion.group, Measure.PARTLY_ACCEPTED, -1)
        self._follow(uri, suggestion.group, taken)

    def _took_part(self, uri: str, suggestion: Suggestion, taken: Taken) -> None:
        if not taken.characters or suggestion.accepted:
            return
        if not suggestion.partly:
            suggestion.partly = True
            self._count(suggestion.group, Measure.PARTLY_ACCEPTED, 1)
        self._count(suggestion.group, Measure.PARTLY_ACCEPTED_CHARACTERS, taken.characters)
        self._follow(uri, suggestion.group, taken)

    def _follow(self, uri: str, group: Group, taken: Taken) -> None:
        document = self._text_of(uri)
        if taken.span is None or document is None:
            return
        insertion = _Insertion(span=taken.span, text=document[taken.span.start : taken.span.end], group=group)
        insertions = self._followed[uri].insertions
        if len(insertions) == MAX_INSERTIONS:
            _call_off(insertions.pop(0))
        insertions.append(insertion)
        for age in Age:
            insertion.alarms.append(self._set_alarm(age.seconds, partial(self._look, uri, insertion, age)))

    def _look(self, uri: str, insertion: _Insertion, age: Age) -> None:
        document, followed = self._text_of(uri), self._followed.get(uri)
        if document is None or followed is None:
            return
        now = document[insertion.span.start : insertion.span.end]
        size, kept = len(plain(insertion.text)), kept_characters(insertion.text, now)
        self._count(insertion.group, age.texts, 1)
        self._count(insertion.group, age.whole, int(plain(insertion.text) == plain(now)))
        self._count(insertion.group, age.characters, size)
        self._count(insertion.group, age.kept, kept)
        if age is max(Age, key=lambda known: known.seconds) and insertion in followed.insertions:
            followed.insertions.remove(insertion)


def _call_off(insertion: _Insertion) -> None:
    for alarm in insertion.alarms:
        alarm.cancel()
