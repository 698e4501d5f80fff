"""Where an answer came from, cheapest first."""

from enum import StrEnum


class Tier(StrEnum):
    """How much was asked of the model for an answer that shows something."""

    TYPED = "typed"
    """Nothing: the person goes on typing what is shown."""
    CACHE = "cache"
    """Nothing: an earlier generation has it, one for another request, an earlier place, or what would follow."""
    JOINED = "joined"
    """Nothing new: a generation that was running already."""
    GENERATED = "generated"
    """A generation that was started for it."""
