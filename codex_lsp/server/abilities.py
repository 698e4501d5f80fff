"""What of an assist's answer the client can take, by its greeting."""

from dataclasses import dataclass

from lsprotocol import types


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What the client does.

    Attributes:
        applies_edits: It takes edits that the server sends by itself.
        resolves_edits: It asks for an action's edit when the action is chosen.
        takes_actions: Actions with kinds, not commands alone.
        marks_generated: It marks actions whose text comes from a model.
        versions: Its edits name versions of documents.
        creates_files: Its edits create files.
        annotates: It asks before it applies an edit that wants to be confirmed.
        shows_documents: It opens a document that the server names.
    """

    applies_edits: bool = False
    resolves_edits: bool = False
    takes_actions: bool = False
    marks_generated: bool = False
    versions: bool = False
    creates_files: bool = False
    annotates: bool = False
    shows_documents: bool = False


def abilities_of(client: types.ClientCapabilities) -> Abilities:
    """What a client says of itself."""
    action = (client.text_document and client.text_document.code_action) or types.CodeActionClientCapabilities()
    workspace = client.workspace or types.WorkspaceClientCapabilities()
    edit = workspace.workspace_edit or types.WorkspaceEditClientCapabilities()
    document = client.window and client.window.show_document
    operations = edit.resource_operations or ()
    return Abilities(
        applies_edits=workspace.apply_edit is True,
        resolves_edits=action.resolve_support is not None and "edit" in action.resolve_support.properties,
        takes_actions=action.code_action_literal_support is not None,
        marks_generated=action.tag_support is not None
        and types.CodeActionTag.LlmGenerated in action.tag_support.value_set,
        # Operations on files can only be said in changes of documents, so that who knows the one knows the other.
        versions=edit.document_changes is True or bool(operations),
        creates_files=types.ResourceOperationKind.Create in operations,
        annotates=edit.change_annotation_support is not None,
        shows_documents=document is not None and document.support,
    )
