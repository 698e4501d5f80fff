"""The lines of a settings file that name a workspace's adapter, and how they are put into one."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from codex_lsp.errors import SettingsError

TABLE = "adapters"
_HEADER = re.compile(rf"^\s*\[\s*{TABLE}\s*\]\s*(#.*)?$")
_OTHER_HEADER = re.compile(r"^\s*\[")


def adapter_lines(workspace: Path, adapter: Path) -> str:
    """The table with one entry, as TOML."""
    return f"[{TABLE}]\n{_entry(workspace, adapter)}\n"


def with_adapter(text: str, workspace: Path, adapter: Path) -> str | None:
    """The text of a settings file with the entry in it, all else as it stands; None where a person has to do it.

    The result is read again and compared, so an unusual file is never spoilt.
    """
    try:
        wanted: dict[str, Any] = tomllib.loads(text)
        table = wanted.setdefault(TABLE, {})
        table[str(workspace)] = str(adapter)
        changed = _edited(text, workspace, adapter)
        return changed if tomllib.loads(changed) == wanted else None
    except (ValueError, TypeError, RecursionError):
        return None


def name_adapter(file: Path, workspace: Path, adapter: Path) -> None:
    """Put the entry into a settings file, whole or not at all; the file is made where there is none.

    Raises:
        SettingsError: It cannot be read or written, or is written in a way that is left to a person.
    """
    target = file.resolve()
    try:
        text = target.read_text(encoding="utf-8") if target.exists() else ""
        changed = with_adapter(text, workspace, adapter)
        if changed is None:
            raise SettingsError(f"{file}: not changed, its form is unusual; add the lines yourself")
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(target.name + ".partial")
        partial.write_text(changed, encoding="utf-8")
        partial.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o600)
        partial.replace(target)
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"{file}: cannot be changed ({error}); add the lines yourself") from error


def _entry(workspace: Path, adapter: Path) -> str:
    # A TOML basic string is written as in JSON, save for DEL, which JSON leaves as it is.
    key, value = (json.dumps(str(path), ensure_ascii=False).replace("\x7f", "\\u007f") for path in (workspace, adapter))
    return f"{key} = {value}"


def _edited(text: str, workspace: Path, adapter: Path) -> str:
    # Only a line feed ends a line of TOML; a path may hold what `splitlines` would take for one.
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    start = next((number for number, line in enumerate(lines) if _HEADER.match(line)), None)
    if start is None:
        gap = "" if not text or text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
        return text + gap + adapter_lines(workspace, adapter)
    end = next((n for n in range(start + 1, len(lines)) if _OTHER_HEADER.match(lines[n])), len(lines))
    entries = [line for line in lines[start + 1 : end] if not _names(line, workspace)]
    head = lines[start] if lines[start].endswith("\n") else lines[start] + "\n"
    return "".join([*lines[:start], head, _entry(workspace, adapter) + "\n", *entries, *lines[end:]])


def _names(line: str, workspace: Path) -> bool:
    try:
        return list(tomllib.loads(line)) == [str(workspace)]
    except ValueError:
        return False
