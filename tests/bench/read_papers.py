"""How well papers are read: the numbers of hand-made registries found in the papers' text, and papers with a known
truth.

    python tests/bench/read_papers.py TEXT=STUDY...      text files of papers whose registry stands in data/STUDY
    python tests/bench/read_papers.py --truth FOLDER     paper_NN.*, truth_NN.csv and score.py in one folder

A number of a registry counts as read if a reading has its string, its statistic, its endpoint and its group in words. A
reading is wrong if the registry has no number with its string, statistic, endpoint and group. `stated` numbers (limits
of eligibility, doses) are no results and do not count.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from papercheck.reading.paper import read_paper
from papercheck.reading.readings import write_readings
from papercheck.reading.signs import plain
from papercheck.registry.number_words import in_digits
from papercheck.registry.printed import as_written, read_printed
from papercheck.registry.registry import load_registry

ROOT = Path(__file__).parents[2]
KINDS = {
    "count": ("count", "percent", "ae_count", "ae_percent"), "events": ("events",), "mean": ("mean", "sd", "median"),
    "median": ("median", "mean", "iqr"), "range": ("range",), "median_survival": ("median_survival",), "longest": ("longest",),
    "median_follow_up": ("follow_up",), "survival_at": ("survival_rate",), "log_rank": ("p",), "cox": ("hazard_ratio", "p"),
    "odds_ratio": ("odds_ratio", "p"), "pooled": ("hazard_ratio", "odds_ratio", "p", "count"),
}  # fmt: skip
SAME = {  # words that say the same of a group
    "m": "male", "men": "male", "women": "female", "f": "female", "neg": "negative", "pos": "positive", "adeno": "adenocarcinoma",
    "never": "nonsmoker", "non": "nonsmoker", "smokers": "smoker", "smoking": "smoker", "former": "smoker", "anaemia": "anemia",
    "diarrhoea": "diarrhea", "gender": "sex", "metastases": "metastasis", "metastatic": "metastasis", "low": "0", "high": "2",
    "acquired": "ar", "primary": "rr", "n": "no", "y": "yes", "ps": "ecog",
}  # fmt: skip
DULL = set(
    [
        "the",
        "of",
        "and",
        "or",
        "in",
        "to",
        "with",
        "patients",
        "patient",
        "group",
        "a",
        "an",
        "by",
        "first",
        "ici",
        "course",
        "n",
        "years",
        "months",
        "status",
        "at",
        "is",
        "no",
        "yes",
    ]
)


def words(text) -> set[str]:
    """The telling words of a text, each in one form."""
    found = re.findall(r"[a-z]+|\d+(?:\.\d+)?", plain(str(text)).lower())
    return {SAME.get(w, w) for w in found} - DULL


def number(text) -> str:
    """A printed string as one writes numbers: .37 is 0.37, words are digits."""
    try:
        printed = read_printed(in_digits(plain(str(text))).rstrip("+%"))
    except ValueError:
        return "NR" if re.search(r"not (yet )?reached|NR", str(text)) else plain(str(text)).lower()
    return as_written(in_digits(plain(str(text)))) if printed is None else printed.bound + str(printed.value)


def said_of(registry, entry) -> list[tuple[set[str], set[str]]]:
    """Of each level of the group of an entry: the words of its
    code, and those of its label (of the factor for yes and no).
    """
    said = []
    for key in ("where", "event_of"):
        for column, levels in (entry.get(key) or {}).items():
            if column.startswith("BOR"):
                continue
            factor = registry.factors.get(column)
            for level in levels if isinstance(levels, list) else [levels]:
                label = words(factor.levels.get(str(level), level) if factor else level)
                about = words(factor.label if factor else column)
                said.append((words(level), label | about if str(level) in ("Y", "N") or not label else label))
    event = words((entry.get("event") or {}).get("AEDECOD", ""))
    return [*said, *([(event, event)] if event else [])]


def compared(registry, entry) -> set[str]:
    """The words of what a test compares."""
    by = entry.get("by")
    factors = [registry.factors[c] for c in (by if isinstance(by, list) else [by]) if c in registry.factors]
    return {w for f in factors for w in words(f.label) | {x for v in f.levels.values() for x in words(v)}}


def fits(registry, entry, part, reading) -> bool:
    """Whether a reading may be of an entry: statistic, endpoint and group."""
    if reading.statistic not in KINDS.get(entry.statistic, ()):
        return False
    if part == "p" and reading.statistic != "p" or part in ("hr", "or") and reading.statistic == "p":
        return False
    about = words(f"{reading.endpoint} {reading.group} {reading.row} {reading.block} {reading.course}")
    if entry.get("by"):
        return bool(compared(registry, entry) & (about | words(reading.evidence)))
    if entry.get("endpoint") and entry.statistic == "median_survival":
        known = {"PFSR": {"PFS", "PFSR"}, "PFS1": {"PFS1"}, "OS": {"OS"}}[entry.get("endpoint")]
        if reading.endpoint not in known:
            return False
    said = said_of(registry, entry)
    if entry.get("event") and reading.course:
        right = "first" if entry.get("event")["APHASE"] == "INITIAL" else "rechallenge"
        if not reading.course.startswith(right):
            return False
    responses = [r for c, r in (entry.get("where") or {}).items() if c.startswith("BOR")]
    if responses:
        return bool(re.search(r"ORR|DCR|BOR|CR|PR|SD|PD|respon|disease", f"{reading.endpoint} {reading.row}"))
    if not said:
        return not reading.group or entry.statistic in ("count",) or reading.group in ("all",)
    return all(bool(code) and code <= about or len(label & about) >= 0.5 * max(1, len(label)) for code, label in said)


def strings(cell):
    return [number(x) for x in ((cell.text,) if isinstance(cell.text, str) else cell.text)]


def values(reading):
    return {
        number(reading.operator + reading.value) if reading.value else "",
        number(reading.value),
        number(reading.low),
        number(reading.high),
    } - {""}


def score_registry(text: Path, study: str):
    """Numbers of a registry, those read, readings, wrong readings; and both lists."""
    registry = load_registry(ROOT / "data" / study / "published.yml")
    paper = read_paper([text], study)
    cells = [
        (e, c, s)
        for e in registry.entries
        if e.statistic != "stated"
        for c in e.cells
        for s in strings(c)
        if s not in ("NA",)
    ]
    missed = [
        (e.id, c.part, s)
        for e, c, s in cells
        if not any(s in values(r) and fits(registry, e, c.part, r) for r in paper.readings)
    ]
    wrong = []
    for r in paper.readings:
        if r.kind == "words" or not values(r):
            continue
        mine = values(r)
        if not any(s in mine and fits(registry, e, c.part, r) for e, c, s in cells):
            wrong.append((r.statistic, r.endpoint, r.patients, r.operator + r.value, r.where))
    return len(cells), len(cells) - len(missed), len(paper.readings), missed, wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pairs", nargs="*", metavar="TEXT=STUDY")
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--list", action="store_true", help="what was missed, and what was read wrongly")
    asked = parser.parse_args()
    for pair in asked.pairs:
        text, _, study = pair.rpartition("=")
        n, read, readings, missed, wrong = score_registry(Path(text), study)
        print(
            f"{study}: {read} of {n} numbers ({100 * read / n:.1f}%), {readings} readings, {len(wrong)} wrong"
            f" ({100 * len(wrong) / readings:.1f}%)"
        )
        for line in [f"  missed {m}" for m in missed] + [f"  wrong {w}" for w in wrong] if asked.list else []:
            print(line)
    if asked.truth:
        with tempfile.TemporaryDirectory() as folder:
            for path in sorted(asked.truth.glob("paper_*")):
                nn = path.stem.removeprefix("paper_")
                write_readings(read_paper([path], nn).readings, Path(folder) / f"reading_{nn}.csv")
            subprocess.run([sys.executable, str(asked.truth / "score.py"), folder], check=True)


if __name__ == "__main__":
    main()
