"""Say in one sentence what is missing before a target runs: a package or the data file."""

import hashlib
import os
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).parent.parent
MNIST = ROOT / "assets/keras/datasets/mnist.npz"
MNIST_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"


def problem():
    """Return the sentence that says what is wrong and what to type, or None."""
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        if pin := re.match(r"([\w-]+)==[^;]+", line):
            try:
                version(pin[1])
            except PackageNotFoundError:
                return f"The package {pin[1]} is missing from .venv: type `make clean`, then again."
    if not MNIST.exists():
        return f"{_short(MNIST)} is missing: type `git checkout {_short(MNIST)}` to get it back."
    if hashlib.sha256(MNIST.read_bytes()).hexdigest() != MNIST_SHA256:
        return f"{_short(MNIST)} is damaged: type `git checkout {_short(MNIST)}` to get it back."


def _short(path):
    return os.path.relpath(path, ROOT)


if __name__ == "__main__":
    sys.exit(problem())
