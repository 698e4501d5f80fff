"""Which assists are offered at a place: quick enough to be asked at every move of the cursor.

Nothing is run and no model is asked; whether an assist succeeds is seen when it is done.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codex_lsp.assist.capability import can
from codex_lsp.assist.kind import PYTHON, SCRIPTS, AssistKind
from codex_lsp.assist.name_check import tells_of_names
from codex_lsp.assist.outline import Outline, OutlinedFunction
from codex_lsp.assist.request import Problem
from codex_lsp.assist.script_examples import script_examples
from codex_lsp.context.document import Document, Position, PositionEncoding
from codex_lsp.context.syntax_functions import NoGrammar, script_function_at
from codex_lsp.types import Capabilities

TRANSLATE_TO = "javascript"
"""What is offered in a menu; whoever asks by name may choose another language."""
_MENDS_ITSELF = frozenset({"ruff"})
"""Whose findings may come with a mend of its own; whether one does is known when it is asked."""
_NEEDS_RUN = frozenset({AssistKind.SOLVE, AssistKind.OPTIMISE, AssistKind.FIX, AssistKind.DOCSTRING})
"""Nothing is left of them where nothing may be run."""
_ORDER = (
    AssistKind.SOLVE,
    AssistKind.TESTS,
    AssistKind.DOCSTRING,
    AssistKind.EXPLAIN,
    AssistKind.TRANSLATE,
    AssistKind.OPTIMISE,
)
MAX_SCRIPT = 100_000
"""Characters of a script up to which it is read anew at each asking."""
MAX_PROBLEM = 72
"""Characters of a problem in a title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One assist at one place.

    Attributes:
        kind: Which.
        title: For a person.
        offset: Where to ask for it, in code points into the document.
        on_header: The place is the function's header, not merely inside it.
        target_language: What to translate to, an LSP language identifier.
        problem: What to fix.
    """

    kind: AssistKind
    title: str
    offset: int
    on_header: bool = False
    target_language: str | None = None
    problem: Problem | None = None


def offers_at(  # noqa: PLR0913 - what is known when it is asked
    document: Document,
    start: int,
    end: int,
    *,
    capabilities: Capabilities | None,
    trusted: bool,
    problems: Sequence[Problem] = (),
    outline: Outline | None = None,
) -> tuple[Offer, ...]:
    """What is offered for a selection: mending its problems first, then what can be done with the function.

    In a file that does not parse, only its problems. Problems that are mended without a model are offered anywhere,
    whether or not there is one; others where a model that is able to can write the function's body anew.

    Args:
        document: As the person sees it.
        start: Of the selection, in code points; the function that holds it is meant.
        end: Just after it; `start` for a cursor.
        capabilities: Of the model; None while there is none.
        trusted: The workspace's code may be run.
        problems: What the editor says is wrong; those that the selection touches are offered to be mended.
        outline: Of the document, read whole; made where it is not given.
    """
    if document.language in SCRIPTS:
        return tuple(_of_script(document, start, trusted=trusted))
    if document.language != PYTHON:
        return ()
    if outline is None:
        outline = Outline(document.text)
    for _ in outline.read():
        pass
    offered = [kind for kind in AssistKind if can(capabilities, kind) and (trusted or kind not in _NEEDS_RUN)]
    place = document.position_at(start, PositionEncoding.UTF32)
    function = _function_at(document, place, outline) if outline.parses else None
    offers: list[Offer] = []
    by_model = AssistKind.FIX in offered and function is not None
    touched = (problem for problem in problems if problem.start <= end and start <= problem.end)
    offers += _fixes(
        problem for problem in touched if by_model or not outline.parses or _is_repairable(problem, trusted=trusted)
    )
    if function is not None:
        kinds = [kind for kind in _ORDER if kind in offered]
        offers += _of_function(function, start, kinds, on_header=place.line < function.body, trusted=trusted)
    return tuple(offers)


def _of_script(document: Document, start: int, *, trusted: bool) -> Iterator[Offer]:
    """In other languages tests alone, of what a test can import."""
    if len(document.text) > MAX_SCRIPT:
        return
    try:
        function = script_function_at(document.text, start, document.language)
    except NoGrammar:
        return
    if function is None or not function.export or function.is_generator or function.is_broken:
        return
    # As of Python: what the comment says needs no run.
    if trusted or any(case.is_said for case in script_examples(function)):
        kind, line = AssistKind.TESTS, document.position_at(start, PositionEncoding.UTF32).line
        title, on_header = _TITLES[kind].format(name=function.name), function.name in document.line_text(line)
        yield Offer(kind=kind, title=title, offset=start, on_header=on_header)


def _function_at(document: Document, place: Position, outline: Outline) -> OutlinedFunction | None:
    def is_blank(line: int) -> bool:
        return not document.line_text(line).strip()

    function = outline.function_at(place.line, place.character, is_blank)
    return None if function is None or function.is_nested else function


def _is_repairable(problem: Problem, *, trusted: bool) -> bool:
    """Whether a problem may be mended without a model, by what the diagnostic says: wherever it stands."""
    return tells_of_names(problem.message) or (trusted and problem.source.lower() in _MENDS_ITSELF)


def _fixes(problems: Iterator[Problem]) -> Iterator[Offer]:
    for problem in problems:
        said = " ".join(problem.message.split())
        shown = said if len(said) <= MAX_PROBLEM else said[: MAX_PROBLEM - 1].rstrip() + "…"
        yield Offer(kind=AssistKind.FIX, title=f"Fix: {shown}", offset=problem.start, problem=problem)


def _of_function(
    function: OutlinedFunction, offset: int, kinds: Sequence[AssistKind], *, on_header: bool, trusted: bool
) -> Iterator[Offer]:
    for kind in kinds:
        if kind is AssistKind.TESTS and not trusted and not function.has_examples:
            # Of generated tests, examples of the docstring alone need no run.
            continue
        if kind is AssistKind.TRANSLATE and function.is_method:
            # Alone it says nothing in another language.
            continue
        yield Offer(
            kind=kind,
            title=_TITLES[kind].format(name=function.name),
            offset=offset,
            on_header=on_header,
            target_language=TRANSLATE_TO if kind is AssistKind.TRANSLATE else None,
        )


_TITLES = {
    AssistKind.TESTS: "Generate tests for {name}",
    AssistKind.SOLVE: "Solve {name} with tests",
    AssistKind.DOCSTRING: "Write a docstring for {name}",
    AssistKind.EXPLAIN: "Explain {name}",
    AssistKind.TRANSLATE: "Translate {name} to JavaScript",
    AssistKind.OPTIMISE: "Make {name} faster",
}
