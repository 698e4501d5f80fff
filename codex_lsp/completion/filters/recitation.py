"""A candidate that recites what the embedded model learned from is not shown, and the log names package and licence."""

import logging

from codex_lsp.completion.fingerprints import RUN, Fingerprints
from codex_lsp.errors import ModelDamaged
from codex_lsp.types import Candidate, CursorContext

logger = logging.getLogger(__name__)


class RecitationFilter:
    """Drops candidates that end a verbatim run of `RUN` characters or more; the run may begin before the cursor."""

    def __init__(self, fingerprints: Fingerprints) -> None:
        """Look runs up in `fingerprints`, which are read at first use."""
        self._fingerprints: Fingerprints | None = fingerprints

    def __call__(self, candidate: Candidate, context: CursorContext) -> Candidate | None:
        """The candidate, or None where showing it would recite; all pass where the fingerprints cannot be read."""
        if self._fingerprints is None:
            return candidate
        try:
            source = self._fingerprints.recited(context.prefix[-RUN:], candidate.insert)
        except ModelDamaged as error:
            logger.warning("nothing is checked for recitation: %s", error)
            self._fingerprints = None
            return candidate
        if source is None:
            return candidate
        logger.info(
            "a candidate was left out: with what is before the cursor it repeats %d characters or more of %s (%s)",
            RUN,
            source.package,
            source.licence,
        )
        return None
