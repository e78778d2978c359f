"""Write down for "one temperature for ten logits" what chapter 8's networks promise and keep.

`python -m tools.promises` trains them by the cells of chapter 8 tagged `promises` and writes
assets/static/explore/promises.js: the logits of three test images, and the groups of answers of
which the chapter says how many mistakes they promise and how many they make, at each temperature.
With one thread, COURSE_THREADS=1, the trainings are those of the chapter's record.
"""

import numpy as np

from tools.environment import ROOT, adopt
from tools.outputs import CHAPTERS
from tools.weights import fingerprint, run_chapter, write_script

CHAPTER = CHAPTERS / "08-digits-predictions.ipynb"
SCRIPT = ROOT / "assets/static/explore/promises.js"
IMAGES = [0, 259, 8]  # a clear one, a doubtful one, one that is misread
COLDEST, HOTTEST, STEP = 0.5, 3, 0.05


def promises():
    """The groups are those of T = 1: an answer stays in its group at every temperature."""
    names = run_chapter(CHAPTER, "promises")
    images = names["model"](names["test_pixels"][IMAGES]).numpy()
    given, labels = names["unseen_pixels"], names["unseen_labels"]
    logits = np.concatenate([network(given).numpy() for network in names["models"]])
    top, is_wrong = names["unseen"].max(axis=1), names["unseen"].argmax(axis=1) != labels
    groups = np.digitize(top, names["edges"][1:-1])
    temperatures = np.arange(COLDEST, HOTTEST + STEP / 2, STEP)
    lacking = [1 - names["softmax"](logits.astype(float) / T).max(axis=1) for T in temperatures]
    return {
        "code": fingerprint(CHAPTER, "promises"),
        "temperatures": [COLDEST, HOTTEST, STEP],
        "logits": images.round(1).astype(float).round(1).tolist(),
        "groups": [
            {
                "answers": int(np.sum(groups == group)),
                "made": int(np.sum(is_wrong[groups == group])),
                "promised": [round(float(one[groups == group].sum()), 2) for one in lacking],
            }
            for group in range(len(names["edges"]) - 1)
        ],
    }


if __name__ == "__main__":
    adopt()
    about = "What the networks of chapter 8 promise, by `python -m tools.promises`."
    write_script(SCRIPT, "promises", promises(), about)
