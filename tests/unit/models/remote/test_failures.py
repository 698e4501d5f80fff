import json

import pytest

from codex_lsp.models.remote.failures import MAX_MESSAGE, MIN_QUOTE, from_status, told

CODE = "def login(user):\n    secret = 'xyzzy-plugh-42'\n    return "
ASKED = {"model": "m", "prompt": CODE, "suffix": "\n\nlogin('a person of note')\n"}


@pytest.mark.parametrize(
    "message",
    [
        f"cannot complete: {CODE}",
        f"[{{'type': 'missing', 'loc': ('body', 'model'), 'msg': 'Field required', 'input': {ASKED}}}]",
        "1 validation error for Request\nn\n  too many [input_value='x=xyzzy', input_type=str]",
        f"bad request {json.dumps(ASKED)}",
        "no such: login('a person of note')",
    ],
)
def test_a_message_that_repeats_the_request_is_told_without_it(message: str) -> None:
    line = told({"error": {"message": message}}, ASKED)
    assert line is not None
    assert "…" in line
    assert "xyzzy" not in line
    assert "person" not in line
    assert line.split(" ", 1)[0] == message.split(" ", 1)[0]


def test_a_coincidence_is_no_quote() -> None:
    assert told({"error": "cannot return secret"}, ASKED) == "cannot return secret"
    assert told({"error": CODE[: MIN_QUOTE - 1]}, ASKED) == CODE[: MIN_QUOTE - 1]


def test_a_long_message_is_cut() -> None:
    assert told({"error": "x" * 10_000}, ASKED) == "x" * MAX_MESSAGE


def test_without_a_request_there_is_nothing_to_leave_out() -> None:
    assert told({"detail": "Not Found"}, None) == "Not Found"
    assert told({}, ASKED) is None


def test_the_model_of_the_request_is_named() -> None:
    assert "model `m`" in str(from_status(404, b"{}", "http://peer", ASKED))
