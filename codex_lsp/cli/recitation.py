"""The fingerprints of what the embedded model learned from, which come with the program."""

from pathlib import Path

from codex_lsp.completion.filters.recitation import RecitationFilter
from codex_lsp.completion.fingerprints import Fingerprints

FINGERPRINTS = Path(__file__).parents[1] / "fingerprints" / "embedded.bin"


def recitation_filter() -> RecitationFilter:
    """The filter over them; the file is read at first use."""
    return RecitationFilter(Fingerprints(FINGERPRINTS))
