"""Time as the pipeline uses it: something is called later, unless it is called off."""

import asyncio
from collections.abc import Callable
from typing import Protocol


class Alarm(Protocol):
    """A call that is still to come."""

    def cancel(self) -> None:
        """Call it off; harmless when it has been made."""
        ...


SetAlarm = Callable[[float, Callable[[], None]], Alarm]
"""Calls a function after so many seconds."""


def set_alarm(delay_s: float, call: Callable[[], None]) -> Alarm:
    """Call `call` after `delay_s` seconds on the running event loop."""
    return asyncio.get_running_loop().call_later(delay_s, call)
