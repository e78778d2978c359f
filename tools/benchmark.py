"""Run the whole staircase of chapter 10, with the code of its cells: `make benchmark`.

The cells tagged `benchmark` hold all that is needed: the data, `RECIPES`, `train`, `probabilities`.
Each recipe is trained from each of its seeds in a process of its own, one after the other. What is
finished is kept in `_build/benchmark`, so that an interruption costs one training at most. At the
end the table is written to `assets/benchmark.csv`.

`make benchmark SEED=0` trains each recipe from one seed and shows the result beside the table.
"""

import csv
import hashlib
import json
import os
import platform
import re
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

from tools.environment import ROOT, adopt
from tools.outputs import CHAPTERS, tagged_code

CHAPTER = CHAPTERS / "10-accuracy.ipynb"
TABLE = ROOT / "assets/benchmark.csv"
COLUMNS = "recipe accuracies mean spread seconds ratio tensorflow keras processor device code"


def fingerprint():
    """Twelve digits that change with the code of the chapter."""
    return hashlib.sha256(tagged_code(CHAPTER, "benchmark").encode()).hexdigest()[:12]


def table():
    """The committed table: one dictionary for each recipe."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def chapter_names():
    """What the tagged cells define, with all 60,000 training images to learn from."""
    names = {"FULL": True}
    exec(tagged_code(CHAPTER, "benchmark"), names)
    return names


def train_one(recipe, seed, folder):
    """Train one network and write its answers and seconds to `folder`."""
    names = chapter_names()
    began = time.perf_counter()
    model = names["train"](names["RECIPES"][recipe], seed, [])
    seconds = time.perf_counter() - began
    np.save(folder / "probabilities.npy", names["probabilities"](model).astype("float32"))
    device = "GPU" if names["tf"].config.list_physical_devices("GPU") else "CPU"
    text = json.dumps({"seconds": seconds, "device": device})
    (folder / "result.part").write_text(text, encoding="utf-8")
    os.replace(folder / "result.part", folder / "result.json")


def processor():
    """The name of the processor, and how many cores it has."""
    info = Path("/proc/cpuinfo")
    text = info.read_text(encoding="utf-8") if info.exists() else ""
    name = re.search(r"model name\s*: (.*)", text)
    return f"{name[1] if name else platform.processor()}, {os.cpu_count()} cores"


def row(recipe, answers, labels, results):
    """A row of the table from the answers of each network, (images, 10) probabilities."""
    right = [100 * (answer.argmax(axis=1) == labels).mean() for answer in answers]
    return {
        "recipe": recipe,
        "accuracies": " ".join(f"{accuracy:.2f}" for accuracy in right),
        "mean": f"{np.mean(right):.2f}",
        "spread": f"{np.ptp(right):.2f}",
        "seconds": f"{np.mean([result['seconds'] for result in results]):.1f}",
        "tensorflow": version("tensorflow"),
        "keras": version("keras"),
        "processor": processor(),
        "device": results[0]["device"],
        "code": fingerprint(),
    }


def summary(names, folders):
    """The rows of the table from the folders of each recipe's trainings, the reference first."""
    rows = []
    for recipe, kept in folders.items():
        results = [json.loads((folder / "result.json").read_text("utf-8")) for folder in kept]
        answers = [np.load(folder / "probabilities.npy") for folder in kept]
        rows.append(row(recipe, answers, names["judge_labels"], results))
    if len(answers) > 1:
        together = results[0] | {"seconds": sum(result["seconds"] for result in results)}
        vote, title = [np.mean(answers, axis=0)], f"{len(answers)} of these, voting"
        rows.append(row(title, vote, names["judge_labels"], [together]))
    for found in rows:
        found["ratio"] = f"{float(found['seconds']) / float(rows[0]['seconds']):.3f}"
    return rows


def main(only_seed=None):
    """Train what is not kept yet, and write the table or show one seed's results beside it."""
    names, usual = chapter_names(), {row["recipe"]: row for row in table()}
    folders = {}
    for recipe, settings in names["RECIPES"].items():
        seeds = range(settings["seeds"]) if only_seed is None else [only_seed]
        kept = ROOT / "_build/benchmark" / fingerprint()
        folders[recipe] = [kept / f"{recipe}-{seed}" for seed in seeds]
        for seed, folder in zip(seeds, folders[recipe], strict=True):
            if not (folder / "result.json").exists():
                folder.mkdir(parents=True, exist_ok=True)
                seconds = usual.get(recipe, {"seconds": "?"})["seconds"]
                print(f"{recipe}, seed {seed}: about {seconds} s …", flush=True)
                command = [sys.executable, "-m", "tools.benchmark", "--train", recipe, str(seed)]
                subprocess.run([*command, folder], check=True)
    rows = summary(names, folders)
    if only_seed is None:
        with TABLE.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS.split(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    for found in rows:
        theirs = usual.get(found["recipe"], dict.fromkeys(found, "–"))
        said = [f"{r['mean']} % in {r['seconds']} s, ratio {r['ratio']}" for r in (found, theirs)]
        print(f"{found['recipe']:34} {said[0]}   (table before: {said[1]})")


if __name__ == "__main__":
    adopt()
    try:
        if sys.argv[1:2] == ["--train"]:
            train_one(sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
        elif all(argument.isdigit() for argument in sys.argv[1:]):
            main(*map(int, sys.argv[1:2]))
        else:
            sys.exit("A seed is a whole number: make benchmark SEED=0")
    except (KeyboardInterrupt, subprocess.CalledProcessError):
        sys.exit("\nStopped. What was finished is kept: type make benchmark to go on.")
