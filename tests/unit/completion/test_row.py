"""A row and what a person types: compared by what is shown, not by what was sampled."""

from codex_lsp.completion.row import Row
from codex_lsp.completion.settled import place_at
from codex_lsp.types import Delta, FinishReason
from tests.unit.completion.scenes import context_of


def test_typing_what_is_shown_agrees_where_a_sampled_blank_is_not_shown() -> None:
    row = Row(0, place_at(context_of("def f():\n    ║\n")))
    row.take(Delta(index=0, text=" return 1", tokens=(), finish_reason=FinishReason.STOP))
    assert row.agrees_with("re")
    assert not row.agrees_with(" re")
