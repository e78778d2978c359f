"""Pack MNIST for the page "Teach it", which `make book` does where it has not been done.

Seven scripts of 10,000 images each (six to learn from, one to test with) stand in
assets/static/teach/images: labels, then pixels with 16 greys, two in a byte, compressed. Scripts,
because a page that is opened as a file may read nothing else.
"""

import base64
import zlib

import numpy as np

from tools.environment import ROOT

FOLDER = ROOT / "assets/static/teach/images"
PART = 10_000
LAST = FOLDER / "6.js"


def write():
    """Write the scripts, the last one last."""
    with np.load(ROOT / "assets/keras/datasets/mnist.npz") as data:
        images = np.concatenate([data["x_train"], data["x_test"]]).reshape(-1, 784)
        labels = np.concatenate([data["y_train"], data["y_test"]])
    greys = np.round(images / 17).astype(np.uint8)
    pairs = 16 * greys[:, ::2] + greys[:, 1::2]
    FOLDER.mkdir(exist_ok=True)
    for part in range(len(labels) // PART):
        here = slice(part * PART, (part + 1) * PART)
        packed = zlib.compress(labels[here].tobytes() + pairs[here].tobytes(), 9)
        text = f'course.images({part}, "{base64.b64encode(packed).decode()}");\n'
        (FOLDER / f"{part}.js").write_text(text, encoding="ascii")
