"""What is said to closed sets: bare names of a list, and every yes and no there is. Rendered once and kept."""

from __future__ import annotations

import pickle
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.recognition_data import Item, Split, Spoken, render
from models.recogniser import slots
from models.recogniser.make_text import spell
from speech.recognition.grammar import Graph, graph_of
from speech.types import DIALECTS, Expectation

SHORTEST = 200
"""Names of the shortest list."""


def listed(split: Split, seed: int, size: int) -> tuple[str, ...]:
    """A list of names; a longer one begins with the shorter."""
    rng = random.Random(f"listed-{split}-{seed}")
    names: dict[str, None] = {}
    while len(names) < size:
        names[spell(slots.full_name(rng, split == "test"))] = None
    return tuple(names)


def bare_names(split: Split, each: int, seed: int) -> list[Item]:
    """Names of the shortest list with nothing around them, ``each`` per region."""
    rng = random.Random(f"names-{split}-{seed}")
    names = listed(split, seed, SHORTEST)
    expectation = Expectation(("name",), names)
    return [Item("listed", n, region, n, expectation) for region in DIALECTS for n in rng.sample(names, each)]


def answers(split: Split, each: int, seed: int) -> list[Item]:
    """Every yes and every no of the grammar, ``each`` times per region; the same whatever the split and seed."""
    expectation = Expectation(("yes_no",))
    said = [(text, truth) for truth in ("yes", "no") for text in _sentences(graph_of(f"<{truth}>"))]
    return [
        Item("yes_no", text, region, truth, expectation)
        for region in DIALECTS
        for text, truth in said
        for _ in range(each)
    ]


def _sentences(graph: Graph) -> list[str]:
    """All sentences of a graph without loops."""
    found: dict[str, None] = {}
    todo = [(graph.closure({0}), "")]
    while todo:
        states, text = todo.pop()
        if states & graph.finals:
            found[text] = None
        for word in dict.fromkeys(word for state in sorted(states) for word in graph.arcs[state]):
            ends = {end for state in states for end in graph.arcs[state].get(word, ())}
            todo.append((graph.closure(ends), f"{text} {word}".strip()))
    return sorted(found)


MAKERS: dict[str, Callable[[Split, int, int], list[Item]]] = {"names": bare_names, "answers": answers}


def load(folder: Path, what: str, split: Split, condition: str, each: int, seed: int) -> list[Spoken]:
    """What ``MAKERS`` has under ``what``, as the far end of a line hears it. eSpeak NG may crash: it has a child."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{what}-{split}-{condition}-{each}-{seed}.pickle"
    if not path.exists():
        arguments = [str(path), what, split, condition, str(each), str(seed)]
        subprocess.run([sys.executable, "-m", "benchmarks.closed_data", *arguments], check=True)
    spoken: list[Spoken] = pickle.loads(path.read_bytes())
    return spoken


def main() -> None:
    path, what, name, condition, each, seed = sys.argv[1:]
    split: Split = "test" if name == "test" else "dev"
    made = render(MAKERS[what](split, int(each), int(seed)), split, condition, int(seed))
    Path(path).write_bytes(pickle.dumps(made))


if __name__ == "__main__":
    main()
