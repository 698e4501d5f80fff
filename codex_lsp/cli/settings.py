"""The settings of a command: defaults, user file, environment and flags put over each other."""

import os
from collections.abc import Mapping
from pathlib import Path

from codex_lsp import settings_layers
from codex_lsp.cli.output import progress
from codex_lsp.config import USER_FILE_NAME, Settings
from codex_lsp.errors import UsageError
from codex_lsp.settings_layers import Source


def user_file() -> Path:
    """Where a person's own settings live, for example `~/.config/codex-lsp/codex-lsp.toml`."""
    # Imported here: every command's module is imported to parse a command line, also where only training is installed.
    import platformdirs

    return Path(platformdirs.user_config_dir("codex-lsp", appauthor=False)) / USER_FILE_NAME


def load_settings(flags: Mapping[str, str | int | float | bool]) -> tuple[Settings, list[str]]:
    """Merge all layers that a command line has.

    Args:
        flags: Setting names (`model`, `completion.n`) and the values given for them.

    Returns:
        The settings, and one line for each entry that was not taken.

    Raises:
        SettingsError: The user file cannot be read.
    """
    settings = Settings()
    problems: list[str] = []
    layers = (
        (settings_layers.read_file(user_file()), Source.USER_FILE),
        (settings_layers.environment_layer(os.environ), Source.ENVIRONMENT),
        (dict(flags), Source.FLAG),
    )
    for layer, source in layers:
        settings, found = settings_layers.merge(settings, layer, source)
        problems += found
    return settings, problems


def settings_of_command(flags: Mapping[str, str | int | float | bool]) -> Settings:
    """The same for a command that a person waits for: an entry that was not taken is told, a flag's is an error.

    Raises:
        SettingsError: The user file cannot be read.
        UsageError: A flag's value was not taken.
    """
    settings, problems = load_settings(flags)
    for problem in problems:
        if problem.startswith(f"{Source.FLAG}: "):
            raise UsageError(problem)
        progress(f"codex-lsp: {problem}")
    return settings
