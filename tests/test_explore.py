"""The explorables: their numbers are the chapters', and they work in a browser for everybody."""

import gzip
import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import matplotlib
import numpy as np
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from docutils.nodes import raw
from docutils.utils import new_document

from sphinx_extensions import explorables
from tests.test_chapters import CHAPTERS, ROOT, code_cells, read
from tools.browser import SITE, browser

FOLDER = ROOT / "assets/static/explore"
NAMES = {
    "neuron": "01-neurons",
    "depth": "02-deep-networks",
    "descent": "03-training",
    "activation": "04-activation",
    "backpropagation": "05-backpropagation",
}


# --- the models ----------------------------------------------------------------------------------


def run_cells(chapter, *snippets):
    """Run the cells of a chapter that hold one of the snippets; the names that they define."""
    matplotlib.use("Agg")
    names = {}
    for cell in code_cells(read(CHAPTERS / f"{chapter}.ipynb")):
        found = [snippet for snippet in snippets if snippet in cell.source]
        if cell.source.startswith(("import", "from", "# @title The look")) or found:
            exec(cell.source, names)
            snippets = [snippet for snippet in snippets if snippet not in found]
    assert not snippets, f"chapter {chapter} has no cell with {snippets}"
    return names


def neuron_vectors(generator):
    names = run_cells(
        NAMES["neuron"],
        "def fires",
        "generator = ",
        "at_least_one = fires",
        "def draw_regions",
        "def hand_network",
        "wanted_xor = ",
    )
    points = generator.uniform(-0.5, 1.5, size=(200, 2))
    neurons = generator.uniform(-2, 2, size=(30, 3))
    return {
        "corners": names["corners"],
        "xor": names["wanted_xor"],
        "points": points,
        "network": names["hand_network"](points),
        "single": [
            {"w1": w1, "w2": w2, "b": b, "answers": names["fires"](points, np.array([w1, w2]), b)}
            for w1, w2, b in neurons
        ],
    }


def depth_vectors(generator):
    names = run_cells(
        NAMES["depth"],
        "def draw_network",
        "sizes = [5",
        "def build",
        "def count_parameters",
        "def count_mult",
        "def memory_in_mb",
    )
    networks = [names["sizes"], [784, 512, 512, 10], [2, 1]]
    networks += [generator.integers(1, 1025, size=length).tolist() for length in range(2, 11)]
    return [
        {
            "sizes": sizes,
            "batch": batch,
            "parameters": names["count_parameters"](sizes),
            "multiplications": names["count_multiplications"](sizes),
            "memory": names["memory_in_mb"](sizes, batch),
        }
        for sizes in networks
        for batch in (1, 250)
    ]


def descent_vectors(generator):
    names = run_cells(
        NAMES["descent"],
        "generator = np.random.default_rng(1)",
        "ticks = ",
        "def gradient(",
        "rates = [",
    )
    places = generator.uniform(-2, 4, size=(20, 2))
    return {
        "points": np.column_stack([names["positions"], names["heights"]]),
        "places": [
            {
                "weight": w,
                "bias": b,
                "loss": names["loss"](w, b),
                "gradient": names["gradient"](w, b),
            }
            for w, b in places
        ],
        "paths": [{"rate": rate, "path": names["descend"](rate)} for rate in names["rates"]],
    }


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


def activation_vectors(generator):
    names = run_cells(
        NAMES["activation"],
        "def sigmoid(z)",
        "def sigmoid_slope",
        "def step(z)",
        "def gradient_sizes",
    )
    z = np.linspace(-4, 4, 80)
    functions = {
        name: {"z": z, "value": names[name](z), "slope": names[f"{name}_slope"](z)}
        for name in ("sigmoid", "tanh", "relu")
    }
    functions["step"] = {"z": z, "value": names["step"](z), "slope": None}
    networks = []
    for name in ("none", "sigmoid", "tanh", "relu", "step"):
        network = {
            "name": name,
            "inputs": generator.normal(size=(5, 6)),
            "layers": generator.normal(size=(4, 6, 6)),
            "last": generator.normal(size=(6, 10)),
            "labels": generator.integers(0, 10, size=5),
            "spread": 0.4,
            "lastSpread": 0.3,
        }
        networks.append({**network, "width": 6, "theirs": taped_sizes(**network)})
    for network in networks:
        for table in ("inputs", "layers", "last"):
            flat = [np.ravel(part) for part in network[table]] if table == "layers" else None
            network[table] = flat or np.ravel(network[table])
    left = [
        {"name": name, "weights": weights.lower(), "shares": gradient / gradient[-1]}
        for (name, weights), gradient in names["sizes"].items()
    ]
    return {"functions": functions, "networks": networks, "left": left}


def backpropagation_vectors(generator):
    names = run_cells(NAMES["backpropagation"], "x, target = ", "loss_by_y = ", "def small_loss")
    values = {"s": names["s"], "h": names["h"], "y": names["y"], "L": names["loss"]}
    return {
        "inputs": {"x": names["x"], "t": names["target"], "w1": names["w1"], "w2": names["w2"]},
        "values": values,
        "slopes": {name: names[f"loss_by_{name}"] for name in ("y", "h", "s", "w1", "w2")},
        "measured": {"w1": names["measured_w1"], "w2": names["measured_w2"]},
        "losses": [
            {"w1": w1, "w2": w2, "loss": names["small_loss"](w1, w2)}
            for w1, w2 in generator.uniform(-3, 3, size=(20, 2))
        ],
    }


def plain(value):
    """NumPy's numbers and arrays as JSON has them."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)


def test_models_have_the_numbers_of_the_chapters(tmp_path):
    generator = np.random.default_rng(0)
    vectors = {name: globals()[f"{name}_vectors"](generator) for name in NAMES}
    file = tmp_path / "vectors.json"
    file.write_text(json.dumps(vectors, default=plain))
    node = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
    assert node, "Node is missing: type `make clean`, then `make test`"
    done = subprocess.run(
        [node, "--test", ROOT / "tests/explore.test.js"],
        env={**os.environ, "VECTORS": str(file)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^# pass [1-9]|^ℹ pass [1-9]", done.stdout, re.M), done.stdout


# --- the site ------------------------------------------------------------------------------------


def files_of(page):
    """The files of explorables that a page loads."""
    return sorted(re.findall(r'(?:src|href)="[./]*_static/(explore/[^"?]+)', page.read_text()))


def test_a_page_loads_only_what_stands_in_it():
    for name, chapter in NAMES.items():
        page = SITE / f"chapters/{chapter}.html"
        assert files_of(page) == sorted(explorables.FILES[name])
        assert f'<course-{name} class="explorable"></course-{name}>' in page.read_text()
    for page in (SITE / "chapters").glob("*.html"):
        assert "<!-- explorable" not in page.read_text()
        known = {*NAMES.values(), "digit-reader"}
        assert page.stem in known or not files_of(page)


def test_an_unknown_name_is_a_warning(caplog):
    document = new_document("page")
    document += [
        raw("", f"<!-- explorable: {name} -->\n", format="html") for name in ("depth", "deep")
    ]
    explorables.place_elements(None, document)
    [warning] = caplog.messages
    assert "no explorable is called 'deep'" in warning
    assert [node.get("explorable") for node in document.findall(raw)] == ["depth", None]


def test_each_explorable_is_light():
    common = gzip.compress(
        (FOLDER / "shared.js").read_bytes() + (FOLDER / "explore.css").read_bytes()
    )
    for name in NAMES:
        script = (FOLDER / f"{name}.js").read_bytes()
        assert len(script) <= 15_000
        assert len(common) + len(gzip.compress(script)) <= 15_000


# --- the browser ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium():
    with browser() as opened:
        yield opened


class Visit:
    """A page of the site, opened from its file as from a zip, and all that went wrong in it."""

    def __init__(self, chromium, name, query="", **settings):
        self.faults = []
        self.context = chromium.new_context(**{
            "viewport": {"width": 1280, "height": 900},
            **settings,
        })
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self.heard)
        self.page.on("request", self.asked)
        self.name, self.file = name, (SITE / f"chapters/{NAMES[name]}.html").as_uri()
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


def is_open_to_all(visit):
    run = "selector => axe.run(selector, {preload: false, resultTypes: ['violations']})"
    visit.page.evaluate(AXE_SCRIPT)
    for theme, width in [("light", 1280), ("dark", 1280), ("dark", 360), ("light", 360)]:
        visit.page.set_viewport_size({"width": width, "height": 800})
        visit.page.evaluate("theme => { document.body.dataset.theme = theme }", theme)
        assert visit.page.evaluate(run, f"course-{visit.name}")["violations"] == []


@pytest.mark.parametrize("name", NAMES)
def test_it_is_accessible_in_use(chromium, name):
    """At rest it is tested with the whole page in test_site.py."""
    with Visit(chromium, name, USED[name]) as visit:
        is_open_to_all(visit)


def is_narrow(visit):
    visit.page.set_viewport_size({"width": 320, "height": 700})
    widths = "[...document.querySelectorAll('html, .content')].map(e => e.scrollWidth)"
    assert max(visit.page.evaluate(widths)) == 320
    too_wide = "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.outerHTML)"
    assert visit.element.locator("div, p, table, fieldset").evaluate_all(too_wide) == []


@pytest.mark.parametrize("name", NAMES)
def test_it_fits_a_narrow_page(chromium, name):
    with Visit(chromium, name, USED[name], viewport={"width": 320, "height": 700}) as visit:
        is_narrow(visit)


MOVES = {"range": ("ArrowLeft", None), "radio": ("ArrowRight", "ArrowLeft")}


def is_moved_by_keys(visit):
    page = visit.page
    fields = set(visit.element.evaluate("element => Object.keys(element.constructor.fields)"))
    shown = set(
        visit.element.locator("[data-field]:visible, button:visible").evaluate_all(
            "all => all.map(e => e.dataset.field || e.textContent)"
        )
    )
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
    assert shown <= reached
    assert fields & shown <= moved


@pytest.mark.parametrize("name", NAMES)
def test_the_keyboard_alone_reaches_and_moves_everything(chromium, name):
    with Visit(chromium, name, reduced_motion="reduce") as visit:
        is_moved_by_keys(visit)


@pytest.mark.parametrize("check, spoil", [
    (is_open_to_all, "e => { e.querySelector('.finding').style.color = '#bbb' }"),
    (is_open_to_all, "e => { e.querySelector('input').closest('label').outerHTML = '<input>' }"),
    (is_narrow, "e => { e.querySelector('.finding').style.width = '50em' }"),
    (is_moved_by_keys, "e => { e.querySelector('input').tabIndex = -1 }"),
    (is_moved_by_keys, "e => e.addEventListener('keydown', (key) => key.preventDefault())"),
])  # fmt: skip
def test_a_spoiled_one_is_found(check, spoil, chromium):
    with Visit(chromium, "descent", reduced_motion="reduce") as visit:
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


@pytest.mark.parametrize("name", NAMES)
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


@pytest.mark.parametrize("name", NAMES)
def test_the_address_keeps_the_state(chromium, name):
    with Visit(chromium, name, f"{USED[name]}#recap") as visit:
        state = visit.state()
        assert visit.page.evaluate("location.hash") == "#recap"
        visit.element.evaluate("element => element.remember()")
        visit.page.reload()
        assert visit.state() == state
        assert visit.page.evaluate("location.search + location.hash") == f"{USED[name]}#recap"
        visit.element.get_by_role("button", name="As in the text").click()
        assert visit.state() != state
        visit.element.get_by_role("button", name="Reset").click()
        assert visit.state() == state


RUBBISH = [
    "",
    "-",
    "1e99",
    "NaN",
    "-99999",
    "0x10",
    "<b>",
    "%E0%A4%A",
    "null",
    "💥",
    "5-",
    400 * "9",
]
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
    faults.push(...(element.outerHTML.match(/NaN|undefined|Infinity|null/) || []));
    if (!element.querySelector(".finding").textContent) faults.push("no finding");
  }
  return faults;
}
"""


@pytest.mark.parametrize("name", NAMES)
def test_three_hundred_random_events_do_no_harm(chromium, name):
    """Six times: a malformed address, a window of some size, 40 inputs, 6 of the mouse, 4 keys."""
    roll = random.Random(name)
    with Visit(chromium, name) as visit:
        visit.page.set_default_timeout(5000)
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
                place = [
                    box[c] + roll.random() * box[s] for c, s in (("x", "width"), ("y", "height"))
                ]
                visit.page.mouse.move(*place)
                press()
            visit.element.locator("input").locator("visible=true").first.focus()
            for key in roll.choices(KEYS, k=4):
                visit.page.keyboard.press(key)
            assert visit.element.evaluate(PLAY, inputs[:1]) == []


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


def test_who_wants_less_motion_gets_the_whole_run_at_once(chromium):
    with Visit(chromium, "descent", reduced_motion="reduce") as visit:
        visit.element.get_by_role("button", name="Run").click()
        assert visit.state()["steps"] == 25
    with Visit(chromium, "descent") as visit:
        visit.element.get_by_role("button", name="Run").click()
        assert visit.state()["steps"] < 25
        visit.element.get_by_text("After 25 steps").wait_for(timeout=10_000)
