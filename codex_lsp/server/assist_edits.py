"""What an assist would change, as an edit that the client asks about before it applies it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types

from codex_lsp.assist.result import FileEdit
from codex_lsp.context.document import Document, PositionEncoding, Range
from codex_lsp.errors import AssistRefused
from codex_lsp.server.abilities import Abilities
from codex_lsp.server.conversion import lsp_range


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """A document that an edit is of, as it is now.

    Attributes:
        document: Its text.
        is_open: The client has it open, so that it knows its version.
    """

    document: Document
    is_open: bool


def workspace_edit(
    edits: Sequence[FileEdit],
    currents: Sequence[Current | None],
    *,
    encoding: PositionEncoding,
    abilities: Abilities,
) -> types.WorkspaceEdit:
    """One edit of all files; each of its changes wants to be confirmed.

    Args:
        edits: Of files.
        currents: What each is of now, open or on disk; None where there is nothing of that name.
        encoding: Of the client's positions.
        abilities: Of the client: what it cannot take is left out, or refused.

    Raises:
        AssistRefused: A document has moved on since the edit was made for it, or the client cannot create a file.
    """
    now = [_checked(edit, current, abilities) for edit, current in zip(edits, currents, strict=True)]
    if not abilities.versions:
        return types.WorkspaceEdit(
            changes={
                current.document.uri: [
                    types.TextEdit(range=span, new_text=text) for span, text in _spans(edit, encoding)
                ]
                for edit, current in zip(edits, now, strict=True)
                if current is not None
            }
        )
    changes: list[types.CreateFile | types.TextDocumentEdit] = []
    annotations: dict[str, types.ChangeAnnotation] = {}
    for number, (edit, current) in enumerate(zip(edits, now, strict=True)):
        name = f"codex-lsp-{number}" if abilities.annotates else None
        if name is not None:
            annotations[name] = types.ChangeAnnotation(
                label=edit.label, needs_confirmation=True, description=edit.description or None
            )
        changes += _changes(edit, current, name, encoding)
    return types.WorkspaceEdit(document_changes=changes, change_annotations=annotations or None)


def _checked(edit: FileEdit, current: Current | None, abilities: Abilities) -> Current | None:
    name = "the document" if edit.path is None else f"`{edit.path.name}`"
    if edit.before is None:
        if current is not None:
            raise AssistRefused(f"{name} was created meanwhile, so that nothing was changed; ask again")
        if not (abilities.versions and abilities.creates_files):
            raise AssistRefused(f"this editor creates no files by edits; create an empty {name} and ask again")
        return None
    if current is None:
        raise AssistRefused(f"{name} is gone, so that nothing was changed; ask again")
    version = edit.version if current.is_open else None
    if current.document.text != edit.before or (version is not None and current.document.version != version):
        raise AssistRefused(f"{name} has changed meanwhile, so that nothing was changed; ask again")
    return current


def _changes(
    edit: FileEdit, current: Current | None, annotation: str | None, encoding: PositionEncoding
) -> Iterator[types.CreateFile | types.TextDocumentEdit]:
    if current is None:
        uri, version = _uri(edit), None
        yield types.CreateFile(
            uri=uri,
            options=types.CreateFileOptions(overwrite=False, ignore_if_exists=False),
            annotation_id=annotation,
        )
    else:
        uri, version = current.document.uri, current.document.version if current.is_open else None
    yield types.TextDocumentEdit(
        text_document=types.OptionalVersionedTextDocumentIdentifier(uri=uri, version=version),
        edits=[
            types.TextEdit(range=span, new_text=text)
            if annotation is None
            else types.AnnotatedTextEdit(annotation_id=annotation, range=span, new_text=text)
            for span, text in _spans(edit, encoding)
        ],
    )


def _spans(edit: FileEdit, encoding: PositionEncoding) -> Iterator[tuple[types.Range, str]]:
    before = Document(uri="", language="", version=0, text=edit.before or "")
    for part in edit.edits:
        span = Range(before.position_at(part.start, encoding), before.position_at(part.end, encoding))
        yield lsp_range(span), part.text


def _uri(edit: FileEdit) -> str:
    return (edit.path or Path(edit.uri or "/")).as_uri()
