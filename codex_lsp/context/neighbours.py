"""What other files say to the place of the cursor: definitions of the names in use, and pieces of similar code.

Chosen once for a region of a document and kept while the cursor stays in it, so that what a model has read of them
serves every keystroke there.
"""

import posixpath
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from urllib.parse import unquote, urlsplit

from codex_lsp.config import ContextSettings
from codex_lsp.context.closed_texts import ClosedTexts
from codex_lsp.context.cursor import plain_newlines
from codex_lsp.context.exclusion import is_secret
from codex_lsp.context.identifiers import names_in, parts_of
from codex_lsp.context.imports import imported_files
from codex_lsp.context.language import alike
from codex_lsp.context.prompt import CountTokens, snippet_tokens
from codex_lsp.context.source_index import Chunk, Match, SourceIndex
from codex_lsp.types import CursorContext, RememberedText, Snippet

REGION_LINES = 20
"""How far the cursor may go from the line for which snippets were chosen."""
MAX_SIMILAR = 4
MAX_DEFINITIONS = 8
_LINES_BEFORE, _LINES_AFTER = 30, 10
_NAME_LINES = 12
"""Lines before the cursor whose names are looked up."""
_MAX_NEAR_CHARACTERS = 6000
_MAX_IMPORT_CHARACTERS = 20_000
_MAX_NAMES = 60
_MAX_DEFINERS = 3
"""A name that more files define says nothing, unless the document imports one of them."""
_MIN_TOKENS = 24
"""Less room than this is left empty."""
_RECENT_FILES = 20
_MAX_CHOICES = 64
_MAX_REMEMBERED = 50_000
_RECENT_PLACES = 8
"""Of one file; two of them are at least a region apart."""
_IMPORTED_BONUS, _RECENT_BONUS, _PLACE_BONUS = 1.2, 1.2, 1.4
_SURROGATES = dict.fromkeys(range(55296, 57344), "�")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """What was chosen for a region, and what it was chosen under."""

    line: int
    max_tokens: int
    changes: int
    keys: frozenset[str]
    snippets: tuple[Snippet, ...]


@dataclass(slots=True)
class _Room:
    """The tokens that are left for snippets, and what was put into them so far; the most relevant first."""

    left: int
    count_tokens: CountTokens
    keys: set[str] = field(default_factory=set[str])
    snippets: list[Snippet] = field(default_factory=list[Snippet])

    def put(self, key: str, snippet: Snippet) -> bool:
        """Add a snippet, cut at a line where it is too long; False where nothing of it fits."""
        lines = snippet.text.translate(_SURROGATES).split("\n")
        shown = Snippet(path=snippet.path.translate(_SURROGATES), text="\n".join(lines))
        cost = snippet_tokens(shown, self.count_tokens)
        while cost > self.left and len(lines) > 1 and self.left >= _MIN_TOKENS:
            lines = lines[: min(max(len(lines) * self.left // cost, 1), len(lines) - 1)]
            shown = Snippet(path=shown.path, text="\n".join(lines))
            cost = snippet_tokens(shown, self.count_tokens)
        if cost > self.left:
            return False
        self.left -= cost
        self.keys.add(key)
        self.snippets.append(shown)
        return True


class Neighbours:
    """Chooses snippets out of an index."""

    def __init__(
        self,
        index: SourceIndex,
        settings: ContextSettings | None = None,
        *,
        is_excluded: Callable[[str], bool] = is_secret,
        on_first_use: Callable[[], None] | None = None,
    ) -> None:
        """Choose from `index`.

        Args:
            index: Kept up by its owner.
            settings: Put in force again by `configure`; None for the defaults.
            is_excluded: Whether nothing of a file, by its key, may be shown to a model, whatever the index holds.
            on_first_use: Called when snippets or texts are first asked for: the index is of use then.
        """
        self._index = index
        self._settings = settings or ContextSettings()
        self._is_excluded = lru_cache(_MAX_REMEMBERED)(is_excluded)
        self._on_first_use = on_first_use
        self._closed_texts = ClosedTexts(index)
        self._choices: OrderedDict[str, _Choice] = OrderedDict()
        self._recent: OrderedDict[str, None] = OrderedDict()
        self._places: OrderedDict[str, deque[int]] = OrderedDict()

    def configure(self, settings: ContextSettings, *, is_excluded: Callable[[str], bool] | None = None) -> None:
        """Put other settings in force, and another rule of exclusion where one is given."""
        self._settings = settings
        if is_excluded is not None:
            self._is_excluded = lru_cache(_MAX_REMEMBERED)(is_excluded)
        self.refresh()

    def refresh(self) -> None:
        """Choose anew everywhere: the index is another one now."""
        self._choices.clear()
        self._closed_texts.refresh()

    def begin(self) -> None:
        """Have the index filled: it will be asked. Only the first call does something."""
        on_first_use, self._on_first_use = self._on_first_use, None
        if on_first_use is not None:
            on_first_use()

    def visited(self, uri: str) -> None:
        """Take note that a document is being read or edited: what it holds is near."""
        key = key_of(uri)
        self._recent[key] = None
        self._recent.move_to_end(key)
        if len(self._recent) > _RECENT_FILES:
            self._recent.popitem(last=False)
        self._index.touch(key)

    def snippets(self, context: CursorContext, *, max_tokens: int, count_tokens: CountTokens) -> tuple[Snippet, ...]:
        """Pieces of other files for a cursor, the most relevant last; the same ones all over a region.

        Args:
            context: The document around the cursor.
            max_tokens: What they may take together.
            count_tokens: Tokens of a text, as the model counts them or near it.
        """
        self.begin()
        if max_tokens < _MIN_TOKENS:
            return ()
        line = context.prefix.count("\n")
        choice = self._choices.get(context.uri)
        if choice is None or not self._holds(choice, line, max_tokens):
            choice = self._chosen(context, line, max_tokens, count_tokens)
            self._choices[context.uri] = choice
        self._choices.move_to_end(context.uri)
        if len(self._choices) > _MAX_CHOICES:
            self._choices.popitem(last=False)
        return choice.snippets

    def texts(self, context: CursorContext, opened: Iterable[str]) -> tuple[RememberedText, ...]:
        """Whole texts of files beside a document, the nearest first; none of the documents `opened`, by their URIs."""
        self.begin()
        key = key_of(context.uri)
        return self._closed_texts.nearest_first(
            context,
            key=key,
            opened=frozenset(map(key_of, opened)),
            is_left_out=lambda other, path: self._is_left_out(other, path, frozenset()),
        )

    def _holds(self, choice: _Choice, line: int, max_tokens: int) -> bool:
        """Whether a choice still stands: same region, same room, and the index is much as it was."""
        news = self._index.changes - choice.changes
        return (
            abs(line - choice.line) <= REGION_LINES
            and max_tokens == choice.max_tokens
            and news <= max(len(self._index) // 4, _RECENT_FILES)
            and all(key in self._index for key in choice.keys)
        )

    def _chosen(self, context: CursorContext, line: int, max_tokens: int, count_tokens: CountTokens) -> _Choice:
        own = frozenset({key_of(context.uri), context.path})
        self._remember(key_of(context.uri), line)
        imported = self._imported(context)
        room = _Room(max_tokens, count_tokens)
        matches = self._similar(context, own, imported)
        for match in matches:
            if not room.put(match.chunk.key, Snippet(path=match.chunk.path, text=match.chunk.text)):
                break
        if self._settings.definitions:
            # Into what is left: measured, what looks alike helps more than what is asked by name.
            shown = "\n".join(snippet.text for snippet in room.snippets)
            for key, snippet in self._definitions(context, own, imported, shown):
                room.put(key, snippet)
        return _Choice(
            line=line,
            max_tokens=max_tokens,
            changes=self._index.changes,
            keys=frozenset(room.keys),
            snippets=tuple(reversed(room.snippets)),
        )

    def _imported(self, context: CursorContext) -> frozenset[str]:
        """Files of the workspace that the document imports."""
        head = plain_newlines((context.prefix + context.suffix[:_MAX_IMPORT_CHARACTERS])[:_MAX_IMPORT_CHARACTERS])
        keys = map(self._index.key_of, imported_files(head, context.path, context.language))
        return frozenset(key for key in keys if key is not None)

    def _definitions(
        self, context: CursorContext, own: frozenset[str], imported: frozenset[str], shown: str
    ) -> Iterator[tuple[str, Snippet]]:
        """What defines the names just before the cursor, those of one file together; the nearest name's file first.

        What stands before the cursor or in `shown` is left out.
        """
        here = context.prefix[-_MAX_NEAR_CHARACTERS:]
        near = "\n".join(here.split("\n")[-_NAME_LINES:])
        found: dict[tuple[str, str], dict[str, None]] = {}
        count = 0
        for name in names_in(near)[:_MAX_NAMES]:
            for key, path, definition in self._index.definitions(
                name, language=context.language, most=_MAX_DEFINERS, preferred=imported
            ):
                is_there = _first_line(definition.text) in here or _first_line(definition.text) in shown
                if not is_there and not self._is_left_out(key, path, own):
                    found.setdefault((key, path), {})[definition.text] = None
                    count += 1
            if count >= MAX_DEFINITIONS:
                break
        for (key, path), texts in sorted(found.items(), key=lambda entry: entry[0][0] not in imported):
            yield key, Snippet(path=path, text="\n".join(texts))

    def _similar(self, context: CursorContext, own: frozenset[str], imported: frozenset[str]) -> list[Match]:
        """Pieces like the place enough to be shown, best first, one of each file; imported and recent a bit ahead."""
        parts = parts_of("\n".join(_near(context)))
        found = self._index.similar(parts, languages=alike(context.language), excluded=own)
        best: dict[str, Match] = {}
        for match in found:
            key = match.chunk.key
            weighed = Match(chunk=match.chunk, score=match.score * self._bonus(match.chunk, imported))
            if key not in best or best[key].score < weighed.score:
                best[key] = weighed
        ranked = sorted(best.values(), key=lambda match: -match.score)
        likely = (match for match in ranked if match.score >= self._settings.snippet_threshold)
        shown = (match for match in likely if not self._is_left_out(match.chunk.key, match.chunk.path, own))
        return list(islice(shown, MAX_SIMILAR))

    def _bonus(self, chunk: Chunk, imported: frozenset[str]) -> float:
        bonus = _IMPORTED_BONUS if chunk.key in imported else 1.0
        if any(chunk.start <= line < chunk.end for line in self._places.get(chunk.key, ())):
            return bonus * _PLACE_BONUS
        return bonus * _RECENT_BONUS if chunk.key in self._recent else bonus

    def _remember(self, key: str, line: int) -> None:
        """Take note of a place where somebody writes."""
        places = self._places.setdefault(key, deque(maxlen=_RECENT_PLACES))
        places.append(line)
        self._places.move_to_end(key)
        if len(self._places) > _RECENT_FILES:
            self._places.popitem(last=False)

    def _is_left_out(self, key: str, path: str, own: frozenset[str]) -> bool:
        return key in own or path in own or self._is_excluded(key) or self._is_excluded(path)


def key_of(uri: str) -> str:
    """What the index calls a document: its absolute posix path.

    >>> key_of("file:///home/me/my%20app.py")
    '/home/me/my app.py'
    """
    try:
        path = unquote(urlsplit(uri).path, errors="replace")
    except ValueError:
        return uri
    return posixpath.normpath(path) if path else uri


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0]


def _near(context: CursorContext) -> Iterable[str]:
    yield from context.prefix[-_MAX_NEAR_CHARACTERS:].split("\n")[-_LINES_BEFORE:]
    yield from context.suffix[:_MAX_NEAR_CHARACTERS].split("\n")[:_LINES_AFTER]
