"""Families that put parts together: elements chosen, changed and gathered; conditions on all; chains of changes."""

import builtins
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from random import Random

from codex_lsp.training.exercises import compositions
from codex_lsp.training.exercises.compositions import NOTE, Composition
from codex_lsp.training.exercises.draft import Draft, Parameter
from codex_lsp.training.exercises.families import drawn_inputs, parts, plain_name
from codex_lsp.training.exercises.templates import Names, choose, fill, written_names
from codex_lsp.training.exercises.wording import capitalised, worded


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A family of compositions: its name, and what draws one of them."""

    name: str
    compose: Callable[[Random], Composition]

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
        template, _, note = made.doc.partition(NOTE)
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


@cache
def composed_families() -> tuple[Pipeline, ...]:
    """All families of this module."""
    return tuple(_families())


def _families() -> Iterator[Pipeline]:
    for element in ("int", "word", "char"):
        for at, sink in enumerate(parts(element)):
            name = f"{element}s_{sink['slug'] or 'list'}_{at}".replace("$c", "some")
            yield Pipeline(name=name, compose=partial(compositions.gathered, element, sink))
        yield Pipeline(name=f"{element}s_counted", compose=partial(compositions.counted, element))
        yield Pipeline(name=f"{element}s_any_or_all", compose=partial(compositions.quantified, element))
        yield Pipeline(name=f"{element}s_first_index", compose=partial(compositions.first_index, element))
    for number in (1, 2, 3):
        yield Pipeline(name=f"text_steps_{number}", compose=partial(compositions.chained, number))
    yield Pipeline(name="int_either", compose=compositions.either)
    yield Pipeline(name="int_parted", compose=compositions.parted)
    yield Pipeline(name="word_to_number", compose=compositions.words_to_numbers)
    yield Pipeline(name="word_numbers", compose=compositions.word_numbers)
