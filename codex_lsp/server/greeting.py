"""What of `initialize` is read; the rest is left alone.

A client newer than this server says things that the protocol's types here do not know yet, and would be refused for
one such word. It also saves the time to look at a few hundred capabilities that nothing here depends on.
"""

from collections.abc import Mapping
from typing import Any, cast

_MEMBERS = ("processId", "rootUri", "rootPath", "workspaceFolders", "initializationOptions")
_DOCUMENTATION = ("textDocument", "completion", "completionItem", "documentationFormat")
_OPERATIONS = ("workspace", "workspaceEdit", "resourceOperations")
_TAGS = ("textDocument", "codeAction", "tagSupport", "valueSet")
_CAPABILITIES = (
    ("general", "positionEncodings"),
    ("window", "workDoneProgress"),
    ("workspace", "didChangeWatchedFiles", "dynamicRegistration"),
    ("textDocument", "inlineCompletion"),
    ("textDocument", "completion", "dynamicRegistration"),
    _DOCUMENTATION,
    ("window", "showDocument", "support"),
    ("workspace", "applyEdit"),
    ("workspace", "workspaceEdit", "documentChanges"),
    ("workspace", "workspaceEdit", "changeAnnotationSupport"),
    _OPERATIONS,
    _TAGS,
    ("textDocument", "codeAction", "resolveSupport", "properties"),
    ("textDocument", "codeAction", "dataSupport"),
    ("textDocument", "codeAction", "codeActionLiteralSupport", "codeActionKind", "valueSet"),
)
_KNOWN: Mapping[tuple[str, ...], tuple[str | int, ...]] = {
    _DOCUMENTATION: ("plaintext", "markdown"),
    _OPERATIONS: ("create", "rename", "delete"),
    _TAGS: (1,),
}
"""Lists of words that newer clients may add to."""


def understood(params: object) -> object:
    """The parameters of `initialize` without what this server does not read; what is no object stays as it is.

    >>> understood({"rootUri": None, "clientInfo": {}, "capabilities": {"window": {"workDoneProgress": True, "x": 1}}})
    {'rootUri': None, 'capabilities': {'window': {'workDoneProgress': True}}}
    """
    if not isinstance(params, Mapping):
        return params
    members = cast("Mapping[str, Any]", params)
    kept: dict[str, Any] = {name: members[name] for name in _MEMBERS if name in members}
    capabilities: dict[str, Any] = {}
    for path in _CAPABILITIES:
        value = _found(members.get("capabilities"), path)
        if path in _KNOWN and isinstance(value, list):
            value = [word for word in cast("list[Any]", value) if word in _KNOWN[path]]
        if value is not None:
            _put(capabilities, path, value)
    return kept | {"capabilities": capabilities}


def _found(value: object, path: tuple[str, ...]) -> object:
    for name in path:
        value = cast("Mapping[str, Any]", value).get(name) if isinstance(value, Mapping) else None
    return value


def _put(tree: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    for name in path[:-1]:
        tree = tree.setdefault(name, {})
    tree[path[-1]] = value
