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
            "dataSupport": True,
            "tagSupport": {"valueSet": [1, 2]},
        },
        "completion": {"dynamicRegistration": True, "completionItem": {"documentationFormat": ["markdown"]}},
        "inlineCompletion": {},
    },
    "window": {"showDocument": {"support": True}, "workDoneProgress": True},
    "workspace": {
        "didChangeWatchedFiles": {"dynamicRegistration": True},
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
        shows_ghost_text=True,
        takes_markdown=True,
        registers_menu=True,
        shows_progress=True,
        watches_files=True,
    )


def test_a_client_that_says_nothing() -> None:
    assert told({}) == Abilities()


@pytest.mark.parametrize("operations", [["create"], ["delete"]])
def test_who_operates_on_files_knows_versions(operations: list[str]) -> None:
    found = told({"workspace": {"workspaceEdit": {"resourceOperations": operations}}})
    assert found.versions
    assert found.creates_files == ("create" in operations)


def test_what_is_not_said_of_an_action_it_cannot_be_resolved_by() -> None:
    action = ALL["textDocument"]["codeAction"] | {"dataSupport": False}
    assert not told({"textDocument": {"codeAction": action}}).resolves_edits


def test_edits_by_name_of_a_document_are_not_annotated() -> None:
    edit = {"changeAnnotationSupport": {"groupsOnLabel": True}}
    assert not told({"workspace": {"applyEdit": True, "workspaceEdit": edit}}).annotates
