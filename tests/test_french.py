"""The French edition: as complete as the English one, and in good French.

A check takes a message and its translation and yields a sentence for each fault; beside it stands a
pair that is wrong on purpose, in which it has to find one. Faults name catalogue and line.
"""

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import polib
import pytest
import yaml

from sphinx_extensions.translation import translate_source
from tests.spelling import ELISION, OWN, dictionary_forms, is_french, own_words, unknown
from tools.translate import merged, to_do, words

ROOT = Path(__file__).parent.parent
CATALOGUES = sorted((ROOT / "locales/fr/LC_MESSAGES").rglob("*.po"))
SOURCES = sorted([*ROOT.glob("chapters/*.ipynb"), *ROOT.glob("chapters/*.md")])
CODE = r"`[^`]+`|\$[^$]+\$"
# Titles of papers, licences, versions
QUOTED = re.compile(r"\[[^]]*\]\(http[^)]*\)|CC BY[-\w]* \d\.\d|Python \d\.\d+ à \d\.\d+")
NOT_PROSE = re.compile(CODE + r"|\]\([^)]*\)|https?://\S+|<[^>]+>|&\w+;|\\.")
# What a French engineer would not write, and what to write.
FORBIDDEN = {
    r"formations? (d[ue]s?|d’un|d’une|de [cnv]\w+) (réseau|modèle|neurone|couche)": "entraînement",
    r"(réseau|modèle)x?s? formés?\b": "entraîné",
    r"masquée?s?\b": "cachée",
    r"fonctions? de réaction": "fonction d’activation",
    r"simplement": "rien",
    r"taux d.apprenti\b|(vitesse|rythme|pas) d.apprentissage": "taux d’apprentissage",
    r"surajustement|sur-apprentissage|surentraîn\w+": "surapprentissage",
    r"sous-ajustement": "sous-apprentissage",
    r"rétro-propagation|propagation (en )?arrière": "rétropropagation",
    r"pondération du biais|partialité": "biais",
    r"réseaux? neura(l|ux)\b|réseaux? neuron(al|aux)\b": "réseau de neurones",
    r"descente du gradient|gradient descendant": "descente de gradient",
    r"entropie croisé\b|entropie transversale": "entropie croisée",
    r"fonctions? de perdre|fonctions? d.objectif": "fonction de perte",
    r"ensembles? (de test|d.entraînement|de formation|de validation)": "jeu",
    r"matrice de confusions|matrice de la confusion": "matrice de confusion",
    r"calibration(?!\))": "étalonnage",
    r"librairies?\b": "bibliothèque",
    r"\bdigits?\b": "chiffre",
    r"\bdata\b": "données",
    r"\bdatasets?\b": "jeu de données",
    r"abandon aléatoire|décrochage": "dropout",
    r"apprentissage machine": "apprentissage automatique",
}
# Examples of them, for the test that each is found.
WRONG_WORDS = [
    "la formation du réseau", "les formations d’un modèle", "la formation des couches",
    "un réseau formé", "des modèles formés", "les couches masquées", "une fonction de réaction",
    "il suffit simplement", "le taux d’apprenti", "la vitesse d’apprentissage",
    "le rythme d’apprentissage", "le pas d’apprentissage", "le surajustement",
    "le sur-apprentissage", "le surentraînement", "le sous-ajustement", "la rétro-propagation",
    "la propagation arrière", "la propagation en arrière", "la pondération du biais",
    "la partialité", "un réseau neural", "des réseaux neuraux", "un réseau neuronal",
    "des réseaux neuronaux", "la descente du gradient", "le gradient descendant",
    "l’entropie croisé", "l’entropie transversale", "la fonction de perdre",
    "la fonction d’objectif", "l’ensemble de test", "les ensembles d’entraînement",
    "l’ensemble de formation", "l’ensemble de validation", "la matrice de confusions",
    "la matrice de la confusion", "la calibration", "une librairie", "les digits", "les data",
    "un dataset", "l’abandon aléatoire", "le décrochage", "l’apprentissage machine",
]  # fmt: skip
# The glossary: wherever the English term stands, one of the French.
TERMS = {
    r"neural networks?": r"réseaux? de neurones",
    r"deep networks?": r"réseaux? (\w+ )?profonds?",
    r"deep learning": r"apprentissage profond",
    r"hidden layers?": r"couches? cachées?",
    r"output layers?": r"couches? de sortie",
    r"input layers?": r"couches? d’entrée",
    r"weighted sums?": r"sommes? pondérées?",
    r"weights?": r"poids|pond[ée]r|coefficient",  # the last of a mean
    r"bias(es)?": r"biais",
    r"activation functions?": r"fonctions? d’activation",
    r"sigmoid": r"sigmoïde",
    r"logits?": r"logit",
    r"softmax": r"softmax",
    r"loss": r"pertes?\b",
    r"cross-entropy": r"entropie croisée",
    r"train(s|ed|ing|ings)?": r"entraîn",
    r"learning rates?": r"taux",
    r"gradient descent": r"descente de gradient",
    r"forward (pass|propagation)": r"propagation avant",
    r"backpropagation": r"rétropropagation",
    r"chain rule": r"règle de dérivation en chaîne",
    r"derivatives?": r"dérivée",
    r"finite differences?": r"différences? finies?",
    r"epochs?": r"époque",
    r"batch(es)?": r"\blots?\b",
    r"batch normalisation": r"normalisation par lots",
    r"training set": r"jeu d’entraînement",
    r"validation set": r"jeu de validation",
    r"test set": r"jeu de test",
    r"overfit(s|ting)?": r"surappren",
    r"dropout": r"dropout",
    r"weight decay": r"dégradation des poids",
    r"label smoothing": r"lissage des étiquettes",
    r"labels?": r"étiquette",
    r"momentum": r"inertie",
    r"optimisers?": r"optimiseur",
    r"accuracy": r"exactitude",
    r"confusion matrix": r"matrice de confusion",
    r"calibrat\w+": r"étalonn",
    r"standard deviations?": r"écarts?-types?",
    r"thresholds?": r"seuil",
    r"seeds?": r"graine",
    r"checkpoints?": r"points? de reprise",
}
# Patterns that French typography does not allow: what it asks for, and what is wrong.
TYPOGRAPHY = {
    r"(?<![\u00a0\u202f?!])[;?!](?![\w=/\[])": (
        "no-break space before ; ? !",
        [
            "Pourquoi?",
            "Pourquoi ?",
            "**Pourquoi?**",
            "(vraiment?)",
            "« Quoi?\u00a0»",
            "Oui; non",
            "Oui!",
        ],
    ),
    r"(?<![\u00a0\u202f]):(?![\w:/])": (
        "no-break space before :",
        ["Durée: 3 min", "Durée : 3 min", "**Durée:** 3 min", "(ceci): 3", "Voici:"],
    ),
    r"«(?!\u00a0)|(?<!\u00a0)»": (
        "no-break spaces inside « »",
        ["«\u00a0oui»", "«oui\u00a0»", "« oui »"],
    ),
    r"(?<=\w)'(?=\w)": ("the apostrophe is ’", ["l'image"]),
    r'["“”]': ("quotation marks are « »", ['un "oui"', "un “oui”"]),
    r"(?<!formule\u00a0\()(?<!version\u00a0)\b\d+\.\d": (
        "the decimal sign is a comma",
        ["98.4\u00a0%"],
    ),
    r"\d ?%": ("no-break space before %", ["98 %", "98%"]),
    r"(?<=\d) (?=\d{3}\b)": ("narrow no-break space between thousands", ["10 000 images"]),
    r" - ": ("an aside stands between –, or commas", ["un mot - enfin"]),
}
ENGLISH = re.compile(r"\b(the|and|with|which|this|that|are|its|of)\b", re.I)
CHECKS = []


def check(message, wrong):
    """Register a check of a translation, with a message and a translation that is wrong."""

    def register(function):
        CHECKS.append(pytest.param(function, message, wrong, id=function.__name__))
        return function

    return register


def prose(text):
    return NOT_PROSE.sub(" ", text)


@cache
def bare(text):
    """The words of an English text in lower case and in the singular, with and without hyphens."""
    parts = re.findall(r"[^\W\d_]+", text) + re.findall(r"[^\W\d_]+", text.replace("-", ""))
    return {part.lower().rstrip("s") for part in parts}


@cache
def english_words():
    """All words of the English course."""
    return bare(" ".join(entry.msgid for path in CATALOGUES for entry in polib.pofile(path)))


def without_english(text, message):
    """A French text without what it gives in English: terms in italics, quotes of the message."""
    text = re.sub(r"\{\w+\}|\b\w+\.(js|py|csv|md)\b", " ", prose(QUOTED.sub(" ", text)))
    text = re.sub(r"\(\*[^*]+\*\)", " ", text.replace("**", ""))
    for marked, known in {
        r"\*[^*]+\*": english_words(),
        r"«[^»]+»|\([^)]+\)": bare(message),
    }.items():

        def kept(found, known=known):
            return " " if bare(found[0]) <= known else found[0]

        text = re.sub(marked, kept, text)
    return text


def numbers(text):
    """The numbers of an English text."""
    return Counter(re.findall(r"\d+(?:\.\d+)?", re.sub(r"(?<=\d),(?=\d{3}\b)", "", prose(text))))


def french_numbers(text):
    """The numbers of a French text as English writes them: 98,4 is 98.4, and 10 000 is 10000."""
    text = re.sub(r"(?<=\d)[\u202f\u00a0](?=\d{3}\b)", "", prose(text))
    return Counter(found.replace(",", ".") for found in re.findall(r"\d+(?:[.,]\d+)?", text))


@check("See `fit` and `predict`.", "Voyez `fit` et `predire`.")
def same_code_and_formulas(message, text):
    ours, theirs = Counter(re.findall(CODE, message)), Counter(re.findall(CODE, text))
    if ours != theirs:
        yield f"code or formulas differ: {dict(ours - theirs)} became {dict(theirs - ours)}"


@check("See [chapter 5](05.ipynb#recap).", "Voyez [le chapitre 5](05.ipynb#resume).")
def same_links(message, text):
    ours, theirs = (Counter(re.findall(r"\]\(([^)]*)\)", part)) for part in (message, text))
    if ours != theirs:
        yield f"links differ: {dict(ours - theirs)} became {dict(theirs - ours)}"


@check("98.4 % of 10,000 images", "98,5 % des 10\u202f000 images")
def same_numbers(message, text):
    ours, theirs = numbers(message), french_numbers(text)
    if ours != theirs:
        yield f"numbers differ: {dict(ours - theirs)} became {dict(theirs - ours)}"


@check("A *good* answer", "Une bonne réponse")
def same_bold(message, text):
    ours, theirs = prose(message).count("**"), prose(text).count("**")
    if ours != theirs:
        yield f"{ours} times ** became {theirs}"
    if "*" in prose(message).replace("**", "") and "*" not in prose(text).replace("**", ""):
        yield "the emphasis is gone"


@check("The hidden layer", "La couche masquée")
def no_forbidden_words(message, text):
    for word, better in FORBIDDEN.items():
        if found := re.search(rf"\b(?:{word})", without_english(text, message), re.I):
            yield f"not {found[0]!r}: {better}"


@check("Choose a learning rate.", "Choisissez une vitesse.")
def terms_of_the_glossary(message, text):
    message, text = prose(QUOTED.sub(" ", message)), prose(QUOTED.sub(" ", text))
    for english, french in TERMS.items():
        if found := re.search(rf"\b(?:{english})\b", message, re.I):
            if not re.search(french, text, re.I):
                yield f"{found[0]!r} is to be: {french}"


@check("The network learns.", "Le réseau apprendt.")
def spelling(message, text):
    """Every word is in the dictionary, save names and the English terms given in italics."""
    names = {word for word in re.findall(r"[^\W\d_]+", message) if not word.islower()}
    for word in unknown(without_english(text, message)):
        if ELISION.sub("", word.replace("’", "'")) not in names:
            yield f"not in the dictionary: {word!r} (or is it one for {OWN.name}?)"


@check("A layer of the network", "Une couche du du réseau")
def no_word_twice(message, text):
    for found in re.finditer(r"\b([^\W\d_]+) \1\b", prose(text), re.I):
        if found[1].lower() not in {"nous", "vous"}:
            yield f"twice: {found[0]!r}"


@check("Why?", "Pourquoi ?")
def typography(message, text):
    text = prose(QUOTED.sub("", text))
    for pattern, (fault, _wrong) in TYPOGRAPHY.items():
        if found := re.search(pattern, text):
            around = text[max(0, found.start() - 15) : found.end() + 15]
            yield f"{fault}: {around!r}"


@check("The network reads the digits, and it is right.", "The network reads the digits, et voilà.")
def no_english(message, text):
    text = re.sub(r"\*[^*]+\*|«[^»]*»", " ", prose(QUOTED.sub(" ", text)))
    if len(found := ENGLISH.findall(text)) > 1:
        yield f"English words: {found}"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_every_translation_is_well_made(path):
    faults = [
        f"{path.relative_to(ROOT)}:{entry.linenum}: {fault}"
        for entry in polib.pofile(path)
        if entry.msgstr and not entry.obsolete
        for function, _message, _wrong in (case.values for case in CHECKS)
        for fault in function(entry.msgid, entry.msgstr)
    ]
    assert faults == []


@pytest.mark.parametrize("function, message, wrong", CHECKS)
def test_check_finds_a_wrong_translation(function, message, wrong):
    assert list(function(message, wrong))


@pytest.mark.parametrize("pattern", TYPOGRAPHY)
def test_each_slip_of_typography_is_found(pattern):
    fault, wrong = TYPOGRAPHY[pattern]
    assert wrong and all(fault in "".join(typography("", text)) for text in wrong)


@pytest.mark.parametrize("word", FORBIDDEN)
def test_each_forbidden_word_is_found(word):
    for alternative in alternatives(word):
        wrong = [text for text in WRONG_WORDS if re.search(rf"\b(?:{alternative})", text, re.I)]
        assert wrong, f"no example of {alternative}"
        for text in wrong:
            assert f": {FORBIDDEN[word]}" in "\n".join(no_forbidden_words("", text))


def alternatives(pattern):
    """The parts of a pattern between its outer |."""
    parts, depth = [""], 0
    for sign in pattern:
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


@pytest.mark.parametrize("english", TERMS)
def test_each_term_that_is_put_otherwise_is_found(english):
    """Real translations from which the term is taken."""
    french, tried = TERMS[english], 0
    for path in CATALOGUES:
        for entry in polib.pofile(path):
            message = prose(QUOTED.sub(" ", entry.msgid))
            if entry.msgstr and re.search(rf"\b(?:{english})\b", message, re.I):
                tried += 1
                wrong = re.sub(french, "truc", entry.msgstr, flags=re.I)
                assert f"is to be: {french}" in "\n".join(terms_of_the_glossary(entry.msgid, wrong))
    assert tried


# --- beside the catalogues -----------------------------------------------------------------------

SCRIPTS = ROOT / "assets/static"


CODE_PART = re.compile(r'"((?:[^"\\\n]|\\.)*)"|//[^\n]*|/\*.*?\*/|[^"`{}/]+|.', re.S)
TEMPLATE_PART = re.compile(r"\\.|\$\{|[^`$\\]+|.", re.S)


def strings(script):
    """The strings of a script, with the line each ends in; 0 stands where a template computes."""
    templates, place = [], 0  # of each template open here: its text, and how many braces are open
    while place < len(script):
        computes = not templates or templates[-1][1]
        part = (CODE_PART if computes else TEMPLATE_PART).match(script, place)
        place, sign = part.end(), part[0]
        if computes and part[1]:
            yield script.count("\n", 0, place) + 1, part[1]
        elif computes and sign == "`":
            templates.append(["", 0])
        elif templates and sign in ("{", "${", "}") and (computes or sign == "${"):
            templates[-1][0] += "0" * (sign == "${")
            templates[-1][1] += -1 if sign == "}" else 1
        elif templates and not computes:
            if sign == "`":
                yield script.count("\n", 0, place) + 1, templates.pop()[0]
            else:
                templates[-1][0] += sign


def french_strings(script):
    """The French strings of a script, with the line each ends in; a whole script if it is fr.js."""
    table = re.search(r"^( *)fr: \{\n.*?^\1\},\n", script, re.M | re.S)
    first = script.count("\n", 0, table.start()) if table else 0
    for line, text in strings(table[0] if table else script):
        if text != "use strict":
            yield first + line, text.replace(r"\u00a0", "\u00a0").replace(r"\u202f", "\u202f")


@cache
def english_of(folder):
    """The words of a folder's scripts, without those that hold only numbers."""
    scripts = [path.read_text() for path in folder.glob("*.js") if path.stat().st_size < 1e5]
    return " ".join(sorted(set(re.findall(r"[A-Za-z]+", " ".join(scripts)))))


def other_texts():
    """What is written in French outside of the catalogues: (file, line, text, English words)."""
    for path in SCRIPTS.rglob("*.js"):
        script = path.read_text()
        if path.name == "fr.js" or re.search(r"^ *fr: \{", script, re.M):
            english = english_of(path.parent)
            for line, text in french_strings(script):
                yield path, line, text, english
    readme = (ROOT / "README.fr.md").read_text()
    english = (ROOT / "README.md").read_text()
    code = re.sub(
        r"^```.*?^```", lambda block: re.sub("[^\n]", "", block[0]), readme, flags=re.M | re.S
    )
    for line, text in enumerate(code.split("\n"), 1):
        yield ROOT / "README.fr.md", line, text, english + " English"


def faults_of(texts):
    for path, line, text, english in texts:
        for function in (spelling, typography, no_forbidden_words, no_word_twice, no_english):
            for fault in function(english, text):
                yield f"{path.relative_to(ROOT)}:{line}: {fault}"


def test_scripts_and_the_first_page_are_in_good_french():
    texts = list(other_texts())
    faults = list(faults_of(texts))
    assert {"site.js", "README.fr.md"} <= {path.name for path, *_rest in texts}
    assert faults == []


def test_a_slip_in_a_script_is_found():
    script = """{
    en: { close: "Close it" },
    fr: {
      close: "Fremer",
      found: (n) => `${n} passages: ${n > 1 ? `plusieurs, ${"ouii"}` : "un"} là`,
    },
}"""
    texts = [(ROOT / "a.js", *found, "Close it") for found in french_strings(script)]
    assert [line for line, text in french_strings(script)] == [4, 5, 5, 5, 5]
    faults = "\n".join(faults_of(texts))
    assert re.search(r"a.js:4: .*'Fremer'.*\na.js:5: .*'ouii'.*\na.js:5: no-break", faults), faults


def commands(readme):
    return re.findall(r"^make \w+", readme, re.M)


def targets(readme):
    return set(re.findall(r"\]\(([^)#]*)", readme))


def faults_of_readme(english, french):
    """How the French README differs where it should not."""
    if commands(french) != commands(english):
        yield f"the commands are {commands(french)}"
    if "README.md" not in targets(french) or "README.fr.md" not in targets(english):
        yield "they do not lead to each other"
    for target in targets(french) - targets(english) - {"README.md"}:
        yield f"only one links to {target}"
    ours, theirs = (set(re.findall(r"3\.\d\d", text)) for text in (english, french))
    if ours != theirs:
        yield f"they name other versions of Python: {ours ^ theirs}"


def test_the_french_readme_says_the_same():
    english, french = (ROOT / "README.md").read_text(), (ROOT / "README.fr.md").read_text()
    assert list(faults_of_readme(english, french)) == []
    for right, wrong in {
        "make test ": "make tests ",
        "(README.md)": "(LISEZMOI.md)",
        "(CONTRIBUTING.md)": "(CONTRIBUER.md)",
        "3.13": "3.12",
    }.items():
        assert right in french and list(faults_of_readme(english, french.replace(right, wrong)))


def remarks(texts):
    """How often the words come that may be explained, but not used."""
    return sum(len(re.findall(r"apprentissage en profondeur", text, re.I)) for text in texts)


def test_the_literal_name_of_deep_learning_is_only_a_remark():
    texts = [entry.msgstr for path in CATALOGUES for entry in polib.pofile(path)]
    assert remarks(texts) <= 2
    assert remarks([*texts, *["L’apprentissage en profondeur"] * 3]) > 2


@pytest.mark.parametrize("right, wrong", [
    ("un poids (*weight*), Keras", "un poids (weight), Kerass"),
    ("L’entraînement : qu’apprend-il aujourd’hui ?", "L’entrainement : qu’aprend-il ?"),
    ("Le XOR de Rosenblatt, c’est-à-dire", "Le XOR de Rosenblat, c’est-a-dire"),
    ("deux couches cachées", "deux couche cachéees"),
])  # fmt: skip
def test_the_dictionary_knows_forms_elisions_and_names(right, wrong):
    message = "The XOR of Rosenblatt and two weights"
    assert list(spelling(message, right)) == []
    assert list(spelling(message, wrong))


def test_our_own_words_are_in_order_needed_and_used():
    own = own_words()
    assert own == sorted(set(own), key=str.lower)
    assert [word for word in own if is_french(word, dictionary_forms())] == []
    texts = [entry.msgstr for path in CATALOGUES for entry in polib.pofile(path)]
    texts = " ".join([*texts, *(text for _path, _line, text, _english in other_texts())]).lower()
    assert [word for word in own if not re.search(rf"\b{word.lower()}\b", texts)] == []


# --- complete ------------------------------------------------------------------------------------


def messages_of(source):
    """The messages of a page, in their order, without Sphinx."""
    found = {}
    translate_source(source, lambda message: found.setdefault(message, message))
    return list(found)


def unfinished(path, messages):
    """What a catalogue lacks, as `make translate` would list it."""
    catalogue = merged(polib.pofile(path), messages, "fr")
    new = [entry.msgid for entry in catalogue if not entry.obsolete]
    old = {entry.msgid for entry in polib.pofile(path) if not entry.obsolete}
    name = path.relative_to(ROOT)
    yield from to_do(path, {message: ["source"] for message in messages})
    for message in new:
        if message not in old:
            near = [e for e in catalogue if e.msgid == message and e.previous_msgid]
            line = next((e.linenum for e in polib.pofile(path) if near
                         and e.msgid == near[0].previous_msgid), 1)  # fmt: skip
            yield f"{name}:{line}: type make translate, there is a new sentence: {message[:70]}"
    for message in old - set(new):
        yield f"{name}: type make translate, this is no longer used: {message[:70]}"


CATALOGUE = """msgid ""
msgstr "Content-Type: text/plain; charset=utf-8"

msgid "A layer"
msgstr "Une couche"

msgid "A weight"
msgstr ""

#, fuzzy
msgid "Two weights"
msgstr "Deux biais"

#~ msgid "Three"
#~ msgstr "Trois"
"""


def test_what_waits_for_a_translator_is_listed(tmp_path, monkeypatch):
    path = tmp_path / "a.po"
    path.write_text(CATALOGUE)
    monkeypatch.setattr("tools.translate.ROOT", tmp_path)
    assert list(to_do(path, {"A weight": ["chapters/01.ipynb, cell 3"]})) == [
        "a.po:7: not translated (chapters/01.ipynb, cell 3): A weight",
        "a.po:10: changed (nowhere): Two weights",
        "a.po:14: obsolete (nowhere): Three",
    ]


def catalogue_of(source):
    return ROOT / f"locales/fr/LC_MESSAGES/chapters/{source.stem}.po"


def messages_with_captions(source):
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text())
    root = Path(contents["root"]).name == source.stem
    captions = [part["caption"] for part in contents["parts"]] if root else []
    return captions + messages_of(source.read_text())


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_every_message_is_translated(source):
    assert list(unfinished(catalogue_of(source), messages_with_captions(source))) == []


def test_the_sites_own_words_are_translated():
    assert list(unfinished(ROOT / "locales/fr/LC_MESSAGES/course.po", list(words()))) == []


def test_a_changed_sentence_is_found():
    source = ROOT / "chapters/01-neurons.ipynb"
    notebook = json.loads(source.read_text())
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        cell["source"] = text.replace("so it cannot compute XOR", "so it never computes XOR")
    messages = messages_of(json.dumps(notebook))
    faults = list(unfinished(catalogue_of(source), messages))
    assert re.search(r"01-neurons\.po:\d{2,}: .*new sentence: One neuron draws", "\n".join(faults))
