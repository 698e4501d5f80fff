from typing import Any

import pytest

from codex_lsp.server.changes import understood_change, uri_of


def test_nulls_of_older_clients_are_left_out() -> None:
    change = {"range": None, "rangeLength": None, "text": "a"}
    params = {"textDocument": {"uri": "u", "version": None}, "contentChanges": [change]}
    expected = {"textDocument": {"uri": "u", "version": 8}, "contentChanges": [{"text": "a"}]}
    assert understood_change(params, 7) == expected
    assert understood_change({"textDocument": {"uri": "u"}, "contentChanges": [change]}, 7) == expected


@pytest.mark.parametrize(
    "params",
    [
        None,
        [],
        {},
        {"textDocument": None, "contentChanges": None},
        {"textDocument": {"uri": "u", "version": 0}, "contentChanges": [3, {"range": {}, "text": None}]},
    ],
)
def test_what_is_no_such_null_stays(params: Any) -> None:
    assert understood_change(params, 7) == params


def test_the_uri() -> None:
    assert uri_of({"textDocument": {"uri": "u"}}) == "u"
    for params in (None, {}, {"textDocument": 3}, {"textDocument": {"uri": 3}}):
        assert uri_of(params) is None
