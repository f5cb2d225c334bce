"""What the import asks of the lines of a sheet: which are patients, and whether what the eye sees means something."""

import pandas as pd

from ..read.join import NEXT
from .look import SURE_LINES
from .questions import Lines, Question, about, choices_of

STSET = "_st"  # of Stata's stset: 0 of a row that its analyses leave out


def ask_lines(sheet):
    """Hidden, struck-out and thin lines of a sheet: patients or not."""
    doubtful = [e for e in sheet.left_out if e.why not in SURE_LINES]
    more = _of_the_patient_above(sheet, doubtful)
    if more:
        doubtful = [e for e in doubtful if e not in more]
        words = {"n": len(more), "lines": Lines(tuple(more)), "id": sheet.id}
        yield _question(sheet, "below", words, "same patient"), lambda answer: _fill_down(sheet, more, answer)
    if doubtful:
        words = {"n": len(doubtful), "lines": Lines(tuple(doubtful))}
        yield _question(sheet, "lines", words, "leave out"), lambda answer: _keep(sheet, doubtful, answer)
    told_out = [int(x) for x in sheet.frame.index[sheet.cells(STSET) == "0"]] if STSET in sheet.frame else []
    for topic, lines in (("hidden", sheet.hidden), ("struck", sheet.struck), ("stset", told_out)):
        lines = [x for x in lines if x in sheet.frame.index]
        if lines:
            words = {"n": len(lines), "lines": ", ".join(map(str, lines[:12]))}
            yield (
                _question(sheet, topic, words, "leave out" if topic == "stset" else None),
                lambda answer, lines=lines: sheet.drop(lines, odd=False) if answer == "leave out" else None,
            )


def _question(sheet, topic, words, proposed):
    return Question(
        f"{topic}.{sheet.key}", topic, sheet.place, choices=choices_of(topic), proposed=proposed, words=words
    )


MANY = 0.25  # share of the lines from which those without an identifier may be further rows of the patients above


def _of_the_patient_above(sheet, doubtful) -> list:
    """The lines without an identifier that may be further rows of the patient above, each with several cells: many, or
    any where other patients have several lines.
    """
    if not sheet.id or sheet.whole is None:
        return []
    bare = [e for e in doubtful if e.why == "no identifier" and sheet.whole.loc[e.line].notna().sum() > 1]
    many = len(bare) >= MANY * (len(bare) + len(sheet.frame)) and len(bare) > 1
    return bare if many or sheet.cells(sheet.id).duplicated().any() else []


def _fill_down(sheet, lines, answer):
    """Take lines back as further rows of the patient above."""
    if answer == "same patient":
        _keep(sheet, lines, "patients")
        sheet.frame[sheet.id] = sheet.frame[sheet.id].ffill()
        sheet.fill_down = True


def _keep(sheet, doubtful, answer):
    """Take doubtful lines back among the patients."""
    if answer == "patients":
        lines = [e.line for e in doubtful]
        sheet.frame = pd.concat([sheet.frame, sheet.whole.loc[lines]]).sort_index()
        sheet.omit = [x for x in sheet.omit if x not in lines]
        sheet.kept_out -= set(lines)
        sheet.left_out = [e for e in sheet.left_out if e.line not in lines]
        sheet.first, sheet.last = int(sheet.frame.index[0]), int(sheet.frame.index[-1])


def ask_rows(sheet):
    """Whether the lines of patients were found rightly, where something was left out."""
    sure = [e for e in sheet.left_out if e.line not in sheet.frame.index]
    if sure and sheet.first:
        own = int((sheet.frame.index < NEXT).sum())
        words = {"n": own, "first": sheet.first, "last": sheet.last, "lines": Lines(tuple(sure))}
        yield (
            about(sheet, "rows", proposed="yes", words=words, blocking=False),
            lambda answer: None,
        )
    for i, what in enumerate(sheet.beyond, start=1):
        if not what.kind.startswith("colours"):
            first = (f"seen.{sheet.key}.{i}", "seen", sheet.place)
            question = Question(
                *first, choices=choices_of("seen"), proposed="seen", words={"what": what}, blocking=False
            )
            yield question, lambda answer: None


def ask_colours(sheet):
    """Whether what cells are coloured is read as columns, each of which is then a column like others; a note on what
    the colours mean must be answered, and gives them their labels."""
    for what in [w for w in sheet.beyond if w.kind.startswith("colours")]:
        told = what.kind == "colours told"
        first = (f"seen.{sheet.key}.colours", "colours", sheet.place)
        known, proposed = choices_of("colours"), "column" if sheet.legend else None if told else "nothing"
        question = Question(*first, choices=known, proposed=proposed, words={"what": what}, blocking=told)
        yield question, lambda answer, w=what: _read_colours(sheet, w) if answer == "column" else None


def _read_colours(sheet, what):
    """Put the columns of the colours beside the others, with what the note says of each."""
    sheet.colours, names = True, list(sheet.coloured.columns)
    sheet.frame = sheet.frame.join(sheet.coloured)
    sheet.whole = None if sheet.whole is None else sheet.whole.join(sheet.coloured)
    for name in names:
        held = {c: sheet.legend.get(c.partition(" ")[0], "") for c in sheet.coloured[name].unique()}
        sheet.codes[name] = {c: said for c, said in held.items() if said}
        sheet.labels[name] = "; ".join(sheet.codes[name].values()) or "event by colour"
    sheet.beyond = [w for w in sheet.beyond if w is not what]
