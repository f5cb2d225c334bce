"""What the notebooks say in their text cells is said in every language of the report."""

import json
import re

import pytest

from papercheck.vocabulary.facts import LANGUAGES
from rechallenge.run.render import exporter
from rechallenge.text.language import say, speaking
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
