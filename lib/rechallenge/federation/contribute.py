"""The side of a centre: an answer to a question, what it reveals, and what is kept beside the data between rounds."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np

from papercheck.files.findings import CohortError, Finding, request_error
from papercheck.files.project import data_folder
from papercheck.files.swap import write_whole

from ..cohort.cohort import load_cohort, telling
from ..cohort.part import part_named
from ..cohort.privacy.cleaner import clean_text
from ..cohort.privacy.profile import is_protected
from ..cohort.privacy.pseudonyms import secret_of
from ..context import PRIVACY
from .contents import Rows, contents_of, design_of, models_of, rows_of
from .held import told_contents, told_models
from .mailed import KIND, Answer, Question, first_question, unit_of
from .masks import fingerprint, masked, masks_of, new_key, public_key
from .shapes import flattened, shapes
from .study import FEWEST_CENTRES, Study

KEPT = ".federation-"  # in the folder of the cohort, hidden; git ignores it
ROUNDS_AT_MOST = 40  # questions of one study that a centre answers: each tells more
MOST_APART = np.log(1e8)  # of the log hazards of two patients; a climb that settles stays far below


@dataclass
class Kept:
    """What a centre keeps of a study beside its data: its private key, the keys of the others as first seen, and which
    question it answered in each round. needed : an open study keeps nothing."""

    path: Path
    private: int = 0
    needed: bool = True
    keys: dict[str, str] = field(default_factory=dict)
    answered: dict[str, str] = field(default_factory=dict)

    def write(self):
        """Keep it, readable by its owner alone."""
        if not self.needed:
            return
        held = {"private": f"{self.private:x}", "keys": self.keys, "answered": self.answered}
        write_whole(self.path, json.dumps(held, indent=1) + "\n", secret=True)


def kept_of(folder: Path, study: Study) -> Kept:
    """What is kept of a study; new where nothing is. Raises CohortError for a file that is not what was written."""
    path = Path(folder) / f"{KEPT}{study.digest[:12]}"
    if study.transport != "masked":
        return Kept(path, needed=False)
    if not path.exists():
        return Kept(path, new_key())
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return Kept(path, int(held["private"], 16), True, dict(held["keys"]), dict(held["answered"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise request_error(f"{path} is not what was written", "Remove it, and begin the study anew.") from None


@dataclass
class Offer:
    """An answer that is ready and not yet written: the answer, and the sentences that say what it reveals."""

    answer: Answer
    revealed: list[str]
    kept: Kept


def offer(name: str, study: Study, centre: str, question: Question | None = None) -> Offer:
    """The answer of the cohort `name` as `centre` to a question; without one, to the first of the study.

    Raises CohortError with everything that does not fit: the study, the codes of the data, what may be asked.
    """
    question = question or first_question(study, study.centres)
    part = part_named(name)
    folder = data_folder() / str(part.cohort if part else name)
    rows = rows_of(load_cohort(name), study)
    kept = kept_of(folder, study)
    _check_asked(study, centre, question, kept)
    _check_far(rows, study, question)
    answer = Answer(
        study=study.digest,
        title=study.title,
        centre=centre,
        round=question.round,
        question=question.digest,
        transport=study.transport,
        version=version("rechallenge"),
        data=_digest_of_data(folder, study),
        definitions=_without_persons(definitions_of(rows, study), rows.cohort.meta),
    )
    kept.answered[str(question.round)] = question.digest
    if study.transport == "masked":
        answer, revealed = _masked(answer, rows, study, question, kept)
    else:
        answer, revealed = _open(answer, rows, study, question)
    return Offer(answer.sealed(), revealed, kept)


def _check_asked(study, centre, question, kept):
    """Refuse what no coordinator may ask."""
    faults = []

    def fault(rule, action, value=""):
        faults.append(Finding("question", rule, action, value=value))

    if centre not in study.centres:
        fault("no centre of the study has this name", f"The study names: {', '.join(study.centres)}.", centre)
    elif centre not in question.centres:
        fault("this round does not ask this centre", "Ask the coordinator why.", centre)
    before = kept.answered.get(str(question.round))
    if before not in (None, question.digest) and study.transport == "masked":
        rule = "another question of this round was answered before: two sums of almost the same centres give one away"
        fault(rule, "Ask the coordinator to put the question as a new round.", str(question.round))
    if len(kept.answered) >= ROUNDS_AT_MOST and before is None:
        fault(f"{ROUNDS_AT_MOST} rounds were answered", "A climb ends in fewer: ask the coordinator.", "")
    if question.round and study.transport == "masked":
        if len(question.centres) < FEWEST_CENTRES:
            fault(f"a masked sum of fewer than {FEWEST_CENTRES} centres hides nothing", "Do not answer it.")
        if set(question.keys) != set(question.centres):
            fault("the keys are not those of the centres that are asked", "Ask the coordinator to send it again.")
        if question.keys.get(centre) not in (None, public_key(kept.private)):
            fault("the key of this centre is not the one that it mailed", "Do not answer; ask the coordinator.", centre)
        changed = [c for c, key in question.keys.items() if kept.keys.get(c, key) != key]
        if changed:
            rule = "the key of another centre has changed since the first round"
            fault(rule, "Ask that centre before you answer: read the fingerprints to each other.", changed[0])
    if faults:
        raise CohortError(faults)


def _check_far(rows, study, question):
    """Refuse coefficients at which one patient outweighs all others of a risk set: the sums would be those of single
    patients."""
    for name, beta in question.beta.items():
        model = study.model_of(name)
        _, x = design_of(rows.outcomes[model.endpoint], model)
        apart = np.abs(np.asarray(beta, float)) @ np.ptp(x, axis=0) if len(x) else 0.0
        if not apart <= MOST_APART:
            rule = "asks at coefficients that set the hazards of two patients more than a hundred million times apart"
            action = "Do not answer: the sums could be those of single patients. Ask the coordinator."
            raise CohortError([Finding("question", rule, action, column=f"beta.{name}")])


def _digest_of_data(folder, study) -> str:
    """Tells whether the data changed between two rounds, and nothing else: keyed by the secret beside the data."""
    found = hmac.new(secret_of(folder), study.digest.encode(), hashlib.sha256)
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.name.startswith("."):
            found.update(path.name.encode(errors="surrogateescape") + b"\0" + path.read_bytes())
    return found.hexdigest()


def definitions_of(rows: Rows, study: Study) -> dict[str, str]:
    """What the words of the study mean at this centre: endpoints in words, the month, the labels of codes, units."""
    meta = rows.cohort.meta
    made = {KIND: meta.kind, "days of a month": f"{meta.days_per_month:.6g}"}
    for code in study.endpoints:
        made[code] = meta.endpoint(code)["text"]
    terms = [t.column for m in study.models for t in m.terms]
    for name in dict.fromkeys([*study.groups, *study.numbers, *terms]):
        column = meta.factors.get(name) or meta.column("adsl", name)
        labels = "; ".join(f"{code} = {label}" for code, label in column.levels.items())
        unit = "" if labels else getattr(column, "unit", "")
        made |= {unit_of(name): unit} if unit else {name: labels or column.label}
    return made


def _without_persons(definitions, meta) -> dict[str, str]:
    """Definitions without what tells who somebody is: they are words of cohort.yml, and leave the hospital."""
    if not is_protected(meta, PRIVACY[1]):
        return definitions
    found = telling(meta.name)
    return {what: clean_text(text, found) for what, text in definitions.items()}


def _open(answer, rows, study, question) -> tuple[Answer, list[str]]:
    """The answer that can be read, with what is held back."""
    asked = _as_here(study, rows.cohort.meta)
    told, held = told_contents(contents_of(rows, study), asked) if question.contents else ({}, [])
    found = models_of(rows, study, question.beta, own=question.contents)
    sizes = {name: _sizes(rows, study, name) for name in question.beta}
    models, more = told_models(found, len(rows.cohort.table("adsl")), asked, sizes)
    answer = answer.model_copy(update={"told": told | models, "held": (*held, *more)})
    return answer, list(revealed_by(answer, study))


def _as_here(study, meta) -> Study:
    """The study with the smallest count of a cohort of the profile strict, where that is larger than the one asked."""
    if meta.profile != PRIVACY[2] or not is_protected(meta, meta.profile):
        return study
    return study.model_copy(update={"smallest": max(study.smallest, meta.smallest_count)})


def _sizes(rows, study, name) -> list[int]:
    """Patients of each level of each term of a model."""
    model = study.model_of(name)
    known, _ = design_of(rows.outcomes[model.endpoint], model)
    return [int((known[t.column].astype(object) == level).sum()) for t in model.terms for level in t.levels]


def _masked(answer, rows, study, question, kept) -> tuple[Answer, list[str]]:
    """The key in round 0; then every number under masks."""
    if question.round == 0:
        key = public_key(kept.private)
        said = (
            f"A public key ({fingerprint(key)}), the name of the centre, and the definitions below; no number of a"
            " patient."
        )
        return answer.model_copy(update={"key": key}), [said, *_definitions(answer)]
    kept.keys = dict(question.keys) | kept.keys
    wanted = shapes(study, question.beta, question.contents)
    found = (contents_of(rows, study) if question.contents else {}) | models_of(rows, study, question.beta, own=False)
    numbers = [v for key, fields in wanted.items() for v in flattened(found[key], fields)]
    masks = masks_of(answer.centre, kept.private, question.keys, question.digest, len(numbers))
    hidden, told, at = masked(numbers, masks), {}, 0
    for key, fields in wanted.items():
        size = len(flattened(found[key], fields))
        told[key] = {"masked": hidden[at : at + size]}
        at += size
    answer = answer.model_copy(update={"told": told})
    return answer, list(revealed_by(answer, study)) + [
        f"Key of {name}: {fingerprint(key)}" for name, key in question.keys.items() if name != answer.centre
    ]


def _definitions(answer) -> Iterator[str]:
    for name, text in answer.definitions.items():
        yield f"Definition of {name}: {text}"


def revealed_by(answer: Answer, study: Study) -> Iterator[str]:
    """Sentences: what somebody who has nothing but this file learns of the patients of the centre."""
    if answer.transport == "masked":
        numbers = sum(len(record["masked"]) for record in answer.told.values())
        yield (
            f"{numbers} numbers under masks: alone each is an even draw out of 2^256 and tells nothing. Only the sum"
            f" over {len(study.centres)} centres can be read, by whoever has all their files; if all the others pool"
            " theirs against this centre, they learn its sums."
        )
    else:
        yield from _of_counts(answer.told)
        yield from _of_tables(answer.told, study)
        yield from _of_models(answer.told)
        yield from (f"Held back: {line}." for line in answer.held)
    yield from _definitions(answer)


def _of_counts(told) -> Iterator[str]:
    size = told.get("flow", {}).get("analysed")
    if size is not None:
        yield f"{size} patients are analysed."
    for key, record in told.items():
        if key.split("/")[0] not in ("counts", "response", "safety"):
            continue
        hidden = [name for name, value in record.items() if value is None]
        shown = ", ".join(f"{name} {value}" for name, value in record.items() if value is not None)
        rest = None if size is None else size - sum(v for v in record.values() if v is not None)
        more = ""
        if hidden and len(hidden) < len(record):
            within = f"together {rest}, each from 0 to {rest}" if rest is not None and key.startswith("counts/") else ""
            more = f"; not told: {', '.join(hidden)}{f' ({within})' if within else ''}"
        if shown:
            yield f"Patients counted, {key}: {shown}{more}."


def _of_tables(told, study) -> Iterator[str]:
    """For each risk table: how many bins, and the fewest patients of whom one bin says when their event or end was."""
    for key, record in told.items():
        if not key.startswith("curve/"):
            continue
        counts = [(c, j) for j, row in enumerate(record["events"]) for c in (*row, record["censored"][j]) if c]
        if not counts:
            continue
        fewest, bin_ = min(counts)
        low, high = record["edges"][bin_], record["edges"][bin_ + 1]
        yield (
            f"Times, {key}: {len(record['n_risk'])} bins of {record['n_risk'][0]} patients; the fewest that are told of"
            f" together: {fewest}, between {low:g} and {high:g} {study.unit}."
        )


def _of_models(told) -> Iterator[str]:
    for key, record in told.items():
        kind, _, name = key.partition("/")
        numbers = sum(1 if not isinstance(v, list) else len(v) for v in record.values() if v is not None)
        if kind == "log_rank" and numbers:
            yield f"Test of groups, {name}: {numbers} sums over all patients of the centre."
        elif kind == "model" and numbers:
            patients = "" if record["n"] is None else f" of {record['n']} patients"
            yield (
                f"Model {name}: {numbers} sums{patients}. Each round adds as many; they are fewer than the values that "
                "they are made of, and no patient's values follow from them alone, but who knows most patients can "
                "work out the last one."
            )
        elif kind == "own" and numbers:
            yield f"Model {name} of this centre alone: coefficients and covariances."
