"""The functions that assists are asked for in every editor."""

ANSWER = "return [sum(numbers[: at + 1]) for at in range(len(numbers))]"
SOLVED = '''def running_total(numbers: list[int]) -> list[int]:
    """The sum so far, at each place.

    >>> running_total([1, 2, 3])
    [1, 3, 6]
    """
    raise NotImplementedError
'''
TESTED = '''def clamp(value: int, low: int, high: int) -> int:
    """Keep a number between two others.

    >>> clamp(5, 0, 3)
    3
    """
    if value < low:
        return low
    if value > high:
        return high
    return value
'''
