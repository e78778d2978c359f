"""A French dictionary, and the words of a text that are not in it.

The dictionary is hunspell's: stems with flags (index.dic), and the endings that a flag stands for
(index.aff). Every form is made once. Elisions and hyphens are taken apart here: l’entrée is known
if “entrée” is.
"""

import re
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent
DICTIONARY = TESTS / "node_modules/dictionary-fr"
OWN = TESTS / "french_words.txt"  # one word a line; what stands after # says what it is
ELISION = re.compile(
    r"(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)'(?=[aàâeéèêiîïoôuùûyhœæ])", re.I
)
LETTERS = "[A-Za-zÀ-ÖØ-öø-ÿŒœ]+"
WORD = re.compile(f"{LETTERS}(?:['’-]{LETTERS})*")


def endings():
    """The endings of each flag: {flag: [(letters to take away, to add, a test of the stem)]}."""
    found = {}
    for line in (DICTIONARY / "index.aff").read_text().splitlines():
        rule = line.split()
        if len(rule) >= 5 and rule[0] == "SFX":
            flag, old, new, condition = rule[1:5]
            new = new.partition("/")[0]  # the flags after it are elisions
            fits = bool if condition == "." else re.compile(f"(?:{condition})$").search
            ending = old.replace("0", ""), new.replace("0", ""), fits
            found.setdefault(flag, []).append(ending)
    return found


@cache
def dictionary_forms():
    """All forms of all French words."""
    if not DICTIONARY.exists():
        raise FileNotFoundError("The French dictionary is not here yet: type make test.")
    by_flag, forms = endings(), set()
    for line in (DICTIONARY / "index.dic").read_text().splitlines()[1:]:
        stem, _slash, flags = line.split()[0].partition("/")
        forms.add(stem)
        for flag in re.findall("..", flags):
            for old, new, fits in by_flag.get(flag, ()):
                if stem.endswith(old) and fits(stem):
                    forms.add(stem[: len(stem) - len(old)] + new)
    return frozenset(forms)


@cache
def dictionary():
    """All forms of all French words, and our own."""
    return dictionary_forms() | set(own_words())


@cache
def own_words():
    lines = [line.partition("#")[0].strip() for line in OWN.read_text().splitlines()]
    return [line for line in lines if line]


@cache
def is_french(word, forms=None):
    """Whether a word is French, by `forms` or else the dictionary: in a sentence or before it."""
    forms = forms or dictionary()
    word = word.replace("’", "'")
    spellings = {word, word[:1].lower() + word[1:]}
    if word.isupper():
        spellings |= {word.lower(), word.capitalize()}
    if spellings & forms:
        return True
    if elided := ELISION.match(word):
        return is_french(word[elided.end() :], forms)
    if "-" in word:  # donne-t-il, celui-ci, entrée-sortie
        return all(part == "t" or is_french(part, forms) for part in word.split("-") if part)
    return False


def words(text):
    return WORD.findall(text)


def unknown(text):
    """The words of a text that the dictionary does not know, in their order."""
    return [word for word in words(text) if not is_french(word)]
