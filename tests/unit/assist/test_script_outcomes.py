"""Reports of runners, and imports of files of tests."""

import json

import pytest

from codex_lsp.assist.script_imports import Wanted, bound_names, import_line
from codex_lsp.assist.script_outcomes import outcomes_in
from codex_lsp.errors import AssistRefused


def test_a_report_is_read_and_what_is_none_is_not() -> None:
    results = [
        {"title": "a", "status": "passed", "failureMessages": []},
        {"title": "b", "status": "failed", "failureMessages": ["\n  AssertionError: 1 is 2\n at x"]},
        {"title": "b", "status": "passed"},
        {"title": "c", "status": "pending"},
    ]
    report = outcomes_in(json.dumps({"testResults": [{"message": "", "assertionResults": results}]}).encode())
    assert report is not None
    assert dict(report.tests) == {"a": "", "b": "AssertionError: 1 is 2", "c": "pending"}
    said = "  ● Test suite failed to run\n\n    SyntaxError: Unexpected token\n      at y"
    broken = outcomes_in(json.dumps({"testResults": [{"message": said, "assertionResults": []}]}).encode())
    assert broken is not None
    assert broken.message == "SyntaxError: Unexpected token"
    for text in (b"", b"[]", b'{"testResults": 3}', b'{"testResults": [{}]}', b'{"testResults": [3]}', b"\xff"):
        assert outcomes_in(text) is None


def test_what_a_file_has_is_not_imported_again() -> None:
    text = """import type { A } from "a";
import b, {
  c as d,
} from './shop.js';
const e = require("node:assert");
"""
    assert bound_names(text) == {"A": "a", "b": "./shop.js", "d": "./shop.js", "e": "node:assert"}
    assert import_line(Wanted(place="../src/shop", names=("d", "f")), text, modern=True) == (
        'import { f } from "../src/shop";'
    )
    assert import_line(Wanted(place="node:assert/strict", names=("e",), whole=True), text, modern=False) == ""
    assert import_line(Wanted(place="x", names=("g",), whole=True), text, modern=False) == 'const g = require("x");'
    with pytest.raises(AssistRefused, match="`b` means something else"):
        import_line(Wanted(place="./other", names=("b",)), text, modern=True)
