"""Messages that travel: how a print came back, and what a reconstruction wrote down, said forward in any language."""

import ast
from pathlib import Path

import pandas as pd
import pytest
import yaml

from papercheck.audit.finding import Message, without_stop
from papercheck.files.findings import Finding, NotAvailable
from papercheck.registry.registry import load_registry
from papercheck.replicate.record import as_stored, as_told, read_record
from rechallenge.cohort.check.rules import RULES
from rechallenge.cohort.privacy.profile import without_values
from rechallenge.replication import study
from rechallenge.replication.said import audit_said, said_places
from rechallenge.replication.verdict import ANOTHER, CUT_OFF, REPRODUCED, replicate_study
from rechallenge.sections.published import _unusual
from rechallenge.text.language import speaking, translated

NESTED = Message("{what} ({places}).", what=Message("{a} is not {b}", a="1", b=2), places=("Abstract", "Table 3"))


def test_a_message_is_stored_with_what_fills_it_and_comes_back_the_same():
    stored = yaml.safe_load(yaml.safe_dump(as_stored({"proof": NESTED, "each": [NESTED, "plain"]})))
    told = as_told(stored["proof"])
    assert told == str(NESTED) == "1 is not 2 (Abstract; Table 3)." and told.template == NESTED.template
    assert [as_told(part) for part in stored["each"]] == [str(NESTED), "plain"]
    for bad in ({"say": "{hole}"}, {"with": {}}, {"say": "{hole}", "with": {"other": 1}}):
        with pytest.raises(ValueError, match="no message"):
            as_told(bad)


def test_what_the_audit_says_is_said_in_chinese_with_its_places_and_in_english_as_it_stands():
    assert audit_said(NESTED) == str(NESTED)
    with speaking("zh"):
        assert audit_said(NESTED) == "1 不等于 2（摘要；表 3）。"
        assert audit_said(without_stop(NESTED)).endswith("表 3）")
        assert audit_said("Three or more lesions") == "三个或更多病灶" and audit_said("of nobody") == "of nobody"
        assert said_places(["Text 3.4", "Text, Clinical effect", "Figure 5 description", "Elsewhere"]) == (
            "正文 3.4；正文“Clinical effect”；图 5 描述；Elsewhere"
        )


@pytest.mark.parametrize("name", ["quzhou-2025", "chen-2025", "xu-2023", "shi-2026"])
def test_what_a_shipped_reconstruction_wrote_down_is_known_in_chinese(name):
    record = read_record(load_registry(name).path.parent)
    said = [record.solutions, *(x for lines in record.skeleton.values() for x in lines), *record.not_searched]
    said += [cell.proof for cell in record.impossible] + [
        t for r in record.contradictions for t in (r.rule, r.proof, r.why)
    ]
    with speaking("zh"):
        assert not [text for text in said if audit_said(text) == text]


@pytest.mark.slow
def test_how_a_number_came_back_is_a_fact_of_its_row_and_not_read_of_the_remark():
    numbers = pd.DataFrame({"status": [REPRODUCED] * 4, "under": [CUT_OFF, ANOTHER, ANOTHER, ""], "why": [""] * 4})
    assert _unusual(numbers) == (
        "Of the reproduced numbers, 1 only with their digits cut off instead of rounded and 2 only under another"
        " convention than expected."
    )
    found = replicate_study(load_registry("quzhou-2025")).numbers
    counted = found.loc[found["status"] == REPRODUCED, "under"].value_counts()
    assert (counted[CUT_OFF], counted[ANOTHER]) == (7, 3)


def test_why_a_number_cannot_be_given_is_said_in_chinese():
    """Every reason of the replication is a message with a translation; none is an English sentence made in passing."""
    missing = NotAvailable(Message("no patient-level column {name}", name="X"))
    with speaking("zh"):
        assert audit_said(study.why_not(missing)) == "没有患者水平的列 X"
    assert study.why_not(NotAvailable("needs a column.")) == "needs a column"
    for path in Path(study.__file__).parent.glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "NotAvailable" and call.args:
                assert not isinstance(call.args[0], ast.JoinedStr), (path.name, call.lineno)
                if isinstance(call.args[0], ast.Constant):
                    text = call.args[0].value
                    assert translated(text, "zh") != text, text


def test_what_a_report_without_values_says_of_the_data_is_chinese_too():
    class Meta:
        factors = ()

    for rule in RULES:
        words = rule.words or rule.told
        assert words and translated(words, "zh") != words, rule.id
    found = without_values([Finding("a.xlsx", "48 beside 34", "", id="sum-unit")] * 2, Meta)
    assert [f.times for f in found] == [2]  # the report counts what `check` counts
    with speaking("zh"):
        assert [audit_said(f.rule) for f in found] == ["直径总和的单位可能有误：2 处"]
