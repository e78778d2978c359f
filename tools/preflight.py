"""Say in one sentence what is missing before a target runs: a package or the data file."""

import hashlib
import re
import sys
from importlib.metadata import PackageNotFoundError, version

from tools.environment import ROOT

MNIST = "assets/keras/datasets/mnist.npz"
MNIST_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"


def problem():
    """Return the sentence that says what is wrong and what to type, or None."""
    wanted = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for name in re.findall(r"^([\w-]+)==", wanted, re.MULTILINE):
        try:
            version(name)
        except PackageNotFoundError:
            return f"The package {name} is missing from .venv: type `make clean`, then again."
    path = ROOT / MNIST
    if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != MNIST_SHA256:
        fault = "damaged" if path.exists() else "missing"
        return f"{MNIST} is {fault}: type `git checkout {MNIST}` to get it back."
    # On its first day Matplotlib lists the fonts, and would tell that in the notebook that asks it.
    import matplotlib.font_manager  # noqa: F401


if __name__ == "__main__":
    sys.exit(problem())
