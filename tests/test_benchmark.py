"""The table of chapter 10: complete, made by the code that stands there, and told truly."""

import ast
import re

import numpy as np
import pytest

from tests.test_chapters import CHAPTERS, code_cells, prose, read
from tools import benchmark

CHAPTER = CHAPTERS / "10-accuracy.ipynb"
TOLD = {  # where the text tells the mean of a recipe
    "published": "what was published: {} % here",
    "fast": "at least as good, {} %",
    "fastest": "with two epochs it is {} %",
    "longer": "any other remedy: {} %",
    "much longer": "Sixty such epochs: {} %",
    "together": "Three of the remedies together, in as many epochs: {} %",
    "deformed": "Deformed images and normalisation: {} %",
    "3 of these, voting": "such networks vote, {} %",
}


def faults(table, notebook, text):
    """A sentence for each disagreement between the table, the chapter's code and its prose."""
    if {row["code"] for row in table} != {benchmark.fingerprint()}:
        yield "the table was made by other code: type `make benchmark`"
    cell = next(c.source for c in code_cells(notebook) if c.source.startswith("staircase = {"))
    shown = ast.literal_eval(ast.parse(cell).body[0].value)
    accuracies = {row["recipe"]: [*map(float, row["accuracies"].split())] for row in table}
    if {
        row["recipe"]: (accuracies[row["recipe"]], float(row["seconds"])) for row in table
    } != shown:
        yield "the staircase in the chapter differs from the table"
    for row in table:
        figures = accuracies[row["recipe"]]
        right = {
            "mean": np.mean(figures),
            "spread": np.ptp(figures),
            "ratio": float(row["seconds"]) / float(table[0]["seconds"]),
        }
        for name, figure in right.items():
            if abs(figure - float(row[name])) > 0.006:
                yield f"the {name} of {row['recipe']} is {figure}"
        if row["recipe"] in TOLD and (told := TOLD[row["recipe"]].format(row["mean"])) not in text:
            yield f"the text does not say: {told}"
    known = {number for row in table for number in [row["mean"], *row["accuracies"].split()]}
    literature = {number for line in text.splitlines() if "](http" in line or "the same" in line
                  for number in re.findall(r"\d\d\.\d\d", line)}  # fmt: skip
    for number in re.findall(r"(\d\d\.\d\d) %", text):
        if number not in known | literature | {"98.40"}:
            yield f"{number} % is not in the table"


def test_the_chapter_tells_what_the_table_says():
    assert list(faults(benchmark.table(), read(CHAPTER), prose(CHAPTER))) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda table, text: (table, text + "\nIt reads 99.99 % right."),
        lambda table, text: ([row | {"code": "0"} for row in table], text),
        lambda table, text: ([row | {"mean": "97.00"} for row in table], text),
        lambda table, text: ([row | {"spread": "0.01"} for row in table], text),
        lambda table, text: ([row | {"ratio": "1.000"} for row in table], text),
        lambda table, text: (table, text.replace(table[-1]["mean"], table[-2]["mean"])),
        lambda table, text: (table[1:], text),
    ],
)
def test_a_false_figure_is_found(spoil):
    table, text = spoil(benchmark.table(), prose(CHAPTER))
    assert list(faults(table, read(CHAPTER), text))


def test_every_recipe_was_trained_from_every_seed():
    recipes, table = benchmark.chapter_names()["RECIPES"], benchmark.table()
    counts = {row["recipe"]: len(row["accuracies"].split()) for row in table}
    assert {name: counts.get(name) for name in recipes} == {
        name: recipe["seeds"] for name, recipe in recipes.items()
    }
