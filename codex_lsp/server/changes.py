"""Changes of documents, and diagnostics, as clients send them, brought to the form that the protocol's types know.

Up to LSP 3.15 a document's version could be null, and some clients write null for a range that they mean to leave out.
Diagnostics are other servers': they come back from the client with whatever those put into them.
"""

from collections.abc import Mapping
from typing import Any, cast

_NULL_IS_ABSENT = ("range", "rangeLength")
_OF_DIAGNOSTIC = ("range", "message", "code", "source")


def understood_change(params: object, known_version: int) -> object:
    """The parameters of `textDocument/didChange` without nulls; what is no object stays as it is.

    Args:
        params: As sent.
        known_version: Of the document so far; a change without a version makes the next one.

    >>> understood_change({"textDocument": {"version": None}, "contentChanges": [{"range": None, "text": "a"}]}, 1)
    {'textDocument': {'version': 2}, 'contentChanges': [{'text': 'a'}]}
    """
    if not isinstance(params, Mapping):
        return params
    members = dict(cast("Mapping[str, Any]", params))
    identifier, changes = members.get("textDocument"), members.get("contentChanges")
    if isinstance(identifier, Mapping) and cast("Mapping[str, Any]", identifier).get("version") is None:
        members["textDocument"] = {**identifier, "version": known_version + 1}
    if isinstance(changes, list):
        members["contentChanges"] = [_without_nulls(change) for change in cast("list[Any]", changes)]
    return members


def understood_diagnostics(holder: object) -> object:
    """An object whose `diagnostics` have what is read of them alone; what is no object stays as it is.

    >>> understood_diagnostics({"diagnostics": [{"message": {"value": "no"}, "code": None, "severity": 9}, 3]})
    {'diagnostics': [{'message': 'no'}]}
    """
    if not isinstance(holder, Mapping):
        return holder
    members = cast("Mapping[str, Any]", holder)
    found = members.get("diagnostics")
    if not isinstance(found, list):
        return members
    return {**members, "diagnostics": [_plain(each) for each in cast("list[Any]", found) if isinstance(each, Mapping)]}


def uri_of(params: object) -> str | None:
    """The URI of the document that parameters of a message name, as far as they do."""
    identifier = cast("Mapping[str, Any]", params).get("textDocument") if isinstance(params, Mapping) else None
    uri = cast("Mapping[str, Any]", identifier).get("uri") if isinstance(identifier, Mapping) else None
    return uri if isinstance(uri, str) else None


def _without_nulls(change: object) -> object:
    if not isinstance(change, Mapping):
        return change
    members = cast("Mapping[str, Any]", change)
    return {name: value for name, value in members.items() if value is not None or name not in _NULL_IS_ABSENT}


def _plain(diagnostic: Mapping[str, Any]) -> dict[str, Any]:
    """What is read of a diagnostic; a message in Markdown and a code with a link as their texts."""
    kept = {name: diagnostic[name] for name in _OF_DIAGNOSTIC if diagnostic.get(name) is not None}
    return {
        name: value.get("value", "") if name in ("message", "code") and isinstance(value, Mapping) else value
        for name, value in kept.items()
    }
