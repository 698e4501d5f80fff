"""What the client can do, by its greeting."""

from dataclasses import dataclass

from lsprotocol import types


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What the client does.

    Attributes:
        applies_edits: It takes edits that the server sends by itself.
        resolves_edits: It asks for an action's edit when the action is chosen, and says then which action that is.
        takes_actions: Actions with kinds, not commands alone.
        marks_generated: It marks actions whose text comes from a model.
        versions: Its edits name versions of documents.
        creates_files: Its edits create files.
        annotates: It asks before it applies an edit that wants to be confirmed.
        shows_documents: It opens a document that the server names.
        shows_ghost_text: It asks for inline completions.
        takes_markdown: A menu entry's documentation may be Markdown.
        registers_menu: It can be told at run time that there is a menu.
        shows_progress: It shows a progress that the server begins.
        watches_files: It can be asked to tell of files that change beside it.
    """

    applies_edits: bool = False
    resolves_edits: bool = False
    takes_actions: bool = False
    marks_generated: bool = False
    versions: bool = False
    creates_files: bool = False
    annotates: bool = False
    shows_documents: bool = False
    shows_ghost_text: bool = False
    takes_markdown: bool = False
    registers_menu: bool = False
    shows_progress: bool = False
    watches_files: bool = False


def abilities_of(client: types.ClientCapabilities) -> Abilities:
    """What a client says of itself."""
    document = client.text_document or types.TextDocumentClientCapabilities()
    workspace = client.workspace or types.WorkspaceClientCapabilities()
    window = client.window or types.WindowClientCapabilities()
    action = document.code_action or types.CodeActionClientCapabilities()
    menu = document.completion or types.CompletionClientCapabilities()
    edit = workspace.workspace_edit or types.WorkspaceEditClientCapabilities()
    watched = workspace.did_change_watched_files
    operations = edit.resource_operations or ()
    # Operations on files can only be said in changes of documents, so that who knows the one knows the other.
    versions = edit.document_changes is True or bool(operations)
    entry = menu.completion_item
    return Abilities(
        applies_edits=workspace.apply_edit is True,
        # What is resolved is known by its data alone.
        resolves_edits=action.resolve_support is not None
        and "edit" in action.resolve_support.properties
        and action.data_support is True,
        takes_actions=action.code_action_literal_support is not None,
        marks_generated=action.tag_support is not None
        and types.CodeActionTag.LlmGenerated in action.tag_support.value_set,
        versions=versions,
        creates_files=types.ResourceOperationKind.Create in operations,
        # Only changes of documents can be annotated.
        annotates=versions and edit.change_annotation_support is not None,
        shows_documents=window.show_document is not None and window.show_document.support,
        shows_ghost_text=document.inline_completion is not None,
        takes_markdown=entry is not None and types.MarkupKind.Markdown in (entry.documentation_format or ()),
        registers_menu=menu.dynamic_registration is True,
        shows_progress=window.work_done_progress is True,
        watches_files=watched is not None and watched.dynamic_registration is True,
    )
