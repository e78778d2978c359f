"""Train the two networks of the digit reader and write them down for it: `make weights`.

One is chapter 7's, the other chapter 11's, trained with deformed images. All that trains them
stands in cells of these chapters, and what chooses the limits in cells of chapter 9 tagged
`weights`.
A network is trained only if the code that trains it has changed; what the page says of both is
measured each time, with the weights as the page has them.

Written are, in `assets/static/digits`, a script for each network (each weight one character) and
`samples.js` (what was measured, and some test images), and in `tests/digits.json` what the tests
compare with.

And what "one temperature for ten logits" tells of the networks of chapter 8: they are trained by
its cells tagged `promises`, if these have changed. With one thread, `COURSE_THREADS=1`, the
trainings are those of the chapter's record.
"""

import base64
import hashlib
import json
import math
import re

import numpy as np

from tools.environment import ROOT, adopt
from tools.outputs import CHAPTERS, apart, tagged_code

NETWORK = CHAPTERS / "07-digits-network.ipynb"
PREDICTIONS = CHAPTERS / "08-digits-predictions.ipynb"
REUSE = CHAPTERS / "09-digits-reuse.ipynb"
ACCURACY = CHAPTERS / "11-accuracy.ipynb"
FOLDER = ROOT / "assets/static/digits"
MEASURED = ROOT / "tests/digits.json"
SCRIPTS = {"deformed": FOLDER / "weights-deformed.js", "plain": FOLDER / "weights.js"}
PROMISES = ROOT / "assets/static/explore/promises.js"
CODE = {"deformed": ACCURACY, "plain": NETWORK}
SHARES = {  # of the validation digits that stay below each limit
    "deformed": {"unsure": 0.02, "noDigit": 0.01},
    "plain": {"unsure": 0.03, "noDigit": 0.01},  # the first as in chapter 9
}
ONE_BYTE = [chr(code) for code in range(0x20, 0x7F) if chr(code) not in '"\\']  # as UTF-8
TWO_BYTES = [chr(code) for code in range(0xA1, 0x300) if code != 0xAD]
# Places of test images: of each digit the first that both networks read right; three that only the
# better one reads, then three that neither does, where chapter 7's is the surest.
SAMPLES = [3, 2, 1, 18, 4, 8, 11, 0, 61, 7, 247, 3520, 9587, 1681, 2654, 9009]
IMAGES = [0, 259, 8]  # a clear one, a doubtful one, one that is misread
COLDEST, HOTTEST, STEP = 0.5, 3, 0.05  # temperatures


def fingerprint(chapter, tag="weights"):
    """Twelve digits that change with the tagged code of a chapter, not with titles of its cells."""
    code = re.sub(r"^# @title .*\n", "", tagged_code(chapter, tag), flags=re.MULTILINE)
    return hashlib.sha256(code.encode()).hexdigest()[:12]


def run_chapter(chapter, tag="weights"):
    """What the tagged cells of a chapter define."""
    exec(tagged_code(chapter, tag), names := {})
    return names


def mnist():
    """(pixels, labels) to learn from, and to judge by."""
    import keras

    for images, labels in keras.datasets.mnist.load_data():
        yield images.reshape(-1, 784).astype("float32") / 255, labels


# --- the networks, as tables: weights (inputs, outputs) and biases (outputs) of each layer in turn


def train(name):
    """The tables of the network `name`, trained from its chapter's first seed."""
    if name == "plain":
        return run_chapter(NETWORK)["model"].get_weights()
    names, (learn, _) = run_chapter(ACCURACY), mnist()
    some = [table[:50_000] for table in learn]  # 10,000 images are kept to choose with
    # 100 epochs misread 49 validation images instead of 81, but no fewer digits of other writers.
    recipe = names["RECIPES"]["deformed"] | {"optimizer": names["adam"](0.006)}
    return folded(names["train"](recipe, 0, *some))


def folded(model):
    """The tables of the plain network that answers as `model` does: formula (11.1)."""
    tables = []
    for layer in model.layers:
        kind, numbers = type(layer).__name__, [t.astype("float64") for t in layer.get_weights()]
        if kind == "Dense":
            tables += numbers
        elif kind == "BatchNormalization":
            scale, shift, mean, variance = numbers
            factor = scale / np.sqrt(variance + layer.epsilon)
            tables[-2:] = [tables[-2] * factor, (tables[-1] - mean) * factor + shift]
    return [table.astype("float32") for table in tables]


def answer(tables, pixels):
    """Ten probabilities for each row of pixels, as `read` in chapter 9 computes them."""
    for weights, biases in zip(tables[:-2:2], tables[1:-2:2], strict=True):
        pixels = np.maximum(pixels @ weights + biases, 0)
    logits = pixels @ tables[-2] + tables[-1]
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


# --- the weights as text


def pack(tables):
    """The weights as text.

    A weight becomes a whole number of steps, its level. The step of a neuron is such that 93 of 100
    of its weights have a level that takes one byte.
    """
    reach = len(ONE_BYTE) // 2
    layers, all_levels = [], []
    for weights, biases in zip(tables[::2], tables[1::2], strict=True):
        steps = [f"{step:.6g}" for step in np.quantile(abs(weights), 0.93, axis=0) / (reach + 0.5)]
        levels = np.rint(weights / np.array(steps, dtype=float)).astype(int)
        shown_biases = [f"{bias:.7g}" for bias in biases]
        layers.append({"steps": " ".join(steps), "biases": " ".join(shown_biases)})
        all_levels.append(levels)
    most = max(reach, *(abs(levels).max() for levels in all_levels))
    rare = TWO_BYTES[: 2 * (most - reach)]
    alphabet = rare[: most - reach] + ONE_BYTE + rare[most - reach :]
    checksum = 0
    for layer, levels in zip(layers, all_levels, strict=True):
        layer["levels"] = "".join(np.array(alphabet)[levels + most].ravel())
        for character in layer["levels"] + layer["steps"] + layer["biases"]:
            checksum = (31 * checksum + ord(character)) % 2**32
    sizes = [len(tables[0]), *map(len, tables[1::2])]
    return dict(sizes=sizes, alphabet="".join(alphabet), layers=layers, checksum=checksum)


def unpack(packed):
    """The tables that the text stands for, as network.js unpacks them."""
    middle, tables = len(packed["alphabet"]) // 2, []
    levels_of = {character: n - middle for n, character in enumerate(packed["alphabet"])}
    for layer, outputs in zip(packed["layers"], packed["sizes"][1:], strict=True):
        levels = np.array([levels_of[character] for character in layer["levels"]])
        steps = np.array(layer["steps"].split(), dtype=float)
        tables.append((levels.reshape(-1, outputs) * steps).astype("float32"))
        tables.append(np.array(layer["biases"].split(), dtype="float32"))
    return tables


def write_script(path, name, value, comment):
    """Write a value as a script: a page opened by double click may not fetch a JSON file."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    script = f"// {comment}\nwindow.course = {{ ...window.course, {name}: {text} }};\n"
    path.write_text(script, encoding="utf-8")


def read_script(path):
    """The value that a script holds."""
    return json.loads(re.search(r"\w: ({.*}) };\n", path.read_text(encoding="utf-8"))[1])


# --- what is said of them


def measure(name, reuse, answers):
    """What the page says of a network; `answers` to the test images are those before rounding.

    That is chapter 9's limit, whose letters and digits `reuse` has, and a second one found in the
    same way, with their error rates.
    """
    tables, labels = unpack(read_script(SCRIPTS[name])), reuse["test_labels"]
    given = answer(tables, reuse["test_pixels"])
    found, top = given.argmax(axis=1), given.max(axis=1)
    letters = answer(tables, reuse["letter_pixels"]).max(axis=1)
    check_top = reuse["check_top"]  # chapter 7's was trained with the validation images, too
    if name == "deformed":
        check_top = answer(tables, reuse["check_pixels"]).max(axis=1)
    script, is_right = SCRIPTS[name].read_bytes(), found == labels
    told = {
        "file": SCRIPTS[name].name,
        "kilobytes": round(len(script) / 1000),
        "version": hashlib.sha256(script).hexdigest()[:8],  # a browser keeps no older weights
        "accuracy": round(100 * float(np.mean(is_right)), 2),
        "fullAccuracy": round(100 * float(np.mean(answers == labels)), 2),
        "differ": int(np.sum(found != answers)),
    }
    for kind, share in SHARES[name].items():
        limit = math.floor(1000 * np.quantile(check_top, share)) / 1000  # as the page shows it
        told[kind] = {
            "limit": limit,
            "digitsRefused": round(100 * float(np.mean(top < limit)), 1),
            "acceptedRight": round(100 * float(np.mean(is_right[top >= limit])), 1),
            "mistakesRefused": round(100 * float(np.mean(top[~is_right] < limit))),
            "lettersPassed": int(np.sum(letters >= limit)),
            "letters": len(letters),
        }
    return told


def promises():
    """The logits of three test images by chapter 8's network, and what its networks promise.

    Of each group of answers: how many there are, how many mistakes they make, and how many they
    promise at each temperature. The groups are those of T = 1: an answer stays in its group.
    """
    names = run_chapter(PREDICTIONS, "promises")
    images = names["model"](names["test_pixels"][IMAGES]).numpy()
    given, labels = names["unseen_pixels"], names["unseen_labels"]
    logits = np.concatenate([network(given).numpy() for network in names["models"]])
    top, is_wrong = names["unseen"].max(axis=1), names["unseen"].argmax(axis=1) != labels
    groups = np.digitize(top, names["edges"][1:-1])
    temperatures = np.arange(COLDEST, HOTTEST + STEP / 2, STEP)
    lacking = [1 - names["softmax"](logits.astype(float) / T).max(axis=1) for T in temperatures]
    return {
        "code": fingerprint(PREDICTIONS, "promises"),
        "temperatures": [COLDEST, HOTTEST, STEP],
        "logits": images.round(1).astype(float).round(1).tolist(),
        "groups": [
            {
                "answers": int(np.sum(groups == group)),
                "made": int(np.sum(is_wrong[groups == group])),
                "promised": [round(float(one[groups == group].sum()), 2) for one in lacking],
            }
            for group in range(len(names["edges"]) - 1)
        ],
    }


def main():
    """Train what has changed, measure, write."""
    if read_script(PROMISES)["code"] != fingerprint(PREDICTIONS, "promises"):
        about = "What the networks of chapter 8 promise, by `make weights`."
        write_script(PROMISES, "promises", apart(promises), about)
    told = json.loads(MEASURED.read_text(encoding="utf-8"))["networks"]
    reuse, networks = run_chapter(REUSE), {}
    for name, chapter in CODE.items():
        if told[name]["code"] != fingerprint(chapter):
            print(f"training the network {name!r} …", flush=True)
            tables = apart(train, name)
            about = f"The weights of {chapter.name}, by `make weights`; network.js unpacks them."
            write_script(SCRIPTS[name], "weights", pack(tables), about)
            answers = answer(tables, reuse["test_pixels"]).argmax(axis=1)
            told[name] = {"code": fingerprint(chapter), "answers": "".join(map(str, answers))}
        answers = np.array([*told[name]["answers"]], dtype=int)
        told[name]["measured"] = networks[name] = measure(name, reuse, answers)
    samples = {
        "networks": networks,
        "images": [
            {
                "place": place,
                "label": int(reuse["test_labels"][place]),
                "pixels": base64.b64encode(reuse["test_images"][place]).decode(),
            }
            for place in SAMPLES
        ],
    }
    about = "Test images of MNIST (CC BY-SA 3.0), chosen by `make weights`: 784 bytes in base64."
    write_script(FOLDER / "samples.js", "samples", samples, about)
    text = json.dumps({"code": fingerprint(REUSE), "networks": told}, indent=1)
    MEASURED.write_text(text.replace("\n    ", " ") + "\n", encoding="utf-8")
    print(json.dumps(networks, indent=1))


if __name__ == "__main__":
    adopt()
    main()
