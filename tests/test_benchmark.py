"""The table of chapters 10 and 11: complete, made by their code, and copied truly into them."""

import ast
import csv

import numpy as np
import pytest

from tests.test_chapters import code_cells, read
from tools import benchmark
from tools.benchmark import ACCURACY, ANSWERS, SPEED, TABLE, numbers, rows_of, written
from tools.weights import fingerprint, run_chapter

ROWS = [*csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines())]
COPIES = {SPEED: "measured", ACCURACY: "staircase"}  # the names that the chapters give it
FIRST_STEPS = "published", "fast, compiled"  # of chapter 10, shown in chapter 11 as well
CODES = {chapter: fingerprint(chapter, "benchmark") for chapter in COPIES}


def copy_in(chapter):
    """The table as a chapter has it: {recipe: (accuracies, seconds)}."""
    start = f"{COPIES[chapter]} = {{"
    code = next(cell.source for cell in code_cells(read(chapter)) if start in cell.source)
    return ast.literal_eval(ast.parse(code).body[0].value)


def faults(table, copies):
    """A sentence for each disagreement within the table, and with the chapters' code and copies."""
    if {row["code"] for row in table} != {*CODES.values()}:
        yield "the table was made by other code: type `make benchmark`"
    for chapter, more in ((SPEED, ()), (ACCURACY, FIRST_STEPS)):
        rows = [row for row in table if row["code"] == CODES[chapter] or row["recipe"] in more]
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


def test_from_each_seed_every_recipe_is_trained_before_the_next_and_is_kept(monkeypatch, tmp_path):
    recipes = {"one": {"seeds": 2}, "two": {"seeds": 1}, "three": {"seeds": 2}}
    trained = []

    def train(function, chapter, recipe, seed):
        trained.append((seed, recipe))
        return {"answers": np.roll(np.eye(10), seed, axis=1), "seconds": seed + 1.5}

    monkeypatch.setattr(benchmark, "ROOT", tmp_path)
    monkeypatch.setattr(benchmark, "run_chapter", lambda *_: {"RECIPES": recipes})
    monkeypatch.setattr(benchmark, "apart", train)
    for _ in range(2):  # the second time there is nothing left to train
        rows, answers, seconds = rows_of(SPEED, None, np.arange(10))
        assert trained == [(0, "one"), (0, "two"), (0, "three"), (1, "one"), (1, "three")]
        assert [row["accuracies"] for row in rows] == ["100.00 0.00", "100.00", "100.00 0.00"]
        assert [row["seconds"] for row in rows] == ["1.5 2.5", "1.5", "1.5 2.5"]
        assert len(answers) == 2 and seconds == [1.5, 2.5]


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


@pytest.mark.full  # with TensorFlow; the chapter defines this layer and shows what came of it
def test_an_image_is_deformed_as_the_chapter_says():
    names = run_chapter(ACCURACY, "benchmark")
    places, Deform = names["PLACES"] + 13.5, names["Deform"]
    none = {"turn": 0, "scale": 0, "shear": 0, "shift": 0, "bend": 0}
    pixels = np.random.default_rng(0).random((500, 784), dtype="float32")
    same = Deform(**none)(pixels, training=True).numpy()
    assert np.allclose(same, pixels, atol=0.01)  # the last row and column lie 0.001 aside
    assert np.array_equal(Deform()(pixels, training=False), pixels)
    for points in (5, 7):  # what follows a grid in proportion leads each place to where it is
        grid = np.stack(np.divmod(np.arange(points**2), points), axis=1) * 27 / (points - 1)
        assert np.allclose(names["follow"](points) @ grid, places, atol=1e-3)
    slope = np.tile(np.repeat(np.arange(28, dtype="float32") / 100, 28), (500, 1))  # of rows
    middle = places[:, 0] == 13  # what is read there says how far the row lies that was looked up
    for points in (5, 7):
        amounts = none | {"bend": 0.5, "grid": points}
        moved = 100 * Deform(**amounts)(slope, training=True).numpy()[:, middle] - 13
        follows = names["follow"](points)[middle]
        expected = 1.7 / np.sqrt(3) * 0.5 * np.sqrt((follows**2).sum(axis=1))
        assert np.allclose(moved.std(axis=0), expected, rtol=0.15) and abs(moved.mean()) < 0.05
