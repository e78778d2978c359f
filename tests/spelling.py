"""A French dictionary: hunspell's, and the words that this course adds to it (french_words.txt)."""

import re
from functools import cache
from pathlib import Path

from hunspell import Hunspell

TESTS = Path(__file__).parent
OWN = TESTS / "french_words.txt"  # one word a line; what stands after # says what it is
ELISION = re.compile(r"^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)[’'](?=\w)", re.I)
WORD = re.compile("[A-Za-zÀ-ÖØ-öø-ÿŒœ]+(?:['’-][A-Za-zÀ-ÖØ-öø-ÿŒœ]+)*")


@cache
def own_words():
    lines = OWN.read_text(encoding="utf-8").splitlines()
    return [word for line in lines if (word := line.partition("#")[0].strip())]


@cache
def dictionary(own=True):
    """Return hunspell's dictionary, with our own words or without."""
    folder = TESTS / "node_modules/dictionary-fr"
    if not folder.exists():
        raise FileNotFoundError("The French dictionary is not here yet: type make test.")
    found = Hunspell("index", hunspell_data_dir=str(folder))
    for word in own_words() if own else ():
        found.add(word)
    return found


@cache
def is_french(word, own=True):
    """Return whether a word is French, in a sentence or before it; l’entrée is if “entrée” is."""
    return dictionary(own).spell(word) or dictionary(own).spell(ELISION.sub("", word))


def words(text):
    return WORD.findall(text)
