"""A prompt as the rows of a model of ours follow it: what a person is still typing at its end is healed.

The last stretch of a prompt that more typing may change is not read as tokens of its own, but spelled by the model
(`decoding/healing.py`). Templates that end with a control token ask for what follows a cursor at any character, as
their models were trained to; their prompts are read as they are, and so are instructions.
"""

from codex_lsp.decoding.healing import Tail, tail_of
from codex_lsp.decoding.vocabulary import Encoding
from codex_lsp.models.local_loading import LoadedModel
from codex_lsp.models.templates import Segment, render
from codex_lsp.types import Prompt


def scored_text(loaded: LoadedModel, prompt: Prompt, text: str) -> tuple[tuple[int, ...], Encoding]:
    """The token ids of a prompt, and the tokens of a text after it, as a row has them that says this text.

    The end of the prompt and the text are tokenised as one; tokens that spell the prompt alone belong to it.

    Raises:
        ModelRefused: It is far longer than the context.
        ModelUnavailable: The checkpoint's chat template fails.
    """
    ids, tail = open_prompt(loaded, prompt)
    loaded.check_size((text,))
    try:
        typed = "" if tail is None else tail.typed.decode()
    except UnicodeDecodeError:  # it begins inside a character: its first tokens are read as they are
        ids, typed = loaded.prompt_ids(prompt), ""
    encoding = loaded.vocabulary.encode(typed + text)
    before = sum(end <= len(typed) for end in encoding.ends) if typed else 0
    ends = tuple(end - len(typed) for end in encoding.ends[before:])
    return (*ids, *encoding.ids[:before]), Encoding(ids=encoding.ids[before:], ends=ends)


def open_prompt(loaded: LoadedModel, prompt: Prompt) -> tuple[tuple[int, ...], Tail | None]:
    """The token ids of a prompt up to what more typing may change, and the rest as a tail, if there is any.

    Raises:
        ModelRefused: It is far longer than the context.
        ModelUnavailable: The checkpoint's chat template fails.
    """
    vocabulary = loaded.vocabulary
    chats = prompt.instruction is not None and loaded.chat is not None
    segments = () if chats else render(loaded.template, prompt)
    if not segments or segments[-1].special:
        return loaded.prompt_ids(prompt), None
    loaded.check_size(segment.text for segment in segments)
    text = segments[-1].text
    stable = vocabulary.stable_end(text)
    fixed = (*segments[:-1], Segment(text=text[:stable], special=False)) if stable else segments[:-1]
    ids = (*loaded.first, *loaded.segment_ids(fixed, vocabulary.control_ids_of))
    # Some tokenizers put a blank before a text.
    at_start = not fixed
    typed = text[stable:]
    before, tail = tail_of(
        vocabulary.ids(typed, at_start=at_start), loaded.index, vocabulary.bytes_of(typed, at_start=at_start)
    )
    # Rows need a token to start from.
    return ((*ids, *before), tail) if ids or before else (loaded.prompt_ids(prompt), None)
