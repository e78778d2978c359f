"""The network that the reader's browser trains: it is Keras's, and the page works for everybody."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from playwright.sync_api import TimeoutError, expect

from tests.javascript import js
from tests.test_chapters import CHAPTERS, code_cells, read
from tests.test_explore import full, is_open_to_all, press, stroke, visit
from tests.test_site import opened
from tools import kernel as compiler
from tools.browser import served
from tools.environment import ROOT

TEACH = ROOT / "assets/static/teach"
SIZES, BATCH, STEPS = [784, 512, 512, 10], 128, 40
NETWORK = """
  const programs = course.kernels.map((text) => new Uint8Array(Buffer.from(text, "base64")));
  const { Network, addUp, scheduled } = course.makeEngine(programs[kernel]);
"""


def engine(code, change=("", ""), **given):
    """What `code` returns, which has `Network` and `scheduled`; `change`: what of engine.js.

    `kernel`: 0 with the faster program, 1 with the one for everybody, None in plain JavaScript.
    """
    text = (TEACH / "engine.js").read_text("utf-8")
    assert change[0] in text
    with TemporaryDirectory() as folder:
        source = Path(folder, "engine.js")
        source.write_text(text.replace(*change), "utf-8")
        given = {"kernel": 0} | given
        return js(NETWORK + code, [TEACH / "kernel.js", source], **given)


@pytest.fixture(scope="module")
def digits():
    with np.load(ROOT / "assets/keras/datasets/mnist.npz") as data:
        return data["x_train"][:1280].reshape(-1, 784), data["y_train"][:1280]


@pytest.fixture(scope="module")
def trained_by_keras(digits):
    """First weights, losses and last weights of 40 steps, as chapter 7 trains."""
    import keras

    images, labels = digits
    pixels = images.astype("float32") / 255
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(size, activation="relu") for size in SIZES[1:-1]]
    model = keras.Sequential([keras.Input((784,)), *layers, keras.layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, STEPS - STEPS // 10, warmup_target=0.004, warmup_steps=STEPS // 10
    )
    model.compile(keras.optimizers.Adam(rate), loss)
    first = model.get_weights()
    losses = []
    for step in range(STEPS):
        here = slice(step % 10 * BATCH, (step % 10 + 1) * BATCH)
        losses.append(float(model.train_on_batch(pixels[here], labels[here])))
        model.reset_metrics()
    return first, losses, model.get_weights()


def trained_by_page(first, digits, **given):
    """Losses and weights of the same steps in the page's engine."""
    images, labels = digits
    losses, last = engine(
        """
        const network = new Network({ sizes, batch, random: () => 0.5 });
        network.take(tables.map((values, n) => ({ shape: shapes[n], values })));
        const losses = [];
        for (let step = 0; step < steps; step++) {
          const start = (step % 10) * batch;
          const chosen = images.subarray(784 * start, 784 * (start + batch));
          network.inputs[0].set(Float32Array.from(chosen, (grey) => Math.fround(grey / 255)));
          const rate = scheduled(0.004, step, steps);
          const right = labels.slice(start, start + batch);
          losses.push(network.learn(right, batch, rate, "adam"));
        }
        return [losses, network.tables().map(({ values }) => values)];""",
        sizes=SIZES,
        batch=BATCH,
        images=images.astype("uint8"),
        labels=labels.tolist(),
        shapes=[table.shape for table in first],
        **{"tables": first, "steps": STEPS} | given,
    )
    return losses, [
        np.array(values).reshape(t.shape) for values, t in zip(last, first, strict=True)
    ]


def apart(ours, theirs):
    """The largest relative difference of two lists of numbers or tables."""
    pairs = zip(ours, theirs, strict=True)
    return max(np.linalg.norm(np.subtract(a, b)) / np.linalg.norm(b) for a, b in pairs)


@pytest.mark.parametrize("kernel", [0, pytest.param(1, marks=full)])
def test_page_and_keras_agree_step_by_step(kernel, digits, trained_by_keras):
    first, losses, last = trained_by_keras
    ours, tables = trained_by_page(first, digits, kernel=kernel)
    assert apart(ours, losses) < 1e-4 and apart(tables, last) < 1e-4


@pytest.mark.parametrize("change", [
    ("(probability - (j", "(probability + (j"),
    ("biasGradient[j] += gradient[row + j]", "biasGradient[j] += 0"),
    ("f32(Math.sqrt(correct(0.999)))", "1"),
    ("next[i] *= slope(from[i])", "next[i] *= 1"),
])  # fmt: skip
def test_a_fault_in_the_engine_is_found(change, digits, trained_by_keras):
    first, losses, _ = trained_by_keras
    ours, _ = trained_by_page(first, digits, change=change, steps=12)
    assert apart(ours, losses[:12]) > 1e-3


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "none"])
@pytest.mark.parametrize("kernel", [0, 1, None])
def test_the_gradient_is_what_is_measured(activation, kernel):
    told, measured = engine(
        """
        let seed = 1;
        const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
        const network = new Network({ sizes: [16, 24, 8, 10], batch: 6, activation, random });
        const labels = [3, 1, 4, 1, 5, 9];
        const pixels = Float32Array.from({ length: 96 }, random);
        const lossAt = () => {
          network.inputs[0].fill(0).set(pixels);
          network.forward(6);
          return network.lossOf(labels, 6);
        };
        lossAt();
        network.backward(6);
        const { gradients, parameters } = network;
        const at = Array.from({ length: 300 }, () => Math.floor(random() * parameters.length));
        const told = at.map((i) => gradients[i]);
        const measured = at.map((i) => {
          const kept = parameters[i];
          const [up, down] = [0.01, -0.01].map((nudge) => {
            parameters[i] = kept + nudge;
            return lossAt();
          });
          parameters[i] = kept;
          return (up - down) / 0.02;
        });
        return [told, measured];""",
        activation=activation,
        kernel=kernel,
    )
    assert np.abs(told).max() > 0.01
    # A ReLU may change sides within a nudge.
    wrong = np.abs(np.subtract(told, measured)) > 1e-4
    assert wrong.mean() < (0.05 if activation == "relu" else 0.001)


RING = """
  let seed = 1;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const sizes = [784, 40, 24, 10];
  const make = () => ((seed = 1), new Network({ sizes, batch: 250, random }));
  const labels = Array.from({ length: 250 }, (_, n) => n % 10);
  const pixels = Float32Array.from({ length: 784 * 250 }, random);
  const learnt = (network, first, last) => {
    network.inputs[0].set(pixels.subarray(784 * first, 784 * last));
    network.differentiate(labels.slice(first, last), last - first, 250);
    return network.gradients.slice();
  };
  const alone = learnt(make(), 0, 250);
  const together = async (count) => {
    const doors = Array.from({ length: count }, () => new MessageChannel());
    let turns = 0;
    const tables = await Promise.all(doors.map(async (_, rank) => {
      const at = (n) => Math.floor((n * 250) / count);
      const network = make();
      learnt(network, at(rank), at(rank + 1));
      const [come, waiting] = [[], []];
      const before = doors[(rank + count - 1) % count].port2;
      before.onmessage = ({ data }) => (waiting.length ? waiting.shift()(data) : come.push(data));
      await addUp(network.gradients, {
        rank, count, turned: () => turns++,
        send: (...parcel) => doors[rank].port1.postMessage(...parcel),
        receive: () => come.length ? come.shift() : new Promise((go) => waiting.push(go)),
      });
      return network.gradients.slice();
    }));
    for (const { port1 } of doors) port1.close();
    return { tables, turns };
  };
  return [alone, await together(workers)];
"""


def shared_gradient(workers, *change):
    return engine(f"return (async () => {{ {RING} }})();", *change, workers=workers)


@pytest.mark.parametrize("workers", [1, 2, 3, 4])
def test_the_gradients_of_several_workers_are_together_that_of_one(workers):
    alone, together = shared_gradient(workers)
    assert together["turns"] == workers * 2 * (workers - 1) and np.linalg.norm(alone) > 0.1
    for table in together["tables"]:
        assert apart([table], [alone]) < 1e-6
        assert table == together["tables"][0]  # so that all make the same step, to the last bit


@pytest.mark.parametrize("change", [
    ("mine[i] += theirs[i]", "mine[i] = theirs[i]"),
    ("turn >= count - 1", "turn >= count"),
    ("/ total;\n          probabilities", "/ count;\n          probabilities"),
])  # fmt: skip
def test_a_fault_in_the_ring_is_found(change):
    alone, together = shared_gradient(3, change)
    assert max(apart([table], [alone]) for table in together["tables"]) > 1e-6


def test_the_kernel_is_what_its_source_says():
    assert compiler.SCRIPT.read_text("ascii") == compiler.script()


def test_the_lines_that_the_page_shows_are_those_of_chapter_5_and_of_the_engine():
    page = (CHAPTERS / "teach-it.md").read_text("utf-8")
    chapter = "".join(c.source for c in code_cells(read(CHAPTERS / "05-backpropagation.ipynb")))
    script = (TEACH / "engine.js").read_text("utf-8")
    [shown] = re.findall(r"```javascript\n(.*?)```", page, re.DOTALL)
    lines = list(filter(None, shown.split("\n")))
    assert len(lines) > 10
    for line in lines:
        numpy = line.removeprefix("// ")
        assert line in script if line == numpy else numpy in chapter, line


# --- the page ------------------------------------------------------------------------------------


def finding(page, text, minutes=4):
    """Wait until the finding holds a text; return the finding."""
    place = page.element.locator(".finding", has_text=text)
    try:
        place.wait_for(timeout=60_000 * minutes)
    except TimeoutError:
        pytest.fail(f"no {text!r} on the page, but: {page.element.inner_text()}")
    return place.inner_text()


def share(sentence):
    return float(re.search(r"(\d+\.\d+) %", sentence)[1])


def verdict(page):
    return page.locator(".digits-verdict").inner_text()


SEVEN = (0.3, 0.2), (0.7, 0.2), (0.45, 0.85)
MOVE = "(e, place) => { e.value = place; e.dispatchEvent(new Event('input')) }"


def test_a_reader_teaches_it_and_keeps_it(chrome, tmp_path):
    with visit(chrome, "teach-it", "?teach-it.steps=60&teach-it.layers=64") as page:
        page.element.get_by_text("Read right").first.wait_for()
        assert page.evaluate("performance.getEntriesByType('resource').filter("
                             "(file) => file.name.includes('images/')).length") == 0  # fmt: skip
        stroke(page, *SEVEN)
        page.get_by_text("It reads: ").wait_for()
        first = verdict(page)
        press(page, "Teach it")
        strip = page.locator(".teach-strip", has_text="250 images come in")
        strip.wait_for(timeout=60_000)
        page.evaluate("""() => {
          Object.defineProperty(document, "hidden", { value: true, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""")
        page.get_by_text("Paused: the page was hidden").wait_for()
        page.wait_for_timeout(700)  # a step takes less
        before = page.element.inner_text()
        page.wait_for_timeout(700)
        assert page.element.inner_text() == before
        page.evaluate("""() => {
          delete document.hidden;
          document.dispatchEvent(new Event("visibilitychange"));
        }""")
        assert share(finding(page, "Done.")) > 80
        page.get_by_text("Your browser keeps this network").wait_for()
        is_open_to_all(page)
        last, wall = verdict(page), page.locator(".teach-right").count()
        past = page.locator(".slider", has_text="look back").locator("input")
        for place, told in (0, first), (1000, last):
            past.evaluate(MOVE, place)
            expect(page.locator(".digits-verdict")).to_have_text(told)
            assert first != last and (page.locator(".teach-right").count() < wall) == (place == 0)
        expect(page.locator(".teach-right")).to_have_count(wall)
        with page.context.expect_page() as waiting:
            press(page, "Draw. This is your network")
        reader = waiting.value
        reader.get_by_text("Your browser trained it").wait_for()
        stroke(reader, *SEVEN)
        digit = re.search(r"\d", last)[0]
        reader.locator(".digits-why", has_text=re.compile(r"limit|reaches")).wait_for()
        assert reader.locator(".digits-best").inner_text().startswith(digit)
        reader.close()
        with page.expect_download() as waiting:
            press(page, "Save the network")
        waiting.value.save_as(tmp_path / "digits.npz")
        with np.load(tmp_path / "digits.npz") as file:
            tables = [*file.values()]
        assert [table.shape for table in tables] == [(784, 64), (64,), (64, 10), (10,)]
        kept = page.element.evaluate("e => e.own.tables.map(({ values }) => [...values])")
        assert all(np.array_equal(a.ravel(), b) for a, b in zip(tables, kept, strict=True))
        np.savez(tmp_path / "digits.npz", *tables)
        press(page, "Few neurons")
        page.wait_for_url(re.compile("layers=16"))
        page.locator("input[type=file]").set_input_files(tmp_path / "digits.npz")
        finding(page, "digits.npz is open")
        page.locator(".digits-verdict", has_text=last).wait_for()
        page.locator("input[type=file]").set_input_files(Path(__file__))
        page.get_by_text("test_teach.py does not hold a network").wait_for()
        stroke(page, *SEVEN)  # also when something else was chosen before


IN_VIEW = """() => {
  const e = document.querySelector("course-teach-it");
  const boxes = [".teach-now .primary", ".finding"].map((place) => e.querySelector(place))
    .map((one) => one.getBoundingClientRect());
  return boxes.every(({ top, bottom }) => top > 0 && bottom < innerHeight);
}"""


def test_chapters_lead_to_experiments_which_are_set_and_in_view(chrome):
    chapters = "".join(chapter.read_text("utf-8") for chapter in CHAPTERS.glob("*.ipynb"))
    found = {*re.findall(r"teach-it\.md#([\w-]+)", chapters)} - {"how-it-works-here"}
    assert len(found) >= 6
    with visit(chrome, "teach-it", size={"width": 360, "height": 740}) as page:
        file, still = page.url, page.element.evaluate("e => ({ ...e.state })")
        for place in sorted(found):
            page.goto("about:blank")
            page.goto(f"{file}#{place}")
            page.wait_for_function(IN_VIEW)
            assert page.element.evaluate("e => ({ ...e.state })") != still
            finding(page, "Your turn. ")
        press(page, "No sevens")
        page.wait_for_function(IN_VIEW)
        finding(page, "It never sees a 7.")


def test_a_network_that_breaks_and_comes_back_is_told(chrome):
    with visit(chrome, "teach-it") as page:
        for accuracy, told in (0.92, "Your turn."), (0.1, "Gone wrong."), (0.93, "Done."):
            page.element.evaluate("""(e, accuracy) => {
              e.marks = [1];
              e.reports = [...(e.reports ?? []), { accuracy, step: 1 }];
              e.watch(e.reports.at(-1));
            }""", accuracy)  # fmt: skip
            finding(page, told)


SHARED = "?teach-it.steps=3&teach-it.layers=16&teach-it.images=5000&teach-it.workers="

ONE_REFUSED = "let asked = 0; WebAssembly.validate = () => asked++ > 0"  # without relaxed SIMD

# In the worker every second file of images is unpacked later than the one after it.
EVERY_SECOND_LATE = """
  const late = `let asked = 0;
    const read = Response.prototype.arrayBuffer;
    Response.prototype.arrayBuffer = async function () {
      if (asked++ % 2 === 0) await new Promise((go) => setTimeout(go, 400));
      return read.call(this);
    };`;
  Blob = class extends Blob { constructor(parts) { super([late, ...parts]); } };
"""

# What is told of the ring, also if no frame shows it.
TOLD = """(e) => {
  e.turns = [];
  const hear = () => e.turns.push(e.ringTold.textContent);
  new MutationObserver(hear).observe(e.ringTold, { childList: true });
}"""


@full
def test_several_workers_train_the_same_network_also_with_the_other_program(chrome):
    numbers = "(e) => e.own.tables.flatMap(({ values }) => [...values])"
    trained, programs = [], []
    for workers, script in (1, EVERY_SECOND_LATE), (3, ONE_REFUSED):
        with visit(chrome, "teach-it", f"{SHARED}{workers}", script=script) as page:
            programs.append(page.element.evaluate("e => [...e.kernel]"))
            page.element.evaluate(TOLD)
            press(page, "Teach it")
            finding(page, "Done.")
            trained.append(page.element.evaluate(numbers))
            told = re.findall(r"Turn (\d) of 4", "".join(page.element.evaluate("e => e.turns")))
            assert told == (list("1234") * 3 if workers > 1 else [])
            assert page.locator(".teach-ring").is_visible() == (workers > 1)
            is_open_to_all(page)
    assert 0 < apart([trained[1]], [trained[0]]) < 1e-4
    assert programs[0] != programs[1]


@full
@pytest.mark.parametrize("refusal", [
    "indexedDB.open = () => { throw new DOMException('', 'SecurityError') }",
    "IDBObjectStore.prototype.put = () => { throw new DOMException('', 'QuotaExceededError') }",
])  # fmt: skip
def test_a_browser_that_keeps_nothing_hands_the_network_on(refusal, chrome):
    with visit(chrome, "teach-it", f"{SHARED}1", script=refusal) as page:
        press(page, "Teach it")
        finding(page, "Done.")
        page.get_by_text("You have it for this visit").wait_for()
        with page.context.expect_page() as waiting:
            press(page, "Draw. This is your network")
        waiting.value.get_by_text("Your browser trained it").wait_for()


@full
def test_without_simd_or_after_a_failure_it_learns_all_the_same(chrome):
    with visit(chrome, "teach-it", f"{SHARED}1", script="WebAssembly.validate = () => 0") as page:
        press(page, "Teach it")
        page.get_by_text("Plain JavaScript multiplies here").wait_for()
        page.element.evaluate("e => e.worker.onerror(new Event('error'))")  # as without memory
        page.get_by_text("The training has stopped").wait_for()
        finding(page, "Your turn.")
        press(page, "Teach it")
        finding(page, "Done.")
        assert page.element.evaluate("e => e.own.tables[0].shape") == [784, 64]


@full
def test_each_experiment_comes_to_its_end(chrome):
    with visit(chrome, "teach-it") as page:
        group = page.element.get_by_role("group", name="Experiments")
        for experiment in group.locator(".buttons button").all():
            experiment.click()
            page.element.evaluate("e => e.put({ steps: 3 })")
            press(page, "Teach it")
            finding(page, "Done.")


@full
def test_images_that_do_not_come_can_be_asked_for_again(chrome):
    with served() as address, opened(chrome, address, f"chapters/teach-it.html{SHARED}1") as page:
        page.element = page.locator("course-teach-it")
        page.route("**/images/2.js", lambda route: route.abort())
        page.route("**/images/1.js", lambda route: route.fulfill(body='course.images(1, "eJ'))
        for part in (1, 2):
            press(page, "Teach it" if part == 1 else "Try again")
            page.get_by_text("could not be loaded").wait_for(timeout=60_000)
            page.unroute(f"**/images/{part}.js")
        press(page, "Try again")
        finding(page, "Done.")


@full
def test_the_recipe_reads_as_well_as_kerass(chrome):
    with visit(chrome, "teach-it") as page:
        press(page, "Teach it")
        assert share(finding(page, "Done.", minutes=8)) > 98


@full
def test_pictures_come_back_that_a_browser_has_emptied(chrome):
    """The last test here, for it leaves behind a browser whose graphics process died."""
    blank = """() => [".digits-paper", ".teach-wall", ".teach-neurons"]
      .flatMap((place) => [...document.querySelectorAll(`${place} canvas`)])
      .map((one) => one.getContext("2d").getImageData(0, 0, 28, 28).data)
      .filter((data) => !data.some(Boolean)).length"""
    with visit(chrome, "teach-it", f"{SHARED}1") as page:
        press(page, "Teach it")
        finding(page, "Done.")
        chrome.new_browser_cdp_session().send("Browser.crashGpuProcess")
        page.wait_for_timeout(3000)
        assert page.evaluate(blank) == 0
