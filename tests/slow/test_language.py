"""Words of the report in each language: the same keys and holes, the same numbers."""

import re

import pytest
from lxml import html

from papercheck.literature.cited import load_cited
from papercheck.literature.frames import named_series
from papercheck.literature.table import load_evidence
from papercheck.vocabulary.dictionary import dictionary_words, load_dictionary
from papercheck.vocabulary.facts import LANGUAGES
from rechallenge.cli import main
from rechallenge.cohort import CohortError, load_cohort
from rechallenge.run.build import build_report
from rechallenge.text import language
from tests.conftest import use_run
from tests.sizes import size

LATIN = re.compile(r"[A-Za-z][A-Za-z'-]+[A-Za-z]")
CODED = re.compile(r"“[^”]*”|\"[^\"]*\"|`[^`]*`|doi:\S+|\S+\.(yml|csv|html)|\b[A-Z][A-Z0-9_]+\b|\w+/|\w+_\w+")
# Persons, programs, tables, words of code and of statistics; `None` is what a paper prints.
STANDING = """
Akamatsu Altman Amato Atkins Besse Bland Borgan Brookmeyer Cheung Clopper-Pearson Cohen Cook Cox Crowley
DerSimonian-Laird Efron
Egger Firth Fleiss Freeman-Tukey Gauss-Hermite Greenwood Hartung-Knapp Heinze Higgins Hoff Holm Kaplan-Meier
Kluger Kovalchik Lee Liest Lung Mantel-Haenszel McNemar Mick Mietlowski Paule-Mandel Peto Rizvi Schemper
Schoenfeld Spiegelhalter Student Thompson Viechtbauer Von Wald Wang Wei Woolf ecancer None Python lifelines
pandas numpy scipy matplotlib seaborn papermill nbconvert rechallenge survival survminer survfit adae adrs adsl
adtr adtte arm class note shared first_course regimen cox zph log log-log logit Logit logistic meta mOS mPFS
plain bootstrap tau Tau kappa Kappa
"""
HAN = re.compile("[\u4e00-\u9fff]")
HOLE = re.compile(r"\{(\w+)")


@pytest.fixture
def chinese(monkeypatch):
    use_run(monkeypatch, language="zh")


@pytest.fixture(scope="module")
def report(made_once):
    """The folder of the default cohort's report in Chinese: some of its sections, or all of them."""
    only = size(("00", "02", "04", "05", "08"), ())
    return made_once("zh", lambda out: build_report("quzhou-2025", out=out, language="zh", only=only)) / "quzhou-2025"


@pytest.mark.parametrize("group", ["report", "answer", "batch"])
def test_every_key_and_every_hole_stands_in_each_language(group):
    ours, theirs = (language.words(code, group) for code in LANGUAGES)
    assert list(ours) == list(theirs)
    for key, text in ours.items():
        if isinstance(text, str):
            assert sorted(set(HOLE.findall(text))) == sorted(set(HOLE.findall(theirs[key]))), key
        else:
            assert type(text) is type(theirs[key]) and len(text) == len(theirs[key]), key


def test_every_label_of_the_dictionary_has_a_chinese_one():
    known = dictionary_words("zh")
    for table in load_dictionary().values():
        assert HAN.search(known[table.label])
        for column in table.columns.values():
            assert column.label in known
            for label in column.levels.values():
                assert label in known or not re.search("[a-z]{3}", label), label


def test_a_template_of_the_page_uses_words_that_exist():
    folder = language.Path(language.__file__).parents[1] / "run" / "templates" / "rechallenge"
    used = set(re.findall(r"\bt\.(\w+)", (folder / "index.html.j2").read_text(encoding="utf-8")))
    assert used <= set(language.words("en", "report")) and len(used) > 30


@pytest.mark.parametrize(
    "text, said",
    [
        ("Overall survival", "总生存期"),
        ("Sex", "性别"),
        ("2.90 (1.68–8.19)", "2.90 (1.68–8.19)"),
        ("A text of the data", "A text of the data"),
        ("{n} braces", "{n} braces"),
        ("", ""),
    ],
)
def test_texts_are_said_in_chinese_and_unknown_ones_are_left(chinese, text, said):
    assert language.say(text) == said


def test_english_displays_are_left_as_they_are():
    assert language.say("Overall survival") == "Overall survival"


def test_the_chinese_report_says_its_language_and_has_the_same_numbers(report, reports):
    html = (report / "report.html").read_text(encoding="utf-8")
    assert '<html lang="zh-CN"' in html and '<div class="notes"><p>' in html
    assert not [p for p in re.findall(r'<(?:p|span|dd|svg)[^>]* lang="en"[^>]*>([^<]*)', html) if HAN.search(p)]
    assert len(HAN.findall(html)) > 1000 and "1.68–8.19" in html
    assert language.words("zh", "report")["not_translated"] in html and "findfont" not in html
    head, *said = (report / "results.csv").read_text(encoding="utf-8").splitlines()
    first, *wanted = (reports["quzhou-2025"] / "results.csv").read_text(encoding="utf-8").splitlines()
    sections = {line.split(",")[0] for line in said}
    assert head == first and said == [line for line in wanted if line.split(",")[0] in sections] and len(said) > 100


def studies() -> str:
    """The names of studies, regimens, cohorts and sources: they stay as they are written."""
    evidence = load_evidence("rechallenge-review-2026")
    named = [
        *named_series(evidence)["study"],
        *(t for c in ("study", "experimental", "control") for t in evidence.trials[c]),
    ]
    cited = [label for name in COMPLETE for label in load_cited(name).get("label", ())]
    return " ".join([*named, *cited, *(load_cohort(name).meta.source for name in COMPLETE), *COMPLETE])


COMPLETE = ("quzhou-2025", "chen-2025", "xu-2023")


@pytest.mark.parametrize("name", [COMPLETE[0], *(pytest.param(n, marks=pytest.mark.thorough) for n in COMPLETE[1:])])
def test_no_english_word_is_left_in_a_complete_chinese_report(name, tmp_path):
    page = html.parse(build_report(name, out=tmp_path, language="zh").path).getroot()
    given = language.words("zh", "report")["parameters"]  # the table of the parameters: names and choices are code
    for part in page.xpath(f"//script | //style | //pre | //code | //table[@aria-label = '{given}']"):
        part.drop_tree()
    said = [*page.itertext(), *(e.get(k, "") for e in page.iter() for k in ("alt", "aria-label", "title"))]
    known, left = set(STANDING.split()) | set(LATIN.findall(studies())), {}
    for text in said:
        words = {w for w in LATIN.findall(CODED.sub(" ", text)) if w not in known}
        words = {w for w in words if not w.isupper() and not re.fullmatch(r"[A-Z]+[a-z]?", w)}
        if words:
            left.setdefault(text.strip()[:200], words)
    assert left == {} and len(HAN.findall(" ".join(said))) > 10_000


def test_two_chinese_runs_give_the_same_bytes(report, tmp_path):
    again = build_report("quzhou-2025", out=tmp_path, only=["05"], language="zh").path.parent
    paths = sorted(p.relative_to(again) for p in again.rglob("05_*") if p.suffix in (".svg", ".ipynb"))
    assert len(paths) > 2 and all((again / p).read_bytes() == (report / p).read_bytes() for p in paths)


def test_cohort_yml_chooses_the_language_and_the_command_line_wins(write_cohort, tmp_path):
    write_cohort(yml="title: T\ntime_unit: months\nprimary_endpoint: PFSR\nlanguage: zh\n")
    page = build_report("c", out=tmp_path / "o", only=["01"]).path
    assert 'lang="zh-CN"' in page.read_text(encoding="utf-8")
    page = build_report("c", out=tmp_path / "o", only=["01"], language="en").path
    assert '<html lang="en">' in page.read_text(encoding="utf-8")


def test_an_unknown_language_is_refused_with_the_known_ones(write_cohort, tmp_path, monkeypatch, capsys):
    write_cohort()
    with pytest.raises(CohortError, match="no language cn"):
        build_report("c", out=tmp_path / "o", language="cn")
    monkeypatch.setattr("sys.argv", ["rechallenge", "report", "c", "--out", str(tmp_path / "o"), "--lang", "cn"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 1 and "no language cn" in " ".join(capsys.readouterr().err.split())
    write_cohort(yml="title: T\nlanguage: cn\n")
    with pytest.raises(CohortError, match="language"):
        build_report("c", out=tmp_path / "o")
