"""Write the pages of docs/ that are made from declared data: `python docs/make_pages.py`."""

from pathlib import Path

from papercheck.audit.engine import CHECKS
from rechallenge.results import COLUMNS, VERSION, quantities

ROLES = ("estimate", "low", "high", "n", "events", "p")


def quantities_page() -> str:
    """The vocabulary of results as a page: one row a quantity."""
    lines = [
        "# The quantities of results.csv", "",
        f"Format {VERSION}. This page is made from `lib/rechallenge/quantities.yml` by `python docs/make_pages.py`.", "",
        "What stands in the column `quantity`, and which of its statistics is the estimate, its limits and so on, where the "
        "statistic is not called like its role.", "",
        "| quantity | what it is | 中文 | statistics by role |", "|---|---|---|---|",
    ]  # fmt: skip
    for name, entry in quantities().items():
        roles = ", ".join(f"{role}: `{entry[role]}`" for role in ROLES if role in entry)
        lines.append(f"| `{name}` | {entry['label']} | {entry['zh']} | {roles} |")
    return "\n".join(lines) + "\n"


def checks_table() -> str:
    """The checks of the audit of printed numbers, one row each, as docs/audit.md shows them."""
    rows = [f"| {check.title} | {check.source or 'arithmetic'} |" for check in CHECKS]
    return "\n".join(["| what is held against what | source |", "|---|---|", *rows])


def with_checks(page: str) -> str:
    """A page with the table of checks between its two marks."""
    head, rest = page.split("<!-- checks -->\n")
    return f"{head}<!-- checks -->\n{checks_table()}\n<!-- end -->{rest.split('<!-- end -->')[1]}"


def documented_columns(page: str) -> tuple[str, ...]:
    """The columns that the table of formats.md explains, in its order."""
    rows = page.split("<!-- columns -->")[1].split("\n\n## ")[0].splitlines()
    return tuple(row.split("`")[1] for row in rows if row.startswith("| `"))


if __name__ == "__main__":
    Path(__file__).with_name("quantities.md").write_text(quantities_page(), encoding="utf-8", newline="\n")
    audit = Path(__file__).with_name("audit.md")
    audit.write_text(with_checks(audit.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    assert documented_columns(Path(__file__).with_name("formats.md").read_text(encoding="utf-8")) == COLUMNS
