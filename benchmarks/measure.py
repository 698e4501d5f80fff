"""Runs a plan: starts peers on the same weights, asks them in turn, notes what each took."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial

from benchmarks.floor import Rates, Request, floor_ms
from benchmarks.material import checkpoint, rates, window
from benchmarks.neighbour import neighbour
from benchmarks.peers.peer import Ask, Peer, PeerFailed, PeerMissing
from benchmarks.peers.registry import KEEP_NOTHING, PEERS, SLOW
from benchmarks.plan import ROWS, TOKENS, Plan
from benchmarks.shapes import Shape
from benchmarks.timing import Call, Spread, interleave, spread_of
from benchmarks.traces import TRACES, Window
from codex_lsp.types import Prompt

# Of each prompt the first request, with fewer tokens: what was kept is then there, and libraries are warm.
WARM_UP_TOKENS = 4
COLD_STARTS = 3
# Nothing is kept yet, so that it would be `hf` again.
NEVER_COLD = ("hf_kept",)
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
                        for trace, stops in (*((trace, False) for trace in TRACES), (APPEND, True)):
                            where = Where(shape, threads, busy, trace, stops)
                            _trace(findings, plan, where.asked(peers), words, where)
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

    def asked(self, peers: dict[str, Peer]) -> dict[str, Peer]:
        """Those of the peers that are worth their time here."""
        left_out: set[str] = set()
        if self.trace != APPEND:
            left_out |= {*KEEP_NOTHING}
        if self.busy and (self.trace != APPEND or self.stops):
            left_out |= {*SLOW}
        return {name: peer for name, peer in peers.items() if name not in left_out}

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

    def ask(self, rows: int, tokens: int = TOKENS) -> float:
        """Ask the next prompt; how many seconds the answer took."""
        if self.failure is not None:
            return 0.0
        self.asked += 1
        ask = Ask(prompt=next(self.prompts), n=rows, tokens=tokens, stops=self.stops, seed=self.asked)
        start = time.perf_counter()
        try:
            self.peer.complete(ask)
        except PeerFailed as error:
            self.failure = str(error)
        return time.perf_counter() - start


def _trace(findings: Findings, plan: Plan, peers: dict[str, Peer], words: Window, where: Where) -> None:
    """Ask all peers in turn along one trace."""
    typists = {name: _Typist(peer, TRACES[where.trace](words), where.stops) for name, peer in peers.items()}
    calls: dict[str, Call] = {name: partial(typist.ask, ROWS) for name, typist in typists.items()}
    if where.trace == APPEND and OURS in typists:
        calls[OURS_ONE] = partial(typists[OURS].ask, 1)
    for typist in typists.values():
        typist.ask(ROWS, WARM_UP_TOKENS)
    times = interleave(calls, repeats=plan.repeats, budget_s=plan.budget_s)
    failures = {name: typist.failure for name, typist in typists.items() if typist.failure is not None}
    findings.missing |= failures
    findings.cells += [
        where.filled(name, found) for name, found in times.items() if name.removesuffix("_one") not in failures
    ]


def _cold(findings: Findings, plan: Plan, shape: Shape, words: Window) -> None:
    """From the start of a process to the end of its first answer."""
    threads = plan.threads[0]
    prompt = next(TRACES[APPEND](words))

    failures: dict[str, str] = {}

    def started_cold(name: str) -> float:
        start = time.perf_counter()
        peer = PEERS[name](plan.setting(shape, threads))
        try:
            peer.start()
            peer.complete(Ask(prompt=prompt, n=ROWS, tokens=TOKENS, stops=False, seed=0))
        except (PeerMissing, PeerFailed) as error:
            failures[name] = str(error)
        finally:
            took_s = time.perf_counter() - start
            peer.close()
        return took_s

    there = [name for name in plan.peers if name not in {*findings.missing, *NEVER_COLD}]
    calls: dict[str, Call] = {name: partial(started_cold, name) for name in there}
    times = interleave(calls, repeats=min(plan.repeats, COLD_STARTS), budget_s=plan.budget_s)
    where = Where(shape, threads, busy=False, trace=COLD, stops=False)
    findings.missing |= failures
    findings.cells += [where.filled(name, found) for name, found in times.items() if name not in failures]
