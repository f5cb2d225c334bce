"""Choose a cohort, an endpoint, a group; the curve, the table and the test follow. Choose a patient; see the dates."""

import shlex
from dataclasses import replace
from functools import wraps

import ipywidgets as widgets

from papercheck.files.findings import CohortError, NotAvailable
from papercheck.files.project import data_folder
from papercheck.vocabulary.dictionary import Column
from papercheck.vocabulary.endpoints import endpoint_rules
from papercheck.vocabulary.factors import Grouping
from papercheck.vocabulary.kinds import LANGUAGES
from smallsurv.curve import METHODS

from .cohort.cohort import Cohort, list_cohorts
from .cohort.declare.adding import put_subgroup
from .derive.endpoints import derive_endpoints
from .derive.population import derive_population, subgroup_factors
from .sections.curves import survival_figure
from .sections.subgroups import subgroup_table
from .sections.survival import survival_table
from .show.display import Missing, show
from .show.timeline import dates_table, timeline_figure, trace_table
from .text.language import say, speaking
from .wb import load_cohort

TOGGLE = dict(zip(("English", "中文"), LANGUAGES, strict=True))
DATA_DRIVEN = (
    "A cut-point that is chosen while the data are looked at gives P values that are too small and differences that are"
    " too large (Altman et al. 1994, doi:10.1093/jnci/86.11.829). The report says of this group that it was so chosen."
)
SECTIONS = dict.fromkeys(("PFS1", "PFSR"), "progression_free_survival") | {
    "OS": "overall_survival"
}  # where the ungrouped curve of an endpoint stands
GROUPED = "subgroups"


def report_command(cohort, endpoint, group, interval, landmark) -> str:
    """The command that prints the choice as a report; parameters that have their default are left out.

    group : a factor, or '' for all patients; landmark : months, 0 for none.
    """
    chosen = {}
    if group:
        chosen |= {"endpoint": endpoint, "factors": group}
    if interval != METHODS[0]:
        chosen["interval"] = interval
    if landmark:
        chosen["landmark"] = f"{landmark:g}"
    pairs = "".join(f" -p {name}={shlex.quote(value)}" for name, value in chosen.items())
    return f"rechallenge report {shlex.quote(cohort)}{pairs} --sections {GROUPED if group else SECTIONS[endpoint]}"


def available_endpoints(study) -> list[str]:
    """The endpoints that the cohort can give, in the order of endpoints.yml."""
    found = []
    for code in endpoint_rules():
        try:
            derive_endpoints(study, [code])
        except NotAvailable:
            continue
        found.append(code)
    return found


def group_choices(study) -> list[tuple[str, str]]:
    """(label, factor): all patients first, then the subgroups of the report, then every other factor with levels."""
    every = [name for name in study.factors if study.factor(name).levels]
    names = dict.fromkeys([*subgroup_factors(study), *every])
    return [(say("all patients"), ""), *((say(study.factor(name).label), name) for name in names)]


def numbers(study) -> list[str]:
    """The factors that are numbers of this cohort, to be cut."""
    return [name for name in study.factors if study.factor(name).type == "number"]


def cut_factor(study, source, cut) -> tuple[str, dict]:
    """The name of a group of the numbers of a factor, and its entry under `factors` of cohort.yml: below `cut`, and
    from it on. Its label, which goes wherever the group is shown, says that the cut-point comes from the data."""
    column = study.factor(source)
    name = next(n for n in (f"{source}CUT{i or ''}" for i in range(100)) if n not in study.meta.factors)
    value, unit = f"{cut:g}", f" {column.unit}" if column.unit else ""
    levels = {f"<{value}": f"<{value}{unit}", f">={value}": f"≥{value}{unit}"}
    label = f"{column.label}, cut-point chosen from the data"
    return name, {"label": label, "from": source, "cut": [cut], "levels": levels}


def with_cut(cohort: Cohort, name, entry) -> Cohort:
    """The cohort as if cohort.yml declared this group."""
    column = Column(name, "adsl", entry["label"], "coded", levels=entry["levels"], factor=True)
    groupings = {**cohort.meta.groupings, name: Grouping(entry["from"], tuple(entry["cut"]))}
    return replace(
        cohort, meta=replace(cohort.meta, factors={**cohort.meta.factors, name: column}, groupings=groupings)
    )


def _spoken(method):
    """A method of the explorer, in the language that is chosen there."""

    @wraps(method)
    def spoken(self, *arguments):
        with speaking(self.language.value):
            return method(self, *arguments)

    return spoken


def _offer(control, options):
    """Put options into a drop-down; its value stays where the new options have it, else it is the first one."""
    values = [o[1] if isinstance(o, tuple) else o for o in options]
    kept = values.index(control.value) if control.value in values else 0 if values else None
    control.options = options
    control.index = kept


class Explorer:
    """The controls and what they show. `box` is the widget; `update` draws for the present choice."""

    def __init__(self, cohort):
        self.read = self.study = self.made = None  # the cohort, that of the analysis, and the (name, entry) of a cut
        wide = {"description_width": "initial"}
        names = list_cohorts()
        chosen = cohort if cohort in names else None
        self.language = widgets.ToggleButtons(options=TOGGLE, style={"button_width": "6rem"})
        self.cohort = widgets.Dropdown(options=names, value=chosen, style=wide)
        self.endpoint = widgets.Dropdown(style=wide)
        self.group = widgets.Dropdown(style=wide, layout=widgets.Layout(width="26rem"))
        self.interval = widgets.Dropdown(options=METHODS, style=wide)
        self.landmark = widgets.BoundedFloatText(value=0, min=0, max=120, step=1, style=wide)
        self.cut_of = widgets.Dropdown(style=wide)
        self.cut_at = widgets.FloatText(style=wide, layout=widgets.Layout(width="140px"))
        self.write, self.put = (widgets.Button(layout=widgets.Layout(width="auto")) for _ in range(2))
        self.command = widgets.Text(style=wide, layout=widgets.Layout(width="95%"))
        self.said = widgets.Label()
        self.patient = widgets.Dropdown(style=wide)
        self.result, self.story = widgets.Output(), widgets.Output()
        self.box = widgets.VBox(
            [
                self.language,
                _row(self.cohort, self.endpoint, self.group),
                _row(self.cut_of, self.cut_at, self.interval, self.landmark),
                _row(self.write, self.put, self.said),
                self.command,
                self.result,
                self.patient,
                self.story,
            ]
        )
        self._name()
        self._follow()
        self.load()

    @_spoken
    def _name(self):
        """Write the words of the controls."""
        self.cohort.description, self.endpoint.description = say("Cohort"), say("Endpoint")
        self.group.description, self.patient.description = say("Group"), say("Patient")
        self.interval.description = say("Interval of the median")
        self.landmark.description = say("Landmark (months, 0: none)")
        self.cut_of.description, self.cut_at.description = say("Cut a number"), say("at")
        self.write.description, self.command.description = say("Write as a command"), say("Command")
        self.put.description = say("Put this into the report")
        self.write.tooltip = say("The present choice as one line for the terminal")
        self.put.tooltip = say("The present group into cohort.yml: its curve opens every report")

    def speak(self):
        """Say everything in the language that was chosen."""
        self._name()
        self.load()

    def _follow(self):
        """Let every control do what it is for."""
        self.language.observe(lambda _: self.speak(), "value")
        self.cohort.observe(lambda _: self.load(), "value")
        for control in (self.endpoint, self.group, self.interval, self.landmark):
            control.observe(lambda _: self.update(), "value")
        self.cut_of.observe(lambda _: self.begin_cut(), "value")
        self.cut_at.observe(lambda _: self.cut(), "value")
        self.patient.observe(lambda _: self.tell(), "value")
        self.write.on_click(lambda _: self.write_command())
        self.put.on_click(lambda _: self.put_into_report())

    @_spoken
    def load(self):
        """Read the chosen cohort and offer what it has; its faults are shown in place of results."""
        self.study = self.made = None
        try:
            self.read = load_cohort(self.cohort.value)
            study = derive_population(self.read)
            endpoints, groups = available_endpoints(study), group_choices(study)
        except CohortError as error:
            self._say(self.result, *(Missing(str(f)) for f in error.findings))
            self._say(self.story)
            return
        _offer(self.endpoint, endpoints)  # nothing is drawn while study is None
        _offer(self.group, groups)
        _offer(self.cut_of, [(say("no cut-point"), ""), *((say(study.factor(n).label), n) for n in numbers(study))])
        self.cut_of.value = ""
        _offer(self.patient, sorted(study.table("adsl")["USUBJID"].astype(str)))
        self.study = study
        self.command.value = self.said.value = ""
        self.update()
        self.tell()

    @_spoken
    def begin_cut(self):
        """Cut the chosen number at its median, to begin with."""
        if self.study is None:
            return
        source = self.cut_of.value
        middle = float(self.study.table("adsl")[source].astype(float).median()) if source else 0.0
        self.cut_at.value, before = middle, self.cut_at.value
        if before == middle:  # nothing was told of a change
            self.cut()

    @_spoken
    def cut(self):
        """Let the group be the chosen number, cut where it is said; or no group that was made so."""
        if self.study is None:
            return
        study, self.study = self.study, None  # nothing is drawn meanwhile
        self.made = cut_factor(self.read, self.cut_of.value, self.cut_at.value) if self.cut_of.value else None
        study = derive_population(with_cut(self.read, *self.made) if self.made else self.read)
        _offer(self.group, group_choices(study))
        if self.made and self.made[0] in study.factors:
            self.group.value = self.made[0]
        self.study = study
        self.update()

    @_spoken
    def update(self):
        """Draw curve, table and test of the present choice."""
        if self.study is None:
            return
        self.command.value = self.said.value = ""
        warned = [Missing(say(DATA_DRIVEN))] if self._is_made() else []
        self._say(self.result, *warned, *self._results())

    def _is_made(self):
        """Whether the present group is a cut that was made here."""
        return bool(self.made) and self.group.value == self.made[0]

    def _results(self):
        if not self.endpoint.value:
            return [Missing(say("needs an endpoint: durations, or dates of the courses."))]
        by, method = self.group.value or None, self.interval.value
        try:
            outcome = derive_endpoints(self.study, [self.endpoint.value], landmark=self.landmark.value)
            figure = survival_figure(outcome, by, method)
            table = subgroup_table(outcome, [by], method) if by else survival_table(outcome, None, method)
        except NotAvailable as reason:
            return [Missing(str(reason))]
        except CohortError as error:
            return [Missing(str(f)) for f in error.findings]
        return [figure, table]

    @_spoken
    def tell(self):
        """Draw the timeline of the chosen patient."""
        if self.study is None or self.patient.value is None:
            return
        shown = []
        for make in (timeline_figure, trace_table, dates_table):
            try:
                shown.append(make(self.study, self.patient.value))
            except NotAvailable as reason:
                shown.append(Missing(str(reason)))
        self._say(self.story, *shown)

    @_spoken
    def write_command(self):
        """Put the command of the present choice into its line, to copy."""
        if self._is_made():
            self.said.value = say(
                "Put the group into the report first: a command knows the factors of cohort.yml alone."
            )
        elif self.endpoint.value:
            self.command.value = report_command(
                self.cohort.value, self.endpoint.value, self.group.value, self.interval.value, self.landmark.value
            )

    @_spoken
    def put_into_report(self):
        """Write the present group into cohort.yml; what was written, or why not, stands beside the button."""
        if not self.group.value:
            self.said.value = say("Choose a group first: the curve of all patients is in every report.")
            return
        name, entry = self.made if self._is_made() else (self.group.value, None)
        try:
            keys = put_subgroup(data_folder() / self.cohort.value, self.read.meta, name, entry)
        except CohortError as error:
            self.said.value = " ".join(f"{f.rule}. {f.action}" for f in error.findings)
            return
        self.load()
        self.group.value = name
        there = say("{name} stands in cohort.yml ({keys}).", name=name, keys=", ".join(keys))
        self.said.value = there if keys else say("{name} stood there already.", name=name)

    @staticmethod
    def _say(place, *displays):
        place.clear_output(wait=True)
        with place:
            show(*displays)


def _row(*controls):
    """Controls side by side, in a second line where there is no room."""
    return widgets.HBox(controls, layout=widgets.Layout(flex_flow="row wrap"))


def explore(cohort):
    """The explorer of a cohort, to show as the last line of a cell."""
    return Explorer(cohort).box
