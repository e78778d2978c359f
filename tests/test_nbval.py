"""nbval as the course calls it: what it lets pass, and what it has to catch."""

import io
import subprocess
import sys
from functools import cache
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest

from tools.compare import figure_faults, moves
from tools.ranges import measure

GOOD = "print('accuracy 98 % in 3.2 s')"
TRAINING = """\
import keras
model = keras.Sequential([keras.layers.Dense(1, kernel_initializer="ones")])
model.compile(keras.optimizers.SGD(0.0), "mse")
model.fit(keras.ops.ones((4, 1)), keras.ops.zeros((4, 1)), epochs=2);
model.evaluate(keras.ops.ones((4, 1)), keras.ops.zeros((4, 1)));
model.predict(keras.ops.ones((4, 1)));
model.fit(keras.ops.ones((4, 1)), keras.ops.zeros((4, 1)), verbose=0);\
"""
LINES = "Epoch 1/2 - loss: 1.0000\nEpoch 2/2 - loss: 1.0000\nloss: 1.0000\n"
SCORES = "print('seed 0: accuracy 97.8 %, loss 0.0714, after 3.2 s')"
ON_RECORD = "seed 0: accuracy 97.7 %, loss 0.0714, after 3.1 s\n"
RANGES = [None, [97.7, 97.8, 97.2, 98.1], [0.0714, 0.0714, 0.0602, 0.0804]]
CASES = {  # source, what is stored as printed, whether that passes, ranges
    "the same again": (GOOD, "accuracy 98 % in 3.2 s\n", True),
    "another duration": (GOOD, "accuracy 98 % in 4.7 s\n", True),
    "a line that was overwritten": (r"print('\repoch 1', end='\rdone')", "done", True),
    "another accuracy": (GOOD, "accuracy 97 % in 3.2 s\n", False),
    "another word": (GOOD, "loss 98 % in 3.2 s\n", False),
    "a number beside a duration": ("print('784 512 3.2 s')", "784 511 3.2 s\n", False),
    "an output taken away": (GOOD, None, False),
    "an output that is no longer printed": ("pass", "98 %\n", False),
    "a number inside of its range": (SCORES, ON_RECORD, True, RANGES),
    "a number in its range, made wider": (SCORES.replace("97.8", "98.0"), ON_RECORD, True, RANGES),
    "a number outside of its range": (SCORES.replace("97.8", "98.1"), ON_RECORD, False, RANGES),
    "a stored number edited": (SCORES, ON_RECORD.replace("97.7", "97.6"), False, RANGES),
    "a range without its number": (SCORES, ON_RECORD, False, [None, [97.8, 97.9, 97, 98], None]),
    "a range that lets all pass": (SCORES, ON_RECORD, False, [None, [0, 100, 97, 98], None]),
    "machines alone": (SCORES, ON_RECORD, True, [None, [97.7, 97.8], None]),
    "machines alone, outside": (SCORES, ON_RECORD, False, [None, [97.5, 97.6], None]),
    "a range removed": (SCORES, ON_RECORD, False, RANGES[:2]),
    "all ranges removed": (SCORES, ON_RECORD, False, []),
    "a number too many": (SCORES[:-2] + " 1')", ON_RECORD[:-1] + " 1\n", False, RANGES),
    "one of the last digit": (SCORES.replace("714", "715"), ON_RECORD, True, RANGES),
    "a number that only chance moves": (SCORES.replace("714", "716"), ON_RECORD, False, RANGES),
    "a number that never moved": (
        SCORES.replace("714", "715"),
        ON_RECORD,
        False,
        [*RANGES[:2], None],
    ),
    "a whole number changed": (SCORES.replace("seed 0", "seed 1"), ON_RECORD, False, RANGES),
    "a word changed": (SCORES.replace("loss", "cost"), ON_RECORD, False, RANGES),
    "a value in its range": ("97.8", 97.7, True, RANGES[1:2]),
    "a value outside of its range": ("97.8", 97.7, False, [None]),
    "a number, wider": ("print(f'{9.9:7}', 1)", "   10.1 1\n", True, [[9.9, 10.1, 9, 11], None]),
    "a cell that fails": ("assert 1 == 2", None, False),
    "a failure that the notebook stores": ("print(1)\n1 / 0", "1\n", False),
    "a training, as one line an epoch": (TRAINING, LINES, True),
    "a value that a semicolon hides": ("1;", None, True),
    "a value that nothing hides": ("1", None, False),
    "a file beside the notebook": ("open('cases.ipynb').close()", None, False),
}


@pytest.fixture(scope="module")
def failed(tmp_path_factory, pytestconfig):
    """Whether nbval finds a fault in each cell of a notebook that has one for each case."""
    folder, cells = tmp_path_factory.mktemp("cases"), []
    for source, shown, _, *ranges in CASES.values():
        outputs = []
        if isinstance(shown, float):
            data = {"text/plain": str(shown)}
            outputs.append(nbformat.v4.new_output("execute_result", data=data, execution_count=1))
        elif shown:
            outputs.append(nbformat.v4.new_output("stream", text=shown))
        cell = nbformat.v4.new_code_cell(source, outputs=outputs, execution_count=1)
        cell.metadata.update({"ranges": ranges[0]} if ranges else {})
        cells.append(cell)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "cases.ipynb")
    command = [sys.executable, "-m", "pytest", "--nbval", "--rootdir=.", "-c", "pyproject.toml"]
    report = folder / "report.xml"
    options = ["-p", "conftest", "-p", "no:cacheprovider", f"--junitxml={report}", folder]
    subprocess.run([*command, *options], cwd=pytestconfig.rootpath, capture_output=True)
    tests = ElementTree.parse(report).findall(".//testcase")
    return [test.find("failure") is not None for test in tests]


@pytest.mark.parametrize("place", range(len(CASES)), ids=CASES.keys())
def test_nbval(place, failed):
    assert len(failed) == len(CASES)
    passes = [*CASES.values()][place][2]
    assert failed[place] == (not passes)


@cache
def drawn(**changes):
    """The PNG of a small figure with two noisy curves, but for what is changed."""
    asked = {"title": "Loss of two networks", "shift": 0, "series": 2, "mirror": 1} | changes
    names = ["with dropout", "without it"][:: -1 if asked.get("renamed") else 1]
    steps = np.arange(50)
    figure, axes = plt.subplots(figsize=(7, 3.5), dpi=150, layout="constrained")
    for series in range(asked["series"]):
        curve = 2 * np.exp(-steps / (10 + 20 * series)) + asked["shift"]
        points = (steps, curve[:: asked["mirror"]])
        axes.plot(*points[:: -1 if asked.get("swapped") else 1], label=names[series])
    labels = ["step", "loss"]
    axes.set(xlabel=labels[asked.get("swapped", 0)], ylabel=labels[not asked.get("swapped")])
    axes.set_title(asked["title"], loc="left")
    axes.legend(frameon=False, loc="upper right")
    if not asked.get("swapped"):
        axes.set_ylim(0, 2.5)
    png = io.BytesIO()
    figure.savefig(png, dpi=150)
    plt.close(figure)
    return png.getvalue()


MOVED = {"figure-moves": [10, 5, 0, 0]}
FAR = {"figure-moves": [99, 5, 0, 0]}
DURATIONS = {"tags": ["durations"]}
FIGURES = {  # what is changed in the fresh figure, metadata, whether that passes
    "the same": ({}, {}, True),
    "a stale picture": ({"shift": 0.05}, {}, False),
    "a series missing": ({"series": 1}, {}, False),
    "axes swapped": ({"swapped": 1}, {}, False),
    "a wrong title": ({"title": "Loss of ten networks"}, {}, False),
    "data mirrored": ({"mirror": -1}, {}, False),
    "one that moves, moved": ({"shift": 0.01}, MOVED, True),
    "one that moves, much too far": ({"shift": 0.3}, MOVED, False),
    "one that moves, a series missing": ({"series": 1}, MOVED, False),
    "one that moves, axes swapped": ({"swapped": 1}, MOVED, False),
    "one that moves, a wrong title": ({"title": "Loss of ten networks"}, MOVED, False),
    "one that moves, data mirrored": ({"mirror": -1}, MOVED, False),
    "one that moves far, a series missing": ({"series": 1}, FAR, False),
    "one that moves far, a wrong title": ({"title": "Loss of ten networks"}, FAR, False),
    "one that moves far, axes swapped": ({"swapped": 1}, FAR, False),
    "one that moves far, data mirrored": ({"mirror": -1}, FAR, False),
    "one that moves far, moved": ({"shift": 0.02}, FAR, True),
    "one that moves far, its legend turned round": ({"renamed": 1}, FAR, False),
    "durations, other ones": ({"shift": 0.3}, DURATIONS, True),
    "durations, a wrong title": ({"title": "Loss of ten networks"}, DURATIONS, False),
}


@pytest.mark.parametrize("changes, metadata, passes", FIGURES.values(), ids=FIGURES.keys())
def test_figures(changes, metadata, passes):
    assert (not [*figure_faults([drawn(**changes)], [drawn()], metadata)]) == passes


def test_a_figure_has_to_be_drawn():
    assert [*figure_faults([], [drawn()], {})] and [*figure_faults([drawn()] * 2, [drawn()], {})]


def test_how_far_a_figure_moved():
    assert moves(drawn(), drawn()) is None
    assert moves(drawn(shift=0.02), drawn()) < moves(drawn(shift=0.3), drawn())


def printed(text):
    return [nbformat.v4.new_output("stream", text=text)]


@pytest.mark.parametrize(
    "widen, expected", [(False, [97.7, 97.8, 97.2, 97.8]), (True, [97.5, 97.8, 97.2, 97.9])]
)
def test_what_is_measured(widen, expected):
    runs = {"one thread": "97.8 of 10", "seeds + 1000": "97.2 of 10", "two threads": "none"}
    runs = {name: printed(text) for name, text in runs.items()}
    cell = nbformat.v4.new_code_cell("work()", outputs=printed("97.7 of 10"))
    cell.metadata["ranges"] = [[97.5, 97.7, 97.5, 97.9], None]
    [(is_serious, fault)] = measure(cell, runs, widen)
    assert is_serious and fault.startswith("two threads: other words")
    assert cell.metadata["ranges"] == [expected, None]
