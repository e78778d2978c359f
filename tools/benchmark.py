"""Run the whole staircase of chapter 10, with the code of its cells: `make benchmark`.

The cells tagged `benchmark` hold all that is needed: the data, `RECIPES`, `train`, `probabilities`.
Each recipe is trained from each of its seeds in a process of its own, one after the other. What is
finished is kept in `_build/benchmark`, so that an interruption costs one training at most. At the
end the table is written to `assets/benchmark.csv`; `make benchmark SEED=0` trains each recipe from
that seed only and shows its rows.
"""

import csv
import hashlib
import os
import platform
import re
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

from tools.environment import ROOT, adopt
from tools.outputs import CHAPTERS, apart, tagged_code

CHAPTER = CHAPTERS / "10-accuracy.ipynb"
TABLE = ROOT / "assets/benchmark.csv"


def fingerprint():
    """Twelve digits that change with the code of the chapter."""
    return hashlib.sha256(tagged_code(CHAPTER, "benchmark").encode()).hexdigest()[:12]


def chapter_names():
    """What the tagged cells define, with all 60,000 training images to learn from."""
    names = {"FULL": True}
    exec(tagged_code(CHAPTER, "benchmark"), names)
    return names


def train_one(recipe, seed):
    """Train one network; its answers, (images, 10) probabilities, and the seconds that it took."""
    names = chapter_names()
    began = time.perf_counter()
    model = names["train"](names["RECIPES"][recipe], seed, [])
    seconds = time.perf_counter() - began
    return {"answers": names["probabilities"](model), "seconds": seconds}


def machine(names):
    """The columns of the table that say by what it was made."""
    info = Path("/proc/cpuinfo")
    name = re.search(r"model name\s*: (.*)", info.read_text("utf-8") if info.exists() else "")
    return {
        "tensorflow": version("tensorflow"),
        "keras": version("keras"),
        "processor": f"{name[1] if name else platform.processor()}, {os.cpu_count()} cores",
        "device": "GPU" if names["tf"].config.list_physical_devices("GPU") else "CPU",
        "code": fingerprint(),
    }


def row(recipe, answers, labels, seconds):
    """How many of 100 images each training reads right, and how long one takes."""
    right = [100 * np.mean(answer.argmax(axis=1) == labels) for answer in answers]
    return {
        "recipe": recipe,
        "accuracies": " ".join(f"{accuracy:.2f}" for accuracy in right),
        "mean": f"{np.mean(right):.2f}",
        "spread": f"{np.ptp(right):.2f}",
        "seconds": f"{seconds:.1f}",
    }


def main(only_seed=None):
    """Train what is not kept yet; write the table, or show the rows of one seed."""
    names, rows = chapter_names(), []
    kept, labels = ROOT / "_build/benchmark" / fingerprint(), names["judge_labels"]
    kept.mkdir(parents=True, exist_ok=True)
    for recipe, settings in names["RECIPES"].items():
        results = []
        for seed in range(settings["seeds"]) if only_seed is None else [only_seed]:
            path, part = kept / f"{recipe}-{seed}.npz", kept / "part.npz"
            if not path.exists():
                print(f"{recipe}, seed {seed} …", flush=True)
                np.savez(part, **apart(train_one, recipe, seed))
                os.replace(part, path)
            results.append(np.load(path))
        answers = [result["answers"] for result in results]
        seconds = [float(result["seconds"]) for result in results]
        rows.append(row(recipe, answers, labels, np.mean(seconds)))
    if len(answers) > 1:
        title = f"{len(answers)} of these, voting"
        rows.append(row(title, [np.mean(answers, axis=0)], labels, sum(seconds)))
    for found in rows:
        found["ratio"] = f"{float(found['seconds']) / float(rows[0]['seconds']):.3f}"
        print("{recipe:34} {mean} % in {seconds} s, ratio {ratio}".format(**found))
    if only_seed is None:
        with TABLE.open("w", encoding="utf-8", newline="") as file:
            columns = machine(names)
            writer = csv.DictWriter(file, [*rows[0], *columns], lineterminator="\n")
            writer.writeheader()
            writer.writerows(found | columns for found in rows)


if __name__ == "__main__":
    adopt()
    if not all(argument.isdigit() for argument in sys.argv[1:]):
        sys.exit("A seed is a whole number: make benchmark SEED=0")
    try:
        main(*map(int, sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("\nStopped. What was finished is kept: type make benchmark to go on.")
