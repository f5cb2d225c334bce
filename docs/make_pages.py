"""Write the pages that are made from declared data: `python docs/make_pages.py`."""

import json
from pathlib import Path

from papercheck.audit.engine import CHECKS
from papercheck.registry.declared import Declared
from papercheck.registry.registry import COHORT_KEYS, PAIRS, statistics
from papercheck.registry.template import keys
from papercheck.vocabulary.dictionary import allowed_text, load_dictionary
from papercheck.vocabulary.facts import Facts
from rechallenge.cohort.check.rules import RULES
from rechallenge.cohort.declare.meta import CohortFile
from rechallenge.cohort.read.dates import FORMATS
from rechallenge.results import COLUMNS, VERSION, quantities

INNER = ("__init__", "bootstrap_kernels", "kernels", "known")  # modules of smallsurv that nobody calls
ROLES = ("estimate", "low", "high", "n", "events", "p")
SCHEMA = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
TEXT = {"type": "string"}
TEXTS = {"anyOf": [TEXT, {"type": "array", "items": TEXT}]}


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


def with_part(page: str, mark: str, text: str) -> str:
    """A page with a text between a mark and the next end."""
    head, rest = page.split(f"<!-- {mark} -->\n")
    return f"{head}<!-- {mark} -->\n{text}\n<!-- end -->{rest.split('<!-- end -->', 1)[1]}"


def with_checks(page: str) -> str:
    """docs/audit.md with the checks of the audit."""
    return with_part(page, "checks", checks_table())


def with_dictionary(page: str) -> str:
    """data/README.md with the formats of dates and the columns of each table."""
    formats = ["| format | means |", "|---|---|", *(f"| `{name}` | {meaning} |" for name, meaning in FORMATS.items())]
    lines = []
    for table in load_dictionary().values():
        lines += ["", f"## `{table.name}`: {table.label}", "", f"One row for each {table.row}.", ""]
        lines += ["| column | meaning | type | levels or range | required |", "|---|---|---|---|---|"]
        for c in table.columns.values():
            meaning = f"{c.label}{f' ({c.unit})' if c.unit else ''}{'. ' + c.help if c.help else ''}"
            lines.append(f"| `{c.name}` | {meaning} | {c.type} | {allowed_text(c)} | {'yes' if c.required else ''} |")
    return with_part(with_part(page, "formats", "\n".join(formats)), "tables", "\n".join(lines[1:]))


def rules_page() -> str:
    """The rules of plausibility, one row each."""
    lines = [
        "# What `rechallenge check` compares", "",
        "An *error* stops the report, a *warning* is shown with it, a *note* says what was accepted. Values are quoted as the",
        "file has them. This page is made from `lib/rechallenge/cohort/check/rules.yml`.", "",
        "| rule | severity | what it finds | what to do | why |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for rule in RULES:
        about = " ".join((rule.find.__doc__ or rule.words).split())
        cells = [f"`{rule.id}`", rule.severity, about, rule.action or "as the finding says", rule.reason]
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def cohort_schema() -> str:
    """The JSON Schema of cohort.yml, by which editors explain and check it."""
    title = "cohort.yml: facts about a cohort of patients with an immune checkpoint inhibitor rechallenge"
    return as_file(CohortFile.model_json_schema(by_alias=True) | SCHEMA | {"title": title, "required": ["title"]})


def registry_schema() -> str:
    """The JSON Schema of published.yml, by which editors explain and check it."""
    facts, declared = (model.model_json_schema(by_alias=True) for model in (Facts, Declared))
    own = {key: facts["properties"][key] for key in COHORT_KEYS if key in facts["properties"]}
    properties = own | declared["properties"] | {
        "n": {"type": "integer", "minimum": 1, "description": "The number of subjects."},
        "level": {"type": "number", "description": "Level of the intervals in percent; 95 without it."},
        "kind": TEXT,
        "numbers": {"type": "array", "items": {"oneOf": [_entry(*item) for item in statistics().items()]}},
    }  # fmt: skip
    defined = {"$defs": facts.get("$defs", {}) | declared.get("$defs", {}), "properties": properties}
    title = "published.yml: every number that a paper prints about its own subjects"
    return as_file(SCHEMA | {"title": title} | closed(["title", "n", "numbers"], defined))


def closed(required, parts) -> dict:
    """An object of JSON that has these parts and no other key."""
    return {"type": "object", "required": required, "additionalProperties": False} | parts


def as_file(schema) -> str:
    """A schema as a file: JSON, indented, with a line end."""
    return json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _entry(name, spec) -> dict:
    """An entry of one statistic: what it needs, what it takes, how it is printed."""
    known = [key for key in (*spec["needs"], *spec["takes"], "unit", "note", "reading") if key in keys()]
    parts = {part: TEXTS if part in PAIRS else TEXT for part in spec["parts"]}
    prints = {"type": "array", "items": closed(["at"], {"properties": {"at": TEXTS, "method": TEXT, **parts}})}
    properties = {key: {"description": keys()[key]} for key in known}
    properties |= {"id": TEXT, "statistic": {"const": name}, "printed": prints}
    about = {"description": f"{spec['label']}. {spec['help']}".strip(), "properties": properties}
    return closed(["id", "statistic", "printed", *spec["needs"]], about)


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
    audit, data = docs / "audit.md", docs.parent / "data" / "README.md"
    pages = {
        docs / "quantities.md": quantities_page(),
        audit: with_checks(audit.read_text(encoding="utf-8")),
        docs / "rules.md": rules_page(),
        docs / "api" / "smallsurv.md": statistics_page(),
        data: with_dictionary(data.read_text(encoding="utf-8")),
        docs / "schema" / "cohort.schema.json": cohort_schema(),
        docs / "schema" / "published.schema.json": registry_schema(),
    }
    for path, text in pages.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    assert documented_columns((docs / "formats.md").read_text(encoding="utf-8")) == COLUMNS


if __name__ == "__main__":
    main()
