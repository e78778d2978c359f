"""Measure how far the numbers of a chapter move, and keep it there: `python -m tools.ranges 07`.

The chapter runs over machines (`MACHINES`: the settings under which it has to give nearly the
same) and over chance (`CHANCE`: other seeds). What each number met goes into the metadata of its
cell, as tools/compare.py says. Nothing else of the notebook is changed, and nothing before all
runs are done; finished runs are kept in _build/ranges, so that an interrupted command goes on.

Few processors are at hand, so five runs stand for others: all first weights are larger by one to
six parts in ten million, which then grows as a rounding error does.

`--machines` makes the runs over machines alone and widens the ranges that are there: for a machine
on which an unchanged chapter leaves them.
"""

import hashlib
import json
import math
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import nbformat

from sphinx_extensions.ranges import texts, value
from tools.compare import moves, range_faults, words, written
from tools.environment import ROOT, THREADS, adopt
from tools.outputs import images, notebooks, run_cells, store, tags

OLDEST = ROOT / "_build/keras-oldest"
KEPT = ROOT / "_build/ranges"
BASIS = ROOT / "requirements.lock", ROOT / "tools/jupyter/kernels/python3/start.py"
ONE = dict.fromkeys(THREADS, "1")
OLDER = {"ONEDNN_MAX_CPU_ISA": "SSE41", "OPENBLAS_CORETYPE": "Nehalem"}
OLDER["XLA_FLAGS"] = "--xla_cpu_max_isa=SSE4_2"
MACHINES = {
    "two threads": dict.fromkeys(THREADS, "2"),
    "one thread": ONE,
    "without oneDNN": ONE | {"TF_ENABLE_ONEDNN_OPTS": "0"},
    "an older processor": ONE | OLDER,
    "the oldest Keras": ONE | {"PYTHONPATH": str(OLDEST)},
}
MACHINES |= {f"other rounding, {n}": ONE | {"COURSE_ROUNDING": str(n)} for n in range(1, 6)}
CHANCE = {f"seeds + {n}": ONE | {"COURSE_SEED": str(n)} for n in range(1000, 6000, 1000)}
SIDES = (MACHINES, CHANCE)


def run(path, settings):
    """Run the notebook under these settings: for each cell its outputs, or what went wrong."""
    adopt()
    os.environ.update(settings)
    notebook = nbformat.read(path, as_version=4)
    code = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    basis = [code, sorted(settings.items()), *(file.read_text("utf-8") for file in BASIS)]
    name = hashlib.sha256(str(basis).encode()).hexdigest()[:16]
    kept = KEPT / f"{path.stem}-{name}.json"
    if not kept.exists():
        run_cells(notebook, allow_errors=True)
        outputs = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
        kept.with_suffix(".part").write_text(json.dumps(outputs), "utf-8")
        kept.with_suffix(".part").replace(kept)
    return json.loads(kept.read_text("utf-8"))


def failure(outputs):
    """The name of the exception that a cell raised, and what it said; None if none."""
    errors = [output for output in outputs if output["output_type"] == "error"]
    return f"{errors[0]['ename']}: {errors[0]['evalue']}"[:200] if errors else None


def shown(outputs):
    """What a cell shows: its words, and its numbers as they are written."""
    told = [*texts({"outputs": outputs})]
    return [*map(words, told)], [number for text in told for number in written(text)]


def measure(cell, runs, widen):
    """Write into a cell how far it moved, from its outputs in each run; yield what went wrong.

    With `widen` its numbers keep the ranges that they have as well. A fault leaves that run out of
    the ranges. The first of each pair says whether it is serious: not over chance, and not with
    the oldest Keras, which sometimes says more.
    """
    text, numbers = shown(cell.outputs)
    before = cell.metadata.get("ranges", []) if widen else []
    before = before if len(before) == len(numbers) else [None] * len(numbers)
    pictures, met = images(cell), {}
    moved = [cell.metadata.get("figure-moves")] if widen else []
    for name, outputs in runs.items():
        wrong, found = failure(outputs), shown(outputs)
        if not wrong and found[0] != text:
            wrong = f"other words: {found[0]} instead of {text}"
        if wrong:
            yield name in MACHINES and name != "the oldest Keras", f"{name}: {wrong}"
            continue
        met[name] = [*map(value, found[1])]
        if name in MACHINES:
            moved += map(moves, pictures, images({"outputs": outputs}))
    ranges = []
    for place, worth in enumerate(map(value, numbers)):
        own = [*(before[place] or [worth] * 4 * widen)]
        sides = [[met[name][place] for name in side if name in met] for side in SIDES]
        machines, chance = [*own[:2], *sides[0]], [*own[2:], *sides[1]]
        sides = [machines, chance + machines if chance else []]  # rounding is chance as well
        limits = [limit([worth, *side]) for side in sides if side for limit in (min, max)]
        ranges.append(limits if len(set(limits)) > 1 else None)
    for name in ("ranges", "figure-moves"):
        cell.metadata.pop(name, None)
    if numbers:
        cell.metadata["ranges"] = ranges if any(ranges) else []
    if far := [far for far in moved if far is not None and "durations" not in tags(cell)]:
        cell.metadata["figure-moves"] = [math.ceil(max(side)) for side in zip(*far, strict=True)]
    for fault in range_faults(cell.outputs, cell.metadata.get("ranges", [])):
        yield True, fault


def all_runs(paths, settings):
    """Yield each path with the outputs of its cells in each run, by name; two runs at a time."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(2, get_context("spawn"), max_tasks_per_child=1) as pool:
        begun = {
            path: {name: pool.submit(run, path, chosen) for name, chosen in settings.items()}
            for path in paths
        }
        for path, runs in begun.items():
            for name, result in runs.items():
                result.result()
                print(f"{path.stem}: {name}", flush=True)
            yield path, {name: result.result() for name, result in runs.items()}


def settle(path, runs, widen):
    """Write the ranges, tell what moved most and what went wrong; whether all went well.

    With `widen` the ranges that are there stay within the new ones.
    """
    notebook = nbformat.read(path, as_version=4)
    serious, moved = False, []
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for place, cell in enumerate(code):
        here = {name: outputs[place] for name, outputs in runs.items()}
        for bad, fault in measure(cell, here, widen):
            serious |= bad
            print(f"cell {place}: {'NOT THE SAME, ' if bad else ''}{fault}")
        if "figure-moves" in cell.metadata:
            print(f"cell {place}: the figure moves by {cell.metadata['figure-moves']}")
        numbers, ranges = shown(cell.outputs)[1], cell.metadata.get("ranges", [])
        for number, own in zip(numbers, ranges, strict=False):
            if own:
                share = (own[1] - own[0]) / (abs(value(number)) or 1)
                told = f"cell {place}: {number}, machines {own[:2]}, chance {own[2:]}"
                moved.append((share, told))
    print("\n".join(line for _, line in sorted(moved, reverse=True)[:10]))
    over = sum(share > 0 for share, _ in moved)
    print(f"{path.stem}: {len(moved)} numbers moved, {over} of them over machines")
    if serious:
        print(f"{path.name} was left as it was.")
        return False
    store(notebook, path)
    return True


def install_oldest():
    """Have the oldest Keras that the chapters run with in a folder of its own, once."""
    if not OLDEST.exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "keras==3.8.0"]
        subprocess.run([*pip, "--target", OLDEST], check=True)


if __name__ == "__main__":
    adopt()
    install_oldest()
    widen = "--machines" in sys.argv
    chapters = notebooks([name for name in sys.argv[1:] if name != "--machines"])
    settings = MACHINES if widen else MACHINES | CHANCE
    well = [settle(*found, widen) for found in all_runs(chapters, settings)]
    sys.exit(not all(well))
