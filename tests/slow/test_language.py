"""Words of the report in each language: the same keys and holes, found again in the displays, the same numbers."""

import re

import pytest

from papercheck.vocabulary.dictionary import dictionary_words, load_dictionary
from papercheck.vocabulary.facts import LANGUAGES
from rechallenge.cli import main
from rechallenge.cohort import CohortError
from rechallenge.run.build import build_report
from rechallenge.show import display
from rechallenge.text import language
from tests.conftest import use_run

HAN = re.compile("[\u4e00-\u9fff]")


@pytest.fixture
def chinese(monkeypatch):
    use_run(monkeypatch, language="zh")


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The folder of the default cohort's report in Chinese."""
    return build_report("quzhou-2025", out=tmp_path_factory.mktemp("zh"), language="zh").path.parent


@pytest.mark.parametrize("group", ["report", "answer", "headings", "displays"])
def test_every_key_and_every_hole_stands_in_each_language(group):
    ours, theirs = (language.words(code, group) for code in LANGUAGES)
    assert list(ours) == list(theirs)
    for key, text in ours.items():
        if isinstance(text, str):
            assert sorted(set(language.HOLE.findall(text))) == sorted(set(language.HOLE.findall(theirs[key]))), key
        else:
            assert type(text) is type(theirs[key]) and len(text) == len(theirs[key]), key


def test_no_english_text_stands_under_two_keys():
    for group in ("headings", "displays"):
        texts = list(language.words("en", group).values())
        assert len(texts) == len(set(texts))


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
        ("Sex †", "性别 †"),
        ("Median (months, 95% CI)", "中位（个月，95% 置信区间）"),
        ("Progression-free survival on rechallenge by Sex", "再挑战的无进展生存期，按性别"),
        (
            "the paper prints 2.90 (1.97–3.83)",
            "按论文：2.90 个月（95% 置信区间 1.97–3.83，SPSS）；13 例中 11 例事件",
        ),
        ("Sex: Female against Male †", "性别：女 对比 男 †"),
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


def test_without_a_chinese_font_figures_stay_english_and_say_so(chinese, monkeypatch):
    from rechallenge.show.style import house_style, new_figure

    monkeypatch.setattr(display, "has_chinese", lambda: False)
    with house_style():
        figure, axes = new_figure(2)
        axes.set_xlabel("Number at risk")
    shown = display.Figure(title="Overall survival", figure=figure)
    payload = shown._repr_mimebundle_()[display.MIME]
    assert axes.get_xlabel() == "Number at risk" and payload["notes"] == [language.NO_CHINESE_FONT]
    assert payload["title"] == "总生存期"


def test_figures_are_said_in_chinese_ticks_too(chinese, monkeypatch):
    from rechallenge.show.style import house_style, new_figure

    monkeypatch.setattr(display, "has_chinese", lambda: True)
    with house_style():
        figure, axes = new_figure(2)
        axes.set(xlabel="Number at\nrisk", title="of the data")
        axes.set_yticks([0, 1], ["Female", "Male"])
    display.Figure(title="t", figure=figure)._repr_mimebundle_()
    assert axes.get_xlabel() == "风险人数" and axes.get_title() == "of the data"
    assert [t.get_text() for t in axes.get_yticklabels()] == ["女", "男"]


def test_the_chinese_report_says_its_language_and_has_the_same_numbers(report, reports):
    html = (report / "report.html").read_text(encoding="utf-8")
    assert '<html lang="zh-CN"' in html and '<div class="notes" lang="en">' in html
    assert "中位无进展生存期：再挑战 2.90 个月（95% 置信区间 1.68–8.19，log-log；11/13 例事件）" in html
    assert language.words("zh", "report")["not_translated"] in html and "findfont" not in html
    assert (report / "results.csv").read_bytes() == (reports["quzhou-2025"] / "results.csv").read_bytes()


def test_the_usual_words_of_the_chinese_report_are_chinese(report):
    """Heads of tables and key results; what papers and definitions are called stays."""
    html = (report / "report.html").read_text(encoding="utf-8")
    clinical = html[html.index('id="section-04"') : html.index('id="section-11"')]
    heads = re.findall(r'<th scope="col">(.*?)</th>', clinical) + re.findall(r"<h[23][^>]*>([^<]*)", clinical)
    box = html[html.index('id="key-results"') : html.index('id="section-01"')]
    said = heads + re.findall(r"<d[td]>(.*?)</d[td]>", box)
    english = [
        s for s in said if re.search("[A-Za-z]{4}", re.sub("Wald|SPSS|log-rank|log-log", "", s)) and not HAN.search(s)
    ]
    assert len(said) > 60 and len(english) <= len(said) / 20, english


def test_two_chinese_runs_give_the_same_bytes(report, tmp_path):
    again = build_report("quzhou-2025", out=tmp_path, only=["05"], language="zh").path.parent
    once_more = build_report("quzhou-2025", out=tmp_path / "b", only=["05"], language="zh").path.parent
    for path in sorted(p for p in again.rglob("*") if p.is_file()):
        assert path.read_bytes() == (once_more / path.relative_to(again)).read_bytes()


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


def test_a_text_is_said_whole_or_left_whole(chinese):
    assert language.say("As given by the study") == "As given by the study"  # "by" alone would split it
    assert language.say("PFSR by Sex") == "PFSR，按性别" and language.say("40 analysed") == "分析 40 例"
