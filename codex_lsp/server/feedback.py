"""What the statistics are told of the conversation with an editor; nothing while they are switched off."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import date

from codex_lsp.completion.alarm import set_alarm
from codex_lsp.completion.pipeline import Completion
from codex_lsp.config import StatisticsSettings
from codex_lsp.context.document import Change, Document, PositionEncoding
from codex_lsp.server.documents import Documents
from codex_lsp.server.place import Place
from codex_lsp.statistics.counts import Group
from codex_lsp.statistics.ledger import Ledger
from codex_lsp.statistics.observer import Answer, Observer
from codex_lsp.statistics.span import Edit, edit_between


class Feedback:
    """Brings answers, edits and acceptances to the statistics."""

    def __init__(self, ledger: Ledger | None, documents: Documents, settings: StatisticsSettings) -> None:
        """Tell `ledger`, which may be missing, of what happens in `documents`."""
        self.infers_parts = False
        """The client sends each key as a change of its own."""
        self._ledger = ledger
        self._documents = documents
        self._observer: Observer | None = None
        self._settings: StatisticsSettings | None = None
        self.configure(settings)

    def configure(self, settings: StatisticsSettings) -> None:
        """Put settings in force; what is not written yet is forgotten when the statistics are switched off."""
        if settings == self._settings or self._ledger is None:
            return
        self._settings = settings
        self._ledger.keep_days = settings.keep_days
        if not settings.enabled:
            self._ledger.drop()
            if self._observer is not None:
                self._observer.close()
            self._observer = None
        elif self._observer is None:
            self._observer = Observer(self._ledger.add, text_of=self._text_of, set_alarm=set_alarm)

    def answered(self, place: Place, completion: Completion, ids: Sequence[str], *, asked_s: float) -> None:
        """An answer goes to the editor that was asked for at `asked_s` of the event loop's clock."""
        document = self._documents.get(place.context.uri)
        is_current = document is not None and document.version == place.version
        if self._observer is None or not completion.candidates or not is_current:
            # An editor does not show an answer for a text that it has left.
            return
        context = place.context
        group = Group(
            day=date.today().isoformat(),
            language=context.language,
            model=completion.model,
            tier=completion.tier or "",
        )
        answer = Answer(
            uri=context.uri,
            prefix=context.prefix,
            suffix=context.suffix,
            typed=place.typed,
            present=place.replaced,
            inserts=tuple(candidate.insert for candidate in completion.candidates),
            ids=tuple(ids),
            group=group,
            latency_s=asyncio.get_running_loop().time() - asked_s,
        )
        self._observer.answered(answer)

    def changed(
        self, before: Document, changes: Sequence[Change], after: Document, *, encoding: PositionEncoding
    ) -> None:
        """A document was edited."""
        observer = self._observer
        if observer is None or not observer.follows(before.uri):
            return
        edits = tuple(edits_of(before, changes, encoding))
        if len(before.text) + sum(edit.growth for edit in edits) != len(after.text):
            # Halves of a character were joined or parted on the way.
            edits = (edit_between(before.text, after.text),)
        observer.edited(before.uri, edits, infers_parts=self.infers_parts)

    def accepted(self, identity: str) -> None:
        """A suggestion was accepted."""
        if self._observer is not None:
            self._observer.accepted(identity)

    def partly_accepted(self, identity: str, utf16_units: int) -> None:
        """A suggestion was accepted up to so many UTF-16 units of its text."""
        if self._observer is not None:
            self._observer.partly_accepted(identity, utf16_units)

    def closed(self, uri: str) -> None:
        """A document was closed, or is given anew."""
        if self._observer is not None:
            self._observer.closed(uri)

    def close(self) -> None:
        """Write what is known; waits a few seconds at most."""
        if self._ledger is not None:
            self._ledger.close()

    def _text_of(self, uri: str) -> str | None:
        document = self._documents.get(uri)
        return None if document is None else document.text


def edits_of(document: Document, changes: Sequence[Change], encoding: PositionEncoding) -> Iterator[Edit]:
    """Changes as offsets, each in the text that the one before it left."""
    for number, change in enumerate(changes, start=1):
        if change.range is None:
            yield edit_between(document.text, change.text)
        else:
            start, end = sorted(
                (document.offset_at(change.range.start, encoding), document.offset_at(change.range.end, encoding))
            )
            yield Edit(start=start, end=end, text=change.text)
        if number < len(changes):
            document = document.edited([change], version=document.version, encoding=encoding)
