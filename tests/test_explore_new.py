"""Overfitting, softmax and the two valleys: their numbers are NumPy's, and one can win."""

from contextlib import contextmanager

import numpy as np
import pytest

from tests.javascript import js
from tests.test_explore import CHAPTER, chrome, full, near, press, run_cells, state, visit
from tools.browser import SITE

__all__ = ["chrome"]  # a fixture


# --- overfitting ---------------------------------------------------------------------------------


def learn(points, weights, epochs, rate=0.005):
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
        losses, weights = learn(one["points"], one["weights"], 71)
        near([record["seen"] for record in one["records"]], losses[::10], rtol=1e-7)
        *_, before = learn(one["points"], one["weights"], 70)
        near(one["records"][-1]["weights"], before, rtol=1e-6)
        unseen, _ = learn(one["unseen"], one["records"][-1]["weights"], 1)
        near(one["records"][-1]["unseen"], unseen)


def test_points_lie_around_a_wave_and_more_of_them_keep_the_first():
    few, many, calm, other = js(
        """
        const { scatter } = course.overfitting;
        return [scatter(10, 0.3, 1), scatter(100, 0.3, 1), scatter(100, 0, 1), scatter(10, 0.3, 2)];
        """
    )
    assert few == many[:10] and few != other
    x, y = np.transpose(many)
    assert x.min() > -1 and x.max() < 1
    near(np.transpose(calm)[1], np.sin(np.pi * np.transpose(calm)[0]))
    assert 0.2 < np.std(y - np.sin(np.pi * x)) < 0.4


def test_many_neurons_with_few_points_overfit_and_more_points_close_the_gap():
    """With the text's points and others: half of the trainings at least."""
    few, small, many = js(
        """
        const { train } = course.overfitting;
        const rise = (points, neurons) => [1, 2, 3, 8].map((seed) => {
          const all = train({ points, neurons, noise: 0.3, seed });
          const unseen = Array.from({ length: 101 }, () => all.next().value.unseen);
          return unseen.at(-1) / Math.min(...unseen);
        });
        return [rise(10, 30), rise(10, 1), rise(100, 30)];"""
    )
    assert few[-1] > 1.5 and np.median(few) > 1.3
    assert max(many) < 1.2 and np.median(small) < 1.1


# --- softmax -------------------------------------------------------------------------------------


def test_softmax_is_the_chapters_at_every_temperature():
    chapter = run_cells("softmax", "def softmax(")
    given = np.random.default_rng(0).normal(scale=5, size=(20, 10))
    temperatures = [0.5, 1, 1.25, 3]
    ours, huge, logits = js(
        """
        const { LOGITS, softmax } = course.softmax;
        const all = temperatures.map((T) => given.map((logits) => softmax(logits, T)));
        return [all, softmax([1000, 999]), LOGITS];""",
        given=given,
        temperatures=temperatures,
    )
    near(ours, [chapter["softmax"](given / temperature) for temperature in temperatures])
    near(huge, chapter["softmax"](np.array([1.0, 0.0])))
    assert np.argmax(logits, axis=1).tolist() == [7, 6, 6]  # the last is a 5


def test_the_hotter_the_more_mistakes_are_announced_and_one_temperature_keeps_its_promise():
    table, made, at = js(
        """
        const { ANNOUNCED, MADE, announced } = course.softmax;
        return [ANNOUNCED, MADE, [0.5, 1, 1.15, 3].map(announced)];"""
    )
    assert len(table) == 51 and table == sorted(set(table))
    assert at == [table[0], table[10], table[13], table[-1]]
    assert sum(abs(count - made) <= 5 for count in table) == 1


@full
def test_the_network_of_chapter_8_announces_about_as_many():
    names = run_cells(
        "08-digits-predictions", "(train_images, train_labels)", "history = model.fit",
        "def softmax(",
    )  # fmt: skip
    pixels, labels = names["test_pixels"], names["test_labels"]
    logits = names["model"].predict(pixels, batch_size=1000, verbose=0).astype(float)
    table, made = js("return [course.softmax.ANNOUNCED, course.softmax.MADE];")
    temperatures = np.linspace(0.5, 3, 51)
    lacking = [np.sum(1 - names["softmax"](logits / T).max(axis=1)) for T in temperatures]
    near(table, lacking, rtol=0.3)
    near(made, np.sum(logits.argmax(axis=1) != labels), rtol=0.25)


# --- valleys -------------------------------------------------------------------------------------


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


# --- the browser ---------------------------------------------------------------------------------


def choose(page, label):
    page.element.get_by_text(label, exact=True).first.click()


def pick(page, field, value):
    page.element.locator(f"[data-field={field}][value='{value}'] + span").click()


def put(page, field, number):
    move = "(e, number) => { e.value = number; e.dispatchEvent(new Event('input')) }"
    page.element.locator(f"[data-field={field}]").evaluate(move, number)


def told(page, kind):
    """The finding, which is of this kind."""
    finding = page.element.locator(".finding")
    assert finding.get_attribute("data-kind") == kind, finding.inner_text()
    return finding.inner_text()


def earned(page):
    return page.element.locator(".earned").count()


def test_overfitting_is_caused_stopped_and_cured(chrome):
    with visit(chrome, "overfitting", reduced_motion="reduce") as page:
        told(page, "ask")
        choose(page, "fall, then rise again")
        assert "predicted" not in told(page, "ask")
        for _ in range(4):  # a tenth of the training at each press
            press(page, "Train")
        assert state(page)["epoch"] == 400 and earned(page) == 0
        for _ in range(6):
            press(page, "Train")
        assert "As you predicted." in told(page, "done") and earned(page) == 1
        choose(page, "stop in time")
        assert "go back" in told(page, "tried")
        press(page, "Back to the best")
        assert "Well stopped" in told(page, "done") and earned(page) == 2
        choose(page, "close the gap")
        pick(page, "neurons", 3)
        put(page, "epoch", 1000)
        assert "cheating" in told(page, "tried")
        pick(page, "neurons", 30)
        pick(page, "points", 100)
        put(page, "epoch", 1000)
        assert "Closed" in told(page, "done") and earned(page) == 3
        press(page, "Reset")
        assert earned(page) == 0 and told(page, "ask")


def test_a_training_runs_by_itself_and_stops_when_told(chrome):
    moving = {"reduced_motion": "no-preference"}
    with visit(chrome, "overfitting", "?overfitting.task=stop", **moving) as page:
        press(page, "Train")
        page.wait_for_function("e => e.state.epoch > 30", arg=page.element.element_handle())
        assert "lowest" in told(page, "tried")
        press(page, "Stop")
        stopped = state(page)["epoch"]
        page.wait_for_timeout(300)
        assert state(page)["epoch"] == stopped and "You stopped" in page.element.inner_text()


def test_a_temperature_is_found_at_which_the_network_promises_what_it_keeps(chrome):
    with visit(chrome, "softmax") as page:
        assert "132" in told(page, "ask")
        shares = "all => all.map((e) => e.textContent).filter((text) => text.includes('%'))"
        before = page.element.locator("svg text").evaluate_all(shares)
        choose(page, "10 added to each")
        assert page.element.locator("svg text").evaluate_all(shares) == before
        choose(page, "some digits change")
        put(page, "temperature", 2)
        assert "You predicted “some digits change”." in told(page, "tried")
        put(page, "temperature", 1.2)
        told(page, "nearly")
        put(page, "temperature", 1.15)
        assert "calibrated" in told(page, "done")
        put(page, "temperature", 0.5)
        assert "57" in told(page, "wrong")


def test_forty_walkers_are_brought_into_the_deep_valley(chrome):
    with visit(chrome, "valleys", reduced_motion="reduce") as page:
        press(page, "Run 300 steps")
        assert "nearest bottom" in told(page, "tried")
        put(page, "start", 0)
        assert state(page)["steps"] == 0
        press(page, "Run 300 steps")
        assert "Where one begins" in told(page, "done") and earned(page) == 1
        choose(page, "out of the valley")
        assert "too easy" in told(page, "tried")
        put(page, "start", -1.6)
        choose(page, "1 or 2 points")
        pick(page, "batch", 1)
        press(page, "Run 300 steps")
        assert "As you predicted." in told(page, "done") and earned(page) == 2
        choose(page, "nearly all home")
        put(page, "rate", 1.2)
        press(page, "Run 300 steps")
        told(page, "wrong")
        pick(page, "batch", 2)
        put(page, "rate", 0.8)
        press(page, "Run 300 steps")
        assert "ladder" in told(page, "done") and earned(page) == 3


@full
@pytest.mark.parametrize("spoil, check", [
    ("overfitting').lowest = () => ({ low: 1, epoch: 0 })",
     test_overfitting_is_caused_stopped_and_cured),
    ("overfitting').halt = () => {}", test_a_training_runs_by_itself_and_stops_when_told),
    ("softmax').draw = () => ['ask', 'Move it.']",
     test_a_temperature_is_found_at_which_the_network_promises_what_it_keeps),
    ("valleys').earned.add = () => {}", test_forty_walkers_are_brought_into_the_deep_valley),
])  # fmt: skip
def test_a_spoiled_one_is_found(spoil, check, chrome, monkeypatch):
    sound = visit

    @contextmanager
    def spoiled(*args, **settings):
        with sound(*args, **settings) as page:
            page.element.locator("button").first.wait_for()
            page.evaluate(f"void (document.querySelector('course-{spoil})")
            yield page

    monkeypatch.setitem(check.__globals__, "visit", spoiled)
    with pytest.raises(AssertionError):
        check(chrome)


def test_without_scripts_the_chapters_own_output_is_the_picture(chrome):
    """Each stands below a figure of the same, or below the numbers, and shows nothing itself."""
    page = chrome.new_context(java_script_enabled=False).new_page()
    for name in ("overfitting", "softmax", "valleys"):
        page.goto((SITE / f"chapters/{CHAPTER[name]}.html").as_uri())
        assert not page.locator(f"course-{name}").is_visible()
        above = f"xpath=//course-{name}/preceding::*[contains(@class, 'cell_output')]"
        assert page.locator(above).last.is_visible()
    page.context.close()
