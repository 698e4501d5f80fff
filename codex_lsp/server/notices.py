"""What a person is told outside of any answer: once, in one line."""

import logging
from collections.abc import Callable, Iterable

logger = logging.getLogger(__name__)

MAX_PROBLEMS = 5
"""Messages about settings at one time; the rest is in the log."""


class Notices:
    """Says each failure once, until something has worked again."""

    def __init__(
        self,
        show_error: Callable[[str], None],
        show_warning: Callable[[str], None],
        show_info: Callable[[str], None],
    ) -> None:
        """Say errors, warnings and what is good to know through these."""
        self._show_error = show_error
        self._show_warning = show_warning
        self._show_info = show_info
        self._failures: set[str] = set()
        self._problems: tuple[str, ...] = ()
        self._unranked: set[str] = set()

    def failed(self, reason: str) -> None:
        """The model did not do its work."""
        logger.warning("no suggestions: %s", reason)
        if reason not in self._failures:
            self._failures.add(reason)
            self._show_error(reason)

    def worked(self) -> None:
        """The model did its work; failures to come are news."""
        self._failures.clear()

    def assist_refused(self, reason: str) -> None:
        """What was asked for cannot be done; said each time, since it was asked for."""
        logger.info("an assist was refused: %s", reason)
        self._show_warning(reason)

    def assist_done(self, message: str) -> None:
        """What an assist came to."""
        self._show_info(message)

    def not_ranked(self, model: str) -> None:
        """A model gives no log-probabilities; said once for each."""
        if model not in self._unranked:
            self._unranked.add(model)
            self._show_info(
                f"`{model}` gives no log-probabilities: suggestions come in the order of sampling, not best first"
            )

    def adapter_left_out(self, reason: str) -> None:
        """An adapter cannot be used; completion goes on without it, so nothing else would tell."""
        logger.warning("%s", reason)
        self._show_warning(f"{reason}. Completion goes on without it")

    def menu_waits_for_restart(self) -> None:
        """The menu was switched on, and this client learns of it at its next start only."""
        self._show_info("`completion.menu`: this editor shows the menu after a restart of the language server")

    def document_lost(self, path: str) -> None:
        """The editor sent a change of a document that cannot be read; the document is given up."""
        reason = f"{path}: a change of it cannot be read; nothing is suggested in it until it is reopened"
        logger.warning("%s", reason)
        self._show_warning(reason)

    def found_in_settings(self, problems: Iterable[str]) -> None:
        """Settings that were not taken; the same ones are not told twice in a row."""
        before, self._problems = self._problems, tuple(problems)
        fresh = [problem for problem in self._problems if problem not in before]
        for problem in fresh:
            logger.warning("%s", problem)
        for problem in fresh[:MAX_PROBLEMS]:
            self._show_warning(problem)
        if len(fresh) > MAX_PROBLEMS:
            self._show_warning(f"{len(fresh) - MAX_PROBLEMS} more settings were not taken; the log names them")
