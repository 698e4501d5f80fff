"""What is chosen for a place, and how long it stands."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.config import ContextSettings
from codex_lsp.context.neighbours import REGION_LINES, Neighbours
from codex_lsp.context.prompt import snippet_tokens
from codex_lsp.context.source_index import SourceIndex, read_file
from codex_lsp.types import CursorContext, Snippet

TILL = 'class Till:\n    """Holds money."""\n\n    def take(self, amount: int) -> None:\n        self.money += amount\n'
ORDERS = "def print_order(order, printer):\n    printer.write(order.title)\n    printer.feed(order.margin)\n"


def count(text: str) -> int:
    return -(-len(text) // 3)


def put(index: SourceIndex, path: str, text: str) -> None:
    index.add(read_file(text, key=f"/work/{path}", path=path, language="python"))


def context_at(prefix: str, suffix: str = "", *, path: str = "app.py") -> CursorContext:
    return CursorContext(uri=f"file:///work/{path}", path=path, language="python", prefix=prefix, suffix=suffix)


@pytest.fixture
def index() -> SourceIndex:
    index = SourceIndex()
    put(index, "shop/till.py", TILL)
    put(index, "shop/orders.py", ORDERS)
    return index


def chosen(neighbours: Neighbours, context: CursorContext, max_tokens: int = 400) -> tuple[Snippet, ...]:
    return neighbours.snippets(context, max_tokens=max_tokens, count_tokens=count)


def test_definitions_of_names_in_use(index: SourceIndex) -> None:
    neighbours = Neighbours(index, ContextSettings(snippet_threshold=1.0, definitions=True))
    (snippet,) = chosen(neighbours, context_at("from shop.till import Till\n\ntill = Till("))
    assert snippet.path == "shop/till.py"
    assert snippet.text == 'class Till:\n    """Holds money."""\n    def take(self, amount: int) -> None:'
    assert chosen(Neighbours(index, ContextSettings(snippet_threshold=1.0)), context_at("Till(")) == ()


def test_a_name_defined_everywhere_counts_where_it_is_imported(index: SourceIndex) -> None:
    for number in range(5):
        put(index, f"other{number}.py", "def take(nothing): pass\n")
    neighbours = Neighbours(index, ContextSettings(snippet_threshold=1.0, definitions=True))
    assert chosen(neighbours, context_at("take(")) == ()
    found = chosen(neighbours, context_at("import other3\nother3.take(", path="b.py"))
    assert [snippet.path for snippet in found] == ["other3.py"]


def test_similar_pieces_the_likest_last(index: SourceIndex) -> None:
    put(index, "shop/labels.py", "def print_label(printer):\n    printer.write('label')\n")
    neighbours = Neighbours(index, ContextSettings(snippet_threshold=0.05))
    found = chosen(neighbours, context_at("def send(order, printer):\n    printer.feed(order.margin)\n    printer.wr"))
    assert [snippet.path for snippet in found] == ["shop/labels.py", "shop/orders.py"]


def test_below_the_threshold_nothing_is_added(index: SourceIndex) -> None:
    place = context_at("margin = colour(paper, tray, ink, toner)\nsheet = ")
    assert chosen(Neighbours(index, ContextSettings(snippet_threshold=0.0)), place)
    assert chosen(Neighbours(index, ContextSettings(snippet_threshold=0.5)), place) == ()


def test_the_document_itself_is_no_neighbour(index: SourceIndex) -> None:
    neighbours = Neighbours(index, ContextSettings(snippet_threshold=0.0))
    place = context_at(ORDERS, path="shop/orders.py")
    assert all(snippet.path != "shop/orders.py" for snippet in chosen(neighbours, place))
    elsewhere = replace(place, uri="file:///link/shop/orders.py")
    assert all(snippet.path != "shop/orders.py" for snippet in chosen(neighbours, elsewhere))


def test_one_region_has_the_same_snippets(index: SourceIndex) -> None:
    neighbours = Neighbours(index, ContextSettings(snippet_threshold=0.0))
    text = "printer.feed(order.margin)\n"
    first = chosen(neighbours, context_at(text))
    assert first
    for lines in range(1, REGION_LINES):
        assert chosen(neighbours, context_at(text + "till = Till()\n" * lines)) is first
    assert chosen(neighbours, context_at(text + "till = Till()\n" * 2 * REGION_LINES)) != first


def test_snippets_of_a_file_that_is_gone_are_not_kept(index: SourceIndex) -> None:
    neighbours = Neighbours(index, ContextSettings(snippet_threshold=0.0))
    place = context_at("printer.feed(order.margin)\n")
    assert "shop/orders.py" in [snippet.path for snippet in chosen(neighbours, place)]
    index.remove("/work/shop/orders.py")
    assert "shop/orders.py" not in [snippet.path for snippet in chosen(neighbours, place)]


def test_a_new_index_is_looked_at_when_it_is_told(index: SourceIndex) -> None:
    neighbours = Neighbours(index, ContextSettings(snippet_threshold=0.0))
    place = context_at("scanner.sweep()\n")
    assert chosen(neighbours, place) == ()
    put(index, "scan.py", "def sweep(scanner):\n    scanner.lamp()\n")
    assert chosen(neighbours, place) == ()
    neighbours.refresh()
    assert chosen(neighbours, place)


@pytest.mark.parametrize("path", [".env.py", "keys/id_rsa.py", ".aws/tool.py"])
def test_secret_files_are_never_shown_whatever_the_index_holds(path: str) -> None:
    index = SourceIndex()
    put(index, path, "PASSWORD_OF_PRINTER = 'hunter2'\ndef printer_password(): pass\n")
    neighbours = Neighbours(index, ContextSettings(snippet_threshold=0.0))
    assert chosen(neighbours, context_at("PASSWORD_OF_PRINTER, printer_password(")) == ()


def test_excluded_files_are_never_shown(index: SourceIndex) -> None:
    neighbours = Neighbours(index, ContextSettings(snippet_threshold=0.0), is_excluded=lambda path: "orders" in path)
    assert chosen(neighbours, context_at("printer.feed(order.margin)\n")) == ()


def test_the_owner_is_told_of_the_first_use(index: SourceIndex) -> None:
    told: list[bool] = []
    neighbours = Neighbours(index, on_first_use=lambda: told.append(True))
    for _ in range(3):
        chosen(neighbours, context_at("a\n"))
    assert told == [True]


def test_recent_documents_come_a_bit_ahead(index: SourceIndex) -> None:
    put(index, "a.py", "printer.feed(margin)\n")
    put(index, "b.py", "printer.feed(margin)\n")
    neighbours = Neighbours(index, ContextSettings(definitions=False, snippet_threshold=0.0))
    neighbours.visited("file:///work/b.py")
    assert chosen(neighbours, context_at("printer.feed("))[-1].path == "b.py"


def test_where_somebody_wrote_comes_ahead_of_what_is_open() -> None:
    index = SourceIndex()
    for name in ("a.py", "b.py"):
        put(index, name, "printer.feed(margin)\n")
    neighbours = Neighbours(index, ContextSettings(definitions=False, snippet_threshold=0.0))
    chosen(neighbours, context_at("printer.", path="a.py"))
    neighbours.visited("file:///work/b.py")
    assert chosen(neighbours, context_at("printer.feed("))[-1].path == "a.py"


LINES = st.lists(st.sampled_from(["Till", "printer", "order.margin", "x = 1", "take(", "\ud800", "😋"]), max_size=40)


@given(before=LINES, text=LINES, max_tokens=st.integers(0, 300), definitions=st.booleans())
def test_snippets_stay_within_their_budget(
    *, before: list[str], text: list[str], max_tokens: int, definitions: bool
) -> None:
    index = SourceIndex()
    put(index, "shop/till.py", TILL * 20)
    put(index, "shop/orders.py", ORDERS * 20)
    put(index, "shop/more.py", "\n".join(text))
    settings = ContextSettings(snippet_threshold=0.0, definitions=definitions)
    place = context_at("\n".join(before))
    found = chosen(Neighbours(index, settings), place, max_tokens)
    assert sum(snippet_tokens(snippet, count) for snippet in found) <= max_tokens
    assert found == chosen(Neighbours(index, settings), place, max_tokens)
    assert all("\ud800" not in snippet.text for snippet in found)
