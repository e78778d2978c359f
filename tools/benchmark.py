"""Train the recipes of chapters 10 and 11 to their end: `make benchmark`.

The cells of a chapter tagged `benchmark` define its `RECIPES` and `train(recipe, seed, pixels,
labels)`; a recipe may name other ways to read its network, `readers`. Here all 60,000 training
images are learnt from, and the test images judge. Each training has a process of its own, one
after the other, and what is finished is kept in `_build/benchmark` until the code of its chapter
changes. At the end the table goes to `assets/benchmark.csv`, and what the last recipe's networks
read in the test images (in the last way), a row a seed, to `assets/answers.npy`.
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
    """Train one network; how it is read, (readers, images, 10) probabilities, and its seconds."""
    names, (learn, judge) = run_chapter(chapter, "benchmark"), mnist()
    settings = names["RECIPES"][recipe]
    began = time.perf_counter()
    model = names["train"](settings, seed, *learn)
    seconds = time.perf_counter() - began
    readers = [model, *[reader(model) for reader in settings.get("readers", {}).values()]]
    logits = [reader.predict(judge[0], batch_size=1000, verbose=0) for reader in readers]
    answers = names["keras"].ops.softmax(np.array(logits)).numpy()
    return {"answers": answers, "seconds": seconds}


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
    """How many of 100 images each training reads right, and the median of their times."""
    right = [100 * np.mean(answer.argmax(axis=1) == labels) for answer in answers]
    return {
        "recipe": recipe,
        "accuracies": " ".join(f"{accuracy:.2f}" for accuracy in right),
        "mean": f"{np.mean(right):.2f}",
        "spread": f"{np.ptp(right):.2f}",
        "seconds": f"{np.median(seconds):.1f}",
        "code": code,
    }


def rows_of(chapter, only_seed, labels):
    """The rows of a chapter's recipes, trained where they are not kept yet; the last's answers."""
    recipes = run_chapter(chapter, "benchmark")["RECIPES"]
    code, rows = fingerprint(chapter, "benchmark"), []
    kept = ROOT / "_build/benchmark" / code
    kept.mkdir(parents=True, exist_ok=True)
    for recipe, settings in recipes.items():
        results = []
        for seed in range(settings["seeds"]) if only_seed is None else [only_seed]:
            path, part = kept / f"{recipe}-{seed}.npz", kept / "part.npz"
            if not path.exists():
                print(f"{recipe}, seed {seed} …", flush=True)
                np.savez(part, **apart(train_one, chapter, recipe, seed))
                os.replace(part, path)
            results.append(np.load(path))
        answers = np.array([result["answers"] for result in results])
        seconds = [float(result["seconds"]) for result in results]
        for n, name in enumerate([recipe, *settings.get("readers", {})]):
            rows.append(row(name, code, answers[:, n], labels, seconds))
    return rows, answers[:, -1], seconds


def main(only_seed=None):
    """Write the table and the answers, or show the rows of one seed."""
    _, (_, labels) = mnist()
    rows, _, _ = rows_of(SPEED, only_seed, labels)
    more, answers, seconds = rows_of(ACCURACY, only_seed, labels)
    rows += more
    if len(answers) > 1:
        title = f"{rows[-1]['recipe'].partition(',')[0]}, {len(answers)} voting"
        rows.append(row(title, rows[-1]["code"], [answers.mean(axis=0)], labels, sum(seconds)))
    for found in rows:
        found["ratio"] = f"{float(found['seconds']) / float(rows[0]['seconds']):.3f}"
        accuracies = [*map(float, found["accuracies"].split())]  # as the chapters write it
        print(f'    "{found["recipe"]}": ({accuracies}, {found["seconds"]}),')
    if only_seed is None:
        np.save(ANSWERS, answers.argmax(axis=2).astype("uint8"))
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
