"""Words of cohort.yml under a profile: levels, labels and names that hold a person, a telephone or a date."""

import pytest

from papercheck.files.findings import CohortError, Finding
from papercheck.files.project import data_folder
from rechallenge.cohort.cohort import load_cohort
from rechallenge.cohort.part import split
from rechallenge.context import current
from rechallenge.derive.population import derive_population
from tests.conftest import use_run

YML = """title: "Patients of Prof. Greta Holm, tel. 0570-3021234 and 13957001234, greta@example.org, 0570 patients"
kind: patients
time_unit: months
primary_endpoint: PFSR
subgroups: [WARD, WHO, SITEID, WARDGR]
factors:
  SITEID: {levels: [Great Hospital, Kaihua]}
  WARD: {label: Ward, levels: [seen 2023-05-06, seen 2023-05-07, level 1, East]}
  WARDGR: {from: WARD, map: {seen 2023-05-06: on 2023-05-06, seen 2023-05-07: on 2023-05-06, level 1: rest, East: rest},
           levels: [on 2023-05-06, rest], reference: rest}
  WHO: {label: Treated by, levels: {Dr Zhang Wei: Dr Zhang Wei, 李主任: 李主任, x: tel. 13957001234}}
eligibility:
  - {label: Ward, column: WARD, in: [seen 2023-05-06, East]}
"""
WARDS = ("seen 2023-05-06", "seen 2023-05-07", "level 1", "East")
ADSL = "USUBJID,SITEID,WARD,WHO,PFSR,PFSR_EVENT\n" + "".join(
    f"S{i},{'Kaihua' if i < 3 else 'Great Hospital'},{WARDS[i % 4]},{('Dr Zhang Wei', '李主任', 'x')[i % 3]},{i + 1},1\n"
    for i in range(12)
)
TOLD = ("Zhang", "李", "1395700", "3021234", "example", "2023", "Kaihua", "Greta")


def told(factor):
    return {**factor.levels}, factor.reference


def test_levels_that_tell_somebody_are_numbered_and_every_rule_that_names_them_still_means_them(
    write_cohort, monkeypatch
):
    write_cohort("c", YML, ADSL)
    use_run(monkeypatch, privacy="internal")
    whole = derive_population(load_cohort("c")).table("adsl")
    use_run(monkeypatch, privacy="shared")
    seen = load_cohort("c")
    study = derive_population(seen).table("adsl")
    said = repr(seen.meta.factors) + repr(seen.meta.eligibility) + seen.meta.title + study.to_csv()
    assert [w for w in TOLD if w in said] == []
    assert len(study) == len(whole) == 6
    for name in ("WARD", "WARDGR", "WHO", "SITEID"):
        assert sorted(study[name].value_counts()) == sorted(whole[name].value_counts()), name
    assert told(seen.meta.factors["WARD"]) == (
        {"level 1'": "level 1'", "level 2": "level 2", "level 1": "level 1", "East": "East"},
        "level 1'",
    )
    assert seen.meta.factors["WARDGR"].reference == "rest"
    assert seen.meta.factors["WHO"].levels["x"] == "x"  # a label that is all telephone is its code
    assert list(seen.meta.factors["SITEID"].levels) == ["Great Hospital", "level 2"]  # three patients are few
    assert seen.meta.title == "Patients of [taken out], [taken out] and [taken out], [taken out], 0570 patients"


@pytest.mark.parametrize("name", ["V20230506", "SEEN_2023_05_06", "OF_ZHANG_WEI", "N13957001234"])
def test_a_column_called_after_a_patient_or_a_date_is_refused_under_a_profile(name, write_cohort, monkeypatch):
    yml = f"title: x\nkind: patients\ntime_unit: months\nfactors:\n  {name}: {{levels: [A, B]}}\n"
    write_cohort("c", yml, f"USUBJID,NAME,{name},PFSR,PFSR_EVENT\nS1,Zhang Wei,A,1,1\nS2,none,B,2,0\n")
    use_run(monkeypatch, privacy="shared")
    with pytest.raises(CohortError, match="the name of a column tells who somebody is.*Give the column another name"):
        load_cohort("c")
    use_run(monkeypatch, privacy="internal")
    assert name in load_cohort("c").factors


def test_a_folder_called_after_a_patient_is_refused_under_a_profile(write_cohort, monkeypatch):
    write_cohort(
        "ZJ4410021", "title: x\nkind: patients\ntime_unit: months\n", "USUBJID,PFSR,PFSR_EVENT\nZJ4410021,1,1\nB,2,0\n"
    )
    use_run(monkeypatch, privacy="shared")
    with pytest.raises(CohortError, match="the name of the folder data/ZJ4410021 tells"):
        load_cohort("ZJ4410021")


def test_a_part_is_not_called_after_a_person_or_a_telephone_unless_all_may_be_seen(write_cohort):
    write_cohort("c", YML, ADSL)
    assert [p.name for p in split(data_folder() / "c", "WHO")[0]] == ["c--value", "c--x", "c--value-2"]
    assert "c--Dr-Zhang-Wei" in [p.name for p in split(data_folder() / "c", "WHO", profile="internal")[0]]


def said_on_the_page(name, error, **options):
    from rechallenge.run import task
    from rechallenge.run.build import Options

    def fails(*_):
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task, "_record", fails)
        record = task.record_of(name, current(), None, Options(**options))
    return " ".join(record.get("told", record["errors"])), " ".join(record["errors"])


FAILS = {
    "a crash": RuntimeError("no row of ZJ4410021, seen 2020-06-09"),
    "a full disk": OSError(28, "No space left on device", "/home/zhang/ZJ4410021"),
    "a fault of a cell": CohortError(
        [Finding("adsl.csv", "not a date", "Mend it.", 3, "ASTDT", "ZJ4410021", "6 June 2020")]
    ),
    "a request": CohortError(
        [Finding("request", "1 subject with NAME = Zhang Weiming on 2020-06-09", "", value="Zhang")]
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", FAILS)
@pytest.mark.parametrize("profile", ["", "strict", "internal"])
def test_why_a_cohort_has_no_report_stands_on_the_page_of_a_batch_as_its_profile_lets_it(what, profile, write_cohort):
    write_cohort(
        "c",
        "title: x\nkind: patients\ntime_unit: months\n",
        "USUBJID,NAME,PFSR,PFSR_EVENT\nZJ4410021,Zhang Weiming,1,1\nB,x,2,0\n",
    )
    told, errors = said_on_the_page("c", FAILS[what], profile=profile)
    held = [w for w in ("ZJ44", "2020", "Zhang", "zhang", "1 subject with") if w in told]
    if profile == "internal":
        assert told == errors
    else:
        assert held == (["1 subject with"] if what == "a request" and not profile else []) and told


def test_a_cohort_yml_that_cannot_be_read_tells_no_value_of_it(write_cohort):
    write_cohort("c", "title: x\nkind: patients\ndata_cutoff: seen 2020-06-09 13957001234\n")
    from rechallenge.run import task
    from rechallenge.run.build import Options

    record = task.record_of("c", current(), None, Options())
    assert record["state"] == "bad" and "2020" in str(record["errors"])
    assert "2020" not in str(record["told"]) and "13957" not in str(record["told"])


def test_words_that_no_list_knows_are_named_before_they_leave(write_cohort):
    from rechallenge.run.share import words_that_leave

    write_cohort("c", YML, ADSL)
    assert {"East", "Great Hospital", "rest"} <= set(words_that_leave("c"))
    assert not {"Male", "level 2", "≥50%", "Rash"} & set(words_that_leave("c"))


def test_arms_that_are_too_small_are_not_counted_under_strict(write_cohort, monkeypatch):
    from papercheck.files.findings import NotAvailable
    from rechallenge.derive.treatment import derive_comparison

    yml = (
        "title: x\nkind: patients\ntime_unit: months\ntreatment: {arm: ARM, decided: at zero}\nfactors: {ARM: {levels:"
        " [Old, New]}}\n"
    )
    rows = "".join(f"S{i},{50 + i},{'New' if i == 3 else 'Old'},{i + 1},1\n" for i in range(9))
    write_cohort("c", yml, f"USUBJID,AGE,ARM,PFSR,PFSR_EVENT\n{rows}")
    for privacy, said in (("shared", "in each arm: New has 1"), ("strict", "in each arm.")):
        use_run(monkeypatch, privacy=privacy)
        with pytest.raises(NotAvailable) as found:
            derive_comparison(load_cohort("c"))
        assert said in str(found.value) and ("has 1" in str(found.value)) == (privacy == "shared")
