"""The side of the coordinating centre: every file of a folder
read and held against the study, and what they say together.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from papercheck.files.findings import CohortError, Finding
from papercheck.vocabulary.kinds import NO_PERSONS
from smallsurv.pooled import CoxSums, Round, next_beta, runs_away

from .contents import whole_matrix
from .mailed import (
    KIND,
    Answer,
    Question,
    check_told,
    first_question,
    read_answer,
    read_question,
    unit_of,
    zeros,
)
from .masks import unmasked_sum
from .shapes import shapes, unflattened
from .study import FEWEST_CENTRES, Study, load_study_file, participants

STUDY = "study.yml"
ROUND = re.compile(r"round-(\d{1,2})\.json")
FAR = 3.0  # times that a centre's mean may be larger or smaller than that of the others before it is asked about
AGREE = "Agree on one, there or in study.yml."
TOGETHER = "all centres"  # the name under which masked sums stand


@dataclass
class Pooled:
    """What the files of a study say together.

    centres : those that are pooled; waiting : {centre: the round that it has not answered}; contents : {centre:
    {record: fields}} (one entry TOGETHER where masked); climbs : {model: rounds}, up to the first that is settled, and
    rounds : all of them, those that were asked for other evidence too; parts : {model: {centre: its sums at the last
    round of the climb}} and own : {model: {centre: (coefficients, covariance)}}, where they can be read; held :
    {centre: sentences}; question : what is to be asked next, None where nothing is; notes : findings that are no
    errors; answers : {round: {centre: answer}}; latest : what was asked last.
    """

    study: Study
    centres: list[str]
    waiting: dict[str, int]
    contents: dict[str, dict] = field(default_factory=dict)
    climbs: dict[str, list[Round]] = field(default_factory=dict)
    rounds: dict[str, list[Round]] = field(default_factory=dict)
    parts: dict[str, dict[str, CoxSums]] = field(default_factory=dict)
    own: dict[str, dict[str, tuple]] = field(default_factory=dict)
    held: dict[str, tuple[str, ...]] = field(default_factory=dict)
    question: Question | None = None
    notes: list[Finding] = field(default_factory=list)
    answers: dict[int, dict[str, Answer]] = field(default_factory=dict)
    latest: Question | None = None

    @property
    def finished(self) -> bool:
        """Whether no further round is needed and nobody is waited for."""
        return not self.waiting and self.question is None


def gather(folder: Path, without: Sequence[str] = ()) -> Pooled:
    """Read study.yml, the questions and every answer of a folder, and pool them.

    without : centres that will not answer any more. Raises CohortError with every file that cannot be used; nothing is
        pooled then.
    """
    study = load_study_file(Path(folder) / STUDY)
    questions, answers, findings = _read(Path(folder), study)
    latest = questions[max(questions)]
    findings += _between(answers, study)
    if any(f.severity == "error" for f in findings):
        raise CohortError(sorted(findings, key=lambda f: (f.severity != "error", f.file)))
    taking_part = [c for c in participants(study, without) if c in latest.centres]
    findings += _late(answers, latest, study, without)
    first = min(questions)
    begun = [c for c in taking_part if c in answers.get(first, {})]
    waiting = {c: r for c in taking_part if (r := _first_lacking(c, questions, answers)) is not None}
    if not begun:
        raise CohortError([*findings, Finding(STUDY, "no centre has answered", "Put their files into this folder.")])
    found = Pooled(study, begun, waiting, notes=findings, answers=answers, latest=latest)
    whole = [r for r in sorted(questions) if all(c in answers.get(r, {}) for c in begun)]
    (_pool_masked if study.transport == "masked" else _pool_open)(found, questions, whole)
    if not waiting:
        found.question = _next_question(found)
    return found


def _first_lacking(centre, questions, answers) -> int | None:
    return next(
        (r for r in sorted(questions) if centre in questions[r].centres and centre not in answers.get(r, {})), None
    )


def _read(folder, study):
    """{round: question}, {round: {centre: answer}}, findings."""
    start = first_question(study, study.centres)
    questions, answers, findings, files = {start.round: start}, {}, [], {}
    paths = sorted(p for p in folder.glob("*.json") if not p.name.startswith("."))
    for path in (p for p in paths if ROUND.fullmatch(p.name)):
        try:
            question = read_question(path, study)
        except CohortError as error:
            findings += error.findings
            continue
        if question.round != int(ROUND.fullmatch(path.name)[1]):
            findings.append(Finding(path.name, f"asks round {question.round}", "Give it its own name back."))
        questions[question.round] = question
    for path in (p for p in paths if not ROUND.fullmatch(p.name)):
        try:
            answer = read_answer(path, study)
        except CohortError as error:
            findings += error.findings
            continue
        findings += _placed(path.name, answer, questions, study, answers, files)
    return questions, answers, findings


def _placed(name, answer, questions, study, answers, files) -> list[Finding]:
    """Put an answer where it belongs; what is wrong with that."""
    question = questions.get(answer.round)
    if question is None:
        return [Finding(name, f"answers round {answer.round}, which was not asked", "Is round-N.json missing here?")]
    if question.digest != answer.question:
        rule = f"answers another question of round {answer.round} than the one in this folder"
        return [Finding(name, rule, "Send the centre the file of here, and ask it to answer again.")]
    faults = check_told(answer, question, study, name)
    if faults:
        return faults
    earlier = answers.setdefault(answer.round, {}).get(answer.centre)
    if earlier is not None:
        other = files[answer.round, answer.centre]
        if earlier.digest == answer.digest:
            rule = f"is the same answer as {other}: it counts once"
            return [Finding(name, rule, "Nothing is to be done.", severity="note", subject=answer.centre)]
        rule = f"is another answer of {answer.centre} to round {answer.round} than {other}"
        return [Finding(name, rule, "Ask the centre which one holds, and remove the other.", subject=answer.centre)]
    answers[answer.round][answer.centre] = answer
    files[answer.round, answer.centre] = name
    return []


def _between(answers, study) -> list[Finding]:
    """What differs between the answers: versions, definitions, data that changed between rounds."""
    found: list[Finding] = []
    latest = {c: a for r in sorted(answers) for c, a in answers[r].items()}
    units = {unit_of(name) for name in _numbers(study)}
    for what in sorted({w for a in latest.values() for w in a.definitions}):
        said = {c: a.definitions.get(what, "") for c, a in latest.items()}
        common, times = Counter(said.values()).most_common(1)[0]
        for centre, text in said.items():
            if text == common and (2 * times > len(said) or times == len(said)):
                continue
            apart = what in study.endpoints or what in units and text and len(set(said.values()) - {""}) > 1
            rule = f"{centre} means something else by {what} than other centres"
            against = "" if text == common else common
            action = "Convert the values there, and ask it to answer anew." if what in units else AGREE
            severity = "error" if apart else "warning"
            found.append(Finding(centre, rule, action, column=what, value=text, against=against, severity=severity))
    found += _far_means(answers, study)
    for centre in (c for c, a in latest.items() if a.definitions.get(KIND) in NO_PERSONS):
        people = NO_PERSONS[latest[centre].definitions[KIND]]
        rule = f"tells of {people}: they are not patients, and no result of theirs is one of patients"
        found.append(Finding(centre, rule, "Leave it out of a study of patients.", severity="warning"))
    versions = Counter(a.version for a in latest.values())
    for centre, answer in latest.items():
        if answer.version != versions.most_common(1)[0][0]:
            rule = f"used version {answer.version}, most others {versions.most_common(1)[0][0]}"
            found.append(Finding(centre, rule, "Install one version everywhere.", severity="warning"))
        digests = {a[centre].data for a in answers.values() if centre in a}
        if len(digests) > 1:
            rule = "changed its data between two rounds"
            found.append(Finding(centre, rule, "Ask it to answer every round anew from the data that hold."))
    return found


def _numbers(study) -> list[str]:
    """The columns of numbers that a study names."""
    return list(dict.fromkeys([*study.numbers, *(t.column for m in study.models for t in m.terms if not t.levels)]))


def _far_means(answers, study) -> list[Finding]:
    """A warning where a number is so much larger or smaller at one centre than at the others that its unit may differ:
    nobody need have declared one."""
    found = []
    given = {
        c: a.told for r in sorted(answers, reverse=True) for c, a in answers[r].items() if study.transport == "open"
    }
    for name in study.numbers:
        told = {c: t[f"number/{name}"] for c, t in given.items() if t.get(f"number/{name}", {}).get("n")}
        means = {c: t["sum"] / t["n"] for c, t in told.items()}
        for centre, mean in means.items():
            usual = float(np.median([m for c, m in means.items() if c != centre])) if len(means) > 2 else mean
            if usual > 0 and not 1 / FAR < mean / usual < FAR:
                rule = f"the mean of {name} is {mean:.3g} at {centre}, and {usual:.3g} at the middle of the others"
                found.append(Finding(centre, rule, "Ask it for the unit.", column=name, severity="warning"))
    return found


def _late(answers, latest, study, without) -> list[Finding]:
    """Centres that answered when later rounds had been asked without them."""
    given = {c for a in answers.values() for c in a}
    action = (
        f"It is left out. To take it in, remove round-2.json to round-{latest.round}.json and begin the rounds anew."
    )
    left = [c for c in study.centres if c in given and c not in latest.centres and c not in without]
    rule = "answered late: further rounds had been asked without it"
    return [Finding(c, rule, action, severity="warning") for c in left]


def _pool_open(found, questions, rounds):
    answers, study = found.answers, found.study
    first = answers[min(questions)]
    for centre in found.centres:
        found.contents[centre] = {
            k: r for k, r in first[centre].told.items() if k.split("/")[0] not in ("model", "own")
        }
        found.held[centre] = first[centre].held
        found.notes += _says_nothing(centre, first[centre], study)
    for model in study.models:
        asked = [r for r in rounds if model.id in questions[r].beta]
        key, k = f"model/{model.id}", len(model.columns)
        told = [c for c in found.centres if all(_told(answers[r][c], key) for r in asked)]
        if not told or not asked:
            continue
        sums = {r: {c: _sums(answers[r][c].told[key], k) for c in told} for r in asked}
        found.rounds[model.id] = [
            Round(np.array(questions[r].beta[model.id]), _total(sums[r].values(), k)) for r in asked
        ]
        found.climbs[model.id] = _to_the_end(found.rounds[model.id])
        found.parts[model.id] = sums[asked[len(found.climbs[model.id]) - 1]]
        found.own[model.id] = {
            c: (np.array(own["coef"]), whole_matrix(own["covariance"], k))
            for c in told
            if (own := first[c].told.get(f"own/{model.id}")) and own["coef"]
        }


def _to_the_end(rounds) -> list[Round]:
    """The rounds of a climb: those after the first that is settled were asked for something else."""
    end = next((i for i, r in enumerate(rounds, 1) if r.settled), len(rounds))
    return rounds[:end]


def _told(answer, key) -> bool:
    return answer.told.get(key, {}).get("loglik") is not None


def _says_nothing(centre, answer, study) -> list[Finding]:
    """A note where a centre tells nothing, or has no event."""
    if answer.told["flow"]["analysed"] is None:
        rule = f"has fewer than {2 * study.smallest} patients: an open file of it tells nothing"
        return [Finding(centre, rule, "A masked study takes it in.", severity="note")]
    found = []
    for code in study.endpoints:
        table = answer.told.get(f"curve/{code}/ALL")
        if table and not any(map(sum, table["events"])):
            found.append(Finding(centre, f"tells of no event of {code}", "It counts at risk.", severity="note"))
    return found


def _sums(record: Mapping, k: int) -> CoxSums:
    events = record["events"]
    return CoxSums(
        float(record["loglik"]),
        np.asarray(record["score"], float),
        whole_matrix(record["information"], k),
        0 if events is None else int(events),
    )


def _total(sums, k) -> CoxSums:
    whole = CoxSums(0.0, np.zeros(k), np.zeros((k, k)))
    for one in sums:
        whole = whole + one
    return whole


def _pool_masked(found, questions, rounds):
    """The sums of the rounds that everybody who was asked has answered; of the others nothing can be read."""
    study, climbs = found.study, {}
    for r in sorted(questions):
        question, given = questions[r], found.answers.get(r, {})
        lacking = [c for c in question.centres if c not in given]
        if r == 0:
            continue
        if lacking:
            rule = f"the sums of round {r} cannot be read: the masks of {', '.join(lacking)} are in them"
            action = "Wait for it, or ask the others anew with --without."
            found.notes.append(Finding(lacking[0], rule, action, severity="warning"))
            continue
        wanted = shapes(study, question.beta, question.contents)
        numbers = unmasked_sum([v for key in wanted for v in given[c].told[key]["masked"]] for c in question.centres)
        told, at = {}, 0
        for key, fields in wanted.items():
            size = int(sum(np.prod(s) if s else 1 for s in fields.values()))
            told[key] = unflattened(numbers[at : at + size], fields)
            at += size
        if question.contents:
            found.contents, climbs = {TOGETHER: {k: v for k, v in told.items() if not k.startswith("model/")}}, {}
            found.centres = list(question.centres)
        for name, beta in question.beta.items():
            k = len(beta)
            climbs.setdefault(name, []).append(Round(np.array(beta), _sums(told[f"model/{name}"], k)))
    found.rounds, found.climbs = climbs, {name: _to_the_end(rounds) for name, rounds in climbs.items()}


def _next_question(found) -> Question | None:
    """What is to be asked when everybody has answered: the keys
    go round first, then the coefficients until they settle.
    """
    study, latest = found.study, found.latest
    taking_part = tuple(c for c in latest.centres if c in found.centres) or tuple(found.centres)
    ask = {"study": study.digest, "round": latest.round + 1, "centres": taking_part}
    keys = {c: found.answers[0][c].key for c in taking_part} if study.transport == "masked" else {}
    dropped = len(taking_part) < len(latest.centres)
    if study.transport == "masked" and (dropped or not found.contents):
        if len(taking_part) < FEWEST_CENTRES:
            rule = f"fewer than {FEWEST_CENTRES} centres are left: a masked sum of them hides nothing"
            raise CohortError([*found.notes, Finding(STUDY, rule, "Ask for an open study.")])
        return Question(**ask, contents=True, beta=zeros(study), keys=keys)
    open_ = {
        name: rounds
        for name, rounds in found.climbs.items()
        if not (rounds[-1].settled or runs_away(rounds) or rounds[-1].singular)
    }
    if not open_:
        return None
    return Question(
        **ask, contents=False, beta={n: [float(b) for b in next_beta(r)] for n, r in open_.items()}, keys=keys
    )


def further_question(found: Pooled, beta: Mapping[str, Sequence[float]]) -> Question:
    """A round that asks models of a study that is at its end at other coefficients. Raises CohortError while one of its
    centres is waited for, or a round of its own is due."""
    if found.waiting or found.question is not None:
        rule = "the rounds of the study are not at their end"
        raise CohortError([Finding(STUDY, rule, "Pool it to its end first, then ask for the evidence.")])
    latest = found.latest
    return Question(
        study=found.study.digest,
        round=latest.round + 1,
        centres=latest.centres,
        contents=False,
        beta={name: [float(b) for b in at] for name, at in beta.items()},
        keys=latest.keys,
    )
