"""The settings in force: what the command line knows, with the editor's layer in its place between."""

import logging
from collections.abc import Mapping
from typing import Any, cast

from codex_lsp import settings_layers
from codex_lsp.config import Settings
from codex_lsp.settings_layers import Source

logger = logging.getLogger(__name__)

SECTION = "codex-lsp"
"""The key under which clients that send every server's settings have ours."""


class EditorSettings:
    """Settings to which an editor's layer is given, again and again; each layer replaces the one before."""

    def __init__(self, base: Settings, pinned: Mapping[str, Any]) -> None:
        """Start without an editor's layer.

        Args:
            base: Defaults, user file, and what is pinned.
            pinned: Environment and flags, which stand above the editor.
        """
        self._base = base
        self._pinned = pinned
        self.current = base

    def apply(self, layer: object) -> list[str]:
        """Put the editor's layer in force.

        Args:
            layer: The tree, or an object that holds it under `codex-lsp`. None and an empty object say nothing, and
                change nothing: some clients send them as a greeting.

        Returns:
            One line for each entry that was not taken.
        """
        tree = _tree(layer)
        if tree is None:
            return []
        if not isinstance(tree, Mapping):
            return [f"{Source.EDITOR}: expected an object with settings, got {type(tree).__name__}"]
        try:
            settings, problems = settings_layers.merge(self._base, cast("Mapping[str, Any]", tree), Source.EDITOR)
            # What is wrong with the pinned layer has been said when it was read.
            self.current, _ = settings_layers.merge(settings, self._pinned, Source.ENVIRONMENT)
        except Exception as error:
            # A greeting must not fail over settings, whatever is in them; the problem is shown and logged as any other.
            logger.debug("settings that cannot be merged", exc_info=True)
            return [f"{Source.EDITOR}: not taken, they cannot be read ({type(error).__name__})"]
        return problems


def _tree(layer: object) -> object:
    if isinstance(layer, Mapping):
        members = cast("Mapping[str, Any]", layer)
        return members.get(SECTION, members or None)
    return layer


def names_another_model(before: Settings, after: Settings) -> bool:
    """Whether the model has to be opened anew."""
    opened = (before.model, before.adapters, before.endpoint, before.engine)
    return opened != (after.model, after.adapters, after.endpoint, after.engine)
