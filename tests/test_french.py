"""The French edition: as complete as the English one, and in good French.

A check takes a message and its translation and yields a sentence for each fault; beside it stands a
pair that is wrong on purpose, in which it has to find one. Faults name catalogue and line.
"""

import json
import re
import shutil
from collections import Counter
from functools import cache

import pytest
import yaml

from tests.spelling import ELISION, OWN, is_french, own_words, words
from tools import translate
from tools.translate import ROOT, catalogue

CATALOGUES = ["course", *translate.sources()]
CODE = r"`[^`]+`|\$[^$]+\$"
# Titles of papers, licences, versions
QUOTED = re.compile(r"\[[^]]*\]\(http[^)]*\)|CC BY[-\w]* \d\.\d|Python \d\.\d+ à \d\.\d+")
NOT_PROSE = re.compile(CODE + r"|\]\([^)]*\)|https?://\S+|<[^>]+>|\w\w_\w\w|&\w+;|\\.")
RULES = yaml.safe_load((ROOT / "tests/french.yml").read_text(encoding="utf-8"))
ENGLISH = re.compile(r"\b(the|and|with|which|this|that|are|its|of)\b", re.I)
CHECKS = []


def check(message, wrong):
    """Register a check of a translation, with a message and a translation that is wrong."""

    def register(function):
        CHECKS.append(pytest.param(function, message, wrong, id=function.__name__))
        return function

    return register


@cache
def translations(name):
    """Return the translations of a catalogue: [(file and line, message, translation)]."""
    path, found = catalogue("fr", name)
    entries = [entry for entry in found if entry.id and entry.string]
    return [(f"{path.relative_to(ROOT)}:{e.lineno}", e.id, e.string) for e in entries]


ALL = [entry for name in CATALOGUES for entry in translations(name)]


def prose(text):
    return NOT_PROSE.sub(" ", text)


@cache
def bare(text):
    """The words of an English text in lower case and in the singular, with and without hyphens."""
    parts = re.findall(r"[^\W\d_]+", text) + re.findall(r"[^\W\d_]+", text.replace("-", ""))
    return {part.lower().rstrip("s") for part in parts}


ENGLISH_WORDS = bare(" ".join(message for _where, message, _text in ALL))


def without_english(text, message):
    """A French text without what it gives in English: terms in italics, quotes of the message."""
    text = re.sub(r"\{\w+\}|\b\w+\.(js|py|csv|md)\b", " ", prose(QUOTED.sub(" ", text)))
    text = re.sub(r"\(\*[^*]+\*\)", " ", text.replace("**", ""))
    for marked, known in ((r"\*[^*]+\*", ENGLISH_WORDS), (r"«[^»]+»|\([^)]+\)", bare(message))):
        for found in set(re.findall(marked, text)):
            text = text.replace(found, " ") if bare(found) <= known else text
    return text


def differing(kind, ours, theirs):
    ours, theirs = Counter(ours), Counter(theirs)
    if ours != theirs:
        yield f"{kind} differ: {dict(ours - theirs)} became {dict(theirs - ours)}"


@check("See `fit` and `predict`.", "Voyez `fit` et `predire`.")
def same_code_and_formulas(message, text):
    yield from differing("code or formulas", re.findall(CODE, message), re.findall(CODE, text))


@check("See [chapter 5](05.ipynb#recap).", "Voyez [le chapitre 5](05.ipynb#resume).")
def same_links(message, text):
    yield from differing("links", *(re.findall(r"\]\(([^)]*)\)", part) for part in (message, text)))


@check("98.4 % of 10,000 images", "98,5 % des 10\u202f000 images")
def same_numbers(message, text):
    """98.4 is 98,4 in French, and 10,000 is 10 000."""
    message = re.sub(r"(?<=\d),(?=\d{3}\b)", "", prose(message))
    text = re.sub(r"(?<=\d)[\u202f\u00a0](?=\d{3}\b)", "", prose(text))
    theirs = [found.replace(",", ".") for found in re.findall(r"\d+(?:[.,]\d+)?", text)]
    yield from differing("numbers", re.findall(r"\d+(?:\.\d+)?", message), theirs)


@check("A *good* answer", "Une bonne réponse")
def same_bold(message, text):
    yield from differing(
        "**", re.findall(r"\*\*", prose(message)), re.findall(r"\*\*", prose(text))
    )
    if "*" in prose(message).replace("**", "") and "*" not in prose(text).replace("**", ""):
        yield "the emphasis is gone"


@check("One line\\\nand another", "Une ligne et une autre")
def same_line_breaks(message, text):
    yield from differing("line breaks", re.findall(r"\\\n", message), re.findall(r"\\\n", text))


@check("The hidden layer", "La couche masquée")
def no_forbidden_words(message, text):
    text = without_english(text, message)
    for better, rules in RULES["never"].items():
        for pattern, *_examples in rules:
            if found := re.search(rf"\b(?:{pattern})", text, re.I):
                yield f"{better}, not {found[0]!r}"


@check("Choose a learning rate.", "Choisissez une vitesse.")
def terms_of_the_glossary(message, text):
    message, text = prose(QUOTED.sub(" ", message)), prose(QUOTED.sub(" ", text))
    for english, french in RULES["glossary"].items():
        if found := re.search(rf"\b(?:{english})\b", message, re.I):
            if not re.search(french, text, re.I):
                yield f"{found[0]!r} is to be: {french}"


@check("The network learns.", "Le réseau apprendt.")
def spelling(message, text):
    """Every word is in the dictionary, save names and the English terms given in italics."""
    names = {word for word in re.findall(r"[^\W\d_]+", message) if not word.islower()}
    for word in words(without_english(text, message)):
        if not is_french(word) and ELISION.sub("", word) not in names:
            yield f"not in the dictionary: {word!r} (or is it one for {OWN.name}?)"


@check("A layer of the network", "Une couche du du réseau")
def no_word_twice(message, text):
    for found in re.finditer(r"\b([^\W\d_]+) \1\b", prose(text), re.I):
        if found[1].lower() not in {"nous", "vous"}:
            yield f"twice: {found[0]!r}"


@check("Why?", "Pourquoi ?")
def typography(message, text):
    text = prose(QUOTED.sub("", text))
    for fault, [[pattern, *_examples]] in RULES["typography"].items():
        if found := re.search(pattern, text):
            yield f"{fault}: {text[max(0, found.start() - 15) : found.end() + 15]!r}"


@check("The network reads the digits, and it is right.", "The network reads the digits, et voilà.")
def no_english(message, text):
    text = re.sub(r"\*[^*]+\*|«[^»]*»", " ", prose(QUOTED.sub(" ", text)))
    if len(found := ENGLISH.findall(text)) > 1:
        yield f"English words: {found}"


@pytest.mark.parametrize("name", CATALOGUES)
def test_every_translation_is_well_made(name):
    faults = [
        f"{where}: {fault}"
        for where, message, text in translations(name)
        for function, _message, _wrong in (case.values for case in CHECKS)
        for fault in function(message, text)
    ]
    assert faults == []


@pytest.mark.parametrize("function, message, wrong", CHECKS)
def test_check_finds_a_wrong_translation(function, message, wrong):
    assert list(function(message, wrong))


@pytest.mark.parametrize(
    "kind, function", [("never", no_forbidden_words), ("typography", typography)]
)
def test_each_example_of_a_fault_is_found(kind, function):
    for advice, rules in RULES[kind].items():
        for pattern, *examples in rules:
            assert examples, f"no example of {pattern}"
            for wrong in examples:
                assert re.search(pattern, wrong, re.I)
                assert any(fault.startswith(advice) for fault in function("", wrong)), wrong


@pytest.mark.parametrize("english", RULES["glossary"])
def test_each_term_that_is_put_otherwise_is_found(english):
    """Real translations from which the term is taken."""
    french, tried = RULES["glossary"][english], 0
    for _where, message, text in ALL:
        if re.search(rf"\b(?:{english})\b", prose(QUOTED.sub(" ", message)), re.I):
            tried += 1
            wrong = re.sub(french, "truc", text, flags=re.I)
            assert f"is to be: {french}" in "\n".join(terms_of_the_glossary(message, wrong))
    assert tried


@pytest.mark.parametrize("right, wrong", [
    ("un poids (*weight*), Keras", "un poids (weight), Kerass"),
    ("L’entraînement : qu’apprend-il aujourd’hui ?", "L’entrainement : qu’aprend-il ?"),
    ("Le XOR de Rosenblatt, c’est-à-dire", "Le XOR de Rosenblat, c’est-à-dirre"),
    ("deux couches cachées", "deux couche cachéees"),
])  # fmt: skip
def test_the_dictionary_knows_forms_elisions_and_names(right, wrong):
    message = "The XOR of Rosenblatt and two weights"
    assert list(spelling(message, right)) == []
    assert list(spelling(message, wrong))


# --- beside the catalogues -----------------------------------------------------------------------


def french_strings(script):
    """The strings of a script's French table, each with its line; 0 where a template computes."""
    table = re.search(r"^ *fr: \{\n(.*?)^ *\},\n", script, re.M | re.S)
    for found in re.finditer(r'"[^"\n]+"|`[^`]+`', table[1]):
        line = script.count("\n", 0, table.start(1) + found.start()) + 1
        yield line, re.sub(r"\$\{[^}]*\}", "0", found[0][1:-1])


def strings(value, place=""):
    """The strings of a table, each with its place in it."""
    if isinstance(value, str):
        yield place, value
    else:
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from strings(part, f"{place}:{key}")


def other_texts():
    """What is written in French outside of the catalogues: (file and line, English words, text)."""
    english, french = (
        list(strings(json.loads((ROOT / f"assets/words/{name}.json").read_text(encoding="utf-8"))))
        for name in ("en", "fr")
    )
    for place, text in french:
        yield f"fr.json{place}", " ".join(text for _place, text in english), text
    script = (ROOT / "assets/static/site.js").read_text(encoding="utf-8")
    for number, text in french_strings(script):
        yield f"site.js:{number}", script, text
    english, french = readmes()
    lines = re.sub(
        r"^```.*?^```", lambda code: re.sub("[^\n]", "", code[0]), french, flags=re.M | re.S
    )
    for line, text in enumerate(lines.split("\n"), 1):
        yield f"README.fr.md:{line}", english + " English", text


def faults_of(texts):
    for where, english, text in texts:
        for function in (spelling, typography, no_forbidden_words, no_word_twice, no_english):
            yield from (f"{where}: {fault}" for fault in function(english, text))


def test_scripts_and_the_first_page_are_in_good_french():
    texts = list(other_texts())
    assert {"fr.json", "site.js", "README.fr.md"} == {
        where.partition(":")[0] for where, *_ in texts
    }
    assert list(faults_of(texts)) == []


def test_a_slip_in_a_script_is_found():
    script = 'en: {\n close: "Close it",\n},\nfr: {\n close: "Fremer",\n found: `${n} %, là`,\n},\n'
    texts = [(f"a.js:{line}", "Close it", text) for line, text in french_strings(script)]
    faults = "\n".join(faults_of(texts))
    assert re.search(r"a.js:5: .*'Fremer'", faults) and "Close" not in faults
    assert re.search(r"a.js:6: no-break space before %", faults)


def readmes():
    return [(ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.fr.md")]


def same_readme(english, french):
    """Whether both have the same commands and versions of Python, and lead to each other."""
    ours, theirs = (set(re.findall(r"\]\(([^)#]*)", text)) for text in (english, french))
    return (
        "README.md" in theirs
        and theirs <= ours | {"README.md"}
        and "README.fr.md" in ours
        and re.findall(r"^make \w+", french, re.M) == re.findall(r"^make \w+", english, re.M)
        and set(re.findall(r"3\.\d\d", french)) == set(re.findall(r"3\.\d\d", english))
    )


def test_the_french_readme_says_the_same():
    english, french = readmes()
    assert same_readme(english, french)
    for right in ("make test", "(README.md)", "(CONTRIBUTING.md)", "3.13"):
        assert right in french and not same_readme(
            english, french.replace(right, right[:-1] + "x)")
        )


def test_the_literal_name_of_deep_learning_is_only_a_remark():
    def remarks(texts):
        return sum(len(re.findall("apprentissage en profondeur", text, re.I)) for text in texts)

    texts = [text for _where, _message, text in ALL]
    assert remarks(texts) <= 2 < remarks([*texts, *["L’apprentissage en profondeur"] * 3])


def test_our_own_words_are_in_order_needed_and_used():
    own = own_words()
    assert own == sorted(set(own), key=str.lower)
    assert [word for word in own if is_french(word, own=False)] == []
    texts = " ".join(text for *_, text in [*ALL, *other_texts()]).lower()
    assert [word for word in own if not re.search(rf"\b{word.lower()}\b", texts)] == []


# --- complete ------------------------------------------------------------------------------------


@pytest.fixture
def course(tmp_path, monkeypatch):
    """The course elsewhere, so that `make translate` may write its catalogues."""
    for name in ("_config.yml", "_toc.yml", "CITATION.cff", "sphinx_extensions", "tools"):
        (tmp_path / name).symlink_to(ROOT / name)
    for name in ("chapters", "locales"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.setattr(translate, "ROOT", tmp_path)
    return tmp_path


def test_nothing_waits_for_a_translator(course):
    assert list(translate.refresh()) == []
    for old, new in (
        ("so it cannot compute XOR", "so it never computes XOR"),
        ("# Neurons", "# N"),
    ):
        path = course / "chapters/01-neurons.ipynb"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    faults = list(translate.refresh())
    name = "locales/fr/LC_MESSAGES/chapters/01-neurons.po"
    patterns = [
        rf"{name}:\d+: not translated \(chapters/01-neurons.ipynb, cell 1\): N",
        rf"{name}:\d\d+: changed \(chapters/01-neurons.ipynb, cell \d+\): One neuron draws",
        rf"{name}:\d\d+: obsolete \(nowhere\): Neurons",
    ]
    for pattern, fault in zip(patterns, faults, strict=True):
        assert re.match(pattern, fault), fault
    text = (course / name).read_text(encoding="utf-8")
    assert '#, fuzzy\n#| msgid "One neuron draws' in text
    assert list(translate.refresh())[1].partition(": ")[2] == faults[1].partition(": ")[2]
    assert "# |" not in (course / name).read_text(encoding="utf-8")
