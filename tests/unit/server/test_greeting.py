from codex_lsp.server.greeting import understood


def test_what_is_read_is_kept() -> None:
    item = {"documentationFormat": ["markdown", "html", "plaintext"], "snippetSupport": True}
    completion = {"dynamicRegistration": True, "contextSupport": True, "completionItem": item}
    params = {
        "processId": 1,
        "workspaceFolders": None,
        "locale": "de",
        "initializationOptions": {"settings": {}},
        "capabilities": {
            "general": {"positionEncodings": ["utf-8"], "regularExpressions": {}},
            "textDocument": {"completion": completion, "hover": {}, "inlineCompletion": {}},
        },
    }
    assert understood(params) == {
        "processId": 1,
        "workspaceFolders": None,
        "initializationOptions": {"settings": {}},
        "capabilities": {
            "general": {"positionEncodings": ["utf-8"]},
            "textDocument": {
                "completion": {
                    "dynamicRegistration": True,
                    "completionItem": {"documentationFormat": ["markdown", "plaintext"]},
                },
                "inlineCompletion": {},
            },
        },
    }


def test_whatever_has_another_shape_is_no_reason_to_fail() -> None:
    assert understood(None) is None
    for capabilities in (None, 3, [], {"general": 1, "textDocument": {"completion": [1]}}):
        assert understood({"capabilities": capabilities}) == {"capabilities": {}}
