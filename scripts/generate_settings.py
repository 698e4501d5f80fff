"""Writes the settings of `codex_lsp/config.py` into the clients and the reference page.

python scripts/generate_settings.py          write
python scripts/generate_settings.py --check  fail where a file is out of step
"""

import argparse
import difflib
import json
import sys
import textwrap
from pathlib import Path
from typing import Any

from codex_lsp import config
from codex_lsp.config import SettingDescription

ROOT = Path(__file__).resolve().parent.parent
EXTENSION_MANIFEST = ROOT / "vscode-client" / "package.json"
CLIENT_SETTINGS = ROOT / "vscode-client" / "client-settings.json"
NEOVIM_HELP = ROOT / "nvim-client" / "doc" / "codex-lsp.txt"
REFERENCE = ROOT / "docs" / "reference" / "settings.md"
HELP_BEGIN = "*codex-lsp-settings-begin*"
HELP_END = "*codex-lsp-settings-end*"
HELP_WIDTH = 78
JSON_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", tuple: "array", dict: "object"}


def json_schema(item: SettingDescription) -> dict[str, Any]:
    """The JSON schema of one setting, as an extension manifest wants it."""
    default = list(item.default) if isinstance(item.default, tuple) else item.default
    schema: dict[str, Any] = {
        "type": JSON_TYPES[type(item.default)],
        "default": default,
        "markdownDescription": item.doc,
    }
    if isinstance(item.default, tuple):
        schema["items"] = {"type": "string"} | ({"enum": list(item.choices)} if item.choices else {})
    if isinstance(item.default, dict):
        schema["additionalProperties"] = {"type": "string"}
    if item.choices and not isinstance(item.default, tuple):
        schema["enum"] = list(item.choices)
    if item.low is not None:
        schema["minimum"] = item.low
    if item.high is not None:
        schema["maximum"] = item.high
    # A repository's own .vscode/settings.json must not choose what runs or where source is sent.
    schema["scope"] = "machine" if item.machine else "window"
    return schema


def extension_manifest() -> str:
    """`vscode-client/package.json` with its configuration section renewed."""
    manifest = json.loads(EXTENSION_MANIFEST.read_text(encoding="utf-8"))
    properties: dict[str, Any] = json.loads(CLIENT_SETTINGS.read_text(encoding="utf-8"))
    properties |= {f"codex-lsp.{item.name}": json_schema(item) for item in config.describe()}
    manifest["contributes"]["configuration"] = {"title": "Codex LSP", "properties": properties}
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"


def bounds(item: SettingDescription) -> str:
    """What values a setting takes, in words."""
    if item.choices:
        names = ", ".join(f"`{choice}`" for choice in item.choices)
        return f"list of {names}" if isinstance(item.default, tuple) else names
    if item.low is not None and item.high is not None:
        return f"{item.low:g} to {item.high:g}"
    if isinstance(item.default, bool):
        return "true or false"
    if isinstance(item.default, dict):
        return "table of folders; a JSON object in the environment"
    return "list of texts" if isinstance(item.default, tuple) else "text"


def shown_default(item: SettingDescription) -> str:
    """A default as JSON, which TOML and Lua read alike for these types."""
    return json.dumps(list(item.default) if isinstance(item.default, tuple) else item.default)


def neovim_help() -> str:
    """The help file with the text between its two marks renewed."""
    text = NEOVIM_HELP.read_text(encoding="utf-8")
    head, rest = text.split(HELP_BEGIN, 1)
    _, tail = rest.split(HELP_END, 1)
    entries: list[str] = []
    for item in config.describe():
        doc = textwrap.fill(item.doc.replace("`", "'"), HELP_WIDTH - 8, initial_indent="    ", subsequent_indent="    ")
        value = bounds(item).replace("`", "")
        entries.append(f"{item.name}\n{doc}\n    Default: {shown_default(item)} ({value})\n")
    return f"{head}{HELP_BEGIN}\n\n" + "\n".join(entries) + f"\n{HELP_END}{tail}"


def reference() -> str:
    """The settings page."""
    lines = [
        "# Settings",
        "",
        "Generated from `codex_lsp/config.py` by `make generate`.",
        "",
        "Weakest first: defaults, `codex-lsp.toml` in your configuration folder, editor settings, environment, flags.",
        "Settings marked *yours alone* are never taken from a workspace. The key of an endpoint is read from",
        f"`{config.API_KEY_VARIABLE}` and from nowhere else.",
        "",
        "| setting | default | values | what it does | environment |",
        "|---|---|---|---|---|",
    ]
    for item in config.describe():
        note = " *Yours alone.*" if item.machine else ""
        cells = (
            f"`{item.name}`",
            f"`{shown_default(item)}`",
            bounds(item),
            item.doc + note,
            f"`{item.environment_variable}`",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the files, or compare them."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--check", action="store_true", help="compare only")
    check = arguments.parse_args().check
    stale = 0
    for path, content in (
        (EXTENSION_MANIFEST, extension_manifest()),
        (NEOVIM_HELP, neovim_help()),
        (REFERENCE, reference()),
    ):
        current = path.read_text(encoding="utf-8") if path.exists() else ""
        if current == content:
            continue
        stale += 1
        if check:
            diff = difflib.unified_diff(current.splitlines(), content.splitlines(), str(path), "generated", lineterm="")
            sys.stderr.write("\n".join(diff) + f"\n{path.relative_to(ROOT)} is out of step; run make generate\n")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
