"""The tables of docs/speed.md, made of tests/bench/results.json: what each bench script measured in one run.

Run: python tests/bench/table.py   (prints them; with --write they are put into docs/speed.md)
"""

import json
import re
import sys
from pathlib import Path

RESULTS = Path(__file__).parent / "results.json"
PAGE = Path(__file__).parents[2] / "docs" / "speed.md"
MARKS = {"report quzhou-2025": "0.75; 1.0", "report quzhou-2025 under `watch`, after saving": "0.35"}
MILLION = 1_000_000


def shown(value, digits=2) -> str:
    """A number of a table; a dash where there is none."""
    if value is None:
        return "-"
    return f"{value:,.{digits}f}" if value >= 0.5 * 10**-digits or not value else f"< {10**-digits:g}"


def markdown(heads, rows) -> str:
    """A table of Markdown; the first column is text, the others are numbers as text."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def reports(found) -> str:
    """Whole reports beside the R Markdown peer."""
    heads = ["work", "wall, s", "to R", "processor, s", "to R", "peak, MB", "mark: to R, wall; processor"]
    rows = []
    for r in [*found.get("report", []), *found.get("watch", [])]:
        times = [r["seconds"], r.get("ratio"), r.get("processor"), r.get("ratio_processor")]
        rows.append([r["work"], *map(shown, times), shown(r.get("peak_mb"), 0), MARKS.get(r["work"], "")])
    if batch := found.get("batch"):
        times = [batch["seconds_per_cohort"], batch["ratio"]]
        times += [batch["processor_per_cohort"], batch.get("ratio_processor")]
        what = f"one of {batch['cohorts']} synthetic cohorts in a batch"
        rows.append([what, *map(shown, times), shown(batch["tree_mb_at_end"], 0), "0.4"])
    return markdown(heads, rows)


def starts(found) -> str:
    """What a person waits for the first words of a command."""
    rows = [
        [f"`{r['work']}`", shown(r["seconds"]), shown(r["processor"]), shown(r["mark"]) if r["mark"] else ""]
        for r in found.get("start", [])
    ]
    return markdown(["command", "wall, s", "processor, s", "mark: wall"], rows)


def registries(found) -> str:
    """Reports on large cohorts."""
    rows = [
        [f"{r['subjects']:,}", shown(r["seconds"], 0), shown(r.get("processor"), 0), shown(r["peak_mb"], 0)]
        for r in found.get("registry", [])
    ]
    return markdown(["patients (Parquet)", "wall, s", "processor, s", "peak, MB"], rows)


def methods(found) -> str:
    """Single methods at their largest size, beside R and lifelines."""
    rows = [
        [f"{r['work']}, n = {r['n']:,}", *(shown(r[k], 3) for k in ("seconds", "r", "lifelines", "ratio_to_r"))]
        for r in found.get("large", [])
        if r["n"] == MILLION or r["n"] < 10_000
    ]
    return markdown(["method", "here, s", "R, s", "lifelines, s", "to R"], rows)


def reconstructions(found) -> str:
    """Pseudo-patients from printed numbers."""
    rows = [[r["work"], shown(r["seconds"], 1), shown(r["peak_mb"], 0)] for r in found.get("reconstruct", [])]
    return markdown(["from printed numbers, one core, cold", "wall, s", "peak, MB"], rows)


TABLES = {  # name: how it is made, and the parts of results.json that it is of
    "reports": (reports, ("report", "watch", "batch")),
    "starts": (starts, ("start",)),
    "registries": (registries, ("registry",)),
    "methods": (methods, ("large",)),
    "reconstructions": (reconstructions, ("reconstruct",)),
}


def where(found, parts) -> str:
    """On which machine, with which version and when the parts were measured; each once."""
    about = found.get("about", {})
    said = {}
    for part in parts:
        if part in found and part in about:
            known = about[part]
            place = f"{known['machine']}; version {known['version']}" + (f", {known['day']}" if known["day"] else "")
            said.setdefault(place, []).append(part)
    if len(said) == 1:
        return f"Measured on {next(iter(said))}."
    return " ".join(f"{', '.join(parts)}: measured on {place}." for place, parts in said.items())


def table(found, name) -> str:
    """One table with where it was measured; a sentence where it was not."""
    make, parts = TABLES[name]
    if not any(part in found for part in parts):
        return "Not measured yet."
    return f"{make(found)}\n\n{where(found, parts)}"


def with_tables(page, found) -> str:
    """The page with the tables that are measured now between its marks."""
    for name in TABLES:
        block = re.compile(rf"(<!-- table {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        page = block.sub(lambda mark, name=name: f"{mark[1]}\n{table(found, name)}\n\n{mark[2]}", page)
    return page


def main(arguments):
    found = json.loads(RESULTS.read_text(encoding="utf-8"))
    if "--write" in arguments:
        PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), found), encoding="utf-8", newline="\n")
        return
    print("\n\n".join(table(found, name) for name in TABLES))


if __name__ == "__main__":
    main(sys.argv[1:])
