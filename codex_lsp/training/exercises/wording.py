"""From what a function gives or does to the sentence that a docstring begins with.

A family says it in one of four ways: `np: the sum of $numbers` (what is returned), `if: $text is empty` (when it is
true), `do: reverse $numbers` (what it does), or a whole sentence.
"""

from collections.abc import Sequence
from random import Random

from codex_lsp.training.exercises.chance import chance
from codex_lsp.training.exercises.draft import Parameter
from codex_lsp.training.exercises.templates import choose

_NOUN_FORMS = (
    "Return {0}.",
    "Return {0}.",
    "Return {0}.",
    "Returns {0}.",
    "Return {0}",
    "<Find|Find and return|Get|Compute|Compute and return|Calculate|Determine> {0}.",
    "<Write|Implement|Create> a function that returns {0}.",
    "<Write|Implement|Create> a function <to find|to get|to compute|that finds|that computes> {0}.",
    "Given {given}, return {0}.",
    "Given {given}, return {0}.",
    "Given {given}, <find|compute|calculate|your task is to return> {0}.",
    "You are given {given}. <Return|Your task is to return|Find|You have to return> {0}.",
    "This function takes {given} and returns {0}.",
    "<Write|Implement> a function that takes {given} and returns {0}.",
    "Takes {given} and returns {0}.",
    "For <a given|the given> input, return {0}.",
)
_CONDITION_FORMS = (
    "Return True if {0}, <False otherwise|and False otherwise|else False>.",
    "Return True if {0}, and False if not.",
    "Returns True if {0}, <False otherwise|else False>.",
    "Check <if|whether> {0}.",
    "Check <if|whether> {0}. Return True if so, <False otherwise|else False>.",
    "Return <whether|whether or not> {0}.",
    "Determine <if|whether> {0}.",
    "Given {given}, <check|determine|return> whether {0}.",
    "Given {given}, return True if {0}, <otherwise return False|False otherwise>.",
    "You are given {given}. Return True <if|when> {0}, <False otherwise|otherwise False>.",
    "<Write|Create|Implement> a function that <checks|tells> <if|whether> {0}.",
    "<Write|Create|Implement> a function that returns True if {0} and False otherwise.",
    "This function takes {given} and returns True if {0}, False otherwise.",
    "Test whether {0}.",
)
_ACTION_FORMS = (
    "{Do}.",
    "{Do}.",
    "{Do}.",
    "{Do} and return the result.",
    "<Write|Implement|Create> a function to {do}.",
    "Given {given}, {do}.",
    "Given {given}, {do} <and return it|and return the result>.",
    "You are given {given}. {Do}.",
    "You are given {given}. Your task is to {do}.",
    "The function should {do}.",
)
_DESCRIPTIONS = {
    "List[int]": "a <list|list|list|array|sequence>~ of <integers|numbers|integers>",
    "List[float]": "a <list|array>~ of <numbers|floats>",
    "List[str]": "a <list|list|array>~ of <strings|words>",
    "List[bool]": "a list~ of booleans",
    "List[List[int]]": "a <list~ of lists of <integers|numbers>|nested list~ of numbers|2D list~ of integers>",
    "List[Tuple[str, int]]": "a list~ of <(name, number) pairs|pairs of a name and a number>",
    "List[Tuple[int, int]]": "a list~ of <pairs of <integers|numbers>|number pairs>",
    "Dict[str, int]": "a <dictionary|dict>~ <from strings to integers|that maps names to numbers|of numbers by name>",
    "str": "a <string|string|string|text>~",
    "int": "<an integer|a number|an integer>~",
    "float": "a <number|float>~",
    "bool": "a <boolean|flag>~",
    "List[Any]": "a list~",
}
"""Of what a parameter takes; `~` is where its name may stand."""


def worded(template: str, parameters: Sequence[Parameter], random: Random) -> str:
    """The sentence that says what a template means; holes of the template stay."""
    kind, _, rest = template.partition(": ")
    if kind == "np":
        return choose(random.choice(_NOUN_FORMS), random).format(rest, given=_given(parameters, random))
    if kind == "if":
        return choose(random.choice(_CONDITION_FORMS), random).format(rest, given=_given(parameters, random))
    if kind == "do":
        form = choose(random.choice(_ACTION_FORMS), random)
        return form.format(do=rest, Do=capitalised(rest), given=_given(parameters, random))
    return template


def capitalised(text: str) -> str:
    """The text with its first letter in upper case, unless it begins with a name of the code."""
    return text if text.startswith("$") else text[:1].upper() + text[1:]


def _given(parameters: Sequence[Parameter], random: Random) -> str:
    """The parameters in words: most often with their names."""
    named = chance(random, 0.7)
    told = [_described(parameter, random, named=named) for parameter in parameters]
    if len(told) == 1:
        return told[0]
    if told.count(told[0]) == len(told) and not named:
        return f"{_NUMBER_WORDS[len(told)]} {_several(told[0])}"
    return ", ".join(told[:-1]) + " and " + told[-1]


def _described(parameter: Parameter, random: Random, *, named: bool) -> str:
    words = choose(_DESCRIPTIONS.get(parameter.type, "a value~"), random).replace("a array", "an array")
    return words.replace("~", f"{random.choice(_NAMED)} {parameter.name}" if named else "")


_NAMED = ("", "", "", " called", " named")
_NUMBER_WORDS = {2: "two", 3: "three", 4: "four"}


def _several(described: str) -> str:
    """The plural of a description: `a list of numbers` becomes `lists of numbers`."""
    _, head, *rest = described.split(" ")
    plural = {"dictionary": "dictionaries", "dict": "dicts"}.get(head, head + "s")
    return " ".join([plural, *rest])
