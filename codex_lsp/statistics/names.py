"""Names as they may be written down: no path, nothing that tells what somebody works on."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace

from codex_lsp.statistics.counts import Group

OTHER = "other"
UNKNOWN = "unknown"
MAX_NAME = 64
_LANGUAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9+#._-]{0,31}")
# A bare name, or one of a hub: OWNER/NAME.
_MODEL = re.compile(r"[A-Za-z0-9][\w.:+-]*(?:/[A-Za-z0-9][\w.:+-]*)?")
_NO_PART_OF_A_NAME = re.compile(r"[^\w.:+-]+")
_HASH_CHARACTERS = 8


def as_kept(group: Group, salted: Callable[[str], str]) -> Group:
    """The group under names that tell nothing more than the language, the model and the tier."""
    return replace(
        group,
        language=group.language if _LANGUAGE.fullmatch(group.language) else OTHER,
        model=model_name(group.model, salted),
        tier=group.tier or UNKNOWN,
    )


def model_name(served: str, salted: Callable[[str], str]) -> str:
    """A model's name without folders, and its adapter's as a hash: people name adapters like their projects.

    >>> model_name("Qwen/Qwen2.5-Coder-0.5B", str), model_name("/srv/models/q4.gguf", str)
    ('Qwen/Qwen2.5-Coder-0.5B', 'q4.gguf')
    >>> model_name("embedded@shop-8f45e0da", lambda name: "4e1f")
    'embedded@4e1f'
    """
    name, at, adapter = served.partition("@")
    if not _MODEL.fullmatch(name):
        name = _NO_PART_OF_A_NAME.sub("-", re.split(r"[/\\]", name.rstrip("/\\"))[-1]).strip("-")
    name = name[:MAX_NAME] or UNKNOWN
    return f"{name}@{salted(adapter)}" if at else name


def salted_hash(salt: bytes, text: str) -> str:
    """A name for `text` that nobody without the salt can check a guess against."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=salt).hexdigest()[:_HASH_CHARACTERS]
