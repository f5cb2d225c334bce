"""Rules on who is in the cohort: rows that are no patients, patients twice, identifiers, sites, words."""

import re
import unicodedata

import pandas as pd

from papercheck.files.findings import Finding, Message
from papercheck.vocabulary.dictionary import load_dictionary
from papercheck.vocabulary.endpoints import endpoint_rules
from papercheck.vocabulary.kinds import NO_PERSONS

from ..read.left_out import INITIALS, SUMMARY, shape
from .patterns import (
    HIDDEN,
    HOSPITAL_NAMES,
    INHIBITORS,
    LUNG,
    NOT_LUNG,
    NOTES,
    OTHER_DRUGS,
    OUTCOMES,
    PERSONAL,
    TUMOUR_COLUMNS,
)
from .rule import Data, Hit, day

KEPT_BY_HAND = 20_000  # rows: a larger table comes from a machine, and is not searched for notes between its rows


def rows_given_twice(data: Data):
    """A subject twice in adsl, or two rows of a table with the same key."""
    for table, frame in data.tables.items():
        key = [k for k in load_dictionary()[table].key if k in frame]
        if key and len(frame) and "USUBJID" in frame:
            bad = frame.duplicated(key, keep="first") & frame["USUBJID"].notna()
            if table != "adsl":  # a double subject's shortcuts are double only because the subject is
                adsl = data.tables["adsl"]
                from_adsl = frame.index.get_level_values("file").isin(adsl.index.get_level_values("file"))
                twice = adsl["USUBJID"][adsl["USUBJID"].duplicated()] if "USUBJID" in adsl else []
                bad &= ~from_adsl | ~frame["USUBJID"].isin(twice)
            words = "duplicate subject" if table == "adsl" else f"a second row for the same {', '.join(key)}"
            again = bad & _another_site(frame) if table == "adsl" else bad & False
            yield Hit(table, frame, bad & ~again, "USUBJID", words)
            words, site = "the same identifier at two sites", frame.get("SITEID")
            action = "Two patients: put the site before the identifier in every table. One patient: keep one row."
            yield Hit(table, frame, again, "USUBJID", words, site, action, label="site {}")


def _another_site(adsl) -> pd.Series:
    """Which rows of adsl are at another site than the first one of their subject."""
    if "SITEID" not in adsl:
        return pd.Series(False, index=adsl.index)
    first = adsl["SITEID"].groupby(adsl["USUBJID"]).transform("first")
    return adsl["SITEID"].notna() & (adsl["SITEID"] != first)


def too_few_subjects(data: Data):
    adsl = data.tables["adsl"]
    if "USUBJID" in adsl and 0 < adsl["USUBJID"].nunique() < 2:
        yield Finding(adsl.index[0][0], "", "", value="1")


def subjects_not_in_adsl(data: Data):
    if data.rows("adsl", "USUBJID") is None:
        return
    known = data.tables["adsl"]["USUBJID"].dropna().to_numpy()
    for table, frame in data.tables.items():
        if table != "adsl" and "USUBJID" in frame:
            yield Hit(table, frame, frame["USUBJID"].notna() & ~frame["USUBJID"].isin(known), "USUBJID")


def subjects_alike(data: Data):
    """Identifiers that differ only in case, width or blanks."""
    adsl = data.rows("adsl", "USUBJID")
    if adsl is None:
        return
    given = adsl["USUBJID"].dropna()
    joined = "".join(given)
    if (
        len(given) > KEPT_BY_HAND
        or joined.isascii()
        and joined.isalnum()
        and joined in (joined.lower(), joined.upper())
    ):
        return  # one case and no spaces: what differs, differs
    alike = given.map(folded).duplicated() & ~given.duplicated()
    yield Hit("adsl", adsl, alike.reindex(adsl.index, fill_value=False), "USUBJID")


def folded(word) -> str:
    """A word without case, width, blanks and invisible characters."""
    return re.sub(r"\s", "", HIDDEN.sub("", unicodedata.normalize("NFKC", str(word)))).casefold()


def _identified(data):
    """Identifiers, how many further cells of each row hold something, and which identifiers look like no other."""
    adsl = data.rows("adsl", "USUBJID")
    words = data.written.text("adsl") if adsl is not None and len(adsl) <= KEPT_BY_HAND else None
    if adsl is None or words is None or len(words) != len(adsl) or not 0 < len(adsl) <= KEPT_BY_HAND:
        return None
    names = next((names for file, _, names in data.written.tables if file == words.index[0][0]), {})
    rest = words.drop(columns=names.get("USUBJID", words.columns[0]))
    ids = adsl["USUBJID"].dropna()
    filled = pd.Series((rest != "").sum(axis=1).to_numpy(), index=adsl.index).reindex(ids.index)
    shapes = ids.map(shape)
    return adsl, ids, filled, ~shapes.duplicated(keep=False)


def rows_of_totals(data: Data):
    """Totals, means and notes under a table."""
    found = _identified(data)
    if found is None:
        return
    adsl, ids, filled, unlike = found
    yield Hit("adsl", adsl, _notes(ids, filled, unlike).reindex(adsl.index, fill_value=False), "USUBJID")


def _notes(ids, filled, unlike) -> pd.Series:
    """Which rows are totals or notes: by their words, or by an identifier unlike all others beside next to nothing."""
    said = ids.map(lambda x: bool(NOTES.match(x) or SUMMARY.fullmatch(x.lstrip("*#([ "))))
    said |= unlike & ids.map(lambda x: bool(INITIALS.fullmatch(x)))
    lone = unlike & (filled == 0) & (filled.median() >= 1)
    sparse = unlike & (filled <= 1) & (filled.median() >= 3)
    return (said & (unlike | (filled < filled.median()))) | lone | sparse


def rows_without_content(data: Data):
    """Subjects of whom nothing is known in any table."""
    found = _identified(data)
    if found is None:
        return
    adsl, ids, filled, unlike = found
    elsewhere = set()
    for table, frame in data.tables.items():
        if table != "adsl" and "USUBJID" in frame:
            elsewhere |= set(frame["USUBJID"].dropna())
    nothing, hardly = (filled == 0) & (filled.median() >= 2), (filled <= 1) & (filled.median() >= 4)
    bad = (nothing | hardly) & ~ids.isin(elsewhere) & ~_notes(ids, filled, unlike)
    yield Hit("adsl", adsl, bad.reindex(adsl.index, fill_value=False), "USUBJID")


def subjects_the_same_in_every_cell(data: Data):
    """Patients alike in every cell but the identifier and the site, and in the dates of their courses."""
    adsl = data.rows("adsl", "USUBJID")
    words = data.written.text("adsl") if adsl is not None and len(adsl) <= KEPT_BY_HAND else None
    few = words is not None and 0 < len(words) <= KEPT_BY_HAND
    if adsl is None or not few or len(words) != len(adsl) or data.meta.reconstructed:
        return
    names = next((names for file, _, names in data.written.tables if file == words.index[0][0]), {})
    rest = words.drop(
        columns=[names.get("USUBJID", words.columns[0]), *words.columns.intersection([names.get("SITEID")])]
    )
    rest = rest.assign(**_days_of_courses(data, adsl, rest.index))
    telling = rest.apply(lambda c: c.nunique() >= max(3, len(rest) // 3))  # dates, durations: not the codes of groups
    if telling.sum() < 3:
        return
    enough = (rest.loc[:, telling] != "").sum(axis=1) >= 3
    bad = pd.Series((rest.duplicated() & enough).to_numpy(), index=adsl.index)
    first = pd.Series(rest.duplicated(keep="last").to_numpy() & enough.to_numpy(), index=adsl.index)
    keys = pd.util.hash_pandas_object(rest, index=False)
    seen = dict(zip(keys[first.to_numpy()].iloc[::-1], adsl["USUBJID"][first].iloc[::-1], strict=True))
    other = pd.Series([seen.get(k, "") for k in keys], index=adsl.index)
    yield Hit("adsl", adsl, bad, "USUBJID", other=other, label="as {}")


def _days_of_courses(data, adsl, index) -> dict[str, pd.Series]:
    """{name: words of the first start of an ICI course}, for the rows of adsl."""
    starts = {phase: adsl["USUBJID"].map(data.starts(phase)) for phase in ("INITIAL", "RECHALLENGE")}
    return {f"(start {p})": day(pd.to_datetime(found)).set_axis(index) for p, found in starts.items()}


def personal_identifiers(data: Data):
    """Identifiers that could name a person; said once for all, without quoting one."""
    adsl = data.rows("adsl", "USUBJID")
    if adsl is None or not len(adsl) or data.meta.kind in NO_PERSONS:
        return
    ids = adsl["USUBJID"].dropna().astype(str).head(KEPT_BY_HAND)
    for what, pattern in PERSONAL:
        like = ids.str.fullmatch(pattern)
        if like.sum() > len(ids) / 2 or (like.any() and what not in ("a hospital number", "the name of a person")):
            yield Finding(
                adsl.index[0][0],
                Message("identifiers that look like {what}", what=what),
                "",
                column="USUBJID",
                value=f"{like.sum()} of {len(ids)}",
            )
            return
    for file, _, names in data.written.tables:
        written = str(names.get("USUBJID", ""))
        if file == adsl.index[0][0] and HOSPITAL_NAMES.search(written):
            yield Finding(file, "the identifiers are hospital numbers or names", "", column="USUBJID", value=written)


def _text_columns(data):
    for table, frame in data.tables.items():
        for name, column in load_dictionary()[table].columns.items():
            if column.type == "text" and name in frame:
                yield table, frame, name


def _term(word) -> str:
    """A term as adverse events are counted (derive/adverse_events.py)."""
    return " ".join(word.split()).casefold()


def words_in_two_forms(data: Data):
    """Sites, terms and regimens that differ only in case, width or blanks: they count as two.

    Terms of adverse events that differ in case and blanks count as one: only what else differs is named of them.
    """
    for table, frame, name in _text_columns(data):
        counts = frame[name].dropna().astype(str).value_counts()
        if name in ("USUBJID", "EVNTDESC") or len(counts) < 2:
            continue
        forms = pd.Series(counts.index, index=counts.index).map(folded)
        usual = {form: word for word, form in reversed(list(forms.items()))}
        rare = {word: usual[form] for word, form in forms.items() if usual[form] != word}
        if name == "AEDECOD":
            rare = {word: other for word, other in rare.items() if _term(word) != _term(other)}
        if rare:
            other = frame[name].map(lambda x, rare=rare: f"elsewhere {rare[x]}" if x in rare else "")
            yield Hit(table, frame, frame[name].isin(rare), name, other=other)


def invisible_characters(data: Data):
    for table, frame, name in _text_columns(data):
        words = frame[name].dropna().astype(str).unique()
        hidden = [word for word in words if HIDDEN.search(word)] if HIDDEN.search("".join(words)) else []
        if hidden:
            yield Hit(table, frame, frame[name].isin(hidden), name)


def unused_outcomes(data: Data):
    """Columns of a declared file that are called like an outcome and are not read."""
    asked = {(q.file, q.column) for q in data.meta.questions}
    for table, (file, frame) in data.raw.items():
        source = data.meta.sources.get(table)
        if source is None:
            continue
        parts = [part for other in data.meta.sources.values() for part in other.join if part.file == source.file]
        known = {*written_all(data.meta, source.file), *(name for part in parts for name in part.columns)}
        for name in frame.columns:
            word = str(name)
            own = word.startswith(
                ("redcap_", "(lines of ", "(response of", "(date of")
            )  # of the program, not of the study
            if own or word in known or (source.file, word) in asked or not OUTCOMES.search(word.replace("_", " ")):
                continue
            if frame[name].notna().any():
                yield Finding(file, "", "", column=word)


def factors_without_column(data: Data):
    """A factor that cohort.yml declares, without its column in adsl: no table shows it."""
    adsl, meta = data.rows("adsl", "USUBJID"), data.meta
    for name in [name for name in meta.factors if ("factors", name) in meta.lines] if adsl is not None else ():
        grouping = meta.groupings.get(name)
        column = grouping.source if grouping else name
        told = column in endpoint_rules() or (not grouping and meta.factors[name].after_baseline)
        if not told and column not in adsl and name not in adsl:
            rule = Message("the factor {name} is declared, and adsl has no column {column}", name=name, column=column)
            action = Message(
                "Add the column {column}, or correct the name; without it no table shows the factor.", column=column
            )
            yield Finding("cohort.yml", rule, action, row=meta.lines[("factors", name)], column=name)


def written_all(meta, file) -> set[str]:
    """Every column of a file that some source of it reads, drops or leaves aside on purpose."""
    known = {name for table in load_dictionary().values() for c in table.columns for name in (c, c.lower())}
    known |= set(meta.columns)
    for source in meta.sources.values():
        if source.file == file:
            known |= {*source.columns, *source.ignore, *source.rows, *source.skip, *source.split}
            known |= {n for part in (source, *source.join, *source.below) for p in part.date_parts.values() for n in p}
            known |= {
                n for visit in (source.visits.columns if source.visits else ()) for n in (visit.response, visit.date)
            }
            for none, boxes, *_ in source.checkboxes.values():
                known |= {none, *boxes}
    return known


def tumours_that_are_not_lung_cancer(data: Data):
    """A column of diagnoses that names another cancer than non-small-cell lung cancer."""
    if data.meta.confirmed.course == "neither" or "adsl" not in data.raw:
        return
    file, frame = data.raw["adsl"]
    for name in frame.columns:
        if not TUMOUR_COLUMNS.search(str(name)) or frame[name].dtype.kind in "fiuM":
            continue
        words = frame[name].dropna().astype(str)
        bad = words[words.map(lambda x: bool(NOT_LUNG.search(x)) and not LUNG.search(x))]
        if len(bad):
            yield Finding(file, "", "", row=bad.index[0], column=str(name), value=f"{bad.iloc[0]}; {len(bad)} rows")


def regimens_without_inhibitor(data: Data):
    """A regimen of a course of immune checkpoint inhibitor that names other drugs only."""
    adex = data.rows("adex", "APHASE", "TRT")
    if adex is None:
        return
    words = adex["TRT"].dropna().astype(str).unique()
    others = [w for w in words if OTHER_DRUGS.search(w) and not INHIBITORS.search(w)]
    yield Hit("adex", adex, adex["TRT"].isin(others) & adex["APHASE"].isin(["INITIAL", "RECHALLENGE"]), "TRT")


def interim_against_courses(data: Data):
    """A patient without treatment between the courses, and a course of it on record; or with it, where only others
    have such a course."""
    adsl = data.rows("adsl", "USUBJID", "INTERIM")
    if adsl is not None:
        given = adsl["USUBJID"].map(data.starts("INTERIM"))
        yield Hit("adsl", adsl, (adsl["INTERIM"] == "N") & given.notna(), "INTERIM", other=given, label="started {}")
        words = "treatment between the courses, yet none is on record as for others"
        lacking = (adsl["INTERIM"] == "Y") & given.isna() & bool(len(data.starts("INTERIM")))
        yield Hit("adsl", adsl, lacking, "INTERIM", words)


def counts_that_were_confirmed(data: Data):
    """Patients, deaths and progressions that a person confirmed, against what the tables hold now."""
    confirmed, adsl = data.meta.confirmed, data.tables["adsl"]
    dead = data.died_by_outcome() or set(data.deaths.index)
    progressed = data.outcome("PFSR")
    events = len(data.progressions("RECHALLENGE")) if progressed is None else int((progressed["CNSR"] == 0).sum())
    for name, now in (("patients", len(adsl)), ("deaths", len(dead)), ("progressions", events)):
        said = getattr(confirmed, name)
        if said is not None and said != now:
            yield Finding(
                "cohort.yml",
                Message("{name} were confirmed as {said}; the tables hold {now}", name=name, said=said, now=now),
                "",
                row=data.meta.lines.get(("confirmed", name)),
                column=f"confirmed.{name}",
                value=str(said),
            )
