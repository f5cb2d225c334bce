"""All studies at once: against R and mice, declared, checked; what is made from papers is called so, and what cannot be
used is named."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from papercheck.files.findings import CohortError, NotAvailable
from papercheck.files.project import data_folder
from rechallenge.cohort.cohort import load_cohort, read_cohort
from rechallenge.derive.evidence import MailedSums, Study, derive_evidence
from rechallenge.derive.population import derive_population
from rechallenge.run.share import leaks_of
from rechallenge.sections.evidence import compare_evidence, evidence_forest, evidence_studies, evidence_table
from smallsurv.cox import NotEstimable
from smallsurv.evidence import Mailed, Version, one_stage, study_effects
from smallsurv.pooled import CoxSums, Round, cox_sums, next_beta
from tests.conftest import use_run

REFERENCE = Path(__file__).parents[1] / "reference"
FACTOR = (
    "title: T\ntime_unit: months\nprimary_endpoint: OS\nfactors: {GRADE: {label: Grade, levels: ['0', '1', '2']}}\n"
)
PAPER = (
    "{label: Paper, source: made up, patients: paper.csv, column: version_of, levels: {low: '0', mid: '1', high: '2'}}"
)
WHOLE = FACTOR + f"evidence: {{factor: GRADE, endpoint: OS, studies: [{{label: Second, cohort: second}}, {PAPER}]}}\n"
CALLED = {"0": "low", "1": "mid", "2": "high"}


@pytest.fixture(scope="module")
def drawn():
    return pd.read_csv(REFERENCE / "data_evidence.csv", dtype={"level": str})


@pytest.fixture(scope="module")
def wanted():
    return pd.read_csv(REFERENCE / "evidence.csv").set_index(["what", "level"])


def versions(rows):
    x = [np.column_stack([part["level"] == level for level in ("1", "2")]).astype(float) for part in rows]
    return [Version(p["time"].to_numpy(), p["event"].to_numpy(bool), z) for p, z in zip(rows, x, strict=True)]


@pytest.fixture(scope="module")
def studies(drawn):
    return [versions([p for _, p in s.groupby("version")]) for _, s in drawn.groupby("study", sort=False)]


@pytest.mark.parametrize("what", ["all", "real", "first"])
def test_one_model_of_all_studies_has_the_numbers_of_survival_and_mice(studies, wanted, what):
    kept = {"all": studies, "real": studies[:2], "first": [v[:1] for v in studies]}[what]
    fit = one_stage(kept).fit
    for j in (0, 1):
        r = wanted.loc[(what, j + 1)]
        assert (fit.coef[j], fit.se[j], fit.fmi[j]) == pytest.approx((r["coef"], r["se"], r["fmi"]), abs=1e-9)
        assert fit.df[j] == pytest.approx(r["df"], rel=1e-9)


def test_the_shares_of_the_information_are_those_of_a_fisher_information_by_hand(studies):
    found, only = one_stage([v[:1] for v in studies]), [v[0] for v in studies]
    rows = []
    for v in only:
        total = 0.0
        for t in np.unique(v.time[v.event]):
            risk, dead = v.time >= t - 1e-9, v.event & (np.abs(v.time - t) < 1e-9)
            w = np.exp(v.x @ found.fit.coef)
            for k in range(dead.sum()):
                part = np.where(dead, 1 - k / dead.sum(), 1.0) * w * risk
                share = (part * v.x[:, 0]).sum() / part.sum()
                total += share * (1 - share)
        rows.append(total)
    assert found.carried[:, 0] == pytest.approx(np.array(rows) / sum(rows), abs=1e-9)
    assert found.carried.sum(axis=0) == pytest.approx([1, 1])


def test_a_study_without_a_level_or_an_event_says_nothing_of_it_and_two_of_them_nothing_at_all(studies):
    first = studies[0][0]
    lacking = Version(first.time, first.event, np.column_stack([first.x[:, 0], 0 * first.x[:, 1]]))
    silent = Version(first.time, np.zeros(len(first.time), bool), first.x)
    effects = study_effects([studies[1], [lacking], [silent]], 1)
    assert np.isfinite(effects.loc[0, "effect"]) and effects.loc[1:, ["effect", "se"]].isna().all(axis=None)
    assert one_stage([studies[1], [lacking]]).carried[1] == pytest.approx([0.4, 0], abs=0.3)
    with pytest.raises(NotEstimable):
        one_stage([[silent], [silent]])


@pytest.fixture
def project(write_cohort, drawn):
    def make(yml=WHOLE, paper=None, own=None):
        for name, text in (("own", yml), ("second", FACTOR)):
            mine = drawn[drawn["study"] == name]
            adsl = pd.DataFrame({"USUBJID": [f"{name}{i}" for i in range(len(mine))], "GRADE": mine["level"].tolist()})
            adsl = adsl.assign(OS=mine["time"].tolist(), OS_EVENT=mine["event"].tolist())
            folder = write_cohort("c" if name == "own" else name, text, own or adsl.to_csv(index=False))
            if name == "own":
                (folder / "curves").mkdir(exist_ok=True)
                rows = drawn[drawn["study"] == "paper"].rename(columns={"version": "set"})
                rows = rows.assign(version_of=rows["level"].map(CALLED), endpoint="OS").drop(columns=["study", "level"])
                rows = "# pseudo-patients, not patients\n" + rows.to_csv(index=False) if paper is None else paper
                (folder / "curves" / "paper.csv").write_text(rows, encoding="utf-8")

    return make


def together():
    return derive_evidence(derive_population(load_cohort("c")))


@pytest.mark.slow
def test_the_section_gives_the_numbers_of_r_and_says_what_rests_on_pseudo_patients(project, wanted):
    project()
    compared = compare_evidence(together())
    table = evidence_table(compared)
    found = {(r.model, r.level): r for r in table.results}
    for what, name in (("all", "all"), ("real", "patients")):
        for level in ("1", "2"):
            r = wanted.loc[(what, int(level))]
            assert found[name, level].estimate == pytest.approx(np.exp(r["coef"]), rel=1e-9)
    assert {model for model, _ in found} == {"all", "patients", "common", "REML HK"}
    assert "tau2" not in found["all", "1"] and "fmi" not in found["common", "1"]
    studies = evidence_studies(compared)
    assert [row[1] for row in studies.rows] == ["patients of this cohort", "patients", "pseudo-patients"]
    notes = " ".join(studies.notes)
    assert "4 drawn versions of pseudo-patients" in notes and "They are not patients" in notes
    assert evidence_forest(compared).alt.startswith("Forest plot")


def test_one_version_says_that_what_is_open_is_not_in_the_interval(project, drawn):
    one = drawn[(drawn["study"] == "paper") & (drawn["version"] == 1)].rename(columns={"level": "arm"})
    project(
        WHOLE.replace("column: version_of, levels: {low: '0', mid: '1', high: '2'}", "levels: {}"),
        one.to_csv(index=False),
    )
    notes = " ".join(evidence_studies(compare_evidence(together())).notes)
    assert "One reconstruction each" in notes and "drawn versions" not in notes


def test_two_studies_have_no_random_effects_whose_interval_would_say_nothing(project):
    project(FACTOR + "evidence: {factor: GRADE, endpoint: OS, studies: [{label: Second, cohort: second}]}\n")
    table = evidence_table(compare_evidence(together()))
    assert {r.model for r in table.results} == {"all", "common"}
    assert "Random effects need three studies" in " ".join(table.notes)


@pytest.mark.slow
def test_a_study_whose_factor_is_not_there_is_left_out_by_name_and_none_is_left_is_a_sentence(project, write_cohort):
    project()
    write_cohort("second", "title: T\ntime_unit: months\n", "USUBJID,OS,OS_EVENT\nA,5,1\nB,6,1\n")
    found = together()
    assert found.left == (("Second", "it has no factor GRADE"),) and len(found.studies) == 2
    write_cohort("second", FACTOR, "USUBJID,GRADE,OS,OS_EVENT\nA,1,x,1\nB,0,6,1\n")
    assert together().left == (("Second", "it has errors (`rechallenge check second`)"),)
    project(FACTOR + "evidence: {factor: GRADE, endpoint: OS, studies: [{label: Second, cohort: second}]}\n")
    write_cohort("second", "title: T\ntime_unit: months\n", "USUBJID,OS,OS_EVENT\nA,5,1\nB,6,1\n")
    with pytest.raises(NotAvailable, match="needs another study that can be used. Second: it has no factor GRADE"):
        together()


@pytest.mark.parametrize(
    ("paper", "said"),
    [
        ("time,event,version_of\n-3,1,low\n4,2,low\n", ["not a time above 0", "neither 1 nor 0"]),
        ("time,event,version_of\n3,1,lwo\n4,0,low\n", ["not a level of GRADE, nor named under `levels`", "lwo"]),
        ("time,event,version_of\n3,1," + "y" * 9000 + "\n4,0,low\n", ["yyy..."]),
        ("time,event\n3,1\n", ["expected the columns time, event, version_of"]),
        ("time,event,version_of,endpoint\n3,1,low,PFS\n", ["no row of OS"]),
        ("time,event,version_of\n3,1,low,x,y\n4,0,low,x,y\n", ["not a table of comma-separated values"]),
        (
            "time,event,version_of\n" + "x,2,lwo\n" * 1002,
            ["not a time above 0: 2 further rows", "1 nor 0: 2 further rows", "`: 2 further rows"],
        ),
        ("time,event,version_of,set\n" + "".join(f"3,1,low,{i}\n" for i in range(1001)), ["more than 1,000 versions"]),
    ],
)
def test_what_is_wrong_with_a_file_is_named_with_its_row(project, paper, said):
    project(paper=paper)
    found = read_cohort("c")[1]
    findings = " ".join(f"{f.rule} {f.value} {f.row}" for f in found)
    assert len(found) < 3100 and all(len(f.value) <= 300 for f in found)
    assert [words for words in said if words not in findings] == []


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("{factor: GRADE, endpoint: OS}", "names no other study"),
        ("{factor: AGE, endpoint: OS, studies: [{label: x, cohort: second}]}", "has no levels to compare"),
        ("{factor: GRADE, endpoint: OS, studies: [{label: x}]}", "needs one of cohort, patients"),
        ("{factor: GRADE, endpoint: OS, studies: [{label: x, patients: a.csv}]}", "does not say where"),
        ("{factor: GRADE, endpoint: OS, studies: [{label: x, cohort: c}]}", "the cohort itself is no other study"),
        ("{factor: GRADE, endpoint: OS, studies: [{label: x, cohort: secnd}]}", "no cohort secnd"),
        (
            "{factor: GRADE, endpoint: OS, studies: [{label: x, cohort: second, levels: {a: '7'}}]}",
            "not a level of GRADE",
        ),
    ],
)
def test_a_declaration_that_makes_no_sense_says_so(project, told, said):
    project(FACTOR + f"evidence: {told}\n")
    with pytest.raises(CohortError) as refused:
        load_cohort("c")
    assert said in str(refused.value)


SECOND = """USUBJID,NAME,GRADE,OS,OS_EVENT
XB44101,Wilhelm Torvald,0,5,1
XB44102,Mirela Oduya,1,6,1
XB44103,none,0,7,0
"""
TOLD = (
    FACTOR
    + "evidence: {factor: GRADE, endpoint: OS, studies: [{label: Second of XB44101, cohort: second}, {label: Of Mirela Oduya,"
    " source: seen by Wilhelm Torvald, patients: of-2020-06-09.csv}]}\n"
)


@pytest.fixture
def of_persons(project, write_cohort, monkeypatch):
    def make(own=TOLD, second=FACTOR):
        project(own)
        write_cohort("second", second, SECOND)
        curves = data_folder() / "c" / "curves"
        (curves / "of-2020-06-09.csv").write_text("time,event,arm\n3,1,0\n4,1,1\n5,0,1\n", encoding="utf-8")
        use_run(monkeypatch, privacy="shared")

    return make


def test_what_tells_of_patients_of_another_cohort_is_taken_out_of_its_label_and_found_by_share(of_persons, tmp_path):
    of_persons()
    found = together()
    said = f"{found.told} {[study.label for study in found.studies]}"
    assert not any(word in said for word in ("XB44101", "Oduya", "Torvald")) and len(found.studies) == 3
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "report.html").write_text("<p>XB44102 and Mirela Oduya</p>", encoding="utf-8")
    assert {leak.written for leak in leaks_of(tmp_path / "made", "c")} == {"xb44102", "mirela oduya"}


def test_the_folder_of_another_cohort_may_not_be_called_after_a_date(of_persons, write_cohort):
    of_persons(TOLD.replace("cohort: second", "cohort: ward 2020-06-09"))
    write_cohort("ward 2020-06-09", FACTOR, SECOND)
    with pytest.raises(CohortError, match="tells who somebody is"):
        load_cohort("c")


@pytest.mark.slow
def test_a_strict_cohort_enters_strict_reports_alone_and_patients_no_report_of_pseudo_patients(of_persons, monkeypatch):
    of_persons(second=FACTOR + "profile: strict\n")
    assert together().left == (("Second of [taken out]", "its profile is strict, and that of this report is not"),)
    use_run(monkeypatch, privacy="strict")
    assert together().left == ()
    of_persons(TOLD + "kind: pseudo\n")
    assert any("second holds patients" in f.rule for f in read_cohort("c")[1])


def test_versions_without_anybody_of_a_level_are_left_out_with_a_sentence(project):
    project(paper="time,event,version_of,set\n3,1,low,1\n4,1,high,1\n3,1,,2\n4,1,,2\n")
    assert together().left == (("Paper", "nobody in it has a level"),)


def test_two_levels_that_somebody_has_are_enough_and_one_is_not(project):
    own = "USUBJID,GRADE,OS,OS_EVENT\nA,0,3,1\nB,0,4,1\nC,1,5,1\nD,1,6,0\n"
    project(own=own, paper="time,event,version_of,set\n3,1,low,1\n4,1,mid,1\n")
    assert together().levels == ("0", "1")
    project(own=own.replace(",1,5", ",0,5").replace(",1,6", ",0,6"), paper="time,event,version_of,set\n3,1,low,1\n")
    with pytest.raises(NotAvailable, match="needs two levels"):
        together()


def hospital(rng, n):
    """Patients of three levels whose hazards are 1, 1.6 and 2.5."""
    level = rng.integers(3, size=n)
    time, end = rng.exponential(8 / np.array([1, 1.6, 2.5])[level]), rng.uniform(4, 30, n)
    x = (level[:, None] == [1, 2]).astype(float)
    return Version(np.round(np.minimum(time, end), 1) + 0.1, time <= end, x)


@pytest.fixture(scope="module")
def hospitals():
    """The own patients, and those of six hospitals."""
    rng = np.random.default_rng(12)
    return [hospital(rng, n) for n in (40, 30, 24, 20, 16, 13, 9)]


def mail(centres, beta):
    """What centres answer at beta: the sum of their sums."""
    parts = [cox_sums(v.time, v.event, v.x, beta) for v in centres]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return Round(np.asarray(beta, float), total)


def settled(centres):
    rounds = [mail(centres, np.zeros(centres[0].x.shape[1]))]
    while not rounds[-1].settled:
        rounds.append(mail(centres, next_beta(rounds)))
    return rounds


@pytest.mark.parametrize("turned", [False, True])
def test_mailed_sums_give_the_model_of_the_stacked_patients_once_they_were_asked_at_its_end(hospitals, turned):
    """turned : the mailed study has level 2 as its reference."""
    own, *centres = hospitals
    turn = np.array([[0.0, -1.0], [1.0, -1.0]]) if turned else np.eye(2)
    seen = [
        Version(v.time, v.event, np.column_stack([1 - v.x.sum(axis=1), v.x[:, 0]]) if turned else v.x) for v in centres
    ]
    rounds = settled(seen)
    first = len(rounds)
    stacked = one_stage([[own], *([c] for c in centres)])
    for _ in range(8):
        found = one_stage([[own], Mailed(rounds, turn, np.linalg.inv(turn))])
        if found.exact:
            break
        rounds.append(mail(seen, turn @ found.fit.coef))
    assert found.exact and len(rounds) - first <= 5
    assert found.fit.coef == pytest.approx(stacked.fit.coef, abs=1e-8)
    assert found.fit.se == pytest.approx(stacked.fit.se, abs=1e-8)
    assert found.carried[1] == pytest.approx(stacked.carried[1:].sum(axis=0), abs=1e-8)
    alone = one_stage([[c] for c in centres]).fit
    effect = study_effects([Mailed(rounds, turn, np.linalg.inv(turn))], 1).iloc[0]
    assert (effect["effect"], effect["se"]) == pytest.approx((alone.coef[1], alone.se[1]), abs=1e-8)


def test_mailed_sums_are_set_to_the_levels_that_are_asked_for():
    """Theirs has B as its reference and knows A; C is nobody's there."""
    found = MailedSums(("B", "A"), (), 2, 9, 5, Path()).placed(("A", "B", "C"))
    np.testing.assert_array_equal(found.places, [[-1.0, 0.0]])
    np.testing.assert_array_equal(found.contrasts, [[-1.0], [np.nan]])
    assert Study("Hospitals", "mailed", ()).unknown == 0


def test_mailed_sums_that_know_one_coefficient_tell_that_one_alone():
    sums = CoxSums(0.0, np.zeros(2), np.diag([4.0, 0.0]), 5)
    beta, se = Mailed([Round(np.array([0.3, 0.0]), sums)], np.eye(2), np.eye(2)).own
    np.testing.assert_allclose(np.array([beta, se]), [[0.3, np.nan], [0.5, np.nan]])


def test_of_several_versions_the_nearest_answer_is_told_from_the_estimate_of_all(hospitals):
    first, second, *centres = hospitals
    mailed = Mailed(settled(centres), np.eye(2), np.eye(2))
    found = one_stage([[first, second], mailed])
    assert found.away == pytest.approx([0, mailed.near(found.fit.coef)[1]], abs=1e-12)
    assert found.stretched[1] > found.away[1] + 1e-6


def test_before_they_are_asked_mailed_sums_are_a_quadratic_and_say_how_far_it_is_stretched(hospitals):
    own, *centres = hospitals
    found = one_stage([[own], Mailed(settled(centres), np.eye(2), np.eye(2))])
    stacked = one_stage([[own], *([c] for c in centres)]).fit
    assert not found.exact and 0 < found.away[1] < 3 and found.away[0] == 0
    assert np.abs(found.fit.coef - stacked.coef).max() < 0.1 * stacked.se.min()


def test_a_level_that_mailed_sums_do_not_know_comes_from_the_patients_and_one_that_nobody_knows_is_refused(hospitals):
    own, second, *_ = hospitals
    kept = second.x[:, 1] == 0
    two = Version(second.time[kept], second.event[kept], second.x[kept][:, :1])
    sums = Mailed(settled([two]), np.array([[1.0, 0.0]]), np.array([[1.0], [np.nan]]))
    found = one_stage([[own], sums])
    assert np.isfinite(found.fit.coef).all() and found.carried[1, 1] == 0
    assert study_effects([sums], 1).isna()["effect"].all() and study_effects([sums], 0)["effect"].notna().all()
    lacking = Version(own.time, own.event, np.column_stack([own.x[:, 0], 0 * own.x[:, 1]]))
    with pytest.raises(NotEstimable):
        one_stage([[lacking], sums])
