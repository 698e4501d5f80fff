"""From `initialized` to `shutdown`, and what changes in between: settings, folders and files."""

from lsprotocol import types

from codex_lsp.server.language_server import CodexLanguageServer


def initialized(ls: CodexLanguageServer, _: types.InitializedParams) -> None:
    """The client listens: tell it what was wrong with its settings, and load the model."""
    ls.start()


def shutdown(ls: CodexLanguageServer, _: None) -> None:
    """Begin to give back the model; the answer does not wait for it, the end of the process does."""
    ls.indexer.stop()
    ls.assists.cancel()
    ls.session.drop()


def did_change_configuration(ls: CodexLanguageServer, params: types.DidChangeConfigurationParams) -> None:
    """Put the editor's settings in force."""
    ls.apply_settings(params.settings)


def did_change_workspace_folders(ls: CodexLanguageServer, params: types.DidChangeWorkspaceFoldersParams) -> None:
    """Keep up with the open folders."""
    added, removed = params.event.added, params.event.removed
    ls.open_folders.change(added=[folder.uri for folder in added], removed=[folder.uri for folder in removed])
    ls.follow_folders()


def did_change_watched_files(ls: CodexLanguageServer, params: types.DidChangeWatchedFilesParams) -> None:
    """Keep up with the files of the workspace."""
    ls.indexer.files_changed(event.uri for event in params.changes)
