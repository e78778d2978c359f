"""Train the recipes of chapters 10 and 11 to their end: `make benchmark`.

The cells of a chapter tagged `benchmark` define its `RECIPES` and `train(recipe, seed, pixels,
labels)`. Here all 60,000 training images are learnt from, and the test images judge. Each training
has a process of its own, one after the other. From one seed all recipes are trained before the next
seed, so that a machine that gets slower does not look like a recipe that is. What is finished is
kept in `_build/benchmark` until the code of its chapter changes. At the end the table goes to
`assets/benchmark.csv`, and what the last recipe's networks read in the test images, a row a seed,
to `assets/answers.npy`.
The rows are shown as the chapters write them; `make benchmark SEED=0` shows those of one seed.
"""

import csv
import os
import platform
import re
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

from tools.environment import ROOT, adopt
from tools.outputs import CHAPTERS, apart
from tools.weights import ACCURACY, fingerprint, mnist, run_chapter

SPEED = CHAPTERS / "10-speed.ipynb"
TABLE, ANSWERS = ROOT / "assets/benchmark.csv", ROOT / "assets/answers.npy"


def train_one(chapter, recipe, seed):
    """Train one network; its answers, (images, 10) probabilities, and its seconds."""
    names, (learn, judge) = run_chapter(chapter, "benchmark"), mnist()
    began = time.perf_counter()
    model = names["train"](names["RECIPES"][recipe], seed, *learn)
    seconds = time.perf_counter() - began
    logits = model.predict(judge[0], batch_size=1000, verbose=0)
    return {"answers": names["keras"].ops.softmax(logits).numpy(), "seconds": seconds}


def machine():
    """The columns of the table that say by what it was made."""
    info = Path("/proc/cpuinfo")
    name = re.search(r"model name\s*: (.*)", info.read_text("utf-8") if info.exists() else "")
    return {
        "tensorflow": version("tensorflow"),
        "keras": version("keras"),
        "processor": f"{name[1] if name else platform.processor()}, {os.cpu_count()} cores",
    }


def row(recipe, code, answers, labels, seconds):
    """How many of 100 images each training reads right, and how long each took."""
    right = [100 * np.mean(answer.argmax(axis=1) == labels) for answer in answers]
    return {
        "recipe": recipe,
        "accuracies": " ".join(f"{accuracy:.2f}" for accuracy in right),
        "mean": f"{np.mean(right):.2f}",
        "spread": f"{np.ptp(right):.2f}",
        "seconds": " ".join(f"{one:.1f}" for one in seconds),
        "code": code,
    }


def numbers(row, column):
    """The numbers that a row of the table has in a column."""
    return [*map(float, row[column].split())]


def written(row):
    """A row as the chapters write it: (accuracies, seconds).

    Of more than three times these are the shortest, the median and the longest.
    """
    seconds = sorted(numbers(row, "seconds"))
    if len(seconds) > 3:
        seconds = [seconds[0], round(float(np.median(seconds)), 1), seconds[-1]]
    return numbers(row, "accuracies"), seconds


def rows_of(chapter, only_seed, labels):
    """The rows of a chapter's recipes, trained where they are not kept yet; the last's results."""
    recipes = run_chapter(chapter, "benchmark")["RECIPES"]
    code, results = fingerprint(chapter, "benchmark"), {recipe: [] for recipe in recipes}
    kept = ROOT / "_build/benchmark" / code
    kept.mkdir(parents=True, exist_ok=True)
    most = max(settings["seeds"] for settings in recipes.values())
    for seed in range(most) if only_seed is None else [only_seed]:
        for recipe, settings in recipes.items():
            if only_seed is None and seed >= settings["seeds"]:
                continue
            path, part = kept / f"{recipe}-{seed}.npz", kept / "part.npz"
            if not path.exists():
                print(f"{recipe}, seed {seed} …", flush=True)
                np.savez(part, **apart(train_one, chapter, recipe, seed))
                os.replace(part, path)
            results[recipe].append(np.load(path))
    columns = {
        recipe: ([one["answers"] for one in found], [float(one["seconds"]) for one in found])
        for recipe, found in results.items()
    }
    rows = [
        row(recipe, code, answers, labels, seconds)
        for recipe, (answers, seconds) in columns.items()
    ]
    return rows, *columns[rows[-1]["recipe"]]


def main(only_seed=None):
    """Write the table and the answers, or show the rows of one seed."""
    _, (_, labels) = mnist()
    rows, _, _ = rows_of(SPEED, only_seed, labels)
    more, answers, seconds = rows_of(ACCURACY, only_seed, labels)
    rows += more
    if len(answers) > 1:
        title = f"{rows[-1]['recipe']}, {len(answers)} voting"
        rows.append(row(title, rows[-1]["code"], [np.mean(answers, 0)], labels, [sum(seconds)]))
    reference = np.median(numbers(rows[0], "seconds"))
    for found in rows:
        found["ratio"] = f"{np.median(numbers(found, 'seconds')) / reference:.2f}"
        print(f'    "{found["recipe"]}": {written(found)},')
    if only_seed is None:
        np.save(ANSWERS, np.argmax(answers, axis=2).astype("uint8"))
        with TABLE.open("w", encoding="utf-8", newline="") as file:
            columns = machine()
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
