"""A prompt as one text with its control tokens, for libraries that are given nothing but text."""

from codex_lsp.models.templates import render, template_named
from codex_lsp.types import Prompt


def rendered(prompt: Prompt) -> str:
    """The text in the layout of our own models."""
    return "".join(segment.text for segment in render(template_named("codex"), prompt))
