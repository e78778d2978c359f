"""Show between which values the asserted numbers of a chapter fall: `python tools/bounds.py 05`.

The chapter's code is run seven times: as it stands, on one thread, without oneDNN, and with four
other seeds. For every comparison in an `assert` the smallest and the largest value met are printed
beside the source line, so that a bound can be set outside of what chance does.
"""

import ast
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

from tools.outputs import notebooks

ONE_THREAD = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}
RUNS = [(0, {}), (0, ONE_THREAD), (0, {"TF_ENABLE_ONEDNN_OPTS": "0"})] + [
    (seed, {}) for seed in (1000, 2000, 3000, 4000)
]


class WatchAsserts(ast.NodeTransformer):
    """Turns `assert a < b` into a call that notes the values of `a` and `b` and never fails."""

    def visit_Assert(self, node):
        operands = []
        for test in node.test.values if isinstance(node.test, ast.BoolOp) else [node.test]:
            if isinstance(test, ast.Compare):
                operands += [test.left, *test.comparators]
        values = [operand for operand in operands if not isinstance(operand, ast.Constant)]
        call = ast.Call(
            ast.Name("_note", ast.Load()),
            [
                ast.Constant(ast.unparse(node.test)),
                ast.Lambda(_no_arguments(), node.test),
                ast.List([ast.Constant(ast.unparse(value)) for value in values], ast.Load()),
                ast.List([ast.Lambda(_no_arguments(), value) for value in values], ast.Load()),
            ],
            [],
        )
        return ast.copy_location(ast.fix_missing_locations(ast.Expr(call)), node)


def _no_arguments():
    return ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])


def run(path, offset):
    """Run the notebook at `path`, `offset` added to every seed; write what asserts met, as JSON."""
    import matplotlib

    matplotlib.use("Agg")
    import keras
    import numpy as np
    from IPython.core.interactiveshell import InteractiveShell

    set_random_seed, default_rng = keras.utils.set_random_seed, np.random.default_rng
    keras.utils.set_random_seed = lambda seed: set_random_seed(seed + offset)
    np.random.default_rng = lambda seed=0: default_rng(seed + offset)
    notes = []

    def note(source, test, names, values):
        found = {}
        for name, value in zip(names, values, strict=True):
            value = np.asarray(value())
            if value.size == 1 and value.dtype.kind in "fiu":
                found[name] = float(value.reshape(-1)[0])
        notes.append((source, bool(np.all(test())), found))

    shell = InteractiveShell.instance()
    shell.user_ns["_note"] = note
    shell.ast_transformers.append(WatchAsserts())
    for number, cell in enumerate(nbformat.read(path, as_version=4).cells):
        if cell.cell_type == "code":
            result = shell.run_cell(cell.source)
            if not result.success:
                notes.append((f"cell {number} failed: {result.error_in_exec!r}", False, {}))
            matplotlib.pyplot.close("all")
    Path(sys.argv[4]).write_text(json.dumps(notes))


def main(path):
    """Run all settings one after the other and print the table."""
    table = {}
    for number, (offset, settings) in enumerate(RUNS, 1):
        print(f"run {number} of {len(RUNS)} …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as empty_folder:
            out = Path(empty_folder, "notes.json")
            command = [sys.executable, "-m", "tools.bounds", "--run", path, str(offset), out]
            subprocess.run(
                command, env=os.environ | settings, cwd=empty_folder, check=True,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            for place, (source, passed, found) in enumerate(json.loads(out.read_text())):
                row = table.setdefault((place, source), {"failed": 0, "values": {}})
                row["failed"] += not passed
                for name, value in found.items():
                    row["values"].setdefault(name, []).append(value)
    for (_, source), row in table.items():
        print((f"FAILED IN {row['failed']} RUNS  " if row["failed"] else "") + source)
        for name, values in row["values"].items():
            print(f"    {name}: {min(values):.6g} … {max(values):.6g}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run(sys.argv[2], int(sys.argv[3]))
    else:
        for notebook in notebooks(sys.argv[1:]):
            main(notebook)
