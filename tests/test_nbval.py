"""nbval as the course calls it: what it lets pass, and what it has to catch."""

import subprocess
import sys
from xml.etree import ElementTree

import nbformat
import pytest

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
CASES = {  # source, what is stored as printed, whether that passes
    "the same again": (GOOD, "accuracy 98 % in 3.2 s\n", True),
    "another duration": (GOOD, "accuracy 98 % in 4.7 s\n", True),
    "a line that was overwritten": (r"print('\repoch 1', end='\rdone')", "done", True),
    "another accuracy": (GOOD, "accuracy 97 % in 3.2 s\n", False),
    "another word": (GOOD, "loss 98 % in 3.2 s\n", False),
    "a number beside a duration": ("print('784 512 3.2 s')", "784 511 3.2 s\n", False),
    "an output taken away": (GOOD, None, False),
    "an output that is no longer printed": ("pass", "98 %\n", False),
    "a cell that fails": ("assert 1 == 2", None, False),
    "a failure that the notebook stores": ("print(1)\n1 / 0", "1\n", False),
    "a training, as one line an epoch": (TRAINING, LINES, True),
    "a value that a semicolon hides": ("1;", None, True),
    "a value that nothing hides": ("1", None, False),
    "a file beside the notebook": ("open('case0.ipynb').close()", None, False),
}


@pytest.fixture(scope="module")
def failed(tmp_path_factory, pytestconfig):
    """Whether nbval finds a fault in a notebook of each case, by the case's place."""
    folder = tmp_path_factory.mktemp("cases")
    for place, (source, text, _) in enumerate(CASES.values()):
        outputs = [nbformat.v4.new_output("stream", text=text)] if text else []
        cell = nbformat.v4.new_code_cell(source, outputs=outputs, execution_count=1)
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / f"case{place}.ipynb")
    command = [sys.executable, "-m", "pytest", "--nbval", "--rootdir=.", "-c", "pyproject.toml"]
    report = folder / "report.xml"
    options = ["-p", "conftest", "-p", "no:cacheprovider", f"--junitxml={report}", folder]
    subprocess.run([*command, *options], cwd=pytestconfig.rootpath, capture_output=True)
    tests = ElementTree.parse(report).findall(".//testcase")
    return {
        part: test.find("failure") is not None
        for test in tests
        for part in test.get("classname").split(".")
    }


@pytest.mark.parametrize("place", range(len(CASES)), ids=CASES.keys())
def test_nbval(place, failed):
    *_, passes = [*CASES.values()][place]
    assert failed[f"case{place}"] == (not passes)
