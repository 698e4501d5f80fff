"""A request body of `POST /v1/completions` to a `CompletionCall`, or to one line that says what is wrong with it."""

import secrets
from typing import Any, cast

from codex_lsp.models.wire import CompletionCall, Json, WireError, load
from codex_lsp.service.fields import Fields, InvalidRequest
from codex_lsp.types import Header, Priority, Prompt, SamplingParams, Snippet

MAX_ROWS = 128
MAX_NEW_TOKENS = 1 << 17
MAX_TEMPERATURE = 2.0
# Below this the nucleus is the likeliest token anyway.
MIN_TOP_P = 1e-6
MAX_STOPS = 64
MAX_SNIPPETS = 256
MAX_INDENT = 1 << 16
MAX_SEED = (1 << 63) - 1
# The protocol's own limit on alternatives; here every value means "with log-probabilities".
MAX_LOGPROBS = 128


def parse_call(data: bytes) -> tuple[CompletionCall, list[str]]:
    """Read a request body.

    Where a field is absent the wire's own defaults hold (16 tokens, temperature 1, a seed of chance), not this
    project's: a caller who is not our client expects them.

    Returns:
        The call, and the names of fields nobody here knows (they are ignored).

    Raises:
        InvalidRequest: With one line, and the name of the field.
    """
    try:
        body: Any = load(data)
    except WireError as error:
        raise InvalidRequest(f"the body is {error}") from error
    if not isinstance(body, dict):
        raise InvalidRequest("the body is no JSON object")
    fields = Fields(_single_prompt(cast("Json", body)))
    extension = fields.optional_object("codex") or Fields({}, path="codex.")
    score = extension.optional_string("score")
    call = CompletionCall(
        model=fields.optional_string("model"),
        prompt=_prompt(fields, extension),
        params=_params(fields, extension, scoring=score is not None),
        stream=fields.boolean("stream"),
        logprobs=fields.optional_integer("logprobs", low=0, high=MAX_LOGPROBS) is not None,
        score=score,
        memory=extension.optional_json("memory"),
    )
    return call, fields.unknown() + extension.unknown()


def _single_prompt(body: Json) -> Json:
    """Unwrap a list of one string; token identifiers and batches are refused by name."""
    prompt = body.get("prompt")
    if not isinstance(prompt, list):
        return body
    entries = cast("list[Any]", prompt)
    if len(entries) == 1 and isinstance(entries[0], str):
        return body | {"prompt": entries[0]}
    if any(isinstance(entry, int | list) for entry in entries):
        raise InvalidRequest("`prompt`: token identifiers are not accepted; send a string", param="prompt")
    raise InvalidRequest("`prompt`: expected one string; send one request for each prompt", param="prompt")


def _prompt(fields: Fields, extension: Fields) -> Prompt:
    header = extension.optional_object("header")
    return Prompt(
        header=None if header is None else Header(path=header.string("path"), language=header.string("language", "")),
        snippets=tuple(
            Snippet(path=entry.string("path"), text=entry.string("text"))
            for entry in extension.objects("snippets", most=MAX_SNIPPETS)
        ),
        prefix=fields.string("prompt"),
        suffix=fields.string("suffix", ""),
        instruction=extension.optional_string("instruction"),
    )


def _params(fields: Fields, extension: Fields, *, scoring: bool) -> SamplingParams:
    return SamplingParams(
        n=fields.integer("n", 1, low=1, high=MAX_ROWS),
        greedy_first=extension.boolean("greedy_first"),
        max_tokens=fields.integer("max_tokens", 16, low=0 if scoring else 1, high=MAX_NEW_TOKENS),
        temperature=fields.number("temperature", 1.0, low=0.0, high=MAX_TEMPERATURE),
        top_p=fields.number("top_p", 1.0, low=MIN_TOP_P, high=1.0),
        stop=fields.strings("stop", most=MAX_STOPS),
        stop_indent=extension.optional_integer("stop_indent", low=0, high=MAX_INDENT),
        seed=fields.integer("seed", secrets.randbits(63), low=0, high=MAX_SEED),
        document=extension.optional_string("document"),
        client=extension.optional_string("client"),
        priority=_priority(extension),
    )


def _priority(extension: Fields) -> Priority:
    value = extension.string("priority", Priority.TYPING.value)
    if value not in set(Priority):
        raise extension.wrong("priority", f"one of {', '.join(Priority)}")
    return Priority(value)
