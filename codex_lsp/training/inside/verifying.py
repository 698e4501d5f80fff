"""Runs solved problems one after another, and tells on a descriptor of its own how each ended.

Started with the file of problems and seconds for each: every line is `[program, entry_point, test]` as JSON. It answers
each with a line of JSON, `[number, what was raised]`, which is empty where the test returned, twice.
"""

import json
import os
import signal
import sys

_CHANNEL = 3


class _TimeIsUp(BaseException):
    """Raised by the alarm, past what a problem may catch."""


def _ring(_number: int, _frame: object) -> None:
    raise _TimeIsUp


def _raised(program: str, entry_point: str, test: str, limit_s: float) -> str:
    namespace: dict[str, object] = {"__name__": "problem"}
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        exec(compile(f"{program}\n{test}\n", "<problem>", "exec", dont_inherit=True), namespace)  # noqa: S102
        # Twice: one that remembers what it was asked gives other answers the second time.
        for _ in range(2):
            namespace["check"](namespace[entry_point])  # pyright: ignore[reportCallIssue]
    except BaseException as error:  # noqa: BLE001 - whatever a problem raises is the answer
        return f"{type(error).__name__}: {error}"[:300]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return ""


def main() -> None:
    """Answer for every line of the file."""
    signal.signal(signal.SIGALRM, _ring)
    limit_s = float(sys.argv[2])
    with open(sys.argv[1], encoding="utf-8") as lines:  # noqa: PTH123 - nothing more than this needs importing
        for number, line in enumerate(lines):
            program, entry_point, test = json.loads(line)
            answer = json.dumps([number, _raised(program, entry_point, test, limit_s)])
            os.write(_CHANNEL, answer.encode() + b"\n")


if __name__ == "__main__":
    main()
