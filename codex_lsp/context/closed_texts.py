"""Whole texts of the workspace's files that are nearest to a document: what a model may remember beside its prompt.

Chosen once for a document and kept while it is typed in, so that nothing is told or sorted anew at each key. The texts
are put together from the pieces that the index holds, for the few documents between which a person goes to and fro.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop
from urllib.parse import quote

from codex_lsp.context.identifiers import parts_of
from codex_lsp.context.language import alike
from codex_lsp.context.source_index import Chunk, SourceIndex
from codex_lsp.types import CursorContext, RememberedText

MAX_TEXT = 200_000
"""Characters of one text; longer ones are data or generated."""
MAX_CHARACTERS = 600_000
"""Of all texts together."""
MAX_TEXTS = 256
"""Each is named in every request to the engine, which also refuses a list without an end."""
_MAX_CHOICES = 4
_NEWS_PER_CHOICE = 50
"""A choice is made anew when one of so many files has changed: in a small workspace at once."""
_NEAR_CHARACTERS = 3000

IsLeftOut = Callable[[str, str], bool]
"""Whether nothing may be shown of a file, by its key and its path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """What was chosen for a document, nearest first, and what it was chosen under."""

    opened: frozenset[str]
    language: str
    changes: int
    like: frozenset[str]
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A text that was put together, and the first of its pieces: another one means another text."""

    first: Chunk
    text: RememberedText


class ClosedTexts:
    """Chooses whole texts out of an index."""

    def __init__(self, index: SourceIndex) -> None:
        """Choose from `index`, which its owner keeps up."""
        self._index = index
        self._choices: OrderedDict[str, _Choice] = OrderedDict()
        self._held: dict[str, _Held] = {}

    def refresh(self) -> None:
        """Choose anew everywhere: the index, or what is left out of it, is another one now."""
        self._choices.clear()
        self._held.clear()

    def nearest_first(
        self, context: CursorContext, *, key: str, opened: frozenset[str], is_left_out: IsLeftOut
    ) -> tuple[RememberedText, ...]:
        """The texts for a document, the same ones while it is typed in: `MAX_TEXTS` of `MAX_CHARACTERS` at most.

        Args:
            context: The document around the cursor.
            key: What the index calls it.
            opened: Keys of documents that are open: of those the index may be behind the editor.
            is_left_out: By key and path; asked once for a choice.
        """
        choice = self._choices.get(key)
        if choice is None or not self._holds(choice, context, opened):
            like = choice.like if choice is not None and choice.like else self._like(context)
            choice = self._chosen(context, key, opened, like, is_left_out)
            self._choices[key] = choice
            if len(self._choices) > _MAX_CHOICES:
                self._choices.popitem(last=False)
            self._put_together()
        self._choices.move_to_end(key)
        return tuple(self._held[chosen].text for chosen in choice.keys)

    def _holds(self, choice: _Choice, context: CursorContext, opened: frozenset[str]) -> bool:
        return (
            choice.opened == opened
            and choice.language == context.language
            and (self._index.changes - choice.changes) * _NEWS_PER_CHOICE <= len(self._index)
            and all(key in self._index for key in choice.keys)
        )

    def _like(self, context: CursorContext) -> frozenset[str]:
        """Files with pieces like the place where the document was first typed in."""
        near = context.prefix[-_NEAR_CHARACTERS:] + context.suffix[:_NEAR_CHARACTERS]
        matches = self._index.similar(parts_of(near), languages=alike(context.language))
        return frozenset(match.chunk.key for match in matches)

    def _chosen(
        self,
        context: CursorContext,
        key: str,
        opened: frozenset[str],
        like: frozenset[str],
        is_left_out: IsLeftOut,
    ) -> _Choice:
        languages, folder = alike(context.language), key.split("/")[:-1]
        far: dict[str, int] = {}
        found: list[tuple[int, bool, str, str, int]] = []
        for other, path, language, characters in self._index.files():
            if language in languages and characters <= MAX_TEXT and other not in opened:
                place = other.rpartition("/")[0]
                if place not in far:
                    far[place] = _steps(folder, place.split("/"))
                found.append((far[place], other not in like, other, path, characters))
        left = MAX_CHARACTERS
        keys: list[str] = []
        # A heap: of a full index few are looked at.
        heapify(found)
        while found and len(keys) < MAX_TEXTS:
            *_, other, path, characters = heappop(found)
            if characters > left:
                break
            if other != key and path != context.path and not is_left_out(other, path):
                left -= characters
                keys.append(other)
        return _Choice(
            opened=opened, language=context.language, changes=self._index.changes, like=like, keys=tuple(keys)
        )

    def _put_together(self) -> None:
        """Have the texts of all choices, each once, and no others."""
        wanted = {key for choice in self._choices.values() for key in choice.keys}
        held: dict[str, _Held] = {}
        for key in wanted:
            pieces = self._index.pieces(key)
            before = self._held.get(key)
            if before is not None and (not pieces or before.first is pieces[0]):
                held[key] = before
            elif pieces:
                text = RememberedText(name=f"file://{quote(key, errors='surrogatepass')}", text=_whole(pieces))
                held[key] = _Held(first=pieces[0], text=text)
        self._held = held


def _steps(here: Sequence[str], there: Sequence[str]) -> int:
    """Folders to go up and down from one to another."""
    common = next((at for at, (ours, theirs) in enumerate(zip(here, there, strict=False)) if ours != theirs), None)
    shared = min(len(here), len(there)) if common is None else common
    return len(here) + len(there) - 2 * shared


def _whole(pieces: Sequence[Chunk]) -> str:
    """The text that was cut into these pieces, without its blank edges."""
    parts: list[str] = []
    end = pieces[0].start
    for piece in pieces:
        parts += ("\n" * (piece.start - end), piece.text, "\n")
        end = piece.end
    return "".join(parts)
