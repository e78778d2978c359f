"""nbval as the course calls it: what it lets pass, and what it has to catch."""

import subprocess
import sys

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


@pytest.mark.parametrize("cells, passes", CASES.values(), ids=CASES.keys())
def test_nbval(cells, passes, tmp_path, pytestconfig):
    notebook = nbformat.v4.new_notebook()
    for number, (source, text) in enumerate(cells, 1):
        outputs = [nbformat.v4.new_output("stream", text=text)] if text else []
        notebook.cells.append(
            nbformat.v4.new_code_cell(source, outputs=outputs, execution_count=number)
        )
    nbformat.write(notebook, tmp_path / "case.ipynb")
    command = [sys.executable, "-m", "pytest", "--nbval", "--rootdir=.", "-c", "pyproject.toml"]
    options = ["-p", "conftest", "-p", "no:cacheprovider", tmp_path / "case.ipynb"]
    result = subprocess.run(
        [*command, *options], cwd=pytestconfig.rootpath, capture_output=True, text=True
    )
    assert result.returncode == (0 if passes else 1), result.stdout + result.stderr
