"""How far something is, how fast it goes, and how long it will take."""

import time
from collections.abc import Callable

_EVERY_S = 5.0
_EVERY_SHARE = 0.05
_MINUTE_S = 60.0
_HOUR_S = 3600.0


class Progress:
    """Tells every few seconds, more rarely the longer it takes, and at the end."""

    def __init__(
        self,
        what: str,
        total: int,
        notify: Callable[[str], None],
        *,
        known: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin.

        Args:
            what: What is counted, for example `samples`.
            total: How many there will be.
            notify: Is told.
            known: How many were there before; they count for no rate.
            clock: Seconds.
        """
        self._what, self._total, self._notify, self._clock = what, total, notify, clock
        self._known = self._done = known
        self._started = self._told = clock()
        if known:
            notify(f"{what}: {known} of {total} were there")

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        now = self._clock()
        passed_s = now - self._started
        if now - self._told >= max(_EVERY_S, _EVERY_SHARE * passed_s) or self._done == self._total:
            self._told = now
            self._notify(self._line(passed_s))

    def _line(self, passed_s: float) -> str:
        rate = (self._done - self._known) / passed_s if passed_s > 0 else 0.0
        line = f"{self._what}: {self._done} of {self._total}"
        if rate and self._done < self._total:
            return f"{line}, {rate:.1f} a second, {shown_time((self._total - self._done) / rate)} left"
        return f"{line}, {rate:.1f} a second, {shown_time(passed_s)}"


def shown_time(seconds: float) -> str:
    """Seconds as a person says them.

    >>> shown_time(8.2), shown_time(140), shown_time(7260)
    ('8 s', '2 min 20 s', '2 h 1 min')
    """
    if seconds >= _HOUR_S:
        return f"{seconds // _HOUR_S:.0f} h {seconds % _HOUR_S // _MINUTE_S:.0f} min"
    if seconds >= _MINUTE_S:
        return f"{seconds // _MINUTE_S:.0f} min {seconds % _MINUTE_S:.0f} s"
    return f"{seconds:.0f} s"
