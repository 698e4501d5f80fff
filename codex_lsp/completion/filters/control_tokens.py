"""Control tokens of models are never shown as text."""

import re

from codex_lsp.types import Candidate, CursorContext

# The spellings of the model families in `models/templates.toml`, and of chat templates.
_CONTROL_TOKEN = re.compile(
    r"<\|[a-z_]+\|>"
    "|<\uff5c[^\uff5c\n]{1,40}\uff5c>"  # full-width bars
    r"|<(?:fim_(?:prefix|middle|suffix|pad)|file_sep|repo_name|reponame|filename)>"
    r"|<(?:PRE|SUF|MID|EOT)>"
    r"|\[(?:PREFIX|SUFFIX|MIDDLE)\]"
    r"|<\[fim-(?:prefix|middle|suffix)\]>"
    r"|</?s>"
)


def drop_control_tokens(candidate: Candidate, context: CursorContext) -> Candidate | None:
    """Drop a candidate in which a control token leaked; where the document writes of that token itself, it is text."""
    for match in _CONTROL_TOKEN.finditer(candidate.insert):
        if match[0] not in context.prefix and match[0] not in context.suffix:
            return None
    return candidate
