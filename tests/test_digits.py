"""The digit reader's JavaScript against the chapters' Python: network, gradient, preparation.

Each process of `make test` reads this file and one runs it: TensorFlow is imported where it is
used, which saves the others five seconds.
"""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.test_chapters import CHAPTERS, ROOT, code_cells, read
from tools import weights

NODE = shutil.which("node", path=str(Path(sys.prefix, "bin"))) or shutil.which("node")
PAGE = CHAPTERS / "digit-reader.md"


def node(*arguments):
    """Run Node; its output, or a failure that shows what it said."""
    assert NODE, "Node is missing: type `make clean`, then `make test`"
    done = subprocess.run([NODE, *map(str, arguments)], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run(job, folder):
    node("tests/digits_run.js", job, folder)


def floats(path, *shape):
    return np.fromfile(path, dtype="float32").reshape(shape)


# --- the network ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def data():
    import keras

    return keras.datasets.mnist.load_data()[1]


@pytest.fixture(scope="module")
def test_pixels(data):
    return data[0].reshape(-1, 784).astype("float32") / 255


@pytest.fixture(scope="module")
def model():
    """The network as the chapter's cells train it, now and here."""
    return weights.run_chapter(weights.NETWORK)["model"]


@pytest.fixture(scope="module")
def probabilities(model, test_pixels):
    return model.predict(test_pixels, batch_size=1000, verbose=0)


def test_javascript():
    node("--test", "tests/digits.test.js")


def test_float_weights_give_the_answers_of_keras(model, probabilities, test_pixels, tmp_path):
    import keras
    import tensorflow as tf

    tables = model.get_weights()
    np.concatenate([table.ravel() for table in tables]).tofile(tmp_path / "tables.f32")
    test_pixels.tofile(tmp_path / "pixels.f32")
    run("tables", tmp_path)
    ours = floats(tmp_path / "probabilities.f32", 10_000, 10)
    assert np.abs(ours - probabilities).max() < 1e-5
    assert np.array_equal(ours.argmax(axis=1), probabilities.argmax(axis=1))

    logits_of = keras.Sequential([*model.layers[:-1], keras.layers.Dense(10)])
    logits_of.build((None, 784))
    logits_of.set_weights(tables)
    inputs = tf.constant(test_pixels[:100])
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        winners = tf.reduce_max(logits_of(inputs), axis=1)
    theirs = tape.gradient(winners, inputs).numpy() * test_pixels[:100]
    assert np.abs(floats(tmp_path / "shares.f32", 100, 784) - theirs).max() < 1e-4


def test_packed_weights_lose_at_most_five_answers(probabilities, model, test_pixels, tmp_path):
    packed, kept = weights.pack(model.get_weights())
    weights.write_script(tmp_path / "weights.js", "weights", packed, "for a test")
    test_pixels.tofile(tmp_path / "pixels.f32")
    run("packed", tmp_path)
    ours = floats(tmp_path / "probabilities.f32", 10_000, 10)
    assert np.sum(ours.argmax(axis=1) != probabilities.argmax(axis=1)) <= 5
    assert max(np.abs(a - b).max() for a, b in zip(kept, model.get_weights(), strict=True)) < 0.01


def test_the_weights_of_the_page_are_as_good_as_is_said(data, test_pixels, tmp_path):
    told = json.loads(weights.MEASURED.read_text())
    shutil.copy(weights.FOLDER / "weights.js", tmp_path)
    test_pixels.tofile(tmp_path / "pixels.f32")
    run("packed", tmp_path)
    ours = floats(tmp_path / "probabilities.f32", 10_000, 10)
    answers, top = ours.argmax(axis=1), ours.max(axis=1)
    keras_answers = np.array([*told["answers"]], dtype=int)
    is_right = answers == data[1]
    measured = told["measured"]
    assert measured["accuracy"] == round(100 * is_right.mean(), 2)
    assert measured["fullAccuracy"] == round(100 * np.mean(keras_answers == data[1]), 2)
    assert measured["differ"] == np.sum(answers != keras_answers) <= 5
    for name in ("unsure", "noDigit"):
        rates = measured[name]
        assert rates["digitsRefused"] == round(100 * np.mean(top < rates["limit"]), 1)
        assert rates["acceptedRight"] == round(100 * is_right[top >= rates["limit"]].mean(), 1)
        assert rates["mistakesRefused"] == round(100 * np.mean(top[~is_right] < rates["limit"]))


def test_the_weights_come_from_the_chapters_code():
    told = json.loads(weights.MEASURED.read_text())
    assert told["code"] == weights.fingerprint(), "type `make weights`"
    inside = (weights.FOLDER / "weights.js").read_text().rpartition('"measured":')[2]
    assert json.loads(inside.partition("};\n")[0]) == told["measured"]


def test_the_samples_are_test_images(data):
    text = (weights.FOLDER / "samples.js").read_text()
    samples = json.loads(re.search(r"= ({.*});", text)[1])
    script = (weights.FOLDER / "weights.js").read_bytes()
    assert samples["kilobytes"] == round(len(script) / 1000)
    assert samples["version"] == hashlib.sha256(script).hexdigest()[:8]
    for sample in samples["images"]:
        pixels = np.frombuffer(base64.b64decode(sample["pixels"]), dtype="uint8")
        assert np.array_equal(pixels.reshape(28, 28), data[0][sample["place"]])
        assert sample["label"] == data[1][sample["place"]]


# --- preparation ---------------------------------------------------------------------------------


def scribble(generator, width, height, ink, paper, pen):
    """A picture (RGBA) with a line through a few points; `pen` is a share of the shorter side."""
    picture = Image.new("RGBA", (width, height), paper)
    points = generator.uniform(0.1, 0.9, (generator.integers(2, 6), 2)) * [width, height]
    points = [tuple(point) for point in points]
    pen = max(1, round(pen * min(width, height)))
    ImageDraw.Draw(picture).line(points, fill=ink, width=pen, joint="curve")
    return picture


def drawings():
    """Some 250 pictures of all kinds, the same ones each time."""
    generator = np.random.default_rng(0)

    def colour(low, high, opaque=255):
        return (*map(int, generator.integers(low, high, 3)), opaque)

    for _ in range(30):  # the ordinary: dark on light, and light on dark
        size = generator.integers(40, 400, 2)
        yield scribble(generator, *size, colour(0, 60), colour(200, 256), 0.08)
        yield scribble(generator, *size, colour(200, 256), colour(0, 60), 0.08)
    for _ in range(25):  # coloured, and sometimes so pale that nothing counts as ink
        size = generator.integers(30, 300, 2)
        yield scribble(generator, *size, colour(0, 256), colour(0, 256), 0.1)
    for _ in range(25):  # ink on nothing: dark, light, half transparent
        size = generator.integers(30, 300, 2)
        nothing = (0, 0, 0, 0) if generator.random() < 0.5 else colour(0, 256, 0)
        yield scribble(generator, *size, colour(0, 100), nothing, 0.1)
        yield scribble(generator, *size, colour(230, 256), nothing, 0.1)
        yield scribble(generator, *size, colour(0, 100, 128), nothing, 0.1)
    for _ in range(25):  # tiny, or very long
        size = generator.integers(1, 25, 2)
        yield scribble(generator, *size, colour(0, 60), colour(200, 256), 0.1)
        long = generator.permutation([generator.integers(2, 10), generator.integers(100, 500)])
        yield scribble(generator, *long, colour(0, 60), colour(200, 256), 0.2)
    for size in ((1600, 1200), (1200, 1600), (1501, 777), (640, 2000)):  # big
        yield scribble(generator, *size, colour(0, 60), colour(200, 256), 0.05)
    for _ in range(15):  # off-centre, small in a large field or cut by the border
        field = Image.new("RGBA", (300, 240), "white")
        digit = scribble(generator, 60, 60, colour(0, 60), (255, 255, 255, 255), 0.1)
        field.paste(digit, tuple(map(int, generator.integers(-20, 220, 2))))
        yield field
    for _ in range(10):  # as from a camera: shaded paper and grain
        picture = scribble(generator, 200, 150, colour(0, 60), colour(200, 256), 0.1)
        pixels = np.asarray(picture).astype(float)
        pixels[..., :3] += generator.normal(0, 6, (150, 200, 1)) - np.linspace(0, 30, 200)[:, None]
        yield Image.fromarray(pixels.clip(0, 255).astype("uint8"), "RGBA")
    for box in ((40, 30, 160, 169), (70, 5, 74, 90), (0, 0, 199, 199), (9, 90, 190, 91)):
        picture = Image.new("RGBA", (200, 200), "white")  # symmetric: the centre is on a border
        ImageDraw.Draw(picture).rectangle(box, fill="black")
        yield picture
    for paper in ("white", "black", (90, 120, 40), (0, 0, 0, 0), (255, 255, 255, 0)):  # empty
        yield Image.new("RGBA", (50, 40), paper)


def test_the_preparation_is_that_of_chapter_9(tmp_path):
    prepare = weights.run_chapter(weights.REUSE, "prepare")["prepare"]
    pictures = list(drawings())
    expected = []
    for picture in pictures:
        try:
            expected.append(prepare(picture).ravel())
        except ValueError:
            expected.append(np.full(784, -1))
    empty = sum(fields[0] < 0 for fields in expected)
    assert len(pictures) >= 200 and 5 <= empty <= 40

    (tmp_path / "sizes.json").write_text(json.dumps([picture.size for picture in pictures]))
    with open(tmp_path / "drawings.rgba", "wb") as file:
        for picture in pictures:
            file.write(picture.tobytes())
    run("prepare", tmp_path)
    ours = floats(tmp_path / "prepared.f32", len(pictures), 784)
    differences = 255 * np.abs(ours - np.array(expected)).max(axis=1)
    assert differences.max() < 0.5, np.flatnonzero(differences >= 0.5)


def test_the_changes_are_those_of_chapter_8(test_pixels, tmp_path):
    import keras

    names = {"keras": keras, "np": np, "test_pixels": test_pixels[:1]}
    chapter = read(CHAPTERS / "08-digits-predictions.ipynb")
    exec(next(c.source for c in code_cells(chapter) if "def turned(" in c.source), names)
    ways = [("moved", "right", 3), ("moved", "right", -2)]
    ways += [("thickened", "thicker", amount) for amount in (1, 2, 3, 4)]
    ways += [("turned", "turn", degrees) for degrees in (10, 45, -30)]  # Keras: against the clock
    test_pixels[:1].tofile(tmp_path / "pixels.f32")
    changes = [{name: -amount if name == "turn" else amount} for _, name, amount in ways]
    (tmp_path / "changes.json").write_text(json.dumps(changes))
    run("change", tmp_path)
    ours = floats(tmp_path / "changed.f32", len(ways), 784)
    for (function, _, amount), field in zip(ways, ours, strict=True):
        theirs = np.asarray(names[function](amount)).ravel()
        assert np.abs(field - theirs).max() < 1e-3, (function, amount)
