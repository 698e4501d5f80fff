"""Keys and values of prompts that were read: a radix tree, so that a prompt pays only for what is new in it.

A block holds a run of tokens in one piece of memory and begins at a place in its parent. What is typed mostly appends:
then the last block grows in place, and a few tokens after the place of the change are written over. A prompt that
leaves a block earlier begins a child there; the part before it is read where it lies, never copied. What has not been
used for longest goes first when memory is short.
"""

from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from codex_lsp.types import CacheStatistics

SHORT_TAIL = 64
"""So many tokens after a change may be written over: the next prompt seldom has them, and they are soon read again."""
LEAST_SHARED = 64
"""Fewer tokens than these are read again rather than shared: each part costs every step two more products."""
MOST_PARTS = 8
"""A prompt in more parts than these is read again as one."""
_ROUND = 256
_MOST_SPARE = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Cached:
    """Keys and values: each [layers, key-value heads, tokens, head width]."""

    keys: Tensor
    values: Tensor

    def part(self, length: int) -> "Cached":
        """The first tokens, in the same memory."""
        return Cached(keys=self.keys[:, :, :length], values=self.values[:, :, :length])


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheShape:
    """What a token's keys and values are."""

    layers: int
    groups: int
    width: int
    dtype: torch.dtype
    device: torch.device

    @property
    def token_bytes(self) -> int:
        """Memory of one token."""
        return 2 * self.layers * self.groups * self.width * self.dtype.itemsize

    def empty(self, tokens: int) -> Cached:
        """Memory for some tokens."""
        size = (self.layers, self.groups, tokens, self.width)
        keys, values = (torch.empty(size, dtype=self.dtype, device=self.device) for _ in range(2))
        return Cached(keys=keys, values=values)


class TreeKey(NamedTuple):
    """Whose tree: what reads (a model with an adapter), and for whom, where several may not learn of each other."""

    network: Hashable
    tenant: str | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Block:
    """A run of tokens; `at` counts tokens of the parent before it, `readers` the leases that read or write it."""

    key: TreeKey
    shape: CacheShape
    parent: "Block | None"
    at: int
    cached: Cached
    tokens: list[int] = field(default_factory=list[int])
    children: list["Block"] = field(default_factory=list["Block"])
    readers: int = 0
    last_use: int = 0

    @property
    def capacity(self) -> int:
        """Tokens that its memory holds."""
        return self.cached.keys.shape[2]

    @property
    def bytes(self) -> int:
        """Its memory."""
        return self.capacity * self.shape.token_bytes


Path = list[tuple[Block, int]]
"""Blocks from a root on, each with how many of its tokens are meant."""


class PrefixCache:
    """The trees of all models, adapters and tenants under one limit; used by one thread.

    Attributes:
        max_bytes: Between requests no more than these are held.
    """

    def __init__(self, *, max_bytes: int) -> None:
        """Begin empty."""
        self.max_bytes = max_bytes
        self._roots: dict[TreeKey, list[Block]] = {}
        self._clock = 0
        self._bytes = 0
        self._statistics: dict[str | None, CacheStatistics] = {}

    @property
    def statistics(self) -> CacheStatistics:
        """What it has brought to all tenants."""
        parts = [asdict(one) for one in self.by_tenant().values()]
        return CacheStatistics(**{name: sum(part[name] for part in parts) for name in asdict(CacheStatistics())})

    def by_tenant(self) -> dict[str | None, CacheStatistics]:
        """What it has brought to each; any thread may ask."""
        return self._statistics.copy()

    def holds(self, tokens: int, shape: CacheShape) -> bool:
        """Whether so many tokens may stay when nobody reads them."""
        return tokens * shape.token_bytes <= self.max_bytes

    def lease(self, key: TreeKey, prompt: Sequence[int], shape: CacheShape, *, counted: bool = False) -> "Lease":
        """What is there of a prompt, and a block for the rest of it; the last token always belongs to the rest.

        Args:
            key: Whose tree.
            prompt: Token ids, at least one.
            shape: What the model keeps of a token.
            counted: Whether this is what the statistics count as a prompt.
        """
        ids = list(prompt)
        path = _longest(self._roots.get(key, []), ids[:-1])
        leaf = self._leaf(key, path, shape)
        above = [part for part in path if part[0] is not leaf] if leaf.parent is not None else []
        lease = Lease(self, above, leaf)
        if counted:
            self._note(key, prompts=1, hits=int(lease.matched > 0), tokens=len(ids), reused=lease.matched)
        return lease

    def touch(self, block: Block) -> None:
        """Note that a block is used now."""
        self._clock += 1
        block.last_use = self._clock

    def grow(self, block: Block, capacity: int) -> None:
        """Give a block other memory; what it holds is kept."""
        before = block.cached
        change = (capacity - block.capacity) * block.shape.token_bytes
        # Room is made before it is taken.
        self.evict(self.max_bytes - change)
        block.cached = block.shape.empty(capacity)
        self._count(block.key, change)
        kept = min(capacity, before.keys.shape[2])
        block.cached.keys[:, :, :kept] = before.keys[:, :, :kept]
        block.cached.values[:, :, :kept] = before.values[:, :, :kept]

    def evict(self, max_bytes: int | None = None) -> None:
        """Drop unread leaves, the least recently used first, until so much memory is held."""
        limit = self.max_bytes if max_bytes is None else max_bytes
        while self._bytes > limit:
            idle = [block for key in self._roots for block in self._tree(key) if _is_idle(block)]
            if not idle:
                return
            block = min(idle, key=lambda block: block.last_use)
            self._remove(block)
            self._note(block.key, evicted=1)

    def remove_empty(self, block: Block) -> None:
        """Drop a block that nothing was written to."""
        if not block.tokens and _is_idle(block):
            self._remove(block)

    def _leaf(self, key: TreeKey, path: Path, shape: CacheShape) -> Block:
        """The block that takes what follows a path: its last one where that may be written to, else a new one."""
        if path:
            last, length = path[-1]
            if not last.readers and len(last.tokens) - length <= SHORT_TAIL and _free_after(last, length):
                del last.tokens[length:]
                return last
        alone = sum(length for _, length in path) < LEAST_SHARED or len(path) >= MOST_PARTS
        parent, at = (None, 0) if alone else path[-1]
        block = Block(key=key, shape=shape, parent=parent, at=at, cached=shape.empty(0))
        (self._roots.setdefault(key, []) if parent is None else parent.children).append(block)
        return block

    def _tree(self, key: TreeKey) -> list[Block]:
        found = list(self._roots.get(key, []))
        for block in found:
            found.extend(block.children)
        return found

    def _remove(self, block: Block) -> None:
        (self._roots[block.key] if block.parent is None else block.parent.children).remove(block)
        self._count(block.key, -block.bytes)
        if not self._roots[block.key]:
            del self._roots[block.key]

    def _count(self, key: TreeKey, change: int) -> None:
        self._bytes += change
        self._note(key, bytes=change)

    def _note(self, key: TreeKey, **changes: int) -> None:
        before = asdict(self._statistics.get(key.tenant, CacheStatistics()))
        self._statistics[key.tenant] = CacheStatistics(**{name: before[name] + changes.get(name, 0) for name in before})


class Lease:
    """The blocks of one prompt while it is read and decoded; nobody else changes them until `close`.

    Attributes:
        matched: Tokens of the prompt that were there.
    """

    def __init__(self, cache: PrefixCache, path: Path, leaf: Block) -> None:
        """Hold the blocks of `path`, and write to `leaf`."""
        self.matched = sum(length for _, length in path) + len(leaf.tokens)
        self._cache = cache
        self._path = path
        self._leaf = leaf
        for block in self._held():
            block.readers += 1
            cache.touch(block)

    @property
    def shared(self) -> list[Cached]:
        """What every row sees whole, before the leaf."""
        return [block.cached.part(length) for block, length in self._path]

    @property
    def written(self) -> int:
        """Tokens of the prompt in the leaf."""
        return len(self._leaf.tokens)

    def room(self, tokens: int, *, spare: int = 0) -> Cached:
        """The memory of the leaf, with place for so many tokens in all; `spare` more if it has to be made."""
        if tokens > self._leaf.capacity:
            self._cache.grow(self._leaf, -(-(tokens + max(spare, tokens // 4)) // _ROUND) * _ROUND)
        return self._leaf.cached

    def commit(self, tokens: Sequence[int]) -> None:
        """Tell which tokens of the prompt the leaf now holds after those before."""
        self._leaf.tokens.extend(tokens)

    def close(self) -> None:
        """Give the blocks back."""
        # While it is still held: what is made smaller must not be dropped meanwhile.
        if self._leaf.tokens and self._leaf.capacity - len(self._leaf.tokens) > _MOST_SPARE:
            self._cache.grow(self._leaf, len(self._leaf.tokens) + _ROUND)
        for block in self._held():
            block.readers -= 1
        self._cache.remove_empty(self._leaf)
        self._cache.evict()

    def _held(self) -> list[Block]:
        return [*(block for block, _ in self._path), self._leaf]


def _is_idle(block: Block) -> bool:
    """Whether nobody reads a block and nothing hangs on it."""
    return not block.children and not block.readers


def _longest(roots: Sequence[Block], ids: list[int]) -> Path:
    """The path that holds most of some tokens, from the first on."""
    best: Path = []
    for block in roots:
        length = _common(block.tokens, ids)
        paths = [[(block, length)]]
        below = [child for child in block.children if child.at <= length]
        paths += [[(block, child.at), *rest] for child in below if (rest := _longest([child], ids[child.at :]))]
        best = max([best, *paths], key=lambda path: sum(part for _, part in path))
    return best if any(length for _, length in best) else []


def _common(first: Sequence[int], second: Sequence[int]) -> int:
    """How many tokens are the same at the beginning."""
    size = min(len(first), len(second))
    if first[:size] == second[:size]:
        return size
    return next(place for place, (one, other) in enumerate(zip(first, second, strict=False)) if one != other)


def _free_after(block: Block, length: int) -> bool:
    """Whether no child hangs on tokens after the first `length`."""
    return all(child.at <= length for child in block.children)
