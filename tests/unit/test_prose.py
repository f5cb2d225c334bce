"""What the notebooks say in their text cells is said in every language of the report."""

import ast
import json
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from papercheck.audit.finding import each_placed
from papercheck.vocabulary.facts import LANGUAGES
from rechallenge.replication.said import audit_said
from rechallenge.run.render import exporter
from rechallenge.text import language
from rechallenge.text.language import say, speaking, words
from tests.conftest import project

NOTEBOOKS = sorted((project() / "notebooks").glob("[0-9]*.ipynb"))
LATIN = re.compile(r"[A-Za-z][A-Za-z-]{2,}")
KNOWN = {"ICI", "RECIST", "PFS", "PFSR", "Cohen", "kappa", "Cox", "Efron", "Kaplan-Meier", "log-rank"}


def texts(path):
    """Every heading and paragraph of a notebook, in the words of each course."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "markdown":
            own = cell["metadata"].get("rechallenge", {}).get("courses", {})
            for text in filter(None, ["".join(cell["source"]), *own.values()]):
                first, _, rest = text.partition("\n")
                yield from filter(None, [first.lstrip("# "), rest.strip()])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_every_text_of_a_notebook_is_said_without_an_english_word(path):
    for code in LANGUAGES[1:]:
        with speaking(code):
            for text in texts(path):
                said = say(text)
                plain = re.sub(r"`[^`]+`", "", said)
                assert said != text, f"write its translation into lib/rechallenge/text/locale/{code}/prose.po: {text}"
                assert set(LATIN.findall(plain)) <= KNOWN, said
                assert re.findall(r"`[^`]+`", said) == re.findall(r"`[^`]+`", text)  # the same parameters


@pytest.mark.slow
def test_a_text_of_ones_own_without_a_translation_says_its_language():
    page = (project() / "lib/rechallenge/run/templates/rechallenge/index.html.j2").read_text(encoding="utf-8")
    inside = page.split("{%- if part.prose %}")[1].split("{%- endif %}\n{%- for o in part.outputs")[0]
    template = exporter().template.environment.from_string("{%- set facts = {'language': 'zh'} -%}" + inside)
    with speaking("zh"):
        own = template.render(part={"prose": "A text of one's own."})
        text = "Who are these patients? Characteristics are as recorded at baseline; one that arises later says so."
        ours = template.render(part={"prose": text})
    assert '<div lang="en">' in own and "one's own" in own.replace("&#39;", "'")
    assert "lang" not in ours and "这些患者" in ours


CHINESE = "[\u4e00-\u9fff]"
HALF_WIDTH = re.compile(rf"{CHINESE} ?[,.:;](?!\d)|[,:;]{CHINESE}|\([^()]*{CHINESE}[^()]*\)")


def test_no_chinese_message_has_a_half_width_stop_beside_a_chinese_character():
    said = [str(text) for group in ("report", "answer", "batch") for text in words("zh", group).values()]
    for path in sorted((Path(language.__file__).parent / "locale/zh").glob("*.po")):
        with open(path, encoding="utf-8") as file:
            said += [message.string for message in read_po(file, locale="zh") if message.id]
    plain = [re.sub(r"`[^`]+`", "", text) for text in said if isinstance(text, str)]
    assert len(plain) > 1000
    assert [text for text in plain if HALF_WIDTH.search(text)] == []


def test_a_template_of_holes_alone_has_its_chinese_stops():
    """`say("{a}: {b}")` has no word to translate, and yet its colon is another one in Chinese."""
    bare = set()
    for path in (project() / "lib/rechallenge").rglob("*.py"):
        for call in filter(lambda node: isinstance(node, ast.Call), ast.walk(ast.parse(path.read_text("utf-8")))):
            texts = [a.value for a in call.args[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if getattr(call.func, "id", "") in ("say", "Message"):
                bare |= {text for text in texts if not re.search("[A-Za-z]", re.sub(r"\{\w+\}", "", text))}
    with speaking("zh"):
        left = {text for text in bare if say(text) == text and re.search(r"[,.:;(] |[,.:;()]$| \(", text)}
    assert len(bare) > 10 and left == set()


def test_numbers_with_words_beside_them_are_said_in_chinese_stops():
    with speaking("zh"):
        assert (
            say("{value} ({words})", value="P = 0.004", words=say("exact {p}", p="0.009")) == "P = 0.004（精确 0.009）"
        )
        assert say("{what}, {value}", what="OS", value=say("acquired resistance")) == "OS，获得性耐药"
        assert say("n = {n}.", n=13) == "n = 13。" and say("CTCAE {version}.", version="4.0") == "CTCAE 4.0。"
        told = each_placed({"53.7%": [], "53.9%": []})
        assert audit_said(told) == "53.7%：。53.9%：" and say("{sentence}.", sentence="53.8%") == "53.8%。"
        assert say("{treated} vs {control}", treated="4.6", control="4.0") == "4.6 对比 4.0"
