"""A model of this machine: loaded by its own thread, exact, cancellable, and every failure one line."""

import asyncio
import json
import logging
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import pytest_asyncio
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, MambaConfig, PreTrainedModel

from codex_lsp.config import EngineSettings
from codex_lsp.decoding.own_network import OwnReading
from codex_lsp.decoding.vocabulary import Vocabulary
from codex_lsp.errors import CodexLspError, ModelDamaged, ModelNotFound, ModelRefused, ModelUnavailable
from codex_lsp.models import local, local_mailbox
from codex_lsp.models.local import LocalModel
from codex_lsp.models.local_loading import load_model
from codex_lsp.models.protocol import HealthState
from codex_lsp.types import Delta, FinishReason, Header, Priority, Prompt, SamplingParams, Snippet, Token
from tests.unit.decoding.tiny import (
    END,
    FILE_SEPARATOR,
    FIM,
    llama,
    qwen3,
    save_checkpoint,
    sentence_piece_tokenizer,
    set_config,
)

PROMPT = Prompt(header=Header(path="a.py", language="python"), prefix="def add(a, b):\n    return ", suffix="\n\nx\n")
# At the start of a line nothing is healed, so all rows follow the prompt's own tokens.
LINE_START = replace(PROMPT, prefix="def add(a, b):\n")
PARAMS = SamplingParams(n=3, greedy_first=True, max_tokens=8, temperature=0.8, seed=1)
EMBEDDED = Path(__file__).parents[3] / "codex_lsp" / "weights"
TEXT = Path(local.__file__).read_text(encoding="utf-8")
CHAT = "{% for m in messages %}<|fim_pad|>{{ m.role }}\n{{ m.content }}<|repo_name|>{% endfor %}{{ eos_token }}"
CONTROL_TOKENS = (END, *FIM, FILE_SEPARATOR)


def silent(percent: int, doing: str) -> None:
    """Progress that nobody reads."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = save_checkpoint(tmp_path_factory.mktemp("local"), qwen3())
    set_config(folder, codex_template="codex")
    return folder


@pytest.fixture
def own_folder(tmp_path: Path) -> Path:
    return save_checkpoint(tmp_path / "own", qwen3(num_hidden_layers=1))


def opened(folder: Path | str, *, name: str = "tiny", dtype: str = "auto", device: str = "cpu") -> LocalModel:
    return LocalModel(name, folder, EngineSettings(dtype=dtype, device=device, threads=1))


@pytest_asyncio.fixture
async def model(folder: Path) -> AsyncGenerator[LocalModel, None]:
    model = opened(folder)
    yield model
    await model.close()


async def collected(model: LocalModel, prompt: Prompt = PROMPT, params: SamplingParams = PARAMS) -> list[Delta]:
    async with aclosing(model.sample(prompt, params)) as deltas:
        return [delta async for delta in deltas]


def row_ids(deltas: list[Delta], row: int) -> list[int]:
    return [token.id for delta in deltas if delta.index == row for token in delta.tokens if token.id is not None]


def plain_logprobs(folder: Path, prompt: tuple[int, ...], ids: list[int], dtype: torch.dtype) -> list[float]:
    reference: PreTrainedModel = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).eval()
    with torch.inference_mode():
        table = reference(input_ids=torch.tensor([[*prompt, *ids]])).logits[0].float().log_softmax(-1)
    return [table[len(prompt) - 1 + place, id_].item() for place, id_ in enumerate(ids)]


@contextmanager
def each_step(act: Callable[[], None]) -> Generator[None]:
    """Do something before every forward pass."""
    forward = OwnReading.forward

    def acting(*arguments: Any, **named: Any) -> torch.Tensor:
        act()
        return forward(*arguments, **named)

    with patch.object(OwnReading, "forward", acting):
        yield


async def test_capabilities(model: LocalModel, folder: Path) -> None:
    capabilities = await model.capabilities()
    assert (capabilities.model, capabilities.fim, capabilities.score) == ("tiny", True, True)
    assert (capabilities.chat, capabilities.max_context) == (False, 256)
    assert capabilities.tokenizer == str(folder / "tokenizer.json")


async def test_loading_shows_and_ends_ready(model: LocalModel) -> None:
    health = await model.health()
    assert health.state is HealthState.LOADING
    await model.capabilities()
    health = await model.health()
    assert (health.state, health.percent) == (HealthState.READY, 100)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-3), ("bfloat16", 0.05)])
async def test_log_probabilities_are_those_of_a_plain_forward_pass(folder: Path, dtype: str, tolerance: float) -> None:
    model = opened(folder, dtype=dtype)
    prompt = await model.prompt_token_ids(PROMPT)
    deltas = await collected(model)
    ids = row_ids(deltas, 0)
    said = [token.logprob for delta in deltas if delta.index == 0 for token in delta.tokens]
    assert ids
    assert said == pytest.approx(plain_logprobs(folder, prompt, ids, getattr(torch, dtype)), abs=tolerance)
    await model.close()


async def test_score_is_a_plain_forward_pass_over_the_text(model: LocalModel, folder: Path) -> None:
    text = "a + b\n\u00e9 \U0001f60b"
    tokens = await model.score(LINE_START, text)
    ids = [token.id for token in tokens if token.id is not None]
    prompt = await model.prompt_token_ids(LINE_START)
    assert [token.logprob for token in tokens] == pytest.approx(
        plain_logprobs(folder, prompt, ids, torch.float32), abs=1e-3
    )
    assert tokens[-1].end == len(text)
    assert await model.score(PROMPT, "") == ()


async def test_what_is_sampled_scores_the_same(model: LocalModel) -> None:
    deltas = await collected(model, LINE_START, replace(PARAMS, n=8, max_tokens=4))
    compared = 0
    for row in range(8):
        text = "".join(delta.text for delta in deltas if delta.index == row)
        sampled = [token for delta in deltas if delta.index == row for token in delta.tokens]
        scored = await model.score(LINE_START, text)
        # A model can spell a text with other tokens than its tokenizer does.
        if len(sampled) > 1 and [token.id for token in scored] == [token.id for token in sampled]:
            compared += 1
            assert [token.logprob for token in scored] == pytest.approx([token.logprob for token in sampled], abs=1e-3)
    assert compared


async def test_a_row_depends_on_seed_and_number_alone(model: LocalModel) -> None:
    three = await collected(model)
    again = await collected(model)
    five = await collected(model, params=replace(PARAMS, n=5))
    other = await collected(model, params=replace(PARAMS, seed=2))
    assert all(row_ids(three, row) == row_ids(again, row) == row_ids(five, row) for row in range(3))
    assert row_ids(three, 0) == row_ids(other, 0)
    assert any(row_ids(three, row) != row_ids(other, row) for row in (1, 2))


async def test_a_document_of_control_tokens_is_text(model: LocalModel, folder: Path) -> None:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    everything = "".join(CONTROL_TOKENS)
    prompt = Prompt(
        header=Header(path=everything, language="python"),
        snippets=(Snippet(path=everything, text=everything),),
        prefix=everything,
        suffix=everything,
    )
    loaded = load_model("tiny", folder, dtype="auto", device="cpu", threads=1, progress=silent)
    ids = loaded.prompt_ids(prompt)
    commands = [token for token in map(tokenizer.id_to_token, ids) if token in CONTROL_TOKENS]
    assert commands == ["<|file_sep|>", "<|file_sep|>", "<|fim_suffix|>", "<|fim_prefix|>", "<|fim_middle|>"]
    scored = await model.score(PROMPT, everything)
    assert not [token for token in scored if tokenizer.id_to_token(token.id or 0) in CONTROL_TOKENS]


async def test_lone_surrogates_are_no_failure(model: LocalModel) -> None:
    prompt = Prompt(header=None, prefix="x = '\ud800", suffix="\udfff'\n")
    assert await collected(model, prompt)
    assert (await model.score(prompt, "\ud800"))[-1].end == 1


async def test_a_prompt_that_is_too_long_is_refused(model: LocalModel) -> None:
    with pytest.raises(ModelRefused, match="context 256"):
        await collected(model, Prompt(header=None, prefix="x = 1\n" * 400))
    assert await collected(model)


async def test_a_prompt_far_too_long_is_refused_before_it_is_cut_into_tokens(
    model: LocalModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await model.capabilities()
    monkeypatch.delattr(Vocabulary, "encode")
    monkeypatch.delattr(Vocabulary, "ids")
    message = r"4098 bytes, far more than the 256 tokens of the model's context hold \(at most 4096 bytes\)"
    long = "\u00e9" * 2049
    with pytest.raises(ModelRefused, match=message):
        await collected(model, Prompt(header=None, prefix=long))
    with pytest.raises(ModelRefused, match=message):
        await model.prompt_token_ids(Prompt(header=None, prefix=long))
    with pytest.raises(ModelRefused, match=message):
        await model.score(Prompt(header=None, prefix=""), long)


async def test_a_reader_who_stops_is_not_waited_for(model: LocalModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_mailbox, "MAX_WAITING", 4)
    async with aclosing(model.sample(PROMPT, replace(PARAMS, n=8, max_tokens=200))) as deltas:
        first = await anext(deltas)
        with pytest.raises(ModelUnavailable, match="nobody reads them"):
            await collected_behind(model, deltas)
        assert first.tokens


async def collected_behind(model: LocalModel, deltas: AsyncGenerator[Delta, None]) -> None:
    """Let work be done that waits for the end of all other, and only then read on."""
    await collected(model, params=SamplingParams(max_tokens=1, priority=Priority.BACKGROUND))
    read = [delta async for delta in deltas]
    # Nothing was posted after the step in which so many waited.
    assert len(read) <= 4 + 8


async def test_an_empty_prompt_is_answered(model: LocalModel) -> None:
    assert await model.prompt_token_ids(Prompt(header=None, prefix="")) == (0,)
    assert await collected(model, Prompt(header=None, prefix=""))


async def test_leaving_the_iteration_lets_at_most_one_more_step_run(model: LocalModel) -> None:
    await model.capabilities()
    passes, blocked, go = list[int](), threading.Event(), threading.Event()

    def act() -> None:
        passes.append(1)
        if len(passes) == 3:
            blocked.set()
            go.wait(30)

    with each_step(act):
        async with aclosing(model.sample(PROMPT, replace(PARAMS, max_tokens=200))) as deltas:
            await anext(deltas)
            await asyncio.to_thread(blocked.wait, 30)
        go.set()
        await model.score(PROMPT, "x")
    assert len(passes) == 3 + 1


async def test_newer_typing_of_a_document_comes_first(model: LocalModel) -> None:
    await model.capabilities()
    blocked, go = threading.Event(), threading.Event()
    order: list[str] = []

    def act() -> None:
        blocked.set()
        go.wait(30)

    async def ask(name: str, params: SamplingParams) -> None:
        await collected(model, params=params)
        order.append(name)

    typing = SamplingParams(max_tokens=1, document="a")
    with each_step(act):
        tasks = [asyncio.create_task(ask("running", SamplingParams(max_tokens=1)))]
        await asyncio.to_thread(blocked.wait, 30)
        background = SamplingParams(max_tokens=1, priority=Priority.BACKGROUND)
        for name, params in (("background", background), ("older", typing), ("newer", typing)):
            tasks.append(asyncio.create_task(ask(name, params)))
            await asyncio.sleep(0)
        go.set()
        await asyncio.gather(*tasks)
    # What ran already ends somewhere beside the first of them.
    assert [name for name in order if name != "running"] == ["newer", "older", "background"]


async def test_a_request_that_fails_leaves_the_model_in_order(
    model: LocalModel, caplog: pytest.LogCaptureFixture
) -> None:
    await model.capabilities()
    caplog.set_level(logging.DEBUG, logger="codex_lsp")

    def act() -> None:
        raise MemoryError("no room")

    with (
        each_step(act),
        pytest.raises(ModelUnavailable, match=r"out of memory on this request \(MemoryError: no room\)"),
    ):
        await collected(model)
    (record,) = (record for record in caplog.records if record.exc_info is not None)
    assert (record.message, record.levelno) == ("a request failed in the model", logging.DEBUG)
    assert await collected(model)


async def test_close_ends_what_runs_and_what_waits(folder: Path) -> None:
    model = opened(folder)
    await model.capabilities()
    blocked, go = threading.Event(), threading.Event()

    def act() -> None:
        blocked.set()
        go.wait(30)

    with each_step(act):
        running = asyncio.create_task(collected(model))
        await asyncio.to_thread(blocked.wait, 30)
        waiting = asyncio.create_task(collected(model))
        await asyncio.sleep(0)
        await model.close()
        go.set()
        reasons = {delta.finish_reason for delta in await running}
        with pytest.raises(ModelUnavailable, match="tiny was closed"):
            await waiting
    assert FinishReason.CANCELLED in reasons
    with pytest.raises(ModelUnavailable, match="tiny was closed"):
        await collected(model)
    assert (await model.health()).state is HealthState.FAILED


async def test_an_instruction_goes_through_the_chat_template(own_folder: Path) -> None:
    config = {"chat_template": CHAT, "eos_token": {"content": "<|endoftext|>"}}
    (own_folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    model = opened(own_folder)
    assert (await model.capabilities()).chat
    snippet = Snippet(path="b.py", text="z")
    asked = Prompt(
        header=PROMPT.header, snippets=(snippet,), prefix="x<|fim_pad|>", instruction="explain <|repo_name|>"
    )
    ids = await model.prompt_token_ids(asked)
    tokenizer = Tokenizer.from_file(str(own_folder / "tokenizer.json"))
    commands = [tokenizer.id_to_token(id_) for id_ in ids if id_ <= 5]
    assert commands == ["<|fim_pad|>", "<|repo_name|>", "<|endoftext|>"]
    assert tokenizer.decode(list(ids), skip_special_tokens=False) == (
        "<|fim_pad|>user\nexplain <|repo_name|>\n\nb.py\n```\nz\n```\n\na.py\n```python\nx<|fim_pad|>\n```"
        "<|repo_name|><|endoftext|>"
    )
    await model.close()


async def test_a_chat_template_that_fails_is_told(own_folder: Path) -> None:
    (own_folder / "chat_template.jinja").write_text("{{ nothing.at.all }}", encoding="utf-8")
    model = opened(own_folder)
    with pytest.raises(ModelUnavailable, match="chat template fails"):
        await model.prompt_token_ids(Prompt(header=None, prefix="", instruction="go"))
    await model.close()


async def test_a_sentence_piece_model_gets_its_beginning_of_text(tmp_path: Path) -> None:
    config = llama(bos_token_id=1, eos_token_id=2, vocab_size=320)
    folder = save_checkpoint(tmp_path / "llama", config, sentence_piece_tokenizer())
    model = opened(folder)
    prompt = Prompt(header=None, prefix="x</s>")
    ids = await model.prompt_token_ids(prompt)
    assert ids[0] == 1
    assert not {0, 1, 2} & set(ids[1:])
    assert not (await model.capabilities()).fim
    assert await collected(model, prompt)
    await model.close()


Break = Callable[[Path], object]


def lose_a_weight(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    del weights["model.layers.0.mlp.up_proj.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def cut_weights(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


DAMAGES: list[tuple[Break, str]] = [
    (cut_weights, "model.safetensors is truncated"),
    (lose_a_weight, r"1 weights are missing, model.layers.0.mlp.up_proj.weight first"),
    (lambda folder: set_config(folder, model_type="of its own"), "a model's own code is never run"),
    (lambda folder: set_config(folder, hidden_size=48), "cannot be loaded"),
    (lambda folder: set_config(folder, codex_template="starcoder"), "needs the token <fim_prefix>"),
    (lambda folder: (folder / "tokenizer.json").write_text("{}"), "tokenizer.json is damaged"),
    (lambda folder: (folder / "tokenizer.json").write_bytes(b"\xff"), "tokenizer.json: cannot be read"),
    (lambda folder: (folder / "generation_config.json").write_text("{"), "generation_config.json is damaged"),
    (lambda folder: (folder / "generation_config.json").write_text("[" * 200_000), "generation_config.json is damaged"),
    (lambda folder: (folder / "tokenizer_config.json").write_text("{"), "tokenizer_config.json is damaged"),
    (lambda folder: (folder / "tokenizer_config.json").write_text('{"chat_template": [1]}'), "is none"),
    (lambda folder: (folder / "chat_template.jinja").write_bytes(b"\xff"), "chat_template.jinja: cannot be read"),
]


@pytest.mark.parametrize(("damage", "message"), DAMAGES)
async def test_a_model_that_does_not_load_says_why(
    own_folder: Path, damage: Break, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    damage(own_folder)
    error = await failure(opened(own_folder), ModelDamaged)
    assert message in error
    # It is raised: a log that nobody set up would say it a second time.
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


async def test_a_model_without_attention_is_refused(tmp_path: Path) -> None:
    make: Any = MambaConfig
    config = make(vocab_size=512, hidden_size=16, state_size=4, num_hidden_layers=1, eos_token_id=0)
    folder = save_checkpoint(tmp_path / "mamba", config)
    assert "recurrent models are not supported" in await failure(opened(folder), ModelUnavailable)


async def test_a_missing_folder_and_template_are_usage_errors(own_folder: Path, tmp_path: Path) -> None:
    assert "no such folder" in await failure(opened(tmp_path / "nothing"), ModelNotFound)
    set_config(own_folder, codex_template="cobol")
    assert "no such prompt template" in await failure(opened(own_folder), ModelNotFound)


@pytest.mark.skipif(torch.cuda.is_available(), reason="asks for a device that is not there")
async def test_a_device_that_is_not_there(own_folder: Path) -> None:
    assert "set it to `auto`" in await failure(opened(own_folder, device="cuda"), ModelUnavailable)


async def failure(model: LocalModel, kind: type[CodexLspError]) -> str:
    """How a model fails to load: said twice alike, and in its health."""
    said: list[str] = []
    for _ in range(2):
        with pytest.raises(kind) as caught:
            await model.capabilities()
        said.append(str(caught.value))
    health = await model.health()
    assert health.state is HealthState.FAILED
    assert [*said, health.detail] == [health.detail] * 3
    assert "\n" not in health.detail
    await model.close()
    return health.detail


async def test_the_shipped_model_loads_and_fills_in_the_middle() -> None:
    # `auto` is int8 on many machines, which is another model by a hundredth of a nat.
    model = opened(EMBEDDED, name="embedded", dtype="float32")
    capabilities = await model.capabilities()
    assert capabilities.fim
    deltas = await collected(model, params=replace(PARAMS, max_tokens=4))
    ids = row_ids(deltas, 0)
    said = [token.logprob for delta in deltas if delta.index == 0 for token in delta.tokens]
    prompt = await model.prompt_token_ids(PROMPT)
    assert said == pytest.approx(plain_logprobs(EMBEDDED, prompt, ids, torch.float32), abs=1e-3)
    await model.close()


async def test_bytes_rank_as_float32_does() -> None:
    whole, narrow = (opened(EMBEDDED, name="embedded", dtype=dtype) for dtype in ("float32", "int8"))
    differences: list[float] = []
    same_best = 0
    cursors = range(len(TEXT) // 6, len(TEXT), len(TEXT) // 6)
    for cursor in cursors:
        prompt = Prompt(header=PROMPT.header, prefix=TEXT[:cursor][-800:], suffix=TEXT[cursor:][:200])
        deltas = await collected(whole, prompt, SamplingParams(n=4, greedy_first=True, max_tokens=12, temperature=0.4))
        rows = {delta.index: "" for delta in deltas}
        for delta in deltas:
            rows[delta.index] += delta.text
        means = [[mean(await model.score(prompt, row)) for row in rows.values() if row] for model in (whole, narrow)]
        differences += [abs(one - other) for one, other in zip(*means, strict=True)]
        same_best += means[0].index(max(means[0])) == means[1].index(max(means[1]))
    assert sum(differences) / len(differences) <= 0.05
    assert same_best >= len(cursors) - 1
    await whole.close()
    await narrow.close()


def mean(tokens: tuple[Token, ...]) -> float:
    return sum(token.logprob or 0.0 for token in tokens) / len(tokens)
