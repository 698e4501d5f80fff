"""Places in a text that stay what they are while the text is edited. Pure; offsets count code points."""

import bisect
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """`text` takes the place of what stood from `start` up to `end`."""

    start: int
    end: int
    text: str

    @property
    def growth(self) -> int:
        """By how much the whole text gets longer."""
        return len(self.text) - (self.end - self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From `start` up to, not including, `end`."""

    start: int
    end: int

    def after(self, edit: Edit) -> "Span":
        """Where the same text is after `edit`.

        An edit beside it moves it; what is inserted at either of its ends is beside it. One that takes away some of
        it, or inserts inside it, belongs to it with all that it brings.

        >>> Span(start=2, end=5).after(Edit(start=2, end=2, text="ab"))
        Span(start=4, end=7)
        >>> Span(start=2, end=5).after(Edit(start=1, end=3, text=""))
        Span(start=1, end=3)
        """
        if edit.end <= self.start:
            return Span(start=self.start + edit.growth, end=self.end + edit.growth)
        if edit.start >= self.end:
            return self
        return Span(start=min(self.start, edit.start), end=max(self.end, edit.end) + edit.growth)


def edit_between(before: str, after: str) -> Edit:
    """One edit that makes `after` of `before`: all between their common beginning and their common end.

    >>> edit_between("abcd", "abxd")
    Edit(start=2, end=3, text='x')
    """
    shorter = min(len(before), len(after))
    # By bisection: comparing slices is much faster than walking characters.
    sizes = range(1, shorter + 1)
    start = bisect.bisect_left(sizes, x=True, key=lambda size: before[:size] != after[:size])
    rest = range(1, shorter - start + 1)
    end = bisect.bisect_left(rest, x=True, key=lambda size: before[-size:] != after[-size:])
    return Edit(start=start, end=len(before) - end, text=after[start : len(after) - end])
