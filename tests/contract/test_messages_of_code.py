"""Every message that the code says is said in every language of the report."""

import ast
import re

import pytest

from papercheck.vocabulary.facts import LANGUAGES
from rechallenge.text.language import translated
from tests.conftest import project

LIBRARY = project() / "lib" / "rechallenge"
WORDS = re.compile(r"[A-Za-z]{3}")
SAME = {"SMD", "Kappa"}  # written so in every language


def constants(node, named):
    """The texts that an expression may be: a literal, one of two, or a name that the module gives to a literal."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return constants(node.body, named) + constants(node.orelse, named)
    if isinstance(node, ast.Name):
        return named.get(node.id, [])
    return []


def named_in(body):
    """{name: the literals that these statements give to it}."""
    named = {}
    for node in body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            named.setdefault(node.targets[0].id, []).extend(constants(node.value, {}))
    return named


def messages(text):
    """The literal first arguments of `say` in a module that has it of text.language."""
    if not re.search(r"^from \.+(text\.)?language import .*\bsay\b", text, re.M):
        return
    tree = ast.parse(text)
    of_module = named_in(tree.body)
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            nodes = list(ast.walk(function))
            named = of_module | named_in(nodes)
            for n in nodes:
                if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "say" and n.args:
                    yield from constants(n.args[0], named)


@pytest.mark.parametrize("code", LANGUAGES[1:])
def test_every_message_has_its_translation(code):
    untold, seen = {}, 0
    for path in sorted(LIBRARY.rglob("*.py")):
        for text in messages(path.read_text(encoding="utf-8")):
            seen += 1
            words = WORDS.search(re.sub(r"\{\w+\}", "", text)) and text not in SAME
            if words and translated(text, code) == text:
                untold.setdefault(str(path.relative_to(LIBRARY)), []).append(text)
    assert seen > 1000
    assert not untold, f"without a translation; write each into text/locale/{code}/ (any .po file there): {untold}"
