"""What hospitals mailed among all the evidence: as with their patients in one table, and what cannot be used is named."""

import numpy as np
import pandas as pd
import pytest

from papercheck.files.findings import CohortError
from rechallenge.cohort.cohort import load_cohort, read_cohort
from rechallenge.derive.population import derive_population
from rechallenge.federation.contribute import offer
from rechallenge.federation.gather import gather
from rechallenge.federation.mailed import read_question, text_of
from rechallenge.federation.study import load_study_file
from rechallenge.run.pooled import ask_for_evidence
from rechallenge.sections.evidence import (
    all_evidence,
    compare_evidence,
    evidence_forest,
    evidence_studies,
    evidence_table,
)
from smallsurv.evidence import Version, one_stage

FACTOR = (
    "title: T\ntime_unit: months\nprimary_endpoint: OS\nfactors: {GRADE: {label: Grade, levels: ['0', '1', '2']}}\n"
)
THERE = FACTOR.replace("['0', '1', '2']", "[low, mid, high]")
MAILED = "{label: Hospitals, mailed: hospitals, model: grade, levels: {low: '0', mid: '1', high: '2'}}"
PAPER = "{label: Paper, source: made up, patients: paper.csv}"
OWN = FACTOR + f"evidence: {{factor: GRADE, endpoint: OS, studies: [{MAILED}, {PAPER}]}}\n"
STUDY = (
    "title: Grade\ncentres: [Alder, Birch, Cedar]\nendpoints: [OS]\nbins: [0, 12, 60]\nsmallest: 3\nmodels: [{id: grade,"
    " endpoint: OS, terms: [{column: GRADE, levels: [mid, low, high]}]}, {id: age, endpoint: OS, terms: [{column: AGE}]}]\n"
)
NAMES = ("Alder", "Birch", "Cedar")


def patients(n, seed):
    rng = np.random.default_rng(seed)
    level = rng.integers(3, size=n)
    time, end = rng.exponential(9 / np.array([1, 1.6, 2.4])[level]), rng.uniform(5, 30, n)
    rows = pd.DataFrame({"USUBJID": [f"P{i:02d}" for i in range(n)], "AGE": rng.integers(45, 80, n), "GRADE": level})
    return rows.assign(OS=np.round(np.minimum(time, end), 1) + 0.1, OS_EVENT=(time <= end).astype(int))


def version(rows):
    x = (rows["GRADE"].to_numpy()[:, None] == [1, 2]).astype(float)
    return [Version(rows["OS"].to_numpy(), rows["OS_EVENT"].to_numpy(bool), x)]


class Study:
    """An own cohort c with a folder of mail, three hospitals as cohorts of the same project, a paper."""

    def __init__(self, write_cohort, transport="open", yml=OWN):
        self.tables = {
            name: patients(n, n) for name, n in zip(("c", *NAMES, "paper"), (30, 40, 34, 28, 36), strict=True)
        }
        called = {0: "low", 1: "mid", 2: "high"}
        for name in NAMES:
            rows = self.tables[name].assign(GRADE=self.tables[name]["GRADE"].map(called))
            write_cohort(name, THERE, rows.to_csv(index=False))
        own = write_cohort("c", yml, self.tables["c"].to_csv(index=False))
        self.folder = own / "hospitals"
        for folder in (self.folder, own / "curves"):
            folder.mkdir()
        paper = self.tables["paper"].rename(columns={"OS": "time", "OS_EVENT": "event", "GRADE": "arm"})
        paper[["time", "event", "arm"]].to_csv(own / "curves" / "paper.csv", index=False)
        (self.folder / "study.yml").write_text(STUDY + f"transport: {transport}\n", encoding="utf-8")
        self.study = load_study_file(self.folder / "study.yml")

    def answered(self, path=None):
        for name in NAMES:
            made = offer(name, self.study, name, read_question(path, self.study) if path else None)
            made.kept.write()
            (self.folder / f"{name}-{made.answer.round}.json").write_text(text_of(made.answer), encoding="utf-8")

    def to_the_end(self):
        self.answered()
        while (question := gather(self.folder).question) is not None:
            path = self.folder / f"round-{question.round}.json"
            path.write_text(text_of(question), encoding="utf-8")
            self.answered(path)

    def asked_for_evidence(self):
        rounds = 0
        while (path := ask_for_evidence(self.folder, "c")) is not None:
            self.answered(path)
            rounds += 1
        return rounds


def compared():
    return compare_evidence(all_evidence(derive_population(load_cohort("c"))))


@pytest.mark.slow
@pytest.mark.parametrize("transport", ["open", pytest.param("masked", marks=pytest.mark.thorough)])
def test_evidence_of_mailed_files_is_that_of_the_stacked_patients(write_cohort, transport):
    made = Study(write_cohort, transport)
    made.to_the_end()
    before = gather(made.folder).climbs["grade"]
    early = " ".join(evidence_studies(compared()).notes)
    assert "a quadratic stands for it there. `rechallenge pool data/c/hospitals --evidence c` asks" in early
    assert made.asked_for_evidence() <= 8
    found = compared()
    versions = {name: version(rows) for name, rows in made.tables.items()}
    stacked = one_stage(list(versions.values()))
    assert found.whole.fit.coef == pytest.approx(stacked.fit.coef, abs=1e-8)
    assert found.whole.fit.se == pytest.approx(stacked.fit.se, abs=1e-8)
    assert found.whole.carried[1] == pytest.approx(stacked.carried[1:4].sum(axis=0), abs=1e-8)
    real = one_stage([versions[name] for name in ("c", *NAMES)]).fit
    assert found.real.fit.coef == pytest.approx(real.coef, abs=1e-8)
    alone = one_stage([versions[name] for name in NAMES]).fit
    assert found.effects[1].loc[1, ["effect", "se"]].tolist() == pytest.approx([alone.coef[1], alone.se[1]], abs=1e-8)
    assert len(gather(made.folder).climbs["grade"]) == len(before) and gather(made.folder).finished
    notes = " ".join(evidence_studies(found).notes)
    assert "Hospitals: what 3 hospitals mailed" in notes and "as exact as with the patients in one table" in notes
    assert ("102 patients" in notes) == (transport == "open")
    row = evidence_studies(found).rows[1]
    assert row[:3] == ["Hospitals", "patients of hospitals, as mailed sums", "–"]
    assert [r.model for r in evidence_table(found).results][:2] == ["all", "patients"]
    assert "Hospitals (patients of hospitals, as mailed sums)" in evidence_forest(found).alt


@pytest.mark.slow
def test_mailed_files_that_cannot_be_used_are_left_out_with_the_reason(write_cohort):
    made = Study(write_cohort)

    def why(**changes):
        yml = OWN
        for old, new in changes.items():
            yml = yml.replace(old, new)
        write_cohort("c", yml, made.tables["c"].to_csv(index=False))
        return dict(all_evidence(derive_population(load_cohort("c"))).left)["Hospitals"]

    assert "its files cannot be used (`rechallenge pool data/c/hospitals` says why)" in why()
    made.answered()
    assert "its model is not at its end" in why()
    assert why(**{"model: grade": "model: none"}) == "it has no model none"
    assert "other terms than the levels of GRADE alone" in why(**{"model: grade": "model: age"})
    assert "its level mid of GRADE is not named" in why(**{"mid: '1', ": ""})
    with pytest.raises(CohortError, match="does not use this folder"):
        ask_for_evidence(made.folder, "c")
    path = next(made.folder.glob("Birch*"))
    path.write_text(path.read_text(encoding="utf-8").replace('"n": 34', '"n": 35'), encoding="utf-8")
    assert "its files cannot be used" in why()


@pytest.mark.parametrize(("told", "words"), [
    ("{label: H, mailed: hospitals}", "needs `mailed` and `model` together"),
    ("{label: H, mailed: hospitals, model: m, cohort: d}", "needs one of cohort, patients, mailed"),
    ("{label: H, mailed: none, model: m}", "the file is missing"),
    ("{label: H, mailed: ../c, model: m}", "expected the name"),
])  # fmt: skip
def test_a_faulty_declaration_is_named(write_cohort, told, words):
    yml = FACTOR + f"evidence: {{factor: GRADE, endpoint: OS, studies: [{told}]}}\n"
    write_cohort(yml=yml, adsl="USUBJID,GRADE,OS,OS_EVENT\nA,0,5,1\nB,1,6,1\n")
    assert words in " ".join(f.rule for f in read_cohort("c")[1])


def test_a_cohort_without_evidence_of_the_folder_asks_for_nothing(write_cohort, tmp_path):
    write_cohort()
    with pytest.raises(CohortError, match="the evidence of c needs other studies"):
        ask_for_evidence(tmp_path, "c")
