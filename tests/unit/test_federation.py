"""Eight synthetic centres that share nothing but files: what is pooled is the analysis of the stacked patients."""

import csv
import importlib.util
import json
import multiprocessing
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from papercheck.files.findings import CohortError
from papercheck.files.project import Project
from rechallenge.cohort.cohort import load_cohort
from rechallenge.context import current, running
from rechallenge.federation import masks
from rechallenge.federation.contents import design_of, rows_of
from rechallenge.federation.contribute import offer, revealed_by
from rechallenge.federation.gather import TOGETHER, gather
from rechallenge.federation.mailed import Answer, read_answer, read_question, text_of
from rechallenge.federation.study import Study, load_study_file
from rechallenge.results import read_ledger
from rechallenge.run.pooled import pool_folder
from rechallenge.sections.pooled_models import cox_table, everything
from rechallenge.text.language import speaking
from smallsurv.cox import cox_fit
from smallsurv.curve import kaplan_meier, survival_at
from smallsurv.rank_tests import stratified_log_rank
from tests.conftest import project

EXAMPLE = project() / "docs" / "examples" / "eight-centres"
CLOSE = dict(rtol=0, atol=1e-8)


def maker():
    spec = importlib.util.spec_from_file_location("make", EXAMPLE / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def at_centre(data):
    """What one centre sees: its own data folder, and no other project."""
    return running(replace(current(), project=Project(None, Path(data))))


def centre_at_work(data, name, study_file, out, line):
    """A centre: a process that knows its own data and the files that it is mailed, and mails files. None ends it."""
    with at_centre(data):
        study = load_study_file(study_file)
        while (question := line.recv()) is not None:
            made = offer("local", study, name, read_question(question, study) if question else None)
            made.kept.write()
            (Path(out) / f"{name}-round-{made.answer.round}.json").write_text(text_of(made.answer), encoding="utf-8")
            line.send(made.answer.round)


class Mail:
    """A coordinating centre with a folder, and centres, each a process with a folder of its own."""

    def __init__(self, place, centres, changes=()):
        self.hub, self.centres, self.lines, self.workers = place / "hub", centres, {}, []
        self.hub.mkdir(parents=True)
        text = (EXAMPLE / "study.yml").read_text(encoding="utf-8")
        for old, new in (("[Alder, Birch, Cedar, Elm, Fir, Hazel, Larch, Maple]", f"[{', '.join(centres)}]"), *changes):
            assert old in text
            text = text.replace(old, new)
        self.study = self.hub / "study.yml"
        self.study.write_text(text, encoding="utf-8")
        fork = multiprocessing.get_context("fork" if "fork" in multiprocessing.get_all_start_methods() else None)
        for name, data in centres.items():
            self.lines[name], theirs = fork.Pipe()
            worker = fork.Process(target=centre_at_work, args=(data, name, self.study, self.hub, theirs), daemon=True)
            worker.start()
            self.workers.append(worker)
            theirs.close()

    def round(self, question="", names=None):
        """Centres answer a question, one after the other."""
        for name in names or self.centres:
            self.lines[name].send(str(question))
            self.lines[name].recv()

    def close(self):
        for line in self.lines.values():
            line.send(None)
        for worker in self.workers:
            worker.join()

    def to_the_end(self):
        self.round()
        rounds = 1
        found, _ = pool_folder(self.hub)
        while found.question is not None:
            self.round(self.hub / f"round-{found.question.round}.json")
            rounds += 1
            found, _ = pool_folder(self.hub)
        assert found.finished
        return found, rounds


@pytest.fixture(scope="module")
def centres(tmp_path_factory):
    return maker().make_centres(tmp_path_factory.mktemp("centres"))


@pytest.fixture(scope="module")
def stacked(centres):
    """The patients of all centres in one table, which no one but this test ever sees: {endpoint: frame}."""
    study, parts = load_study_file(EXAMPLE / "study.yml"), {}
    for name, data in centres.items():
        with at_centre(data):
            for code, frame in rows_of(load_cohort("local"), study).outcomes.items():
                parts.setdefault(code, []).append(frame.assign(centre=name))
    return study, {code: pd.concat(frames, ignore_index=True) for code, frames in parts.items()}


@pytest.fixture(scope="module")
def opened(centres, tmp_path_factory):
    mail = Mail(tmp_path_factory.mktemp("open"), centres)
    yield mail, *mail.to_the_end()
    mail.close()


def ledger(hub):
    with open(hub / "pooled" / "results.csv", encoding="utf-8", newline="") as file:
        return read_ledger(csv.DictReader(file))


def stacked_cox(study, rows, names=None):
    model = study.model_of("main")
    known, x = design_of(rows[model.endpoint], model)
    keep = known["centre"].isin(names or known["centre"]).to_numpy()
    return cox_fit(known["AVAL"][keep], known["event"][keep], x[keep], strata=known["centre"][keep])


@pytest.mark.slow
def test_open_files_end_where_the_stacked_patients_do(opened, stacked):
    (mail, found, rounds), (study, rows) = opened, stacked
    names = list(found.parts["main"])
    assert 3 <= rounds <= 7 and len(names) >= 5
    fit, last = stacked_cox(study, rows, names), found.climbs["main"][-1]
    np.testing.assert_allclose(last.beta, fit.coef, **CLOSE)
    np.testing.assert_allclose(last.covariance, fit.covariance, **CLOSE)
    results = ledger(mail.hub)
    hrs = [r.estimate for r in results if r.quantity == "pooled.hazard_ratio"]
    np.testing.assert_allclose(hrs, np.exp(fit.coef), **CLOSE)
    for test in (r for r in results if r.quantity == "pooled.log_rank"):
        frame = rows[test.endpoint]
        told = [c for c, held in found.contents.items() if held[f"log_rank/{test.endpoint}/{test.by}"]["excess"]]
        frame = frame[frame["centre"].isin(told)]
        statistic, df, p = stratified_log_rank(frame, test.by, ["centre"])
        assert (test["statistic"], test.p) == pytest.approx((statistic, p), abs=1e-8) and test["df"] == df
    left = {r.level: r for r in results if r.quantity == "pooled.left_out" and r.variable == "ECOG = 2"}
    exact = stacked_cox(study, rows, [n for n in names if n != "Alder"])
    assert np.log(left["Alder"].estimate) == pytest.approx(exact.coef[1], abs=0.02)
    for r in (r for r in results if r.quantity == "pooled.survival"):  # never of the centres alone that happen to tell
        key = f"curve/{r.endpoint}/{f'{r.by}/{r.level}' if r.by else 'ALL'}"
        assert all(key in told for told in found.contents.values())
    page = (mail.hub / "pooled" / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page and "these numbers are final" in page


@pytest.mark.slow
def test_an_open_file_tells_of_nobody_alone(opened):
    mail, _, _ = opened
    study = load_study_file(mail.study)
    for path in mail.hub.glob("*-round-1.json"):
        told = json.loads(path.read_text(encoding="utf-8"))["told"]
        for key, record in told.items():
            kind = key.split("/")[0]
            if kind in ("counts", "response", "safety"):
                assert not [v for v in record.values() if v is not None and 0 < v < study.smallest], (path, key)
            if kind == "curve":
                counts = [*record["n_risk"], *sum(record["events"], []), *record["censored"]]
                assert not [c for c in counts if 0 < c < study.smallest], (path, key)
        for code in study.endpoints:  # the parts of a group taken from the whole leave nothing small either
            whole = told.get(f"curve/{code}/ALL")
            for by, levels in study.groups.items():
                parts = [told[k] for level in (*levels, "missing") if (k := f"curve/{code}/{by}/{level}") in told]
                assert not parts or set(parts[0]["edges"]) <= set(whole["edges"])
                assert not parts or sum(p["n_risk"][0] for p in parts) == whole["n_risk"][0]


@pytest.mark.slow
def test_masked_files_end_where_the_stacked_patients_do_and_alone_are_noise(centres, stacked, tmp_path):
    study, rows = stacked
    few = {name: centres[name] for name in ("Alder", "Birch", "Larch", "Maple")}
    rows = {code: frame[frame["centre"].isin(few)].reset_index(drop=True) for code, frame in rows.items()}
    mail = Mail(tmp_path, few, [("transport: open", "transport: masked")])
    found, _ = mail.to_the_end()
    fit, last = stacked_cox(study, rows), found.climbs["main"][-1]
    np.testing.assert_allclose(last.beta, fit.coef, **CLOSE)
    np.testing.assert_allclose(last.covariance, fit.covariance, **CLOSE)
    results = ledger(mail.hub)
    for test in (r for r in results if r.quantity == "pooled.log_rank"):
        statistic, _, p = stratified_log_rank(rows[test.endpoint], test.by, ["centre"])
        assert (test["statistic"], test.p) == pytest.approx((statistic, p), abs=1e-8)
    edges = np.array(study.bins)
    for endpoint in study.endpoints:  # every bin, exact at its end
        own = [r for r in results if r.quantity == "pooled.survival" and r.endpoint == endpoint and not r.by]
        ends = edges[np.searchsorted(edges, rows[endpoint]["AVAL"] - 1e-9)]
        exact = survival_at(kaplan_meier(ends, rows[endpoint]["event"]), [r.at for r in own])
        np.testing.assert_allclose([r.estimate for r in own], exact["survival"], **CLOSE)
        assert [r["n_risk"] for r in own] == [int((rows[endpoint]["AVAL"] > t).sum()) for t in edges[: len(own)]]
    counts = {r.level: r for r in results if r.quantity == "pooled.share" and r.variable == "ECOG"}
    assert counts["1"]["count"] == (rows["OS"]["ECOG"] == "1").sum() and found.contents.keys() == {TOGETHER}
    digits = [v for p in mail.hub.glob("*-round-1.json") for v in _hidden(p)]
    bits = np.unpackbits(np.array([list(bytes.fromhex(v)) for v in digits], np.uint8))
    assert abs(bits.mean() - 0.5) < 5 / np.sqrt(4 * len(bits)) and len(set(digits)) == len(digits)
    one = mail.hub / "Birch-round-1.json"
    said = " ".join(revealed_by(read_answer(one, load_study_file(mail.study)), study))
    assert "alone each is an even draw" in said
    one.unlink()
    for path in mail.hub.glob("*round-[2-9].json"):
        path.unlink()
    again = gather(mail.hub)
    assert not again.contents and again.waiting == {"Birch": 1} and again.question is None
    assert any("masks of Birch" in f.rule for f in again.notes)
    lost, written = pool_folder(mail.hub, ["Birch"])  # the others answer anew, and no number of Birch is in it
    assert (
        lost.question.contents
        and "Birch" not in lost.question.centres
        and [p.name for p in written] == ["round-2.json"]
    )
    mail.close()


def _hidden(path):
    told = json.loads(path.read_text(encoding="utf-8"))["told"]
    return [v for record in told.values() for v in record["masked"]]


@pytest.fixture
def copied(opened, tmp_path):
    """A folder with every file of round 1, to be spoilt."""
    mail, _, _ = opened
    target = tmp_path / "hub"
    target.mkdir()
    for path in (mail.study, *mail.hub.glob("*-round-1.json")):
        shutil.copy(path, target)
    return target


def changed(path, **changes):
    """Another file of the same centre, with a digest that fits: as a program of another version would write it."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    for key, value in changes.items():
        raw[key] = value
    path.write_text(text_of(Answer.model_validate(raw).sealed()), encoding="utf-8")


@pytest.mark.slow
def test_whatever_is_wrong_with_the_files_is_named_at_once_and_nothing_is_pooled(copied):
    alder, birch, cedar, elm, fir, hazel, maple = (
        copied / f"{n}-round-1.json" for n in ["Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Maple"]
    )
    alder.write_text(alder.read_text().replace('"analysed": 64', '"analysed": 65'))
    changed(birch, study="0" * 64)
    changed(cedar, centre="Nowhere")
    raw = json.loads(elm.read_text())
    changed(elm, definitions=raw["definitions"] | {"OS": "from diagnosis to death"})
    shutil.copy(fir, copied / "again.json")
    changed(fir, version="9.9")
    told = json.loads(hazel.read_text())["told"]
    changed(hazel, told=told | {"number/AGE": told["number/AGE"] | {"n": 23.5}})
    told = json.loads(maple.read_text())["told"]
    told["curve/OS/ALL"]["n_risk"][0] += 1
    changed(maple, told=told)
    (copied / "Larch-round-1.json").write_text("{")
    (copied / "notes.json").write_text("[1]")
    with pytest.raises(CohortError) as error:
        pool_folder(copied)
    said = "\n".join(f"{f.file}: {f.rule}" for f in error.value.findings)
    for part in (
        "Alder-round-1.json: was changed after it was written",
        "Birch-round-1.json: answers another study.yml",
        "Cedar-round-1.json: comes from no centre",
        "Elm: Elm means something else by OS than other centres",
        "is another answer of Fir to round 1",
        "Hazel-round-1.json: holds numbers of another form",
        "Maple-round-1.json: holds numbers of another form",
        "Larch-round-1.json: is no JSON, or was cut off",
        "notes.json: is no file of a study",
    ):
        assert part in said, said
    assert not (copied / "pooled").exists() and not list(copied.glob("round-*.json"))


@pytest.mark.slow
def test_a_number_in_another_unit_is_refused_where_units_are_declared_and_asked_about_where_not(copied):
    path = copied / "Cedar-round-1.json"
    raw = json.loads(path.read_text(encoding="utf-8"))
    assert raw["definitions"]["unit of AGE"] == "years"
    changed(path, definitions=raw["definitions"] | {"unit of AGE": "months"})
    with pytest.raises(CohortError, match="Cedar means something else by unit of AGE than other centres"):
        gather(copied)
    age = raw["told"]["number/AGE"]
    told = raw["told"] | {"number/AGE": age | {"sum": 12 * age["sum"], "squares": 144 * age["squares"]}}
    changed(path, definitions=raw["definitions"], told=told)
    found = [f for f in gather(copied).notes if f.column == "AGE"]
    assert [f.file for f in found] == ["Cedar"] and "the mean of AGE is 7" in found[0].rule


@pytest.mark.slow
def test_who_mails_twice_or_never_or_late_or_changes_the_data_is_named(copied, opened):
    mail, _, _ = opened
    shutil.copy(copied / "Elm-round-1.json", copied / "copy.json")
    (copied / "Maple-round-1.json").rename(copied.parent / "late.json")
    found, written = pool_folder(copied)
    assert found.waiting == {"Maple": 1} and found.question is None and len(found.centres) == 7
    assert [f.severity for f in found.notes if "counts once" in f.rule] == ["note"]
    assert {p.name for p in written} == {"results.csv", "report.html"}
    found, _ = pool_folder(copied, ["Maple"])
    assert found.question.round == 2 and "Maple" not in found.question.centres
    shutil.copy(copied.parent / "late.json", copied / "Maple-round-1.json")
    late, _ = pool_folder(copied)
    assert any(f.file == "Maple" and "answered late" in f.rule for f in late.notes) and "Maple" not in late.centres
    mail.round(copied / "round-2.json", ["Elm"])
    with pytest.raises(CohortError, match="another question of round 2"):
        gather(mail.hub)
    (mail.hub / "Elm-round-2.json").rename(copied / "Elm-round-2.json")
    changed(copied / "Elm-round-2.json", data="1" * 64)
    with pytest.raises(CohortError, match="changed its data between two rounds"):
        pool_folder(copied)
    mail.round(mail.hub / "round-2.json", ["Elm"])


@pytest.mark.slow
def test_the_page_speaks_chinese_and_the_numbers_stay(copied):
    pool_folder(copied)
    english = (copied / "pooled" / "results.csv").read_bytes()
    with speaking("zh"):
        found, _ = pool_folder(copied)
        shown = [
            s for s in everything(found) if s.id != "pooled.held"
        ]  # what a centre holds back stands as it wrote it
    assert (copied / "pooled" / "results.csv").read_bytes() == english
    for display in shown:
        cells = [*getattr(display, "columns", ()), *sum(getattr(display, "rows", []), [])]
        texts = " ".join(map(str, [display.title, *display.notes, *cells, getattr(display, "alt", "")]))
        assert not set(re.findall(r"\b[a-z]{4,}\b", texts)) - {"main"}, (display.id, texts)


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("smallest: 5", "smallest: 1", "keep nothing private"),
        ("bins: [0, 2,", "bins: [0, 0,", "rising times"),
        ("endpoints: [PFSR, OS]", "endpoints: [PFSR]", "not among `endpoints`"),
        ("[Alder, Birch, Cedar, Elm, Fir, Hazel, Larch, Maple]", "[Alder, Alder]", "stands twice"),
        ("[Alder, Birch, Cedar, Elm, Fir, Hazel, Larch, Maple]", "[../x, Birch]", "name of a file"),
        ("title:", "titel:", "unknown key"),
        ('ECOG: ["0", "1", "2"]\n', 'ECOG: ["0"]\n', "two levels or more"),
    ],
)
def test_a_study_that_cannot_be_is_refused_with_its_line(tmp_path, old, new, said):
    text = (EXAMPLE / "study.yml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "study.yml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CohortError) as error:
        load_study_file(tmp_path / "study.yml")
    assert any(said in f.rule + f.action and f.row for f in error.value.findings), error.value.findings


def test_what_does_not_fit_at_a_centre_is_said_all_at_once(write_cohort, tmp_path):
    write_cohort(adsl="USUBJID,AGE,SEX,ECOG,OS,OS_EVENT\nA,60,M,3,8,1\nB,65,F,0,9,0\nC,70,M,1,12,1\n")
    text = (EXAMPLE / "study.yml").read_text(encoding="utf-8").replace("numbers: [AGE]", "numbers: [AGE, LDH]")
    (tmp_path / "study.yml").write_text(text, encoding="utf-8")
    with pytest.raises(CohortError) as error:
        offer("c", load_study_file(tmp_path / "study.yml"), "Alder")
    said = " ".join(f"{f.column} {f.rule} {f.value}" for f in error.value.findings)
    for part in ("ECOG holds a code that the study does not know 3", "LDH asks for a column", "PFSR asks for PFSR"):
        assert part in said, said


@pytest.mark.slow
def test_a_centre_too_small_to_tell_of_tells_nothing_and_says_so(write_cohort, command, tmp_path):
    write_cohort(adsl="USUBJID,AGE,SEX,ECOG,OS,OS_EVENT\nA,60,M,1,8,1\nB,65,F,0,9,0\n")
    text = (EXAMPLE / "study.yml").read_text(encoding="utf-8").replace("[PFSR, OS]", "[OS]").replace("[PFSR]", "[]")
    (tmp_path / "study.yml").write_text(text, encoding="utf-8")
    asked = ["contribute", "c", "--study", tmp_path / "study.yml", "--centre", "Fir", "--out", tmp_path]
    code, said = command(*asked, "--what-is-revealed", data=tmp_path / "data")
    assert code == 0 and "held back whole" in said and not list(tmp_path.glob("*.json"))
    code, said = command(*asked, "--yes", data=tmp_path / "data")
    told = json.loads((tmp_path / "Fir-round-1.json").read_text(encoding="utf-8"))["told"]
    numbers = [v for record in told.values() for v in record.values() if v not in (None, 0)]
    assert code == 0 and numbers == []
    code, said = command(*asked[:-3], "Nowhere", "--yes", data=tmp_path / "data")
    assert code == 1 and "no centre of the study has this name" in said


def test_what_words_mean_at_a_centre_leaves_without_what_tells_who_somebody_is(write_cohort, tmp_path):
    rows = "".join(f"ZJ44100{i},{50 + i},M,{i % 2},{i + 3},{i % 2}\n" for i in range(10, 20))
    yml = (
        "title: T\nkind: patients\nprimary_endpoint: OS\nendpoints: {OS: {label: OS, text: from 2021-03-05 by Dr Wu}}\n"
        "factors: {ECOG: {label: ECOG, levels: {'0': as ZJ4410012, '1': 'seen 3 May 2021', '2': two}}}\n"
    )
    write_cohort(yml=yml, adsl="USUBJID,AGE,SEX,ECOG,OS,OS_EVENT\n" + rows)
    text = (EXAMPLE / "study.yml").read_text(encoding="utf-8").replace("[PFSR, OS]", "[OS]").replace("[PFSR]", "[]")
    (tmp_path / "study.yml").write_text(text, encoding="utf-8")
    offered = offer("c", load_study_file(tmp_path / "study.yml"), "Alder")
    told = offered.answer.model_dump_json() + " ".join(offered.revealed)
    assert "2 = two" in told and not [word for word in ("2021", "Wu", "ZJ44") if word in told]


@pytest.mark.parametrize(
    "more, least", [("", 5), ("profile: strict\nsmallest_count: 8\n", 8), ("smallest_count: 8\n", 5)]
)
def test_a_strict_cohort_keeps_its_own_smallest_count_where_a_study_asks_for_less(write_cohort, tmp_path, more, least):
    rows = "".join(f"S{i:03d},{50 + i % 9},{'M' if i < 34 else 'F'},{i % 2},{i % 11 + 3},{i % 2}\n" for i in range(40))
    yml = f"title: T\nkind: patients\nprimary_endpoint: OS\n{more}"
    write_cohort(yml=yml, adsl="USUBJID,AGE,SEX,ECOG,OS,OS_EVENT\n" + rows)
    (tmp_path / "study.yml").write_text(
        "title: T\ncentres: [A, B]\nendpoints: [OS]\nbins: [0, 24]\ngroups: {SEX: [M, F]}\n", encoding="utf-8"
    )
    counts = offer("c", load_study_file(tmp_path / "study.yml"), "A").answer.told["counts/SEX"]
    assert counts["F"] == (6 if least <= 6 else None)  # six women; with their partner they are held back


def test_masks_cancel_in_the_sum_and_in_no_part_of_it():
    private = {name: masks.new_key() for name in "abc"}
    keys = {name: masks.public_key(key) for name, key in private.items()}
    values = {"a": [1.5, -2.25, 0.0], "b": [3.1, 4.0, 1e-12], "c": [0.1, 1e9, 7.0]}
    files = {n: masks.masked(v, masks.masks_of(n, private[n], keys, "q", 3)) for n, v in values.items()}
    np.testing.assert_allclose(masks.unmasked_sum(files.values()), np.sum(list(values.values()), axis=0), rtol=1e-15)
    assert np.abs(masks.unmasked_sum([files["a"], files["b"]])).min() > 1e30
    again = masks.masks_of("a", private["a"], keys, "another question", 3)
    assert not set(again) & set(masks.masks_of("a", private["a"], keys, "q", 3))
    assert masks.is_key(keys["a"]) and not any(
        map(masks.is_key, ("", "0" * 512, f"{1:0512x}", f"{masks.PRIME - 1:0512x}"))
    )
    assert pow(2, masks.PRIME - 1, masks.PRIME) == 1 and masks.PRIME.bit_length() == 2048


def test_a_centre_refuses_what_no_coordinator_may_ask(centres):
    from rechallenge.federation.contribute import Kept, _check_asked
    from rechallenge.federation.mailed import Question

    raw = load_study_file(EXAMPLE / "study.yml").model_dump() | {"transport": "masked"}
    study = Study.model_validate(raw)
    key = masks.new_key()
    keys = {n: masks.public_key(masks.new_key()) for n in study.centres} | {"Elm": masks.public_key(key)}
    ask = {"study": study.digest, "round": 1, "centres": study.centres, "contents": True, "beta": {}, "keys": keys}
    kept = Kept(Path("none"), key, True, dict(keys), {})
    _check_asked(study, "Elm", Question(**ask), kept)
    spoilt = [
        ask | {"centres": ("Elm", "Fir"), "keys": {n: keys[n] for n in ("Elm", "Fir")}},
        ask | {"keys": {n: k for n, k in keys.items() if n != "Fir"}},
        ask | {"keys": keys | {"Elm": keys["Fir"]}},
        ask | {"keys": keys | {"Fir": keys["Larch"]}},
    ]
    for one in spoilt:
        with pytest.raises(CohortError, match="hides nothing|not those of the centres|not the one|has changed"):
            _check_asked(study, "Elm", Question(**one), kept)
    kept.answered["1"] = "f" * 64
    with pytest.raises(CohortError, match="another question of this round"):
        _check_asked(study, "Elm", Question(**ask), kept)


def test_pseudo_patients_are_named_wherever_they_are_pooled(write_cohort, tmp_path):
    from rechallenge.federation.gather import _between

    yml = "title: Drawn\nkind: pseudo\nnotice: Drawn.\ntime_unit: months\n"
    rows = "".join(f"P{i},{50 + i},{'MF'[i % 2]},{i % 3},{5 + i},{i % 2}\n" for i in range(12))
    write_cohort(yml=yml, adsl="USUBJID,AGE,SEX,ECOG,OS,OS_EVENT\n" + rows)
    text = (EXAMPLE / "study.yml").read_text(encoding="utf-8").replace("[PFSR, OS]", "[OS]").replace("[PFSR]", "[]")
    (tmp_path / "study.yml").write_text(text, encoding="utf-8")
    study = load_study_file(tmp_path / "study.yml")
    made = offer("c", study, "Fir")
    assert "Definition of kind of data: pseudo" in made.revealed
    found = _between({1: {"Fir": made.answer}}, study)
    assert [(f.file, f.severity) for f in found if "pseudo-patients" in f.rule] == [("Fir", "warning")]


@pytest.mark.slow
def test_a_term_is_shown_with_its_reference_and_its_step(opened):
    found = opened[1]
    table = cox_table(found, "main")
    assert [row[0] for row in table.rows] == ["ECOG: 1 against 0", "ECOG: 2 against 0", "AGE, per 10"]
    assert "of the centres that tell the model" in table.notes[0] and "all patients" not in table.notes[0]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_secret_is_readable_by_its_owner_alone_from_its_first_byte(tmp_path, monkeypatch):
    from papercheck.files.swap import write_whole

    seen, real = [], Path.write_text

    def write_text(self, *values, **named):
        seen.append(self.stat().st_mode & 0o777)
        return real(self, *values, **named)

    (tmp_path / ".key.new").write_text("left by a run that was killed")
    monkeypatch.setattr(Path, "write_text", write_text)
    write_whole(tmp_path / "key", "secret", secret=True)
    assert seen == [0o600] and (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["key"]
