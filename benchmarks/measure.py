"""Runs a plan: starts peers on the same weights, asks them in turn, notes what each took."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from benchmarks.floor import Rates, Request, floor_ms
from benchmarks.material import checkpoint, rates, window
from benchmarks.neighbour import neighbour
from benchmarks.peers.peer import Ask, Peer, PeerFailed, PeerMissing
from benchmarks.peers.registry import PEERS
from benchmarks.plan import ROWS, TOKENS, Plan
from benchmarks.shapes import Shape
from benchmarks.timing import Call, Spread, interleave, spread_of
from benchmarks.traces import TRACES, Window
from codex_lsp.types import Prompt

WARM_UP = 2
COLD_STARTS = 3
COLD = "cold"
APPEND = "append"
OURS = "ours"
OURS_ONE = "ours_one"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One figure of a table; `stops` tells whether rows ended by themselves."""

    shape: str
    threads: int
    busy: bool
    trace: str
    stops: bool
    peer: str
    spread: Spread


@dataclass(slots=True, kw_only=True)
class Findings:
    """All that a run found.

    Attributes:
        cells: Times.
        rates: By shape and threads.
        floors_ms: By shape and threads: of one warm request with a character more.
        versions: What each peer is.
        missing: Why a peer has no figures, by its name.
    """

    cells: list[Cell] = field(default_factory=list[Cell])
    rates: dict[tuple[str, int], Rates] = field(default_factory=dict[tuple[str, int], Rates])
    floors_ms: dict[tuple[str, int], float] = field(default_factory=dict[tuple[str, int], float])
    versions: dict[str, str] = field(default_factory=dict[str, str])
    missing: dict[str, str] = field(default_factory=dict[str, str])

    def p50(self, **wanted: object) -> float | None:
        """The median of the one cell with these values, if it was measured."""
        found = self.spread(**wanted)
        return None if found is None else found.p50_ms

    def spread(self, **wanted: object) -> Spread | None:
        """The times of the one cell with these values, if it was measured."""
        fits = (cell.spread for cell in self.cells if all(getattr(cell, key) == wanted[key] for key in wanted))
        return next(fits, None)


def run(plan: Plan, say: Say) -> Findings:
    """Measure all of a plan."""
    findings = Findings()
    for shape in plan.shapes:
        say(f"{shape.name}: checkpoint")
        words = window(checkpoint(shape, plan.work), plan.prompt_tokens)
        for threads in plan.threads:
            note_floor(findings, plan, shape, threads)
            with started(plan, shape, threads, findings) as peers:
                for busy in (False, True):
                    say(f"{shape.name}: {threads} threads, {'beside a busy neighbour' if busy else 'idle'}")
                    with neighbour(busy=busy):
                        for trace in TRACES:
                            _trace(findings, plan, peers, words, Where(shape, threads, busy, trace, stops=False))
                        _trace(findings, plan, peers, words, Where(shape, threads, busy, APPEND, stops=True))
        say(f"{shape.name}: cold starts")
        _cold(findings, plan, shape, words)
    return findings


def run_quick(plan: Plan, say: Say) -> Findings:
    """One shape, one character more each time, the first number of threads, nothing beside it."""
    findings = Findings()
    (shape,), threads = plan.shapes, plan.threads[0]
    say(f"{shape.name}: checkpoint")
    words = window(checkpoint(shape, plan.work), plan.prompt_tokens)
    note_floor(findings, plan, shape, threads)
    say("starting peers")
    with started(plan, shape, threads, findings) as peers:
        say("asking them in turn")
        _trace(findings, plan, peers, words, Where(shape, threads, busy=False, trace=APPEND, stops=False))
    return findings


def note_floor(findings: Findings, plan: Plan, shape: Shape, threads: int) -> None:
    """Measure the rates, and what they allow."""
    found = findings.rates[shape.name, threads] = rates(shape, threads)
    request = Request(context=plan.prompt_tokens, new=1, rows=ROWS, tokens=TOKENS)
    findings.floors_ms[shape.name, threads] = floor_ms(shape, found, request)


@contextmanager
def started(plan: Plan, shape: Shape, threads: int, findings: Findings) -> Generator[dict[str, Peer]]:
    """All peers that there are, ready; those that are not are noted."""
    with ExitStack() as held:
        peers: dict[str, Peer] = {}
        for name in plan.peers:
            peer = PEERS[name](plan.setting(shape, threads))
            held.callback(peer.close)
            try:
                peer.start()
            except (PeerMissing, PeerFailed) as error:
                findings.missing[name] = str(error)
                continue
            findings.versions[name] = peer.version()
            peers[name] = peer
        yield peers


@dataclass(frozen=True, slots=True)
class Where:
    """Where a figure belongs."""

    shape: Shape
    threads: int
    busy: bool
    trace: str
    stops: bool

    def filled(self, peer: str, milliseconds: list[float]) -> Cell:
        """With the times of a peer."""
        return Cell(
            shape=self.shape.name,
            threads=self.threads,
            busy=self.busy,
            trace=self.trace,
            stops=self.stops,
            peer=peer,
            spread=spread_of(milliseconds),
        )


@dataclass(slots=True)
class _Typist:
    """Types one trace at one peer; its failure is kept, and ends it."""

    peer: Peer
    prompts: Iterator[Prompt]
    stops: bool
    asked: int = 0
    failure: str | None = None

    def ask(self, rows: int) -> float:
        """Ask the next prompt; how many seconds the answer took."""
        if self.failure is not None:
            return 0.0
        self.asked += 1
        ask = Ask(prompt=next(self.prompts), n=rows, tokens=TOKENS, stops=self.stops, seed=self.asked)
        start = time.perf_counter()
        try:
            self.peer.complete(ask)
        except PeerFailed as error:
            self.failure = str(error)
        return time.perf_counter() - start


def _trace(findings: Findings, plan: Plan, peers: dict[str, Peer], words: Window, where: Where) -> None:
    """Ask all peers in turn along one trace."""
    typists = {name: _Typist(peer, TRACES[where.trace](words), where.stops) for name, peer in peers.items()}
    calls: dict[str, Call] = {name: _asking(typist, ROWS) for name, typist in typists.items()}
    if where.trace == APPEND and OURS in typists:
        calls[OURS_ONE] = _asking(typists[OURS], 1)
    for call in calls.values():
        for _ in range(WARM_UP):
            call()
    times = interleave(calls, repeats=plan.repeats, budget_s=plan.budget_s)
    failures = {name: typist.failure for name, typist in typists.items() if typist.failure is not None}
    findings.missing |= failures
    findings.cells += [
        where.filled(name, found) for name, found in times.items() if name.removesuffix("_one") not in failures
    ]


def _asking(typist: _Typist, rows: int) -> Call:
    return lambda: typist.ask(rows)


def _cold(findings: Findings, plan: Plan, shape: Shape, words: Window) -> None:
    """From the start of a process to the end of its first answer."""
    threads = plan.threads[0]
    prompt = next(TRACES[APPEND](words))
    for name in plan.peers:
        if name in findings.missing:
            continue
        times: list[float] = []
        for number in range(COLD_STARTS):
            start = time.perf_counter()
            peer = PEERS[name](plan.setting(shape, threads))
            try:
                peer.start()
                peer.complete(Ask(prompt=prompt, n=ROWS, tokens=TOKENS, stops=False, seed=number))
            finally:
                times.append((time.perf_counter() - start) * 1000)
                peer.close()
        where = Where(shape, threads, busy=False, trace=COLD, stops=False)
        findings.cells.append(where.filled(name, times))
