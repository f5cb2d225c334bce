"""What hospitals mailed as one of the studies that cohort.yml analyses together, and what they are asked for it."""

from pathlib import Path

from papercheck.files.findings import CohortError, NotAvailable
from papercheck.vocabulary.kinds import NO_PERSONS

from ..cohort.control import folder_of
from ..cohort.declare.evidence import EvidenceStudy
from ..derive.evidence import MAILED, MailedSums, Study
from ..derive.outcome import Outcome
from ..text.language import say
from .gather import Pooled, gather
from .mailed import KIND

USUAL_CUT = "last follow-up"


def mailed_study(outcome: Outcome, told: EvidenceStudy, censor_at: str = USUAL_CUT) -> Study:
    """The study of an entry with `mailed`. Raises NotAvailable where its files cannot be used, its model has other
    terms or another endpoint than is compared, or has not been asked to its end."""
    meta, folder = outcome.cohort.meta, folder_of(outcome.cohort.meta) / str(told.mailed)
    name = f"data/{folder.parent.name}/{told.mailed}"
    try:
        found = gather(folder)
    except CohortError:
        raise NotAvailable(
            say("its files cannot be used (`rechallenge pool {folder}` says why)", folder=name)
        ) from None
    levels = _levels(found, told, meta)
    if meta.evidence.endpoint == "PFSR" and censor_at != USUAL_CUT:
        raise NotAvailable(say("its times are cut at the last follow-up, those here are not"))
    climb = found.climbs.get(told.model)
    if not climb or not climb[-1].settled:
        text = "its model is not at its end (`rechallenge pool {folder}` asks the hospitals on)"
        raise NotAvailable(say(text, folder=name))
    kinds = {answer.definitions.get(KIND) for answers in found.answers.values() for answer in answers.values()}
    kind = next((k for k in NO_PERSONS if k in kinds), MAILED)
    centres, patients = _sizes(found, told.model)
    sums = MailedSums(levels, tuple(found.rounds[told.model]), centres, patients, climb[-1].sums.events, folder)
    return Study(told.label, kind, (), sums=sums)


def _levels(found: Pooled, told, meta) -> tuple[str, ...]:
    """The levels of its model as they are called here."""
    models = {model.id: model for model in found.study.models}
    factor = told.column or meta.evidence.factor
    if told.model not in models:
        raise NotAvailable(say("it has no model {model}", model=told.model))
    model = models[told.model]
    if model.endpoint != meta.evidence.endpoint:
        raise NotAvailable(say("its model is of {endpoint}", endpoint=model.endpoint))
    if [term.column for term in model.terms] != [factor] or not model.terms[0].levels:
        raise NotAvailable(say("its model has other terms than the levels of {factor} alone", factor=factor))
    known = {level: level for level in meta.factors[meta.evidence.factor].levels} | dict(told.levels)
    unknown = [level for level in model.terms[0].levels if level not in known]
    if unknown:
        text = "its level {level} of {factor} is not named under `levels`"
        raise NotAvailable(say(text, level=unknown[0], factor=factor))
    return tuple(known[level] for level in model.terms[0].levels)


def _sizes(found: Pooled, model) -> tuple[int, int | None]:
    """Centres whose sums are in the model, and their patients; None where not all tell how many."""
    parts = found.parts.get(model)
    if parts is None:
        return len(found.centres), None
    first = found.answers[min(found.answers)]
    told = [first[centre].told[f"model/{model}"]["n"] for centre in parts]
    return len(parts), None if None in told else sum(told)


def same_folder(study: Study, folder: Path) -> bool:
    """Whether a study is made of the mailed files of this folder."""
    return study.sums is not None and study.sums.folder.resolve() == Path(folder).resolve()
