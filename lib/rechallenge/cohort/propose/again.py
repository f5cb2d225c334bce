"""Import under a name that is there already: the answers are kept, and what changed is told."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from papercheck.files.findings import CohortError, Finding, Message, request_error
from papercheck.files.project import data_folder
from papercheck.files.yamlfile import load_yaml, parsed, text_of

from .look import Asked
from .propose import propose
from .questions import Reason, joined
from .write import cohort_yml, is_as_written

MOST_UNKNOWN = 20  # answers to no question that are listed


@dataclass(frozen=True)
class Change:
    """What a new import changes in one table: patients that came and went, and changed cells by written column."""

    table: str
    came: tuple = ()
    went: tuple = ()
    cells: tuple = ()  # (column, how many, first example)

    def text(self, language="en") -> str:
        """In one sentence."""
        parts = [
            Reason(what, n=len(ids), ids=f"{', '.join(ids[:8])}{', ...' if len(ids) > 8 else ''}")
            for ids, what in ((self.came, "subjects new"), (self.went, "subjects gone"))
            if ids
        ]
        parts += [Reason("cells changed", n=n, column=column, example=example) for column, n, example in self.cells]
        what = joined(parts) or Reason("no change")
        return Reason("of table", table=self.table, what=what).said(language)


def earlier(name) -> tuple[dict, object, bool] | None:
    """The answers of the import that made data/<name>, its proposal, and whether cohort.yml was edited since; None for
    a name that is free. Raises CohortError for a cohort that no import made."""
    folder = data_folder() / name
    if not folder.exists():
        return None
    try:
        raw = load_yaml(folder / "cohort.yml")[0]
        entries = [
            part
            for entry in raw["tables"].values()
            for part in (entry, *(entry.get("join") or ()), *(entry.get("below") or ()))
        ]
        files = [folder / Path(entry["file"]).name for entry in entries]  # of this folder, whatever is written
    except (CohortError, KeyError, TypeError, AttributeError):
        rule = Message("data/{name} exists already; nothing is overwritten", name=name)
        raise request_error(rule, "Choose another name, or remove the folder first.") from None
    answers = dict((raw.get("confirmed") or {}).get("answers") or {})
    text = (folder / "cohort.yml").read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    try:
        proposal = propose(list(dict.fromkeys(files)), answers, asked_of(raw))
    except CohortError:
        return answers, None, True
    proposal.answers = {**{k: v for k, v in answers.items() if str(k).startswith("--")}, **proposal.answers}
    kept = is_as_written(text)
    return answers, proposal, cohort_yml(name, proposal) != text if kept is None else not kept


def asked_of(raw) -> Asked:
    """The sheet, header and rows that the person named when the cohort was made."""
    said = (raw.get("confirmed") or {}).get("answers") or {}
    return Asked(
        str(said.get("--sheet", "")),
        tuple(said.get("--header", ())),
        tuple(said.get("--rows", ())),
        str(said.get("--of", "")),
    )


def changes(old, new) -> list[Change]:
    """What differs between two proposals, table by table."""
    found = []
    for plan in new.plans:
        before = next((p for p in old.plans if p.table == plan.table), None)
        if before is not None:
            found.append(_change(before, plan))
    return found


def _change(before, after) -> Change:
    keys = before.written("USUBJID"), after.written("USUBJID")
    if plan_is_long(after):
        was, now = _rows(before), _rows(after)
        return Change(
            after.table,
            tuple(f"row of {r[0]}" for r in now if r not in was),
            tuple(f"row of {r[0]}" for r in was if r not in now),
        )
    old, new = (
        p.sheet.frame.map(lambda x: "" if x is None or x != x else str(x)).set_index(p.sheet.cells(k).to_numpy())
        for p, k in zip((before, after), keys, strict=True)
    )
    old, new = (f[~f.index.duplicated()] for f in (old, new))
    came, went = [i for i in new.index if i not in old.index], [i for i in old.index if i not in new.index]
    both, cells = [i for i in new.index if i in old.index], []
    for column in new.columns:
        if column not in old.columns:
            cells.append((column, len(new), Reason("new column")))
            continue
        differ = [i for i in both if old.at[i, column] != new.at[i, column]]
        if differ:
            first = differ[0]
            cells.append(
                (
                    column,
                    len(differ),
                    Reason(
                        "from to",
                        id=first,
                        was=old.at[first, column] or Reason("empty"),
                        now=new.at[first, column] or Reason("empty"),
                    ),
                )
            )
    cells += [(column, len(old), Reason("column gone")) for column in old.columns if column not in new.columns]
    return Change(after.table, tuple(map(str, came)), tuple(map(str, went)), tuple(cells))


def plan_is_long(plan) -> bool:
    """Whether a table has several rows a patient."""
    return plan.table != "adsl"


def _rows(plan) -> list:
    key = plan.written("USUBJID")
    order = [key, *(c for c in plan.sheet.frame.columns if c != key)]
    return [
        tuple("" if x is None or x != x else str(x) for x in row)
        for row in plan.sheet.frame[order].itertuples(index=False)
    ]


def read_answers(path) -> dict:
    """A file of answers: {id of a question: answer}. Raises CohortError for one that cannot be read."""
    path = Path(path)
    if not path.is_file():
        rule = "the file of answers is missing, or no file"
        raise CohortError([Finding(path.name, rule, "Write one line a question: `id: answer`.")])
    try:
        found = parsed(text_of(path), words=True)  # words stay words: no, 1, 2024-01-01
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        rule = "not a readable file of answers"
        raise CohortError(
            [Finding(path.name, rule, "Write one line a question: `id: answer`.", value=str(error)[:60])]
        ) from None
    if not isinstance(found, dict):
        raise CohortError([Finding(path.name, "the file holds no `id: answer` lines", "Write one line a question.")])
    return found


def unknown_answers(proposal, answers, settled=()) -> list[Finding]:
    """Findings for answers to questions that are not asked of these files. settled : the questions that are asked until
    another one is answered: who answers all that was listed is not wrong."""
    asked = {q.id for q in proposal.questions} | set(settled)
    known = Message("Asked are: {ids}.", ids=", ".join(sorted(asked)) or "none")
    unknown = [str(key) for key in answers if key not in asked and not str(key).startswith("column.")]
    found = [Finding("answers", "there is no such question", known, column=key) for key in unknown[:MOST_UNKNOWN]]
    more = len(unknown) - MOST_UNKNOWN
    return found + (
        [Finding("answers", Message("{more} more answers to no question", more=more), known)] if more > 0 else []
    )
