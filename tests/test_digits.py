"""The digit reader's JavaScript against the chapters' Python: network, gradient, preparation.

TensorFlow is imported where it is used: each process of `make test` reads this file, one runs it.
"""

import base64
import hashlib
import json
import re

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.javascript import DIGITS, EXPLORE, js
from tests.test_chapters import CHAPTERS, code_cells, read
from tools import weights

SCRIPTS = [EXPLORE[0], *DIGITS]
full = pytest.mark.full

# --- the network ---------------------------------------------------------------------------------

ANSWERS = """
    const { forward, shares, unpack } = course.network;
    const rows = (all) => Array.from({ length: all.length / 784 }, (_, n) =>
      all.subarray(784 * n, 784 * (n + 1)));
    const answers = (network) => rows(pixels).map((image) => forward(network, image));
    const probabilities = (network) => answers(network).map((answer) => answer.probabilities);
"""


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


@full
def test_float_weights_give_the_answers_and_gradients_of_keras(model, test_pixels):
    import keras
    import tensorflow as tf

    tables = model.get_weights()
    pixels = test_pixels[:1000]
    ours, shares = js(
        ANSWERS
        + """
        const sizes = [784, 512, 512, 10];
        let place = 0;
        const take = (count) => tables.subarray(place, (place += count));
        const network = sizes.slice(1).map((size, n) => (
          { weights: take(sizes[n] * size), biases: take(size) }));
        const best = (all) => all.indexOf(Math.max(...all));
        return [probabilities(network), answers(network).slice(0, 100).map((answer) =>
          shares(network, answer.layerInputs, best(answer.probabilities)))];""",
        SCRIPTS,
        tables=np.concatenate([table.ravel() for table in tables]),
        pixels=pixels,
    )
    theirs = model.predict(pixels, batch_size=1000, verbose=0)
    assert np.abs(ours - theirs).max() < 1e-5

    logits_of = keras.Sequential([*model.layers[:-1], keras.layers.Dense(10)])
    logits_of.build((None, 784))
    logits_of.set_weights(tables)
    inputs = tf.constant(pixels[:100])
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        winners = tf.reduce_max(logits_of(inputs), axis=1)
    theirs = tape.gradient(winners, inputs).numpy() * pixels[:100]
    assert np.abs(shares - theirs).max() < 1e-4


@full
def test_packed_weights_lose_at_most_five_answers(model, test_pixels, tmp_path):
    packed, kept = weights.pack(model.get_weights())
    weights.write_script(tmp_path / "weights.js", "weights", packed, "for a test")
    code = ANSWERS + "return probabilities(unpack(course.weights));"
    ours = np.array(js(code, [*SCRIPTS, str(tmp_path / "weights.js")], pixels=test_pixels))
    theirs = model.predict(test_pixels, batch_size=1000, verbose=0)
    assert np.sum(ours.argmax(axis=1) != theirs.argmax(axis=1)) <= 5
    assert max(np.abs(a - b).max() for a, b in zip(kept, model.get_weights(), strict=True)) < 0.01


def test_the_weights_of_the_page_are_as_good_as_is_said(data, test_pixels):
    told = json.loads(weights.MEASURED.read_text(encoding="utf-8"))
    ours, samples = js(
        ANSWERS
        + """
        const network = unpack(course.weights);
        const { pixelsOf } = course.prepareDigit;
        return [probabilities(network), course.samples.images.map((image) =>
          [image.label, forward(network, pixelsOf(image)).probabilities])];""",
        [*SCRIPTS, weights.FOLDER / "weights.js"],
        pixels=test_pixels,
    )
    ours, keras_answers = np.array(ours), np.array([*told["answers"]], dtype=int)
    answers, top = ours.argmax(axis=1), ours.max(axis=1)
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
    right = [label for label, found in samples if label == np.argmax(found)]
    assert set(right) == set(range(10)) and len(right) <= len(samples) - 4  # mistakes, too


def test_weights_that_were_cut_short_or_changed_are_refused():
    messages = js(
        """
        const spoil = (change) => {
          const copy = structuredClone(course.weights);
          change(copy.layers);
          try { course.network.unpack(copy); } catch ({ message }) { return message; }
        };
        return [
          spoil((layers) => (layers[0].levels = layers[0].levels.slice(0, -1))),
          spoil((layers) => (layers[1].levels = "~~" + layers[1].levels.slice(2))),
          spoil((layers) => (layers[2].biases = layers[2].biases.replace("1", "2"))),
          spoil((layers) => layers.pop()),
        ];""",
        [*SCRIPTS, weights.FOLDER / "weights.js"],
    )
    assert messages == 4 * ["The weights are damaged."]


def test_weights_and_samples_come_from_the_chapters_code_and_the_test_images(data):
    told = json.loads(weights.MEASURED.read_text(encoding="utf-8"))
    assert told["code"] == weights.fingerprint(), "type `make weights`"
    script = (weights.FOLDER / "weights.js").read_text(encoding="utf-8")
    inside = script.rpartition('"measured":')[2].partition("};\n")[0]
    assert json.loads(inside) == told["measured"]
    text = (weights.FOLDER / "samples.js").read_text(encoding="utf-8")
    samples = json.loads(re.search(r"= ({.*});", text)[1])
    assert samples["kilobytes"] == round(len(script.encode()) / 1000) <= 750
    assert samples["version"] == hashlib.sha256(script.encode()).hexdigest()[:8]
    for sample in samples["images"]:
        pixels = np.frombuffer(base64.b64decode(sample["pixels"]), dtype="uint8")
        assert np.array_equal(pixels.reshape(28, 28), data[0][sample["place"]])
        assert sample["label"] == data[1][sample["place"]]


# --- preparation ---------------------------------------------------------------------------------


KINDS = [  # how many, their sides, the grey of ink and of paper, how opaque both are, the pen
    (30, (40, 400), (0, 60), (200, 256), (255, 255), 0.08),
    (30, (40, 400), (200, 256), (0, 60), (255, 255), 0.08),  # light on dark
    (25, (30, 300), (0, 256), (0, 256), (255, 255), 0.1),  # sometimes so pale that none is ink
    (25, (30, 300), (0, 100), (0, 1), (255, 0), 0.1),  # ink on nothing
    (25, (30, 300), (230, 256), (0, 256), (255, 0), 0.1),
    (25, (30, 300), (0, 100), (0, 256), (128, 0), 0.1),
    (30, (1, 25), (0, 60), (200, 256), (255, 255), 0.1),  # tiny
    (4, (777, 2001), (0, 60), (200, 256), (255, 255), 0.05),
]


def drawings():
    """Some 200 pictures (RGBA) of all kinds, the same ones each time."""
    generator = np.random.default_rng(0)
    for count, sides, ink, paper, opaque, pen in KINDS:
        for _ in range(count):
            width, height = map(int, generator.integers(*sides, 2))
            colours = [
                (*map(int, generator.integers(*greys, 3)), alpha)
                for greys, alpha in zip((ink, paper), opaque, strict=True)
            ]
            picture = Image.new("RGBA", (width, height), colours[1])
            points = generator.uniform(-0.1, 1, (generator.integers(2, 6), 2)) * [width, height]
            settings = {"width": max(1, round(pen * min(width, height))), "joint": "curve"}
            ImageDraw.Draw(picture).line([*map(tuple, points)], colours[0], **settings)
            yield picture
            if sides == (40, 400):  # also as from a camera: shaded paper and grain
                pixels = np.asarray(picture).astype(float)
                grain = generator.normal(0, 6, (height, width, 1))
                pixels[..., :3] += grain - np.linspace(0, 30, width)[:, None]
                yield Image.fromarray(pixels.clip(0, 255).astype("uint8"), "RGBA")
    # Very long; and symmetric, so that the centre lies on the border between two pixels.
    for size, box in [((5, 400), (1, 20, 3, 350)), ((400, 5), (20, 1, 350, 3)),
                      ((200, 200), (40, 30, 160, 169)), ((200, 200), (70, 5, 74, 90)),
                      ((200, 200), (0, 0, 199, 199)), ((200, 200), (9, 90, 190, 91))]:  # fmt: skip
        picture = Image.new("RGBA", size, "white")
        ImageDraw.Draw(picture).rectangle(box, fill="black")
        yield picture
    for paper in ("white", "black", (90, 120, 40), (0, 0, 0, 0), (255, 255, 255, 0)):  # empty
        yield Image.new("RGBA", (50, 40), paper)


def test_the_preparation_is_that_of_chapter_9():
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
    ours = js(
        """
        let place = 0;
        return sizes.map(([width, height]) => {
          const rgba = bytes.subarray(place, (place += 4 * width * height));
          return course.prepareDigit.prepare(rgba, width, height) ?? new Array(784).fill(-1);
        });""",
        SCRIPTS,
        sizes=[picture.size for picture in pictures],
        bytes=np.frombuffer(b"".join(picture.tobytes() for picture in pictures), dtype="uint8"),
    )
    differences = 255 * np.abs(np.array(ours) - np.array(expected)).max(axis=1)
    assert differences.max() < 0.5, np.flatnonzero(differences >= 0.5)


def test_the_changes_are_those_of_chapter_8(test_pixels):
    import keras

    names = {"keras": keras, "np": np, "test_pixels": test_pixels[:1]}
    chapter = read(CHAPTERS / "08-digits-predictions.ipynb")
    exec(next(c.source for c in code_cells(chapter) if "def turned(" in c.source), names)
    ways = [("moved", "right", amount) for amount in (0, 3, -2)]
    ways += [("thickened", "thicker", amount) for amount in (1, 2, 3, 4)]
    ways += [("turned", "turn", degrees) for degrees in (10, 45, -30)]  # Keras: against the clock
    noises = [{"noise": 0.1}, {"noise": 0.1}, {"noise": 0.5}]
    ours, noisy = js(
        """
        const { change } = course.prepareDigit;
        return [changes.map((way) => change(pixels, way)),
          noises.map((way) => change(new Float32Array(784).fill(0.5), way))];""",
        SCRIPTS,
        pixels=test_pixels[:1],
        changes=[{name: -amount if name == "turn" else amount} for _, name, amount in ways],
        noises=noises,
    )
    for (function, _, amount), field in zip(ways, ours, strict=True):
        theirs = np.asarray(names[function](amount)).ravel()
        assert np.abs(field - theirs).max() < 1e-3, (function, amount)
    one, same, strong = np.array(noisy)
    assert (one == same).all() and 0 <= strong.min() and strong.max() <= 1
    assert abs(one.mean() - 0.5) < 0.015 and abs(one.std() - 0.1) < 0.01
