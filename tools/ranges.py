"""Measure how far the numbers of a chapter move, and keep it there: `python -m tools.ranges 07`.

The chapter runs over machines (`MACHINES`: the settings under which it has to give nearly the
same) and over chance (`CHANCE`: other seeds). What each number met goes into the metadata of its
cell, as tools/compare.py says. Nothing else of the notebook is changed, and nothing before all
runs are done; finished runs are kept in _build/ranges, so that an interrupted command goes on.

`--machines` makes two runs over machines and none over chance, for a chapter that takes long:
its numbers can be held, and the site says nothing of them.
"""

import hashlib
import math
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import nbformat

from sphinx_extensions.ranges import shown, texts, value
from tools.compare import moves, range_faults, words
from tools.environment import ROOT, THREADS, adopt
from tools.outputs import code_cells, images, notebooks, run_cells, store, tags

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
CHANCE = {f"seeds + {n}": ONE | {"COURSE_SEED": str(n)} for n in range(1000, 6000, 1000)}
SIDES = (MACHINES, CHANCE)
FEW = {name: MACHINES[name] for name in ("two threads", "an older processor")}


def run(path, settings):
    """Run the notebook under these settings: its code cells, with what each gave or what failed."""
    adopt()
    os.environ.update(settings)
    notebook = nbformat.read(path, as_version=4)
    code = [cell.source for cell in code_cells(notebook)]
    basis = [code, sorted(settings.items()), *(file.read_text("utf-8") for file in BASIS)]
    kept = KEPT / f"{path.stem}-{hashlib.sha256(str(basis).encode()).hexdigest()[:16]}.ipynb"
    if not kept.exists():
        run_cells(notebook, allow_errors=True)
        store(notebook, kept)
    return code_cells(nbformat.read(kept, as_version=4))


def failure(cell):
    """The name of the exception that a cell raised, and what it said; None if none."""
    errors = [output for output in cell.outputs if output.output_type == "error"]
    return f"{errors[0].ename}: {errors[0].evalue}"[:200] if errors else None


def measure(cell, runs):
    """Write into a cell how far it moved, from the same cell of each run; yield what went wrong.

    A fault over machines is serious, which the first of each pair says; one over chance leaves
    that run out of the ranges.
    """
    numbers, said = shown(cell), [*map(words, texts(cell))]
    pictures, met, moved = images(cell), {}, []
    for name, fresh in runs.items():
        wrong, found = failure(fresh), [*map(words, texts(fresh))]
        if not wrong and found != said:
            wrong = f"other words: {found} instead of {said}"
        if wrong:
            yield name in MACHINES, f"{name}: {wrong}"
            continue
        met[name] = [*map(value, shown(fresh))]
        if name in MACHINES:
            moved += map(moves, pictures, images(fresh))
    ranges = []
    for place, worth in enumerate(map(value, numbers)):
        sides = [[met[name][place] for name in side if name in met] for side in SIDES]
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
    """Yield each path with its cells as each run gave them, by name; two runs at a time."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(2, get_context("spawn"), max_tasks_per_child=1) as pool:
        begun = {
            path: {name: pool.submit(run, path, chosen) for name, chosen in settings.items()}
            for path in paths
        }
        for path, runs in begun.items():
            for name in runs:
                runs[name] = runs[name].result()
                print(f"{path.stem}: {name}", flush=True)
            yield path, runs


def settle(path, runs):
    """Write the ranges into the notebook and tell what went wrong; whether all went well."""
    notebook, well = nbformat.read(path, as_version=4), True
    for place, cell in enumerate(code_cells(notebook)):
        for serious, fault in measure(cell, {name: each[place] for name, each in runs.items()}):
            well = well and not serious
            print(f"cell {place}: {'NOT THE SAME, ' if serious else ''}{fault}")
    if well:
        store(notebook, path)
    else:
        print(f"{path.name} was left as it was.")
    return well


def install_oldest():
    """Have the oldest Keras that the chapters run with in a folder of its own, once."""
    if not OLDEST.exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "keras==3.8.0"]
        subprocess.run([*pip, "--target", OLDEST], check=True)


if __name__ == "__main__":
    adopt()
    install_oldest()
    few = "--machines" in sys.argv
    chapters = notebooks([name for name in sys.argv[1:] if name != "--machines"])
    well = [settle(*found) for found in all_runs(chapters, FEW if few else MACHINES | CHANCE)]
    sys.exit(not all(well))
