from lsprotocol import types

from codex_lsp.context.document import Change, Document, Position, PositionEncoding, Range
from codex_lsp.server import conversion
from codex_lsp.server.place import Place, place_of_word
from codex_lsp.types import Candidate, Trigger


def candidate(insert: str) -> Candidate:
    return Candidate(index=0, text=insert, tokens=(), finish_reason=None, kept=len(insert), insert=insert)


def place(text: str) -> Place:
    document = Document(uri="file:///a.py", language="python", version=1, text=text)
    return place_of_word(document, Position(99, 0), PositionEncoding.UTF16, path="a.py")


def menu(text: str, *inserts: str, markdown: bool = True) -> list[types.CompletionItem]:
    ids = [str(number) for number in range(len(inserts))]
    made = conversion.menu_list([candidate(insert) for insert in inserts], place(text), ids, markdown=markdown)
    assert made.is_incomplete
    return list(made.items)


def test_edits() -> None:
    span = types.Range(types.Position(0, 1), types.Position(2, 3))
    events: list[types.TextDocumentContentChangeEvent] = [
        types.TextDocumentContentChangePartial(range=span, text="x"),
        types.TextDocumentContentChangeWholeDocument(text="y"),
    ]
    ours = Range(Position(0, 1), Position(2, 3))
    assert conversion.changes_of(events) == (Change(range=ours, text="x"), Change(range=None, text="y"))
    assert conversion.lsp_range(ours) == span


def test_who_asks() -> None:
    assert conversion.inline_trigger(types.InlineCompletionTriggerKind.Invoked) is Trigger.INVOKED
    assert conversion.inline_trigger(types.InlineCompletionTriggerKind.Automatic) is Trigger.AUTOMATIC
    typed = types.CompletionContext(trigger_kind=types.CompletionTriggerKind.TriggerCharacter, trigger_character=".")
    assert conversion.menu_trigger(typed) is Trigger.AUTOMATIC
    assert conversion.menu_trigger(None) is Trigger.INVOKED


def test_an_inline_item_begins_with_what_its_range_covers() -> None:
    made = conversion.inline_list([candidate("me(1)")], place("na"), ["7"])
    item = made.items[0]
    assert item.insert_text == "name(1)"
    assert item.range == types.Range(types.Position(0, 0), types.Position(0, 2))
    assert item.command is not None
    assert (item.command.command, item.command.arguments) == ("codex-lsp.accepted", ["7"])


def test_a_menu_entry_of_several_lines_shows_its_first() -> None:
    (item,) = menu("x = 1\nfo", "r x in y:\n    print(x)")
    assert item.label == "for x in y: …"
    assert item.filter_text == "for x in y:"
    assert isinstance(item.text_edit, types.TextEdit)
    assert item.text_edit.new_text == "for x in y:\n    print(x)"
    assert item.insert_text_mode is types.InsertTextMode.AsIs


def test_labels_are_never_empty_nor_endless() -> None:
    labels = [item.label for item in menu("x = ", "y" * 200, "\n    return x", "(\n")]
    assert labels == ["y" * 79 + "…", "return x …", "( …"]


def test_menu_entries_sort_by_rank() -> None:
    orders = [item.sort_text or "" for item in menu("x = ", *"abcdefghijkl")]
    assert orders == sorted(orders)


def test_a_fence_is_longer_than_what_it_holds() -> None:
    (item,) = menu("x = ", '"""\n```\n````\n"""')
    assert isinstance(item.documentation, types.MarkupContent)
    assert item.documentation.value.startswith("`````python\n")
    assert item.documentation.value.endswith("\n`````")
    (plain,) = menu("x = ", "1", markdown=False)
    assert plain.documentation == types.MarkupContent(kind=types.MarkupKind.PlainText, value="1")
