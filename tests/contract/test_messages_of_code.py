"""Every message that the code says is said in every language of the report."""

import ast
import re
from functools import cache

import pytest

from papercheck.audit.curves_of_parts import SIDES
from papercheck.audit.engine import audit
from papercheck.audit.finding import Either, Message
from papercheck.audit.intervals import NOT_MIDDLE
from papercheck.audit.median_intervals import OF_ONE_BAND, RISES, SLOPE, UNLIKE
from papercheck.audit.medians import REACHED, SYMMETRIC
from papercheck.audit.parts import SUBJECTS
from papercheck.audit.precision import HALF_WIDTH, NO_EVENT
from papercheck.registry.registry import load_registry
from papercheck.vocabulary.facts import LANGUAGES
from rechallenge.cohort.check.rules import RULES
from rechallenge.replication.said import audit_said
from rechallenge.run.sections import read_notebook
from rechallenge.text.language import speaking, translated
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


@cache
def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def imported_in(path):
    """{name: the literals that it stands for in the module of the same package from which `path` has it}."""
    named = {}
    for node in parsed(path).body:
        if isinstance(node, ast.ImportFrom) and node.level and node.module:
            source = path.parents[node.level - 1].joinpath(*node.module.split(".")).with_suffix(".py")
            theirs = named_in(parsed(source).body) if source.is_file() else {}
            named |= {a.asname or a.name: theirs[a.name] for a in node.names if a.name in theirs}
    return named


def messages(path):
    """The literal first arguments of `say` in a module that has it of text.language."""
    if re.search(r"^from \.+(text\.)?language import .*\bsay\b", path.read_text(encoding="utf-8"), re.M):
        yield from calls_of(path, "say")


def calls_of(path, called):
    """The literal first arguments of a function in the functions of a module."""
    tree = parsed(path)
    of_module = imported_in(path) | named_in(tree.body)
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            nodes = list(ast.walk(function))
            named = of_module | named_in(nodes)
            for n in nodes:
                if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == called and n.args:
                    yield from constants(n.args[0], named)


@pytest.mark.slow
@pytest.mark.parametrize("code", LANGUAGES[1:])
def test_every_message_has_its_translation(code):
    untold, seen = {}, 0
    for path in sorted(LIBRARY.rglob("*.py")):
        for text in messages(path):
            seen += 1
            words = WORDS.search(re.sub(r"\{\w+\}", "", text)) and text not in SAME
            if words and translated(text, code) == text:
                untold.setdefault(str(path.relative_to(LIBRARY)), []).append(text)
    assert seen > 1000
    assert not untold, f"without a translation; write each into text/locale/{code}/ (any .po file there): {untold}"


@pytest.mark.slow
@pytest.mark.parametrize("code", LANGUAGES[1:])
def test_what_the_audit_says_by_a_message_has_its_translation(code):
    lib = project() / "lib"
    paths = [p for room in ("audit", "reconstruction", "replicate") for p in (lib / "papercheck" / room).glob("*.py")]
    paths += [*(lib / "rechallenge" / "replication").glob("*.py"), *(lib / "rechallenge" / "cohort").rglob("*.py")]
    said = {text for path in paths for text in calls_of(path, "Message")}
    said |= {
        text
        for table in (SIDES, REACHED, SYMMETRIC, NO_EVENT, HALF_WIDTH, NOT_MIDDLE, OF_ONE_BAND)
        for text in table.values()
    }
    said |= {SLOPE, UNLIKE, RISES, SUBJECTS}
    known = {t for t in said if WORDS.search(re.sub(r"\{\w+\}", "", t))}
    assert len(known) > 40 and not {t for t in known if translated(t, code) == t}


PLACES = re.compile(r"(Text|Table|Figure|Abstract|Discussion)[^；。，）]*|“[^”]*”|\"[^\"]*\"")


@pytest.mark.parametrize("study", ["quzhou-2025", "chen-2025", "xu-2023"])
def test_no_finding_of_a_shipped_study_is_english_in_a_chinese_report(study):
    findings = audit(load_registry(study))
    with speaking("zh"):
        said = {f.wording: audit_said(f.wording) for f in findings}
    assert said and not [wording for wording, text in said.items() if text == wording]
    assert not [
        text for text in said.values() if re.search(r"[a-z]+ (of|is|are|the|that|in) [a-z]", PLACES.sub("", text))
    ]


def test_every_parameter_and_every_rule_of_the_data_is_said_in_chinese():
    paths = sorted((project() / "notebooks").glob("[0-9]*.ipynb"))
    told = {p.help for path in paths for p in read_notebook(path).parameters.values()}
    told |= {text for rule in RULES if rule.severity != "error" for text in (rule.words, rule.action) if text}
    left = [text for text in told if translated(text, "zh") == text]
    assert len(told) > 90 and not left, f"write each into text/locale/zh/parameters.po or checks.po: {left}"


def test_readings_of_which_one_holds_are_joined_by_or_in_each_language():
    readings = Either([Message("{k} of {n}", k=k, n=40) for k in (12, 13, 13, 14)])
    told = Message("{what}; it would do at {listed}", what="A", listed=readings)
    assert told == "A; it would do at 12 of 40, 13 of 40 or 14 of 40"
    with speaking("zh"):
        assert "或" in audit_said(told) and " or " not in audit_said(told) and "of" not in audit_said(told)
        assert audit_said(Either(["a Wald test"])) == "Wald 检验"
