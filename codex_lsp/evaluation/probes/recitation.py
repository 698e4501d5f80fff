"""How many samples repeat what the model learned from (Codex paper, section 7.7)."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random

from codex_lsp.completion.fingerprints import RUN, Fingerprints
from codex_lsp.evaluation.probes.judged import Findings, Judged, Row, rate_interval
from codex_lsp.evaluation.probes.probe import Labels, Notify
from codex_lsp.evaluation.probes.question import Answered, Question
from codex_lsp.evaluation.probes.token_windows import LEAST_WORDS, WINDOW, TokenWindows, distinct_words
from codex_lsp.evaluation.proportion import exact_interval
from codex_lsp.evaluation.source_files import SourceFile
from codex_lsp.evaluation.task import Task

FILES = "held-out files"
FUNCTIONS = "functions from docstrings"
ALONE = f"{RUN} characters"
WITH_PROMPT = f"{RUN} characters with the prompt's"
IN_LOOP = f"{RUN} characters, in a loop"
TOKENS = f"{WINDOW} tokens"
MAX_TOKENS = 256
"""Long enough that a sample can hold 600 characters."""
_PREFIX_CHARACTERS = 1000
_ZIEGLER = (("flagged", 473), ("flagged, without duplicates", 185), ("recitations", 41))
_ZIEGLER_SAMPLES = 453_780

Corpus = Callable[[], Iterable[tuple[str, str]]]
"""Reads what the model learned from: names of packages, and texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedFrom:
    """What samples are held against.

    Attributes:
        fingerprints: Of the training text.
        corpus: The training text itself; None where it is not here, and tokens are not compared.
    """

    fingerprints: Fingerprints
    corpus: Corpus | None


class Recitation:
    """Prompts of held-out files, as serving shows them, and of functions."""

    name = "recitation"
    labels = Labels(
        title="Samples that repeat training text",
        group="what is the same",
        rate="share of samples",
    )

    def __init__(
        self,
        files: Sequence[SourceFile],
        tasks: Sequence[Task],
        learned: LearnedFrom,
        *,
        prompts: int,
        seed: int,
    ) -> None:
        """Draw `prompts` of them, by `seed`: tasks, as many as half of all where there are files too, then files."""
        self._learned = learned
        self._seed = seed
        random = Random(seed)  # noqa: S311 - seeded draws, not a secret
        self._questions = [
            Question(
                question_id=f"{FUNCTIONS}/{task.task_id}",
                group=FUNCTIONS,
                prompt=task.prompt,
                max_tokens=MAX_TOKENS,
                stop=task.stop,
            )
            for task in tasks[: prompts // 2 if files else prompts]
        ]
        self._questions += _from_files(files, prompts - len(self._questions), random)

    def questions(self) -> list[Question]:
        """The prompts."""
        return self._questions

    def judge(self, answered: Sequence[Answered], notify: Notify) -> list[Judged]:
        """Look every sample up; nothing is run."""
        texts = [sample.completion for one in answered for sample in one.samples]
        same_tokens: dict[int, str] = {}
        if self._learned.corpus is not None:
            notify("reading what was learned from")
            same_tokens = TokenWindows(texts).found_in(self._learned.corpus())
        found: list[Judged] = []
        for one in answered:
            for sample in one.samples:
                labels, package = self._runs(one.question.prompt, sample.completion)
                if len(found) in same_tokens:
                    labels.append(TOKENS)
                    package = package or same_tokens[len(found)]
                found.append(
                    Judged(
                        question_id=sample.task_id,
                        group=one.question.group,
                        index=sample.index,
                        labels=tuple(labels),
                        detail=package,
                    )
                )
        return found

    def findings(self, judged: Sequence[Judged]) -> Findings:
        """The share for each measure and kind of prompt, and beside it what was published."""
        measures = [ALONE, WITH_PROMPT, IN_LOOP] + [TOKENS] * (self._learned.corpus is not None)
        groups = list(dict.fromkeys(one.group for one in judged))
        rows = [self._row(measure, group, judged) for measure in measures for group in (*groups, "all")]
        rows += [
            Row(
                group=f"Ziegler, {name}",
                answers=_ZIEGLER_SAMPLES,
                rate=count / _ZIEGLER_SAMPLES,
                interval=exact_interval(count, _ZIEGLER_SAMPLES),
            )
            for name, count in _ZIEGLER
        ]
        packages = Counter(one.detail for one in judged if one.labels)
        told = ", ".join(f"{name} {count}" for name, count in packages.most_common(5))
        notes = ("the paper: identical to training data in less than 0.1 % of cases",)
        return Findings(
            rows=tuple(rows),
            figures={"packages": dict(packages.most_common())},
            notes=(*notes, f"repeated most: {told}") if told else notes,
        )

    def _runs(self, prompt: str, text: str) -> tuple[list[str], str]:
        """Which runs of characters a sample ends, and of which package."""
        alone = self._learned.fingerprints.recited("", text)
        joined = self._learned.fingerprints.recited(prompt, text)
        source = alone or joined
        if source is None:
            return [], ""
        if is_loop(text):
            return [IN_LOOP], source.package
        return [ALONE] * (alone is not None) + [WITH_PROMPT] * (joined is not None), source.package

    def _row(self, measure: str, group: str, judged: Sequence[Judged]) -> Row:
        by_question: dict[str, tuple[int, int]] = {}
        for one in judged:
            if group in (one.group, "all"):
                hits, trials = by_question.get(one.question_id, (0, 0))
                by_question[one.question_id] = hits + (measure in one.labels), trials + 1
        hits = sum(count for count, _ in by_question.values())
        trials = sum(count for _, count in by_question.values())
        return Row(
            group=f"{measure}, {group}",
            answers=trials,
            rate=hits / trials if trials else None,
            interval=rate_interval(list(by_question.values()), seed=self._seed),
            counts={"repeated": hits},
        )


def is_loop(text: str) -> bool:
    """Whether more than half of a text are lines that were there before, or it has hardly any different words.

    A loop holds few different stretches of characters; where those are common (blanks, a row of brackets), all of it
    is known by fingerprints, and nothing was recited.
    """
    lines = [line.strip() for line in text.splitlines()]
    return 2 * sum(map(len, set(lines))) < sum(map(len, lines)) or distinct_words(text) < LEAST_WORDS


def _from_files(files: Sequence[SourceFile], count: int, random: Random) -> list[Question]:
    """Prompts that end at a line's beginning of a file, a file as likely as another."""
    found: list[Question] = []
    for number in range(count if files else 0):
        file = random.choice(files)
        starts = [0, *(at + 1 for at, character in enumerate(file.text[:-1]) if character == "\n")]
        at = random.choice(starts)
        found.append(
            Question(
                question_id=f"{FILES}/{number}/{file.path}",
                group=FILES,
                prompt=file.text[max(at - _PREFIX_CHARACTERS, 0) : at],
                path=file.path,
                language=file.language,
                max_tokens=MAX_TOKENS,
            )
        )
    return found
