"""Families that put parts together: elements chosen, changed and gathered; conditions on all; chains of changes."""

import builtins
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from random import Random
from typing import Any

from codex_lsp.training.exercises.draft import Draft, Parameter
from codex_lsp.training.exercises.families import drawn_inputs, drawn_part, parts, plain_name, settled_part
from codex_lsp.training.exercises.selection import Selection, looped, selection_bodies
from codex_lsp.training.exercises.templates import Names, choose, fill, written_names
from codex_lsp.training.exercises.wording import capitalised, worded

_FILTERS = {"int": "int_filter", "word": "word_filter", "char": "char_filter"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A family of compositions, by name; `parts` draws one of its compositions."""

    name: str
    compose: Callable[[Random], "Composition"]

    def draw(self, random: Random) -> Draft:
        """One draft.

        Raises:
            Unsound: No arguments were found.
        """
        made = self.compose(random)
        words = [word for word in choose(made.slug, random).split("_") if word]
        name = plain_name(random) or "_".join(words)
        name = f"get_{name}" if hasattr(builtins, name) else name
        names = Names(random, {name, "string", *written_names(made.bodies)})
        parameters = tuple(
            Parameter(name=names[source["role"]], type=source["type"], kind=source["kind"]) for source in made.sources
        )
        template, _, note = made.doc.partition("\0")
        doc = f"{worded(template, parameters, random)} {note}".strip()
        bodies = [fill(choose(body, random), {}, names) for body in made.bodies]
        random.shuffle(bodies)
        return Draft(
            family=self.name,
            name=name,
            parameters=parameters,
            returns=made.returns,
            sentences=capitalised(fill(choose(doc, random), {}, names)),
            bodies=tuple(bodies),
            inputs=drawn_inputs(parameters, "True", random),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """What a pipeline drew: templates still, with their roles open."""

    slug: str
    sources: tuple[Mapping[str, str], ...]
    returns: str
    doc: str
    bodies: tuple[str, ...]


@cache
def composed_families() -> tuple[Pipeline, ...]:
    """All families of this module."""
    return tuple(_families())


def _families() -> Iterator[Pipeline]:
    for element in ("int", "word", "char"):
        for at, sink in enumerate(parts(element)):
            name = f"{element}s_{sink['slug'] or 'list'}_{at}".replace("$c", "some")
            yield Pipeline(name=name, compose=partial(_gathered, element, sink))
        yield Pipeline(name=f"{element}s_counted", compose=partial(_counted, element))
        yield Pipeline(name=f"{element}s_any_or_all", compose=partial(_quantified, element))
        yield Pipeline(name=f"{element}s_first_index", compose=partial(_first_index, element))
    for number in (1, 2, 3):
        yield Pipeline(name=f"text_steps_{number}", compose=partial(_chained, number))
    yield Pipeline(name="int_either", compose=_either)
    yield Pipeline(name="int_parted", compose=_parted)
    yield Pipeline(name="word_to_number", compose=_mapped_words)
    yield Pipeline(name="word_numbers", compose=_word_numbers)


def _source(element: str, random: Random) -> Mapping[str, str]:
    found = [part for part in parts("source") if part["element"] == element]
    return settled_part(random.choice(found), random)


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
    if random.random() < 0.3:  # noqa: PLR2004 - a share
        told[random.randrange(3)] = ""
    return "_".join(word for word in told if word) or "selected"


def _gathered(element: str, sink: Mapping[str, Any], random: Random) -> Composition:
    settled = settled_part(sink, random)
    returned = settled["returns"].startswith("List") and "sorted" not in settled["expr"]
    selection = _selection(element, random, plain=not returned)
    note = f" {settled['note']}" if "note" in sink and (sink.get("required") or random.random() < 0.5) else ""  # noqa: PLR2004
    orders = selection.orders(random)
    if orders and random.random() < 0.3:  # noqa: PLR2004 - a share
        doc = _ordered([*orders, settled["clause"]], random) + note
    else:
        doc = "np: " + settled["np"].replace("$it", selection.phrase(random))
        doc = doc if not note else worded_with(doc, note)
    return Composition(
        slug=_slug(selection, settled["slug"], random),
        sources=(selection.source,),
        returns=settled["returns"],
        doc=doc,
        bodies=selection_bodies(selection, settled),
    )


def worded_with(doc: str, note: str) -> str:
    """A template with a sentence behind it; `draw` words the first and keeps the rest."""
    return doc + "\0" + note.strip()


def _ordered(orders: Sequence[str], random: Random) -> str:
    joint = random.choice([" and ", ", then ", ", and then "])
    return capitalised(", ".join(orders[:-1]) + joint + orders[-1] + ".")


def _counted(element: str, random: Random) -> Composition:
    source = _source(element, random)
    selection = Selection(source=source, chosen=drawn_part(_FILTERS[element], random), change=None)
    counted = selection.bare(random)
    one = f"return sum(1 for {selection.element} in {source['it']} if {selection.condition})"
    whole = f"return len([{selection.generator}])"
    loop = f"$count = 0\n{looped(selection, '$count += 1')}\nreturn $count"
    return Composition(
        slug=_slug(selection, "<count|count|number_of|num|how_many>", random),
        sources=(source,),
        returns="int",
        doc=random.choice([f"np: the number of {counted}", f"Count the {counted}.", f"How many {counted} are there?"]),
        bodies=(one, whole, loop),
    )


def _quantified(element: str, random: Random) -> Composition:
    source = _source(element, random)
    selection = Selection(source=source, chosen=drawn_part(_FILTERS[element], random), change=None)
    x, it, where = selection.element, source["it"], source["where"]
    verb1 = f"is a {selection.chosen['one']}" if selection.chosen and "one" in selection.chosen else ""
    verb1 = (
        (verb1 or (selection.chosen or {}).get("verb1", ""))
        .replace("is a upp", "is an upp")
        .replace("is a alp", "is an alp")
    )
    if random.random() < 0.5:  # noqa: PLR2004 - one of two
        doc = f"if: <every {selection.one}{where} {verb1}|each {selection.one}{where} {verb1}>"
        return_, loop_, slug = "all", "False", "<all|every|only>"
        condition = f"if not ({selection.condition})"
    else:
        doc = f"if: <at least one {selection.one}{where} {verb1}|any {selection.one}{where} {verb1}>"
        return_, loop_, slug = "any", "True", "<any|has|contains>"
        condition = f"if {selection.condition}"
    last = "True" if loop_ == "False" else "False"
    loop = f"for {x} in {it}:\n    {condition}:\n        return {loop_}\nreturn {last}"
    return Composition(
        slug=_slug(selection, slug, random),
        sources=(source,),
        returns="bool",
        doc=doc,
        bodies=(f"return {return_}({selection.condition} for {x} in {it})", loop),
    )


def _first_index(element: str, random: Random) -> Composition:
    found = [
        part for part in parts("source") if part["element"] == element and part["it"] in {"$numbers", "$words", "$text"}
    ]
    source = settled_part(random.choice(found), random)
    selection = Selection(source=source, chosen=drawn_part(_FILTERS[element], random), change=None)
    x, it, where = selection.element, source["it"], source["where"]
    verb1 = (
        (selection.chosen or {}).get("verb1", "") if element != "char" else f"is a {(selection.chosen or {})['one']}"
    )
    last = random.random() < 0.4  # noqa: PLR2004 - a share
    which = "last" if last else "first"
    order = f"range(len({it}) - 1, -1, -1)" if last else f"range(len({it}))"
    condition = selection.condition.replace(x, f"{it}[$i]")
    by_index = f"for $i in {order}:\n    if {condition}:\n        return $i\nreturn -1"
    if last:
        other = f"$result = -1\nfor $i, {x} in enumerate({it}):\n    if {selection.condition}:\n        $result = $i\nreturn $result"
    else:
        other = f"for $i, {x} in enumerate({it}):\n    if {selection.condition}:\n        return $i\nreturn -1"
    doc = f"np: the <index|position> of the {which} {selection.one}{where} that {verb1}, or -1 if there is none"
    return Composition(
        slug=_slug(selection, f"<index_of_{which}|{which}_index|{which}_position>", random),
        sources=(source,),
        returns="int",
        doc=doc,
        bodies=(by_index, other),
    )


def _chained(number: int, random: Random) -> Composition:
    steps = [drawn_part("text_step", random) for _ in range(number)]
    source = {"role": "text", "type": "str", "kind": "text text sentence mixed"}
    orders = [step["do"].replace("$it", "$text" if at == 0 else "it") for at, step in enumerate(steps)]
    lines = [f"$text = {step['code'].replace('$x', '$text')}" for step in steps]
    nested = "$text"
    for step in steps:
        nested = step["code"].replace(
            "$x",
            nested
            if step["code"].startswith("$x") and " " not in nested
            else f"({nested})"
            if nested != "$text"
            else nested,
        )
    fresh = [f"$result = {steps[0]['code'].replace('$x', '$text')}"]
    fresh += [f"$result = {step['code'].replace('$x', '$result')}" for step in steps[1:]]
    doc = (
        orders[0]
        if number == 1
        else ", ".join(orders[:-1]) + random.choice([" and ", ", then ", ", and then "]) + orders[-1]
    )
    bodies = [f"return {nested}"]
    if number > 1:
        bodies += ["\n".join([*lines, "return $text"]), "\n".join([*fresh, "return $result"])]
    return Composition(
        slug="_".join(step["slug"] for step in steps)
        if random.random() < 0.5
        else choose("<change_text|convert|transform_text|edit|modify_string|process_text|format_text|clean>", random),  # noqa: PLR2004
        sources=(source,),
        returns="str",
        doc=f"do: {doc}",
        bodies=tuple(bodies),
    )


def _either(random: Random) -> Composition:
    source = settled_part(parts("source")[0], random)
    chosen, one, other = drawn_part("int_filter", random), drawn_part("int_map", random), drawn_part("int_map", random)
    selection = Selection(source=source, chosen=chosen, change=None)
    kept = random.random() < 0.5  # noqa: PLR2004 - one of two
    second = "$x" if kept else other["code"]
    rest = (
        "<leave the others as they are|keep all others unchanged>"
        if kept
        else other["each"].replace("$each", "<each of the others|every other one>")
    )
    doc = f"do: {one['each'].replace('$each', f'<each|every> {selection.one}' + source['where'] + ' that ' + chosen['verb1'])} and {rest}"
    comprehension = f"return [{one['code']} if {chosen['code']} else {second} for $x in {source['it']}]"
    loop = (
        f"$result = []\nfor $x in {source['it']}:\n    if {chosen['code']}:\n        $result.append({one['code']})\n"
        f"    else:\n        $result.append({second})\nreturn $result"
    )
    return Composition(
        slug=f"{one['slug']}_if_{chosen['slug']}",
        sources=(source,),
        returns="List[int]",
        doc=doc,
        bodies=(comprehension, loop),
    )


def _parted(random: Random) -> Composition:
    source = settled_part(parts("source")[0], random)
    chosen = drawn_part("int_filter", random)
    selection = Selection(source=source, chosen=chosen, change=None)
    doc = f"do: split $numbers into two lists: <the {selection.one}s|those> that {chosen['verb']} and <the others|all others>"
    two = f"return [$x for $x in $numbers if {chosen['code']}], [$x for $x in $numbers if not ({chosen['code']})]"
    loop = (
        f"$selected = []\nrest = []\nfor $x in $numbers:\n    if {chosen['code']}:\n        $selected.append($x)\n"
        "    else:\n        rest.append($x)\nreturn $selected, rest"
    )
    return Composition(
        slug=f"<split|partition|separate>_{chosen['slug']}",
        sources=(source,),
        returns="Tuple[List[int], List[int]]",
        doc=doc + choose(". <Return both as a tuple|Return a tuple of both lists>", random),
        bodies=(two, loop),
    )


def _mapped_words(random: Random) -> Composition:
    source = _source("word", random)
    number = drawn_part("word_number", random)
    code = number["code"].replace("$x", "$w")
    doc = f"np: a dictionary <from each {source['noun'].removesuffix('s')}{source['where']} to|whose keys are the {source['noun']}{source['where']} and whose values are> "
    what = {"lengths": "<its length|their lengths>", "distinct_letters": "the number of different letters in it"}
    doc += what.get(number["slug"], f"the number of times {number['slug'].removeprefix('count_')!r} occurs in it")
    loop = f"$result = {{}}\nfor $w in {source['it']}:\n    $result[$w] = {code}\nreturn $result"
    return Composition(
        slug=f"<map_{number['slug']}|{number['slug']}_by_word|word_{number['slug']}>",
        sources=(source,),
        returns="Dict[str, int]",
        doc=doc,
        bodies=(f"return {{$w: {code} for $w in {source['it']}}}", loop),
    )


def _word_numbers(random: Random) -> Composition:
    sink = settled_part(random.choice(parts("int")[:9]), random)
    chosen = drawn_part("word_filter", random) if random.random() < 0.5 else None  # noqa: PLR2004 - one of two
    selection = Selection(source=_source("word", random), chosen=chosen, change=drawn_part("word_number", random))
    note = "\0" + sink["note"] if "note" in sink else ""
    return Composition(
        slug=_slug(selection, sink["slug"], random),
        sources=(selection.source,),
        returns=sink["returns"],
        doc="np: " + sink["np"].replace("$it", selection.phrase(random)) + note,
        bodies=selection_bodies(selection, sink),
    )
