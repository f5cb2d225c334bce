"""Writes invented papers with their truth and scores how they are read.

    PYTHONPATH=lib python -m tests.bench.invented_papers.make SCORER [--papers 40] [--seed 1] [--keep FOLDER] [--list]

SCORER is the score.py that judges readings of such papers. Each paper draws a format (JATS, HTML, PDF with ruled,
three-line or bare tables, Word, text of an abstract), a language, arms, a style of numbers, its sentences and the
layouts of its tables.
"""

import argparse
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from papercheck.reading.paper import read_paper
from papercheck.reading.readings import write_readings

from . import chinese, layouts, words
from .paper import Paper, docx, html, jats, text
from .style import style_of

FORMATS = ("xml", "html", "pdf", "docx", "txt")
PAGES = (
    "@page{size:A4;margin:16mm} body{font:10pt 'Liberation Serif','Noto Serif CJK SC',serif}"
    " table{border-collapse:collapse;width:100%;font-size:8.5pt} td,th{padding:2px"
    " 6px;text-align:left;font-weight:normal} "
)
RULES = {
    "ruled": "td,th{border:.6pt solid #000}",
    "lines": "table{border-top:1pt solid;border-bottom:1pt solid} thead{border-bottom:.6pt solid}",
    "bare": "",
}
TURNED = (
    ".turned{page-break-before:always;page-break-after:always;transform:rotate(-90deg)"
    " translate(-200mm,0);transform-origin:top left;width:200mm}"
)


def study_of(rng, zh: bool):
    """A study: a single group, or two arms."""
    arms = (rng.choice(chinese.ARMS if zh else words.ARMS)) if rng.random() < 0.5 else ()
    sizes = tuple(rng.randint(16, 70) for _ in arms) or (rng.randint(18, 96),)
    return words.Study(rng, style_of(rng, zh), arms, sizes)


def paper_of(number: int, seed: int, form: str) -> Paper:
    """One paper, the same for the same number and seed."""
    rng = random.Random(f"{seed} {number}")
    zh = rng.random() < 0.15
    study, say = study_of(rng, zh), chinese if zh else words
    paper = Paper(f"{number:02d}", "免疫检查点抑制剂再挑战的疗效" if zh else "Rechallenge with an invented drug", zh)
    paper.heading("结果" if zh else "Results", 1, abstract=True)
    told = [say.included, say.sizes, say.two_arms] if study.arms else [say.included, say.responses, say.survival]
    paper.say(("" if zh else " ").join(f(study) for f in told))
    if form == "txt":
        paper.say(("" if zh else " ").join(f(study) for f in _more(study, zh, rng, say)))
        return paper
    paper.heading("引言" if zh else "Introduction", 1, abstract=False)
    paper.say(say.aside(study))
    paper.heading("结果" if zh else "Results")
    for title, part in zip(
        ("患者", "疗效", "安全性") if zh else ("Patients", "Efficacy", "Safety"),
        _sections(study, zh, rng, say),
        strict=True,
    ):
        paper.heading(title, 2)
        paper.say(("" if zh else " ").join(f(study) for f in part))
    for table in _tables(study, zh, rng):
        paper.table(table)
    paper.heading("讨论" if zh else "Discussion")
    paper.say(say.aside(study))
    return paper


def _more(study, zh, rng, say):
    if zh:
        return [say.follow_up, say.toxicity]
    return [
        *(
            rng.sample((words.follow_up, words.rates, words.subgroup, words.characteristics), 3)
            if not study.arms
            else [words.rates]
        ),
        words.toxicity,
    ]


def _sections(study, zh, rng, say):
    if zh:
        middle = [say.two_arms] if study.arms else [say.best, say.survival, say.rates]
        return [[say.included, say.follow_up], middle, [say.toxicity]]
    middle = [words.two_arms] if study.arms else [words.best, words.survival, words.rates, words.subgroup, words.model]
    return [[words.characteristics, words.follow_up], middle, [words.toxicity]]


def _tables(study, zh, rng):
    tables = [layouts.baseline(study, rng.choice(("joined", "apart", "levels", "slash", "percent", "signed")))]
    if zh:
        return tables
    if study.arms:
        tables.append(layouts.efficacy(study, rng.random() < 0.3))
        if rng.random() < 0.4:
            tables.append(layouts.weighted(study))
    else:
        tables.append(layouts.efficacy(study, True) if rng.random() < 0.4 else layouts.patients(study))
    tables.append(layouts.cox(study, rng.choice(("joined", "apart", "levels", "spss"))))
    tables.append(layouts.adverse(study, rng.choice(("joined", "signed", "apart", "graded"))))
    tables[-1].rotated = rng.random() < 0.3
    return tables


def render(paper: Paper, form: str, rng, folder: Path, browser):
    """Writes a paper in a format."""
    path = folder / f"paper_{paper.number}.{form}"
    if form == "docx":
        docx(paper, path, rng.random() < 0.5)
    elif form == "pdf":
        page = browser.new_page()
        page.set_content(html(paper, PAGES + RULES[rng.choice(list(RULES))] + TURNED))
        page.pdf(path=str(path), prefer_css_page_size=True)
        page.close()
    else:
        made = {
            "xml": lambda: jats(paper, rng.choice(("&#8195;", "&#160;&#160;", ""))),
            "html": lambda: html(paper),
            "txt": lambda: text(paper),
        }
        path.write_text(made[form](), encoding="utf-8")
    return path


def main():
    """Writes, reads, scores and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scorer", type=Path)
    parser.add_argument("--papers", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=FORMATS, default=FORMATS)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = asked.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        _write(asked, folder)
        command = [
            sys.executable,
            str(asked.scorer),
            str(folder),
            "--bench",
            str(folder),
            "--out",
            str(folder / "score"),
        ]
        subprocess.run(command, check=True)


def _write(asked, folder):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium") if "pdf" in asked.only else None
        for number in range(1, asked.papers + 1):
            form = asked.only[number % len(asked.only)]
            paper = paper_of(number, asked.seed, form)
            path = render(paper, form, random.Random(f"{asked.seed} {number} look"), folder, browser)
            paper.write_truth(folder)
            write_readings(
                [r for r in read_paper([path], path.stem).readings if r.understood],
                folder / f"reading_{paper.number}.csv",
            )


if __name__ == "__main__":
    main()
