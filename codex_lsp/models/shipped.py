"""The models that come with the package, by the names that `model` may have."""

from dataclasses import replace

from codex_lsp.config import Settings
from codex_lsp.types import Capabilities

EMBEDDED = "embedded"
EMBEDDED_S = "embedded-s"
"""The embedded model fine-tuned on problems: it writes functions from their docstrings, and lines less well."""


def for_assists(settings: Settings) -> Settings:
    """The settings for what is asked of whole functions: of the models that come with the package, the one for that.

    >>> for_assists(Settings()).model
    'embedded-s'
    """
    if settings.model != EMBEDDED or settings.endpoint.url:
        return settings
    return replace(settings, model=EMBEDDED_S)


def of_assists(capabilities: Capabilities) -> Capabilities:
    """What the model that `for_assists` names can do, by what completion's can: they differ in their name alone."""
    return replace(capabilities, model=EMBEDDED_S) if capabilities.model == EMBEDDED else capabilities
