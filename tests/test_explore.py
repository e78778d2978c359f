"""The explorables: their numbers are the chapters', and they work in a browser for everybody."""

import gzip
import json
import random
import re
from functools import partial
from types import SimpleNamespace
from urllib.parse import quote

import matplotlib
import numpy as np
import pytest
from docutils.nodes import raw
from docutils.utils import new_document

from sphinx_extensions import explorables
from tests.javascript import js
from tests.test_chapters import CHAPTERS, ROOT, code_cells, read
from tools.browser import SITE, browser

FOLDER = ROOT / "assets/static/explore"
CHAPTER = {
    "neuron": "01-neurons",
    "depth": "02-deep-networks",
    "descent": "03-training",
    "activation": "04-activation",
    "backpropagation": "05-backpropagation",
}
full = pytest.mark.full
near = partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-9)
SLOPE = "const slope = (f, z) => (f(z + 1e-5) - f(z - 1e-5)) / 2e-5;"


# --- the models have the chapters' numbers -------------------------------------------------------


def run_cells(name, *snippets):
    """Run the cells of a chapter that hold one of the snippets; the names that they define."""
    matplotlib.use("Agg")
    names = {}
    for cell in code_cells(read(CHAPTERS / f"{CHAPTER[name]}.ipynb")):
        found = [snippet for snippet in snippets if snippet in cell.source]
        if cell.source.startswith(("import", "from", "# @title The look")) or found:
            exec(cell.source, names)
            snippets = [snippet for snippet in snippets if snippet not in found]
    assert not snippets, f"no cell of the chapter has {snippets}"
    return names


@pytest.fixture
def generator():
    return np.random.default_rng(0)


def test_neurons_fire_where_the_chapters_do(generator):
    chapter = run_cells(
        "neuron", "def fires", "generator = ", "at_least_one = fires", "def draw_regions",
        "def hand_network", "wanted_xor = ",
    )  # fmt: skip
    points = generator.uniform(-0.5, 1.5, size=(200, 2))
    neurons = generator.uniform(-2, 2, size=(30, 3))
    corners, wanted, single, network, areas = js(
        """
        const { CORNERS, WANTED, answer, fires, regions } = course.neuron;
        const all = neurons.map(([w1, w2, b]) => ({ w1, w2, b }));
        const [some, both, xor] = [[1, 1, -0.5], [-1, -1, 1.5], [1, 1, -1.5]];
        const network = [some, both, xor].map(([w1, w2, b]) => ({ w1, w2, b }));
        const area = (polygon) => polygon.reduce((sum, [x, y], n) => {
          const [nextX, nextY] = polygon[(n + 1) % polygon.length];
          return sum + (x * nextY - nextX * y) / 2;
        }, 0);
        return [CORNERS, WANTED.xor,
          all.map((neuron) => points.map((point) => fires(neuron, point))),
          points.map((point) => answer(network, point)),
          all.map((one) => regions([one, ...network]).reduce((a, b) => a + area(b.polygon), 0))];
        """,
        points=points,
        neurons=neurons,
    )
    assert np.array_equal(corners, chapter["corners"])
    assert np.array_equal(wanted, chapter["wanted_xor"])
    answers = [chapter["fires"](points, weights, b) for *weights, b in neurons]
    assert np.array_equal(single, answers)
    assert np.array_equal(network, chapter["hand_network"](points))
    near(areas, 4)  # the parts of the plane cover it


def test_no_single_neuron_of_the_sliders_gets_xor_right():
    best, off = js("""
        const { CORNERS, WANTED, answer, foot, sum } = course.neuron;
        const steps = (most) => Array.from({ length: most + 1 }, (_, n) => (2 * n - most) / 10);
        const all = steps(30).flatMap((w1) => steps(30).flatMap((w2) =>
          steps(50).map((b) => ({ w1, w2, b }))));
        const right = (one) =>
          CORNERS.filter((corner, n) => answer([one], corner) === WANTED.xor[n]).length;
        const off = (one) => (one.w1 || one.w2 ? Math.abs(sum(one, foot(one))) : 0);
        const most = (numbers) => numbers.reduce((a, b) => Math.max(a, b));
        return [most(all.map(right)), most(all.map(off))];""")
    assert best == 3
    near(off, 0)


def test_weights_multiplications_and_memory_are_the_chapters(generator):
    chapter = run_cells(
        "depth", "def draw_network", "sizes = [5", "def build", "def count_parameters",
        "def count_mult", "def memory_in_mb",
    )  # fmt: skip
    networks = [chapter["sizes"], [784, 512, 512, 10], [2, 1]]
    networks += [generator.integers(1, 1025, size=length).tolist() for length in range(2, 11)]
    ours = js(
        """
        const { memory, multiplications, parameters } = course.depth;
        return networks.map((sizes) => [parameters(sizes), multiplications(sizes),
          ...[1, 250].map((batch) => memory(sizes, batch))]);""",
        networks=networks,
    )
    for sizes, (parameters, multiplications, *memories) in zip(networks, ours, strict=True):
        assert parameters == chapter["count_parameters"](sizes)
        assert multiplications == chapter["count_multiplications"](sizes)
        near(memories, [chapter["memory_in_mb"](sizes, batch) for batch in (1, 250)])


def test_twice_as_deep_twice_as_wide_and_which_sizes_are_a_network():
    wrong = [
        "",
        "5",
        "5-",
        "5-0-3",
        "5-1025-3",
        "5-1.5-3",
        "a-b",
        "5--3",
        "1-2-3-4-5-6-7-8-9-10-11",
    ]
    deeper, wider, four, read, others = js(
        """
        const { deeper, multiplications, read, wider } = course.depth;
        const inner = (sizes) => multiplications(sizes.slice(1, -1));
        const sizes = [1, 512, 512, 512, 1];
        return [deeper([5, 7, 8, 3]), wider([5, 7, 8, 3]), inner(wider(sizes)) / inner(sizes),
          read("784-512-512-10"), wrong.filter(read)];""",
        wrong=wrong,
    )
    assert deeper == [5, 7, 7, 8, 8, 3] and wider == [5, 14, 16, 3] and four == 4
    assert read == [784, 512, 512, 10] and others == []


def test_points_loss_gradient_and_path_are_the_chapters(generator):
    chapter = run_cells(
        "descent", "generator = np.random.default_rng(1)", "ticks = ", "def gradient(", "rates = [",
    )  # fmt: skip
    places = generator.uniform(-2, 4, size=(20, 2))
    points, losses, gradients, paths = js(
        """
        const { POINTS, descend, gradient, loss } = course.descent;
        return [POINTS, places.map((place) => loss(...place)),
          places.map((place) => gradient(...place)),
          rates.map((rate) => descend(rate, 25, [3.5, -1.5]))];""",
        places=places,
        rates=chapter["rates"],
    )
    near(points, np.column_stack([chapter["positions"], chapter["heights"]]))
    near(losses, [chapter["loss"](*place) for place in places])
    near(gradients, [chapter["gradient"](*place) for place in places])
    for path, rate in zip(paths, chapter["rates"], strict=True):
        near(path, chapter["descend"](rate))


def test_bowl_and_random_search():
    flat, level, far, search, again, other = js("""
        const { bowl, descend, gradient, loss, searchAtRandom } = course.descent;
        const { bottom: [w, b], axes, angle: a } = bowl();
        const ring = Array.from({ length: 12 }, (_, turn) => {
          const [along, across] = [axes[0] * Math.cos(turn), axes[1] * Math.sin(turn)];
          return loss(w + along * Math.cos(a) - across * Math.sin(a),
            b + along * Math.sin(a) + across * Math.cos(a)) - loss(w, b);
        });
        const search = (seed) => {
          const { tries, best } = searchAtRandom(300, seed);
          return { tries, best: loss(...best), losses: tries.map((place) => loss(...place)) };
        };
        const far = descend(1.2, 100, [3.5, -1.5]);
        return [gradient(w, b), ring, far, search(7), search(7), search(8)];
        """)
    near(flat, 0)  # at the bottom
    near(level, 1)  # the rings
    assert len(far) < 101 and np.isfinite(far).all()  # a path that runs away ends
    assert search["best"] == min(search["losses"])
    assert search == again and search["tries"] != other["tries"]
    tries = np.array(search["tries"])
    assert (tries >= [-1, -2]).all() and (tries <= [4, 3]).all()
    assert (abs(tries.mean(axis=0) - [1.5, 0.5]) < 0.3).all()


def test_activations_and_what_they_leave_are_the_chapters():
    chapter = run_cells(
        "activation", "def sigmoid(z)", "def sigmoid_slope", "def step(z)", "def gradient_sizes",
    )  # fmt: skip
    z = np.linspace(-4, 4, 80)
    sizes = {
        f"{name} {weights.lower()}": sizes for (name, weights), sizes in chapter["sizes"].items()
    }
    tables, ours, none = js(
        SLOPE
        + """
        const { FUNCTIONS, chain, left } = course.activation;
        const table = (name) => ({
          value: z.map(FUNCTIONS[name].value), slope: z.map(FUNCTIONS[name].slope),
          measured: z.map((at) => slope(FUNCTIONS[name].value, at)), most: FUNCTIONS[name].most,
          chained: z.map((at) => chain(name, 5, at).slope),
          chainMeasured: z.map((at) => slope((x) => chain(name, 5, x).value, at)),
        });
        return [Object.fromEntries(["sigmoid", "tanh", "relu", "step"].map((n) => [n, table(n)])),
          networks.map((network) => left(...network.split(" "), 12)),
          left("step", "plain", 12)[0]];""",
        z=z,
        networks=list(sizes),
    )
    for name, table in tables.items():
        near(table["value"], chapter[name](z))
        if name != "step":
            near(table["slope"], chapter[f"{name}_slope"](z))
        near(table["measured"], table["slope"], atol=1e-7)
        near(table["chainMeasured"], table["chained"], atol=1e-7)
        assert max(table["slope"]) <= table["most"]
    for shares, theirs in zip(ours, sizes.values(), strict=True):
        # Other random numbers: each layer within a factor of 1.5, over ten powers of ten.
        assert np.abs(np.log(shares / (theirs / theirs[-1]))).max() < np.log(1.5)
    assert none == 0


def taped_sizes(name, inputs, layers, last, labels, spread, lastSpread):
    """The size of the gradient by the outputs of each layer, as the chapter takes it."""
    import tensorflow as tf  # not by every process that reads this file

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


@pytest.mark.parametrize("name", ["none", "sigmoid", "tanh", "relu", "step"])
def test_the_gradient_of_each_layer_is_the_one_that_gradient_tape_computes(name, generator):
    network = {
        "inputs": generator.normal(size=(5, 6)),
        "layers": generator.normal(size=(4, 6, 6)),
        "last": generator.normal(size=(6, 10)),
        "labels": generator.integers(0, 10, size=5),
        "spread": 0.4,
        "lastSpread": 0.3,
    }
    flat = {"inputs": network["inputs"].ravel(), "last": network["last"].ravel()}
    flat["layers"] = network["layers"].reshape(4, 36)
    ours = js(
        "return course.activation.gradientSizes(network);",
        network={**network, **flat, "name": name, "width": 6},
    )
    near(ours, taped_sizes(name, **network))


def test_the_small_graph_has_the_chapters_numbers_forward_and_backward(generator):
    names = run_cells("backpropagation", "x, target = ", "loss_by_y = ", "def small_loss")
    places = generator.uniform(-3, 3, size=(20, 2))
    values, slopes, measured, losses, nudged, told = js(
        """
        const { backward, forward, measure } = course.backpropagation;
        const NAMES = ["x", "t", "w1", "w2"];
        const all = places.map(([w1, w2]) => ({ x: w2 - w1, t: w1, w1, w2 }));
        return [forward(inputs), backward(inputs),
          ["w1", "w2"].map((name) => measure(inputs, name, 1e-5).slope),
          places.map(([w1, w2]) => forward({ ...inputs, w1, w2 }).L),
          all.map((one) => NAMES.map((name) => measure(one, name, 1e-5).slope)),
          all.map((one) => NAMES.map((name) => backward(one)[name]))];""",
        inputs={"x": names["x"], "t": names["target"], "w1": names["w1"], "w2": names["w2"]},
        places=places,
    )
    near([values[name] for name in "shyL"], [names[name] for name in ("s", "h", "y", "loss")])
    for name in ("y", "h", "s", "w1", "w2"):
        near(slopes[name], names[f"loss_by_{name}"])
    near(measured, [names["measured_w1"], names["measured_w2"]])
    near(losses, [names["small_loss"](*place) for place in places])
    near(nudged, told, rtol=1e-6, atol=1e-6)  # wherever the sliders stand


# --- what they share -----------------------------------------------------------------------------

FIELDS = """
    const { readState, writeState, wordsOf, format, short, percent, say } = course.shared;
    const fields = {
      w: { value: 1, min: -3, max: 3, step: 0.1 },
      task: { value: "xor", options: ["and", "xor"] },
      batch: { value: 250, options: [1, 250] },
    };
    const speak = (lang) => {
      globalThis.document = { documentElement: { lang } };
      return wordsOf({ dataset: { words: JSON.stringify(words[lang]) } });
    };
"""
RUBBISH = ["", "9", "-3.01", "1e9", "NaN", "Infinity", "0x1", " 1", "%", "%00", "<b>", "__proto__",
           "1" * 5000]  # fmt: skip


def words(name):
    """An explorable's words in each language."""
    return {code: explorables.words_of(name, code) for code in explorables.WORDS}


def test_numbers_and_sentences_are_written_for_readers_in_their_language():
    english, french = js(
        FIELDS
        + """
        return ["en", "fr"].map((lang) => {
          const { counted, steps } = speak(lang);
          return [format(-1234.5, 1), format(-0.001, 2), format(669706), format(NaN),
            format(-Infinity), short(2.384e-7), short(0.1167), short(0), percent(0.985),
            say(counted, { count: say(steps, { n: 1 }), loss: "0" }), say(steps, { n: 0 })];
        });""",
        words=words("descent"),
    )
    shared = ["0", "1 step, loss 0", "0 steps"]
    assert english == ["−1,234.5", "0.00", "669,706", "?", "−∞", "2.4\u00a0×\u00a010⁻⁷", "0.117",
                       shared[0], "98.5", *shared[1:]]  # fmt: skip
    assert french == ["−1\u202f234,5", "0,00", "669\u202f706", "?", "−∞", "2,4\u00a0×\u00a010⁻⁷",
                      "0,117", "0", "98,5", "1 pas, perte 0", "0 pas"]  # fmt: skip


def test_an_address_holds_what_differs_from_the_text_and_comes_back_as_it_went():
    """In each language alike, and also where URLSearchParams has no size: see run.js."""
    query, state, back, plain, comma = js(
        FIELDS
        + """
        speak("fr");
        const state = { w: -2.3, task: "and", batch: 250 };
        const query = writeState("neuron", fields, state, "?q=a+word&neuron.w=9");
        const text = readState("neuron", fields, "");
        const write = (query) => writeState("neuron", fields, text, query);
        return [query, readState("neuron", fields, query), write(query), write("?neuron.w=9"),
          readState("neuron", fields, "?neuron.w=-2,3").w];""",
        words=words("neuron"),
    )
    assert query == "?q=a+word&neuron.w=-2.3&neuron.task=and"
    assert state == {"w": -2.3, "task": "and", "batch": 250}
    assert (back, plain, comma) == ("?q=a+word", "", 1)


def test_a_malformed_address_is_as_in_the_text():
    states, rounded = js(
        FIELDS
        + """
        const query = (value) => Object.keys(fields).map((name) => `neuron.${name}=${value}`);
        return [rubbish.map((value) => readState("neuron", fields, `?${query(value).join("&")}`)),
          readState("neuron", fields, "?neuron.w=0.123").w];""",
        rubbish=RUBBISH,
    )
    assert states == len(RUBBISH) * [{"w": 1, "task": "xor", "batch": 250}] and rounded == 0.1


# --- their words in other languages --------------------------------------------------------------

# What may be the same in another language, besides numbers and formulas.
SAME = {"AND", "OR", "XOR", "tanh", "ReLU", "Glorot", "He", "gradient", "position", "Pause",
        "28 × 28 pixels"}  # fmt: skip
FORMS = {"one", "many", "other"}


def flat(table, place=""):
    """Yield each word with its place; the forms of a sentence that counts are one place."""
    if isinstance(table, str):
        yield place, table
        return
    for key, part in enumerate(table) if isinstance(table, list) else table.items():
        yield from flat(part, place if key in FORMS else f"{place}.{key}")


def numbers(sentence):
    """The numbers in a sentence as English writes them, and the names in its braces."""
    return sorted(re.findall(r"\{\w+\}|\d+(?:[.,]\d+)?", sentence.replace(",", ".")))


def faults(english, table):
    """What a table lacks, or has wrong, against the English one."""
    ours = dict(flat(english))
    if missing := set(ours) ^ {place for place, _ in flat(table)}:
        yield f"not in both languages: {missing}"
    for place, sentence in flat(table):
        source = ours.get(place, "")
        if set(numbers(source)) != set(numbers(sentence)):
            yield f"{place}: other numbers: {sentence}"
        words = re.sub(r"\{\w+\}|\b\w[₀-₉]?\b", "", source)
        if source == sentence and re.search("[a-zA-Z]", words) and source not in SAME:
            yield f"{place}: English: {sentence}"


@pytest.mark.parametrize("language", sorted(set(explorables.WORDS) - {"en"}))
def test_explorables_and_reader_have_all_of_their_words(language):
    assert list(faults(explorables.WORDS["en"], explorables.WORDS[language])) == []


@pytest.mark.parametrize("place, value", [
    ("depth.colour", "couleur"),
    ("descent.axes", ["poids"]),
    ("neuron.bias", "bias"),
    ("neuron.count", "{n} of 4 right."),
    ("depth.was", "{formula} = {count} poids et biais."),
    ("activation.stack", "12 couches d’un neurone"),
    ("descent.run", "Faire 20 pas"),
    ("digit-reader.active", {"one": "{n} des 512 neurones", "other": "{n} des 500 neurones"}),
])  # fmt: skip
def test_a_spoiled_word_is_found(place, value):
    english, table = explorables.WORDS["en"], json.loads(json.dumps(explorables.WORDS["fr"]))
    part, key = place.split(".")
    table[part][key] = value
    assert list(faults(english, table)) != []


# --- the site's search ---------------------------------------------------------------------------

SEARCH = """
    const { searchEngine } = require("../assets/static/site.js");
    const bare = (word) => word.replace(/œ/g, "oe").normalize("NFD").replace(/\\p{Mark}/gu, "");
    const find = (stemmer) => {
      const engine = searchEngine(COURSE_SECTIONS, MiniSearch, stemmer);
      return (text) => engine.search(text, { combineWith: "AND" }).map(({ id }) => id).sort();
    };
    const places = find(new Stemmer());
    const all = new Set(COURSE_SECTIONS.flat().join(" ").match(/\\p{Letter}+/gu));
    /** Words with an accent or a ligature that are not found without. */
    const unfound = (typed) => [...all].filter((word) => {
      const theirs = places(typed(word));
      return typed(word) !== word && !places(word).every((place) => theirs.includes(place));
    });
"""


def search(code, folder=""):
    names = ("search-data.js", "_static/vendor/minisearch.js", "_static/language_data.js")
    return js(SEARCH + code, [f"_build/html/{folder}{name}" for name in names])


def test_french_words_are_found_without_their_accents_and_so_are_their_other_forms():
    unfound, spoiled, pairs, unstemmed = search(
        """
        const forms = [["réseaux", "reseau"], ["dérivées", "derivee"], ["entraîné", "entrainer"],
          ["couches cachées", "couche cachee"], ["l’apprentissage", "d'apprentissages"],
          ["poids", "POIDS"]];
        return [unfound(bare), unfound((word) => `${bare(word)}x`).length,
          forms.map((pair) => pair.map(places)),
          ["reseau", "réseaux"].map(find({ stemWord: (word) => word }))];""",
        "fr/",
    )
    assert unfound == [] and spoiled > 100
    for one, other in pairs:
        assert len(one) > 3 and one == other
    assert unstemmed[0] != unstemmed[1]


def test_english_words_are_found():
    one, many, other = search('return ["neuron", "neurons", "gradient"].map(places);')
    assert one == many and len(other) > 3


def test_the_scripts_of_the_site_have_all_of_their_words():
    english, french = js(
        """
        const { TEXT } = require("../assets/static/site.js");
        const told = (word) => (typeof word === "string" ? word : word("{n}"));
        return ["en", "fr"].map((lang) => Object.fromEntries(
          Object.entries(TEXT[lang]).map(([name, word]) => [name, told(word)])));""",
        [],
    )
    assert list(faults(english, french)) == []
    assert list(faults(english, {**french, "copy": english["copy"]})) != []


# --- the site ------------------------------------------------------------------------------------


def files_of(page):
    """The files of explorables that a page loads."""
    return sorted(
        re.findall(r'(?:src|href)="[./]*_static/(explore/[^"?]+)', page.read_text("utf-8"))
    )


def test_a_page_loads_only_what_stands_in_it():
    for name, chapter in CHAPTER.items():
        page = SITE / f"chapters/{chapter}.html"
        assert files_of(page) == sorted(explorables.FILES[name])
        assert f'<course-{name} class="explorable" data-words="' in page.read_text("utf-8")
    for page in (SITE / "chapters").glob("*.html"):
        assert "<!-- explorable" not in page.read_text("utf-8")
        assert page.stem in {*CHAPTER.values(), "digit-reader"} or not files_of(page)


def test_an_unknown_name_is_a_warning(caplog):
    document = new_document("page")
    document += [
        raw("", f"<!-- explorable: {name} -->\n", format="html") for name in ("depth", "deep")
    ]
    explorables.place_elements(SimpleNamespace(config=SimpleNamespace(language="en")), document)
    [warning] = caplog.messages
    assert "no explorable is called 'deep'" in warning
    assert [node.get("explorable") for node in document.findall(raw)] == ["depth", None]


def test_each_explorable_is_light():
    for name in CHAPTER:
        files = [
            (FOLDER / file).read_bytes() for file in ("shared.js", "explore.css", f"{name}.js")
        ]
        assert len(files[2]) <= 15_000
        assert sum(len(gzip.compress(file)) for file in files) <= 15_000


# --- the browser ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium():
    with browser() as opened:
        yield opened


class Visit:
    """A page of the site, opened from its file as from a zip, and all that went wrong in it."""

    def __init__(self, chromium, name, query="", **settings):
        self.faults = []
        size = {"width": 1280, "height": 900}
        self.context = chromium.new_context(**{"viewport": size, **settings})
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self.heard)
        self.page.on("request", self.asked)
        self.name, self.file = name, (SITE / f"chapters/{CHAPTER.get(name, name)}.html").as_uri()
        self.open(query)

    def heard(self, message):
        if message.type in ("error", "warning"):
            self.faults.append(message.text)

    def asked(self, request):
        if not request.url.startswith(("file:", "data:", "blob:")):
            self.faults.append(f"asked for {request.url}")

    def open(self, query=""):
        self.page.goto(self.file + query)
        self.element = self.page.locator(f"course-{self.name}")

    def press(self, name):
        self.element.get_by_role("button", name=name).click()

    def finding(self):
        return self.element.locator(".finding").inner_text()

    def state(self):
        return self.element.evaluate("element => ({...element.state})")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.context.close()
        if kind is None:
            assert self.faults == []


USED = {
    "neuron": "?neuron.network=two&neuron.moved=o&neuron.b1=-1&neuron.bb=1.5",
    "depth": "?depth.sizes=784-512-512-512-512-512-512-512-512-10&depth.batch=1000",
    "descent": "?descent.rate=1.05&descent.steps=60",
    "activation": "?activation.function=step&activation.weights=he&activation.layers=20",
    "backpropagation": "?backpropagation.x=-3&backpropagation.at=10&backpropagation.nudged=w1",
}
AXE = ROOT / "tests/node_modules/axe-core/axe.min.js"


def is_open_to_all(visit, looks=(("light", 1280), ("dark", 360))):
    """At rest it is audited with the whole page in test_site.py."""
    run = "selector => axe.run(selector, {preload: false, resultTypes: ['violations']})"
    visit.page.evaluate(AXE.read_text(encoding="utf-8"))
    for theme, width in looks:
        visit.page.set_viewport_size({"width": width, "height": 800})
        visit.page.evaluate("theme => { document.body.dataset.theme = theme }", theme)
        found = visit.page.evaluate(run, f"course-{visit.name}")["violations"]
        assert [
            (rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found
        ] == []


def is_narrow(visit):
    visit.page.set_viewport_size({"width": 320, "height": 700})
    widths = "[...document.querySelectorAll('html, .content')].map(e => e.scrollWidth)"
    assert max(visit.page.evaluate(widths)) == 320
    too_wide = "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.outerHTML)"
    assert visit.element.locator("div, p, table, fieldset").evaluate_all(too_wide) == []


def keeps_its_state(visit):
    query, state = USED[visit.name], visit.state()
    visit.element.evaluate("element => element.remember()")
    visit.page.reload()
    assert visit.state() == state
    assert visit.page.evaluate("location.search + location.hash") == f"{query}#recap"
    visit.press("As in the text")
    assert visit.state() != state
    visit.press("Reset")
    assert visit.state() == state
    visit.page.evaluate("delete Navigator.prototype.clipboard")  # as over plain http
    visit.press("Copy link")
    visit.element.get_by_text("The page’s address holds this state").wait_for()


MOVES = {"range": ("ArrowLeft", None), "radio": ("ArrowRight", "ArrowLeft")}


def is_moved_by_keys(visit):
    page = visit.page
    fields = set(visit.element.evaluate("element => Object.keys(element.constructor.fields)"))
    names = "all => all.map(e => e.dataset.field || e.textContent)"
    shown = visit.element.locator("[data-field]:visible, button:visible").evaluate_all(names)
    visit.element.evaluate(
        "e => { e.previousElementSibling.tabIndex = 0; e.previousElementSibling.focus() }"
    )
    reached, moved = set(), set()
    for _ in range(40):
        page.keyboard.press("Tab")
        inside = page.evaluate(
            "() => { const e = document.activeElement; return e.closest('.explorable') && "
            "[e.type, e.dataset.field || e.textContent] }"
        )
        if inside:
            kind, label = inside
            before = visit.state()
            there, back = MOVES.get(kind, ("Enter", None))
            page.keyboard.press(there)
            reached.add(label)
            moved |= {label} if visit.state() != before else set()
            if back:  # so that the same controls stay in sight
                page.keyboard.press(back)
        elif reached:
            break
    assert not inside, "forty tabs, and still inside"
    assert set(shown) <= reached
    assert fields & set(shown) <= moved


@pytest.mark.parametrize("name", CHAPTER)
def test_it_works_for_everybody(chromium, name):
    with Visit(chromium, name, f"{USED[name]}#recap", reduced_motion="reduce") as visit:
        keeps_its_state(visit)
        is_open_to_all(visit)
        is_narrow(visit)
        visit.page.set_viewport_size({"width": 1280, "height": 900})
        visit.open()
        is_moved_by_keys(visit)


@full
@pytest.mark.parametrize("check, spoil", [
    (is_open_to_all, "e => { e.querySelector('.finding').style.color = '#bbb' }"),
    (is_open_to_all, "e => { e.querySelector('input').closest('label').outerHTML = '<input>' }"),
    (is_narrow, "e => { e.querySelector('.finding').style.width = '50em' }"),
    (is_moved_by_keys, "e => { e.querySelector('input').tabIndex = -1 }"),
    (is_moved_by_keys, "e => e.addEventListener('keydown', (key) => key.preventDefault())"),
    (keeps_its_state, "e => { e.remember = () => history.replaceState({}, '', '?') }"),
])  # fmt: skip
def test_a_spoiled_one_is_found(check, spoil, chromium):
    with Visit(chromium, "descent", f"{USED['descent']}#recap", reduced_motion="reduce") as visit:
        visit.element.evaluate(spoil)
        with pytest.raises(AssertionError):
            check(visit)


TOUCHED = {  # what a finger taps, or drags: (what, by how much), and what changes
    "neuron": [("label:has([value=and])", None, "task"), (".handle.tip", (60, 40), "a1")],
    "depth": [("button:has-text('Twice as deep')", None, "sizes")],
    "descent": [("button:text-is('Step')", None, "steps"), (".handle", (-60, -40), "weight")],
    "activation": [("label:has([value=tanh])", None, "function"), (".handle", (50, 0), "z")],
    "backpropagation": [("button:has-text('Next')", None, "at")],
}


@full
@pytest.mark.parametrize("name", CHAPTER)
def test_a_finger_moves_it(chromium, name):
    screen = {"width": 360, "height": 800}
    with Visit(chromium, name, viewport=screen, has_touch=True, is_mobile=True) as visit:
        fingers = visit.context.new_cdp_session(visit.page)
        for what, way, field in TOUCHED[name]:
            target = visit.element.locator(what).locator("visible=true").first
            target.scroll_into_view_if_needed()
            before, scrolled = visit.state(), visit.page.evaluate("scrollY")
            if way is None:
                target.tap()
            else:
                box = target.bounding_box()
                x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
                for part in range(6):
                    point = {"x": x + way[0] * part / 5, "y": y + way[1] * part / 5}
                    kind = "touchMove" if part else "touchStart"
                    fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
                fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
                assert visit.page.evaluate("scrollY") == scrolled
            assert visit.state()[field] != before[field]


KEYS = ["ArrowLeft", "ArrowUp", "Home", "End", "PageDown", "Enter", "Space", "x"]
PLAY = """
(element, events) => {
  const faults = [];
  const { fields } = element.constructor;
  const { parse } = course.shared;
  const isSound = (name) => parse(fields[name], `${element.state[name]}`) === element.state[name];
  for (const [which, share] of events) {
    const controls = [...element.querySelectorAll("input, button")].filter((e) => e.offsetParent);
    const control = controls[Math.floor(which * controls.length)];
    if (control.type === "range") {
      control.value = Number(control.min) + share * (control.max - control.min);
      control.dispatchEvent(new Event("input"));
    } else control.click();
    faults.push(...Object.keys(fields).filter((name) => !isSound(name)));
    faults.push(...(element.innerHTML.match(/NaN|undefined|Infinity|null|{/) || []));
    if (!element.querySelector(".finding").textContent) faults.push("no finding");
  }
  return faults;
}
"""


@full
@pytest.mark.parametrize("name", CHAPTER)
def test_three_hundred_random_events_do_no_harm(chromium, name):
    """Six times: a malformed address, a window of some size, 40 inputs, 6 of the mouse, 4 keys."""
    roll = random.Random(name)
    with Visit(chromium, name) as visit:
        fields = visit.element.evaluate("element => Object.keys(element.constructor.fields)")
        for _ in range(6):
            values = [f"{name}.{field}={quote(roll.choice(RUBBISH), '%')}" for field in fields]
            visit.open("?" + "&".join(values))
            visit.page.set_viewport_size({"width": roll.randint(280, 1400), "height": 800})
            visit.element.scroll_into_view_if_needed()
            visit.element.locator(".finding:not(:empty)").wait_for()
            inputs = [(roll.random(), roll.choice([0, 1, roll.random()])) for _ in range(40)]
            assert visit.element.evaluate(PLAY, inputs) == []
            visit.element.locator("svg").first.scroll_into_view_if_needed()
            box = visit.element.locator("svg").first.bounding_box()
            for press in (visit.page.mouse.down, visit.page.mouse.up) * 3:
                x = box["x"] + roll.random() * box["width"]
                visit.page.mouse.move(x, box["y"] + roll.random() * box["height"])
                press()
            visit.element.locator("input").locator("visible=true").first.focus()
            for key in roll.choices(KEYS, k=4):
                visit.page.keyboard.press(key)
            assert visit.element.evaluate(PLAY, inputs[:1]) == []


@full
@pytest.mark.parametrize("sign", ["mouse", "key", "scroll", "anchor"])
def test_what_takes_long_waits_for_the_first_sign_of_a_reader(sign, chromium):
    with Visit(chromium, "activation") as visit:
        visit.page.wait_for_timeout(300)
        assert visit.finding() == ""
        assert "12 layers" in visit.element.locator("svg title").last.text_content()
        match sign:
            case "mouse":
                visit.page.mouse.move(200, 300)
            case "key":
                visit.page.keyboard.press("Tab")
            case "scroll":
                visit.page.evaluate("scrollBy(0, 100)")
            case "anchor":
                visit.open("?again#dead-neurons")
        visit.element.locator(".finding:not(:empty)").wait_for()
        assert visit.finding().startswith("Of the gradient at layer 12")


@full
def test_who_wants_less_motion_gets_the_whole_run_at_once(chromium):
    with Visit(chromium, "descent", reduced_motion="reduce") as visit:
        visit.press("Run")
        assert visit.state()["steps"] == 25
    with Visit(chromium, "descent") as visit:
        visit.press("Run")
        assert visit.state()["steps"] < 25
        visit.element.get_by_text("After 25 steps").wait_for(timeout=10_000)
