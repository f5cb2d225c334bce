"""Write the pages that are made from declared data: `python docs/make_pages.py`."""

from pathlib import Path

from papercheck.audit.engine import CHECKS
from papercheck.registry.editors import registry_schema
from rechallenge.cohort.declare.editors import cohort_schema
from rechallenge.cohort.pages import dictionary_markdown, rules_markdown
from rechallenge.results import COLUMNS, VERSION, quantities

INNER = ("__init__", "bootstrap_kernels", "kernels", "known")  # modules of smallsurv that nobody calls
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


def statistics_page() -> str:
    """The page of the site with the docstrings of smallsurv: its modules but those that nobody calls."""
    library = Path(__file__).parents[1] / "lib"
    names = (".".join(p.relative_to(library).with_suffix("").parts) for p in (library / "smallsurv").rglob("*.py"))
    listed = sorted(name for name in names if name.split(".")[-1] not in INNER)
    return "# smallsurv\n" + "".join(f"\n::: {name}\n" for name in listed)


def documented_columns(page: str) -> tuple[str, ...]:
    """The columns that the table of formats.md explains, in its order."""
    rows = page.split("<!-- columns -->")[1].split("\n\n## ")[0].splitlines()
    return tuple(row.split("`")[1] for row in rows if row.startswith("| `"))


def main():
    """Write each page in its place."""
    docs = Path(__file__).parent
    audit = docs / "audit.md"
    pages = {
        docs / "quantities.md": quantities_page(),
        audit: with_checks(audit.read_text(encoding="utf-8")),
        docs / "rules.md": rules_markdown(),
        docs / "api" / "smallsurv.md": statistics_page(),
        docs.parent / "data" / "README.md": dictionary_markdown(),
        docs / "schema" / "cohort.schema.json": cohort_schema(),
        docs / "schema" / "published.schema.json": registry_schema(),
    }
    for path, text in pages.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    assert documented_columns((docs / "formats.md").read_text(encoding="utf-8")) == COLUMNS


if __name__ == "__main__":
    main()
