"""The table of chapter 10: complete, made by the code that stands there, and told truly."""

import ast
import csv
import re

import numpy as np
import pytest

from tests.test_chapters import code_cells, prose, read
from tools.benchmark import CHAPTER, TABLE, chapter_names, fingerprint

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
ROWS = [*csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines())]


def faults(table, text):
    """A sentence for each disagreement between the table, the chapter's code and its prose."""
    code = next(c.source for c in code_cells(read(CHAPTER)) if c.source.startswith("staircase = {"))
    if {row["code"] for row in table} != {fingerprint()}:
        yield "the table was made by other code: type `make benchmark`"
    accuracies = {row["recipe"]: [*map(float, row["accuracies"].split())] for row in table}
    if {row["recipe"]: (accuracies[row["recipe"]], float(row["seconds"])) for row in table} != (
        ast.literal_eval(ast.parse(code).body[0].value)
    ):
        yield "the staircase in the chapter differs from the table"
    for row in table:
        right = {
            "mean": np.mean(accuracies[row["recipe"]]),
            "spread": np.ptp(accuracies[row["recipe"]]),
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
    for number in {*re.findall(r"(\d\d\.\d\d) %", text)} - known - literature - {"98.40"}:
        yield f"{number} % is not in the table"


def test_the_chapter_tells_what_the_table_says():
    assert list(faults(ROWS, prose(CHAPTER))) == []


@pytest.mark.parametrize("changed", [{"code": "0"}, {"mean": "97.00"}, {"spread": "0.01"},
                                     {"ratio": "1.000"}, {"seconds": "1.0"}])  # fmt: skip
def test_a_false_figure_is_found(changed):
    assert list(faults([row | changed for row in ROWS], prose(CHAPTER)))


def test_a_false_word_or_a_missing_row_is_found():
    text = prose(CHAPTER)
    assert list(faults(ROWS, text + "\nIt reads 99.99 % right."))
    assert list(faults(ROWS, text.replace(ROWS[-1]["mean"], ROWS[-2]["mean"])))
    assert list(faults(ROWS[1:], text))


@pytest.mark.full  # with TensorFlow; whoever changes a recipe's code is told above
def test_every_recipe_was_trained_from_every_seed():
    counts = {row["recipe"]: len(row["accuracies"].split()) for row in ROWS}
    for name, recipe in chapter_names()["RECIPES"].items():
        assert counts.get(name) == recipe["seeds"], name
