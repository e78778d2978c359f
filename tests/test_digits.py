"""The digit reader's JavaScript against the chapters' Python: network, gradient, preparation.

TensorFlow is imported where it is used: each process of `make test` reads this file, one runs it.
"""

import base64
import hashlib
import io
import json
import re
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.javascript import DIGITS, EXPLORE, js
from tests.pictures import KINDS, photograph
from tests.test_chapters import CHAPTERS, ROOT, code_cells, read
from tests.test_site import rarely
from tools import weights

SCRIPTS = [EXPLORE[0], *DIGITS]

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


def test_the_page_answers_and_tells_shares_as_keras_does(test_pixels):
    """With the weights of chapter 7's network; a share is gradient times input."""
    import keras
    import tensorflow as tf

    script, pixels = weights.SCRIPTS["plain"], test_pixels[:100]
    tables = weights.unpack(weights.read_script(script))
    ours, shares = js(
        ANSWERS
        + """
        const network = unpack(course.weights);
        const best = (all) => all.indexOf(Math.max(...all));
        return [probabilities(network), answers(network).map((answer) =>
          shares(network, answer.layerInputs, best(answer.probabilities)))];""",
        [*SCRIPTS, script],
        pixels=pixels,
    )
    hidden = [keras.layers.Dense(512, activation="relu") for _ in range(2)]
    model = keras.Sequential([keras.Input((784,)), *hidden, keras.layers.Dense(10)])
    model.set_weights(tables)
    with tf.GradientTape() as tape:
        tape.watch(inputs := tf.constant(pixels))
        winners = tf.reduce_max(logits := model(inputs), axis=1)
    assert np.abs(ours - tf.nn.softmax(logits).numpy()).max() < 1e-5
    assert np.abs(ours - weights.answer(tables, pixels)).max() < 1e-5
    assert np.abs(shares - tape.gradient(winners, inputs).numpy() * pixels).max() < 1e-4
    again = weights.unpack(weights.pack(tables))
    assert max(np.abs(a - b).max() for a, b in zip(again, tables, strict=True)) < 0.01


def test_normalisation_folds_into_the_weights(test_pixels):
    import keras

    model = keras.Sequential([
        keras.Input((784,)),
        keras.layers.Dense(20),
        keras.layers.BatchNormalization(),
        keras.layers.ReLU(),
        keras.layers.Dense(10),
    ])  # fmt: skip
    generator = np.random.default_rng(0)
    model.layers[1].set_weights(generator.uniform(0.5, 2, (4, 20)))
    folded = weights.folded(model)
    assert [table.shape for table in folded] == [(784, 20), (20,), (20, 10), (10,)]
    theirs = keras.ops.softmax(model.predict(test_pixels[:100], verbose=0)).numpy()
    assert np.abs(weights.answer(folded, test_pixels[:100]) - theirs).max() < 1e-5


@pytest.mark.parametrize("name", ["deformed", *rarely(["plain"])])
def test_the_weights_of_the_page_are_as_good_as_is_said(data, test_pixels, name):
    told = json.loads(weights.MEASURED.read_text(encoding="utf-8"))["networks"][name]
    ours, samples = js(
        ANSWERS
        + """
        const network = unpack(course.weights);
        const { pixelsOf } = course.prepareDigit;
        return [probabilities(network), course.samples.images.map((image) =>
          [image.label, forward(network, pixelsOf(image)).probabilities])];""",
        [*SCRIPTS, weights.SCRIPTS[name]],
        pixels=test_pixels,
    )
    ours, keras_answers = np.array(ours), np.array([*told["answers"]], dtype=int)
    answers, top = ours.argmax(axis=1), ours.max(axis=1)
    is_right = answers == data[1]
    measured = told["measured"]
    assert measured["accuracy"] == round(100 * is_right.mean(), 2)
    assert measured["fullAccuracy"] == round(100 * np.mean(keras_answers == data[1]), 2)
    assert measured["differ"] == np.sum(answers != keras_answers) <= 5
    for limit in ("unsure", "noDigit"):
        rates = measured[limit]
        assert rates["digitsRefused"] == round(100 * np.mean(top < rates["limit"]), 1)
        assert rates["acceptedRight"] == round(100 * is_right[top >= rates["limit"]].mean(), 1)
        assert rates["mistakesRefused"] == round(100 * np.mean(top[~is_right] < rates["limit"]))
    right = [n for n, (label, found) in enumerate(samples) if label == np.argmax(found)]
    assert right == list(range({"plain": 10, "deformed": 13}[name])) and len(samples) == 16
    assert [label for label, _ in samples[:10]] == list(range(10))


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
          spoil((layers) => (layers[2].biases = layers[2].biases.replace("1", "2"))),
          spoil((layers) => layers.pop()),
        ];""",
        [*SCRIPTS, weights.FOLDER / "weights.js"],
    )
    assert messages == 3 * ["The weights are damaged."]


def test_weights_and_samples_come_from_the_chapters_code_and_the_test_images(data):
    told = json.loads(weights.MEASURED.read_text(encoding="utf-8"))
    assert told["code"] == weights.fingerprint(weights.REUSE), "type `make weights`"
    samples = weights.read_script(weights.FOLDER / "samples.js")
    for name, path in weights.SCRIPTS.items():
        network, script = told["networks"][name], path.read_bytes()
        assert network["code"] == weights.fingerprint(weights.CODE[name]), "type `make weights`"
        assert network["measured"] == samples["networks"][name]
        assert network["measured"]["file"] == path.name
        assert network["measured"]["kilobytes"] == round(len(script) / 1000) <= 750
        assert network["measured"]["version"] == hashlib.sha256(script).hexdigest()[:8]
    assert list(samples["networks"]) == ["deformed", "plain"]  # the first one reads at first
    for sample in samples["images"]:
        pixels = np.frombuffer(base64.b64decode(sample["pixels"]), dtype="uint8")
        assert np.array_equal(pixels.reshape(28, 28), data[0][sample["place"]])
        assert sample["label"] == data[1][sample["place"]]


def drawings():
    """Some 100 pictures (RGBA) of all kinds, tiny or long, coloured, pale, transparent, empty."""
    generator = np.random.default_rng(0)
    for number in range(100):
        width, height = (2 ** generator.uniform(0, 10, 2)).astype(int).tolist()
        ink, paper = generator.integers(0, 256, (2, 3)).tolist()
        front, back = [(255, 255), (255, 255), (255, 0), (128, 0)][number % 4]
        picture = Image.new("RGBA", (width, height), (*paper, back))
        points = generator.uniform(-0.1, 1, (generator.integers(2, 6), 2)) * [width, height]
        pen = 1 + round(generator.uniform(0.02, 0.2) * min(width, height))
        line = [tuple(point) for point in points]
        ImageDraw.Draw(picture).line(line, (*ink, front), pen, "curve")
        yield picture
    for box in ((40, 30, 160, 169), (70, 5, 74, 90), (0, 0, 199, 199), (9, 90, 190, 91)):
        picture = Image.new("RGBA", (200, 200), "white")  # symmetric: the centre is on a border
        ImageDraw.Draw(picture).rectangle(box, fill="black")
        yield picture
    for paper in ("white", "black", (90, 120, 40), (0, 0, 0, 0), (255, 255, 255, 0)):
        yield Image.new("RGBA", (50, 40), paper)
    for size in ((1, 1), (1, 2), (3, 2), (9, 12), (801, 7)):
        noise = generator.integers(0, 256, (*size[::-1], 4), dtype="uint8")
        yield Image.fromarray(noise)


def odd_sheets():
    """Frames, dark lines, a small sheet on a table, a shadow on nothing, too many digits."""
    generator = np.random.default_rng(1)
    lines = photograph("plain", [5], generator)
    for y in range(0, lines.height, 40):
        ImageDraw.Draw(lines).line((0, y, lines.width, y), fill=(40, 40, 40), width=3)
    frame = photograph("plain", [3], generator)
    ImageDraw.Draw(frame).rectangle((2, 2, frame.width - 3, frame.height - 3), outline=0, width=3)
    sheet = photograph("plain", [7], generator)
    table = Image.new("RGB", (3 * sheet.width // 2, 3 * sheet.height // 2), (90, 60, 40))
    table.paste(sheet, (sheet.width // 4, sheet.height // 5))
    shadow = np.full((200, 300), 230, dtype="uint8")
    shadow[np.add.outer(range(200), range(300)) > 260] = 150
    return lines, frame, table, Image.fromarray(shadow), photograph("plain", range(9), generator)


def rgba(picture):
    """The bytes of a picture as a page sees them: of 16 bits the upper ones."""
    if picture.mode == "I;16":
        picture = Image.fromarray((np.asarray(picture) >> 8).astype("uint8"))
    return picture.convert("RGBA").tobytes()


SENTENCES = ["EMPTY", "SMALL", "LINES", "EDGE", "MANY"]


def test_the_preparation_is_that_of_chapter_9():
    """The same fields within half a grey level, or the same sentence."""
    chapter = weights.run_chapter(weights.REUSE, "prepare")
    words = json.loads((ROOT / "assets/words/en.json").read_text("utf-8"))["digit-reader"]
    assert words["problems"] == {name.lower(): chapter[name] for name in SENTENCES}
    generator = np.random.default_rng(2)
    photographs = [
        photograph(kind, generator.integers(0, 10, 1 + place % 2), generator)
        for place, kind in enumerate(KINDS)
    ]
    pictures = [*drawings(), *odd_sheets(), *photographs]
    expected = []
    for picture in pictures:
        try:
            expected.append(np.array(chapter["prepare"](picture)).reshape(-1, 784))
        except ValueError as problem:
            expected.append(str(problem))
    refused = [found for found in expected if isinstance(found, str)]
    assert {chapter[name] for name in SENTENCES} == set(refused)
    assert max(map(len, expected[-len(photographs) :])) == 2
    ours = js(
        """
        let place = 0;
        return sizes.map(([width, height]) => {
          const rgba = bytes.subarray(place, (place += 4 * width * height));
          const { digits, problem } = course.prepareDigit.prepare(rgba, width, height);
          return problem ? words.problems[problem] : digits;
        });""",
        SCRIPTS,
        words=words,
        sizes=[picture.size for picture in pictures],
        bytes=np.frombuffer(b"".join(map(rgba, pictures)), dtype="uint8"),
    )
    for number, (theirs, found) in enumerate(zip(expected, ours, strict=True)):
        if isinstance(theirs, str):
            assert found == theirs, number
        else:
            assert np.shape(found) == theirs.shape, number
            assert 255 * np.abs(np.array(found) - theirs).max() < 0.5, number


def share_read(network, each, seed):
    """Shares of right and of wrong answers for `each` photographs of each kind, by the page."""
    prepare = weights.run_chapter(weights.REUSE, "prepare")["prepare"]
    generator, kinds, found = np.random.default_rng(seed), each * KINDS, []
    for kind in kinds:
        digit = int(generator.integers(10))
        with suppress(ValueError):
            found.append((digit, prepare(photograph(kind, [digit], generator))))
    told = json.loads(weights.MEASURED.read_text(encoding="utf-8"))
    limit = told["networks"][network]["measured"]["unsure"]["limit"]
    probabilities = js(
        ANSWERS + "return probabilities(unpack(course.weights));",
        [*SCRIPTS, weights.SCRIPTS[network]],
        pixels=np.concatenate([fields for _, fields in found]).astype("float32"),
    )
    right = sure = 0
    for digit, fields in found:
        own, probabilities = np.array(probabilities[: len(fields)]), probabilities[len(fields) :]
        if own.max(axis=1).min() >= limit:
            sure, right = sure + 1, right + (own.argmax(axis=1).tolist() == [digit])
    return right / len(kinds), (sure - right) / len(kinds)


@pytest.mark.parametrize(
    "network, each", [("deformed", 1), *rarely(("deformed", 20), ("plain", 20))]
)
def test_photographs_are_read(network, each):
    """What is not read is mostly a digit of which the network is not sure: a 1 with a flag."""
    right, wrong = share_read(network, each, seed=each)
    assert right >= (0.85 if each == 1 else 0.93), right
    assert wrong <= (0.05 if each == 1 else 0.01), wrong


def files(folder):
    """Pictures in files of all kinds, turned in all ways, with their sizes as they are stored."""
    picture = photograph("plain", [4], np.random.default_rng(3)).resize((70, 40))
    for turn in range(1, 9):
        note = Image.Exif()
        note[0x0112] = turn
        for kind in ("jpg", "png", "webp"):
            picture.save(folder / f"{turn}.{kind}", exif=note)
    picture.save(folder / "lossless.webp", lossless=True)
    picture.save(folder / "plain.webp")
    for kind in ("gif", "bmp", "jpg", "png"):
        picture.convert("P" if kind == "gif" else "RGB").save(folder / f"plain.{kind}")
    return sorted(folder.iterdir())


def test_the_header_of_a_file_tells_its_size_and_how_it_was_held(tmp_path):
    paths = files(tmp_path)
    ours = js(
        """
        const { readFileSync } = require("node:fs");
        const { headerOf, unturned } = course.imageHeader;
        return paths.map((path) => {
          const bytes = new Uint8Array(readFileSync(path));
          const header = headerOf(bytes);
          const clean = Buffer.concat(header.turn > 1 ? unturned(bytes, header) : [bytes]);
          for (let length = 0; length < bytes.length; length += 7) headerOf(bytes.slice(0, length));
          return [header.width, header.height, header.turn, clean.toString("base64")];
        });""",
        SCRIPTS,
        paths=[str(path) for path in paths],
    )
    for path, (*size, turn, clean) in zip(paths, ours, strict=True):
        with Image.open(path) as stored, Image.open(io.BytesIO(base64.b64decode(clean))) as now:
            assert (tuple(size), turn) == (stored.size, stored.getexif().get(0x0112, 1)), path
            assert now.getexif().get(0x0112, 1) == 1 and now.size == stored.size, path
            assert now.tobytes() == stored.tobytes(), path
    junk = js("return texts.map((t) => course.imageHeader.headerOf(new TextEncoder().encode(t)));",
              SCRIPTS, texts=["", "BM", "GIF8", "Dear network, what is this?"])  # fmt: skip
    assert junk == 4 * [None]


def test_no_file_is_answered_by_an_error(tmp_path):
    """Each gets one sentence from the chapter, however deep its colours or damaged its bytes."""
    names = weights.run_chapter(weights.REUSE, "prepare") | {"Path": Path}
    sources = [cell.source for cell in code_cells(read(weights.REUSE))]
    exec(next(source for source in sources if "def open_picture" in source), names)

    def answered(path):
        try:
            return len(names["prepare"](names["open_picture"](path)))
        except ValueError as problem:
            assert re.fullmatch(r"[A-Za-z0-9][^\n]*[A-Za-z]\.", str(problem)), (path, problem)
            return str(problem)

    seven = Image.new("L", (60, 60), 255)
    ImageDraw.Draw(seven).line([(20, 12), (42, 14), (28, 50)], fill=0, width=6, joint="curve")
    for mode, kind in [("1", "png"), ("L", "png"), ("LA", "png"), ("P", "gif"), ("RGB", "jpg"),
                       ("RGBA", "png"), ("CMYK", "jpg"), ("I;16", "png"), ("I", "tif"),
                       ("F", "tif"), ("YCbCr", "jpg"), ("PA", "tif")]:  # fmt: skip
        path = tmp_path / f"{mode}.{kind}".replace(";", "-")
        if mode in ("I;16", "I", "F"):
            deep = np.asarray(seven, dtype=float) * {"I;16": 257, "I": 257, "F": 1 / 255}[mode]
            types = {"I;16": "uint16", "I": "int32", "F": "float32"}
            Image.fromarray(deep.astype(types[mode])).save(path)
        else:
            (seven.convert("RGB").convert(mode) if mode != "PA" else seven.convert("LA")).save(path)
        assert answered(path) == 1, mode
    Image.new("LAB", (30, 30)).save(tmp_path / "lab.tif")
    (tmp_path / "folder.png").mkdir()
    Image.new("1", (10_000, 10_000)).save(tmp_path / "huge.png")
    Image.new("1", (16_001, 2)).save(tmp_path / "long.png")
    answered(tmp_path / "lab.tif")
    for name, words in [("folder.png", "not an image"),
                        ("huge.png", "too large"), ("long.png", "too large"),
                        ("missing.png", "no file")]:  # fmt: skip
        assert words in answered(tmp_path / name)
    generator = np.random.default_rng(4)
    for path in files(tmp_path / "folder.png"):
        whole = path.read_bytes()
        for _ in range(6):
            spoilt = bytearray(whole[: generator.integers(1, len(whole) + 1)])
            for place in generator.integers(0, len(spoilt), 3):
                spoilt[place] = generator.integers(0, 256)
            path.write_bytes(spoilt)
            answered(path)


def test_the_changes_are_those_of_chapter_8(test_pixels):
    import keras

    names = {"keras": keras, "np": np, "test_pixels": test_pixels[:1]}
    chapter = read(CHAPTERS / "08-digits-predictions.ipynb")
    exec(next(c.source for c in code_cells(chapter) if "def turned(" in c.source), names)
    ways = [("moved", "right", n) for n in (3, -2)] + [("thickened", "thicker", n) for n in (1, 4)]
    ways += [("turned", "turn", n) for n in (10, -30)]
    ours, noisy = js(
        """
        const { change } = course.prepareDigit;
        return [changes.map((way) => change(pixels, way)),
          [0.1, 0.1, 0.5].map((noise) => change(new Float32Array(784).fill(0.5), { noise }))];""",
        SCRIPTS,
        pixels=test_pixels[:1],
        # Keras turns against the clock.
        changes=[{name: -amount if name == "turn" else amount} for _, name, amount in ways],
    )
    for (function, _, amount), field in zip(ways, ours, strict=True):
        theirs = np.asarray(names[function](amount)).ravel()
        assert np.abs(field - theirs).max() < 1e-3, (function, amount)
    one, same, strong = np.array(noisy)
    assert (one == same).all() and 0 <= strong.min() and strong.max() <= 1
    assert abs(one.mean() - 0.5) < 0.015 and abs(one.std() - 0.1) < 0.01
