"""Completes three real files under `examples/` and says how to connect an editor.

Each line runs the command that it shows; nothing here but the choice of cursors.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-m", "codex_lsp", "complete"]
# File, the text just before the cursor, and what the file shows.
CURSORS = (
    ("examples/summary.py", 'or 0.0 if there are none."""\n    ', "a function with a name and a docstring"),
    ("examples/settings.py", "if the name is unknown\n        ", "a comment above an empty line"),
    ("examples/cart.py", "self.items.append(", "the middle of a half-written line, a bracket after the cursor"),
)


def location(path: Path, before: str) -> str:
    """`FILE:LINE:COLUMN` (1-based) of the place just after `before`, which the file holds once."""
    text = path.read_text(encoding="utf-8")
    if text.count(before) != 1:
        message = f"{path}: expected {before!r} exactly once; restore the file with git checkout"
        raise SystemExit(message)
    prefix = text[: text.index(before) + len(before)]
    line = prefix.count("\n") + 1
    column = len(prefix) - (prefix.rfind("\n") + 1) + 1
    return f"{path.relative_to(ROOT)}:{line}:{column}"


def main() -> int:
    """Run the three completions."""
    for name, before, what in CURSORS:
        place = location(ROOT / name, before)
        sys.stdout.write(f"\n── {what}\n$ codex-lsp complete {place}\n")
        sys.stdout.flush()
        code = subprocess.run([*COMMAND, place], cwd=ROOT, check=False).returncode
        if code:
            return code
    binary = Path(sys.executable).parent / "codex-lsp"
    sys.stdout.write(
        "\n── connect an editor\n"
        f"Neovim 0.12:  nvim --cmd 'set rtp+={ROOT}/nvim-client' "
        f"--cmd \"let g:codex_lsp = {{'cmd': ['{binary}', 'serve']}}\" FILE\n"
        "VS Code:      make vsix, install vscode-client/dist/codex-lsp.vsix, "
        f'set codex-lsp.server.command to ["{binary}"]\n'
        f"Any other:    run {binary} serve as the language server (stdio, textDocument/inlineCompletion)\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
