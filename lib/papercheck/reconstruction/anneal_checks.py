"""The printed numbers of one endpoint as checks that the annealer computes.

Times are counted in steps of the registry's `grid`. A condition on a mapped group (`from`, `map`) becomes one on the
column that it is made of. A number that the search cannot ask for is kept with the reason.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, norm

from ..registry.printed import read_printed
from ..registry.registry import Registry, group_levels
from ..registry.targets import (
    NOT_ESTIMABLE,
    Target,
    as_group,
    counted_group,
    group_sizes,
    label_levels,
    survival_targets,
)

CURVE_KINDS = ("median", "ci", "follow_up", "follow_up_ci", "survival_at")
SMALL = 0.05  # a P value below gives a direction to the medians beside it
_INSIDE = 1e-6  # share of a window that is kept clear of its ends: there the two roundings differ
_SUBJECTS = 3.0  # so many subjects too many or too few weigh like one standard error


class NotAsked(Exception):
    """A printed number has no check; the text says why."""


@dataclass(frozen=True)
class Weights:
    """The `weights` of a registry: the treatment column, its level `treated`, and the covariates (factors)."""

    treatment: str
    treated: str
    covariates: tuple


def declared_weights(registry: Registry) -> Weights:
    """What the weights 1/p of the own arm are made of; treated is the level that is not the reference.

    Raises NotAsked where none are declared, or other than a factor of two levels and covariates with levels.
    """
    declared, levels = registry.own.get("weights"), group_levels(registry.factors)
    if declared is None:
        raise NotAsked("the registry declares no `weights`")
    treatment, covariates = str(declared["treatment"]), tuple(map(str, declared["covariates"]))
    if len(levels[treatment]) != 2:
        raise NotAsked(f"the treatment {treatment} of `weights` is not a factor of two levels")
    for column in covariates:
        if not levels[column]:
            raise NotAsked(f"the covariate {column} of `weights` is not a factor with levels")
    treated = next(level for level in levels[treatment] if level != reference(registry, treatment))
    return Weights(treatment, treated, covariates)


def reference(registry: Registry, column) -> str:
    """The level of a column that the others are compared with."""
    factor = registry.factors.get(column)
    return factor.reference if factor else group_levels(registry.factors)[column][0]


def compared(target: Target, registry: Registry) -> tuple[str, str]:
    """(against, level) of a hazard ratio; of two levels the reference and the other. NotAsked if it is not said."""
    levels, against = group_levels(registry.factors)[target.by[0]], target.against
    if not against:
        against = reference(registry, target.by[0])
        against = next(x for x in levels if x != target.level) if against == target.level else against
    others = [level for level in levels if level != against]
    if not target.level and len(others) != 1:
        raise NotAsked(f"which level of {target.by[0]} the hazard ratio is of is not said")
    return against, target.level or others[0]


def p_window(target: Target) -> tuple[float, float]:
    """The window of a printed P; <0.001 is asked for as what prints so and not as 0.001: below 0.0005."""
    low, high = target.window
    text = target.printed.strip()
    return (low, high / 2) if text.startswith("<") and text.lstrip("<= 0.") == "1" else (low, high)


def grid_of(registry: Registry) -> float:
    """The step of the times: `grid`, else one unit of the last digit of the printed times."""
    if "grid" in registry.own:
        return float(registry.own["grid"])
    entries = registry.of("median_survival", "median_follow_up", "longest")
    found = [read_printed(c.text) for e in entries for c in e.printed("estimate")]
    return float(10.0 ** -max((p.decimals for p in found if p), default=1))


@dataclass(frozen=True)
class Check:
    """One row of the plan: names of kind and part (as in anneal_cost), what it looks at, windows, scale, parameter.

    `asked` is the Target, or a sentence.
    """

    kind: str
    what: tuple
    windows: tuple
    scale: float
    asked: object
    parameter: float = 0.0
    weighted: bool = False


class Checks:
    """The checks of one endpoint, and the groups, curves, lists and models that they look at."""

    def __init__(self, registry: Registry, endpoint, claims=()):
        self.registry, self.endpoint = registry, endpoint
        self.levels, self.sizes = label_levels(registry), group_sizes(registry)
        self.grid = grid_of(registry)
        self.method = str(registry.cohort.get("paper_interval") or "log-log")
        self.targets = survival_targets(registry, endpoint)
        self.columns, self.groups, self.curves, self.lists, self.models = [], [], [], [], []
        self.checks, self.left_out, self.not_imposed = [], [], []
        for target in self.targets:
            try:
                self._ask(target)
            except NotAsked as reason:
                self.left_out.append((target, str(reason)))
        self._ask_claims([c for c in claims if c.endpoint == endpoint])
        self._ask_sizes()
        self._ask_implications()
        self._ask_cuts()

    def _ask_claims(self, claims):
        """Claims in words; one that cannot be asked for leaves no check behind."""
        from .anneal_claims import ask_claim

        for claim in claims:
            before = len(self.checks)
            try:
                ask_claim(self, claim)
            except NotAsked as reason:
                del self.checks[before:]
                self.not_imposed.append((claim, str(reason)))

    def windows(self, target) -> list[tuple]:
        """The windows of a printed time in grid steps; (inf, inf) where it must not be reached or estimable."""
        pair = target.window if target.kind.endswith("ci") else (target.window,)
        pair = (NOT_ESTIMABLE,) * 2 if pair == NOT_ESTIMABLE else pair
        return [
            (np.inf, np.inf) if w == NOT_ESTIMABLE else _clear(max(w[0], 0.0) / self.grid, w[1] / self.grid)
            for w in pair
        ]

    # Groups of rows

    def base(self, column, levels) -> tuple:
        """A condition on a mapped group as one on the column that it is made of."""
        grouping = self.registry.groupings.get(column)
        if grouping is not None and grouping.map:
            return grouping.source, tuple(code for code, level in grouping.map.items() if level in levels)
        return column, tuple(levels)

    def group(self, conditions) -> int:
        """Number of the group of rows that meet ((column, levels), ...)."""
        found = []
        for column, levels in (self.base(*c) for c in conditions):
            if not self.levels.get(column):
                raise NotAsked(f"{column} is not a factor with levels")
            if column not in self.columns:
                self.columns.append(column)
            found.append((column, sum(1 << self.levels[column].index(level) for level in levels)))
        return _number(self.groups, tuple(sorted(found)))

    def _compared_groups(self, where, columns):
        """The levels of one column; of several columns those who have each, who may overlap."""
        if len(columns) == 1:
            return [self.group((*where, (columns[0], (each,)))) for each in self.levels.get(columns[0], ())]
        found = []
        for column in columns:
            if len(self.levels.get(column, ())) != 2:
                raise NotAsked(f"{column} does not say with two levels who has it")
            having = next(x for x in self.levels[column] if x != reference(self.registry, column))
            found.append(self.group((*where, (column, (having,)))))
        return found

    def indicators(self, where, column, against) -> list[tuple]:
        """[(level, group)] of the levels of a column other than `against`."""
        if not self.levels.get(column):
            raise NotAsked(f"{column} is not a factor with levels")
        return [(x, self.group((*where, (column, (x,))))) for x in self.levels[column] if x != against]

    # Printed numbers

    def _ask(self, target):
        if target.weights:
            declared_weights(self.registry)
        if target.window == NOT_ESTIMABLE and target.kind not in ("median", "ci", "follow_up", "follow_up_ci"):
            raise NotAsked("no number is printed")
        if target.kind in CURVE_KINDS:
            self._ask_curve(target)
        elif target.kind == "longest":
            windows = self.windows(target)
            self.add("LONGEST", (self.group(target.group), 0), windows, _scale(windows), target)
        elif target.kind == "events":
            self.add("EVENTS", (self.group(target.group), 0), [target.window], _SUBJECTS, target)
        elif target.kind == "log_rank":
            self._ask_log_rank(target)
        else:
            self._ask_cox(target)

    def add(self, kind, what, windows, scale, asked, **more):
        self.checks.append(Check(kind, what, tuple(windows), scale, asked, **more))

    def _ask_curve(self, target):
        weighted = bool(target.weights)
        row = self.group(target.group), int(weighted), int(target.kind.startswith("follow_up"))
        curve, windows = _number(self.curves, row), self.windows(target)
        if target.kind == "survival_at":
            window = _clear(*(x / 100 for x in target.window))
            at = target.at_time / self.grid
            self.add("SURVIVAL", (curve, 0), [window], 0.1, target, parameter=at, weighted=weighted)
        elif len(windows) == 1:
            self.add("MEDIAN", (curve, 0), windows, _scale(windows), target, weighted=weighted)
        elif self.method == "bootstrap":
            raise NotAsked("an interval by bootstrap is not searched for")
        else:
            how = {"parameter": _z(target), "weighted": weighted}
            self.add("INTERVAL", (curve, 0), windows, _scale(windows), target, **how)

    def _ask_log_rank(self, target):
        groups = self._compared_groups(target.group, target.by)
        if len(groups) < 2:
            raise NotAsked(f"{', '.join(target.by)} has fewer than two levels")
        window = _clear(*(np.sqrt(chi2.isf(min(max(p, 0.0), 1.0), len(groups) - 1)) for p in p_window(target)[::-1]))
        side = self._side(target, *self.levels[target.by[0]]) if len(groups) == 2 and len(target.by) == 1 else 0.0
        if not target.weights:
            self.add("LOG_RANK", (_number(self.lists, tuple(groups)), 0), [window], 1.0, target, parameter=-side)
        elif len(groups) == 2:
            how = {"parameter": side, "weighted": True}
            self.add("WEIGHTED_LOG_RANK", (groups[1], groups[0]), [window], 1.0, target, **how)
        else:
            raise NotAsked("a weighted log-rank test of more than two groups is not searched for")

    def _ask_cox(self, target):
        if NOT_ESTIMABLE in target.window:
            raise NotAsked("no limit is printed")
        if len(target.by) != 1 or not self.levels.get(target.by[0]):
            raise NotAsked(f"{', '.join(target.by)} is not one factor with levels")
        against, level = compared(target, self.registry)
        columns = self.indicators(target.group, target.by[0], against)
        interest = [x for x, _ in columns].index(level)
        for name in target.adjusted:
            columns += self.indicators(target.group, name, reference(self.registry, name))
        weighted = bool(target.weights)
        model = self._model(target.group, columns, interest, weighted)
        parts = {"hr": [("LOG_HR", target.window)], "hr_p": [("WALD", p_window(target))]}.get(target.kind)
        for part, (low, high) in parts or zip(("LOG_LOW", "LOG_HIGH"), target.window, strict=True):
            with np.errstate(divide="ignore"):
                ends = norm.isf(np.clip([high, low], 0, 1) / 2) if part == "WALD" else np.log([max(low, 0.0), high])
            scale, z = (1.0, self._side(target, against, level)) if part == "WALD" else (0.5, _z(target))
            self.add("COX", (model, part), [_clear(*ends)], scale, target, parameter=z, weighted=weighted)

    def _model(self, where, columns, interest, weighted=False) -> int:
        """Number of the Cox model of ((level, group), ...) in the rows of `where`; interest: which of them."""
        design = _number(self.lists, tuple(g for _, g in columns))
        return _number(self.models, (self.group(where), design, interest, int(weighted)))

    def ask_joint(self, where, columns, window, asked, side):
        """A window for the Wald statistic of the first of the
        columns; side: 1 where it fares worse, -1 better, 0: open.
        """
        model = self._model(where, columns, 0)
        self.add("COX", (model, "WALD"), [window], 1.0, asked, parameter=side)

    def ask_test(self, groups, window, asked, side):
        """A window for the root of the log-rank statistic; side: 1 where the first group fares worse, -1 better."""
        self.add("LOG_RANK", (_number(self.lists, tuple(groups)), 0), [window], 1.0, asked, parameter=side)

    def _side(self, target, against, level) -> float:
        """1 if `level` is to fare worse than `against`, -1 if better, by their printed medians; 0 where these do not
        say.

        A P value has no direction; a paper that prints two medians and a small P says which group does better. Where P
        is not small the medians may lie the other way, and a printed hazard ratio says it itself.
        """
        ratios = {(t.group, t.by, t.weights) for t in self.targets if t.kind == "hr"}
        if target.window[0] >= SMALL or (target.group, target.by, target.weights) in ratios:
            return 0.0
        middles = []
        for each in (level, against):
            group = {*target.group, (target.by[0], (each,))}
            found = [
                self.windows(t)[0][0]
                for t in self.targets
                if t.kind == "median" and set(t.group) == group and t.weights in (target.weights, "")
            ]
            middles.append(found[-1] if found else np.nan)
        return (
            float(np.sign(middles[1] - middles[0])) if middles[0] != middles[1] and not np.isnan(middles).any() else 0.0
        )

    # What else is printed of the labels

    def _ask_sizes(self):
        """Counts of groups that the sizes of single levels do not settle already."""
        for entry in self.registry.of("count"):
            where = counted_group(entry)
            settled = len(where) == 1 and len(where[0][1]) == 1 and self.base(*where[0]) == where[0]
            if not where or settled or entry.get("event") or not self._labelled(where):
                continue
            for cell in entry.printed("count"):
                count, words = float(read_printed(cell.text).value), f"{entry.id}: {cell.text} subjects"
                self.add("SIZE", (self.group(where), 0), [(count, count)], _SUBJECTS, words)

    def _ask_implications(self):
        """As many subjects of `if` and `then` as of `if`, where the columns carry labels here."""
        for rule in self.registry.own.get("implications") or []:
            if isinstance(rule, dict) and isinstance(rule.get("then"), dict):
                given, then = as_group(rule.get("if")), as_group(rule["then"])
                if self._labelled(given + then):
                    pair, words = (self.group(given + then), self.group(given)), f"implied: {rule.get('why', '')}"
                    self.add("SAME_SIZE", pair, [(0.0, 0.0)], _SUBJECTS, words)

    def _ask_cuts(self):
        """Printed sizes of groups that are cut from the times of this endpoint."""
        for name, grouping in self.registry.groupings.items():
            sizes = list(self.sizes.get(name, {}).values())
            if grouping.source == self.endpoint and grouping.cut and None not in sizes:
                for cut, count in zip(grouping.cut, np.cumsum(sizes).tolist(), strict=False):
                    at, words = float(np.ceil(cut / self.grid - 1e-6)), f"{name}: {count} subjects below {cut:g}"
                    self.add("BELOW", (self.group(()), 0), [(count, count)], _SUBJECTS, words, parameter=at)

    def _labelled(self, where):
        return all(self.base(*condition)[0] in self.columns for condition in where)

    # Arrays

    def plan(self):
        """The Plan of the compiled search, and what each of its checks asks, in the same order."""
        from . import anneal_cost as cost
        from .anneal_kernels import LOG, LOG_LOG, PLAIN, SPSS

        treated, covariates = self._weight_groups()
        # Cheap checks first, those of one curve together, those that need weights last.
        rank = {"MEDIAN": cost.MEDIAN, "INTERVAL": cost.MEDIAN, "SURVIVAL": cost.MEDIAN}
        checks = sorted(self.checks, key=lambda c: (c.weighted, rank.get(c.kind, getattr(cost, c.kind)), c.what[0]))
        rows = [(getattr(cost, c.kind), c.what[0], _code(cost, c.what[1])) for c in checks]
        conditions = [c for group in self.groups for c in group]
        plan = cost.Plan(
            _starts(self.groups),
            _whole([self.columns.index(c) for c, _ in conditions]),
            _whole([bits for _, bits in conditions]),
            _whole(self.curves, 3),
            _starts(self.lists),
            _whole([g for groups in self.lists for g in groups]),
            _whole(self.models, 4),
            _whole(rows, 3),
            np.array([(*c.windows, (0.0, 0.0))[:2] for c in checks], float).reshape(-1, 4),
            np.array([c.scale for c in checks], float),
            np.array([c.parameter for c in checks], float),
            np.array([c.weighted for c in checks], bool),
            int(self.method != "spss"),
            {"spss": SPSS, "log": LOG, "plain": PLAIN}.get(self.method, LOG_LOG),
            treated,
            covariates,
        )
        return plan, tuple(c.asked for c in checks)

    def _weight_groups(self):
        """The group of the treated and the list of the covariates' indicators; -1 and 0 where no check is weighted."""
        if not any(c.weighted for c in self.checks):
            return -1, 0
        weights = declared_weights(self.registry)
        columns = [g for c in weights.covariates for _, g in self.indicators((), c, reference(self.registry, c))]
        return self.group(((weights.treatment, (weights.treated,)),)), _number(self.lists, tuple(columns))


def _number(rows, row):
    """The place of a row in a table, which takes it if it is new."""
    if row not in rows:
        rows.append(row)
    return rows.index(row)


def _code(module, word):
    return getattr(module, word) if isinstance(word, str) else word


def _whole(values, width=0):
    array = np.array(values, np.int64)
    return array.reshape(-1, width) if width else array


def _starts(rows):
    return np.cumsum([0, *(len(row) for row in rows)]).astype(np.int64)


def _z(target):
    """Normal quantile of the limits; SPSS's 1.96 is in the kernel."""
    return float(norm.ppf(0.5 + target.ci_level / 200))


def _scale(windows):
    """The distance in grid steps that weighs like one standard error: a tenth of the printed times."""
    middle = [x for window in windows for x in window if np.isfinite(x)]
    return 1 + 0.1 * float(np.mean(middle)) if middle else 1.0


def _clear(low, high):
    """A window without its very ends."""
    low, high = float(low), float(high)
    known = [abs(x) for x in (low, high) if np.isfinite(x)]
    edge = _INSIDE * (high - low if len(known) == 2 else max([1.0, *known]))
    return low + edge if np.isfinite(low) else low, high - edge if np.isfinite(high) else high
