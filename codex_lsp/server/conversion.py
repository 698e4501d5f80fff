"""Between the protocol's types and ours; the only place that builds items."""

import re
from collections.abc import Iterable, Sequence

import attrs
from lsprotocol import types

from codex_lsp.context.document import Change, Position, Range
from codex_lsp.server.place import Place, Selection
from codex_lsp.types import Candidate, Trigger

ACCEPTED = "codex-lsp.accepted"
"""The command that every item carries: the client runs it after the insertion, with the item's id."""
MAX_LABEL = 80


def position_of(position: types.Position) -> Position:
    """A position; the encoding stays the client's."""
    return Position(position.line, position.character)


def range_of(span: types.Range) -> Range:
    """A range."""
    return Range(position_of(span.start), position_of(span.end))


def lsp_range(span: Range) -> types.Range:
    """A range, for the client."""
    start, end = span.start, span.end
    return types.Range(types.Position(start.line, start.character), types.Position(end.line, end.character))


def changes_of(events: Iterable[types.TextDocumentContentChangeEvent]) -> tuple[Change, ...]:
    """Edits, in the client's order."""
    return tuple(
        Change(range=range_of(event.range), text=event.text)
        if isinstance(event, types.TextDocumentContentChangePartial)
        else Change(range=None, text=event.text)
        for event in events
    )


def selection_of(info: types.SelectedCompletionInfo | None) -> Selection | None:
    """The selected menu entry, where there is one."""
    return None if info is None else Selection(range=range_of(info.range), text=info.text)


def inline_trigger(kind: types.InlineCompletionTriggerKind) -> Trigger:
    """Who asks for ghost text."""
    return Trigger.INVOKED if kind is types.InlineCompletionTriggerKind.Invoked else Trigger.AUTOMATIC


def menu_trigger(context: types.CompletionContext | None) -> Trigger:
    """Who asks for menu entries; without a context it is a person, as far as anybody can tell."""
    invoked = context is None or context.trigger_kind is types.CompletionTriggerKind.Invoked
    return Trigger.INVOKED if invoked else Trigger.AUTOMATIC


def inline_list(candidates: Sequence[Candidate], place: Place, ids: Sequence[str]) -> types.InlineCompletionList:
    """Ghost text, best first; an empty list takes away what is shown."""
    items = [
        types.InlineCompletionItem(
            insert_text=place.typed + candidate.insert,
            range=lsp_range(place.range),
            command=_accepted(identity),
        )
        for candidate, identity in zip(candidates, ids, strict=True)
    ]
    return types.InlineCompletionList(items=items)


def menu_list(
    candidates: Sequence[Candidate], place: Place, ids: Sequence[str], *, markdown: bool
) -> types.CompletionList:
    """Menu entries in rank order; always incomplete, since the next keystroke makes others."""
    items = [
        _menu_item(place.typed + candidate.insert, rank, place, identity, markdown=markdown)
        for rank, (candidate, identity) in enumerate(zip(candidates, ids, strict=True))
    ]
    return types.CompletionList(is_incomplete=True, items=items)


def _menu_item(text: str, rank: int, place: Place, identity: str, *, markdown: bool) -> types.CompletionItem:
    first_line = text.lstrip("\n").split("\n", 1)[0]
    return types.CompletionItem(
        label=_label(first_line, whole=first_line == text),
        kind=types.CompletionItemKind.Text,
        detail="codex-lsp",
        documentation=_documentation(text, place.context.language, markdown=markdown),
        # Clients sort by it once they have filtered; with the same beginning, all entries filter alike.
        sort_text=f"{rank:04d}",
        filter_text=first_line,
        insert_text_format=types.InsertTextFormat.PlainText,
        insert_text_mode=types.InsertTextMode.AsIs,
        text_edit=types.TextEdit(range=lsp_range(place.range), new_text=text),
        command=_accepted(identity),
    )


def marked_item(item: types.CompletionItem, warning: str) -> types.CompletionItem:
    """A menu entry whose documentation begins with a warning."""
    said = item.documentation
    kind = said.kind if isinstance(said, types.MarkupContent) else types.MarkupKind.PlainText
    text = said.value if isinstance(said, types.MarkupContent) else said or ""
    documentation = types.MarkupContent(kind=kind, value=warning + text)
    return attrs.evolve(item, detail=f"{item.detail or ''} ⚠".strip(), documentation=documentation)


def _label(first_line: str, *, whole: bool) -> str:
    line = first_line.strip() or "…"
    shown = line if len(line) <= MAX_LABEL else line[: MAX_LABEL - 1] + "…"
    return shown if whole or shown.endswith("…") else f"{shown} …"


def _documentation(text: str, language: str, *, markdown: bool) -> types.MarkupContent:
    if not markdown:
        return types.MarkupContent(kind=types.MarkupKind.PlainText, value=text)
    # A fence is longer than any run of backticks inside it (CommonMark 0.31, "Fenced code blocks").
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return types.MarkupContent(kind=types.MarkupKind.Markdown, value=f"{fence}{language}\n{text}\n{fence}")


def _accepted(identity: str) -> types.Command:
    return types.Command(title="Suggestion accepted", command=ACCEPTED, arguments=[identity])
