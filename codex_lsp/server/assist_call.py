"""What an action's command carries through the client and back: which assist, where, of which text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from codex_lsp.assist.kind import AssistKind
from codex_lsp.context.document import Position, Range


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemCall:
    """A problem as the client told it; positions are the client's."""

    message: str
    range: Range
    source: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistCall:
    """An assist asked for.

    Attributes:
        kind: Which.
        uri: Of the document.
        position: The cursor, in the client's encoding.
        version: Of the document that the position is in; None for whatever it is now.
        target_language: What to translate to.
        problem: What to fix.
    """

    kind: AssistKind
    uri: str
    position: Position
    version: int | None = None
    target_language: str | None = None
    problem: ProblemCall | None = None

    def written(self) -> dict[str, Any]:
        """As JSON, for the client to send back."""
        members: dict[str, Any] = {"kind": self.kind.value, "uri": self.uri, "position": _written(self.position)}
        if self.version is not None:
            members["version"] = self.version
        if self.target_language is not None:
            members["targetLanguage"] = self.target_language
        if self.problem is not None:
            span = self.problem.range
            members["problem"] = {
                "message": self.problem.message,
                "range": {"start": _written(span.start), "end": _written(span.end)},
                "source": self.problem.source,
                "code": self.problem.code,
            }
        return members


def call_of(arguments: Sequence[object]) -> AssistCall:
    """What a client sent.

    Args:
        arguments: Of the command: one object.

    Raises:
        ValueError: It is none that says which assist and where; the message says what is wrong.
    """
    members = _object(arguments[0] if arguments else None, "the argument")
    uri, version, target = members.get("uri"), members.get("version"), members.get("targetLanguage")
    if not isinstance(uri, str):
        raise ValueError("`uri` is no text")  # noqa: TRY004 - of a message, not of a caller
    return AssistCall(
        kind=AssistKind(members.get("kind")),
        uri=uri,
        position=_position(members.get("position")),
        version=version if isinstance(version, int) else None,
        target_language=target if isinstance(target, str) else None,
        problem=None if members.get("problem") is None else _problem(members["problem"]),
    )


def _problem(value: object) -> ProblemCall:
    members = _object(value, "`problem`")
    span = _object(members.get("range"), "`problem.range`")
    texts = {name: text for name in ("source", "code") if isinstance(text := members.get(name), str)}
    message = members.get("message")
    return ProblemCall(
        message=message if isinstance(message, str) else "",
        range=Range(_position(span.get("start")), _position(span.get("end"))),
        **texts,
    )


def _position(value: object) -> Position:
    members = _object(value, "`position`")
    line, character = members.get("line"), members.get("character")
    if not (isinstance(line, int) and isinstance(character, int)):
        raise ValueError("`position` has no `line` and `character`")  # noqa: TRY004 - of a message, not of a caller
    return Position(line, character)


def _object(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} is no object")  # noqa: TRY004 - of a message, not of a caller
    return cast("Mapping[str, Any]", value)


def _written(position: Position) -> dict[str, int]:
    return {"line": position.line, "character": position.character}
