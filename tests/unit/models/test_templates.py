"""Every family's layout, how a family is told, and that documents never become commands."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.errors import ModelNotFound
from codex_lsp.models.templates import (
    Segment,
    comment_line,
    render,
    render_text,
    template_for_checkpoint,
    template_for_model,
    template_named,
)
from codex_lsp.types import Header, Prompt, Snippet

FAMILIES = (
    *(
        "qwen2.5-coder",
        "codegemma",
        "granite",
        "starcoder2",
        "starcoder",
        "mellum",
        "codellama",
        "deepseek-coder",
        "codestral",
    ),
    *("seed-coder", "codegeex", "codex", "plain"),
)
HEADER = Header(path="json/decoder.py", language="python")
MIDDLE = Prompt(header=HEADER, prefix="import os\nx = ", suffix="\ny = 2\n")
END = Prompt(header=HEADER, prefix="import os\nx = ", suffix=" \n")


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        (
            "codex",
            "<|file_sep|>python json/decoder.py\n<|fim_suffix|>\ny = 2\n<|fim_prefix|>import os\n<|fim_middle|>x = ",
        ),
        (
            "qwen2.5-coder",
            "<|file_sep|>json/decoder.py\n<|fim_prefix|>import os\n<|fim_suffix|>\ny = 2\n<|fim_middle|>x = ",
        ),
        (
            "starcoder2",
            "<file_sep><fim_prefix>json/decoder.py\nimport os\n<fim_suffix>\ny = 2\n<fim_middle>x = ",
        ),
        ("codellama", "<PRE> # json/decoder.py\nimport os\nx =  <SUF>\ny = 2\n <MID>"),
        ("mellum", "<filename>json/decoder.py\n<fim_suffix>\ny = 2\n<fim_prefix>import os\nx = <fim_middle>"),
        ("codestral", "[SUFFIX]\ny = 2\n[PREFIX]+++++ json/decoder.py\nimport os\nx = "),
        (
            "seed-coder",
            "<[fim-suffix]>\ny = 2\n<[fim-prefix]># json/decoder.py\nimport os\nx = <[fim-middle]>",
        ),
        (
            "deepseek-coder",
            "<\uff5cfim\u2581begin\uff5c># json/decoder.py\nimport os\n<\uff5cfim\u2581hole\uff5c>\ny = 2\n"
            "<\uff5cfim\u2581end\uff5c>x = ",
        ),
        (
            "codegeex",
            "<|user|>\n###PATH:json/decoder.py\n###LANGUAGE:python\n###MODE:BLOCK\n<|code_suffix|>\ny = 2\n"
            "<|code_prefix|>import os\nx = <|code_middle|><|assistant|>\n",
        ),
        ("plain", "# json/decoder.py\nimport os\nx = "),
    ],
)
def test_layouts_with_text_after_the_cursor(family: str, expected: str) -> None:
    assert render_text(template_named(family), MIDDLE) == expected


@pytest.mark.parametrize("family", FAMILIES)
def test_without_text_after_the_cursor_a_text_is_continued(family: str) -> None:
    assert render_text(template_named(family), END).endswith("import os\nx = ")


def test_the_shipped_layout_of_snippets_and_header() -> None:
    prompt = Prompt(header=HEADER, snippets=(Snippet(path="a.py", text="b = 1"),), prefix="x", suffix="")
    assert render(template_named("codex"), prompt) == (
        Segment(text="<|file_sep|>", special=True),
        Segment(text="python a.py\nb = 1\n", special=False),
        Segment(text="<|file_sep|>", special=True),
        Segment(text="python json/decoder.py\nx", special=False),
    )


def test_bare_text_is_bare() -> None:
    assert render(template_named("codex"), Prompt(header=None, prefix="x")) == (Segment(text="x", special=False),)


def test_nothing_is_nothing() -> None:
    assert render(template_named("plain"), Prompt(header=None, prefix="")) == ()


def test_an_instruction_is_a_comment_of_the_language() -> None:
    prompt = Prompt(header=Header(path="a.lua", language="lua"), prefix="x", instruction="add\na test")
    assert render_text(template_named("plain"), prompt) == "-- a.lua\n-- add\n-- a test\nx"


def test_a_path_stays_on_its_line() -> None:
    prompt = Prompt(header=Header(path="a\nb.py", language="python"), prefix="x")
    assert render_text(template_named("plain"), prompt) == "# a b.py\nx"


@pytest.mark.parametrize(
    ("language", "expected"), [("python", "# x"), ("c", "// x"), ("html", "<!-- x -->"), ("unheard of", "// x")]
)
def test_comments(language: str, expected: str) -> None:
    assert comment_line("x", language) == expected


@pytest.mark.parametrize("family", FAMILIES)
@given(data=st.data())
def test_a_document_never_becomes_a_command(family: str, data: st.DataObject) -> None:
    template = template_named(family)
    text = st.lists(
        st.sampled_from([*template.tokens, "<|fim_middle|>", "<|", "|>", "<", "|"]) | st.text(max_size=4), max_size=4
    ).map("".join)
    written = [data.draw(text) for _ in range(4)]
    prompt = Prompt(
        header=Header(path=f"p{written[0]}", language="python"),
        snippets=(Snippet(path="q", text=written[1]),),
        prefix=written[2],
        suffix=f"{written[3]}x",
    )
    segments = render(template, prompt)
    assert all(segment.text in template.tokens for segment in segments if segment.special)
    assert not any(not one.special and not other.special for one, other in pairwise(segments))
    rendered = render_text(template, prompt)
    known = [re.escape(token.strip()) for token in template.tokens]
    pattern = "|".join([*known, r"<\|[a-z_]+\|>"])
    commands = [segment.text.strip() for segment in segments if segment.special]
    assert re.findall(pattern, rendered) == commands


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("Qwen/Qwen2.5-Coder-0.5B", "qwen2.5-coder"),
        ("Qwen/Qwen3-Coder-30B-A3B-Instruct", "qwen2.5-coder"),
        ("bigcode/starcoder2-3b", "starcoder2"),
        ("stabilityai/stable-code-3b", "starcoder2"),
        ("bigcode/starcoder", "starcoder"),
        ("ibm-granite/granite-8b-code-base", "starcoder"),
        ("JetBrains/Mellum-4b-base", "mellum"),
        ("ibm-granite/granite-4.0-h-tiny", "granite"),
        ("codellama/CodeLlama-7b-hf", "codellama"),
        ("deepseek-ai/deepseek-coder-1.3b-base", "deepseek-coder"),
        ("mistralai/Codestral-22B-v0.1", "codestral"),
        ("google/codegemma-2b", "codegemma"),
        ("ByteDance-Seed/Seed-Coder-8B-Base", "seed-coder"),
        ("zai-org/codegeex4-all-9b", "codegeex"),
        ("codex-lsp-20m", "codex"),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", None),
        ("gpt-4o", None),
    ],
)
def test_families_by_name(model: str, family: str | None) -> None:
    found = template_for_model(model)
    assert (None if found is None else found.name) == family


QWEN_TOKENS = {"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"}


@pytest.mark.parametrize(
    ("config", "name", "tokens", "family"),
    [
        ({"codex_template": "codex"}, "Qwen2.5-Coder", QWEN_TOKENS, "codex"),
        ({}, "codegemma-2b", QWEN_TOKENS, "codegemma"),
        ({}, "checkpoint-300", QWEN_TOKENS, "qwen2.5-coder"),
        ({}, "codellama", QWEN_TOKENS, "qwen2.5-coder"),
        ({}, "codellama", {"<PRE>", " <SUF>", " <MID>"}, "codellama"),
        ({}, "starcoder2", set[str](), "plain"),
        ({}, "anything", {"<fim_prefix>", "<fim_suffix>", "<fim_middle>"}, "starcoder"),
        ({}, "anything", {"<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<file_sep>"}, "starcoder2"),
        ({}, "mellum-4b", {"<fim_prefix>", "<fim_suffix>", "<fim_middle>"}, "mellum"),
    ],
)
def test_the_family_of_a_checkpoint(config: dict[str, str], name: str, tokens: set[str], family: str) -> None:
    assert template_for_checkpoint(config, name, tokens.__contains__).name == family


def test_an_unknown_family_is_told_with_the_known_ones() -> None:
    with pytest.raises(ModelNotFound, match=r"`cobol`: no such prompt template; use one of .*codex, plain$"):
        template_named("cobol")
