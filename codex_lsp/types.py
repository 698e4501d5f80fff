"""The values every room speaks: what is asked of a model, what it answers, and where the cursor is.

All are frozen. Offsets count Unicode code points (Python `str` indices), never bytes or UTF-16 units.
"""

from dataclasses import dataclass
from enum import StrEnum


class FinishReason(StrEnum):
    """Why a row ended: a stop (sequence, indentation or end-of-text), its length limit, or a cancel."""

    STOP = "stop"
    LENGTH = "length"
    CANCELLED = "cancelled"


class Priority(StrEnum):
    """How urgent a generation is: someone is typing, or nobody waits for it."""

    TYPING = "typing"
    BACKGROUND = "background"


class Trigger(StrEnum):
    """Whether a person asked for a completion or the editor did while they typed."""

    INVOKED = "invoked"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One sampled token.

    Attributes:
        id: Index in the model's vocabulary; None where the backend does not tell.
        logprob: Log-softmax of the raw logits (temperature 1, before top-k and top-p), in nats; None where the
            backend gives none.
        end: Code points into the candidate's text, just after this token. A token that ends inside a character ends
            before that character.
    """

    id: int | None
    logprob: float | None
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """What one decode step adds to row `index`; `finish_reason` is set on the row's last delta only."""

    index: int
    text: str
    tokens: tuple[Token, ...]
    finish_reason: FinishReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One sampled continuation.

    `text` and `tokens` stay as sampled for ever. Truncating and trimming lower `kept` (code points into `text`);
    `insert` is what is shown, inserted and compared for duplicates.
    """

    index: int
    text: str
    tokens: tuple[Token, ...]
    finish_reason: FinishReason | None
    kept: int
    insert: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the prompt says of the document: its path in the workspace (posix) and its language identifier."""

    path: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A piece of another file that is shown to the model."""

    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A structured prompt; only `models/templates.py` renders it, at the backend.

    Attributes:
        header: Path and language of the document, or None for bare text.
        snippets: Pieces of other files, most relevant last.
        prefix: Document text before the cursor, windowed to the budget.
        suffix: Document text after the cursor, windowed to the budget.
        instruction: What is asked in words, or None to continue the text.
    """

    header: Header | None
    snippets: tuple[Snippet, ...] = ()
    prefix: str
    suffix: str = ""
    instruction: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class MemorySession:
    """Whose texts they are: what was made of them goes with this object. The name is told to an engine."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedText:
    """A whole text, and the opaque identity of its document."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceTexts:
    """What a model of ours may remember beside a prompt: other documents, the one that was touched last at the end."""

    session: MemorySession
    texts: tuple[RememberedText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingParams:
    """How to sample.

    Attributes:
        n: Rows from one prefill.
        greedy_first: Whether row 0 is greedy, the others sampled.
        max_tokens: New tokens at most, per row.
        temperature: Softening of the logits; 0 is greedy.
        top_p: Nucleus mass (Codex paper, section 3).
        stop: Strings that end a row; never part of its text.
        stop_indent: End a row before its first non-blank line, after its first line, that is indented by at most so
            many columns (tabs to multiples of 8); None to never.
        seed: Every row draws from its own generator (seed, row, position).
        document: Opaque identity of the document typed in, so that newer work of it is stepped first.
        priority: Whether somebody waits.
        adapter: Name of the adapter that the model is used with; None for the model itself.
        tenant: Who asks, where several share a model that may not learn of each other; None for the one there is.
        client: Opaque identity of the process that asks, where several of one person share a model: they take turns.
        memory: Texts that are mixed into what a model of ours samples; log-probabilities stay the model's own.
    """

    n: int = 1
    greedy_first: bool = False
    max_tokens: int = 64
    temperature: float = 0.4
    top_p: float = 0.95
    stop: tuple[str, ...] = ()
    stop_indent: int | None = None
    seed: int = 0
    document: str | None = None
    priority: Priority = Priority.TYPING
    adapter: str | None = None
    tenant: str | None = None
    client: str | None = None
    memory: WorkspaceTexts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a backend can do.

    Attributes:
        model: The name it serves under.
        fim: It fills in the middle; otherwise it only continues the prefix.
        n: Several rows in one request.
        logprobs: Raw token log-probabilities come with every token.
        stream: Tokens arrive as they are decoded.
        chat: It follows instructions through a chat template.
        score: It gives log-probabilities of a given text.
        max_context: Prompt and new tokens together, in tokens.
        tokenizer: Path of a `tokenizer.json` on this machine, or None where the server names none.
        adapters: Names of the adapters it can be asked to use.
        snippets: Pieces of other files before the document help it.
        remembers: It mixes what other texts say into what it samples.
    """

    model: str
    fim: bool
    n: bool
    logprobs: bool
    stream: bool
    chat: bool
    score: bool
    max_context: int
    tokenizer: str | None = None
    adapters: tuple[str, ...] = ()
    snippets: bool = False
    remembers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheStatistics:
    """What was kept of prompts and found again, since the model was loaded.

    Attributes:
        prompts: How many were asked for.
        hits: How many of them had a part that was there.
        tokens: Tokens of all prompts.
        reused: Tokens of them that were there.
        evicted: Blocks of tokens that made room for others.
        bytes: Memory held now.
    """

    prompts: int = 0
    hits: int = 0
    tokens: int = 0
    reused: int = 0
    evicted: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorContext:
    """The document around the cursor, whole: `prefix + suffix` is its text.

    Attributes:
        uri: Identity of the document.
        path: Its path in the workspace, posix, or its file name.
        language: LSP language identifier, for example `python`.
        prefix: All text before the cursor.
        suffix: All text after the cursor.
    """

    uri: str
    path: str
    language: str
    prefix: str
    suffix: str

    @property
    def line_prefix(self) -> str:
        """The current line before the cursor.

        >>> CursorContext(uri="", path="a.py", language="python", prefix="total = ", suffix="").line_prefix
        'total = '
        """
        return self.prefix[max(self.prefix.rfind("\n"), self.prefix.rfind("\r")) + 1 :]

    @property
    def line_suffix(self) -> str:
        """The current line after the cursor, without its line end."""
        ends = [end for end in (self.suffix.find("\n"), self.suffix.find("\r")) if end >= 0]
        return self.suffix[: min(ends)] if ends else self.suffix
