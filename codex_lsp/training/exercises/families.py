"""Families of exercises that the TOML files beside this module describe.

An entry of one::

    [count_below]                                  # the family's name
    call = "numbers: List[int] -> int"             # roles of the parameters, types
    names = "count_below how_many_below_$c"        # templates of the function's name
    holes = { c = "2..20" }                        # `a..b`, words separated by `|`, or `@part` of parts.toml
    docs = ["np: the number of $numbers below $c"] # templates, as `wording` reads them
    notes = ["An empty list gives 0."]             # sentences that may follow
    bodies = ['''...''', '''...''']                # equivalent bodies
    kinds = { numbers = "ints" }                   # which values, where the type does not say enough
    given = "len(numbers) > 1"                     # what must hold of the arguments, by role
"""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any, cast

from codex_lsp.training.exercises.chance import chance
from codex_lsp.training.exercises.draft import Draft, Parameter, Unsound
from codex_lsp.training.exercises.templates import Names, choose, fill, table, written_names
from codex_lsp.training.exercises.values import draw
from codex_lsp.training.exercises.wording import capitalised, worded

FILES = (
    "strings.toml",
    "encodings.toml",
    "lists.toml",
    "numbers.toml",
    "mappings.toml",
    "nested.toml",
    "conditions.toml",
    "parsing.toml",
    "recursion.toml",
)
INPUTS = 12
_TRIES = 200
_NOTE_SHARE = 0.6
_PLAIN_NAME_SHARE = 0.04
_PLAIN_NAMES = ("solve", "compute", "process", "f", "func", "task", "answer", "calculate", "transform", "evaluate")
_KINDS = {
    "List[int]": "ints",
    "List[float]": "floats",
    "List[str]": "words strings",
    "List[bool]": "bools",
    "List[List[int]]": "nested",
    "List[Tuple[str, int]]": "name_pairs",
    "List[Tuple[int, int]]": "int_pairs",
    "Dict[str, int]": "scores stock",
    "str": "text text mixed sentence",
    "int": "0..20",
    "float": "float",
    "bool": "bool",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One entry of a file; the fields are as in the module's description."""

    name: str
    parameters: tuple[Parameter, ...]
    returns: str
    names: tuple[str, ...]
    docs: tuple[str, ...]
    bodies: tuple[str, ...]
    notes: tuple[str, ...] = ()
    holes: Mapping[str, str] = field(default_factory=dict[str, str])
    given: str = "True"

    def draw(self, random: Random) -> Draft:
        """One draft: every hole filled, the variables named, the inputs drawn.

        Raises:
            Unsound: No arguments were found for which `given` holds.
        """
        values = drawn_values(self.holes, random)
        name = self._drawn_name(values, random)
        names = Names(random, {name, "string", *written_names(self.bodies)})
        values["name"] = name
        parameters = tuple(
            Parameter(name=names[parameter.name], type=parameter.type, kind=parameter.kind)
            for parameter in self.parameters
        )
        doc = worded(random.choice(self.docs), parameters, random)
        notes = [note for note in self.notes if chance(random, _NOTE_SHARE)]
        said = fill(choose(" ".join([doc, *notes]), random), values, names)
        bodies = tuple(fill(choose(body.strip("\n"), random), values, names) for body in self.bodies)
        chosen = random.randrange(len(bodies))
        return Draft(
            family=self.name,
            name=name,
            parameters=parameters,
            returns=self.returns,
            sentences=capitalised(said),
            bodies=(bodies[chosen], *bodies[:chosen], *bodies[chosen + 1 :]),
            inputs=drawn_inputs(self.parameters, fill(self.given, values, names), random),
        )

    def _drawn_name(self, values: "Mapping[str, str | Mapping[str, str]]", random: Random) -> str:
        return plain_name(random) or fill(choose(random.choice(self.names), random), values, Names(random)).replace(
            "-", "minus_"
        )


def plain_name(random: Random) -> str:
    """Now and then a name that tells nothing, so that the docstring has to be read; else an empty text."""
    return random.choice(_PLAIN_NAMES) if chance(random, _PLAIN_NAME_SHARE) else ""


def drawn_values(holes: Mapping[str, str], random: Random) -> dict[str, str | Mapping[str, str]]:
    """A value for every hole: a number, a word, or a part of `parts.toml` whose own holes are filled."""
    return {hole: _drawn_value(source, random) for hole, source in holes.items()}


def drawn_inputs(parameters: Sequence[Parameter], given: str, random: Random) -> tuple[tuple[object, ...], ...]:
    """Distinct argument tuples for which the expression `given` holds.

    Raises:
        Unsound: Fewer than three were found.
    """
    condition = compile(given, "<given>", "eval")
    found: dict[str, tuple[object, ...]] = {}
    for _ in range(_TRIES):
        arguments = tuple(draw(parameter.kind, random) for parameter in parameters)
        by_role = {parameter.name: argument for parameter, argument in zip(parameters, arguments, strict=True)}
        if eval(condition, dict(by_role)):  # noqa: S307 - an expression of our own files
            found.setdefault(repr(arguments), arguments)
        if len(found) == INPUTS:
            break
    if len(found) < 3:  # noqa: PLR2004 - fewer examples tell nothing
        raise Unsound("too few arguments")
    return tuple(found.values())


@cache
def described_families() -> tuple[Family, ...]:
    """All families of the files, in their order."""
    return tuple(_family(name, entry) for file in FILES for name, entry in table(file).items())


@cache
def parts(kind: str) -> tuple[Mapping[str, Any], ...]:
    """The parts of one kind, as `parts.toml` and `sinks.toml` list them."""
    return tuple((table("parts.toml") | table("sinks.toml"))[kind])


def drawn_part(kind: str, random: Random) -> dict[str, str]:
    """One part of a kind, its own holes and choices filled."""
    return settled_part(random.choice(parts(kind)), random)


def settled_part(part: Mapping[str, Any], random: Random) -> dict[str, str]:
    """The texts of a part with its own holes and choices filled; a part that describes elements gets its verbs."""
    values = drawn_values(part.get("draws", {}), random)
    if "pairs" in part:
        values["c"], values["d"] = random.choice(part["pairs"])
    settled = {key: _settled(text, values, random) for key, text in part.items() if isinstance(text, str)}
    described = settled.get("adj") or settled.get("pred")
    if described:
        settled = {"verb": f"are {described}", "verb1": f"is {described}"} | settled
    return settled


def _settled(text: str, values: "Mapping[str, str | Mapping[str, str]]", random: Random) -> str:
    for hole, value in values.items():
        text = re.sub(rf"\${hole}(?![a-z0-9])", lambda _: cast("str", value), text)  # noqa: B023 - called at once
    return choose(text, random)


def _drawn_value(source: str, random: Random) -> str | Mapping[str, str]:
    if source.startswith("@"):
        return drawn_part(source[1:], random)
    if re.fullmatch(r"-?\d+\.\.-?\d+", source):
        return str(draw(source, random))
    return random.choice(source.split("|"))


def _family(name: str, entry: dict[str, Any]) -> Family:
    head, _, returns = entry["call"].rpartition("->")
    function = cast("ast.FunctionDef", ast.parse(f"def f({head}): ...").body[0])
    kinds: dict[str, str] = entry.get("kinds", {})
    parameters: list[Parameter] = []
    for argument in function.args.args:
        kind = ast.unparse(cast("ast.expr", argument.annotation))
        values = kinds.get(argument.arg) or _KINDS[kind]
        parameters.append(Parameter(name=argument.arg, type=kind, kind=values))
    return Family(
        name=name,
        parameters=tuple(parameters),
        returns=returns.strip(),
        names=tuple(entry["names"].split()),
        docs=tuple(entry["docs"]),
        bodies=tuple(entry["bodies"]),
        notes=tuple(entry.get("notes", ())),
        holes=entry.get("holes", {}),
        given=entry.get("given", "True"),
    )
