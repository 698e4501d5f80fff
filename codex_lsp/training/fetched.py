"""The packages of a list, fetched a few at a time ahead of what reads them, and judged."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from codex_lsp.errors import TrainingError
from codex_lsp.training.fetching import Fetcher
from codex_lsp.training.licences import LicenceVerdict
from codex_lsp.training.packages import ECOSYSTEMS, ListedPackage
from codex_lsp.training.sources import Package, archived

_AT_ONCE = 3
_AHEAD = 8


def fetched_packages(
    listed: Sequence[ListedPackage], fetcher: Fetcher, notify: Callable[[str], None]
) -> Iterator[Package]:
    """The packages of a list in its order; what cannot be fetched or read comes as a refused package.

    Args:
        listed: What to fetch.
        fetcher: Fetches it.
        notify: Told one line for each ecosystem whose client is missing.
    """
    absent = _unreachable(listed, fetcher, notify)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        waiting: deque[Future[Package]] = deque()
        try:
            for package in listed:
                waiting.append(pool.submit(_fetched, package, fetcher, absent.get(package.ecosystem)))
                if len(waiting) > _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _unreachable(listed: Sequence[ListedPackage], fetcher: Fetcher, notify: Callable[[str], None]) -> dict[str, str]:
    """Why whole ecosystems cannot be fetched here."""
    absent: dict[str, str] = {}
    for ecosystem in ECOSYSTEMS:
        if not any(package.ecosystem == ecosystem and not fetcher.holds(package) for package in listed):
            continue
        missing = fetcher.missing_client(ecosystem)
        if missing is None:
            try:
                fetcher.prepare(ecosystem)
            except TrainingError as error:
                missing = f"{error}: {ecosystem} packages are left out"
        if missing is not None:
            absent[ecosystem] = missing
            notify(missing)
    return absent


def _fetched(listed: ListedPackage, fetcher: Fetcher, absent: str | None) -> Package:
    if absent is not None and not fetcher.holds(listed):
        return _refused(listed, absent)
    try:
        return archived(listed, fetcher.fetch(listed))
    except TrainingError as error:
        return _refused(listed, str(error))


def _refused(listed: ListedPackage, reason: str) -> Package:
    return Package(
        name=listed.name,
        version=listed.version,
        ecosystem=listed.ecosystem,
        verdict=LicenceVerdict(licence="", refusal=reason),
        heldout=listed.heldout,
        read=lambda: iter(()),
    )
