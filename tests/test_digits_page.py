"""The digit reader in a real browser, opened from a file: hands, keys, files, damaged weights.

What random events do to it stands in test_explore.py, with that of the explorables.
"""

import io
import json
import re

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps
from playwright.sync_api import expect

from tests.hands import draw
from tests.test_explore import (
    do,
    full,
    is_moved_by_fingers,
    is_moved_by_keys,
    is_open_to_all,
    press,
    stroke,
    visit,
)
from tools import weights
from tools.browser import ROOT, served

READER = "course-digit-reader"
FOUND = f"document.querySelector('{READER}')"


@pytest.fixture
def page(chrome):
    """The page with nothing but the reader on it, and no hand near it yet."""
    size = {"width": 1280, "height": 900}
    with visit(chrome, "digit-reader", size=size, has_touch=True) as page:
        page.evaluate(f"document.body.replaceChildren({FOUND})")
        yield page


@pytest.fixture
def ready(page):
    """The same, when the keyboard has drawn on it and its weights are there."""
    draw_by_keys(page)
    page.get_by_text("I read a 1.").first.wait_for()
    return page


def draw_by_keys(page):
    page.locator(".digits-paper").focus()
    for key in [*["ArrowUp"] * 5, " ", *["ArrowDown"] * 20, " "]:
        page.keyboard.press(key)


def verdict(page):
    """What the reader says when everything that was done is shown."""
    page.evaluate("new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")
    return page.locator(".digits-verdict").inner_text()


def answer(page):
    """The digit with the longest bar."""
    verdict(page)
    widths = "bars => bars.map((bar) => parseFloat(bar.style.width))"
    return int(np.argmax(page.eval_on_selector_all(".digits-track span", widths)))


HAND = """strokes => {
    const sheet = document.querySelector(".digits-paper");
    const { left, top, width, height } = sheet.querySelector("canvas").getBoundingClientRect();
    const send = (kind, [x, y]) => sheet.dispatchEvent(new PointerEvent(kind, {
        clientX: left + x * width, clientY: top + y * height, pointerId: 1 }));
    for (const stroke of strokes) {
        send("pointerdown", stroke[0]);
        for (const place of stroke.slice(1)) send("pointermove", place);
        send("pointerup", stroke.at(-1));
    }
}"""


def draw_a_one(page):
    press(page, "Clear")
    stroke(page, (0.5, 0.15), (0.5, 0.85))


def looks_into_a_neuron(page):
    """Its parts add up to what the network computes, chosen by the slider and in the picture."""
    layer = page.locator(".digits-hidden1 canvas")
    box = layer.bounding_box()
    for neuron in (*range(1, 512, 51), None):
        if neuron:
            do(page, f"neuron={neuron}")
        else:  # the eleventh square of the third row
            place = {"x": box["width"] * 10.5 / 32, "y": box["height"] * 2.5 / 16}
            layer.click(position=place)
            neuron = 75
        verdict(page)
        told = page.locator(".digits-neuron").inner_text().replace("−", "-")
        activity = page.evaluate(f"{FOUND}.answered.layerInputs[1][{neuron - 1}]")
        plus, minus, bias, total = map(float, re.findall(r"-?\d+\.\d\d", told))
        assert f"Neuron {neuron} " in told and abs(plus + minus + bias - total) < 1e-6
        assert abs(max(total, 0) - activity) < 0.02 and ("silent" in told) == (total <= 0)


def test_it_works_for_everybody(page):
    """The weights come with the first sign of a hand, and then everything is there."""
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    assert verdict(page) == "Draw a digit." and not asked
    draw_a_one(page)
    page.get_by_text("I read a 1.").first.wait_for()
    assert len(asked) == 1 and "weights-deformed.js" in asked[0]
    assert " ms" in page.locator(f"{READER} > .digits-small").inner_text()
    press(page, "Test image 11,")  # which only the better network reads
    better, why = answer(page), page.locator(".digits-why")
    assert "label says" in why.inner_text()
    press(page, "as in chapter 7")
    page.wait_for_function(f"() => Boolean({FOUND}.loading.network)")
    assert answer(page) != better and "this is a mistake" in why.inner_text()
    press(page, "with deformed images")
    assert answer(page) == better
    press(page, "as in chapter 7")  # noise does more to the other one
    press(page, "Test image 9,")
    assert verdict(page) == "I read an 8." and "label says 8" in why.inner_text()
    pressed = page.locator(".digits-networks button[aria-pressed=true]").all_inner_texts()
    assert pressed == ["as in chapter 7"] and len(asked) == 2 and "/weights.js" in asked[1]
    for noise, told in (0.2, "I am not sure."), (0.5, "This does not look"), (0, "I read an 8"):
        do(page, f"noise={noise}")
        assert verdict(page).startswith(told)
    is_open_to_all(page)
    looks_into_a_neuron(page)
    do(page, "noise=0.5")
    press(page, "noise 0.50. Back to how it was")
    assert page.locator("input[name=noise]").input_value() == "0"
    assert page.locator(".digits-changed").is_hidden()
    press(page, "Undo")
    for button, told in [("Undo", "I read a 1."), ("Clear", "Draw a digit."),
                         ("Undo", "I read a 1.")]:  # fmt: skip
        press(page, button)
        assert verdict(page) == told
    for _ in range(4):
        press(page, "Undo")
    assert verdict(page) == "Draw a digit."
    draw_by_keys(page)
    page.evaluate("document.activeElement.dispatchEvent(new Event('keydown'))")  # without a key
    assert verdict(page) == "I read a 1."
    page.on("filechooser", lambda chooser: None)
    is_moved_by_keys(page)
    is_moved_by_fingers(page)


def kind_of(page):
    """The kind of what is told of the 4 that closes, and the sentence."""
    verdict(page)
    finding = page.locator(".digits-guess .finding")
    return finding.get_attribute("data-kind"), finding.inner_text()


def test_a_four_closes_and_the_mark_is_compared_with_where_it_turns(page):
    """By itself or in steps; a hand that draws is answered as ever, and nothing jumps."""
    turn = 0
    for motion, off, kind in [("no-preference", 0, "tried"), ("reduce", -10, "nearly"),
                              ("reduce", 4, "done")]:  # fmt: skip
        page.emulate_media(reduced_motion=motion)
        page.set_viewport_size({"width": 360 if motion == "reduce" else 1280, "height": 740})
        if off:
            do(page, f"mark={turn + off}")
        assert kind_of(page)[0] == "ask" and verdict(page) == "Draw a digit."
        place = page.locator(".digits-paper").bounding_box()
        for way in range(10, 101, 10) if motion == "reduce" else [100]:
            press(page, "Let it close")
            page.wait_for_function(f"(way) => {FOUND}.guess.heard >= way", arg=way)
        assert answer(page) == 9 and verdict(page) == "I read a 9."
        assert page.locator(".digits-paper").bounding_box() == place
        found, told = kind_of(page)
        turn = int(re.search(r"At (\d+)\s% it stopped reading 4", told)[1])
        assert found == kind and 50 < turn < 70
        assert off or f"was {100 - turn} points off" in told
    is_open_to_all(page)
    page.wait_for_function(f"() => location.search === '?digit-reader.mark={turn + 4}'")
    press(page, "Let it close")
    draw_a_one(page)  # it is put away
    assert verdict(page) == "I read a 1." and kind_of(page)[0] == "ask"


@full
def test_at_least_95_of_100_drawn_digits_are_read(ready):
    generator, wrong = np.random.default_rng(0), []
    for number in range(120):
        strokes, pen = draw(number % 10, generator)
        press(ready, "Clear")
        do(ready, f"width={pen}")
        ready.evaluate(HAND, [stroke.tolist() for stroke in strokes])  # the mouse is slow
        if (read := answer(ready)) != number % 10:
            wrong.append((number, read))
    assert len(wrong) <= 6, wrong


def seven(size, ink="black", ground="white", mode="RGB"):
    picture = Image.new(mode, size, ground)
    w, h = size
    line = [(0.3 * w, 0.2 * h), (0.7 * w, 0.25 * h), (0.45 * w, 0.85 * h)]
    ImageDraw.Draw(picture).line(line, fill=ink, width=max(1, w // 12), joint="curve")
    return picture


@full
def test_image_files_are_prepared_as_in_chapter_9(ready, tmp_path):
    prepare = weights.run_chapter(weights.REUSE, "prepare")["prepare"]
    files = {
        "dark.png": seven((300, 200)),
        "light.png": seven((120, 180), "white", "black"),
        "colour.png": seven((200, 200), (180, 30, 60), (220, 230, 120)),
        "tiny.png": seven((9, 12)),
        "large.png": seven((2600, 1900)),
        "grey.png": seven((90, 90), 40, 200, "L"),
        "transparent.png": seven((200, 240), (0, 0, 0, 255), (0, 0, 0, 0), "RGBA"),
        "white-on-nothing.png": seven((200, 240), (255, 255, 255, 255), (0, 0, 0, 0), "RGBA"),
        "palette.gif": seven((150, 150)).convert("P"),
        "photo.jpg": seven((400, 300), (30, 30, 40), (200, 190, 180)),
        "16-bit.png": Image.fromarray(257 * np.asarray(seven((90, 90), 60, 170, "L"), "uint16")),
        "on-its-side.jpg": seven((300, 200)).rotate(90, expand=True),
        "on-its-side.png": seven((300, 200)).rotate(90, expand=True),
        "on-its-side.webp": seven((300, 200)).rotate(90, expand=True),
        "mirrored.png": ImageOps.mirror(seven((300, 200)).rotate(90, expand=True)),
    }
    for name, picture in files.items():
        note = Image.Exif()
        note[0x0112] = 6 if name.startswith("on-its-side") else 7 if "mirrored" in name else 1
        lossless = {"lossless": True} if name.endswith("webp") else {}
        picture.save(tmp_path / name, **({"exif": note} if note[0x0112] > 1 else {}), **lossless)
        before = ready.evaluate(f"{FOUND}.paper.scenes.length")
        ready.locator("input[type=file]").set_input_files(tmp_path / name)
        ready.wait_for_function(f"(n) => {FOUND}.paper.scenes.length > n", arg=before)
        with Image.open(tmp_path / name) as picture:
            theirs = 255 * prepare(ImageOps.exif_transpose(picture))[0]
        allowed = 3 if name.endswith("jpg") else 0.5  # decoders of JPEG differ by a grey level
        ours = 255 * np.array(ready.evaluate(f"[...{FOUND}.prepared().digits[0]]")).reshape(28, 28)
        assert np.abs(ours - theirs).max() < allowed, name
        assert answer(ready) == 7, name


DROP = """([name, type, bytes]) => {
    const data = new DataTransfer();
    if (name) data.items.add(new File([Uint8Array.from(bytes)], name, { type }));
    else data.setData("text/plain", "Dear network, what is this?");
    document.querySelector(".digits-paper").dispatchEvent(
        new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""
PASTE = DROP.replace("Drag", "Clipboard").replace('drop", { dataTra', 'paste", { dataTra')
PASTE = PASTE.replace("{ dataTransfer", "{ clipboardData")


@full
def test_wrong_files_get_a_sentence(page, tmp_path):
    good = io.BytesIO()
    seven((60, 60)).save(good, "PNG")
    page.evaluate(PASTE, ["seven.png", "image/png", list(good.getvalue())])
    page.get_by_text("I read a 7.").first.wait_for()
    Image.new("1", (12_000, 12_000), 1).save(tmp_path / "huge.png")
    Image.new("L", (50, 50), 255).save(tmp_path / "blank.png")
    (tmp_path / "letter.txt").write_text("Dear network, what is this?", encoding="utf-8")
    (tmp_path / "broken.png").write_bytes(good.getvalue()[:60])
    (tmp_path / "empty.png").write_bytes(b"")
    message = page.locator(".digits-message")
    lines = seven((200, 200))
    for y in range(0, 200, 20):
        ImageDraw.Draw(lines).line((0, y, 200, y), fill="black", width=2)
    lines.save(tmp_path / "lines.png")
    two = Image.new("RGB", (300, 200), "white")
    for left in (0, 150):
        two.paste(seven((150, 200)), (left, 0))
    two.save(tmp_path / "two.png")
    words = {"huge.png": "huge.png is too large", "blank.png": "I see no ink"}
    words |= {"lines.png": "Lines run from border", "two.png": "I read a 7 and a 7."}
    for name in ("letter.txt", "broken.png", "empty.png", *words):
        page.locator("input[type=file]").set_input_files(tmp_path / name)
        page.get_by_text(words.get(name, f"{name} is not an image")).wait_for()
    page.locator(".digits-paper").focus()
    for event, nothing in ((DROP, "what you dropped"), (PASTE, "what you pasted")):
        page.evaluate(event, ["letter.txt", "text/plain", list(b"Dear network")])
        page.get_by_text("letter.txt is not an image").wait_for()
        page.evaluate(event, ["", "", []])
        assert nothing in message.inner_text()
        page.evaluate(event, ["seven.png", "image/png", list(good.getvalue())])
        page.get_by_text("I read a 7.").first.wait_for()
        expect(message).to_have_text("")
        press(page, "Clear")


@full
def test_missing_or_damaged_weights_get_a_sentence_and_can_come_later(page):
    whole = weights.SCRIPTS["deformed"].read_text(encoding="utf-8")
    sent = [None, whole[:-100], whole.replace('"checksum":', '"checksum":1'), "hello", whole]
    answers = iter(sent)

    def send(route):
        body = next(answers)
        kind = "text/javascript; charset=utf-8"
        return route.fulfill(body=body, content_type=kind) if body else route.abort()

    page.route("**/weights-deformed.js*", send)
    with served() as site:  # where requests can be answered in another way
        page.goto(f"{site}chapters/digit-reader.html")
    page.evaluate(f"document.body.replaceChildren({FOUND})")
    draw_a_one(page)
    page.get_by_text("could not be loaded").wait_for()
    assert verdict(page) == "I cannot answer yet."
    for _ in sent[1:-1]:
        press(page, "Try again")
        page.get_by_text("arrived damaged").wait_for()
    press(page, "Try again")
    page.get_by_text("I read a 1.").first.wait_for()
    assert page.get_by_text("Try again").count() == 0
    page.complaints.clear()  # the browser reports the missing file, and scripts that are none


def test_a_network_of_ones_own_that_is_damaged_or_gone_gets_a_sentence(page):
    address, told = page.url, page.get_by_text("train it anew on the page")
    page.evaluate("course.own.keep({ tables: [{ shape: [784, 10] }] })")
    page.reload()
    told.wait_for()
    page.add_init_script("""window.opener = window;
      window.postMessage = () => dispatchEvent(
        new MessageEvent("message", { source: window, data: null }));""")
    page.goto(f"{address}?digit-reader.network=own")
    told.wait_for()
    assert page.get_by_role("button", name="yours").is_hidden()


def test_the_page_tells_what_was_measured():
    text = (ROOT / "chapters/digit-reader.md").read_text(encoding="utf-8")
    networks = json.loads(weights.MEASURED.read_text(encoding="utf-8"))["networks"]
    plain, deformed = (networks[name]["measured"] for name in ("plain", "deformed"))
    for network, name in ((deformed, "with deformed images"), (plain, "as in chapter 7")):
        for kind, words in (("unsure", "I am not sure"), ("noDigit", "This does not look like")):
            rates = network[kind]
            refused = rates["letters"] - rates["lettersPassed"]
            row = f'| {name} | {100 * rates["limit"]:.1f} % | "{words}'
            assert row in text, row
            [rest] = re.findall(re.escape(row) + r'[^|]*" (\|.*)', text)
            told = f"| {rates['digitsRefused']} % | {rates['mistakesRefused']} % | {refused} |"
            assert rest == told
    for sentence in (
        f"{plain['accuracy']:.2f} % against {deformed['accuracy']:.2f} %",
        f"{deformed['unsure']['acceptedRight']} % are read right "
        f"({plain['unsure']['acceptedRight']} % by chapter 7's)",
        f"{deformed['unsure']['lettersPassed']} of the {deformed['unsure']['letters']} letters",
        f"{plain['kilobytes']} kB and {deformed['kilobytes']} kB",
        f"answers to {plain['differ']} and {deformed['differ']} of the 10,000",
    ):
        assert sentence in text, sentence
    image, marker = text.index("](../assets/digit-reader.png)"), text.index("<!-- explorable:")
    assert text[image:marker].count("\n\n") == 1  # one paragraph, which reader.css hides
