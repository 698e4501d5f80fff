"""What the tokens of a model are as bytes, and how text becomes tokens without ever becoming a control token."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from tokenizers import Tokenizer

from codex_lsp.decoding.cuts import cuts_of
from codex_lsp.decoding.prefix_index import PrefixIndex
from codex_lsp.decoding.text_ids import TextIds
from codex_lsp.errors import ModelUnavailable

_BLANK = "\u2581"
"""What stands for a blank in the vocabularies of SentencePiece."""
_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """Tokens of a text; `ends` are code points into it, just after each (inside a character: before it)."""

    ids: tuple[int, ...]
    ends: tuple[int, ...]


class Vocabulary:
    """The vocabulary of one `tokenizer.json`."""

    def __init__(self, text: str) -> None:
        """Read a tokenizer.

        Args:
            text: What is in its `tokenizer.json`.

        Raises:
            ModelUnavailable: It is damaged, or of a kind whose tokens are not bytes.
        """
        try:
            spec: dict[str, Any] = json.loads(text)
            self._tokenizer = Tokenizer.from_str(text)
        except Exception as error:  # tokenizers raises bare Exception on a damaged file
            raise ModelUnavailable(f"tokenizer.json is damaged ({_line(error)}); get or export it again") from error
        self._byte_level = "ByteLevel" in _types(spec.get("pre_tokenizer")) | _types(spec.get("decoder"))
        self._sentence_piece = bool({"ByteFallback", "Metaspace"} & _types(spec.get("decoder")))
        if not (self._byte_level or self._sentence_piece):
            raise ModelUnavailable("tokenizer.json is neither byte-level nor SentencePiece; choose another model")
        self._added = {entry["id"]: str(entry["content"]) for entry in spec.get("added_tokens") or []}
        self._special = frozenset(entry["id"] for entry in spec.get("added_tokens") or [] if entry["special"])
        text_spec, self._leading_blank = _text_spec(spec)
        self._text_tokenizer = Tokenizer.from_str(json.dumps(text_spec))
        self._text_tokenizer.encode_special_tokens = True
        self._cuts = cuts_of(text_spec)
        self._text_ids = TextIds(self._cuts, self._ids_from_scratch)
        self.control_ids = frozenset(id_ for id_, content in self._added.items() if content.strip())
        """Ids that no document text is ever encoded to."""

    def __len__(self) -> int:
        """One more than the highest id."""
        return max(self._tokenizer.get_vocab(with_added_tokens=True).values(), default=-1) + 1

    @property
    def special_ids(self) -> frozenset[int]:
        """Control tokens that the tokenizer itself never shows as text."""
        return self._special & self.control_ids

    def control_id(self, token: str) -> int | None:
        """The id of a control token, as a template spells it; None where the vocabulary has none."""
        spellings = (token, token.replace(" ", _BLANK), _BLANK + token.strip(), token.strip())
        found = (self._tokenizer.token_to_id(spelling) for spelling in spellings)
        return next((id_ for id_ in found if id_ is not None), None)

    def control_ids_of(self, token: str) -> tuple[int, ...]:
        """The id of a control token, or nothing where the vocabulary has none."""
        found = self.control_id(token)
        return () if found is None else (found,)

    def leading_ids(self) -> tuple[int, ...]:
        """What the tokenizer puts before every text, for example a beginning-of-text token."""
        mark = self._tokenizer.encode("a", add_special_tokens=False).ids
        ids = self._tokenizer.encode("a", add_special_tokens=True).ids
        start = next((at for at in range(len(ids)) if ids[at : at + len(mark)] == mark), 0)
        return tuple(ids[:start])

    def encode(self, text: str, *, at_start: bool = False) -> Encoding:
        """Tokens of document text; whatever control token it spells is text.

        Args:
            text: May hold lone surrogates; they are read as U+FFFD.
            at_start: Whether the prompt begins here: some tokenizers put a blank before a text.
        """
        blank = " " if at_start and self._leading_blank else ""
        ids, offsets = self._encode(blank + _SURROGATE.sub("\ufffd", text))
        ends = tuple(max(end - len(blank), 0) for end in _ends(offsets))
        return Encoding(ids=tuple(ids), ends=ends)

    def ids(self, text: str, *, at_start: bool = False) -> tuple[int, ...]:
        """As `encode(...).ids`, but a text that is nearly one of a moment ago costs little more than what changed."""
        return self._text_ids.ids((" " if at_start and self._leading_blank else "") + text)

    def bytes_of(self, text: str, *, at_start: bool = False) -> bytes:
        """The bytes that `ids` spells, where the vocabulary can spell the text."""
        return ((" " if at_start and self._leading_blank else "") + _SURROGATE.sub("\ufffd", text)).encode()

    def stable_end(self, text: str) -> int:
        """How many characters of a text become the same tokens whatever is typed after it (`Cuts.stable_end`)."""
        splitter: Any = self._text_tokenizer.pre_tokenizer
        return self._cuts.stable_end(text, lambda line: splitter.pre_tokenize_str(_SURROGATE.sub("\ufffd", line)))

    def encode_commands(self, text: str) -> tuple[int, ...]:
        """Tokens of text that may hold control tokens: never document text."""
        return tuple(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _ids_from_scratch(self, text: str) -> tuple[int, ...]:
        return tuple(self._encode(_SURROGATE.sub("\ufffd", text))[0])

    def _encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        found = self._text_tokenizer.encode(text, add_special_tokens=False)
        for id_, (start, end) in zip(found.ids, found.offsets, strict=True):
            # Some models of tokenizers find a control token in their own vocabulary; cut through, it is text again.
            # One character alone is no control token, but one the vocabulary does not know.
            if id_ in self.control_ids and end - start > 1:
                left, left_offsets = self._encode(text[: start + 1])
                right, right_offsets = self._encode(text[start + 1 :])
                shifted = [(begin + start + 1, upto + start + 1) for begin, upto in right_offsets]
                return left + right, left_offsets + shifted
        return found.ids, found.offsets

    def pieces(self, ending: Iterable[int], size: int) -> tuple[bytes | None, ...]:
        """What each id adds to a row: its bytes, or None where it ends the row.

        Args:
            ending: Ids that end a row; ids without a token do too.
            size: How many ids the model has.
        """
        pieces: list[bytes | None] = [None] * max(size, len(self))
        bytes_of = _byte_level_bytes(_byte_table()) if self._byte_level else _sentence_piece_bytes
        for token, id_ in self._tokenizer.get_vocab(with_added_tokens=True).items():
            pieces[id_] = token.encode() if id_ in self._added else bytes_of(token)
        for id_ in ending:
            pieces[id_] = None
        return tuple(pieces)

    def index(self, pieces: Sequence[bytes | None]) -> PrefixIndex:
        """The tokens that document text may become, by their bytes.

        Args:
            pieces: As `pieces` gives them.
        """
        return PrefixIndex([None if id_ in self.control_ids else piece for id_, piece in enumerate(pieces)])


def _byte_level_bytes(table: Mapping[str, int]) -> Callable[[str], bytes]:
    def bytes_of(token: str) -> bytes:
        known = all(character in table for character in token)
        return bytes(table[character] for character in token) if known else token.encode()

    return bytes_of


def _sentence_piece_bytes(token: str) -> bytes:
    byte = _BYTE.fullmatch(token)
    return bytes([int(byte[1], 16)]) if byte else token.replace(_BLANK, " ").encode()


def _text_spec(spec: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """What a tokenizer for document text is made from, and whether the original puts a blank before a text.

    Control tokens stay in place, since ids follow from it, but are all made special, and special ones are not
    matched. What adds tokens, cuts or pads is taken out, and so is what puts a blank before the text: a document's
    pieces are encoded one by one.
    """
    entries = [dict(entry, special=bool(entry["content"].strip())) for entry in spec.get("added_tokens") or []]
    normalizer, blank_first = _without_blank(spec.get("normalizer"))
    splitter, blank_before = _without_blank(spec.get("pre_tokenizer"))
    changed = {"added_tokens": entries, "normalizer": normalizer, "pre_tokenizer": splitter}
    nothing = {"post_processor": None, "truncation": None, "padding": None}
    return {**spec, **changed, **nothing}, blank_first or blank_before


def _without_blank(step: Any) -> tuple[Any, bool]:
    """A step of a tokenizer that puts no blank before the text, and whether it did."""
    if not isinstance(step, dict):
        return step, False
    step = cast("dict[str, Any]", step)
    kind = step.get("type")
    if kind == "Prepend":
        return None, True
    if kind == "Metaspace":
        adds = step.get("prepend_scheme", "always" if step.get("add_prefix_space", True) else "never") != "never"
        return step | {"prepend_scheme": "never"}, adds
    if kind == "ByteLevel":
        return step | {"add_prefix_space": False}, bool(step.get("add_prefix_space"))
    if kind == "Sequence":
        key = "normalizers" if "normalizers" in step else "pretokenizers"
        results = [_without_blank(part) for part in step[key]]
        return step | {key: [part for part, _ in results if part is not None]}, any(adds for _, adds in results)
    return step, False


def _types(step: Any) -> set[str]:
    """The kinds of all steps in a part of a tokenizer."""
    return set(_walk(step))


def _walk(step: Any) -> Iterator[str]:
    if isinstance(step, dict):
        for key, value in cast("dict[str, Any]", step).items():
            if key == "type" and isinstance(value, str):
                yield value
            yield from _walk(value)
    elif isinstance(step, list):
        for value in cast("list[Any]", step):
            yield from _walk(value)


def _ends(offsets: Sequence[tuple[int, int]]) -> Iterator[int]:
    """Where tokens end, from where they begin and end.

    A token that ends inside a character covers all of it, and so does the next one: it ends where that one begins.
    """
    for place, (_, end) in enumerate(offsets):
        following = offsets[place + 1][0] if place + 1 < len(offsets) else end
        yield min(end, following)


def _byte_table() -> dict[str, int]:
    """The byte that each character of a byte-level vocabulary stands for (GPT-2's alphabet).

    Printable bytes of Latin-1 stand for themselves, the others for the characters from U+0100 on.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(0x100 + n): byte for n, byte in enumerate(others)}


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:120]
