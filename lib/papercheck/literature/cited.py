"""Studies that papers cite: what each paper prints about them, and what they print of themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..files.findings import CohortError, did_you_mean
from ..files.memory import file_state, last
from ..files.yamlfile import fault_list, load_yaml
from ..registry.registry import FILE as PRINTED
from ..registry.registry import printed_text

FILE = "cited-studies.yml"
ITSELF = "itself"  # the citing paper of a number that a study prints of itself
NO_EVENT = "None"  # printed instead of 0
COUNTS = ("n", "responders", "controlled")
SHARES = ("orr", "dcr", "ae3")
TIMES = ("pfs", "os")
PAIRS = ("pfs_ci", "os_ci", "pfs_range")
QUANTITIES = (*COUNTS, *SHARES, *TIMES, *PAIRS)
STUDY_KEYS = ("label", "reference", "note", "prints")
PRINT_KEYS = ("by", "at", "source", "verified", "unit", "denominator", "note", "reading")
RANGE_KEYS = ("by", "at", "of", "note")
UNITS = ("months", "days")
COLUMNS = [
    "study",
    "label",
    "source",
    "at",
    "quantity",
    "group",
    "printed",
    "unit",
    "n",
    "denominator",
    "verified",
    "note",
    "line",
]
RANGE_COLUMNS = ["source", "at", "of", "quantity", "lowest", "highest", "line"]


@dataclass(frozen=True)
class Cited:
    """What papers print about other studies, in file order.

    rows : one a printed number, with COLUMNS: study, label, source (the citing paper, or 'itself'), at, quantity (one
    of QUANTITIES; a pair is two rows, _low and _high), group (the part of the subjects; '' for all), printed (as it
    stands), unit ('%', 'months', 'days', or '' for counts), n (subjects by the same print, or None), denominator
    (subjects that a count or a share is of: what the print says; else the one number of subjects that the study's other
    prints agree on; or None), verified, note, line.
    ranges : one a range that a paper prints over all studies of one of its tables, with RANGE_COLUMNS: source, at
    (where the range stands), of (the table), quantity, lowest, highest (as printed), line.
    """

    rows: tuple[Mapping, ...] = ()
    ranges: tuple[Mapping, ...] = ()

    def of(self, paper) -> "Cited":
        """Only the studies that this paper cites, with what others and the studies themselves print of them."""
        studies = {row["study"] for row in self.rows if row["source"] == paper}
        ranges = tuple(row for row in self.ranges if row["source"] == paper)
        return Cited(tuple(row for row in self.rows if row["study"] in studies), ranges)


def cited_by(registry) -> Cited:
    """The cited studies of a paper: those of the file in the folder above its own, or beside a file of another name."""
    folder = registry.path.parent.parent if registry.path.name == PRINTED else registry.path.parent
    return read_cited(folder / FILE).of(registry.name)


def load_cited(paper=None, path=None):
    """The rows of `read_cited` as a DataFrame; n and denominator are <NA> where they are not printed.

    paper : only the studies that this paper cites. path : another file than data/cited-studies.yml.
    """
    import pandas as pd

    frame = pd.DataFrame(list(_chosen(paper, path).rows), columns=COLUMNS)
    return frame.astype({"n": "Int64", "denominator": "Int64"})


def load_cited_ranges(paper=None, path=None):
    """The ranges of `read_cited` as a DataFrame; paper and path as of load_cited."""
    import pandas as pd

    return pd.DataFrame(list(_chosen(paper, path).ranges), columns=RANGE_COLUMNS)


def _chosen(paper, path) -> Cited:
    if path is None:
        from ..files.project import data_folder

        path = data_folder() / FILE
    cited = read_cited(Path(path))
    return cited if paper is None else cited.of(paper)


@last(file_state)
def read_cited(path) -> Cited:
    """What a file of cited studies holds; nothing without the file. Raises CohortError with every fault found."""
    if not path.is_file():
        return Cited()
    raw, lines = load_yaml(path)
    faults, fault = fault_list(path.name, lines)
    papers = sorted(folder.name for folder in path.parent.iterdir() if folder.is_dir())
    papers += sorted(file.stem for file in path.parent.glob("*.yml") if file.name != FILE)
    _check_keys(raw, ("studies", "ranges"), (), fault)
    studies = raw.get("studies") or {}
    if not isinstance(studies, dict) or not studies:
        fault(("studies",), "expected indented `name: {label, prints}` lines", "Add one entry a study.", studies)
        studies = {}
    rows = [row for name, study in studies.items() for row in _study(str(name), study, papers, lines, fault)]
    ranges = raw.get("ranges") or []
    if not isinstance(ranges, list):
        fault(("ranges",), "expected a list", "One line each: - {by: ..., at: ..., of: ..., n: [...]}", ranges)
        ranges = []
    spans = [row for i, item in enumerate(ranges) for row in _range(item, ("ranges", str(i)), papers, lines, fault)]
    if faults:
        raise CohortError(sorted(faults, key=lambda f: f.row or 0))
    return Cited(tuple(rows), tuple(dict(zip(RANGE_COLUMNS, row, strict=True)) for row in spans))


def _check_keys(item, known, path, fault):
    for key in item:
        if key not in known:
            fault((*path, key), "unknown key", did_you_mean(key, known), key)


def _study(name, study, papers, lines, fault) -> list[dict]:
    """The rows of one study."""
    path = ("studies", name)
    if not isinstance(study, dict) or not isinstance(study.get("prints"), list) or not study["prints"]:
        fault(path, "a study needs `label` and `prints`, a list", "Add them.", study)
        return []
    _check_keys(study, STUDY_KEYS, path, fault)
    if not study.get("label"):
        fault(path, "a study needs `label`", "Such as Fujita 2018.", name)
    prints = [
        rows
        for i, item in enumerate(study["prints"])
        if (rows := _print(item, (*path, "prints", str(i)), papers, lines, fault))
    ]
    sizes = {row["n"] for rows in prints for row in rows} - {None}
    agreed = sizes.pop() if len(sizes) == 1 else None
    for row in (row for rows in prints for row in rows):
        row |= {"study": name, "label": str(study.get("label", name))}
        counted = row["quantity"] in (*COUNTS[1:], *SHARES)
        if counted and row["denominator"] is None and not row["group"]:
            row["denominator"] = row["n"] or agreed
    return [row for rows in prints for row in rows]


def _print(item, path, papers, lines, fault) -> list[dict]:
    """The rows of one print; `denominator` only where the print itself says one."""
    if not _has_place(item, ("by", "at"), path, papers, fault):
        return []
    _check_keys(item, (*PRINT_KEYS, *QUANTITIES), path, fault)
    if item["by"] == ITSELF and not (item.get("source") and item.get("verified")):
        fault(path, "what a study prints of itself needs `source` and `verified`", "Say where it was read, and how.")
    if item.get("unit", "months") not in UNITS:
        fault((*path, "unit"), "unknown unit of time", did_you_mean(item["unit"], UNITS), item["unit"])
    given = [key for key in item if key in QUANTITIES]
    texts = [text for key in given for text in _texts(key, item[key], (*path, key), fault)]
    if set(item) <= set(PRINT_KEYS):
        fault(path, "a print without a number", f"Give one of {', '.join(QUANTITIES)}.", item["at"])
    shared = {
        "source": str(item["by"]), "at": str(item["at"]), "n": _whole(item, "n", path, fault),
        "denominator": _whole(item, "denominator", path, fault), "verified": str(item.get("verified", "")),
        "note": " ".join(str(item[key]) for key in ("note", "reading") if item.get(key)),
    }  # fmt: skip
    return [
        shared
        | {"quantity": quantity, "group": group, "printed": text, "unit": _unit(key, item), "line": lines[(*path, key)]}
        | ({"denominator": None} if key not in (*COUNTS[1:], *SHARES) else {})
        for key, quantity, group, text in texts
    ]


def _has_place(item, needed, path, papers, fault) -> bool:
    if not isinstance(item, dict) or not all(item.get(key) for key in needed):
        fault(path, f"expected {', '.join(f'`{key}`' for key in needed)} and numbers", "Add what is missing.", item)
        return False
    if item["by"] != ITSELF and item["by"] not in papers:
        fault((*path, "by"), "not a study of the data folder", did_you_mean(item["by"], [ITSELF, *papers]), item["by"])
    return True


def _texts(key, value, path, fault):
    """(key, quantity, group, text) of each number under a key."""
    if key in PAIRS:
        pair = printed_text("ci", value, path, fault)
        low, high = pair if isinstance(pair, tuple) else (pair, pair)  # a word such as NR stands for both limits
        return [(key, f"{key}_low", "", low), (key, f"{key}_high", "", high)] if pair else []
    groups = value.items() if isinstance(value, dict) else [("", value)]
    part = "count" if key in COUNTS else "percent"
    found = []
    for group, text in groups:
        if not (key == "ae3" and text == NO_EVENT):
            text = printed_text(part, text, (*path, str(group)) if group else path, fault)
        if text is not None:
            found.append((key, key, str(group), text))
    return found


def _unit(key, item) -> str:
    if key in COUNTS:
        return ""
    return "%" if key in SHARES else str(item.get("unit", "months"))


def _whole(item, key, path, fault) -> int | None:
    """A printed whole number above 0, as a number."""
    if key not in item:
        return None
    text = str(item[key]).replace(",", "")
    if not text.isdecimal() or int(text) < 1:
        fault((*path, key), "expected a whole number above 0", 'Write it as printed, such as "12".', item[key])
        return None
    return int(text)


def _range(item, path, papers, lines, fault) -> list[tuple]:
    if not _has_place(item, ("by", "at", "of"), path, papers, fault):
        return []
    known = (*COUNTS, *SHARES, *TIMES)
    _check_keys(item, (*RANGE_KEYS, *known), path, fault)
    rows = []
    for key in known:
        pair = printed_text("range", item[key], (*path, key), fault) if key in item else None
        if isinstance(pair, tuple):
            rows.append((str(item["by"]), str(item["at"]), str(item["of"]), key, *pair, lines[(*path, key)]))
    return rows
