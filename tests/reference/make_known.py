"""The known answers that `rechallenge selftest` carries: a part of the numbers of R in this folder, with their data.

Run: python tests/reference/make_known.py. Writes lib/smallsurv/known.json.
"""

import json
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
TARGET = HERE.parents[1] / "lib" / "smallsurv" / "known.json"
SETS = ("small", "lung", "veteran", "ties", "lone")


def rows(name, keep):
    """The rows of a table of R that `keep` takes; NaN as null."""
    table = pd.read_csv(HERE / f"{name}.csv", dtype={"part": str})
    table = table[[bool(keep(row)) for row in table.itertuples()]]
    return json.loads(table.to_json(orient="records", double_precision=15))


def known() -> str:
    """The file as text."""
    data = {name: pd.read_csv(HERE / f"data_{name}.csv").to_dict("list") for name in SETS}
    data["drawn"] = pd.read_csv(HERE / "data_competing_drawn.csv").to_dict("list")
    of = lambda *sets: lambda row: row.set in sets  # noqa: E731
    answers = {
        "survival": rows("survival", of("small", "lung", "veteran")),
        "survival_at": rows("survival_at", of("small", "lung", "veteran")),
        "logrank": rows("logrank", of("small", "lung", "veteran")),
        "cox": rows("cox", lambda r: r.set in ("lung", "ties") and r.form == "group+x"),
        "rmean": rows("rmean", lambda r: r.set in ("small", "lung", "ties") and r.part == "all"),
        "firth": rows("firth", of("small", "lone", "ties")),
        "gray": rows("gray", of("drawn")),
        "incidence": rows("incidence", of("drawn")),
    }
    return json.dumps({"data": data, "answers": answers}, indent=0).replace(",\n", ", ") + "\n"


if __name__ == "__main__":
    TARGET.write_text(known(), encoding="utf-8", newline="\n")
