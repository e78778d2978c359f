"""The table of chapters 10 and 11: complete, made by their code, and copied truly into them."""

import ast
import csv

import numpy as np
import pytest

from tests.test_chapters import code_cells, read
from tools.benchmark import ACCURACY, ANSWERS, SPEED, TABLE, numbers, written
from tools.weights import fingerprint, run_chapter

ROWS = [*csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines())]
COPIES = {SPEED: "measured", ACCURACY: "staircase"}  # the names that the chapters give it
CODES = {chapter: fingerprint(chapter, "benchmark") for chapter in COPIES}


def copy_in(chapter):
    """The table as a chapter has it: {recipe: (accuracies, seconds)}."""
    start = f"{COPIES[chapter]} = {{"
    code = next(cell.source for cell in code_cells(read(chapter)) if start in cell.source)
    return ast.literal_eval(ast.parse(code).body[0].value)


def faults(table, copies):
    """A sentence for each disagreement within the table, and with the chapters' code and copies."""
    of_speed = [row for row in table if row["code"] == CODES[SPEED]]
    if {row["code"] for row in table} != {*CODES.values()}:
        yield "the table was made by other code: type `make benchmark`"
    for chapter, rows in ((SPEED, of_speed), (ACCURACY, table)):
        if {row["recipe"]: written(row) for row in rows} != copies[chapter]:
            yield f"{chapter.name} has another table"
    for row in table:
        accuracies, seconds = numbers(row, "accuracies"), numbers(row, "seconds")
        if len(seconds) != len(accuracies):
            yield f"{row['recipe']} has not as many times as accuracies"
        right = {
            "mean": np.mean(accuracies),
            "spread": np.ptp(accuracies),
            "ratio": np.median(seconds) / np.median(numbers(table[0], "seconds")),
        }
        for name, figure in right.items():
            if abs(figure - float(row[name])) > 0.006:
                yield f"the {name} of {row['recipe']} is {figure}"


def test_the_chapters_tell_what_the_table_says():
    assert list(faults(ROWS, {chapter: copy_in(chapter) for chapter in COPIES})) == []


@pytest.mark.parametrize("changed", [{"code": "0"}, {"mean": "97.00"}, {"spread": "0.01"},
                                     {"ratio": "1.00"}, {"seconds": "1.0"}])  # fmt: skip
def test_a_false_figure_is_found(changed):
    copies = {chapter: copy_in(chapter) for chapter in COPIES}
    assert list(faults([row | changed for row in ROWS], copies))
    assert list(faults(ROWS[1:], copies)) and list(faults(ROWS[:-1], copies))


def test_of_many_times_the_chapters_write_three():
    row = {"accuracies": "98.50 98.40", "seconds": "3.0 2.0"}
    assert written(row) == ([98.5, 98.4], [2.0, 3.0])
    assert written(row | {"seconds": "3.0 2.0 9.9 2.5 2.6"})[1] == [2.0, 2.6, 9.9]


def test_the_answers_are_those_of_the_best_recipe():
    labels = np.array([*map(int, "7210414959")])  # of the first test images
    answers = np.load(ANSWERS)
    assert answers.dtype == "uint8" and ANSWERS.stat().st_size < 60_000
    assert answers.shape == (len(numbers(ROWS[-2], "accuracies")), 10_000)
    assert np.mean(answers[:, : len(labels)] == labels) > 0.97


@pytest.mark.full  # with TensorFlow; whoever changes a recipe's code is told above
def test_every_recipe_was_trained_from_every_seed():
    counts = {row["recipe"]: len(numbers(row, "accuracies")) for row in ROWS}
    for chapter in COPIES:
        for name, recipe in run_chapter(chapter, "benchmark")["RECIPES"].items():
            assert counts.get(name) == recipe["seeds"], name


@pytest.mark.full  # with TensorFlow; the chapter defines these layers and shows what came of them
def test_the_layers_of_the_longest_recipe_do_what_they_say():
    names = run_chapter(ACCURACY, "benchmark")
    places, keras = names["PLACES"], names["keras"]
    generator = np.random.default_rng(0)
    pixels = generator.random((4, 784), dtype="float32")
    network = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10)])
    once = network(pixels).numpy()
    assert np.allclose(names["NineLooks"](network, apart=0.0)(pixels), once, atol=1e-3)
    assert not np.allclose(names["NineLooks"](network)(pixels), once, atol=1e-3)
    middle = np.zeros((1, 28, 28), dtype="float32")
    middle[:, 10:18, 10:18] = 1
    spread = names["NineLooks"](lambda look: look, apart=1.0)(middle.reshape(1, 784)).numpy()
    assert np.isclose(spread.sum(), 64, atol=0.1) and np.allclose(spread @ places, 0, atol=0.2)
    bends = names["Smoother"]().chance(4000, 49, 2).numpy().std(axis=0).reshape(7, 7, 2)
    ours, between = np.sqrt(1 / 3), np.sqrt(1 / 3) * 5 / 9  # a point of the grid; in a square's
    assert np.allclose(bends[::3, ::3], ours, atol=0.02)
    assert np.allclose(bends[1::4, 1::4], between, atol=0.02)
    assert names["Smoother"]().chance(5, 6).shape == (5, 6)
    leaning = np.zeros((1, 28, 28), dtype="float32")
    for row in range(6, 22):
        leaning[0, row, 18 - row // 2] = 1
    upright = names["Straighten"]()(leaning.reshape(1, 784)).numpy()
    down, right = (places - upright @ places / upright.sum()).T
    assert abs((upright * down * right).sum()) < 0.1 * (upright * down**2).sum()
