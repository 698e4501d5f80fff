"""Candidates gathered by what they do: the more of them behave alike, the likelier that is what was meant."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codex_lsp.completion.ranking import rank
from codex_lsp.types import Candidate

Behaviour = tuple[str, ...]
"""What `execution.behaviour` says of a candidate, one line for each input."""
_ERROR = "error: "
_NOTHING = "None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Candidates that did the same on all inputs.

    Attributes:
        behaviour: What they did.
        members: By mean log-probability, best first.
    """

    behaviour: Behaviour
    members: tuple[Candidate, ...]

    @property
    def returns(self) -> bool:
        """They give something on some input: those that never do agree on nothing."""
        return not all(said == _NOTHING or said.startswith(_ERROR) for said in self.behaviour)

    @property
    def said(self) -> str:
        """How many there are, in words; of those that never give anything, what they come to."""
        if not self.returns:
            return ", ".join(dict.fromkeys(each.removeprefix(_ERROR) for each in self.behaviour)) + " on every input"
        count = len(self.members)
        return f"one of {count} that do the same" if count > 1 else "no other does the same"


def clusters_of(candidates: Sequence[Candidate], behaviours: Mapping[int, Behaviour]) -> list[Cluster]:
    """The clusters, largest first, the one with the best member first where they are as large.

    Args:
        candidates: In order of sampling.
        behaviours: Of each candidate's `index`.
    """
    order = {candidate.index: place for place, candidate in enumerate(rank(list(candidates)))}
    gathered: dict[Behaviour, list[Candidate]] = defaultdict(list)
    for candidate in sorted(candidates, key=lambda candidate: order[candidate.index]):
        gathered[behaviours[candidate.index]].append(candidate)
    clusters = [Cluster(behaviour=said, members=tuple(members)) for said, members in gathered.items()]
    # What never returns comes last, however often it was written.
    return sorted(clusters, key=lambda each: (not each.returns, -len(each.members), order[each.members[0].index]))
