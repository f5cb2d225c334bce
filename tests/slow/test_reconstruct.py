"""Reconstruction: a cohort drawn at random, printed like a paper, must come back from its prints alone."""

import re

import numpy as np
import pandas as pd
import pytest
import yaml

from papercheck.audit.engine import audit
from papercheck.reconstruction.anneal import Solution
from papercheck.reconstruction.folder import reconstruct_study
from papercheck.reconstruction.proof import fixed_times, given_up_rules, impossible_cells, not_given, skeleton
from papercheck.reconstruction.reconstruct import Reconstruction, reconstruct, reconstruct_many
from papercheck.reconstruction.tables import Labels
from papercheck.registry.printed import print_as
from papercheck.registry.registry import load_registry
from papercheck.replicate.record import read_record
from rechallenge.cohort.cohort import load_cohort
from rechallenge.replication.verdict import replicate
from smallsurv.cox_models import cox_univariable
from smallsurv.curve import kaplan_meier, median
from smallsurv.logrank import log_rank
from tests.conftest import use_data


def drawn_paper(seed, n, method="spss"):
    """A made-up cohort of n subjects with distinct times, and the registry of what its paper would print."""
    rng = np.random.default_rng(seed)
    while True:
        poor = rng.permutation(n) < rng.integers(4, n - 3)
        time = np.round(rng.exponential(np.where(poor, 3.0, 8.0)) + 0.3, 1)
        frame = pd.DataFrame({
            "AVAL": time, "CNSR": (rng.random(n) < 0.25).astype(int), "PARAMCD": "PFSR",
            "ECOG": pd.Categorical(np.where(poor, "2", "0-1"), ["0-1", "2"], ordered=True),
            "SEX": rng.choice(["M", "F"], n),
        })  # fmt: skip
        cox = cox_univariable(frame, ["ECOG"]).iloc[-1]
        if frame["AVAL"].is_unique and np.isfinite(cox["hr"]) and 0.05 < cox["hr"] < 20 and np.isfinite(cox["ci_high"]):
            return frame, written(frame, cox, method)


def survival_print(rows, method):
    """The median and its interval as a paper prints them; NR and NA where there is none."""
    middle, low, high = median(kaplan_meier(rows["AVAL"], rows["CNSR"] == 0), method)
    estimate = print_as(middle, 1 if method == "spss" else 2) if np.isfinite(middle) else "NR"
    limits = [print_as(max(x, 0.0), 3) if np.isfinite(x) else "NR" for x in (low, high)]
    limits = "NA" if limits == ["NR", "NR"] else limits
    return {"at": "Table 2", "estimate": estimate, "ci": limits}


def written(frame, cox, method):
    """The registry of the made-up paper, as the text of published.yml."""
    n = len(frame)
    count = lambda where, k: {  # noqa: E731
        "id": "-".join(map(str, *where.items())), "statistic": "count", "where": where,
        "printed": [{"at": "Table 1", "count": str(k), "percent": print_as(100 * k / n, 1)}],
    }  # fmt: skip
    numbers = [count({"ECOG": level}, int((frame["ECOG"] == level).sum())) for level in ("0-1", "2")]
    numbers += [count({"SEX": level}, int((frame["SEX"] == level).sum())) for level in ("M", "F")]
    base = {"statistic": "median_survival", "endpoint": "PFSR"}
    numbers.append({"id": "median", **base, "printed": [survival_print(frame, method)]})
    for level in ("0-1", "2"):
        rows = frame[frame["ECOG"] == level]
        cells = {k: v for k, v in survival_print(rows, method).items() if k != "ci"}
        numbers.append({"id": f"median {level}", **base, "where": {"ECOG": level}, "printed": [cells]})
    p = log_rank(frame, "ECOG")["p"].iloc[0]
    numbers.append(
        {
            "id": "log-rank",
            "statistic": "log_rank",
            "endpoint": "PFSR",
            "by": "ECOG",
            "printed": [{"at": "Text", "p": print_as(p, 3)}],
        }
    )
    numbers.append({
        "id": "cox", "statistic": "cox", "endpoint": "PFSR", "by": "ECOG", "group": "2", "against": "0-1",
        "printed": [{"at": "Text", "hr": print_as(cox["hr"], 3), "ci": [print_as(cox["ci_low"], 3), print_as(cox["ci_high"], 3)]}],
    })  # fmt: skip
    head = {
        "title": "A made-up paper", "n": n, "time_unit": "months", "primary_endpoint": "PFSR", "grid": 0.1,
        "factors": {"ECOG": {"levels": {"0-1": "0-1", "2": "2"}}},
    }  # fmt: skip
    return {**head, "paper_interval": method, "numbers": numbers}


def saved(paper, folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "published.yml").write_text(yaml.safe_dump(paper, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return load_registry(folder / "published.yml")


@pytest.mark.parametrize(
    ("seed", "n", "method"), [(1, 12, "spss"), (2, 13, "spss"), (3, 12, "log-log"), (4, 12, "log")]
)
def test_every_number_of_a_drawn_cohort_comes_back_from_its_prints(seed, n, method, tmp_path, monkeypatch):
    use_data(monkeypatch, tmp_path)
    _, paper = drawn_paper(seed, n, method)
    registry = saved(paper, tmp_path / "drawn")
    found, _ = reconstruct_study(registry, seed)
    numbers = replicate(registry, load_cohort("drawn"))
    assert found.engine == "exact"
    assert set(numbers["status"]) == {"reproduced"}, numbers[numbers["status"] != "reproduced"].to_string()


def test_whole_months_tie_and_nothing_is_given_up_for_want_of_ties(tmp_path, monkeypatch):
    """Fifteen patients on a grid of a month: their times tie, and no proof without ties is given."""
    use_data(monkeypatch, tmp_path)
    rng = np.random.default_rng(11)
    time, end = np.ceil(rng.exponential(5, 15)), np.ceil(rng.uniform(3, 20, 15))
    frame = pd.DataFrame({"AVAL": np.minimum(time, end), "CNSR": (time > end).astype(int)})
    middle, low, high = median(kaplan_meier(frame["AVAL"], frame["CNSR"] == 0), "log-log")
    texts = ["NR" if not np.isfinite(x) else f"{x:.0f}" for x in (middle, low, high)]
    entries = [
        {"id": "m", "statistic": "median_survival", "endpoint": "PFSR", "printed": [{"at": "T", "estimate": texts[0], "ci": texts[1:]}]},
        {"id": "e", "statistic": "events", "endpoint": "PFSR", "printed": [{"at": "T", "count": str(int((frame["CNSR"] == 0).sum()))}]},
    ]  # fmt: skip
    head = {
        "title": "T",
        "n": 15,
        "time_unit": "months",
        "primary_endpoint": "PFSR",
        "grid": 1,
        "paper_interval": "log-log",
    }
    registry = saved({**head, "numbers": entries}, tmp_path / "months")
    found, _ = reconstruct_study(registry, 1)
    assert found.engine == "annealing" and impossible_cells(found) == [] and not_given(found) == []
    assert set(replicate(registry, load_cohort("months"))["status"]) == {"reproduced"}


@pytest.mark.parametrize("seed", [5, 6])
def test_one_corrupted_number_is_named(seed, tmp_path, monkeypatch):
    use_data(monkeypatch, tmp_path)
    _, paper = drawn_paper(seed, 12)
    p = next(e for e in paper["numbers"] if e["id"] == "log-rank")
    true = p["printed"][0]["p"]
    p["printed"][0]["p"] = print_as(min(float(true) + 0.35, 0.99), 3)
    registry = saved(paper, tmp_path / "drawn")
    named = {(f["id"], f["part"]): f["admissible"] for f in impossible_cells(reconstruct(registry, seed))}
    named |= {(i, part): "" for f in audit(registry) for i, part, _ in f.cells}
    assert ("log-rank", "p") in named
    assert named["log-rank", "p"] in (true, "")


def test_a_corrupted_count_is_named_with_the_numbers_it_contradicts(tmp_path, monkeypatch):
    use_data(monkeypatch, tmp_path)
    _, paper = drawn_paper(7, 12)
    entry = next(e for e in paper["numbers"] if e["id"] == "SEX-M")
    entry["printed"][0]["count"] = str(int(entry["printed"][0]["count"]) + 1)
    paper["factors"]["SEX"] = {"levels": {"M": "Male", "F": "Female"}}
    registry = saved(paper, tmp_path / "drawn")
    cells = impossible_cells(reconstruct(registry, 7))
    assert {c["id"] for c in cells} <= {"SEX-M", "SEX-F"}
    (count,) = (c for c in cells if c["part"] == "count")
    other = "Sex: Female" if count["id"] == "SEX-M" else "Sex: Male"
    assert (
        f"among 12 patients cannot hold together with {other}, n " in count["proof"] and "(Table 1)" in count["proof"]
    )


def test_what_is_said_of_all_solutions_holds_for_the_cohort_that_was_printed(tmp_path):
    frame, paper = drawn_paper(1, 12)
    found = reconstruct(saved(paper, tmp_path / "drawn"), 1)
    true = frame.sort_values("AVAL", ignore_index=True)
    first, *shared = skeleton(found)["PFSR"]
    assert re.fullmatch(
        r"[\d,]+ of the 4,096 patterns of events and censorings of 12 patients gives? the printed numbers.", first
    )
    for sentence in shared:
        kind = 0 if "an event in all" in sentence else 1 if "a censoring in all" in sentence else None
        ranks = [] if kind is None else ranks_of(sentence, 12)
        assert (true["CNSR"].iloc[[r - 1 for r in ranks]] == kind).all(), sentence
    fixed = fixed_times(found)["PFSR"]
    assert fixed and {rank: true["AVAL"][rank - 1] for rank in fixed} == pytest.approx(fixed)


def ranks_of(sentence, n):
    """[1, 2, 3, 6] of 'Ranks 1–3 and 6 have ...'."""
    if sentence.startswith("All have"):
        return list(range(1, n + 1))
    spans = re.findall(r"(\d+)(?:–(\d+))?", sentence)
    return [r for a, b in spans for r in range(int(a), int(b or a) + 1)]


def test_times_that_are_fixed_are_the_same_in_every_member(tmp_path):
    _, paper = drawn_paper(2, 12)
    members = list(reconstruct_many(saved(paper, tmp_path / "drawn"), 3, 3))
    fixed = fixed_times(members[0])["PFSR"]
    assert fixed and len(members) == 3
    for member in members:
        times = sorted(member.solution.outcomes["PFSR"]["AVAL"])
        assert {rank: times[rank - 1] for rank in fixed} == pytest.approx(fixed)


RULE = {"if": {"RESIST": "ACQ"}, "then": {"PFS1GR1": ">=6"}, "why": "Abstract: acquired means 6 months or more."}


def with_a_broken_rule(folder, conflict=(), median="5.2"):
    """Six pseudo-patients, four with acquired resistance, of
    whom three keep to 6 months; the solver gave the rule up.
    """
    acquired = {"id": "acquired", "statistic": "count", "where": {"RESIST": "ACQ"}, "printed": [{"at": "Abstract", "count": "4"}]}  # fmt: skip
    middle = {"id": "pfs1", "statistic": "median_survival", "endpoint": "PFS1", "printed": [{"at": "Figure 1", "estimate": median}]}  # fmt: skip
    registry = saved({
        "title": "T", "n": 6, "time_unit": "months", "implications": [RULE], "numbers": [acquired, middle],
        "factors": {
            "RESIST": {"label": "Resistance", "levels": {"PRIM": "Primary", "ACQ": "Acquired"}},
            "PFS1GR1": {"label": "First course", "from": "PFS1", "cut": [6], "levels": {"<6": "short", ">=6": "long"}},
        },
    }, folder)  # fmt: skip
    name = ("implication 1", "rule", RULE["why"])
    columns = {"RESIST": ["ACQ"] * 4 + ["PRIM"] * 2, "PFS1GR1": [">=6"] * 3 + ["<6"] * 3}
    labels = Labels(columns, {}, [name], [[name, *conflict]])
    return Reconstruction(registry, Solution(1, None, {}), labels, {}, "annealing")


@pytest.mark.parametrize("seed", [5, pytest.param(8, marks=pytest.mark.thorough)])
def test_no_seed_calls_prints_contradictory_that_another_meets(seed, tmp_path):
    """Times and groups of one draw may leave nobody with an event for progression as best response: others are drawn."""
    best = {"statistic": "count", "printed": [{"at": "T", "count": "4"}], "where": {"BOR_RECHALLENGE": ["CR", "PR"]}}
    control = {**best, "where": {"BOR_RECHALLENGE": ["CR", "PR", "SD"]}, "printed": [{"at": "T", "count": "11"}]}
    pfs = {"statistic": "median_survival", "endpoint": "PFSR", "where": {"BOR_RECHALLENGE": ["SD", "PD"]},
           "printed": [{"at": "T", "estimate": "2.1"}]}  # fmt: skip
    os = {"statistic": "median_survival", "endpoint": "OS", "where": {"BOR_RECHALLENGE": "PD"},
          "printed": [{"at": "T", "estimate": "6.3", "ci": ["2.0", "NR"]}]}  # fmt: skip
    numbers = [{"id": f"e{i}", **entry} for i, entry in enumerate((best, control, pfs, os))]
    head = {"title": "T", "n": 18, "time_unit": "months", "primary_endpoint": "OS"}
    found = reconstruct(saved({**head, "numbers": numbers}, tmp_path / "dealt"), seed)
    progressed = np.array(found.labels.columns["BOR_RECHALLENGE"]) == "PD"
    assert progressed.sum() <= 7 and (found.solution.outcomes["PFSR"]["CNSR"][progressed] == 0).all()
    assert found.solution.seed == seed


def test_a_rule_that_had_to_be_given_up_says_who_keeps_it_and_why_not_all(tmp_path):
    (row,) = given_up_rules(with_a_broken_rule(tmp_path / "a"))
    assert row["rule"] == "Resistance: Acquired means First course: long" and row["why"] == RULE["why"]
    assert (row["kept"], row["of"]) == (3, 4)
    assert "4 of 6 subjects reach 6 months" in row["proof"] and row["proof"].endswith("(Figure 1; Abstract).")


def test_a_rule_against_printed_counts_names_them_and_one_against_nothing_known_is_no_proof(tmp_path):
    count = ("acquired", "count", "4")
    (row,) = given_up_rules(with_a_broken_rule(tmp_path / "a", [count], median="9.0"))
    assert row["proof"] == "Among 6 patients it cannot hold together with Resistance: Acquired, n 4 (Abstract)."
    (row,) = given_up_rules(with_a_broken_rule(tmp_path / "b", median="9.0"))
    assert row["proof"].startswith("Not proved impossible")


def test_the_record_of_an_ensemble_comes_back_as_it_was_found(tmp_path, monkeypatch):
    use_data(monkeypatch, tmp_path)
    _, paper = drawn_paper(2, 12)
    registry = saved(paper, tmp_path / "drawn")
    found, folder = reconstruct_study(registry, 3, 3)
    record = read_record(folder)
    assert (record.engine, record.seed, record.members, record.asked) == ("exact", "3", 3, 3)
    assert record.skeleton == {e: tuple(lines) for e, lines in skeleton(found).items()}
    assert record.times == fixed_times(found) and record.impossible == ()
    printed = {
        ("median", ""),
        ("median", "ECOG performance status: 0-1"),
        ("hr", "ECOG performance status: 2 against 0-1"),
    }
    said = {(row["quantity"], row["group"]) for row in record.spread}
    assert ("events", "ECOG performance status: 2") in said and not said & printed
    assert not any(group.startswith("Sex") for quantity, group in said if quantity != "size")  # who is male is free
