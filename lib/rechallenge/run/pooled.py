"""The page and the numbers of a pooled study: pooled/report.html
and pooled/results.csv beside the files that were mailed.
"""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from papercheck.files.findings import NotAvailable, request_error, sentence
from papercheck.files.swap import replacing, write_whole
from papercheck.files.visible import visible
from smallsurv.pooled import SETTLED

from ..cohort.cohort import load_cohort
from ..context import current
from ..derive.population import derive_population
from ..federation.evidence import same_folder
from ..federation.gather import Pooled, further_question, gather
from ..federation.mailed import text_of
from ..results import COLUMNS, ledger_rows
from ..sections.evidence import all_evidence, asked_of, compare_evidence
from ..sections.pooled_models import everything
from ..show.display import Figure
from ..show.pictures import inline_svg
from ..text.language import say
from .collect import safe_cell
from .policy import policy

HERE = Path(__file__).parent / "templates" / "rechallenge"
FOLDER, SECTION = "pooled", "pooled"


def pool_folder(folder: Path, without: Sequence[str] = ()) -> tuple[Pooled, list[Path]]:
    """Pool the answers of a folder, and write the page, the numbers and, where another round is needed, its question.

    Returns what was pooled and the files written. Raises CohortError with every file that cannot be used; nothing is
    written then.
    """
    folder = Path(folder)
    found = gather(folder, without)
    written, made = [], {}
    if found.contents:
        shown = everything(found)
        made = {"results.csv": _ledger(shown), "report.html": visible(_page(found, shown))}
    if found.question is not None:
        path = folder / f"round-{found.question.round}.json"
        write_whole(path, text_of(found.question))
        written.append(path)
    if made:
        with replacing(folder / FOLDER, keeps=lambda name: name not in made) as new:
            for name, text in made.items():
                write_whole(new / name, text)
        written += [folder / FOLDER / name for name in made]
    return found, written


def ask_for_evidence(folder: Path, name: str) -> Path | None:
    """Write the round that asks a study at its end for the evidence of the cohort `name`: at the estimate of its model
    of all studies, then at that of patients alone; None where both were asked.

    Raises CohortError for a cohort without evidence of this folder, and as further_question.
    """
    cohort = derive_population(load_cohort(name))
    try:
        compared = compare_evidence(all_evidence(cohort))
    except NotAvailable as reason:
        raise request_error(f"the evidence of {name} {reason}", "Mend that first.", name) from None
    studies = compared.together.studies
    mine = next((i for i, study in enumerate(studies) if same_folder(study, folder)), None)
    if mine is None:
        left = "; ".join(f"{label}: {why}" for label, why in compared.together.left)
        rule = f"the evidence of {name} does not use this folder" + (f" ({left})" if left else "")
        raise request_error(rule, "Declare it under `evidence` with `mailed` and `model`.", name)
    placed = studies[mine].sums.placed(compared.together.levels)
    told = next(t for t in compared.together.told.studies if t.mailed and t.label == studies[mine].label)
    for _, stage, place in asked_of(compared):
        if mine in place and stage.away[place[mine]] > SETTLED:
            question = further_question(gather(folder), {told.model: placed.places @ stage.fit.coef})
            path = Path(folder) / f"round-{question.round}.json"
            write_whole(path, text_of(question))
            return path
    return None


def _ledger(shown) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for display in shown:
        rows = ledger_rows(display.results, SECTION)
        writer.writerows({k: safe_cell(v) for k, v in row.items()} for row in rows)
    return file.getvalue()


def _page(found, shown) -> str:
    """One self-contained page; every text of the files is escaped by the template or where the table was made."""
    from jinja2 import Environment, FileSystemLoader
    from markupsafe import Markup

    parts = []
    for i, display in enumerate(shown):
        body = _drawing(display, i) if isinstance(display, Figure) else display.html()
        parts.append({"title": display.title, "body": Markup(body), "notes": [n for n in display.notes if n]})
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("pooled.html.j2").render(
        language=current().language,
        title=found.study.title,
        parts=parts,
        kicker=say("Many centres, one analysis"),
        intro=say(
            "Made of the files that {n} centres mailed; no patient's record left a centre. Tests and models are"
            " stratified by centre.",
            n=len(found.centres),
        ),
        state=(
            say("Every round is answered: these numbers are final.")
            if found.finished
            else say("Not final: a round is still open, or a centre has not answered.")
        ),
        notes=[sentence(f) for f in found.notes],
        noted=say("What was noticed of the files"),
        study=say("Study {digest}", digest=found.study.digest[:12]),
        style=(HERE / "report.css").read_text(encoding="utf-8") + (HERE / "batch.css").read_text(encoding="utf-8"),
        policy=policy(""),
    )


def _drawing(figure, i) -> str:
    width = round(96 * figure.figure.get_size_inches()[0])
    return f'<div class="scroll">{inline_svg(figure.draw(), f"p{i}", figure.alt, width)}</div>'
