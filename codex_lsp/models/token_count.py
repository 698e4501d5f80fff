"""How many tokens a text is, for whoever keeps a budget and does not hold the model."""

import json
import logging
import math
from collections.abc import Callable
from pathlib import Path

from tokenizers import Tokenizer

from codex_lsp.decoding.cuts import Cuts, cuts_of
from codex_lsp.decoding.text_ids import TextIds

logger = logging.getLogger(__name__)

# Source code under the tokenizers of code models has 3 to 4 bytes a token; the low end keeps a prompt inside its limit.
BYTES_PER_TOKEN = 3


def token_counter(tokenizer: str | None) -> Callable[[str], int]:
    """A function that counts the tokens of a text, special tokens not added.

    Args:
        tokenizer: Path of a `tokenizer.json` on this machine, or None. Without one that can be read, UTF-8 bytes
            divided by 3, rounded up, stand in.
    """
    if tokenizer is None:
        return estimated_tokens
    try:
        # The library raises bare `Exception`s, so the file is read here and only its parsing is guarded broadly.
        content = Path(tokenizer).read_text(encoding="utf-8")
        loaded, cuts = Tokenizer.from_str(content), cuts_of(json.loads(content))
    except Exception as error:  # noqa: BLE001 - see above; a bad file costs exactness, not completion
        logger.warning("%s: cannot read this tokenizer (%s); prompt lengths are estimated", tokenizer, error)
        return estimated_tokens
    return _Counter(loaded, cuts).count


def estimated_tokens(text: str) -> int:
    """UTF-8 bytes divided by 3, rounded up.

    >>> estimated_tokens("def add(a, b):")
    5
    """
    return math.ceil(len(text.encode("utf-8", errors="surrogatepass")) / BYTES_PER_TOKEN)


class _Counter:
    """Counts with a tokenizer; control tokens spelled out in the text count as the text they are."""

    def __init__(self, tokenizer: Tokenizer, cuts: Cuts) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        tokenizer.encode_special_tokens = True
        self._tokenizer = tokenizer
        # While a document is edited, almost all of it was counted a moment ago.
        self.count = TextIds(cuts, self._ids).count

    def _ids(self, text: str) -> tuple[int, ...]:
        # A lone surrogate has no UTF-8 form; the tokenizer is shown the replacement character instead.
        clean = text.encode("utf-16", errors="surrogatepass").decode("utf-16", errors="replace")
        return tuple(self._tokenizer.encode(clean, add_special_tokens=False).ids)
