"""The formats of benchmarks that are known."""

from codex_lsp.evaluation.benchmark_format import Format, lazily

HUMANEVAL = Format(
    name="humaneval",
    title="HumanEval, 164 functions from their docstrings",
    sets={"all": "human-eval/HumanEval.jsonl.gz"},
    read=lazily("humaneval", "read_humaneval"),
    hub="openai/openai_humaneval",
)
HUMANEVAL_PLUS = Format(
    name="humaneval+",
    title="HumanEval+, the same with many more inputs",
    sets={
        "full": "humanevalplus/HumanEvalPlus-OriginFmt.jsonl.gz",
        "mini": "humanevalplus/HumanEvalPlus-Mini.jsonl.gz",
    },
    read=lazily("humaneval_plus", "read_humaneval_plus"),
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
    read=lazily("infilling", "read_infilling"),
    n=4,
    temperatures=(0.2,),
    paper_n=100,
    has_floor=True,
)
TASKS = Format(
    name="tasks",
    title="tasks of your own, in HumanEval's format",
    sets={"all": ""},
    read=lazily("humaneval", "read_humaneval"),
    example=" --data tasks.jsonl",
)
MBPP = Format(
    name="mbpp",
    title="MBPP, functions from a sentence and three assertions",
    sets={"all": "mbpp/mbpp.jsonl"},
    read=lazily("mbpp", "read_mbpp"),
    hub="google-research-datasets/mbpp",
    timed_by_reference=True,
)
APPS = Format(
    name="apps",
    title="APPS, problems of programming contests",
    sets={"all": "apps/test.jsonl"},
    read=lazily("apps", "read_apps"),
    hub="codeparrot/apps",
    temperatures=(0.6,),
    paper_n=1000,
)
MULTIPL_E = Format(
    name="multipl-e",
    title="MultiPL-E, HumanEval in other languages",
    sets={"all": ""},
    read=lazily("multipl_e", "read_multipl_e"),
    example=" --data humaneval-js.jsonl",
)
FORMATS = (HUMANEVAL, HUMANEVAL_PLUS, INFILLING, MBPP, APPS, MULTIPL_E, TASKS)
