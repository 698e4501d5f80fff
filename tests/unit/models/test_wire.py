import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.models import wire
from codex_lsp.models.protocol import Health, HealthState
from codex_lsp.models.wire import CompletionCall, WireError
from codex_lsp.service.validation import parse_call
from codex_lsp.types import (
    Capabilities,
    Delta,
    FinishReason,
    Header,
    Priority,
    Prompt,
    SamplingParams,
    Snippet,
    Token,
)

# Lone surrogates belong to documents too.
texts = st.text(st.characters(exclude_categories=()), max_size=20)
names = st.text(st.characters(exclude_categories=()), min_size=1, max_size=8)

prompts = st.builds(
    Prompt,
    header=st.none() | st.builds(Header, path=texts, language=texts),
    snippets=st.lists(st.builds(Snippet, path=texts, text=texts), max_size=3).map(tuple),
    prefix=texts,
    suffix=texts,
    instruction=st.none() | texts,
)
params = st.builds(
    SamplingParams,
    n=st.integers(1, 128),
    greedy_first=st.booleans(),
    max_tokens=st.integers(1, 4096),
    temperature=st.floats(0, 2),
    top_p=st.floats(0.01, 1),
    stop=st.lists(names, max_size=4).map(tuple),
    stop_indent=st.none() | st.integers(0, 80),
    seed=st.integers(0, 2**63 - 1),
    document=st.none() | texts,
    priority=st.sampled_from(Priority),
)
calls = st.builds(
    CompletionCall,
    model=st.none() | texts,
    prompt=prompts,
    params=params,
    stream=st.booleans(),
    logprobs=st.booleans(),
    score=st.none() | texts,
)
tokens = st.builds(
    Token,
    id=st.none() | st.integers(0, 9000),
    logprob=st.none() | st.floats(-50, 0),
    end=st.integers(0, 100),
)
deltas = st.builds(
    Delta,
    index=st.integers(0, 127),
    text=texts,
    tokens=st.lists(tokens, max_size=4).map(tuple),
    finish_reason=st.none() | st.sampled_from(FinishReason),
)


@given(calls)
def test_what_the_client_asks_is_what_the_engine_reads(call: CompletionCall) -> None:
    assert parse_call(wire.dump(wire.call_json(call))) == (call, [])


@given(deltas)
def test_a_choice_crosses_the_wire_exactly(delta: Delta) -> None:
    pieces = ["x"] * len(delta.tokens)
    starts = [0] * len(delta.tokens)
    body = wire.load(wire.dump(wire.choice_json(delta, pieces, starts, logprobs=True)))
    assert wire.parse_choice(body) == delta


def test_a_choice_has_the_standard_shape() -> None:
    delta = Delta(index=1, text="a + b", tokens=(Token(id=7, logprob=-0.5, end=5),), finish_reason=FinishReason.STOP)
    assert wire.choice_json(delta, ["a + b"], [0], logprobs=True) == {
        "index": 1,
        "text": "a + b",
        "finish_reason": "stop",
        "logprobs": {
            "tokens": ["a + b"],
            "token_logprobs": [-0.5],
            "text_offset": [0],
            "top_logprobs": [{"a + b": -0.5}],
        },
        "token_ids": [7],
        "token_ends": [5],
    }
    assert wire.choice_json(delta, ["a + b"], [0], logprobs=False)["logprobs"] is None


def test_minus_infinity_becomes_a_number() -> None:
    delta = Delta(index=0, text="a", tokens=(Token(id=7, logprob=-math.inf, end=1),))
    body = wire.choice_json(delta, ["a"], [0], logprobs=True)
    assert body["logprobs"]["token_logprobs"] == [wire.LOWEST_LOGPROB]


@pytest.mark.parametrize(
    "choice",
    [
        {"index": 0, "text": "a"},
        {"index": "0", "text": "a", "logprobs": {"token_logprobs": []}, "token_ids": [], "token_ends": []},
        {"index": 0, "text": 5, "logprobs": {"token_logprobs": []}, "token_ids": [], "token_ends": []},
        {"index": 0, "text": "a", "logprobs": {"token_logprobs": [1.0]}, "token_ids": [], "token_ends": []},
        {"index": 0, "text": "a", "logprobs": None, "token_ids": [], "token_ends": []},
    ],
)
def test_a_malformed_choice_is_told(choice: wire.Json) -> None:
    with pytest.raises(WireError):
        wire.parse_choice(choice)


@pytest.mark.parametrize("data", [b"", b"{", b'{"a": NaN}', b"[Infinity]", b"\xff", b"[" * 100_000, b"1" * 10_000])
def test_what_is_no_json_is_told(data: bytes) -> None:
    with pytest.raises(WireError):
        wire.load(data)


@pytest.mark.parametrize("answer", [None, [], {}, {"choices": None}, {"choices": [1]}])
def test_what_is_no_completion_is_told(answer: object) -> None:
    with pytest.raises(WireError):
        wire.choices_of(answer)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (wire.error_json("too long", kind="invalid_request_error"), "too long"),
        ({"error": "no such\nmodel"}, "no such model"),
        ({"detail": "Not Found"}, "Not Found"),
        ({"message": "rate limited"}, "rate limited"),
        ({"detail": [{"msg": "field required"}]}, "field required"),
        (
            {
                "detail": [
                    {"loc": ["body", "n"], "msg": "too many", "input": {"prompt": "password"}, "ctx": {"le": 1}},
                    {"loc": ["body", "stop", 0], "msg": "not a string", "input": "password"},
                    {"loc": 3, "msg": "odd"},
                    {"loc": ["body"], "input": "password"},
                    "password",
                ]
            },
            "body.n: too many; body.stop.0: not a string; odd",
        ),
        ({"detail": [{"input": "password"}]}, None),
        ({}, None),
        (None, None),
        ([1], None),
        ("", None),
    ],
)
def test_error_messages_of_all_servers(answer: object, message: str | None) -> None:
    assert wire.error_message(answer) == message


@given(st.builds(Health, state=st.sampled_from(HealthState), percent=st.integers(0, 100), detail=texts))
def test_health_crosses_the_wire(health: Health) -> None:
    assert wire.parse_health(wire.load(wire.dump(wire.health_json(health)))) == health


@pytest.mark.parametrize("answer", [None, {"status": "ok"}, {"error": {"code": 503}}, [], "ok"])
def test_health_of_other_servers_is_none(answer: object) -> None:
    assert wire.parse_health(answer) is None


def test_capabilities_cross_the_wire() -> None:
    capabilities = Capabilities(
        model="embedded",
        fim=True,
        n=True,
        logprobs=True,
        stream=True,
        chat=False,
        score=True,
        max_context=2048,
        tokenizer="/somewhere/tokenizer.json",
    )
    entry = wire.models_json(capabilities)["data"][0]
    assert wire.parse_capabilities(entry) == capabilities
    # A newer engine may say more.
    entry["capabilities"]["telepathy"] = True
    assert wire.parse_capabilities(entry) == capabilities
    assert wire.parse_capabilities({"id": "other", "object": "model"}) is None
    assert wire.parse_capabilities({"id": "other", "capabilities": {"fim": True}}) is None


@pytest.mark.parametrize("reason", [[], {}, 5, "eos"])
def test_any_word_for_an_end_is_one(reason: object) -> None:
    assert wire.parse_finish_reason({"finish_reason": reason}) is FinishReason.STOP
