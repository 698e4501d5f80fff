"""Fields of a benchmark's line that are no plain text: names that may be numbers, lists, JSON in a text."""

import json
from typing import Any, cast

from codex_lsp.evaluation.json_lines import Line


def name_of(line: Line, *fields: str) -> str:
    """The first of these fields that is a text or a whole number.

    Raises:
        UsageError: None is.
    """
    for field in fields:
        value = line.value.get(field)
        if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
            return str(value)
    raise line.error(f"no `{fields[0]}`")


def texts_of(line: Line, *fields: str) -> tuple[str, ...]:
    """The first of these fields that is there, as texts; empty where none is.

    Raises:
        UsageError: It is no list of texts.
    """
    field = next((field for field in fields if line.value.get(field) is not None), None)
    if field is None:
        return ()
    value = line.value[field]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in cast("list[object]", value)):
        raise line.error(f"`{field}` is not a list of texts")
    return tuple(cast("list[str]", value))


def json_of(line: Line, field: str, kind: type[Any]) -> Any:
    """The value of a field that holds JSON as a text, or the value itself; an empty one where there is none.

    Raises:
        UsageError: It is no JSON, or not of this kind.
    """
    value = line.value.get(field)
    try:
        found = json.loads(value) if isinstance(value, str) and value.strip() else value
    except (ValueError, RecursionError) as error:
        raise line.error(f"`{field}` is not JSON ({error})") from error
    if found in (None, ""):
        return kind()
    if not isinstance(found, kind):
        raise line.error(f"`{field}` is not a {kind.__name__}")
    return found
