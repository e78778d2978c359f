"""Show between which values the asserted numbers of a chapter fall: `python -m tools.bounds 05`.

The chapter's code runs seven times: as it stands, on one thread, without oneDNN, and with four
other seeds. For every comparison in an `assert` the smallest and the largest value met are printed
below its source, so that a bound can be set outside of what chance does.
"""

import ast
import os
import sys
import tempfile

import nbformat
import numpy as np

from tools.environment import THREADS, adopt
from tools.outputs import apart, notebooks

RUNS = [(0, {}), (0, dict.fromkeys(THREADS, "1")), (0, {"TF_ENABLE_ONEDNN_OPTS": "0"})]
RUNS += [(seed, {}) for seed in (1000, 2000, 3000, 4000)]


class WatchAsserts(ast.NodeTransformer):
    """Turns `assert a < b` into a call that notes the values of `a` and `b` and never fails."""

    def visit_Assert(self, node):
        tests = node.test.values if isinstance(node.test, ast.BoolOp) else [node.test]
        compared = [test for test in tests if isinstance(test, ast.Compare)]
        values = [value for test in compared for value in (test.left, *test.comparators)]
        sources = [ast.unparse(value) for value in values if not isinstance(value, ast.Constant)]
        named = ", ".join(f"{source!r}: lambda: {source}" for source in sources)
        test = ast.unparse(node.test)
        return ast.parse(f"_note({test!r}, lambda: {test}, {{{named}}})").body[0]


def run(path, offset):
    """Run the notebook with `offset` added to every seed: source, verdict, values of its asserts.

    This leaves the process in another folder and without a voice.
    """
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    import keras

    set_random_seed, default_rng, notes = keras.utils.set_random_seed, np.random.default_rng, []
    keras.utils.set_random_seed = lambda seed: set_random_seed(seed + offset)
    np.random.default_rng = lambda seed=0: default_rng(seed + offset)

    def note(source, test, values):
        met = {name: np.asarray(value()) for name, value in values.items()}
        numbers = {n: v.item() for n, v in met.items() if v.size == 1 and v.dtype.kind in "fiu"}
        notes.append((source, bool(np.all(test())), numbers))

    names = {"__name__": "__main__", "_note": note}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for number, cell in enumerate(nbformat.read(path, as_version=4).cells):
            if cell.cell_type == "code":
                try:
                    exec(compile(WatchAsserts().visit(ast.parse(cell.source)), path, "exec"), names)
                except Exception as error:
                    notes.append((f"cell {number} failed: {error!r}", False, {}))
    return notes


def main(path):
    """Run all settings one after the other and print the table."""
    table = {}
    for offset, settings in RUNS:
        print(f"seeds + {offset}, {settings} …", file=sys.stderr, flush=True)
        adopt()
        os.environ.update({"MPLBACKEND": "Agg"} | settings)
        for place, (source, passed, found) in enumerate(apart(run, path, offset)):
            failed, values = table.setdefault((place, source), ([], {}))
            failed += [offset] * (not passed)
            for name, value in found.items():
                values.setdefault(name, []).append(value)
    for (_, source), (failed, values) in table.items():
        print((f"FAILED IN {len(failed)} RUNS  " if failed else "") + source)
        for name, met in values.items():
            print(f"    {name}: {min(met):.6g} … {max(met):.6g}")


if __name__ == "__main__":
    for notebook in notebooks(sys.argv[1:]):
        main(notebook)
