"""What the terminal says of an import and of a check is Chinese where Chinese is asked for."""

import ast
import re

import pytest

from papercheck.files.findings import Finding, Message, did_you_mean
from rechallenge.cli.messages import say_finding, say_sentence
from rechallenge.cohort.propose.guide import said_sentence
from rechallenge.cohort.propose.questions import Reason, joined, said_why, texts
from rechallenge.text.language import speaking, translated, words
from tests.conftest import project, use_data

ENGLISH = re.compile(r"[a-z]{2,} (?:of|is|are|the|that|in|to|by|and|it|a|an|or|not|no|as) [a-z]{2,}")


@pytest.mark.parametrize("name", ["files", "folders", "messages"])
def test_every_sentence_of_import_and_check_has_its_chinese(name):
    tree = ast.parse((project() / "lib" / "rechallenge" / "cli" / f"{name}.py").read_text(encoding="utf-8"))
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") in ("say", "count_of")]
    said = {a.value for c in calls for a in c.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    known = {text for text in said if re.search("[A-Za-z]{3}", re.sub(r"\{\w+\}", "", text))}
    assert known and not {text for text in known if translated(text, "zh") == text}


def test_every_reason_and_every_word_of_the_terminal_is_said_in_both_languages():
    assert not [k for k, entry in texts()["reasons"].items() if ENGLISH.search(entry["zh"])]
    for group in words("en", "terminal"):
        assert len(words("en", "terminal")[group]) == len(words("zh", "terminal")[group])


def test_reasons_that_hold_others_are_said_whole_and_units_in_words():
    why = joined([Reason("name", text="总OS", word="os", of=Reason("taken RECHALLENGE")), None, Reason("one is event")])
    assert str(why) == 'name "总OS": os; no course named, taken as rechallenge; 1 is taken as the event'
    assert said_why(why, "zh") == "列名“总OS”：os；未注明疗程，按再挑战；将 1 视为事件"
    assert said_why(Reason("name says unit", column="days", unit="days"), "zh") == "days 的列名或标签说明单位是天"


@pytest.mark.slow
def test_an_import_in_chinese_is_chinese_throughout_and_check_follows_it(tmp_path, monkeypatch, command):
    use_data(monkeypatch, tmp_path / "data")
    head = "住院号,年龄,再挑战开始日期,再挑战进展日期,死亡/末次随访日期,生存状态,备注\n"
    rows = "".join(
        f"P{i},{60 + i}岁,2022-01-0{i},2022-09-0{i},2023-03-0{i},{'死亡' if i % 2 else '存活'},\n" for i in range(1, 7)
    )
    (tmp_path / "甲.csv").write_text(head + rows + "合计,6例,,,,,\n", encoding="utf-8")
    code, said = command("import", tmp_path / "甲.csv", "--as", "c", "--lang", "zh")
    assert (
        code == 1 and "您的列" in said and "不读取：甲.csv 第 8 行：合计或平均值" in said and not ENGLISH.search(said)
    )
    written = (tmp_path / "data" / "c" / "cohort.yml").read_text(encoding="utf-8")
    assert "language: zh" in written
    assert not [line for line in written.splitlines() if "#" in line and ENGLISH.search(line.split("#", 1)[1])]
    code, said = command("check", "c")
    assert code == 1 and "处理方法" in said and "个错误。" in said
    code, said = command("check", "c", "--lang", "en")
    assert "what to do" in said


def test_a_file_that_is_not_there_is_said_in_chinese(command):
    code, said = command("import", "none.csv", "--as", "c", "--lang", "zh")
    assert code == 1 and "未写入任何内容" in said


def test_the_page_of_the_guide_says_faults_in_its_language():
    fault = Finding(
        "甲.csv", Message("{column} is missing while {other} is given", column="A", other=["B"]), "x", row=2
    )
    assert said_sentence(fault, "zh") == "甲.csv、第 2 行：有 B 而缺少 A。x"
    assert said_sentence(fault, "en").startswith("甲.csv, row 2: A is missing while B is given")


def test_what_stands_in_a_file_is_shown_as_it_stands_there():
    with speaking("zh"):
        assert say_sentence(Finding("甲.xlsx", "x", "y", row=3, column="首次 开始", value="14例")) == (
            "甲.xlsx、第 3 行、首次 开始：x（'14例'）。y"
        )


@pytest.mark.parametrize(
    "text, chinese",
    [
        (did_you_mean("PRR", ["CR", "PR"]), "是否为 PR？已知：CR, PR。"),
        (did_you_mean("x", []), "没有已知项。"),
        (Message("{column} is missing while {other} is given", column="A", other=["B", "C"]), "有 B 和 C 而缺少 A"),
        ("unknown level", "未知的取值"),
        ("a message that nobody knows", "a message that nobody knows"),
    ],
)
def test_what_the_door_finds_is_said_in_chinese_where_it_is_known(text, chinese):
    assert say_finding(text) == text
    with speaking("zh"):
        assert say_finding(text) == chinese


@pytest.mark.parametrize(
    "text, chinese",
    [
        (
            Message("the factor {column} has no levels, and its cells hold words", column="首次免疫 最佳疗效"),
            "因素首次免疫 最佳疗效没有声明水平，而单元格中是文字",
        ),
        (Message("Fill in {column}.", column="Sex"), "请填写 Sex。"),  # a name of the file, and not the label 性别
        (
            Message("{column} is missing while {other} is given", column="PFS月", other=["进展 日期"]),
            "有进展 日期而缺少 PFS月",
        ),
        (
            Message(
                "If these are weeks, declare `scales: {{{column}: weeks}}` in cohort.yml; if not, nothing.",
                column="时长 周",
            ),
            "若单位为周，请在 cohort.yml 中声明 `scales: {时长 周: weeks}`；否则无需处理。",
        ),
        (Message("PFSR {value} months", value="6.1"), "PFSR 6.1 个月"),
    ],
)
def test_names_of_files_keep_their_blanks_and_what_is_typed_stays(text, chinese):
    with speaking("zh"):
        assert say_finding(text) == chinese


def test_a_value_in_our_words_is_said_and_one_of_the_file_is_not():
    with speaking("zh"):
        ours = Finding("甲.xlsx", "unknown level", "Correct the cells.", value=Message("median {value}", value="9"))
        assert "中位数 9" in say_sentence(ours)
        assert "'median'" in say_sentence(Finding("甲.xlsx", "unknown level", "Correct the cells.", value="median"))


def test_what_is_wrong_or_to_do_is_no_sentence_that_only_english_can_say():
    """Rules and actions of files, declarations, reading and checking are literals or messages with named holes."""
    paths = [*(project() / "lib" / "rechallenge" / "cohort").rglob("*.py")]
    made = []
    for path in [*paths, *(project() / "lib" / "papercheck" / "files").glob("*.py")]:
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = getattr(call.func, "id", "") if isinstance(call, ast.Call) else ""
            if called in ("Finding", "fault", "request_error"):
                args = call.args[:2] if called == "request_error" else call.args[1:3]
                made += [(path.name, a.lineno) for a in args if isinstance(a, ast.JoinedStr)]
    assert not made


def test_most_of_what_reading_and_checking_find_has_its_chinese():
    """What is wrong and what to do, where the code says it in one literal."""
    found = set()
    for path in (project() / "lib" / "rechallenge" / "cohort").glob("*/*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Finding":
                found |= {a.value for a in call.args[1:3] if isinstance(a, ast.Constant) and a.value}
    left = {text for text in found if translated(text, "zh") == text}
    assert len(found) > 50 and not left
