"""Train the network of chapter 7 and write it down for the digit reader: `make weights`.

All that trains, and all that chooses the limits of chapter 9, is in their cells tagged `weights`.
Written are, in `assets/static/digits`, `weights.js` (each weight one character) and `samples.js`
(some test images), and in `tests/digits.json` what was measured and what the tests compare with.
"""

import base64
import hashlib
import json
import math

import numpy as np

from tools.environment import ROOT, adopt
from tools.outputs import CHAPTERS, tagged_code

NETWORK = CHAPTERS / "07-digits-network.ipynb"
REUSE = CHAPTERS / "09-digits-reuse.ipynb"
FOLDER = ROOT / "assets/static/digits"
MEASURED = ROOT / "tests/digits.json"
ONE_BYTE = [chr(code) for code in range(0x20, 0x7F) if chr(code) not in '"\\']  # as UTF-8
TWO_BYTES = [chr(code) for code in range(0xA1, 0x300) if code != 0xAD]


def fingerprint():
    """Twelve digits that change with the code that trains."""
    code = tagged_code(NETWORK, "weights") + tagged_code(REUSE, "weights")
    return hashlib.sha256(code.encode()).hexdigest()[:12]


def run_chapter(chapter, tag="weights"):
    """What the tagged cells of a chapter define."""
    names = {}
    exec(tagged_code(chapter, tag), names)
    return names


def pack(tables):
    """The weights as text, and the tables that this text stands for.

    `tables` are Keras's: weights (inputs, outputs) and biases (outputs) of each layer in turn. A
    weight becomes a whole number of steps, its level. The step of a neuron is such that 93 of 100
    of its weights have a level that takes one byte.
    """
    reach = len(ONE_BYTE) // 2
    layers, all_levels, kept = [], [], []
    for weights, biases in zip(tables[::2], tables[1::2], strict=True):
        steps = [f"{step:.6g}" for step in np.quantile(abs(weights), 0.93, axis=0) / (reach + 0.5)]
        shown_biases = [f"{bias:.7g}" for bias in biases]
        levels = np.rint(weights / np.array(steps, dtype=float)).astype(int)
        layers.append({"steps": " ".join(steps), "biases": " ".join(shown_biases)})
        all_levels.append(levels)
        kept.append((levels * np.array(steps, dtype=float)).astype("float32"))
        kept.append(np.array(shown_biases, dtype="float32"))
    most = max(reach, *(abs(levels).max() for levels in all_levels))
    rare = TWO_BYTES[: 2 * (most - reach)]
    alphabet = rare[: most - reach] + ONE_BYTE + rare[most - reach :]
    checksum = 0
    for layer, levels in zip(layers, all_levels, strict=True):
        layer["levels"] = "".join(np.array(alphabet)[levels + most].ravel())
        for character in layer["levels"] + layer["steps"] + layer["biases"]:
            checksum = (31 * checksum + ord(character)) % 2**32
    sizes = [len(tables[0]), *map(len, tables[1::2])]
    return dict(sizes=sizes, alphabet="".join(alphabet), layers=layers, checksum=checksum), kept


def limits(reuse, top, is_right):
    """Chapter 9's limit, and a second one found in the same way, with their error rates.

    `top` is the largest probability that the network gives to each test image, `is_right` whether
    it read it right. The letters and the noise are those of the chapter.
    """
    letters, noise = (
        reuse["model"].predict(reuse[name], verbose=0).max(axis=1)
        for name in ("letter_pixels", "noise_pixels")
    )
    no_digit, rates = np.quantile(reuse["check_top"], 0.01), {}
    for name, limit in (("unsure", reuse["limit"]), ("noDigit", no_digit)):
        limit = math.floor(1000 * limit) / 1000  # as the page shows it
        rates[name] = {
            "limit": limit,
            "digitsRefused": round(100 * float(np.mean(top < limit)), 1),
            "acceptedRight": round(100 * float(np.mean(is_right[top >= limit])), 1),
            "mistakesRefused": round(100 * float(np.mean(top[~is_right] < limit))),
            "lettersPassed": int(np.sum(letters >= limit)),
            "letters": len(letters),
            "noisePassed": round(int(np.sum(noise >= limit)) / 10),
        }
    return rates


def choose_samples(probabilities, labels):
    """Places of test images: the first ten digits that are read right, and six mistakes."""
    answers = probabilities.argmax(axis=1)
    right = [np.flatnonzero((labels == digit) & (answers == digit))[0] for digit in range(10)]
    wrong = np.flatnonzero(answers != labels)
    sure = wrong[np.argsort(-probabilities[wrong].max(axis=1))]
    return [*right, *sorted(sure[:4]), *sorted(sure[-2:])]


def write_script(path, name, value, comment):
    """Write a value as a script: a page opened by double click may not fetch a JSON file."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    path.write_text(
        f"// {comment}\n(function () {{\n  const {name} = {text};\n"
        f'  if (typeof module !== "undefined") module.exports = {name};\n'
        f"  else window.course = {{ ...window.course, {name} }};\n}})();\n",
        encoding="utf-8",
    )


def main():
    """Train, choose, measure, write."""
    trained, reuse = run_chapter(NETWORK), run_chapter(REUSE)
    model, pixels, labels = (trained[name] for name in ("model", "test_pixels", "test_labels"))
    answers = model.predict(pixels, batch_size=1000, verbose=0).argmax(axis=1)
    packed, kept = pack(model.get_weights())
    model.set_weights(kept)
    reuse["model"] = model  # from here on it is the page's network that is measured
    probabilities = model.predict(pixels, batch_size=1000, verbose=0)
    kept_answers = probabilities.argmax(axis=1)
    measured = {
        "accuracy": round(100 * float(np.mean(kept_answers == labels)), 2),
        "fullAccuracy": round(100 * float(np.mean(answers == labels)), 2),
        "differ": int(np.sum(kept_answers != answers)),
        **limits(reuse, probabilities.max(axis=1), kept_answers == labels),
    }
    about = (
        "The weights of chapter 7's network, written by `make weights`; network.js unpacks them."
    )
    write_script(FOLDER / "weights.js", "weights", packed | {"measured": measured}, about)
    script = (FOLDER / "weights.js").read_bytes()
    images = trained["test_images"]
    samples = {
        "kilobytes": round(len(script) / 1000),
        "version": hashlib.sha256(script).hexdigest()[:8],  # a browser keeps no older weights
        "images": [
            dict(place=int(p), label=int(labels[p]), pixels=base64.b64encode(images[p]).decode())
            for p in choose_samples(probabilities, labels)
        ],
    }
    about = "Test images of MNIST (CC BY-SA 3.0), chosen by `make weights`: 784 bytes in base64."
    write_script(FOLDER / "samples.js", "samples", samples, about)
    told = {"code": fingerprint(), "measured": measured, "answers": "".join(map(str, answers))}
    text = json.dumps(told, indent=1).replace("\n   ", "")
    MEASURED.write_text(text + "\n", encoding="utf-8")
    print(f"\nwritten: weights.js, {samples['kilobytes']} kB; {json.dumps(measured)}")


if __name__ == "__main__":
    adopt()
    main()
