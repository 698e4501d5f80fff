"""The OpenAI completions wire and this project's `codex` extension: values to JSON and back, pure.

Shared by `service`, which answers it, and `models/remote`, which asks. A choice carries the standard `logprobs`
object and, from our own engine, `token_ids` and `token_ends` (code points into the row's text), so that tokens cross
the wire exactly. JSON is written in ASCII, so that lone surrogates of a document survive.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NoReturn, cast

from codex_lsp.models.protocol import Health, HealthState
from codex_lsp.types import CacheStatistics, Capabilities, Delta, FinishReason, Prompt, SamplingParams, Token

Json = dict[str, Any]

DONE = "[DONE]"
# JSON has no infinity; the lowest value that other servers of this wire use stands for it.
LOWEST_LOGPROB = -9999.0
MEMORY_HEADER = "x-codex-memory"
MEMORY_LOST = "lost"
"""What an engine answers that holds other texts of a session than the caller thinks."""
ADAPTER_CODE = "adapter_unusable"
"""The code of errors that an adapter alone is the reason of: the model itself would serve."""


class WireError(ValueError):
    """JSON that is not what the wire says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionCall:
    """One `POST /v1/completions`.

    Attributes:
        model: `NAME` or `NAME@ADAPTER`, or None for whatever is served.
        prompt: What is asked.
        params: How to sample.
        stream: Answer as server-sent events.
        logprobs: Whether token log-probabilities are wanted.
        score: A text whose log-probabilities are asked for instead of a sample.
        memory: What is told of the session's texts (`models/remote/told_texts.py`), as it is sent.
    """

    model: str | None
    prompt: Prompt
    params: SamplingParams
    stream: bool = True
    logprobs: bool = True
    score: str | None = None
    memory: Json | None = None


def dump(value: Any) -> bytes:
    """One JSON document in ASCII."""
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode("ascii")


def load(data: bytes | str) -> Any:
    """Read one JSON document; NaN and Infinity are not JSON.

    Raises:
        WireError: It is not JSON, or nested too deep.
    """
    try:
        return json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise WireError(f"not JSON ({error})") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def event(data: bytes | str) -> bytes:
    """One server-sent event."""
    return b"data: " + (data.encode("ascii") if isinstance(data, str) else data) + b"\n\n"


def call_json(call: CompletionCall) -> Json:
    """The body that our own client sends to our own engine."""
    prompt, params = call.prompt, call.params
    extension: Json = {
        "header": None if prompt.header is None else asdict(prompt.header),
        "snippets": [asdict(snippet) for snippet in prompt.snippets],
        "instruction": prompt.instruction,
        "document": params.document,
        "client": params.client,
        "priority": params.priority.value,
        "stop_indent": params.stop_indent,
        "greedy_first": params.greedy_first,
        "score": call.score,
        "memory": call.memory,
    }
    body = sampling_json(params) | {"prompt": prompt.prefix, "suffix": prompt.suffix, "stream": call.stream}
    body |= {"logprobs": 1 if call.logprobs else None, "codex": extension}
    return body if call.model is None else body | {"model": call.model}


def sampling_json(params: SamplingParams) -> Json:
    """The standard fields that say how to sample."""
    return {
        "n": params.n,
        "max_tokens": params.max_tokens,
        "temperature": params.temperature,
        "top_p": params.top_p,
        "stop": list(params.stop),
        "seed": params.seed,
    }


def choice_json(delta: Delta, pieces: Sequence[str], starts: Sequence[int], *, logprobs: bool) -> Json:
    """One choice of an answer.

    Args:
        delta: What is told of the row.
        pieces: The text of each token of `delta`.
        starts: Where each token begins, in code points of the row's text.
        logprobs: Whether the caller asked for token log-probabilities.
    """
    finish_reason = None if delta.finish_reason is None else delta.finish_reason.value
    choice: Json = {"index": delta.index, "text": delta.text, "logprobs": None, "finish_reason": finish_reason}
    if not logprobs:
        return choice
    values = [_bounded(token.logprob) for token in delta.tokens]
    choice["logprobs"] = {
        "tokens": list(pieces),
        "token_logprobs": values,
        "text_offset": list(starts),
        # A model here tells of sampled tokens alone, so the alternatives are the sampled token itself.
        "top_logprobs": [{piece: value} for piece, value in zip(pieces, values, strict=True)],
    }
    choice["token_ids"] = [token.id for token in delta.tokens]
    choice["token_ends"] = [token.end for token in delta.tokens]
    return choice


def _bounded(logprob: float | None) -> float | None:
    if logprob is None or math.isfinite(logprob):
        return logprob
    return LOWEST_LOGPROB


def is_exact(choice: Json) -> bool:
    """Whether a choice came from our own engine, with token identifiers and ends."""
    return "token_ends" in choice


def parse_choice(choice: Json) -> Delta:
    """A choice of our own engine.

    Raises:
        WireError: A field is missing or of the wrong kind.
    """
    try:
        lists = (choice["token_ids"], choice["logprobs"]["token_logprobs"], choice["token_ends"])
        tokens = tuple(
            Token(id=token_id, logprob=logprob, end=int(end)) for token_id, logprob, end in zip(*lists, strict=True)
        )
        index, text = choice_row(choice)
    except (KeyError, TypeError, ValueError) as error:
        # Not what the error says: it can quote the text of the row.
        raise WireError(f"a choice is malformed ({type(error).__name__})") from error
    return Delta(index=index, text=text, tokens=tokens, finish_reason=parse_finish_reason(choice))


def choice_row(choice: Json) -> tuple[int, str]:
    """Row and text of any server's choice, of a conversation's too.

    Raises:
        WireError: They are of the wrong kind.
    """
    said = choice.get("delta", choice.get("message"))
    text = (said.get("content") if isinstance(said, dict) else choice.get("text")) or ""
    index = choice.get("index", 0)
    if type(index) is not int or not isinstance(text, str):
        raise WireError("a choice has no row number or no text")
    return index, text


def parse_finish_reason(choice: Json) -> FinishReason | None:
    """Why the row ended; other servers' words for an end of their own count as a stop."""
    reason = choice.get("finish_reason")
    if reason is None:
        return None
    return FinishReason(reason) if reason in ("length", "cancelled") else FinishReason.STOP


def choices_of(answer: Any) -> list[Json]:
    """The choices of an answer or of one event of it; empty where it only reports usage.

    Raises:
        WireError: It is no completion.
    """
    choices = cast("Json", answer).get("choices") if isinstance(answer, dict) else None
    if not isinstance(choices, list):
        raise WireError("an answer without `choices`")
    entries = cast("list[Any]", choices)
    if not all(isinstance(entry, dict) for entry in entries):
        raise WireError("a choice that is no object")
    return cast("list[Json]", entries)


def error_json(message: str, *, kind: str, param: str | None = None, code: str | None = None) -> Json:
    """An error in OpenAI's shape."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def error_code(answer: Any) -> str | None:
    """The code of an error in OpenAI's shape, or None where there is none."""
    error = cast("Json", answer).get("error") if isinstance(answer, dict) else None
    code = cast("Json", error).get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) else None


def error_message(answer: Any) -> str | None:
    """The one line of an error answer of any server, or None where it is no error.

    Of a list of faults (FastAPI's 422) the place and the message of each are taken, never the input that it repeats.
    """
    found: Any = answer
    while isinstance(found, dict):
        inner = cast("Json", found)
        found = next((inner[key] for key in ("error", "message", "detail") if inner.get(key)), None)
    if isinstance(found, list) and found is not answer:
        found = "; ".join(filter(None, map(_fault, cast("list[Any]", found))))
    return " ".join(found.split()) if isinstance(found, str) and found.strip() else None


def _fault(entry: Any) -> str:
    if not isinstance(entry, dict):
        return ""
    fault = cast("Json", entry)
    place, message = fault.get("loc"), fault.get("msg")
    if not isinstance(message, str):
        return ""
    steps = cast("list[Any]", place) if isinstance(place, list) else []
    return f"{'.'.join(map(str, steps))}: {message}" if steps else message


def health_json(health: Health, tenant: str | None = None) -> Json:
    """The body of `GET /health` for a caller, who is told of what its own prompts left and of nobody else's."""
    caches = health.caches
    cache = None if caches is None else asdict(caches.get(tenant, CacheStatistics()))
    return {"state": health.state.value, "percent": health.percent, "detail": health.detail, "cache": cache}


def parse_health(answer: Any) -> Health | None:
    """Our own engine's health, or None where the answer is another server's."""
    try:
        cache = answer.get("cache")
        return Health(
            state=HealthState(answer["state"]),
            percent=int(answer["percent"]),
            detail=str(answer.get("detail", "")),
            caches=None if cache is None else {None: CacheStatistics(**cache)},
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def models_json(capabilities: Capabilities) -> Json:
    """The body of `GET /v1/models`: the model, and after it the model with each of its adapters."""
    adapted = [replace(capabilities, model=f"{capabilities.model}@{name}") for name in capabilities.adapters]
    served = [capabilities, *(replace(entry, adapters=()) for entry in adapted)]
    return {"object": "list", "data": [_model_json(entry, capabilities.model) for entry in served]}


def _model_json(capabilities: Capabilities, root: str) -> Json:
    entry = {"id": capabilities.model, "object": "model", "owned_by": "codex-lsp", "root": root}
    return entry | {"capabilities": asdict(capabilities)}


def parse_capabilities(entry: Json) -> Capabilities | None:
    """What our own engine says of a model, or None where the entry is another server's."""
    value = entry.get("capabilities")
    if not isinstance(value, dict):
        return None
    fields = {name: cast("Json", value)[name] for name in Capabilities.__dataclass_fields__ if name in value}
    adapters = fields.get("adapters")
    if isinstance(adapters, list):
        fields["adapters"] = tuple(map(str, cast("list[Any]", adapters)))
    try:
        return Capabilities(**fields)
    except TypeError:
        return None
