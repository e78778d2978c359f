"""In Firefox, whose engine no other test uses: a network is trained there, and digits are read.

Only with COURSE_FIREFOX=1: in one run of ten, Firefox's driver does not answer, and waits for ever.
"""

import base64
import os
import shutil

import numpy as np
import pytest

from tests.javascript import js
from tools import weights
from tools.browser import SITE

FIREFOX = shutil.which("firefox") or shutil.which("firefox-esr")
pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif("COURSE_FIREFOX" not in os.environ, reason="asked for: COURSE_FIREFOX=1"),
    pytest.mark.skipif(not FIREFOX, reason="no Firefox here: apt-get install firefox-esr"),
]
VISIT = """
  // Now and then the driver of Firefox leaves a question without an answer: it is asked again.
  const until = async (look) => {
    for (const end = Date.now() + 240_000; Date.now() < end; ) {
      const found = await look().catch(() => null);
      if (found) return found;
      await new Promise((go) => setTimeout(go, 300));
    }
    throw new Error(`in vain: ${look}`);
  };
  return (async () => {
    const browser = await require("puppeteer-core").launch({
      browser: "firefox", executablePath: firefox, defaultViewport: { width: 1280, height: 1000 },
      protocolTimeout: 20_000,
    });
    try {
      const page = await browser.newPage();
      const faults = [];
      page.on("console", (message) => faults.push(message.text()));
      page.on("pageerror", (error) => faults.push(String(error)));
      await page.goto(site + address);
      const given = await (%s)(page);
      if (faults.length) throw new Error(faults.join());
      return given;
    } finally {
      await browser.close();
    }
  })();
"""


def in_firefox(address, code):
    """What `code`, a function of a page of the folder, returns; nothing may go wrong there."""
    return js(VISIT % code, [], firefox=FIREFOX, site=f"{SITE.as_uri()}/chapters/", address=address)


def test_firefox_trains_a_network():
    first, last, verdict = in_firefox(
        "teach-it.html?teach-it.layers=64&teach-it.steps=100",
        """async (page) => {
          const textOf = (place) => page.$eval(place, (element) => element.textContent);
          const told = (place, text) =>
            until(async () => (await textOf(place)).includes(text));
          await told(".digits-verdict", "Draw");
          const paper = await page.$(".digits-paper canvas");
          await paper.scrollIntoView();
          const { x, y } = await paper.boundingBox();
          await page.mouse.move(x + 130, y + 40);
          await page.mouse.down();
          await page.mouse.move(x + 130, y + 220, { steps: 5 });
          await page.mouse.up();
          await told(".digits-verdict", "It reads");
          await page.click(".teach-now .primary");
          await told(".teach-accuracy", "%");
          const first = await textOf(".teach-accuracy");
          await told(".finding", "Done.");
          const last = await textOf(".teach-accuracy");
          return [parseFloat(first), parseFloat(last), await textOf(".digits-verdict")];
        }""",
    )
    assert first < 50 and last > 80 and "It reads: 1" in verdict


def test_firefox_reads_as_python_does():
    ours = in_firefox(
        "digit-reader.html",
        """async (page) => {
          await page.waitForSelector(".digits-samples button");
          const answers = [];
          for (const sample of await page.$$(".digits-samples button")) {
            await sample.click();
            const frame = "new Promise((go) => requestAnimationFrame(() => setTimeout(go)))";
            await page.evaluate(frame);
            const found = "document.querySelector('course-digit-reader').answered?.probabilities";
            const look = `${found} && Array.from(${found})`;
            answers.push(await until(() => page.evaluate(look)));
          }
          return answers;
        }""",
    )
    samples = weights.read_script(weights.FOLDER / "samples.js")["images"]
    bytes_of = [base64.b64decode(sample["pixels"]) for sample in samples]
    pixels = np.array([np.frombuffer(one, "uint8") for one in bytes_of]) / 255
    tables = weights.unpack(weights.read_script(weights.SCRIPTS["deformed"]))
    assert np.abs(weights.answer(tables, pixels) - ours).max() < 1e-4
