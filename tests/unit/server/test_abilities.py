from typing import Any

import pytest
from lsprotocol import types
from pygls.protocol import default_converter

from codex_lsp.server.abilities import Abilities, abilities_of
from codex_lsp.server.greeting import understood

ALL: dict[str, Any] = {
    "textDocument": {
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}},
            "resolveSupport": {"properties": ["edit", "command"]},
            "tagSupport": {"valueSet": [1, 2]},
        }
    },
    "window": {"showDocument": {"support": True}},
    "workspace": {
        "applyEdit": True,
        "workspaceEdit": {
            "documentChanges": True,
            "resourceOperations": ["create", "rename", "something newer"],
            "changeAnnotationSupport": {},
        },
    },
}


def told(capabilities: dict[str, Any]) -> Abilities:
    params = understood({"processId": None, "rootUri": None, "capabilities": capabilities})
    return abilities_of(default_converter().structure(params, types.InitializeParams).capabilities)


def test_a_whole_client() -> None:
    assert told(ALL) == Abilities(
        applies_edits=True,
        resolves_edits=True,
        takes_actions=True,
        marks_generated=True,
        versions=True,
        creates_files=True,
        annotates=True,
        shows_documents=True,
    )


def test_a_client_that_says_nothing() -> None:
    assert told({}) == Abilities()


@pytest.mark.parametrize("operations", [["create"], ["delete"]])
def test_who_operates_on_files_knows_versions(operations: list[str]) -> None:
    found = told({"workspace": {"workspaceEdit": {"resourceOperations": operations}}})
    assert found.versions
    assert found.creates_files == ("create" in operations)
