"""Content of a report to one self-contained HTML file, with nbconvert and the template in templates/rechallenge."""

import json
import re
from functools import cache
from math import ceil
from pathlib import Path
from unicodedata import east_asian_width

from ..replication.said import audit_said
from ..show.pictures import inline_svg
from ..text.language import say, words
from .collect import SectionContent
from .policy import own_script, policy

HERE = Path(__file__).parent
SCRIPTS = {"zh": re.compile("[\u3400-\u9fff]")}  # characters that a text of the language has; English needs none


@cache
def exporter():
    """The exporter with its template; compiled once a process."""
    from jinja2 import Environment
    from nbconvert.exporters.templateexporter import TemplateExporter

    class ReportExporter(TemplateExporter):
        file_extension = ".html"
        template_extension = ".html.j2"
        default_preprocessors = []

        def _create_environment(self) -> Environment:
            environment = super()._create_environment()
            environment.autoescape = True
            environment.filters |= {"css_text": css_text, "say": say, "told": audit_said, "labelled": labelled}
            environment.filters |= {"drawing": drawing, "foreign": foreign}
            return environment

    made = ReportExporter(template_name="rechallenge", extra_template_basedirs=[str(HERE / "templates")])
    assert made.template  # loads it
    return made


def render(sections: list[SectionContent], facts: dict) -> str:
    """The report as HTML text: no reference to anything outside the file; every text from data is escaped."""
    style = (HERE / "templates" / "rechallenge" / "report.css").read_text(encoding="utf-8")
    script = own_script("report.js")
    own = words(facts["language"], "report")
    resources = {
        "sections": sections,
        "facts": facts,
        "style": style,
        "script": script,
        "policy": policy(script),
        "words": own,
        "run": run_facts(facts),
        "above": above_picture(facts),
    }
    return exporter().template.render(resources=resources).lstrip()  # a report is of many notebooks, and of none alone


def above_picture(facts) -> float:
    """How much of a wide screen stands above the first picture, in rem, by the lengths of the title and of the answer.

    The picture gets what is left of the screen. The sizes of lines are those of report.css.
    """
    title, answer = _lines(facts["title"], 75), [_lines(sentence, 126) for sentence in facts["answer"] or ["-"]]
    known = 105 + sum(len(str(facts.get(key) or "")) for key in ("name", "source"))  # letters of the line of facts
    return round(8.0 + 1.3 * _lines("x" * known, 158) + 1.86 * title + sum(1.48 * lines + 0.25 for lines in answer), 1)


def _lines(text, longest) -> int:
    """Lines of `longest` Latin letters that a text fills; a Chinese character is as wide as two."""
    return ceil(sum(2 if east_asian_width(c) in "WF" else 1 for c in str(text)) / longest)


def labelled(html, title):
    """A table of a display that names the caption with the id `title`."""
    from markupsafe import Markup

    return Markup(html.replace("<table>", f'<table aria-labelledby="{title}">', 1))


def drawing(figure, language):
    """A figure as SVG inside the page; its texts were escaped when the SVG was written."""
    from markupsafe import Markup

    own = "en" if is_foreign(figure["alt"], language) else ""
    return Markup(inline_svg(figure["svg"], figure["anchor"], figure["alt"], figure["width"], own))


def is_foreign(text, language) -> bool:
    """Whether a text is not of the language of the page: it has Latin letters, and none of the script of the page."""
    own = SCRIPTS.get(language)
    return own is not None and not own.search(str(text)) and re.search("[A-Za-z]", str(text)) is not None


def foreign(text, language):
    """The attribute by which a reader aloud knows that a text is not in the language of the page; '' where it is."""
    from markupsafe import Markup

    return Markup(' lang="en"') if is_foreign(text, language) else ""


def run_facts(facts) -> str:
    """Parameters and versions as JSON inside the page, for `rechallenge compare`; no text can end the element."""
    values = {name: p["value"] for name, p in facts["parameters"].items()}
    text = json.dumps({"cohort": facts["name"], "parameters": values, "versions": facts["versions"]})
    return text.replace("<", "\\u003c").replace("&", "\\u0026")


def css_text(text) -> str:
    """A text as the inside of a CSS string."""
    return "".join(c if c.isalnum() or c in " ,.-:()" else f"\\{ord(c):x} " for c in str(text))
