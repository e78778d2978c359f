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
    return text.replace("{", "{{").replace("}", "}}")


def single(text):
    return text.replace("{{", "{").replace("}}", "}")


def placeholders(text):
    """The placeholders of a message, in order, as matches."""
    return list(PLACEHOLDER.finditer(re.sub(r"\{\{|\}\}", "  ", text)))


def bare(text):
    """A message without placeholders, formulas and marks of a format."""
    for found in reversed(placeholders(text)):
        text = f"{text[: found.start()]}0{text[found.end() :]}"
    return re.sub(r"\$[^$]*\$|%[.\d]*[a-z]\b", "0", text)


def name_of(call):
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


class Finder(ast.NodeVisitor):
    """Collects the displayed strings of a cell; a string in an f-string's placeholder as well."""

    def __init__(self, source, words):
        self.source, self.words, self.found, self.writes = source, words, [], False
        self.is_check, self.cases = source.startswith("# @title The check"), set()

    def visit_Expr(self, node):
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Call(self, node):
        before = self.writes
        self.visit(node.func)
        writes = name_of(node) in WRITERS
        for argument in node.args:
            self.writes = writes
            self.visit(argument)
        for keyword in node.keywords:
            self.writes = keyword.arg in KEYWORDS
            setting = isinstance(keyword.value, (ast.Constant, ast.JoinedStr))
            if self.writes or not setting or keyword.arg is None:
                self.visit(keyword.value)
        self.writes = before

    def visit_Dict(self, node):
        if self.is_check:
            self.cases |= {getattr(key, "value", None) for key in node.keys}
        self.visit_Subscript(node)

    def visit_Subscript(self, node):
        before, self.writes = self.writes, False
        self.generic_visit(node)
        self.writes = before

    visit_Compare = visit_Subscript

    def visit_Constant(self, node):
        if isinstance(node.value, str):
            self.judge(node)

    def visit_JoinedStr(self, node):
        self.judge(node)
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)

    def judge(self, node):
        text = bare(message(node))
        in_words = re.search(r"[^\W\d_]\S*\s+\S|\S\s+\S*[^\W\d_]", text)
        has_word = re.search(r"[^\W\d_]{2}|\ba 0", text)  # as in "a {digit}"
        shows = has_word and (in_words or self.writes)
        is_program = '"""' in (ast.get_source_segment(self.source, node) or "")
        if text in self.words or shows and not is_program and text not in self.cases:
            self.found.append(node)


def displayed(source, words=()):
    """The syntax tree of a cell, and in order its strings that are displayed.

    `words` are single words that are displayed wherever they stand.
    """
    if re.search(r"^\s*[%!]", source, re.M):  # a command of IPython
        return ast.Module([], []), []
    finder = Finder(source, words)
    tree = ast.parse(source)
    finder.visit(tree)
    return tree, finder.found


class Translator(ast.NodeTransformer):
    """Puts a text in place of that of some strings: {id(node): text}."""

    def __init__(self, said):
        self.said = said

    def visit_Constant(self, node):
        return ast.Constant(self.said[id(node)]) if id(node) in self.said else node

    def visit_JoinedStr(self, node):
        own, text = {}, self.said.get(id(node), message(node))
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                place = piece(part)
                own[place] = ast.FormattedValue(
                    self.visit(part.value), part.conversion, part.format_spec
                )
        values, end = [], 0
        for found in placeholders(text):
            values += [ast.Constant(single(text[end : found.start()])), own[found[0]]]
            end = found.end()
        values.append(ast.Constant(single(text[end:])))
        return ast.JoinedStr([part for part in values if getattr(part, "value", 1) != ""])


def written(node, raw, room):
    """A string as source: pieces of at most `room` characters, where its blanks allow that."""
    formatted = isinstance(node, ast.JoinedStr)
    prefix, units = "f" * formatted + "r" * raw, [""]  # units: what is not to be parted
    for part in node.values if formatted else [node]:
        if isinstance(part, ast.FormattedValue):
            units[-1] += piece(part)
            continue
        text = doubled(part.value) if formatted else part.value
        if not raw:
            for sign, code in ("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"):
                text = text.replace(sign, code)
        first, *others = re.split(r"(?<= )(?=[^ ])|(?<=\\n)(?=.)", text)
        units[-1] += first
        units += others
    pieces, is_long = [units[0]], len(prefix) + 2 + len("".join(units)) > room
    for unit in units[1:]:
        is_line = is_long and pieces[-1].endswith("\\n")
        if is_line or len(prefix) + 2 + len(pieces[-1] + unit) > room:
            pieces.append("")
        pieces[-1] += unit
    return [f'{prefix}"{text}"' for text in pieces]


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
    """Break a line that is too long after a comma or before a "for" within brackets."""
    number = 0
    while number < len(lines := source.split("\n")):
        line, number = lines[number], number + 1
        places = []
        for (row, column), opened in brackets(source).items() if len(line) > WIDTH else ():
            if line[column - 1 : column + 4] == " for ":  # of a comprehension
                column -= 2
            elif line[column : column + 2] != ", ":
                continue
            if row == number and opened and 0 < column < WIDTH:
                own, at = opened[-1]
                indent = at + 1 if own == row else len(line) - len(line.lstrip())
                if indent < column:
                    places.append((len(opened), -column, indent))
        if places:
            _, column, indent = min(places)
            lines[number - 1] = f"{line[: 1 - column]}\n{' ' * indent}{line[2 - column :]}"
            source = "\n".join(lines)
    return source


def outermost(tree):
    """The strings of a syntax tree that stand in no other string."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.JoinedStr) or isinstance(getattr(child, "value", None), str):
            yield child
        else:
            yield from outermost(child)


def translate_code(source, change, words=()):
    """The source of a cell with change(message) in place of each message that it displays."""
    tree, nodes = displayed(source, words)
    said = {id(node): change(message(node)) for node in nodes}
    new = Translator({id(n): said[id(n)] for n in nodes if said[id(n)] != message(n)})
    lines, opened = source.split("\n"), brackets(source)
    strings = sorted(outermost(tree), key=lambda node: (node.lineno, node.col_offset))
    for node in reversed(strings):
        if not any(id(part) in new.said for part in ast.walk(node)):
            continue
        start, end = node.lineno - 1, node.end_lineno - 1
        before = lines[start].encode()[: node.col_offset].decode()
        after = lines[end].encode()[node.end_col_offset :].decode()
        raw = ast.get_source_segment(source, node)[:2].lower().partition('"')[0].endswith("r")
        pieces = written(new.visit(node), raw, max(WIDTH - len(before) - 2, 40))
        indent = " " * len(before)
        if len(pieces) > 1 and not opened[start + 1, len(before)]:
            pieces[0], pieces[-1], indent = f"({pieces[0]}", f"{pieces[-1]})", indent + " "
        text = f"\n{indent}".join(pieces)
        lines[start : end + 1] = f"{before}{text}{after}".split("\n")
    return folded("\n".join(lines)) if new.said else source
