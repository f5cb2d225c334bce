"""Files mailed by a hospital that means harm, or whose program is at fault: refused by name, and nothing is pooled."""

import json
import os

import pytest

from papercheck.files.findings import CohortError
from rechallenge.federation.contribute import offer
from rechallenge.federation.mailed import first_question, read_answer, text_of
from rechallenge.federation.possible import contradictions
from rechallenge.federation.study import digest_of, load_study_file
from rechallenge.run.pooled import pool_folder

STUDY = (
    "title: T\ncentres: [Alder, Birch]\nendpoints: [OS]\nbins: [0, 6, 24]\ngroups: {SEX: [M, F]}\nnumbers: [AGE]\n"
    "models: [{id: main, endpoint: OS, terms: [{column: SEX, levels: [M, F]}]}]\n"
)
ROWS = "".join(f"S{i:03d},{40 + i % 31},{'MF'[i % 2]},{i % 20 + 1},{int(i % 3 > 0)}\n" for i in range(60))
YML = "title: T\nkind: patients\nprimary_endpoint: OS\n"
MAILED: dict[str, str] = {}  # what each hospital mails, made once
FORM = "holds numbers of another form"


@pytest.fixture
def hub(write_cohort, tmp_path):
    """A folder with study.yml and the answers of two hospitals that tell the same."""
    write_cohort(yml=YML, adsl=f"USUBJID,AGE,SEX,OS,OS_EVENT\n{ROWS}")
    folder = tmp_path / "hub"
    folder.mkdir()
    (folder / "study.yml").write_text(STUDY)
    study = load_study_file(folder / "study.yml")
    for name in study.centres:
        if name not in MAILED:
            MAILED[name] = text_of(offer("c", study, name).answer)
        (folder / f"{name}.json").write_text(MAILED[name])
    return folder


def harmed(hub, change) -> str:
    """What is said of the folder once one answer is changed and sealed anew."""
    raw = json.loads((hub / "Alder.json").read_text())
    change(raw)
    raw.pop("digest")
    try:
        raw["digest"] = digest_of(raw)
    except ValueError:  # half a character
        raw["digest"] = "0" * 64
    (hub / "Alder.json").write_text(json.dumps(raw))
    with pytest.raises(CohortError) as error:
        pool_folder(hub)
    assert [p.name for p in hub.iterdir() if p.suffix not in (".json", ".yml")] == []
    assert not list(hub.glob("round-*"))
    return str(error.value)


def told(record, **fields):
    return lambda raw: raw["told"][record].update(fields)


def test_answers_that_nobody_changed_are_pooled(hub):
    found, written = pool_folder(hub)
    assert found.centres == ["Alder", "Birch"] and "report.html" in [p.name for p in written]


@pytest.mark.slow
@pytest.mark.parametrize(
    "change, said",
    [
        (told("own/main", coef="abc"), FORM),
        (told("own/main", coef=["a"]), FORM),
        (told("own/main", covariance=[1, 2, 3]), FORM),
        (told("own/main", covariance=None), FORM),
        (lambda raw: raw["told"]["own/main"].pop("covariance"), FORM),
        (told("own/main", covariance=[-0.1]), "holds a variance below 0"),
        (lambda raw: raw["told"].update({"own/other": {"coef": [1.0]}}), "tells what is not asked"),
        (told("flow", analysed=10**400), FORM),
        (told("flow", analysed=10**12), FORM),
        (told("number/AGE", sum=1e300), FORM),
        (told("curve/OS/ALL", edges=5), FORM),
        (told("flow", recorded=59), "more patients analysed than recorded"),
        (told("counts/SEX", M=61), "more patients than are analysed"),
        (told("number/AGE", squares=1.0), "a sum of squares that no numbers have"),
        (told("model/main", information=[-1.0]), "holds a variance below 0"),
        (told("model/main", n=3), "more events than patients"),
        (told("log_rank/OS/SEX", covariance=[1.0, 9.0, 1.0]), "holds a variance below 0"),
        (lambda raw: raw.update(version="\ud800"), "is no JSON"),
        (lambda raw: raw["definitions"].update({"\ud800": "x"}), "is no JSON"),
        (lambda raw: raw["told"]["flow"].update(analysed=json.loads("[" * 500 + "]" * 500)), "changed after it was"),
    ],
    ids=range(20),
)
def test_what_no_hospital_can_tell_is_refused_by_file_and_record(hub, change, said):
    assert said in harmed(hub, change)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_what_is_no_file_is_not_waited_for(hub):
    os.mkfifo(hub / "pipe.json")
    (hub / "folder.json").mkdir()
    with pytest.raises(CohortError) as error:
        pool_folder(hub)
    assert "pipe.json: is no file" in str(error.value) and "folder.json: is no file" in str(error.value)


def test_no_word_of_a_mailed_file_turns_the_writing_of_the_page_round(hub):
    raw = json.loads((hub / "Alder.json").read_text())
    raw["definitions"]["SEX"], raw["held"] = "<b>\u202e\x1b[31m", ["<i>\x9b\u2066"]
    raw.pop("digest")
    (hub / "Alder.json").write_text(json.dumps(raw | {"digest": digest_of(raw)}))
    pool_folder(hub)
    page = (hub / "pooled" / "report.html").read_text()
    assert not [c for c in "\u202e\x1b\x9b\u2066" if c in page] and "<b>" not in page and "<i>" not in page


def test_what_is_held_back_contradicts_nothing(hub):
    answer = read_answer(hub / "Alder.json", load_study_file(hub / "study.yml"))
    assert list(contradictions(answer.told)) == []
    assert list(contradictions({k: dict.fromkeys(r) for k, r in answer.told.items() if "curve" not in k})) == []
    assert list(contradictions({"model/main": answer.told["model/main"]})) == []  # of a later round


@pytest.mark.slow
@pytest.mark.parametrize("beta, refused", [(0.5, False), (15.0, False), (19.0, True), (-1e5, True), (1e308, True)])
def test_a_round_that_lets_one_patient_outweigh_all_others_is_not_answered(hub, beta, refused):
    study = load_study_file(hub / "study.yml")
    question = first_question(study, study.centres).model_copy(update={"round": 2, "beta": {"main": [beta]}})
    if not refused:
        assert offer("c", study, "Alder", question).answer.round == 2
        return
    with pytest.raises(CohortError, match="hazards of two patients more than a hundred million times apart"):
        offer("c", study, "Alder", question)


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("[0, 6, 24]", "[0, .nan]", "expected rising times"),
        ("[0, 6, 24]", "[0, .inf]", "expected rising times"),
        ("numbers: [AGE]", "numbers: [USUBJID]", "asks for a column that this cohort does not have"),
        ("column: SEX, levels: [M, F]", "column: USUBJID, per: 1", "asks for a column that this cohort does not have"),
    ],
)
def test_a_study_that_asks_for_no_time_or_for_identifiers_is_refused(hub, old, new, said):
    (hub / "study.yml").write_text(STUDY.replace(old, new))
    with pytest.raises(CohortError, match=said):
        offer("c", load_study_file(hub / "study.yml"), "Alder")
