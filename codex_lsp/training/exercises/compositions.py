"""What a composed exercise is drawn as: templates of its words and bodies, made of parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from codex_lsp.training.exercises.chance import chance
from codex_lsp.training.exercises.families import drawn_part, parts, settled_part
from codex_lsp.training.exercises.selection import Selection, looped, selection_bodies
from codex_lsp.training.exercises.wording import capitalised

NOTE = "\0"
"""Stands between what is worded as one sentence and the sentences behind it."""
_FILTERS = {"int": "int_filter", "word": "word_filter", "char": "char_filter"}
_PLAIN_SOURCES = ("$numbers", "$words", "$text")
_TEXT = {"role": "text", "type": "str", "kind": "text text sentence mixed"}
_VAGUE = "<change_text|convert|transform_text|edit|modify_string|process_text|format_text|clean>"
_FILTERED = "[$x for $x in $numbers if {}]"
_JOINTS = (" and ", ", then ", ", and then ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """What was drawn: templates, with their roles still open.

    Attributes:
        slug: Words of the function's name, joined by underscores.
        sources: Parts that say what the parameters are.
        returns: Type of the result.
        doc: As `wording` reads it, and behind `NOTE` further sentences.
        bodies: Equivalent bodies.
    """

    slug: str
    sources: tuple[Mapping[str, str], ...]
    returns: str
    doc: str
    bodies: tuple[str, ...]


def gathered(element: str, sink: Mapping[str, Any], random: Random) -> Composition:
    """Elements chosen, changed, and sent into a sink."""
    settled = settled_part(sink, random)
    untouched = settled["returns"].startswith("List") and "sorted" not in settled["expr"]
    selection = _selection(element, random, plain=not untouched)
    told = "note" in sink and (sink.get("required", False) or chance(random, 0.5))
    orders = selection.orders(random)
    if orders and chance(random, 0.3):
        doc = capitalised(_joined([*orders, settled["clause"]], random)) + "."
    else:
        doc = "np: " + settled["np"].replace("$it", selection.phrase(random))
    return Composition(
        slug=_slug(selection, settled["slug"], random),
        sources=(selection.source,),
        returns=settled["returns"],
        doc=f"{doc}{NOTE}{settled['note']}" if told else doc,
        bodies=selection_bodies(selection, settled),
    )


def counted(element: str, random: Random) -> Composition:
    """How many elements are of some kind."""
    selection = _chosen(_source(element, random), random)
    noun = selection.bare(random)
    it = selection.source["it"]
    return Composition(
        slug=_slug(selection, "<count|count|number_of|num|how_many>", random),
        sources=(selection.source,),
        returns="int",
        doc=random.choice([f"np: the number of {noun}", f"Count the {noun}.", f"How many {noun} are there?"]),
        bodies=(
            f"return sum(1 for {selection.element} in {it} if {selection.condition})",
            f"return len([{selection.generator}])",
            f"$count = 0\n{looped(selection, '$count += 1')}\nreturn $count",
        ),
    )


def quantified(element: str, random: Random) -> Composition:
    """Whether all elements are of some kind, or any is."""
    selection = _chosen(_source(element, random), random)
    x, it, condition = selection.element, selection.source["it"], selection.condition
    one = selection.one + selection.source["where"]
    if chance(random, 0.5):
        how, words, slug, ends, guard = "all", "<every|each>", "<all|every|only>", False, f"not ({condition})"
    else:
        how, words, slug, ends, guard = "any", "<at least one|any>", "<any|has|contains>", True, condition
    loop = f"for {x} in {it}:\n    if {guard}:\n        return {ends}\nreturn {not ends}"
    return Composition(
        slug=_slug(selection, slug, random),
        sources=(selection.source,),
        returns="bool",
        doc=f"if: {words} {one} {selection.verb1}",
        bodies=(f"return {how}({condition} for {x} in {it})", loop),
    )


def first_index(element: str, random: Random) -> Composition:
    """Where the first or the last element of some kind stands."""
    sources = [part for part in parts("source") if part["element"] == element and part["it"] in _PLAIN_SOURCES]
    selection = _chosen(settled_part(random.choice(sources), random), random)
    x, it = selection.element, selection.source["it"]
    which = random.choice(["first", "first", "last"])
    order = f"range(len({it}))" if which == "first" else f"range(len({it}) - 1, -1, -1)"
    by_index = (
        f"for $i in {order}:\n    if {selection.condition.replace(x, f'{it}[$i]')}:\n        return $i\nreturn -1"
    )
    found = f"for $i, {x} in enumerate({it}):\n    if {selection.condition}:\n        "
    if which == "first":
        by_element = f"{found}return $i\nreturn -1"
    else:
        by_element = f"$result = -1\n{found}$result = $i\nreturn $result"
    one = selection.one + selection.source["where"]
    return Composition(
        slug=_slug(selection, f"<index_of_{which}|{which}_index|{which}_position>", random),
        sources=(selection.source,),
        returns="int",
        doc=f"np: the <index|position> of the {which} {one} that {selection.verb1}, or -1 if there is none",
        bodies=(by_index, by_element),
    )


def chained(number: int, random: Random) -> Composition:
    """So many changes of a text, one after another."""
    steps = [drawn_part("text_step", random) for _ in range(number)]
    orders = [step["do"].replace("$it", "it" if at else "$text") for at, step in enumerate(steps)]
    nested = "$text"
    for at, step in enumerate(steps):
        simple = at == 0 or (step["code"].startswith("$x.") and " " not in nested)
        nested = step["code"].replace("$x", nested if simple else f"({nested})")
    bodies = [f"return {nested}"]
    if number > 1:
        in_place = [f"$text = {step['code'].replace('$x', '$text')}" for step in steps]
        fresh = [
            f"$result = {step['code'].replace('$x', '$result' if at else '$text')}" for at, step in enumerate(steps)
        ]
        bodies += ["\n".join([*in_place, "return $text"]), "\n".join([*fresh, "return $result"])]
    return Composition(
        slug="_".join(step["slug"] for step in steps) if chance(random, 0.5) else _VAGUE,
        sources=(_TEXT,),
        returns="str",
        doc=f"do: {_joined(orders, random)}",
        bodies=tuple(bodies),
    )


def either(random: Random) -> Composition:
    """One change for the numbers of some kind, and another or none for the rest."""
    selection = _chosen(settled_part(parts("source")[0], random), random)
    one, other = drawn_part("int_map", random), drawn_part("int_map", random)
    it, condition = selection.source["it"], selection.condition
    if chance(random, 0.5):
        second, rest = "$x", "<leave the others as they are|keep all others unchanged>"
    else:
        second, rest = other["code"], other["each"].replace("$each", "<each of the others|every other one>")
    which = f"<each|every> {selection.one}{selection.source['where']} that {selection.verb1}"
    loop = (
        f"$result = []\nfor $x in {it}:\n    if {condition}:\n        $result.append({one['code']})\n"
        f"    else:\n        $result.append({second})\nreturn $result"
    )
    return Composition(
        slug=f"{one['slug']}_if_{(selection.chosen or {})['slug']}",
        sources=(selection.source,),
        returns="List[int]",
        doc=f"do: {one['each'].replace('$each', which)} and {rest}",
        bodies=(f"return [{one['code']} if {condition} else {second} for $x in {it}]", loop),
    )


def parted(random: Random) -> Composition:
    """The numbers of some kind, and the rest."""
    selection = _chosen(settled_part(parts("source")[0], random), random)
    condition = selection.condition
    chosen = selection.chosen or {}
    loop = (
        f"$selected = []\nrest = []\nfor $x in $numbers:\n    if {condition}:\n        $selected.append($x)\n"
        "    else:\n        rest.append($x)\nreturn $selected, rest"
    )
    return Composition(
        slug=f"<split|partition|separate>_{chosen['slug']}",
        sources=(selection.source,),
        returns="Tuple[List[int], List[int]]",
        doc=f"do: split $numbers into two lists, those that {chosen['verb']} and <the others|all "
        f"rest>{NOTE}<Return both as a tuple.|Return a tuple of both lists.>",
        bodies=(f"return {_FILTERED.format(condition)}, {_FILTERED.format(f'not ({condition})')}", loop),
    )


def words_to_numbers(random: Random) -> Composition:
    """A dictionary from words to a number of each."""
    source, number = _source("word", random), drawn_part("word_number", random)
    code = number["code"].replace("$x", "$w")
    key = source["noun"].removesuffix("s") + source["where"]
    return Composition(
        slug=f"<map_{number['slug']}|{number['slug']}_by_word|word_{number['slug']}>",
        sources=(source,),
        returns="Dict[str, int]",
        doc=f"np: a dictionary <from each {key} to|that maps each {key} to> {number['of_one']}",
        bodies=(
            f"return {{$w: {code} for $w in {source['it']}}}",
            f"$result = {{}}\nfor $w in {source['it']}:\n    $result[$w] = {code}\nreturn $result",
        ),
    )


def word_numbers(random: Random) -> Composition:
    """A number of each word, sent into a sink of numbers."""
    sink = settled_part(random.choice(parts("int")), random)
    chosen = drawn_part("word_filter", random) if chance(random, 0.5) else None
    selection = Selection(source=_source("word", random), chosen=chosen, change=drawn_part("word_number", random))
    return Composition(
        slug=_slug(selection, sink["slug"], random),
        sources=(selection.source,),
        returns=sink["returns"],
        doc="np: " + sink["np"].replace("$it", selection.phrase(random)) + NOTE + sink.get("note", ""),
        bodies=selection_bodies(selection, sink),
    )


def _source(element: str, random: Random) -> Mapping[str, str]:
    found = [part for part in parts("source") if part["element"] == element]
    return settled_part(random.choice(found), random)


def _chosen(source: Mapping[str, str], random: Random) -> Selection:
    return Selection(source=source, chosen=drawn_part(_FILTERS[source["element"]], random), change=None)


def _selection(element: str, random: Random, *, plain: bool) -> Selection:
    """A draw of what is selected; `plain` allows that nothing is done to the elements."""
    shape = random.choice(["chosen", "change", "both", "both"] + ["none"] * plain)
    if element == "char":
        shape = "chosen"
    chosen = drawn_part(_FILTERS[element], random) if shape in {"chosen", "both"} else None
    change = drawn_part(f"{element}_map", random) if shape in {"change", "both"} else None
    return Selection(source=_source(element, random), chosen=chosen, change=change)


def _slug(selection: Selection, sink: str, random: Random) -> str:
    """A name that says some of what happens."""
    chosen = selection.chosen["slug"] if selection.chosen else ""
    change = selection.change["slug"] if selection.change else ""
    told = [sink, change, chosen, selection.source["slug"]]
    if chance(random, 0.3):
        told[random.randrange(3)] = ""
    return "_".join(word for word in told if word) or "selected"


def _joined(orders: Sequence[str], random: Random) -> str:
    if len(orders) == 1:
        return orders[0]
    return ", ".join(orders[:-1]) + random.choice(_JOINTS) + orders[-1]
