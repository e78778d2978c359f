"""The explorables: their numbers are the chapters', and they work in a browser for everybody."""

import random
import re
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from urllib.parse import quote

import matplotlib
import numpy as np
import pytest
from docutils.nodes import raw
from docutils.utils import new_document
from playwright.sync_api import Error

from sphinx_extensions import explorables
from tests.javascript import js
from tests.test_chapters import CHAPTERS, code_cells, read
from tests.test_site import NODE_MODULES, PHONE, WIDE, opened
from tools.browser import SITE
from tools.weights import PREDICTIONS, PROMISES, fingerprint, promises, read_script

CHAPTER = {
    "neuron": "01-neurons",
    "depth": "02-deep-networks",
    "descent": "03-training",
    "valleys": "03-training",
    "overfitting": "03-training",
    "activation": "04-activation",
    "softmax": "04-activation",
    "backpropagation": "05-backpropagation",
}
full = pytest.mark.full
near = partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-9)


# --- the models have the chapters' numbers -------------------------------------------------------


def run_cells(name, *snippets):
    """Run the cells of a chapter that hold one of the snippets; the names that they define."""
    matplotlib.use("Agg")
    names = {}
    for cell in code_cells(read(CHAPTERS / f"{CHAPTER.get(name, name)}.ipynb")):
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
        "def hand_network", "def learn", "wanted_xor = ",
    )  # fmt: skip
    points = generator.uniform(-0.5, 1.5, size=(200, 2))
    neurons = generator.uniform(-2, 2, size=(30, 3))
    corners, wanted, single, network, off, areas = js(
        """
        const { CORNERS, WANTED, answer, fires, nearest, regions, sum } = course.neuron;
        const neuron = ([w1, w2, b]) => ({ w1, w2, b });
        const all = neurons.map(neuron);
        const network = [[1, 1, -0.5], [-1, -1, 1.5], [1, 1, -1.5]].map(neuron);
        const area = (polygon) => polygon.reduce((sum, [x, y], n) => {
          const [nextX, nextY] = polygon[(n + 1) % polygon.length];
          return sum + (x * nextY - nextX * y) / 2;
        }, 0);
        return [CORNERS, WANTED.xor,
          all.map((neuron) => points.map((point) => fires(neuron, point))),
          points.map((point) => answer(network, point)),
          all.map((one, n) => sum(one, nearest(one, points[n]))),
          all.map((one) => regions([one, ...network]).reduce((a, b) => a + area(b.polygon), 0))
        ];""",
        points=points,
        neurons=neurons,
    )
    assert np.array_equal(corners, chapter["corners"])
    assert np.array_equal(wanted, chapter["wanted_xor"])
    answers = [chapter["fires"](points, weights, b) for *weights, b in neurons]
    assert np.array_equal(single, answers)
    assert np.array_equal(network, chapter["hand_network"](points))
    near(off, 0)  # the ring is on the line
    near(areas, 4)  # the parts of the plane cover it


def test_weights_multiplications_and_memory_are_the_chapters(generator):
    chapter = run_cells(
        "depth", "def draw_network", "sizes = [5", "def build", "def count_parameters",
        "def count_mult", "def memory_in_mb",
    )  # fmt: skip
    networks = [chapter["sizes"], [784, 512, 512, 10], [2, 1]]
    networks += [generator.integers(1, 1025, size=length).tolist() for length in range(2, 11)]
    wrong = ["", "5", "5-", "5-0-3", "5-1025-3", "5-1.5-3", "a-b", "5--3", "1" + "-2" * 10]
    ours, deep, wide, known, accepted = js(
        """
        const { deeper, memory, multiplications, parameters, read, wider } = course.depth;
        return [networks.map((sizes) => [parameters(sizes), multiplications(sizes),
          ...[1, 250].map((batch) => memory(sizes, batch))]),
          deeper([5, 7, 8, 3]), wider([5, 7, 8, 3]), read("784-512-512-10"),
          wrong.filter(read)];""",
        networks=networks,
        wrong=wrong,
    )
    for sizes, (parameters, multiplications, *memories) in zip(networks, ours, strict=True):
        assert parameters == chapter["count_parameters"](sizes)
        assert multiplications == chapter["count_multiplications"](sizes)
        near(memories, [chapter["memory_in_mb"](sizes, batch) for batch in (1, 250)])
    assert deep == [5, 7, 7, 8, 8, 3] and wide == [5, 14, 16, 3]
    assert known == [784, 512, 512, 10] and accepted == []


def test_points_loss_gradient_and_path_are_the_chapters(generator):
    chapter = run_cells(
        "descent", "generator = np.random.default_rng(1)", "ticks = ", "def gradient(", "rates = [",
    )  # fmt: skip
    places = generator.uniform(-2, 4, size=(20, 2))
    points, losses, gradients, paths, flat, far = js(
        """
        const { POINTS, bowl, descend, gradient, loss } = course.descent;
        return [POINTS, places.map((place) => loss(...place)),
          places.map((place) => gradient(...place)),
          rates.map((rate) => descend(rate, 25, [3.5, -1.5])),
          gradient(...bowl().bottom), descend(1.2, 100, [3.5, -1.5])];""",
        places=places,
        rates=chapter["rates"],
    )
    near(points, np.column_stack([chapter["positions"], chapter["heights"]]))
    near(losses, [chapter["loss"](*place) for place in places])
    near(gradients, [chapter["gradient"](*place) for place in places])
    for path, rate in zip(paths, chapter["rates"], strict=True):
        near(path, chapter["descend"](rate))
    near(flat, 0)  # at the bottom
    assert len(far) < 101 and np.isfinite(far).all()  # a path that runs away ends


SPREADS = {"small": "small", "glorot": "Glorot", "he": "He", "large": "large"}


def test_activations_and_what_they_leave_are_the_chapters():
    chapter = run_cells(
        "activation", "def sigmoid(z)", "def sigmoid_slope", "def step(z)", "def fresh_network",
        "spreads = {",
    )  # fmt: skip
    z = np.linspace(-4, 4, 80)
    sizes = {f"{name} {weights}".lower(): found
             for (name, weights), found in chapter["sizes"].items()}  # fmt: skip
    tables, ours = js(
        """
        const { FUNCTIONS, left } = course.activation;
        const slope = (f, z) => (f(z + 1e-5) - f(z - 1e-5)) / 2e-5;
        const table = (name) => ({
          value: z.map(FUNCTIONS[name].value), slope: z.map(FUNCTIONS[name].slope),
          measured: z.map((at) => slope(FUNCTIONS[name].value, at)),
        });
        return [Object.fromEntries(["sigmoid", "tanh", "relu", "step"].map((n) => [n, table(n)])),
          networks.map((network) => left(...network.split(" "), 12))];""",
        z=z,
        networks=list(sizes),
    )
    for name, table in tables.items():
        near(table["value"], chapter[name](z))
        near(table["slope"], 0 if name == "step" else chapter[f"{name}_slope"](z))
        near(table["measured"], table["slope"], atol=1e-7)
    for found, (network, theirs) in zip(ours, sizes.items(), strict=True):
        shares, slopes = found["shares"], found["slopes"]
        # Other random numbers: each layer within a factor of 1.7, over sixteen powers of ten.
        assert np.abs(np.log(shares / (theirs / theirs[-1]))).max() < np.log(1.7)
        factor = chapter["spreads"][SPREADS[network.split()[1]]] * 10 * np.mean(slopes[1:])
        assert np.isclose(factor, shares[0] ** (1 / 11), rtol=0.1)  # formula (4.5)


@pytest.mark.parametrize("name", ["none", "sigmoid", "tanh", "relu", "step"])
def test_the_gradient_of_each_layer_is_the_one_that_gradient_tape_computes(name, generator):
    import tensorflow as tf  # not by every process that reads this file

    inputs, last = generator.normal(size=(5, 6)), generator.normal(size=(6, 10))
    layers, labels = generator.normal(size=(4, 6, 6)), generator.integers(0, 10, size=5)
    ours = js(
        """
        const spreads = { spread: 0.4, lastSpread: 0.3 };
        return course.activation.gradientSizes({ ...network, ...spreads }).sizes;""",
        network={"name": name, "width": 6, "inputs": inputs.ravel(), "last": last.ravel(),
                 "layers": layers.reshape(4, 36), "labels": labels},
    )  # fmt: skip
    activation = (lambda z: (tf.sign(z) + 1) / 2) if name == "step" else getattr(tf.nn, name, None)
    outputs = [tf.constant(inputs)]
    with tf.GradientTape() as tape:
        tape.watch(outputs[0])
        for weights in layers:
            sums = outputs[-1] @ (0.4 * weights)
            outputs.append(activation(sums) if activation else sums)
        logits = outputs[-1] @ (0.3 * last)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
        loss = tf.reduce_mean(losses)
    gradients = tape.gradient(loss, outputs[1:])
    near(ours, [0 if gradient is None else np.linalg.norm(gradient) for gradient in gradients])


@pytest.mark.parametrize("graph, cells, loss, by, values, slopes", [
    ("chain", ["loss_by_y = ", "def small_loss"], "loss", "loss_by_", "s h y", "y h s w1 w2"),
    ("paths", ["s1, s2 = ", "by_y1, by_y2 = "], "two_losses", "by_", "h1 h2 y1 y2",
     "y1 y2 h1 h2 s1 s2"),
])  # fmt: skip
def test_the_graphs_have_the_chapters_numbers(graph, cells, loss, by, values, slopes, generator):
    names = run_cells("backpropagation", "x, target = ", *cells)
    numbers, derivatives, nudged, told, measured, losses = js(
        """
        const { GRAPHS, backward, forward, measure } = course.backpropagation;
        const graph = GRAPHS[name];
        const given = Object.keys(inputs);
        const all = places.map((place) => Object.fromEntries(given.map((n, i) => [n, place[i]])));
        const slopes = (one) => given.map((n) => measure(one, n, 1e-5, graph).slope);
        return [forward(inputs, graph), backward(inputs, graph), all.map(slopes),
          all.map((one) => given.map((n) => backward(one, graph)[`by_${n}`])),
          slopes(inputs).slice(2),
          places.map(([w1, w2]) => forward({ ...inputs, w1, w2 }, graph).L)];""",
        name=graph,
        inputs={"x": names["x"], "t": names["target"], "w1": 0.5, "w2": 2},
        places=(places := generator.uniform(-2, 2, size=(20, 4))),
    )
    near([numbers[name] for name in values.split()], [names[name] for name in values.split()])
    near(numbers["L"], names[loss])
    for name in slopes.split():
        near(derivatives[f"by_{name}"], names[by + name])
    near(nudged, told, rtol=1e-6, atol=1e-6)  # wherever the sliders stand
    if graph == "chain":
        near(measured, [names["measured_w1"], names["measured_w2"]])
        near(losses, [names["small_loss"](*place[:2]) for place in places])


def calculator(formula):
    """What a reader finds who types it."""
    for sign, typed in {"−": "-", "·": "*", "²": "**2", "tanh": "np.tanh", ",": ""}.items():
        formula = formula.replace(sign, typed)
    return eval(formula, {"np": np})


def test_a_calculator_confirms_every_formula_of_the_graphs(generator):
    places = [[2, 1, 0.5, 2], [3, 3, 3, -3], *generator.integers(-30, 31, size=(100, 4)) / 10]
    formulas = js(
        """
        const { GRAPHS, explain } = course.backpropagation;
        return places.flatMap(([x, t, w1, w2]) => Object.values(GRAPHS).flatMap((graph) => [
          ...Object.keys(graph.values), ...Object.keys(graph.slopes),
        ].map((name) => explain({ x, t, w1, w2 }, name, graph))));""",
        places=places,
    )
    assert "2.0 · 0.7616" in {one["numbers"] for one in formulas}
    for one in formulas:
        assert abs(calculator(one["numbers"]) - calculator(one["result"])) < 5.001e-4, one


def test_a_calculator_confirms_the_check_of_a_derivative_and_the_memory_of_a_network(chrome):
    put = "(element, state) => element.put(state)"
    with visit(chrome, "backpropagation") as page:
        for change in (
            {"at": 17, "x": -1.7, "w2": -2.3, "nudged": "x", "nudge": 0.1},
            {"at": 17, "graph": "paths", "nudged": "w1"},
            {"at": 17, "x": 3, "w1": 3, "w2": -3, "t": 3, "nudged": "t", "nudge": 0.5},
        ):
            page.element.evaluate(put, change)
            table = page.element.locator(".check td:last-child").all_inner_texts()
            above, below, quotient, _ = [calculator(number) for number in table]
            nudge = float(page.element.locator("[data-field=nudge]:checked").get_attribute("value"))
            assert abs((above - below) / (2 * nudge) - quotient) < 6e-6
    with visit(chrome, "depth", "?depth.batch=1") as page:
        for network in ("1-2", "784-31-17-10", "1024-1024-1024-3"):
            page.element.evaluate(put, {"sizes": network})
            whole = page.element.locator("tr:has-text('memory') strong").inner_text()
            parts = page.element.locator(".legend li").all_inner_texts()
            sizes = [calculator(one.split(": ")[1].split()[0]) for one in parts]
            near(sum(sizes), calculator(whole.split()[0]))
            assert abs(sizes[2] - 2 * sizes[0]) <= 0.011 and min(sizes) > 0


def numpy_learns(points, weights, epochs, rate=0.005):
    """The loss before each epoch of Adam, as Keras describes it, and the last weights."""
    x, y = np.transpose(points)
    weights = np.array(weights)
    means, squares, losses = np.zeros_like(weights), np.zeros_like(weights), []
    for epoch in range(1, epochs + 1):
        first, biases, second = weights[:-1].reshape(-1, 3).T
        hidden = np.tanh(np.outer(x, first) + biases)
        errors = hidden @ second + weights[-1] - y
        losses.append(np.mean(errors**2))
        back = 2 * errors[:, None] / len(x) * second * (1 - hidden**2)
        slopes = [x @ back, back.sum(0), 2 * errors @ hidden / len(x)]
        slopes = np.append(np.transpose(slopes), 2 * errors.mean())
        means = 0.9 * means + 0.1 * slopes
        squares = 0.999 * squares + 0.001 * slopes**2
        size = np.sqrt(squares / (1 - 0.999**epoch)) + 1e-7
        weights = weights - rate * means / (1 - 0.9**epoch) / size
    return losses, weights


def test_the_network_learns_as_numpy_does():
    ours = js(
        """
        const { begin, scatter, train } = course.overfitting;
        return [[10, 30, 0.3], [30, 3, 0.6], [100, 1, 0]].map(([points, neurons, noise]) => {
          const all = train({ points, neurons, noise, seed: 8 });
          return { points: scatter(points, noise, 8), unseen: scatter(100, noise, 1008, 100),
            weights: begin(neurons, 8), records: Array.from({ length: 8 }, () => all.next().value)};
        });"""
    )
    for one in ours:
        losses, weights = numpy_learns(one["points"], one["weights"], 71)
        near([record["seen"] for record in one["records"]], losses[::10], rtol=1e-7)
        *_, before = numpy_learns(one["points"], one["weights"], 70)
        near(one["records"][-1]["weights"], before, rtol=1e-6)
        unseen, _ = numpy_learns(one["unseen"], one["records"][-1]["weights"], 1)
        near(one["records"][-1]["unseen"], unseen)


def test_points_lie_around_a_wave_and_only_few_of_them_let_many_neurons_overfit():
    """With the text's points and others: half of the trainings at least."""
    waves, (few, small, many) = js(
        """
        const { scatter, train } = course.overfitting;
        const rise = (points, neurons) => [1, 2, 3, 8].map((seed) => {
          const all = train({ points, neurons, noise: 0.3, seed });
          const unseen = Array.from({ length: 101 }, () => all.next().value.unseen);
          return unseen.at(-1) / Math.min(...unseen);
        });
        const waves = [[10, 0.3, 1], [10, 0.3, 2], [100, 0.3, 1], [100, 0, 1]];
        return [waves.map((one) => scatter(...one)), [rise(10, 30), rise(10, 1), rise(100, 30)]];"""
    )
    first, other, noisy, calm = waves
    assert first == noisy[:10] and first != other  # more points keep the first ones
    (x, y), (still, wave) = np.transpose(noisy), np.transpose(calm)
    assert -1 < x.min() and x.max() < 1 and 0.2 < np.std(y - np.sin(np.pi * x)) < 0.4
    near(wave, np.sin(np.pi * still))
    assert few[-1] > 1.5 and np.median(few) > 1.3
    assert max(many) < 1.2 and np.median(small) < 1.1


def test_softmax_is_the_chapters_at_every_temperature():
    chapter = run_cells("softmax", "def softmax(")
    given = np.random.default_rng(0).normal(scale=5, size=(20, 10))
    temperatures = [0.5, 1, 1.25, 3]
    ours, shifted, huge, logits = js(
        """
        const { LOGITS, softmax } = course.softmax;
        const all = temperatures.map((T) => given.map((logits) => softmax(logits, T)));
        const shifted = given.map((logits) => softmax(logits.map((z) => z + 10)));
        return [all, shifted, softmax([1000, 999]), LOGITS];""",
        given=given,
        temperatures=temperatures,
    )
    near(ours, [chapter["softmax"](given / temperature) for temperature in temperatures])
    near(shifted, ours[1])  # at temperature 1
    near(huge, chapter["softmax"](np.array([1.0, 0.0])))
    assert np.argmax(logits, axis=1).tolist() == [7, 6, 6]  # the last is a 5


def test_mistakes_are_promised_and_made_as_in_chapter_8():
    """At T = 1 as the notebook says; the hotter the more, and one T keeps its promise."""
    written = read_script(PROMISES)
    assert written["code"] == fingerprint(PREDICTIONS, "promises"), "type `make weights`"
    at_one, answers, made, all_of_them = js(
        """
        const { ANSWERS, MADE, announced } = course.softmax;
        const [coldest, , step] = course.promises.temperatures;
        const all = Array.from({ length: 51 }, (_, n) => announced(coldest + step * n));
        return [announced(1), ANSWERS, MADE, all];"""
    )
    [cell] = [c for c in code_cells(read(PREDICTIONS)) if "promises(unseen" in c.source]
    rows = re.findall(r"to +[\d.]+% +(\d+%) +([\d.]+%) +([\d.]+%)", cell.outputs[0]["text"])
    ours = [
        (f"{n / answers:.0%}", f"{promised / n:.2%}", f"{group['made'] / n:.2%}")
        for group, promised in zip(written["groups"], at_one, strict=True)
        for n in [group["answers"]]
    ]
    assert ours == rows
    totals = np.sum(all_of_them, axis=1)
    assert (np.diff(all_of_them, axis=0) > 0).all() and len(totals) == 51
    assert made == sum(group["made"] for group in written["groups"])
    assert sum(abs(totals / made - 1) <= 0.03) == 1


@full
def test_the_networks_of_chapter_8_promise_about_as_much():
    ours, theirs = read_script(PROMISES)["groups"], promises()["groups"]
    for one, other in zip(ours, theirs, strict=True):
        near(one["promised"], other["promised"], rtol=0.3)
        near([one["answers"], one["made"]], [other["answers"], other["made"]], rtol=0.3)


def bump(x):
    return np.exp(-(x**2) / (2 * 0.5**2))


def test_the_landscape_is_numpys_and_a_batch_is_right_on_average():
    generator = np.random.default_rng(2)
    x = np.linspace(-2.875, 2.875, 24) + 0.05 * np.sqrt(12) * (generator.random(24) - 0.5)
    y = 0.5 * bump(x + 1.1) + bump(x - 1.1) + 0.1 * generator.normal(size=24)
    places = np.linspace(-3, 3, 13)
    points, losses, slopes, singles, path, batches, found = js(
        """
        const { POINTS, extremes, loss, pick, slope, walk } = course.valleys;
        const roll = course.shared.dice(1);
        return [POINTS, places.map(loss), places.map((w) => slope(w)),
          places.map((w) => POINTS.map((point) => slope(w, [point]))),
          walk({ start: -1.6, rate: 0.4, batch: 24, steps: 50 }, 1),
          [1, 2, 6, 24].map((size) => pick(size, roll)), extremes()];""",
        places=places,
    )
    near(points, np.transpose([x, y]), atol=5e-4)
    x, y = np.transpose(points)

    def loss(w):
        return np.mean((bump(x - w) - y) ** 2)

    near(losses, [loss(w) for w in places])
    near(slopes, [(loss(w + 1e-6) - loss(w - 1e-6)) / 2e-6 for w in places], atol=1e-7)
    near(np.mean(singles, axis=1), slopes)
    w = -1.6
    for at in path:
        near(at, w, atol=1e-6)
        w -= 0.4 * np.mean(2 * (bump(x - w) - y) * bump(x - w) * (x - w) / 0.5**2)
    sizes = [(len(batch), len({*map(tuple, batch)})) for batch in batches]
    assert sizes == [(1, 1), (2, 2), (6, 6), (24, 24)]
    (left, deep), tops = found["bottoms"], found["tops"]
    assert len(tops) == 3 and tops[0] < left < tops[1] < deep < tops[2] and loss(deep) < loss(left)


def test_the_start_decides_and_the_noise_of_small_batches_helps_out():
    """With any dice: of forty walkers from the left valley."""
    shares = js(
        """
        const { extremes, walk } = course.valleys;
        const [, top, end] = extremes().tops;
        const arrived = (batch, rate, start, seed) => Array.from({ length: 40 }, (_, n) =>
          walk({ start, rate, batch, steps: 300 }, 1000 * seed + n).at(-1),
        ).filter((w) => w > top && w < end).length;
        const seeds = [1, 2, 3];
        const row = (...one) => seeds.map((seed) => arrived(...one, seed));
        return [row(24, 0.4, -1.6), row(24, 1.2, -1.6), row(6, 0.4, -1.6), row(1, 0.4, -1.6),
          row(2, 0.8, -1.6), row(24, 0.4, 0)];"""
    )
    exact, fast, six, one, two, right = np.array(shares)
    assert exact.max() == fast.max() == 0 and six.max() <= 4
    assert one.min() >= 20 and two.min() >= 28 and two.max() >= 36 and right.min() == 40


# --- what they share, and their words -------------------------------------------------------------

RUBBISH = ["", "9", "-3.01", "1e9", "NaN", "Infinity", "0x1", " 1", "%", "%00", "<b>", "__proto__",
           "1" * 5000]  # fmt: skip


def test_numbers_and_sentences_are_written_for_readers_in_their_language():
    english, french = js(
        """
        const { wordsOf, format, short, percent, say } = course.shared;
        return ["en", "fr"].map((lang) => {
          globalThis.document = { documentElement: { lang } };
          const { counted, steps } = wordsOf({ dataset: { words: JSON.stringify(words[lang]) } });
          return [format(-1234.5, 1), format(-0.001, 2), format(669706), format(NaN),
            format(-Infinity), short(2.384e-7), short(0.1167), short(0), percent(0.985),
            say(counted, { count: say(steps, { n: 1 }), loss: "0" }), say(steps, { n: 0 })];
        });""",
        words={lang: explorables.words_of(["shared", "descent"], lang) for lang in ("en", "fr")},
    )
    assert english == ["−1,234.5", "0.00", "669,706", "?", "−∞", "2.4\u00a0×\u00a010⁻⁷", "0.117",
                       "0", "98.5", "1 step, loss 0", "0 steps"]  # fmt: skip
    assert french == ["−1\u202f234,5", "0,00", "669\u202f706", "?", "−∞", "2,4\u00a0×\u00a010⁻⁷",
                      "0,117", "0", "98,5", "1 pas, perte 0", "0 pas"]  # fmt: skip


def test_an_address_holds_what_differs_from_the_text_and_comes_back_as_it_went():
    """Also where URLSearchParams has no size: see run.js."""
    query, state, back, plain, states, rounded = js(
        """
        const { readState, writeState } = course.shared;
        const fields = {
          w: { value: 1, min: -3, max: 3, step: 0.1 },
          task: { value: "xor", options: ["and", "xor"] },
          batch: { value: 250, options: [1, 250] },
        };
        const state = { w: -2.3, task: "and", batch: 250 };
        const query = writeState("neuron", fields, state, "?q=a+word&neuron.w=9");
        const text = readState("neuron", fields, "");
        const write = (query) => writeState("neuron", fields, text, query);
        const all = (value) => Object.keys(fields).map((name) => `neuron.${name}=${value}`);
        return [query, readState("neuron", fields, query), write(query), write("?neuron.w=9"),
          rubbish.map((value) => readState("neuron", fields, `?${all(value).join("&")}`)),
          readState("neuron", fields, "?neuron.w=0.123").w];""",
        rubbish=RUBBISH,
    )
    assert query == "?q=a+word&neuron.w=-2.3&neuron.task=and"
    assert state == {"w": -2.3, "task": "and", "batch": 250}
    assert (back, plain, rounded) == ("?q=a+word", "", 0.1)
    assert states == len(RUBBISH) * [{"w": 1, "task": "xor", "batch": 250}]


# What may be the same in another language, besides numbers and formulas.
SAME = {"AND", "OR", "XOR", "tanh", "ReLU", "Glorot", "He", "gradient", "position", "Pause",
        "logit", "Logits", "28 × 28 pixels"}  # fmt: skip
FORMS = {"one", "many", "other"}


def flat(table, place=""):
    """Yield each word with its place; the forms of a sentence that counts are one place."""
    if isinstance(table, str):
        yield place, table
        return
    for key, part in enumerate(table) if isinstance(table, list) else table.items():
        yield from flat(part, place if key in FORMS else f"{place}.{key}")


def numbers(sentence, thousands="\u202f"):
    """The numbers in a sentence, 2 000 and 0,5 as 2000 and 0.5, and the names in its braces."""
    whole = re.sub(rf"(?<=\d){thousands}(?=\d{{3}}\b)", "", sentence).replace(",", ".")
    return set(re.findall(r"\{\w+\}|\d+(?:\.\d+)?", whole))


def faults(english, table):
    """What a table lacks, or has wrong, against the English one."""
    ours = dict(flat(english))
    if missing := set(ours) ^ {place for place, _ in flat(table)}:
        yield f"not in both languages: {missing}"
    for place, sentence in flat(table):
        source = ours.get(place, "")
        if numbers(source, ",") != numbers(sentence):
            yield f"{place}: other numbers: {sentence}"
        words = re.sub(r"\{\w+\}|\b\w[₀-₉]?\b", "", source)
        if source == sentence and re.search("[a-zA-Z]", words) and source not in SAME:
            yield f"{place}: English: {sentence}"


def test_scripts_explorables_and_reader_have_all_of_their_words():
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
    english, *others = explorables.WORDS.values()
    assert [fault for table in others for fault in faults(english, table)] == []
    for place, value in {
        "depth.colour": "couleur",
        "descent.axes": ["poids"],
        "neuron.bias": "bias",
        "depth.was": "{formula} = {count} poids et biais.",
        "descent.run": "Faire 20 pas",
        "digit-reader.active": {"one": "{n} des 512 neurones", "other": "{n} des 500 neurones"},
    }.items():
        part, key = place.split(".")
        spoiled = others[0] | {part: others[0][part] | {key: value}}
        assert list(faults(english, spoiled)) != [], place


# --- the site ------------------------------------------------------------------------------------


def test_a_page_loads_only_what_stands_in_it():
    for page in (SITE / "chapters").glob("*.html"):
        html = page.read_text(encoding="utf-8")
        files = re.findall(r'(?:src|href)="[./]*_static/((?:explore|digits|teach)/[^"?]+)', html)
        placed = re.findall(r'<course-([\w-]+) class="explorable" id="explore-\1"', html)
        wanted = CHAPTER | {name: name for name in ("digit-reader", "teach-it")}
        assert placed == [name for name, stem in wanted.items() if stem == page.stem]
        assert sorted(files) == sorted({file for one in placed for file in explorables.FILES[one]})
        assert ("_static/questions/" in html) == ('class="asks' in html)
        assert "<!-- explorable" not in html


def test_an_unknown_name_is_a_warning(caplog):
    document = new_document("page")
    for name in ("depth", "deep"):
        document += raw("", f"<!-- explorable: {name} -->\n", format="html")
    explorables.place_elements(SimpleNamespace(config=SimpleNamespace(language="en")), document)
    [warning] = caplog.messages
    assert "no explorable is called 'deep'" in warning
    assert [node.get("explorable") for node in document.findall(raw)] == ["depth", None]


# --- the browser ---------------------------------------------------------------------------------


@contextmanager
def visit(chrome, name, query="", **settings):
    """A page with its `element`, opened from its file as from a zip, where nothing may go wrong."""
    file = f"chapters/{CHAPTER.get(name, name)}.html"
    with opened(chrome, None, file + query, folder=True, **settings) as page:
        page.name, page.element = name, page.locator(f"course-{name}")
        yield page
        assert page.complaints == []


def state(page):
    """What the controls of an explorable, or of the digit reader, have changed."""
    read = """({ state, changes, paper, inside }) =>
      ({ ...state, ...changes, pen: paper?.pen.width, neuron: inside?.neuron })"""
    return page.element.evaluate(read)


def press(page, name):
    """Press a button, also one that says it would do nothing."""
    page.element.get_by_role("button", name=name).click(force=True)


USED = {
    "neuron": "?neuron.network=two&neuron.moved=o&neuron.b1=-1&neuron.bb=1.5",
    "depth": "?depth.sizes=784-512-512-512-512-512-512-512-512-10&depth.batch=1000",
    "descent": "?descent.rate=1.05&descent.steps=60",
    "valleys": "?valleys.task=out&valleys.batch=1&valleys.steps=300",
    "overfitting": "?overfitting.task=close&overfitting.points=30&overfitting.epoch=400",
    "softmax": "?softmax.image=2&softmax.temperature=1.6&softmax.shift=10",
    "activation": "?activation.function=step&activation.weights=he&activation.layers=20",
    "backpropagation": "?backpropagation.x=-3&backpropagation.at=10&backpropagation.nudged=w1",
}


def is_open_to_all(page):
    """In use; at rest it is audited with the whole page, which takes axe long, in test_site.py."""
    page.evaluate("for (const one of document.querySelectorAll('.highlight, math')) one.remove()")
    run = "axe.run('.explorable', { preload: false, resultTypes: ['violations'] })"
    page.evaluate((NODE_MODULES / "axe-core/axe.min.js").read_text(encoding="utf-8"))
    widths = "[...document.querySelectorAll('html, .content')].map((e) => e.scrollWidth)"
    for theme, width in (("light", 1280), ("dark", 320)):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("theme => { document.body.dataset.theme = theme }", theme)
        found = page.evaluate(run)["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
        assert max(page.evaluate(widths)) <= width
    page.set_viewport_size(WIDE)


def keeps_its_state(page):
    query, kept = page.url.partition(".html")[2].removesuffix("#recap"), state(page)
    page.element.evaluate("element => element.remember()")
    page.reload()
    assert state(page) == kept
    assert page.evaluate("location.search + location.hash") == f"{query}#recap"
    page.evaluate("delete Navigator.prototype.clipboard")  # as over plain http
    press(page, "Copy link")
    page.element.get_by_text("The page’s address holds this state").wait_for()
    place = page.element.get_attribute("id")
    assert page.evaluate("location.search + location.hash") == f"{query}#{place}"
    press(page, "Reset")
    assert state(page) != kept


def is_moved_by_keys(page):
    """Tab leads to each control, and a key of its kind moves it."""
    name = "(e) => e.dataset.field || e.ariaLabel || e.name || e.textContent.slice(-20)"
    controls = "[data-field]:visible, input[type=range]:visible, button:visible"
    waiting = set(page.element.locator(controls).evaluate_all(f"all => all.map({name})"))
    page.element.evaluate("e => { e.tabIndex = -1; e.focus() }")
    for _ in range(60):
        page.keyboard.press("Tab")
        inside = page.evaluate(f"""() => {{
          const e = document.activeElement;
          return e.closest(".explorable") && [e.type, ({name})(e)];
        }}""")
        if not inside:
            break
        kind, label = inside
        keys = {"range": ["ArrowLeft", "ArrowRight"], "radio": ["ArrowRight", "ArrowLeft"]}
        for key in keys.get(kind, ["Enter"]):
            before = state(page)
            page.keyboard.press(key)
            if kind == "button" or state(page) != before:
                waiting.discard(label)
    assert (inside, waiting) == (None, set())


# Each control is pressed, or moved to both ends, where it stands in the middle of the window.
STEADY = """
async (element) => {
  const faults = [];
  const finding = element.querySelector(".finding");
  const box = (e) => (e.type === "radio" ? e.nextElementSibling : e).getBoundingClientRect();
  for (const control of element.querySelectorAll("button, input")) {
    if (!control.checkVisibility({ visibilityProperty: true })) continue;
    const name = control.dataset.field ?? (control.textContent || control.name);
    for (const end of ["max", "min"]) {
      control.scrollIntoView({ block: "center", behavior: "instant" });
      const before = box(control);
      control.value = control[end] || control.value;
      if (control.type === "range") control.dispatchEvent(new Event("input"));
      else control.click();
      await new Promise(requestAnimationFrame);
      const [after, told] = [box(control), finding.getBoundingClientRect()];
      const moved = Math.hypot(after.x - before.x, after.y - before.y);
      if (moved > 1) faults.push(`${name} moves by ${moved}`);
      const inView = told.top >= 0 && told.bottom <= innerHeight + 1;
      if (!inView) faults.push(`the finding is not in view with ${name}`);
      if (told.top < after.bottom) faults.push(`the finding covers ${name}`);
    }
  }
  return faults;
}
"""


def is_steady(page, size=PHONE):
    """No control moves from under a finger, and what comes of it is in view."""
    page.set_viewport_size(size)
    assert page.element.evaluate(STEADY) == []


# What is done, and what the finding then is: its kind, some of its words, and how many ticks are
# earned. "rate=0.3" moves a control, other words are those of what is pressed.
PLAYED = {
    "neuron": [
        ("only AND", "ask", "You said “only AND”…2 of 4", 0),
        ("ab=-1.5", "done", "Next: OR", 1),
        ("OR", "ask", "2 of 4", 1),
        ("ab=-0.4", "done", "Next: XOR", 2),
        (["XOR", *["ab=-1.5", "ab=-0.5"] * 3], "nearly", "hidden layer of two…You predicted", 2),
        (["a hidden layer of two", "Show me"], "done", "“At least one” and “not both”", 2),
        (["bb=-5", "bb=1.5"], "done", "climbed", 3),
    ],
    "depth": [
        (["Twice as deep", "Twice as deep"], "wrong", "Here is room for 8", 0),
        (["Reset", "twice as wide"], "ask", "= 234 weights and biases", 0),
        ("Twice as deep", "tried", "1.96 times as many", 0),
        ("Twice as wide", "done", "So twice as deep brought 1.96 times…As you predicted.", 0),
    ],
    "descent": [
        ("always faster", "ask", "5.60…You said", 0),
        ("Run 25 steps", "tried", "After 25 steps the loss is 2.39", 0),
        (["rate=0.3", "rate=0.5"], "done", "after 11 steps…Your fewest so far: 11", 0),
        ("0.30", "done", "after 19 steps…Your fewest so far: 11", 0),
        ("rate=1.05", "wrong", "higher than at the start…You predicted “always faster”.", 0),
        (["Run 25 steps"] * 2, "wrong", "flown off", 0),
        ("Back to the start", "ask", "5.60", 0),
    ],
    "activation": [
        (["less than a millionth", "Send the gradient back"], "wrong", "As you predicted.", 0),
        ("function=relu", "wrong", "vanishes", 0),
        ("weights=glorot", "nearly", "shrinks at every layer", 0),
        ("weights=he", "done", "90.8 %", 0),
        ("weights=large", "wrong", "explodes", 0),
        ("function=step", "wrong", "flat everywhere", 0),
        ("function=none", "tried", "Nothing bends", 0),
    ],
    "backpropagation": [
        (["w₁", "Next number"], "tried", "s = w₁ · x = 0.5 · 2.0 = 1.000", 0),
        ("All numbers", "done", "0.879 · 2.0 = 1.758…As you predicted.", 0),
        ("w1=1.5", "done", "Your change moved s, h, y, L", 0),
        ("nudged=w1", "done", "The same.", 0),
        ("nudge=0.5", "done", "Not quite the same", 0),
        ("two paths that meet", "ask", "Press “Next number”", 0),
    ],
    "overfitting": [
        (["fall, then rise again", *["Train"] * 4], "tried", "After 400 epochs", 0),
        (["Train"] * 6, "done", "As you predicted.", 1),
        ("stop in time", "tried", "go back", 1),
        ("Back to the best", "done", "Well stopped", 2),
        (["close the gap", "neurons=3", "epoch=1000"], "tried", "cheating", 2),
        (["neurons=30", "points=100", "epoch=1000"], "done", "Closed", 3),
    ],
    "softmax": [
        ("10 added to each", "ask", "791…changed no probability", 0),
        (["some digits change", "temperature=2"], "tried", "You predicted “some digits", 0),
        ("temperature=1.25", "nearly", "a little too modest", 0),
        ("temperature=1.2", "done", "calibrated", 0),
        ("temperature=0.5", "wrong", "342", 0),
    ],
    "valleys": [
        ("Run 300 steps", "tried", "nearest bottom", 0),
        (["start=0", "Run 300 steps"], "done", "Where one begins", 1),
        ("out of the valley", "ask", "Start in the left valley", 1),
        ("Run 300 steps", "tried", "too easy", 1),
        (["1 or 2 points", "start=-1.6", "batch=1", "Run 300 steps"], "done", "As you", 2),
        (["nearly all home", "rate=1.2", "Run 300 steps"], "wrong", "thrown out", 2),
        (["batch=2", "rate=0.8", "Run 300 steps"], "done", "ladder", 3),
    ],
}  # fmt: skip


def stroke(page, *places):
    """Draw on the paper with the mouse, from place to place, each from (0, 0) to (1, 1)."""
    box = page.locator(".digits-paper canvas").bounding_box()
    for number, (x, y) in enumerate(places):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=5)
        if number == 0:
            page.mouse.down()
    page.mouse.up()


def do(page, step):
    """Press what is called so, or move a control, as in PLAYED."""
    field, equals, value = step.partition("=")
    if not equals:
        page.element.get_by_text(step, exact=True).first.evaluate("e => e.click()")
        return
    page.element.locator(f"[data-field={field}], [name={field}]").evaluate_all(
        """(all, value) => {
          const choice = all.find((e) => e.type === "radio" && e.value === value);
          if (choice) return choice.click();
          all[0].value = value;
          all[0].dispatchEvent(new Event("input"));
        }""",
        value,
    )


def is_played(page):
    press(page, "Reset")
    for steps, kind, words, ticks in PLAYED[page.name]:
        for step in [steps] if isinstance(steps, str) else steps:
            do(page, step)
        finding = page.element.locator(".finding")
        told, earned = finding.inner_text(), page.element.locator(".earned").count()
        assert (finding.get_attribute("data-kind"), earned) == (kind, ticks), told
        assert [part for part in words.split("…") if part not in told] == [], told
    press(page, "Reset")
    assert finding.get_attribute("data-kind") == "ask"
    assert page.element.locator(".earned, :checked[name$=prediction]").count() == 0


def swipe(page, x, y, right, down):
    """Drag a finger; how far the page has scrolled by it."""
    before, fingers = page.evaluate("scrollY"), page.context.new_cdp_session(page)
    for kind, share in [("Start", 0), ("Move", 0.3), ("Move", 0.6), ("Move", 1), ("End", 1)]:
        points = [{"x": x + share * right, "y": y + share * down}] if kind != "End" else []
        event = {"type": f"touch{kind}", "touchPoints": points}
        fingers.send("Input.dispatchTouchEvent", event)
    return page.evaluate("scrollY") - before


TOUCHED = {  # what a finger drags, and by how much
    "neuron": (".handle.tip", 60, 40), "descent": (".handle", -60, -40),
    "valleys": (".handle", 60, 0), "digit-reader": (".digits-paper", 0, 90),
}  # fmt: skip


def is_moved_by_fingers(page):
    """Each slider goes with the finger, is tall enough for one, and the page stays where it is."""
    page.set_viewport_size(PHONE)
    if page.name in TOUCHED:
        what, right, down = TOUCHED[page.name]
        target = page.element.locator(what).locator("visible=true").first
        target.scroll_into_view_if_needed()
        before, box = page.element.inner_text(), target.bounding_box()
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        assert abs(swipe(page, *middle, right, down)) < 5
        changed = "([element, before]) => element.innerText !== before"
        page.wait_for_function(changed, arg=[page.element.element_handle(), before])
    for slider in page.element.locator("input[type=range]").locator("visible=true").all():
        slider.evaluate("""(e) => {
          e.scrollIntoView({ block: "center", behavior: "instant" });
          e.heard = new Set();
          e.addEventListener("input", () => e.heard.add(e.value));
        }""")
        box, name = slider.bounding_box(), slider.evaluate("e => e.parentNode.textContent")
        start = box["x"] + 0.2 * box["width"], box["y"] + box["height"] / 2
        scrolled = swipe(page, *start, 0.6 * box["width"], 8)
        assert (scrolled, box["height"] >= 24) == (0, True), name
        assert slider.evaluate("e => e.heard.size") > 1, name
    page.set_viewport_size(WIDE)


def runs_until_told_to_stop(page):
    """Who wants less motion gets a whole run at once, as in PLAYED; others see it go on."""
    do(page, "stop in time")
    page.emulate_media(reduced_motion="no-preference")
    do(page, "epoch=0")
    press(page, "Train")
    page.wait_for_function("e => e.state.epoch > 30", arg=page.element.element_handle())
    press(page, "Stop")
    stopped = state(page)["epoch"]
    page.wait_for_timeout(300)
    assert state(page)["epoch"] == stopped and "You stopped" in page.element.inner_text()


@pytest.mark.parametrize("name", CHAPTER)
def test_it_works_for_everybody(chrome, name):
    with visit(chrome, name, f"{USED[name]}#recap", has_touch=True) as page:
        keeps_its_state(page)
        is_open_to_all(page)
        is_played(page)
        is_moved_by_keys(page)
        is_steady(page)
        is_moved_by_fingers(page)
        if name == "overfitting":
            runs_until_told_to_stop(page)
        if name == "activation":
            page.emulate_media(reduced_motion="no-preference")
            press(page, "Reset")
            press(page, "Send the gradient back")
            arrived = page.element.get_by_text("Of the gradient at layer 12")
            assert not arrived.is_visible()
            arrived.wait_for()


@full
@pytest.mark.parametrize("name", CHAPTER)
def test_it_is_steady_in_a_wide_window_too(chrome, name):
    with visit(chrome, name, f"{USED[name]}#recap") as page:
        is_steady(page, WIDE)


@full
@pytest.mark.parametrize("name, check, spoil", [
    ("descent", is_open_to_all, ".finding').style.color = '#bbb'"),
    ("descent", is_open_to_all, ".finding').style.width = '50em'"),
    ("digit-reader", is_open_to_all, ".digits-paper').setAttribute('role', 'pad')"),
    ("descent", is_moved_by_keys, "[type=range]').tabIndex = -1"),
    ("descent", is_moved_by_keys, "input').addEventListener('keydown', (e) => e.preventDefault())"),
    ("descent", keeps_its_state, "*').parentNode.remember = () => location.search = ''"),
    ("depth", is_moved_by_fingers, "[type=range]').style.height = '1em'"),
    ("depth", is_moved_by_fingers, "[type=range]').disabled = true"),
    ("descent", is_moved_by_fingers, ".handle').style.pointerEvents = 'none'"),
    ("depth", is_steady, ".finding').style.position = 'static'"),
    ("depth", is_steady, "tbody').parentNode.before(Object.assign(document.createElement('button'),"
     " { onclick() { this.before('more', document.createElement('hr')) } }))"),
    ("overfitting", is_played, "').lowest = () => ({ low: 1, epoch: 0 })"),
    ("softmax", is_played, "').draw = () => ['ask', 'Move it.']"),
    ("valleys", is_played, "').earned.add = () => {}"),
    ("overfitting", runs_until_told_to_stop, "').halt = () => {}"),
])  # fmt: skip
def test_a_spoiled_one_is_found(name, check, spoil, chrome):
    with visit(chrome, name, f"{USED.get(name, '')}#recap", has_touch=True) as page:
        page.element.locator("button:visible").first.wait_for()
        page.set_default_timeout(3000)
        page.evaluate(f"void (document.querySelector('course-{name} {spoil})")
        with pytest.raises((AssertionError, Error)):  # a page that is led astray is one of these
            check(page)
        page.complaints.clear()


KEYS = ["ArrowLeft", "ArrowUp", "Home", "End", "PageDown", "Enter", "Space", "x", "Tab", "Delete",
        "Escape", "Control+z"]  # fmt: skip
PLAY = """
(element, events) => {
  const faults = [];
  const { fields = {} } = element.constructor;
  const { parse } = course.shared;
  const isSound = (name) => parse(fields[name], `${element.state[name]}`) === element.state[name];
  // A chooser of files would wait for ever.
  addEventListener("click", (e) => e.target.type === "file" && e.preventDefault(), true);
  for (const [which, share] of events) {
    const all = [...element.querySelectorAll("input:not([type=file]), button")];
    const shown = all.filter((e) => e.checkVisibility());
    const control = shown[Math.floor(which * shown.length)];
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
@pytest.mark.parametrize("name", [*CHAPTER, "digit-reader", "teach-it"])
def test_three_hundred_random_events_do_no_harm(chrome, name):
    """Six times: a malformed address, a window of some size, 40 inputs, 6 of the mouse, 6 keys."""
    roll = random.Random(name)
    with visit(chrome, name, script="window.open = () => window") as page:
        file = page.url
        fields = page.element.evaluate("element => Object.keys(element.constructor.fields ?? {})")
        for _ in range(6):
            values = [f"{name}.{field}={quote(roll.choice(RUBBISH), '%')}" for field in fields]
            page.goto(f"{file}?{'&'.join(values)}")
            page.set_viewport_size({"width": roll.randint(280, 1400), "height": 800})
            page.element.scroll_into_view_if_needed()
            page.element.locator(".finding:not(:empty)").wait_for()
            inputs = [(roll.random(), roll.choice([0, 1, roll.random()])) for _ in range(40)]
            assert page.element.evaluate(PLAY, inputs) == []
            picture = page.element.locator("svg, .digits-paper").first
            picture.scroll_into_view_if_needed()
            box = picture.bounding_box()
            for act in (page.mouse.down, page.mouse.up) * 3:
                x = box["x"] + roll.random() * box["width"]
                page.mouse.move(x, box["y"] + roll.random() * box["height"])
                act()
            page.element.locator(".digits-paper, input:visible").first.focus()
            for key in roll.choices(KEYS, k=6):
                page.keyboard.press(key)
            assert page.element.evaluate(PLAY, inputs[:1]) == []
        if name == "teach-it":
            page.goto(f"{file}?teach-it.steps=3&teach-it.layers=16")
            press(page, "Teach it")
            page.element.get_by_text("Done.").wait_for()


def test_a_neuron_stays_under_the_pointer_and_ticks_are_earned(chrome):
    """A ring also along its line, and an arrow also from 0."""

    def middle(handle):
        box = handle.bounding_box()
        return np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])

    with visit(chrome, "neuron") as page:
        page.element.scroll_into_view_if_needed()
        tip, ring = page.element.locator(".handle:visible").all()[::-1]

        def drag(handle, to):
            page.mouse.move(*middle(handle))
            page.mouse.down()
            page.mouse.move(*to)
            page.mouse.up()

        for way in ([60, 60], [-90, -80]):
            to = middle(ring) + way
            drag(ring, to)
            near(middle(ring), to, atol=1.5)
        drag(tip, middle(ring) + [30, -2])
        assert state(page)["a1"] > 0 == state(page)["a2"]
        drag(tip, middle(ring))
        assert state(page)["a1"] == state(page)["a2"] == 0
        drag(tip, middle(ring) + [50, -50])
        assert state(page)["a1"] == state(page)["a2"] > 0.5
        press(page, "Reset")
        drag(ring, middle(ring) + [40, -40])
        page.element.get_by_text("Done.").wait_for()
        assert page.element.locator(".earned").count() == 1


def test_without_scripts_the_chapters_own_output_is_the_picture(chrome):
    """Each stands below a figure of the same, or below the numbers, and shows nothing itself."""
    page = chrome.new_context(java_script_enabled=False).new_page()
    for name in ("overfitting", "softmax", "valleys"):
        page.goto((SITE / f"chapters/{CHAPTER[name]}.html").as_uri())
        assert not page.locator(f"course-{name}").is_visible()
        above = f"xpath=//course-{name}/preceding::*[contains(@class, 'cell_output')]"
        assert page.locator(above).last.is_visible()
    page.context.close()
