"""The proposal as a folder: the files, and a cohort.yml in which every guess stands beside its reason."""

import hashlib
import json
import re
import shutil

from papercheck.files.findings import Message, request_error
from papercheck.files.project import check_folder_name, data_folder
from papercheck.files.swap import replacing

from ...text.language import language, translated
from ..cohort import list_cohorts
from .match import NO_SUCH
from .proposal import Proposal
from .questions import joined, said_why, told

SCALES = {"fraction": "shares of 1, as answered", "percent": "percent, as answered"}
PLAIN = re.compile(r"[A-Za-z][\w.\-]*")
LONGEST = 300  # characters of a comment
MARK = "# As the import wrote it: {}; {}\n"
YOURS = "what is below this line or changed above it is yours."
MARKED = re.compile(r"^# As the import wrote it: ([0-9a-f]{16});[^\n]*\n", re.MULTILINE)
EACH_LINE = "Each line says why it is so: correct what is wrong, then run `rechallenge check {name}`. A line behind # is not read."
ANSWER_THEM = (
    "answer them by `rechallenge import FILE --as NAME --ask`, or dismiss one with its reason under `dismissed:`"
)
OFFERED = (
    "Columns of your own that could be subgroups or candidates. Each one more is one more test: choose few, and take",
    "the # away.",
)
WORDS = ("true", "false", "null", "nan", "inf", "yes", "no", "on", "off", "y", "n")


def check_name(name):
    """Raises CohortError for a name that is taken or not usable as a folder name."""
    check_folder_name(name, "a cohort name")
    if (data_folder() / name).exists():
        raise request_error(
            Message("data/{name} exists already; nothing is overwritten", name=name),
            Message(
                "Choose another name, or remove the folder first. Cohorts: {words}.", words=", ".join(list_cohorts())
            ),
        )


def write_cohort(name, proposal: Proposal, replace=False):
    """Write data/<name>/ whole or not at all: copies of the files that are read, and cohort.yml. Returns the folder.

    replace : put it in the place of a cohort that is there.
    """
    if not replace:
        check_name(name)
    folder = data_folder() / name
    with replacing(folder, keeps=lambda entry: entry.startswith(".")) as new:  # the secret of the pseudonyms
        for path in _files(proposal).values():
            shutil.copyfile(path, new / path.name)
        (new / "cohort.yml").write_text(marked(cohort_yml(name, proposal)), encoding="utf-8")
    return folder


def replace_files(name, proposal: Proposal):
    """Put the files of a proposal in the place of those of data/<name>, whole or not at all; cohort.yml stays."""
    folder = data_folder() / name
    with replacing(folder, keeps=lambda entry: True) as new:
        for path in _files(proposal).values():
            shutil.copyfile(path, new / path.name)
    return folder


def _files(proposal) -> dict:
    """{name: path} of the files that are read."""
    sheets = [
        s
        for plan in proposal.plans
        for s in (plan.sheet, *(part.sheet for part in (*plan.sheet.parts, *plan.sheet.below)))
    ]
    return {sheet.path.name: sheet.path for sheet in sheets}


def marked(text) -> str:
    """A cohort.yml with its own digest in the last line, by which a later import knows whether a person changed it."""
    return text + MARK.format(_digest(text), _told(YOURS))


def is_as_written(text) -> bool | None:
    """Whether a cohort.yml is as an import wrote it; None for one without a digest."""
    found = MARKED.search(text)
    return None if found is None else not text[found.end() :].strip() and _digest(text[: found.start()]) == found[1]


def _digest(text) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def cohort_yml(name, proposal: Proposal) -> str:
    """The text of cohort.yml."""
    kinds = f" ({', '.join(dict.fromkeys(proposal.kinds))})" if proposal.kinds else ""
    places = ", ".join(dict.fromkeys(p.sheet.place for p in proposal.plans))
    lines = [
        f"# {_told('Proposed by `rechallenge import` from {places}.', places=_said(places) + kinds)}",
        f"# {_told(EACH_LINE, name=name)}",
        f"title: {_scalar(name)}   # {_told('the heading of the report: write what the cohort is')}",
        "kind: patients",
    ]
    for key, (value, why) in proposal.facts.items():
        lines.append(_line(0, key, value, why))
    scales = {t: scale for plan in proposal.plans for t, scale in plan.scales.items()}
    why = {s: SCALES.get(s, f"in {s}: put into the unit of the cohort") for s in scales.values()}
    lines += [_line(0, "scales", scales, "; ".join(why.values()))] if scales else []
    factors = {n: entry for plan in proposal.plans for n, entry in plan.factors.items()}
    offered = {n: entry for plan in proposal.plans for n, entry in plan.offered.items()}
    renamed = {n: name for plan in proposal.plans for n, name in plan.renamed.items()}
    own = _factors(factors, offered, renamed)
    lines += ["", *own, *([""] if own else []), "tables:"]
    for plan in proposal.plans:
        lines += _table(plan)
    lines += _confirmed(proposal) + _questions(proposal)
    if proposal.unused:
        lines += [
            "",
            f"# {_told('Not used:')}",
            *(f"#   {_said(place)}: {_said(said_why(why, language()))}" for place, why in proposal.unused.items()),
        ]
    return "\n".join(lines) + "\n"


def _confirmed(proposal):
    """What a person answered."""
    events = {t: entry for plan in proposal.plans for t, entry in plan.confirmed.items()}
    if not proposal.answers:
        return []
    kept = _told("what was answered; `answers` are kept when the files are imported again")
    lines = ["", f"confirmed:   # {kept}"]
    if "course" in proposal.answers:
        lines.append(f"  course: {_scalar(proposal.answers['course'])}")
    if events:
        lines += ["  events:", *(_line(4, target, entry, "") for target, entry in events.items())]
    return [*lines, "  answers:", *(_line(4, key, answer, "") for key, answer in proposal.answers.items())]


def _questions(proposal):
    """What is open: without those that block there is no report."""
    lines = []
    for q in proposal.open():
        entry = {
            "id": q.id,
            "kind": q.kind,
            "target": q.target,
            "targets": list(q.targets) if len(q.targets) > 1 else "",
            "file": q.file.split("[")[0].split(" from line ")[0],
            "column": q.column,
            "text": f"{q.text(language())} {told('decides', language(), who=q.who(language()))}",
            "blocking": q.blocking,
        }
        parts = ", ".join(f"{k}: {'true' if v is True else _flow(v)}" for k, v in entry.items() if v)
        lines.append(f"  - {{{parts}}}")
    return ["", f"questions:   # {_told(ANSWER_THEM)}", *lines] if lines else []


def _factors(factors, offered, renamed):
    lines = ["factors:"] if factors else []
    lines += [f"  {n}: {_flow(entry)}" for n, entry in factors.items()]
    if offered:
        lines += [*(f"# {_told(line)}" for line in OFFERED), *([] if factors else ["#factors:"])]
        for name, entry in offered.items():
            under = f"{_scalar(renamed[name])}: {name}" if name in renamed else ""
            also = f"   # {_told('and under columns: {entry}', entry=under)}" if under else ""
            lines.append(f"#  {name}: {_flow(entry)}{also}")
    return lines


def _table(plan):
    lines = [f"  {plan.table}:", f"    file: {_scalar(plan.sheet.path.name)}", *_sheet(plan), "    columns:"]
    for name, target in plan.columns.items():
        own = "" if target in plan.values or target in plan.dates else plan.notes.get(target, "")
        lines.append(_line(6, name, target, joined([plan.why.get(name), own])))
    lines += _under("values", {t: (values, plan.notes.get(t, "")) for t, values in plan.values.items()})
    lines += _dates(plan)
    boxes = {n: ({k: v for k, v in e.items() if v}, "") for n, e in plan.checkboxes.items()}
    lines += _under("checkboxes", boxes)
    why = "the date of death of those who died; last known alive of everybody"
    lines += _under("split", {name: (rule, why) for name, rule in plan.split.items()})
    why = "stands for a date without day or month"
    lines += _under("partial_dates", {target: (rule, why) for target, rule in plan.partial.items()})
    if plan.ignore:
        lines.append(_line(4, "ignore", plan.ignore, "called like a column of the dictionary, and not meant"))
    if plan.unsettled:
        lines += [
            f"    # {_told('To settle:')}",
            *(f"    #   {_said(n)}: {_said(said_why(text, language()))}" for n, text in plan.unsettled),
        ]
    return lines + _left(plan)


def _told(template, **values) -> str:
    """A comment in the language of the import; what fills it stands as it is."""
    return translated(template, language()).format(**values)


def _under(key, entries) -> list[str]:
    """A key of a table with its entries {name: (value, why)}; [] for none."""
    return [f"    {key}:", *(_line(6, name, *entry) for name, entry in entries.items())] if entries else []


def _sheet(plan) -> list[str]:
    """Which rows of which sheets are read, and how."""
    sheet, lines = plan.sheet, []
    if sheet.sheet:
        lines.append(f"    sheet: {_scalar(sheet.sheet)}")
    if sheet.turned:
        lines.append(_line(4, "turned", True, "the patients stand in columns: line 3 is here column C"))
    if sheet.colours:
        lines.append(_line(4, "colours", True, "the colours of lines and cells are columns, as answered"))
    lines += _place(sheet)
    if plan.decimal:
        lines.append(_line(4, "decimal", plan.decimal, "numbers are written with a decimal comma"))
    for key in ("rows", "skip", "set", "separate"):
        if getattr(plan, key):
            lines.append(_line(4, key, getattr(plan, key), plan.source_why.get(key, "")))
    lines += _reading(plan)
    if sheet.below:
        lines.append(f"    below:   # {_told('further sheets of other patients under the same columns')}")
        lines += [_part(p, renames=True) for p in sheet.below]
        lines += [_line(4, "apart", True, "each sheet numbers its patients anew")] if sheet.apart else []
    for key, rule in sheet.rule.items():
        rule = rule | {"columns": list(rule["columns"])}
        lines.append(_line(4, key, rule, f"a row for each of the {key} that is filled"))
    if sheet.parts:
        lines += [f"    join:   # {_told('further sheets of the same patients')}", *map(_part, sheet.parts)]
    return lines


def _reading(plan) -> list[str]:
    """How the rows of a sheet become one row a patient, and what is set apart in its cells."""
    sheet, lines = plan.sheet, []
    if sheet.items:
        lines.append(_line(4, "items", sheet.items, "a row for each item of a patient: the items are read as columns"))
    if sheet.lesions:
        lines.append(_line(4, "lesions", sheet.lesions, "the sizes of a patient's lesions on a day are summed"))
    if sheet.ici_rows:
        lines.append(_line(4, "ici_rows", sheet.ici_rows, "the courses by the order of these rows"))
    if sheet.once:
        lines.append(_line(4, "once", list(sheet.once), "the same in each row of a patient: one row is made of them"))
    if sheet.called:
        lines.append(_line(4, "called", sheet.called, "the names of the columns begin so below, as answered"))
    if plan.born:
        why = "ages at the start of the course are computed from it; the birth itself is not kept"
        lines.append(_line(4, "born", plan.born, why))
    if plan.alive_on:
        lines.append(_line(4, "alive_on", plan.alive_on, "known alive then: whoever has no death or last contact"))
    if _signs(sheet):
        lines.append(_line(4, "signs", _signs(sheet), "10.6+ is 10.6; the sign stands in a column of its own"))
    own = _own_date_parts(sheet)
    if own:
        lines.append(_line(4, "date_parts", own, "the year, month and day of one date"))
    if sheet.fill_down:
        lines.append(_line(4, "fill_down", True, "a line without an identifier is of the patient above"))
    if sheet.courses:
        said, why = (
            {k: v for k, v in vars(sheet.courses).items() if v},
            "`once`, `first`, `last`: what is of the patient",
        )
        lines.append(_line(4, "courses", said, f"several rows a patient; {why}"))
    return lines


def _part(part, renames=False) -> str:
    """A line of `join`, or of `below`, where columns are renamed."""
    sheet = part.sheet
    placed = sheet.first and (sheet.header or sheet.left_out or sheet.omit or sheet.followed) and not part.rows
    entry = {
        "file": sheet.path.name,
        "sheet": sheet.sheet,
        "by": part.by,
        "rows": part.rows,
        "header": list(sheet.header),
        "first_row": sheet.first if placed else 0,
        "last_row": sheet.last if placed else 0,
        "omit_rows": list(sheet.omit),
        "turned": sheet.turned,
        "colours": sheet.colours,
        "signs": list(sheet.signs),
        "date_parts": sheet.date_parts,
        "merge_rows": sheet.merged,
        "called": sheet.called,
        "columns": dict(part.columns) if renames else list(part.columns),
        "first": list(part.first),
        "last": list(part.last),
        "order": part.order,
        "fill_down": sheet.fill_down and not renames,
    }
    return f"      - {_flow({k: v for k, v in entry.items() if v})}"


def _signs(sheet) -> list:
    """The columns with signs that the first sheet gives, as the file calls them."""
    of_parts = {n for part in sheet.parts for n in part.columns}
    written = sheet.rows_of_courses if sheet.courses else sheet.frame
    return [n for n in sheet.signs if n in written and n not in of_parts]


def _own_date_parts(sheet) -> dict:
    """The dates in several columns that the first sheet gives."""
    of_parts = {n for part in sheet.parts for n in part.sheet.date_parts}
    return {n: columns for n, columns in sheet.date_parts.items() if n not in of_parts}


def _place(sheet):
    """Where on its sheet the table lies, where it is not the whole of it."""
    lines = []
    if sheet.header:
        header = sheet.header[0] if len(sheet.header) == 1 else list(sheet.header)
        lines.append(
            _line(
                4,
                "header",
                header,
                "the line of the column names" if len(sheet.header) == 1 else "groups above the names",
            )
        )
    if sheet.first and (sheet.header or sheet.left_out or sheet.omit or sheet.followed):
        lines += [
            _line(4, "first_row", sheet.first, "the first patient"),
            _line(4, "last_row", sheet.last, "the last patient"),
        ]
    if sheet.omit:
        lines.append(_line(4, "omit_rows", sheet.omit, "no patients"))
    if sheet.merged:
        lines.append(_line(4, "merge_rows", sheet.merged, "lines of one patient, read as one"))
    lines += [
        f"    # {_told('Left out: line {row}, ', row=e.line)}{_said(said_why(e.why, language()))}: {_said(e.text)}"
        for e in sheet.left_out
    ]
    return lines


def _left(plan):
    """The columns without a place: those that came near a line each, the others together."""
    near = {n: why for n, why in plan.left.items() if why != NO_SUCH}
    others = [f"{_said(n)}{_label(plan, n)}" for n in plan.left if n not in near]
    lines = [f"    # {_told('Not placed:')}"] if plan.left else []
    lines += [f"    #   {_said(n)}{_label(plan, n)}: {_said(said_why(why, language()))}" for n, why in near.items()]
    return lines + [f"    #   {', '.join(others[i : i + 10])}" for i in range(0, len(others), 10)]


def _dates(plan):
    lines = ["    dates:"] if plan.dates else []
    for target, formats in plan.dates.items():
        value = list(formats) if len(formats) > 1 else formats[0]
        lines.append(_line(6, target, value, plan.notes.get(target, "")))
    if plan.open_dates:
        choose = _told("Choose the format of these dates and take the # away:")
        lines += [f"    # {choose}", *([] if lines else ["    #dates:"])]
        for target, formats in plan.open_dates.items():
            lines.append(f"    #  {target}: {formats[0]}   # or {', or '.join(formats[1:]) or 'correct the cells'}")
    return lines


def _label(plan, name):
    return f" ({_said(plan.sheet.label(name))})" if plan.sheet.label(name) else ""


def _line(indent, key, value, why):
    text = f"{' ' * indent}{_scalar(key)}: {_flow(value)}"
    return f"{text}   # {_said(said_why(why, language()))}" if why else text


def _flow(value) -> str:
    """A value as YAML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(v) for v in value) + "]"
    return _scalar(value)


def _scalar(value) -> str:
    """One word of YAML, quoted unless it can only be text or a number."""
    if isinstance(value, int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    text = str(value)
    if PLAIN.fullmatch(text) and text.lower() not in WORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in quoted)  # YAML breaks lines at U+2028


def _said(text) -> str:
    """Text from data inside a comment: one line of printable characters."""
    return "".join(c for c in " ".join(str(text).split()) if c.isprintable())[:LONGEST]
