"""Choose a cohort, an endpoint, a group; the curve, the table and the test follow. Choose a patient; see the dates."""

import shlex

import ipywidgets as widgets

from papercheck.files.findings import CohortError, NotAvailable
from papercheck.vocabulary.endpoints import endpoint_rules
from smallsurv.curve import METHODS

from .cohort.cohort import list_cohorts
from .derive.endpoints import derive_endpoints
from .derive.population import derive_population, subgroup_factors
from .sections.survival import subgroup_table, survival_figure, survival_table
from .show.display import Missing, show
from .show.timeline import dates_table, timeline_figure, trace_table
from .wb import load_cohort

ALL = "all patients"
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
    """(label, factor) of each subgroup factor, all patients first."""
    return [(ALL, ""), *((study.factor(name).label, name) for name in subgroup_factors(study))]


def _offer(control, options):
    """Put options into a drop-down; its value stays where the new options have it, else it is the first one."""
    values = [o[1] if isinstance(o, tuple) else o for o in options]
    kept = values.index(control.value) if control.value in values else 0 if values else None
    control.options = options
    control.index = kept


class Explorer:
    """The controls and what they show. `box` is the widget; `update` draws for the present choice."""

    def __init__(self, cohort):
        self.study = None
        wide = {"description_width": "initial"}
        names = list_cohorts()
        chosen = cohort if cohort in names else None
        self.cohort = widgets.Dropdown(options=names, value=chosen, description="Cohort", style=wide)
        self.endpoint = widgets.Dropdown(description="Endpoint", style=wide)
        self.group = widgets.Dropdown(description="Group", style=wide)
        self.interval = widgets.Dropdown(options=METHODS, description="Interval of the median", style=wide)
        self.landmark = widgets.BoundedFloatText(
            value=0, min=0, max=120, step=1, description="Landmark (months, 0: none)", style=wide
        )
        self.write = widgets.Button(description="Write as a command", layout=widgets.Layout(width="auto"))
        self.write.tooltip = "The present choice as one line for the terminal"
        self.command = widgets.Text(description="Command", style=wide, layout=widgets.Layout(width="95%"))
        self.patient = widgets.Dropdown(description="Patient", style=wide)
        self.result, self.story = widgets.Output(), widgets.Output()
        controls = (self.endpoint, self.group, self.interval, self.landmark)
        self.box = widgets.VBox(
            [
                widgets.HBox([self.cohort, self.endpoint, self.group]),
                widgets.HBox([self.interval, self.landmark, self.write]),
                self.command,
                self.result,
                self.patient,
                self.story,
            ]
        )
        self.cohort.observe(lambda _: self.load(), "value")
        for control in controls:
            control.observe(lambda _: self.update(), "value")
        self.patient.observe(lambda _: self.tell(), "value")
        self.write.on_click(lambda _: self.write_command())
        self.load()

    def load(self):
        """Read the chosen cohort and offer what it has; its faults are shown in place of results."""
        self.study = None
        try:
            study = derive_population(load_cohort(self.cohort.value))
            endpoints, groups = available_endpoints(study), group_choices(study)
        except CohortError as error:
            self._say(self.result, *(Missing(str(f)) for f in error.findings))
            self._say(self.story)
            return
        _offer(self.endpoint, endpoints)  # nothing is drawn while study is None
        _offer(self.group, groups)
        _offer(self.patient, sorted(study.table("adsl")["USUBJID"].astype(str)))
        self.study = study
        self.command.value = ""
        self.update()
        self.tell()

    def update(self):
        """Draw curve, table and test of the present choice."""
        if self.study is None:
            return
        self.command.value = ""
        self._say(self.result, *self._results())

    def _results(self):
        if not self.endpoint.value:
            return [Missing("needs an endpoint: durations, or dates of the courses.")]
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

    def write_command(self):
        """Put the command of the present choice into its line, to copy."""
        if self.endpoint.value:
            self.command.value = report_command(
                self.cohort.value, self.endpoint.value, self.group.value, self.interval.value, self.landmark.value
            )

    @staticmethod
    def _say(place, *displays):
        place.clear_output(wait=True)
        with place:
            show(*displays)


def explore(cohort):
    """The explorer of a cohort, to show as the last line of a cell."""
    return Explorer(cohort).box
