"""The command that takes a person's own files in: propose, ask, write."""

import re
from pathlib import Path
from typing import Annotated

import typer

from papercheck.files.findings import CohortError, Message, request_error

from .messages import WRONG, Speech, console_of, fail, print_findings, say, say_sentence, terminal_words

MOST_LEFT = 15  # columns without a place that the terminal lists; cohort.yml lists all
Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="Files or a folder: Excel, CSV, SPSS, Stata, SAS, Parquet, REDCap, ADaM."),
]
Name = Annotated[str, typer.Option("--as", metavar="COHORT", help="Name of the folder in data/.")]
Ask = Annotated[bool, typer.Option("--ask", help="Ask here what only you can know.")]
Answers = Annotated[
    Path | None, typer.Option("--answers", metavar="FILE", help="A YAML file of answers: `id: answer`.")
]
Guide = Annotated[bool, typer.Option("--guide", help="Look and answer in the browser.")]
SheetName = Annotated[str, typer.Option("--sheet", metavar="NAME", help="Read this sheet of the workbook alone.")]
Header = Annotated[
    str, typer.Option("--header", metavar="LINE", help="The line of the column names: 3, or 2,3 with groups above.")
]
Rows = Annotated[str, typer.Option("--rows", metavar="FIRST-LAST", help="The lines of patients, such as 4-33.")]


def import_files(
    files: Files,
    cohort: Name,
    ask: Ask = False,
    answers: Answers = None,
    guide: Guide = False,
    sheet: SheetName = "",
    header: Header = "",
    rows: Rows = "",
    lang: Speech = "en",
):
    """Make a cohort of the files that you have. It proposes what each column is, asks what only you know, and writes
    data/COHORT/."""
    from ..cohort.propose.again import read_answers
    from ..cohort.propose.questions import LANGUAGES
    from ..text.language import speaking

    if lang not in LANGUAGES:
        fail(request_error("no questions in this language", "Use en or zh.", lang))
    with speaking(lang):
        try:
            named = _named(files, sheet, header, rows)
            given = read_answers(answers) if answers else {}
            if guide:
                return _open_guide(files, cohort, lang)
            _import(files, cohort, named, given, lang, ask)
        except CohortError as error:
            fail(error)


def _named(files, sheet, header, rows) -> dict:
    """The options that say where the table lies, as answers of their own."""
    from ..cohort.read.readers import BOOKS, kind_of

    found = {"--sheet": sheet} if sheet else {}
    if sheet and not any(path.is_dir() or kind_of(path) in BOOKS for path in files):
        raise request_error(
            Message("--sheet {name}: none of the files has sheets", name=sheet), "Leave it out, or name the workbook."
        )
    if header:
        lines = re.fullmatch(r"([1-9]\d{0,6})(?:,([1-9]\d{0,6}))?", header.replace(" ", ""))
        if not lines or lines[2] and int(lines[1]) >= int(lines[2]):
            raise request_error(
                Message("--header {line} is no line", line=header), "Write the number of the line, such as 3, or 2,3."
            )
        found["--header"] = [int(x) for x in header.split(",")]
    if rows:
        match = re.fullmatch(r"(\d+)\s*[-–:,]\s*(\d+)", rows)
        if not match or not 0 < int(match[1]) <= int(match[2]):
            raise request_error(
                Message("--rows {lines} are no lines", lines=rows),
                "Write the first and the last line of patients, such as 4-33.",
            )
        found["--rows"] = [int(match[1]), int(match[2])]
    return found


def _import(files, cohort, named, given, language, ask):
    from ..cohort.propose.again import Asked, changes, earlier
    from ..cohort.propose.questions import Reason
    from ..cohort.propose.write import check_name

    console = console_of()
    before = earlier(cohort)
    if before is None:
        check_name(cohort)
    kept = {**(before[0] if before else {}), **named}
    asked = Asked(
        str(kept.get("--sheet", "")),
        tuple(kept.get("--header", ())),
        tuple(kept.get("--rows", ())),
        str(kept.get("--of", "")),
    )
    proposal = _proposal_of(files, {**_still_asked(files, kept, asked), **given}, given, asked, language)
    if ask:
        proposal = _ask_all(files, proposal, asked, language, console)
    if language != "en":
        proposal.facts["language"] = language, Reason("language")
    proposal.answers = {**{k: v for k, v in kept.items() if k.startswith("--")}, **proposal.answers}
    folder = _write(cohort, proposal, before, given, console)
    _show(proposal, console, language)
    for change in changes(before[1], proposal) if before and before[1] else []:
        console.print(say("Against the last import, {change}", change=change.text(language)))
    console.print(say("{file}: each guess with its reason, to correct by hand.", file=str(folder / "cohort.yml")))
    _finish(cohort, proposal, console, language)


def _proposal_of(files, answers, given, asked, language):
    """The proposal with these answers; of those given now, an unknown one is refused, one that needs no asking told."""
    from ..cohort.propose.again import unknown_answers
    from ..cohort.propose.propose import propose
    from ..cohort.propose.questions import told

    proposal = propose(files, answers, asked)
    if unknown_answers(proposal, given):
        settled = {q.id for q in propose(files, {}, asked).questions}
        if wrong := unknown_answers(proposal, given, settled):
            raise CohortError(wrong)
        unneeded = sorted(set(given) & settled - {q.id for q in proposal.questions})
        console_of().print(told("unneeded", language, ids=", ".join(unneeded)), markup=False)
    return proposal


def _write(cohort, proposal, before, given, console) -> Path:
    """Write data/COHORT/; a cohort.yml that was edited by hand stays, and takes no answers."""
    from ..cohort.propose.write import replace_files, write_cohort

    if not before or not before[2]:
        return write_cohort(cohort, proposal, replace=before is not None)
    if new := sorted(k for k, v in proposal.answers.items() if before[0].get(k) != v and k in given):
        action = "Write them under `confirmed:` there, or import the files under another name."
        rule = "cohort.yml was edited by hand: the answers cannot be put into it, and nothing was changed"
        raise request_error(rule, action, ", ".join(new))
    folder = replace_files(cohort, proposal)
    console.print(say("cohort.yml was edited by hand: it stays as it is, the files are replaced."))
    return folder


def _still_asked(files, kept, asked) -> dict:
    """The earlier answers that fit the files as they are now; what does not fit is asked again."""
    from ..cohort.propose.propose import propose
    from ..cohort.propose.questions import answer_faults, expanded

    answers = {k: v for k, v in kept.items() if not k.startswith("--")}
    fitting = {k: v for k, v in answers.items() if k.startswith("column.")}
    for _ in range(len(answers) + 1):
        questions = {q.id: q for q in propose(files, fitting, asked).questions}
        more = {
            k: v
            for k, v in answers.items()
            if k in questions and k not in fitting and not answer_faults(questions[k], expanded(questions[k], v))
        }
        if not more:
            break
        fitting |= more
    return fitting


def _finish(cohort, proposal, console, language):
    """What comes next, and the exit code: 1 while something must be settled."""
    from ..cohort.cohort import read_cohort
    from ..cohort.propose.questions import told

    stderr = console_of(stderr=True)
    open_ = proposal.open(blocking=True)
    waiting = {t for q in open_ for t in (q.target, *q.targets)}
    findings = [
        f
        for f in read_cohort(cohort)[1]
        if f.severity == "error" and f.file != "cohort.yml" and f.column not in waiting
    ]
    findings += _told_by_name(cohort)
    if open_:
        stderr.print(told("open" if len(open_) > 1 else "open one", language, n=len(open_)), style="bold")
        for q in open_:
            who = told("decides", language, who=q.who(language))
            stderr.print(f"  {q.id}: {q.text(language)} {who}", markup=False)
            stderr.print(f"    {q.how(language)}", markup=False)
        stderr.print(told("how to answer", language))
    if findings:
        print_findings(findings, stderr)
        stderr.print(
            say(
                "Errors: {n}. Settle them in cohort.yml or in the data, then: {command}",
                n=len(findings),
                command=f"rechallenge check {cohort}",
            )
        )
    if open_ or findings:
        raise typer.Exit(WRONG)
    console.print(say("Look through cohort.yml, then: {command}", command=f"rechallenge report {cohort}"))


def _told_by_name(cohort) -> list:
    """What a report would say against the name of the folder, where the data can be read."""
    from ..cohort.cohort import cohort_meta, telling
    from ..cohort.privacy.cleaner import Cleaner
    from ..cohort.privacy.profile import is_protected, told_by_folders

    try:
        meta = cohort_meta(cohort)
        return told_by_folders([cohort], Cleaner(telling(cohort))) if is_protected(meta, meta.profile) else []
    except CohortError:
        return []  # said by its own findings


def _ask_all(files, proposal, asked, language, console):
    """Ask until nothing is open; an answer may open another question."""
    from ..cohort.propose.propose import propose

    answers = dict(proposal.answers)
    while proposal.open():
        question = proposal.open()[0]
        answers[question.id] = _ask_one(question, language, console)
        proposal = propose(files, answers, asked)
    return proposal


def _ask_one(question, language, console):
    console.print(f"\n{question.text(language)}", style="bold", markup=False)
    console.print(f"({question.who(language)})", markup=False)
    if not question.values:
        return _pick(question, question.choices, question.proposed, language, console, "")
    found = {}
    for value in question.values:
        proposed = (question.proposed or {}).get(value.word) or None
        found[value.word] = _pick(question, question.choices, proposed, language, console, value.text(language))
    return found


def _pick(question, choices, proposed, language, console, about):
    """One of the choices, by its number; return takes what is proposed."""
    from ..cohort.propose.questions import is_day

    if about:
        console.print(f"  {about}", markup=False)
    for i, choice in enumerate(choices, start=1):
        mark = " *" if choice == proposed else ""
        console.print(f"    {i}. {question.choice_text(choice, language)}{mark}", markup=False)
    default = choices.index(proposed) + 1 if proposed in choices else None
    while True:
        try:
            said = input(f"  1-{len(choices)}{f' [{default}]' if default else ''}: ").strip()
        except EOFError:
            raise request_error(
                "the questions were left", "Nothing is written: answer them all, or use --answers."
            ) from None
        if not said and default:
            return choices[default - 1]
        if said.isdigit() and 1 <= int(said) <= len(choices):
            return choices[int(said) - 1]
        if said in choices or question.free_date and is_day(said):
            return said


def _open_guide(files, cohort, language):
    """Open notebooks/import.ipynb in JupyterLab, with the files and the name filled in."""
    from ..cohort.propose.guide import open_guide

    open_guide(files, cohort, language)


def _show(proposal, console, language):
    """What was placed and why, what has no place, what a person must settle."""
    from rich.table import Table

    from ..cohort.propose.match import NO_SUCH
    from ..cohort.propose.questions import joined, said_why
    from .console import cell_of

    table = Table(*terminal_words("placed"), show_edge=False, pad_edge=False)
    for plan in proposal.plans:
        for name, target in plan.columns.items():
            why = joined([plan.why.get(name), plan.notes.get(target)])
            table.add_row(*map(cell_of, (plan.table, name, target, said_why(why, language))))
    console.print(table, soft_wrap=False)
    for key, (value, why) in proposal.facts.items():
        console.print(
            say("{what}: {value} ({why})", what=key, value=str(value), why=said_why(why, language)), markup=False
        )
    for plan in proposal.plans:
        _show_sheet(plan, console, language)
        near = [name for name, why in plan.left.items() if why != NO_SUCH][:MOST_LEFT]
        for name in near:
            place = f"{plan.sheet.place}, {name}"
            console.print(say("Not placed: {place}: {why}", place=place, why=said_why(plan.left[name], language)))
        others = [name for name in plan.left if name not in near]
        if others:
            more = [say("and {n} more", n=len(others) - MOST_LEFT)] if len(others) > MOST_LEFT else []
            columns = ", ".join([*others[:MOST_LEFT], *more])
            console.print(say("Not placed: {place}: {why}", place=plan.sheet.place, why=columns))
    for place, why in proposal.unused.items():
        console.print(say("No table of its own: {place}: {why}", place=place, why=said_why(why, language)))
    for doubt in proposal.doubts:
        console.print(say("Look at: {what}", what=say_sentence(doubt)))
    for plan in proposal.plans:
        for name, text in plan.unsettled:
            what = said_why(text, language)
            console.print(
                say("To settle: {place}: {what}", place=f"{plan.sheet.place}, {name}", what=what), style="bold"
            )


def _show_sheet(plan, console, language):
    """How many patients were read from where, and what was left out."""
    from ..cohort.propose.questions import said_why

    sheet = plan.sheet
    lines = say(", lines {first} to {last}", first=sheet.first, last=sheet.last) if sheet.first else ""
    header = say(", names in line {lines}", lines=say(" and ").join(map(str, sheet.header))) if sheet.header else ""
    read = {"table": plan.table, "n": len(sheet.frame), "place": sheet.place, "where": header + lines}
    console.print(say("{table}: {n} rows of {place}{where}.", **read))
    for entry in sheet.left_out:
        if entry.line not in sheet.frame.index:
            why = {"why": said_why(entry.why, language), "text": entry.text}
            console.print(
                say("Left out: {place}, line {line}: {why} ({text})", place=sheet.place, line=entry.line, **why)
            )
    for seen in sheet.beyond:
        console.print(say("Look at: {what}", what=f"{sheet.place}: {seen.said(language)}"))
