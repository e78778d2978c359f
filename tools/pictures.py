"""Take the pictures of the two pages that only scripts draw, from the site as it is built.

`python -m tools.pictures` writes assets/digit-reader.png and assets/teach-it.png, and those of
another language below assets/LANGUAGE, from which tools/translate.py takes them.
"""

import io
import json
import sys

from PIL import Image

from tools.browser import browser, served
from tools.environment import ROOT
from tools.translate import LANGUAGES, MAIN

# Of each page: what is drawn, in hundredths of the paper; the first and the last part to see.
PAGES = {
    "digit-reader": (
        [(30, 32), (36, 18), (50, 12), (64, 17), (69, 31), (62, 46), (27, 84), (45, 81), (75, 81)],
        (".digits-main", ".digits-pictures"),
    ),
    "teach-it": ([(30, 20), (70, 20), (45, 85)], (".teach-now", ".teach-neurons")),
}


def take(page, site, name, language):
    """Draw on a page, wait until all is done, and store its picture."""
    (start, *places), parts = PAGES[name]
    folder = "" if language == MAIN else f"{language}/"
    words = json.loads((ROOT / f"assets/words/{language}.json").read_text("utf-8"))[name]
    page.goto(f"{site}{folder}chapters/{name}.html?teach-it.steps=250")
    box = page.locator(".digits-paper canvas").bounding_box()
    at = [(box["x"] + x * box["width"] / 100, box["y"] + y * box["height"] / 100)
          for x, y in (start, *places)]  # fmt: skip
    page.mouse.move(*at[0])
    page.mouse.down()
    for place in at[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()
    if name == "teach-it":
        page.get_by_role("button", name=words["begin"]).click()
        done = words["done"].split("{")[0]
        page.locator(".finding", has_text=done).wait_for(timeout=300_000)
    else:
        page.get_by_text(words["read"].split("{")[0]).first.wait_for()
    page.mouse.move(0, 0)
    page.wait_for_timeout(2000)  # until the last pictures are painted
    whole = page.locator(f"course-{name}").bounding_box()
    first, last = (page.locator(part).bounding_box() for part in parts)
    top, bottom = first["y"] - 12, last["y"] + last["height"] + 6
    clip = {"x": whole["x"], "y": top, "width": whole["width"], "height": bottom - top}
    path = ROOT / "assets" / folder / f"{name}.png"
    path.parent.mkdir(exist_ok=True)
    picture = Image.open(io.BytesIO(page.screenshot(clip=clip, full_page=True))).convert("RGB")
    few = picture.quantize(256, Image.Quantize.FASTOCTREE, dither=0)  # as the site shows it
    few.save(path, optimize=True)


def main(names):
    with browser() as chrome, served() as site:
        for language in LANGUAGES:
            for name in names or PAGES:
                page = chrome.new_page(viewport={"width": 1170, "height": 1600})
                take(page, site, name, language)
                page.close()


if __name__ == "__main__":
    main(sys.argv[1:])
