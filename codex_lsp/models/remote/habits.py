"""What known servers do that the wire does not say, told by who they say owns their models. Pure data.

Found by reading and asking: llama.cpp's server, and llama-cpp-python 0.3.36's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from codex_lsp.models.wire import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """The habits of one server.

    Attributes:
        plain_sampling: Fields that turn off what it would do to logits of its own accord, beside what it is asked for.
        serves_rows: Whether it may answer several rows to one request.
        breaks_off: A second request ends the first one's answer, without a reason but as if it were whole.
        fails_silently: Faults of a request end its stream without a word; asked for a whole answer, it tells them.
        drops_bytes: Log-probabilities asked for, tokens that are part of a character come without their text.
    """

    plain_sampling: Mapping[str, float] = field(default_factory=dict)
    serves_rows: bool = True
    breaks_off: bool = False
    fails_silently: bool = False
    drops_bytes: bool = False


ORDINARY = Habits()
LLAMA_CPP = Habits(plain_sampling={"top_k": 0, "min_p": 0.0, "repeat_penalty": 1.0})
LLAMA_CPP_PYTHON = Habits(
    plain_sampling=LLAMA_CPP.plain_sampling,
    serves_rows=False,
    breaks_off=True,
    fails_silently=True,
    drops_bytes=True,
)


def habits_of(entry: Json) -> Habits:
    """The habits that an entry of a list of models tells.

    >>> habits_of({"id": "x", "owned_by": "vllm"}) == ORDINARY
    True
    """
    return {"llamacpp": LLAMA_CPP, "me": LLAMA_CPP_PYTHON}.get(str(entry.get("owned_by")), ORDINARY)
