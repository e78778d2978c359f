"""Run the whole staircase of chapter 10, with the code of its cells: `make benchmark`.

The cells tagged `benchmark` hold all that is needed: the data, `RECIPES`, `train`, `probabilities`.
Each recipe is trained from each of its seeds in a process of its own, one after the other. What is
finished is kept in `_build/benchmark`, and a long training goes on from its last whole epoch, so
the run can be interrupted at any time. At the end the table is written to `assets/benchmark.csv`.

`make benchmark SEED=0` trains each recipe from one seed and shows the result beside the table.
"""

import csv
import hashlib
import json
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import nbformat

ROOT = Path(__file__).parent.parent
CHAPTER = ROOT / "chapters/10-accuracy.ipynb"
TABLE = ROOT / "assets/benchmark.csv"
KEPT = ROOT / "_build/benchmark"
COLUMNS = "recipe accuracies mean spread seconds ratio tensorflow keras processor device code"


def chapter_code():
    """The cells tagged `benchmark` as one program."""
    cells = nbformat.read(CHAPTER, as_version=4).cells
    return "\n\n".join(c.source for c in cells if "benchmark" in c.metadata.get("tags", []))


def fingerprint():
    """Twelve digits that change with the code of the chapter."""
    return hashlib.sha256(chapter_code().encode()).hexdigest()[:12]


def table():
    """The committed table: one dictionary for each recipe."""
    with TABLE.open() as file:
        return list(csv.DictReader(file))


def chapter_names():
    """What the tagged cells define, with all 60,000 training images to learn from."""
    names = {"FULL": True}
    exec(chapter_code(), names)
    return names


def train_one(recipe, seed, folder):
    """Train one network and write its answers and seconds to `folder`; run in its own process."""
    import keras
    import numpy as np

    names = chapter_names()
    settings = names["RECIPES"][recipe]
    is_long = settings["epochs"] > 20  # minutes: worth keeping after every epoch
    clock = folder / "seconds.json"
    before = json.loads(clock.read_text()) if is_long and clock.exists() else 0.0
    began = time.perf_counter()

    class Progress(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seconds = before + time.perf_counter() - began
            clock.write_text(json.dumps(seconds))
            print(
                f"\r{recipe}, seed {seed}: epoch {epoch + 1} of {settings['epochs']}, "
                f"{seconds:.0f} s, {seconds / (epoch + 1) * (settings['epochs'] - epoch - 1):.0f} "
                "s to go        ", end="", flush=True,
            )  # fmt: skip

    callbacks = [Progress()]
    if is_long:
        callbacks.insert(0, keras.callbacks.BackupAndRestore(folder / "backup"))
    began = time.perf_counter()
    model = names["train"](settings, seed, callbacks)
    seconds = before + time.perf_counter() - began
    probabilities = names["probabilities"](model)
    device = "GPU" if names["tf"].config.list_physical_devices("GPU") else "CPU"
    np.save(folder / "probabilities.npy", probabilities.astype("float32"))
    part = folder / "result.part"
    part.write_text(json.dumps({"seconds": seconds, "device": device}))
    os.replace(part, folder / "result.json")
    print()


def processor():
    """The name of the processor, and how many of its cores this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor()}, {cores} cores"


def summary(names, seeds_of):
    """The rows of the table from what is kept, the reference first."""
    import numpy as np

    labels, rows = names["judge_labels"], []
    for recipe in names["RECIPES"]:
        folders = [KEPT / fingerprint() / f"{recipe}-{seed}" for seed in seeds_of(recipe)]
        results = [json.loads((folder / "result.json").read_text()) for folder in folders]
        answers = [np.load(folder / "probabilities.npy") for folder in folders]
        rows.append(_row(recipe, answers, labels, results))
    if len(answers) > 1:
        vote = [np.mean(answers, axis=0)]
        seconds = sum(result["seconds"] for result in results)
        together = [{"seconds": seconds, "device": results[0]["device"]}]
        rows.append(_row(f"{len(answers)} of these, voting", vote, labels, together))
    for row in rows:
        row["ratio"] = f"{float(row['seconds']) / float(rows[0]['seconds']):.3f}"
    return rows


def _row(recipe, answers, labels, results):
    right = [100 * (answer.argmax(axis=1) == labels).mean() for answer in answers]
    return {
        "recipe": recipe,
        "accuracies": " ".join(f"{accuracy:.2f}" for accuracy in right),
        "mean": f"{sum(right) / len(right):.2f}",
        "spread": f"{max(right) - min(right):.2f}",
        "seconds": f"{sum(result['seconds'] for result in results) / len(results):.1f}",
        "tensorflow": version("tensorflow"),
        "keras": version("keras"),
        "processor": processor(),
        "device": results[0]["device"],
        "code": fingerprint(),
    }


def main(only_seed=None):
    """Train what is not kept yet, seeds in turn, and write or compare the table."""
    names = chapter_names()

    def seeds_of(recipe):
        seeds = names["RECIPES"][recipe]["seeds"]
        return range(seeds) if only_seed is None else [only_seed]

    most = max(len(seeds_of(recipe)) for recipe in names["RECIPES"])
    runs = [
        (recipe, seeds_of(recipe)[turn])
        for turn in range(most)
        for recipe in names["RECIPES"]
        if turn < len(seeds_of(recipe))
    ]
    usual = {row["recipe"]: float(row["seconds"]) for row in table()}
    for number, (recipe, seed) in enumerate(runs, 1):
        folder = KEPT / fingerprint() / f"{recipe}-{seed}"
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "result.json").exists():
            left = sum(usual.get(recipe, 0) for recipe, _ in runs[number - 1 :]) / 60
            print(f"training {number} of {len(runs)}, about {left:.0f} minutes to go in all")
            command = [
                sys.executable,
                "-m",
                "tools.benchmark",
                "--train",
                recipe,
                str(seed),
                folder,
            ]
            subprocess.run(command, check=True)
    rows = summary(names, seeds_of)
    if only_seed is None:
        with TABLE.open("w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS.split(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        print(f"written: {TABLE.relative_to(ROOT)}")
    committed = {row["recipe"]: row for row in table()}
    for row in rows:
        theirs = committed.get(row["recipe"], dict.fromkeys(["mean", "seconds", "ratio"], "–"))
        print(
            f"{row['recipe']:34} {row['mean']} % in {row['seconds']} s, ratio {row['ratio']}"
            f"   (table: {theirs['mean']} % in {theirs['seconds']} s, ratio {theirs['ratio']})"
        )


if __name__ == "__main__":
    try:
        if sys.argv[1:2] == ["--train"]:
            train_one(sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
        elif all(argument.isdigit() for argument in sys.argv[1:]):
            main(*map(int, sys.argv[1:2]))
        else:
            sys.exit("A seed is a whole number: make benchmark SEED=0")
    except KeyboardInterrupt:
        sys.exit("\nStopped; nothing is lost. Type make benchmark to go on.")
    except subprocess.CalledProcessError:
        sys.exit("A training failed, see above. What was finished is kept: make benchmark goes on.")
