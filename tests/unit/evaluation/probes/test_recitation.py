"""Repeated training text: runs of tokens, fingerprints, and loops, which are neither."""

from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from codex_lsp.completion.fingerprints import Fingerprints
from codex_lsp.evaluation.probes.question import Answered
from codex_lsp.evaluation.probes.recitation import (
    ALONE,
    FILES,
    FUNCTIONS,
    IN_LOOP,
    TOKENS,
    WITH_PROMPT,
    LearnedFrom,
    Recitation,
    is_loop,
)
from codex_lsp.evaluation.probes.token_windows import WINDOW, TokenWindows
from codex_lsp.evaluation.samples_file import Sample
from codex_lsp.evaluation.source_files import SourceFile
from codex_lsp.evaluation.task import Task
from codex_lsp.training.documents import Document
from codex_lsp.training.fingerprints import write_sampled


def program(seed: int, lines: int) -> str:
    """Lines of names that are hardly ever the same twice."""
    random = Random(seed)
    return "".join(f"name_{random.getrandbits(32)} = other_{random.getrandbits(32)}(value)\n" for _ in range(lines))


LEARNED = program(1, 60)
PARTS = LEARNED.split()


@given(start=st.integers(0, len(PARTS) - 30), blanks=st.sampled_from([" ", "\n\n", "\t "]))
@settings(max_examples=20)
def test_a_run_of_the_same_tokens_is_found_whatever_blanks_are_between(start: int, blanks: str) -> None:
    # Each part is at least two tokens.
    text = "something = 1\n" + blanks.join(PARTS[start : start + 40]) + "\nelse_where()"
    windows = TokenWindows(["def f(): pass", text])
    assert windows.found_in([("package", LEARNED)]) == ({1: "package"} if windows.windows else {})


def test_one_token_less_than_a_window_is_nothing() -> None:
    tokens = [f"name{number}" for number in range(WINDOW)]
    learned = "before " + " ".join(tokens) + " after"
    assert TokenWindows([" ".join(tokens)]).found_in([("p", learned)]) == {0: "p"}
    changed = [*tokens[:30], "other", *tokens[31:]]
    assert TokenWindows([" ".join(changed)]).found_in([("p", learned)]) == {}
    assert TokenWindows([" ".join(tokens[1:])]).found_in([("p", learned)]) == {}
    assert TokenWindows([]).found_in([("p", learned)]) == {}


def test_rows_of_numbers_are_not_compared() -> None:
    numbers = ", ".join(map(str, range(500)))
    assert TokenWindows([numbers]).found_in([("p", numbers)]) == {}


def test_loops() -> None:
    assert is_loop("    x = [\n" * 40)
    assert is_loop("?" * 700)
    assert not is_loop(program(2, 20))


def probe(tmp_path: Path) -> Recitation:
    path = tmp_path / "fingerprints.bin"
    loop = "    " * 400
    documents = [
        Document(package="learned", path="a.py", text=LEARNED),
        Document(package="blanks", path="b.py", text=loop),
    ]
    write_sampled(documents, {"learned": "MIT", "blanks": "MIT"}, "0" * 64, path)
    learned = LearnedFrom(
        fingerprints=Fingerprints(path), corpus=lambda: ((one.package, one.text) for one in documents)
    )
    files = [
        SourceFile(path="a.py", language="python", text=program(3, 50)),
        SourceFile(path="b.go", language="go", text="x"),
    ]
    tasks = [Task(task_id=f"t/{number}", prompt=f"def f{number}():\n") for number in range(9)]
    return Recitation(files, tasks, learned, prompts=6, seed=4)


def test_half_of_the_prompts_are_tasks_and_the_rest_end_at_line_starts(tmp_path: Path) -> None:
    found = probe(tmp_path).questions()
    assert [one.group for one in found] == [FUNCTIONS] * 3 + [FILES] * 3
    assert all(one.prompt == "" or one.prompt.endswith("\n") for one in found[3:])
    assert {one.path for one in found[3:]} <= {"a.py", "b.go"}
    assert probe(tmp_path).questions() == found


def test_samples_are_judged_by_fingerprints_and_tokens(tmp_path: Path) -> None:
    recitation = probe(tmp_path)
    question = recitation.questions()[0]
    texts = [LEARNED[100:1200], " " * 700 + "[\n" * 40, program(5, 20), LEARNED[:500]]
    samples = [Sample(task_id=question.question_id, index=index, completion=text) for index, text in enumerate(texts)]
    told: list[str] = []
    judged = recitation.judge([Answered(question=question, samples=tuple(samples))], told.append)
    assert [one.labels for one in judged] == [(ALONE, WITH_PROMPT, TOKENS), (IN_LOOP,), (), (TOKENS,)]
    assert [one.detail for one in judged] == ["learned", "blanks", "", "learned"]
    findings = recitation.findings(judged)
    rates = {row.group: row.rate for row in findings.rows}
    assert rates[f"{ALONE}, all"] == 0.25
    assert rates[f"{TOKENS}, {FUNCTIONS}"] == 0.5
    assert 0.001 < (rates["Ziegler, flagged"] or 0) < 0.0011
    assert findings.figures["packages"] == {"learned": 2, "blanks": 1}
