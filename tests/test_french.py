"""The French edition: as complete as the English one, and in good French.

A check takes a message and its translation and yields a sentence for each fault; TWINS has, for
each check, a translation that passes and one in which it has to find a fault.
"""

import re
import shutil
from collections import Counter
from functools import cache
from itertools import pairwise

import pytest
import yaml
from hunspell import Hunspell

from tools import strings, translate
from tools.compare import written
from tools.strings import bare, placeholders
from tools.translate import ROOT, catalogue

CONTEXTS = strings.CODE, strings.WORD
CODE = r"`[^`]+`|\$[^$]+\$"
# Titles of papers, licences, versions; the source text and what is quoted from it
QUOTED = r"\[[^]]*\]\(http[^)]*\)|CC BY[-\w]* \d\.\d|Python \d\.\d+ à \d\.\d+"
QUOTED = re.compile(QUOTED + r"|\*Deep Learning avec Keras\*|<i lang=\"fr\">.*?</i>")
NOT_PROSE = re.compile(CODE + r"|\]\([^)]*\)|https?://\S+|<[^>]+>|\w\w_\w\w|&\w+;|\\.")
RULES = yaml.safe_load((ROOT / "tests/french.yml").read_text(encoding="utf-8"))
ENGLISH = re.compile(r"\b(the|and|with|which|this|that|are|its|of)\b", re.I)
ELISION = re.compile(r"^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)[’'](?=\w)", re.I)
WORD = re.compile("[A-Za-zÀ-ÖØ-öø-ɏ]+(?:['’-][A-Za-zÀ-ÖØ-öø-ɏ]+)*")
FRENCH_TABLE = "\n    fr: {"  # in site.js, which has the English one above it
OWN = ROOT / "tests/french_words.txt"  # one word a line; what stands after # says what it is
OWN_WORDS = re.findall(r"^[^#\s]+", OWN.read_text(encoding="utf-8"), re.M)


@cache
def dictionary(own=True):
    """Return hunspell's French dictionary, with our own words or without."""
    folder = ROOT / "tests/node_modules/dictionary-fr"
    assert folder.exists(), "The French dictionary is not here yet: type make test."
    found = Hunspell("index", hunspell_data_dir=str(folder))
    for word in OWN_WORDS if own else ():
        found.add(word)
    return found


@cache
def is_french(word):
    """Return whether a word is French, in a sentence or before it; l’entrée is if “entrée” is."""
    return dictionary().spell(word) or dictionary().spell(ELISION.sub("", word))


@cache
def translations(name, *contexts):
    """Return translations of a catalogue, of prose or of code: [(place, message, translation)]."""
    path, found = catalogue("fr", name)
    entries = [
        entry
        for entry in found
        if entry.id and entry.string and entry.context in (contexts or [None])
    ]
    return [(f"{path.relative_to(ROOT)}:{e.lineno}", e.id, e.string) for e in entries]


CATALOGUES = ["course", *translate.sources()]
NOTEBOOKS = [name for name, path in translate.sources().items() if path.suffix == ".ipynb"]
ALL = [entry for name in CATALOGUES for entry in translations(name)]
OF_CODE = [entry for name in NOTEBOOKS for entry in translations(name, *CONTEXTS)]
QUOTED_CODE = {f'`"{message}"`': f'`"{text}"`' for _where, message, text in OF_CODE}


def prose(text):
    return NOT_PROSE.sub(" ", text)


@cache
def unquoted(text):
    return prose(QUOTED.sub(" ", text))


@cache
def singular(text):
    """The words of an English text in lower case and in the singular, with and without hyphens."""
    parts = re.findall(r"[^\W\d_]+", text) + re.findall(r"[^\W\d_]+", text.replace("-", ""))
    return {part.lower().rstrip("s") for part in parts}


ENGLISH_WORDS = singular(" ".join(message for _where, message, _text in ALL))


def without_english(text, message):
    """A French text without what it gives in English: terms in italics, quotes of the message."""
    text = re.sub(r"\{\w+\}|\b\w+\.(js|py|csv|md|wat)\b", " ", unquoted(text))
    text = re.sub(r"\(\*[^*]+\*\)", " ", text.replace("**", ""))
    for marked, known in ((r"\*[^*]+\*", ENGLISH_WORDS), (r"«[^»]+»|\([^)]+\)", singular(message))):
        for found in set(re.findall(marked, text)):
            text = text.replace(found, " ") if singular(found) <= known else text
    return text


def marks(text, thousands):
    """What a translation keeps, by kind: 98.4 is 98,4, or $98{,}4$, and 10,000 is 10 000."""
    words = re.sub(rf"(?<=\d)[{thousands}](?=\d{{3}}\b)", "", prose(text))
    return {
        "code and formulas": [part.replace("{,}", ".") for part in re.findall(CODE, text)],
        "links": re.findall(r"\]\(([^)]*)\)", text),
        "line breaks": re.findall(r"\\\n", text),
        "bold": re.findall(r"\*\*", words),
        "emphasis": ["*"] if "*" in words.replace("**", "") else [],
        "numbers": [n.replace(",", ".") for n in re.findall(r"\d+(?:[.,]\d+)?", words)],
    }


def same_marks(message, text):
    theirs = marks(text, "\u202f\u00a0")
    for kind, ours in marks(message, ",").items():
        ours = [QUOTED_CODE.get(one, one) for one in ours]
        is_more = kind == "emphasis" and not ours  # French gives English terms in italics
        if Counter(ours) != Counter(theirs[kind]) and not is_more:
            yield f"{kind} differ: {ours} became {theirs[kind]}"


def no_forbidden_words(message, text):
    text = without_english(text, message)
    for better, rules in RULES["never"].items():
        for pattern, *_examples in rules:
            if found := re.search(rf"\b(?:{pattern})", text, re.I):
                yield f"{better}, not {found[0]!r}"


def terms_of_the_glossary(message, text):
    message, text = unquoted(message), unquoted(text)
    for english, french in RULES["glossary"].items():
        if found := re.search(rf"\b(?:{english})\b", message, re.I):
            if not re.search(french, text, re.I):
                yield f"{found[0]!r} is to be: {french}"


def found_in(pairs, message, text):
    """Which of the English patterns a message has, in order, and its translation of the French."""
    for side, one in enumerate((unquoted(message), unquoted(text))):
        found = [
            (word.start(), place)
            for place, pair in enumerate(pairs)
            for word in re.finditer(rf"(?<![\w-])({pair[side]})(?![\w-])", one, re.I)
        ]
        yield [place for _, place in sorted(found)]


def same_numbers_in_words(message, text):
    pairs = list(RULES["numbers"].items())
    ours, theirs = map(set, found_in(pairs, message, text))
    if ours - theirs and theirs - ours:
        lost, come = ([pairs[n][0] for n in some] for some in (ours - theirs, theirs - ours))
        yield f"numbers in words: {lost} became {come}"


def no_opposites(message, text):
    """Of two opposites the one did not become the other, nor did two change places."""
    for one, other, french, opposite in RULES["opposites"]:
        ours, theirs = found_in([(one, french), (other, opposite)], message, text)
        alone = len({*ours}) == len({*theirs}) == 1 and ours[0] != theirs[0]
        if alone or (sorted(ours) == sorted(theirs) and ours != theirs):
            yield f"turned round: {one}, {other}"


def spelling(message, text):
    """Every word is in the dictionary, save names and the English terms given in italics."""
    names = {word for word in re.findall(r"[^\W\d_]+", message) if not word.islower()}
    for word in WORD.findall(without_english(text, message)):
        if not is_french(word) and ELISION.sub("", word) not in names:
            yield f"not in the dictionary: {word!r} (or is it one for {OWN.name}?)"


def no_word_twice(message, text):
    for found in re.finditer(r"\b([^\W\d_]+) \1\b", prose(text), re.I):
        if found[1].lower() not in {"nous", "vous"}:
            yield f"twice: {found[0]!r}"


def typography(message, text):
    text = prose(QUOTED.sub("", text))
    for fault, [[pattern, *_examples]] in RULES["typography"].items():
        if found := re.search(pattern, text):
            yield f"{fault}: {text[max(0, found.start() - 15) : found.end() + 15]!r}"


def no_english(message, text):
    text = re.sub(r"\*[^*]+\*|«[^»]*»", " ", unquoted(text))
    if len(found := ENGLISH.findall(text)) > 1:
        yield f"English words: {found}"


def as_in_code(message, text):
    """A string of code keeps its placeholders and numbers, in order, and what a check begins with.

    Its numbers are written as Python prints them, and its placeholders are not in French.
    """
    theirs, ours = ([found[0] for found in placeholders(one)] for one in (text, message))
    if theirs != ours:
        yield f"placeholders differ: {ours} became {theirs}"
    theirs, ours = written(bare(text)), written(bare(message))
    if theirs != ours:
        yield f"numbers differ: {ours} became {theirs}"
    for english, french in ("Correct", "Correct"), ("Not yet", "Pas encore"):
        if message.startswith(english) != text.startswith(french):
            yield f"{english!r} is {french!r} at the beginning of what a check says"
    yield from (fault for check in SAME_SENSE for fault in check(bare(message), bare(text)))
    if message != text:
        without_numbers = re.sub(r"\d[\d.,]*", "0", bare(text))
        yield from (fault for check in IN_FRENCH for fault in check(message, without_numbers))


SAME_SENSE = [same_numbers_in_words, no_opposites]
IN_FRENCH = [spelling, typography, no_forbidden_words, no_word_twice, no_english]
TWINS = [
    (same_marks, "`fit` and `predict`", "`fit` et `predict`", "`fit` et `predire`"),
    (same_marks, "[Here](05.ipynb#recap)", "[Ici](05.ipynb#recap)", "[Ici](05.ipynb#resume)"),
    (same_marks, "98.4 % of 10,000", "98,4 % des 10\u202f000", "98,5 % des 10\u202f000"),
    (same_marks, "The rate $0.5$", "Le taux $0{,}5$", "Le taux $0{,}6$"),
    (same_marks, "A **good** one", "Une **bonne**", "Une bonne"),
    (same_marks, "A *good* one", "Une *bonne*", "Une bonne"),
    (same_marks, "One line\\\nand another", "Une ligne\\\net une autre", "Une ligne et une autre"),
    (same_numbers_in_words, "A third of two", "Deux, et un tiers", "Deux, et un quart"),
    (same_numbers_in_words, "Half as many", "Deux fois moins", "Trois fois moins"),
    (as_in_code, "nine right", "neuf bonnes", "dix bonnes"),
    (as_in_code, "Too small", "Trop petit", "Trop grand"),
    (no_opposites, "row 3, column 2", "ligne 3, colonne 2", "colonne 3, ligne 2"),
    (no_forbidden_words, "The hidden layer", "La couche cachée", "La couche masquée"),
    (spelling, "The network learns.", "Le réseau apprend.", "Le réseau apprendt."),
    (spelling, "", "un poids (*weight*), Keras", "un poids (weight), Keras"),
    (spelling, "", "L’entraînement : qu’apprend-il ?", "L’entrainement : qu’apprend-il ?"),
    (spelling, "Rosenblatt", "de Rosenblatt, c’est-à-dire", "de Rosenblat, c’est-à-dire"),
    (spelling, "Rosenblatt", "de Rosenblatt, c’est-à-dire", "de Rosenblatt, c’est-à-dirre"),
    (no_word_twice, "A layer", "Vous vous couchez", "Une couche du du réseau"),
    (typography, "Why?", "Pourquoi\u202f?", "Pourquoi ?"),
    (no_english, "The digits, and it is", "The reste, et voilà.", "The digits, and it est."),
    (as_in_code, "{a:.1f} of {b}", "{a:.1f} sur {b}", "{b} dont {a:.1f}"),
    (as_in_code, "0.5 of 10,000", "0.5 sur 10,000", "0,5 sur 10 000"),
    (as_in_code, "Not yet: {a}", "Pas encore\u00a0: {a}", "Non\u00a0: {a}"),
    (as_in_code, "Correct: 4", "Correct\u00a0: 4", "Corect\u00a0: 4"),
    (as_in_code, "the sum is {a}", "la somme vaut {a}", "the sum is and {a}"),
]


@pytest.mark.parametrize("name", CATALOGUES)
def test_every_translation_is_well_made(name):
    faults = [
        f"{where}: {fault}"
        for where, message, text in translations(name)
        for check in (same_marks, terms_of_the_glossary, *SAME_SENSE, *IN_FRENCH)
        for fault in check(message, text)
    ]
    assert faults == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_string_of_code_is_well_translated(name):
    entries = translations(name, *CONTEXTS)
    assert len(entries) > 30
    faults = [f"{where}: {f}" for where, *pair in entries for f in as_in_code(*pair)]
    assert faults == []


@pytest.mark.parametrize("check, message, right, wrong", TWINS)
def test_a_check_finds_a_wrong_translation(check, message, right, wrong):
    assert list(check(message, right)) == []
    assert list(check(message, wrong))


@pytest.mark.parametrize("kind, check", [("never", no_forbidden_words), ("typography", typography)])
def test_each_example_of_a_fault_is_found(kind, check):
    for advice, rules in RULES[kind].items():
        for pattern, *examples in rules:
            assert examples, f"no example of {pattern}"
            for wrong in examples:
                assert re.search(pattern, wrong, re.I)
                assert any(fault.startswith(advice) for fault in check("", wrong)), wrong


def one_of_each(pairs):
    """Of each pair a real message that has it and no other, with its translation."""
    found = {}
    for _where, message, text in ALL + OF_CODE:
        ours, theirs = found_in(pairs, message, text)
        if {*ours} == {*theirs} and len({*ours}) == 1:
            found.setdefault(ours[0], (message, text))
    return [found[place] for place in range(len(pairs))]


@pytest.mark.parametrize("one, other, french, opposite", RULES["opposites"])
def test_a_sentence_that_is_turned_round_is_found(one, other, french, opposite):
    (message, text), (another, translation) = one_of_each([(one, french), (other, opposite)])
    for wrong in (message, translation), (another, text):
        assert f"turned round: {one}, {other}" in no_opposites(*wrong)


def test_each_number_in_words_that_became_another_is_found():
    found = one_of_each([*RULES["numbers"].items()])
    for (message, _), (_, translation) in pairwise([*found, found[0]]):
        assert list(same_numbers_in_words(message, translation))


@pytest.mark.parametrize("english", RULES["glossary"])
def test_each_term_that_is_put_otherwise_is_found(english):
    """Real translations from which the term is taken."""
    french, tried = RULES["glossary"][english], 0
    for _where, message, text in ALL:
        if re.search(rf"\b(?:{english})\b", unquoted(message), re.I):
            tried += 1
            wrong = re.sub(french, "truc", text, flags=re.I)
            assert f"is to be: {french}" in "\n".join(terms_of_the_glossary(message, wrong))
    assert tried


# --- beside the catalogues -----------------------------------------------------------------------


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def faults_in(french, english):
    """What is wrong in the French of a page, or of the table of words in a script."""
    parts = french.split("\n\n")
    if not french.startswith("#"):
        table = french.partition(FRENCH_TABLE)[2].partition("\n    },")[0] or french
        strings = re.findall(r'"([^"\n]+)"(:?)|`([^`]+)`', table)
        parts = [one or re.sub(r"\$\{[^}]*\}", "0", two) for one, key, two in strings if not key]
    assert len(parts) > 5
    return [fault for part in parts for check in IN_FRENCH for fault in check(english, part)]


@pytest.mark.parametrize("name, other, right, wrong", [
    ("assets/words/fr.json", "assets/words/en.json", "Réinitialiser", "Réinitialliser"),
    ("assets/static/site.js", "assets/static/site.js", "Copié", "Copiéé"),
    ("assets/static/site.js", "assets/static/site.js", "${count} passages", "${count} %, là"),
    ("README.fr.md", "README.md", "un réseau qui lit", "un rézeau qui lit"),
])  # fmt: skip
def test_scripts_and_the_first_page_are_in_good_french(name, other, right, wrong):
    french, english = read(name), read(other).partition(FRENCH_TABLE)[0]
    assert faults_in(french, english) == []
    assert right in french and faults_in(french.replace(right, wrong), english)


def outline(readme):
    """What both READMEs have: the commands and versions of Python; and where they lead."""
    links = set(re.findall(r"\]\(([^)#]*)", readme)) - {"README.md", "README.fr.md"}
    return re.findall(r"^make \w+|3\.\d\d", readme, re.M), links - {"chapters/index.md"}


def test_the_french_readme_says_the_same():
    english, french = read("README.md"), read("README.fr.md")
    assert "(README.fr.md)" in english and "(README.md)" in french
    assert outline(english) == outline(french)
    for right, wrong in ("make test", "make texte"), ("(LICENSE)", "(LICENCE)"), ("3.13", "3.12"):
        assert outline(french) != outline(french.replace(right, wrong))


def test_our_own_words_are_in_order_needed_and_used():
    assert OWN_WORDS == sorted(set(OWN_WORDS), key=str.lower)
    assert [word for word in OWN_WORDS if dictionary(own=False).spell(word)] == []
    texts = " ".join(text for _where, _message, text in ALL + OF_CODE).lower()
    assert [word for word in OWN_WORDS if not re.search(rf"\b{word.lower()}\b", texts)] == []


# --- complete ------------------------------------------------------------------------------------


def test_nothing_waits_for_a_translator(tmp_path, monkeypatch):
    unread = shutil.ignore_patterns(".*", "_build", "tests", "static", "keras")
    monkeypatch.setattr(translate, "ROOT", shutil.copytree(ROOT, tmp_path / "c", ignore=unread))
    assert list(translate.refresh()) == []
    chapter = translate.ROOT / "chapters/01-neurons.ipynb"
    text = chapter.read_text(encoding="utf-8")
    changes = ("it cannot compute XOR", "it never computes XOR"), ("# Neurons", "# N")
    for old, new in (*changes, ("spikes in one second", "spikes in a second")):
        assert old in text
        text = text.replace(old, new)
    chapter.write_text(text, encoding="utf-8")
    faults = list(translate.refresh())
    name = "locales/fr/LC_MESSAGES/chapters/01-neurons.po"
    patterns = [
        rf"{name}:\d+: not translated \(chapters/01-neurons.ipynb, cell 1:1\): N",
        rf"{name}:\d\d+: changed \(cell \w+\): input {{drive:4}}",
        rf"{name}:\d\d+: changed \(chapters/01-neurons.ipynb, cell \d+:\d+\): One neuron draws",
        rf"{name}:\d\d+: obsolete \(nowhere\): Neurons",
    ]
    for pattern, fault in zip(patterns, faults, strict=True):
        assert re.match(pattern, fault), fault
    assert list(translate.refresh()) == faults
