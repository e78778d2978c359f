"""nbval as the course calls it: what it lets pass, and what it has to catch."""

import subprocess
import sys
from xml.etree import ElementTree

import nbformat
import pytest

GOOD = ("print('accuracy 98 % in 3.2 s')", "accuracy 98 % in 3.2 s\n")
CASES = {
    "the same again": ([GOOD], True),
    "another duration": ([(GOOD[0], "accuracy 98 % in 4.7 s\n")], True),
    "a line that was overwritten": ([(r"print('\repoch 1', end='\rdone')", "done")], True),
    "another accuracy": ([(GOOD[0], "accuracy 97 % in 3.2 s\n")], False),
    "another word": ([(GOOD[0], "loss 98 % in 3.2 s\n")], False),
    "a number beside a duration": ([("print('784 512 3.2 s')", "784 511 3.2 s\n")], False),
    "an output taken away": ([(GOOD[0], None)], False),
    "an output that is no longer printed": ([("pass", "98 %\n")], False),
    "a cell that fails": ([("assert 1 == 2", None)], False),
    "a failure that the notebook stores": ([("print(1)\n1 / 0", "1\n")], False),
    "a file beside the notebook": ([("open('case.ipynb').close()", None)], False),
}


@pytest.fixture(scope="module")
def faults(tmp_path_factory, pytestconfig):
    """What nbval finds in a notebook of each case: how many cells fail, by the case's place."""
    folder = tmp_path_factory.mktemp("cases")
    for place, (cells, _) in enumerate(CASES.values()):
        notebook = nbformat.v4.new_notebook()
        for number, (source, text) in enumerate(cells, 1):
            outputs = [nbformat.v4.new_output("stream", text=text)] if text else []
            notebook.cells.append(
                nbformat.v4.new_code_cell(source, outputs=outputs, execution_count=number)
            )
        nbformat.write(notebook, folder / f"case{place}.ipynb")
    command = [sys.executable, "-m", "pytest", "--nbval", "--rootdir=.", "-c", "pyproject.toml"]
    report = folder / "report.xml"
    options = ["-p", "conftest", "-p", "no:cacheprovider", f"--junitxml={report}", folder]
    subprocess.run([*command, *options], cwd=pytestconfig.rootpath, capture_output=True)
    tests = ElementTree.parse(report).findall(".//testcase")
    found = {f"case{place}": [] for place in range(len(CASES))}
    for test in tests:
        case = next(part for part in test.get("classname").split(".") if part in found)
        found[case].append(test.find("failure") is not None)
    return [*found.values()]


@pytest.mark.parametrize("place", range(len(CASES)), ids=CASES.keys())
def test_nbval(place, faults):
    cells, passes = [*CASES.values()][place]
    assert len(faults[place]) == len(cells)
    assert any(faults[place]) == (not passes)
