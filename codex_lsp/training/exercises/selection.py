"""Elements of something, some of them chosen, each perhaps changed: in words and in code.

A noun phrase (`the squares of the even numbers in $numbers`), an order (`keep the even numbers in $numbers, square each
of them`) and four ways to write the same as a body.
"""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from codex_lsp.training.exercises.chance import chance
from codex_lsp.training.exercises.templates import choose

_ELEMENTS = {"int": "$x", "word": "$w", "char": "$ch"}
_INDENT = "    "
Part = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Where elements come from, which of them, and what each becomes; the parts are settled (`families`)."""

    source: Part
    chosen: Part | None
    change: Part | None

    @property
    def element(self) -> str:
        """The variable that stands for one element."""
        return _ELEMENTS[self.source["element"]]

    @property
    def one(self) -> str:
        """One element, in words."""
        return self.source["noun"].removesuffix("s")

    @property
    def condition(self) -> str:
        """When an element is chosen, as code; empty where all are."""
        return self._code(self.chosen) if self.chosen else ""

    @property
    def value(self) -> str:
        """What an element becomes, as code."""
        return self._code(self.change) if self.change else self.element

    def _code(self, part: Part) -> str:
        return part["code"].replace("$x", self.element)

    @property
    def verb1(self) -> str:
        """What one chosen element does, in words: `is even`."""
        chosen = self.chosen or {}
        article = "an" if chosen.get("one", "")[:1] in set("aeiou") else "a"
        return chosen.get("verb1") or f"is {article} {chosen.get('one', '')}"

    def bare(self, random: Random) -> str:
        """The chosen elements in words, without an article."""
        noun, where = self.source["noun"], self.source["where"]
        if self.chosen is None:
            return noun + where
        if "noun" in self.chosen:
            return self.chosen["noun"] + where
        if "adj" in self.chosen:
            return f"{self.chosen['adj']} {noun}{where}"
        pred = self.chosen["pred"]
        if pred.startswith(("that", "whose")):
            return f"{noun}{where} {pred}"
        if chance(random, 0.6):
            return f"{noun} {pred}{where}"
        return f"{noun}{where} that {self.chosen['verb']}"

    def phrase(self, random: Random) -> str:
        """The changed elements as a noun phrase."""
        of = choose("<the|the|the|all|all the> ", random) + self.bare(random)
        return self.change["np"].replace("$of", of) if self.change else of

    def orders(self, random: Random) -> list[str]:
        """The steps up to here as orders."""
        told: list[str] = []
        if self.chosen:
            told.append(choose("<keep only|select|take|keep> the ", random) + self.bare(random))
        if self.change:
            each = "<each of them|each one>" if self.chosen else f"<each|every> {self.one}{self.source['where']}"
            told.append(self.change["each"].replace("$each", choose(each, random)))
        return told

    @property
    def generator(self) -> str:
        """A generator of the values, without parentheses of its own; the source itself where nothing is done to it."""
        if self.chosen is None and self.change is None:
            return self.source["it"]
        condition = f" if {self.condition}" if self.chosen else ""
        return f"{self.value} for {self.element} in {self.source['it']}{condition}"

    @property
    def listed(self) -> str:
        """A list of the values."""
        if self.chosen is None and self.change is None:
            return self.source["it"] if self.source["type"].startswith("List") else f"list({self.source['it']})"
        return f"[{self.generator}]"

    @property
    def lambdas(self) -> str:
        """The same by `map` and `filter`."""
        iterated = self.source["it"]
        if self.chosen:
            iterated = f"filter(lambda {self.element}: {self.condition}, {iterated})"
        return f"map(lambda {self.element}: {self.value}, {iterated})" if self.change else iterated


def selection_bodies(selection: Selection, sink: Part) -> tuple[str, ...]:
    """Bodies that send the selected values into a sink: at once, step by step, and as a loop."""
    imports = f"{sink['imports']}\n" if "imports" in sink else ""
    loop = f"{sink['init']}\n{looped(selection, sink['update'])}\nreturn {sink['final']}"
    bodies = [imports + _at_once(selection.generator, selection.listed, sink), loop]
    if selection.chosen or selection.change:
        bodies.append(imports + _stepwise(selection, sink))
        bodies.append(imports + _at_once(selection.lambdas, f"list({selection.lambdas})", sink))
    return tuple(bodies)


def looped(selection: Selection, update: str) -> str:
    """A loop over the elements that updates by every selected value, `$e`."""
    inner = update.replace("$e", selection.value)
    if selection.chosen:
        inner = f"if {selection.condition}:\n{textwrap.indent(inner, _INDENT)}"
    return f"for {selection.element} in {selection.source['it']}:\n{textwrap.indent(inner, _INDENT)}"


def _at_once(generator: str, listed: str, sink: Part) -> str:
    first = f"$selected = {listed}\n" if "$selected" in sink["expr"] else ""
    return f"{first}return {sink['expr'].replace('$gen', generator).replace('$list', listed)}"


def _stepwise(selection: Selection, sink: Part) -> str:
    lines: list[str] = []
    iterated = selection.source["it"]
    if selection.chosen:
        name = "$mapped" if selection.change else "$selected"
        lines.append(f"{name} = [{selection.element} for {selection.element} in {iterated} if {selection.condition}]")
        iterated = name
    if selection.change:
        lines.append(f"$selected = [{selection.value} for {selection.element} in {iterated}]")
    lines.append("return " + sink["expr"].replace("$gen", "$selected").replace("$list", "$selected"))
    return "\n".join(lines)
