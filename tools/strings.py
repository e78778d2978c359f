"""The strings that a notebook's code displays: found by rule, and put in another language.

Displayed is a string in words, with a blank between two of them; and a single word that is given
to what writes (`WRITERS`: print, set_title …) or as a title or a label (`KEYWORDS`). Never so are
docstrings, comments, programs in three quotes, the settings of a call, and the keys of the cases
of a check. What is left, as a layer's name or a key of one word, stays in English, unless somebody
has put that word into the catalogue, in the context `WORD`: it is then translated wherever it
stands in the notebook.

A message is the string's text, an f-string's with its {placeholders} as Python writes them.
"""

import ast
import io
import re
import tokenize

CODE, WORD = "code", "word"  # contexts of these messages in a catalogue
WRITERS = {"print", "title", "set_title", "suptitle", "text", "annotate", "set_label", "legend"}
WRITERS |= {"set_xticks", "set_yticks", "draw_box", "draw_network", "draw_neuron"}
WRITERS |= {f"{prefix}{axis}label" for prefix in ("", "set_", "sup") for axis in "xy"}
KEYWORDS = {"title", "label", "labels", "xlabel", "ylabel", "xticklabels", "yticklabels"}
PLACEHOLDER = re.compile(r"\{(?:[^{}]|\{[^{}]*\})+\}")
WIDTH = 84  # of a line of code on a page
HELD = "\0"  # a blank at which no string is parted


def piece(node):
    """A placeholder of an f-string, as Python writes it."""
    kind = "" if node.conversion < 0 else "!" + chr(node.conversion)
    form = ":" + message(node.format_spec) if node.format_spec else ""
    return "{" + ast.unparse(node.value) + kind + form + "}"


def message(node):
    """The text of a string; of an f-string, in which a brace that holds nothing stands twice."""
    if isinstance(node, ast.Constant):
        return node.value
    parts = (doubled(p.value) if isinstance(p, ast.Constant) else piece(p) for p in node.values)
    return "".join(parts)


def doubled(text):
    """A text as an f-string has it, in which a brace stands twice."""
    return text.replace("{", "{{").replace("}", "}}")


def single(text):
    """A text of an f-string as it is shown."""
    return text.replace("{{", "{").replace("}}", "}")


def placeholders(text):
    """The placeholders of a message, in order, as matches."""
    return list(PLACEHOLDER.finditer(re.sub(r"\{\{|\}\}", "  ", text)))


def fields(node):
    """The placeholders of an f-string, as parts of its syntax tree."""
    return [part for part in node.values if isinstance(part, ast.FormattedValue)]


def bare(text):
    """A message without placeholders, formulas and marks of a format."""
    text = PLACEHOLDER.sub("0", text.replace("{{", "  ").replace("}}", "  "))
    return re.sub(r"\$[^$]*\$|%[.\d]*[a-z]\b", "0", text)


def name_of(call):
    """The last name of what is called: title of axes.title(…)."""
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def strings(node, shows=False, outer=None):
    """Yield the strings of a syntax tree, with whether each is given to what writes or labels.

    The third of a triple is the string in whose placeholder one stands, or else itself.
    """
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.JoinedStr) or isinstance(getattr(node, "value", None), str):
        outer = outer or node
        yield node, shows, outer
    if isinstance(node, ast.Call):
        within = [(node.func, shows), *((one, name_of(node) in WRITERS) for one in node.args)]
        for keyword in node.keywords:
            labels = keyword.arg in KEYWORDS
            is_setting = keyword.arg and isinstance(keyword.value, (ast.Constant, ast.JoinedStr))
            if labels or not is_setting:
                within.append((keyword.value, labels))
    elif isinstance(node, ast.JoinedStr):
        within = [(field.value, shows) for field in fields(node)]
    else:
        shows = shows and not isinstance(node, (ast.Dict, ast.Subscript, ast.Compare))
        within = [(child, shows) for child in ast.iter_child_nodes(node)]
    for child, writes in within:
        yield from strings(child, writes, outer)


def displayed(source, words=()):
    """The strings of a cell that are displayed, each with the string in which it stands.

    `words` are single words that are displayed wherever they stand.
    """
    if re.search(r"^\s*[%!]", source, re.M):  # a command of IPython
        return []
    tree, cases = ast.parse(source), set()
    if source.startswith("# @title The check"):
        tables = (node for node in ast.walk(tree) if isinstance(node, ast.Dict))
        cases = {getattr(key, "value", None) for table in tables for key in table.keys}

    def is_displayed(node, shows):
        text = bare(message(node))
        in_words = re.search(r"[^\W\d_]\S*\s+\S|\S\s+\S*[^\W\d_]", text)
        has_word = re.search(r"[^\W\d_]{2}|\ba 0", text)  # as in "a {digit}"
        is_program = '"""' in (ast.get_source_segment(source, node) or "")
        is_told = has_word and (in_words or shows) and not is_program and text not in cases
        return message(node) in words or is_told

    return [(node, outer) for node, shows, outer in strings(tree) if is_displayed(node, shows)]


def say(node, text):
    """Give a string of a syntax tree another text, with the same placeholders in order."""
    if isinstance(node, ast.Constant):
        node.value = text
        return
    values, end = [], 0
    for found, field in zip(placeholders(text), fields(node), strict=True):
        values += [ast.Constant(single(text[end : found.start()])), field]
        end = found.end()
    node.values = [*values, ast.Constant(single(text[end:]))]


def source_of(node, raw, room):
    """A string as source: pieces of at most `room` characters, where its blanks allow that."""
    formatted = isinstance(node, ast.JoinedStr)
    prefix, text = "f" * formatted + "r" * raw, ""
    for part in node.values if formatted else [node]:
        if isinstance(part, ast.FormattedValue):
            text += piece(part).replace(" ", HELD)
            continue
        own = doubled(part.value) if formatted else part.value
        if not raw:
            for sign, code in ("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"):
                own = own.replace(sign, code)
        text += own
    room -= len(prefix) + 2
    first, *others = re.split(r"(?<= )(?=[^ {])|(?<=\\n)(?=.)", text)
    pieces = [first]
    for unit in others:
        is_line = len(text) > room and pieces[-1].endswith("\\n")
        if is_line or len(pieces[-1] + unit) > room:
            pieces.append("")
        pieces[-1] += unit
    return [f'{prefix}"{text}"'.replace(HELD, " ") for text in pieces]


def brackets(source):
    """The places of the brackets that are open at each token, as {(line, column): [place, …]}."""
    opened, found, within = [], {}, 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        within += {"FSTRING_START": 1, "FSTRING_END": -1}.get(tokenize.tok_name[token.type], 0)
        if token.type == tokenize.OP and not within and token.string in ")]}":
            opened.pop()
        found[token.start] = [*opened]
        if token.type == tokenize.OP and not within and token.string in "([{":
            opened.append(token.start)
    return found


def folded(source):
    """Break lines that are too long after a comma or before a "for" within brackets."""
    lines, places = source.split("\n"), []
    for (row, column), opened in brackets(source).items():
        if not opened or len(line := lines[row - 1]) <= WIDTH:
            continue
        is_for = line[column - 1 : column + 4] == " for "  # of a comprehension
        column -= 2 * is_for
        if 0 < column < WIDTH and (is_for or line[column : column + 2] == ", "):
            own, at = opened[-1]
            indent = at + 1 if own == row else len(line) - len(line.lstrip())
            if indent < column:
                places.append((row, len(opened), -column, indent))
    if not places:
        return source
    row, _, column, indent = min(places)
    line = lines[row - 1]
    lines[row - 1] = f"{line[: 1 - column]}\n{' ' * indent}{line[2 - column :]}"
    return folded("\n".join(lines))


def translate_code(source, change, words=()):
    """The source of a cell with change(message) in place of each message that it displays."""
    found = [(*pair, change(message(pair[0]))) for pair in displayed(source, words)]
    new = [(node, outer, text) for node, outer, text in found if text != message(node)]
    if not new:
        return source
    for node, _, text in new:
        say(node, text)
    lines, opened = source.split("\n"), brackets(source)
    changed = {(outer.lineno, outer.col_offset): outer for _, outer, _ in new}
    for _, node in sorted(changed.items(), reverse=True):
        start, end = node.lineno - 1, node.end_lineno - 1
        before = lines[start].encode()[: node.col_offset].decode()
        after = lines[end].encode()[node.end_col_offset :].decode()
        raw = ast.get_source_segment(source, node)[:2].lower().partition('"')[0].endswith("r")
        pieces = source_of(node, raw, max(WIDTH - len(before) - 2, 40))
        indent = " " * len(before)
        if len(pieces) > 1 and not opened[start + 1, len(before)]:
            pieces[0], pieces[-1], indent = f"({pieces[0]}", f"{pieces[-1]})", indent + " "
        text = f"\n{indent}".join(pieces)
        lines[start : end + 1] = f"{before}{text}{after}".split("\n")
    return folded("\n".join(lines))
