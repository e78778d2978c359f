"""The explorables: their numbers are the chapters', and they work in a browser for everybody."""

import gzip
import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import matplotlib
import numpy as np
import pytest
import tensorflow as tf
from axe_playwright_python.sync_playwright import Axe

from tests.browser import browser
from tests.test_chapters import CHAPTERS, ROOT, code_cells, prose, read

ASSETS = ROOT / "assets"
FOLDER = ASSETS / "static/explore"
NAMES = {
    "neuron": "01-neurons",
    "depth": "02-deep-networks",
    "descent": "03-training",
    "activation": "04-activation",
    "backpropagation": "05-backpropagation",
}


# --- the models ----------------------------------------------------------------------------------


def run_cells(chapter, *snippets):
    """Run the cells of a chapter that hold one of the snippets; the names that they define."""
    matplotlib.use("Agg")
    names = {}
    for cell in code_cells(read(CHAPTERS / f"{chapter}.ipynb")):
        found = [snippet for snippet in snippets if snippet in cell.source]
        if cell.source.startswith(("import", "from", "# @title The look")) or found:
            exec(cell.source, names)
            snippets = [snippet for snippet in snippets if snippet not in found]
    assert not snippets, f"chapter {chapter} has no cell with {snippets}"
    return names


def neuron_vectors(generator):
    names = run_cells(
        NAMES["neuron"],
        "def fires",
        "generator = ",
        "at_least_one = fires",
        "def draw_regions",
        "def hand_network",
        "wanted_xor = ",
    )
    points = generator.uniform(-0.5, 1.5, size=(200, 2))
    neurons = generator.uniform(-2, 2, size=(30, 3))
    return {
        "corners": names["corners"],
        "xor": names["wanted_xor"],
        "points": points,
        "network": names["hand_network"](points),
        "single": [
            {"w1": w1, "w2": w2, "b": b, "answers": names["fires"](points, np.array([w1, w2]), b)}
            for w1, w2, b in neurons
        ],
    }


def depth_vectors(generator):
    names = run_cells(
        NAMES["depth"],
        "def draw_network",
        "sizes = [5",
        "def build",
        "def count_parameters",
        "def count_mult",
        "def memory_in_mb",
    )
    networks = [names["sizes"], [784, 512, 512, 10], [2, 1]]
    networks += [generator.integers(1, 1025, size=length).tolist() for length in range(2, 11)]
    return [
        {
            "sizes": sizes,
            "batch": batch,
            "parameters": names["count_parameters"](sizes),
            "multiplications": names["count_multiplications"](sizes),
            "memory": names["memory_in_mb"](sizes, batch),
        }
        for sizes in networks
        for batch in (1, 250)
    ]


def descent_vectors(generator):
    names = run_cells(
        NAMES["descent"],
        "generator = np.random.default_rng(1)",
        "ticks = ",
        "def gradient(",
        "rates = [",
    )
    places = generator.uniform(-2, 4, size=(20, 2))
    return {
        "points": np.column_stack([names["positions"], names["heights"]]),
        "places": [
            {
                "weight": w,
                "bias": b,
                "loss": names["loss"](w, b),
                "gradient": names["gradient"](w, b),
            }
            for w, b in places
        ],
        "paths": [{"rate": rate, "path": names["descend"](rate)} for rate in names["rates"]],
    }


def taped_sizes(name, inputs, layers, last, labels, spread, lastSpread):
    """The size of the gradient by the outputs of each layer, as the chapter takes it."""
    activation = (lambda z: (tf.sign(z) + 1) / 2) if name == "step" else getattr(tf.nn, name, None)
    outputs = [tf.constant(inputs)]
    with tf.GradientTape() as tape:
        tape.watch(outputs[0])
        for weights in layers:
            sums = outputs[-1] @ (spread * weights)
            outputs.append(activation(sums) if activation else sums)
        logits = outputs[-1] @ (lastSpread * last)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
        loss = tf.reduce_mean(losses)
    gradients = tape.gradient(loss, outputs[1:])
    return [0 if gradient is None else np.linalg.norm(gradient) for gradient in gradients]


def activation_vectors(generator):
    names = run_cells(
        NAMES["activation"],
        "def sigmoid(z)",
        "def sigmoid_slope",
        "def step(z)",
        "def gradient_sizes",
    )
    z = np.linspace(-4, 4, 80)
    functions = {
        name: {"z": z, "value": names[name](z), "slope": names[f"{name}_slope"](z)}
        for name in ("sigmoid", "tanh", "relu")
    }
    functions["step"] = {"z": z, "value": names["step"](z), "slope": None}
    networks = []
    for name in ("none", "sigmoid", "tanh", "relu", "step"):
        network = {
            "name": name,
            "inputs": generator.normal(size=(5, 6)),
            "layers": generator.normal(size=(4, 6, 6)),
            "last": generator.normal(size=(6, 10)),
            "labels": generator.integers(0, 10, size=5),
            "spread": 0.4,
            "lastSpread": 0.3,
        }
        networks.append({**network, "width": 6, "theirs": taped_sizes(**network)})
    for network in networks:
        for table in ("inputs", "layers", "last"):
            flat = [np.ravel(part) for part in network[table]] if table == "layers" else None
            network[table] = flat or np.ravel(network[table])
    left = [
        {"name": name, "weights": weights.lower(), "shares": gradient / gradient[-1]}
        for (name, weights), gradient in names["sizes"].items()
    ]
    return {"functions": functions, "networks": networks, "left": left}


def backpropagation_vectors(generator):
    names = run_cells(NAMES["backpropagation"], "x, target = ", "loss_by_y = ", "def small_loss")
    values = {"s": names["s"], "h": names["h"], "y": names["y"], "L": names["loss"]}
    return {
        "inputs": {"x": names["x"], "t": names["target"], "w1": names["w1"], "w2": names["w2"]},
        "values": values,
        "slopes": {name: names[f"loss_by_{name}"] for name in ("y", "h", "s", "w1", "w2")},
        "measured": {"w1": names["measured_w1"], "w2": names["measured_w2"]},
        "losses": [
            {"w1": w1, "w2": w2, "loss": names["small_loss"](w1, w2)}
            for w1, w2 in generator.uniform(-3, 3, size=(20, 2))
        ],
    }


def plain(value):
    """NumPy's numbers and arrays as JSON has them."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)


def test_models_have_the_numbers_of_the_chapters(tmp_path):
    generator = np.random.default_rng(0)
    vectors = {name: globals()[f"{name}_vectors"](generator) for name in NAMES}
    file = tmp_path / "vectors.json"
    file.write_text(json.dumps(vectors, default=plain))
    node = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
    assert node, "Node is missing: type `make clean`, then `make test`"
    done = subprocess.run(
        [node, "--test", ROOT / "tests/explore.test.js"],
        env={**os.environ, "VECTORS": str(file)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^# pass [1-9]|^ℹ pass [1-9]", done.stdout, re.M), done.stdout
