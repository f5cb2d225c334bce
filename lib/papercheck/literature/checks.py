"""Can a row of the literature be true? Limits around estimates,
levels, counts against percentages, rows against rows.
"""

from fractions import Fraction
from math import ceil, isnan, sqrt

from smallsurv.information import events_of_interval
from smallsurv.meta.effects import interval_levels, log_ratios

from ..files.findings import Finding, did_you_mean
from ..registry.printed import STANDARD, read_printed, roundings_that_print

OUTCOMES = ("os", "pfs")  # hazard ratios of trials
MEDIANS = ("mpfs", "mos")  # medians of series
SHARES = {
    "trials": (("r_exp", "r_exp_n", "orr_exp_pct"), ("r_ctl", "r_ctl_n", "orr_ctl_pct")),
    "series": (("orr_n", "n", "orr_pct"), ("dcr_n", "n", "dcr_pct")),
}  # count, patients, percentage as printed
PARTS = {
    "trials": (("r_exp", "r_exp_n"), ("r_ctl", "r_ctl_n"), ("r_exp_n", "n_exp"), ("r_ctl_n", "n_ctl"), ("n_exp", "n"),
               ("n_ctl", "n"), ("os_ctl_events", "n_ctl"), ("pfs_ctl_events", "n_ctl")),
    "series": (("orr_n", "n"), ("dcr_n", "n"), ("orr_n", "dcr_n")),
}  # fmt: skip
WORDS = {
    "r_exp": "responders",
    "r_ctl": "responders",
    "orr_n": "responders",
    "dcr_n": "patients with disease control",
    "os_ctl_events": "deaths",
    "pfs_ctl_events": "PFS events",
    "r_exp_n": "patients of the responders",
    "r_ctl_n": "patients of the responders",
    "n_exp": "patients of the arm",
    "n_ctl": "patients of the arm",
    "n": "patients",
}
CONTROL = ("n_ctl", "r_ctl", "r_ctl_n", "os_ctl_events", "pfs_ctl_events")  # what rows with one control arm say of it
MEND = "Compare the row with its source."


def row_findings(table, file, row, text) -> list[Finding]:
    """What is wrong within one row. row : typed values; text : the same as printed."""
    found = []

    def fault(rule, action, column="", value="", severity="error"):
        found.append(Finding(file, rule, action, row["line"], column, row["study"], str(value), severity))

    pairs = [(f"{o}_hr", f"{o}_low", f"{o}_high", f"{o}_level") for o in OUTCOMES]
    pairs = pairs if table == "trials" else [(m, f"{m}_low", f"{m}_high", "level") for m in MEDIANS]
    for columns in pairs:
        _check_interval(row, text, columns, fault, needs_interval=table == "trials")
    for part, whole in PARTS[table]:
        if row[part] > row[whole]:
            rule = f"more {WORDS[part]} than {WORDS[whole]}"
            fault(rule, MEND, part, f"{text[part]} of {text[whole]}")
    for columns in SHARES[table]:
        _check_share(row, text, *columns, fault)
    if table == "trials":
        _check_trial(row, text, fault)
    return found


def _check_interval(row, text, columns, fault, needs_interval):
    """Limits in order, around the estimate, at a stated level. columns : of estimate, both limits, level."""
    estimate, low, high, level = columns
    known = [not isnan(row[name]) for name in (estimate, low, high)]
    if known[1] != known[2]:
        fault("one limit of the interval is missing", "Give both limits, or none.", low if known[2] else high)
    elif known[1] and row[low] >= row[high]:
        fault(
            "the limits of the interval are reversed", "The lower limit comes first.", low, f"{text[low]}, {text[high]}"
        )
    elif all(known) and not row[low] <= row[estimate] <= row[high]:
        fault("the estimate is outside its limits", MEND, estimate, f"{text[estimate]} ({text[low]}-{text[high]})")
    elif all(known) and needs_interval:
        _check_middle(text, estimate, low, high, fault)
    if known[1] and not known[0]:
        fault("an interval without its estimate", "Add the estimate.", estimate)
    if (known[1] or known[2]) and isnan(row[level]) and not text.get(level):
        fault("the level of the interval is not given", "Add it in percent, such as 95.", level)
    if needs_interval and known[0] and not known[1] and not known[2]:
        rule = "a row without interval: it is shown, and never pooled"
        fault(rule, "Add the limits and their level if a source gives them.", estimate, text[estimate], "warning")


def _check_middle(text, estimate, low, high, fault):
    """A ratio stands in the middle of its interval on the log scale, as far as the printed digits say."""
    windows = [read_printed(text[name]).window for name in (estimate, low, high)]
    (least, most), lows, highs = windows
    if sqrt(max(lows[1], 0) * highs[1]) < least or sqrt(max(lows[0], 0) * max(highs[0], 0)) > most:
        rule = "the estimate is not in the middle of its interval on the log scale"
        value = f"{text[estimate]} ({text[low]}-{text[high]})"
        fault(
            rule, "Right for an exact or bootstrap interval; else compare with the source.", estimate, value, "warning"
        )


def _check_share(row, text, count, n, percent, fault):
    """A count against the percentage printed beside it."""
    if not isnan(row[count]) and isnan(row[n]):
        fault("a count without the number of patients that it is of", "Add it.", n)
    if isnan(row[count]) or isnan(row[n]) or isnan(row[percent]) or row[count] > row[n]:
        return
    share = Fraction(100 * int(row[count]), int(row[n]))
    rules = roundings_that_print(share, text[percent])
    value = f"{text[percent]}% beside {text[count]} of {text[n]}"
    if not rules:
        fault("the count does not give the percentage", MEND, percent, value)
    elif not set(rules) & set(STANDARD):
        rule = "the count gives the percentage only with its digits cut off"
        fault(rule, "Nothing, if the source prints it so.", percent, value, "warning")


def _check_trial(row, text, fault):
    """Arms against the trial, and a printed P against the level of the interval."""
    if row["n_exp"] + row["n_ctl"] > row["n"]:
        fault(
            "the arms hold more patients than the trial", MEND, "n", f"{text['n_exp']} + {text['n_ctl']} of {text['n']}"
        )
    for outcome in OUTCOMES:
        _check_p(row, text, outcome, fault)
        _check_width(row, text, outcome, fault)
    if row["os_level_other"] == row["os_level"]:
        fault(
            "both readings of the level are the same", "Empty os_level_other.", "os_level_other", text["os_level_other"]
        )


def _check_p(row, text, outcome, fault):
    """A printed P against the level of the interval of the same ratio."""
    ratio, low, high, level, p, sides = (f"{outcome}_{x}" for x in ("hr", "low", "high", "level", "p", "p_sides"))
    if not isnan(row[p]) and not text[sides]:
        fault("a P without its sides", f"Write 1 or 2 in {sides}.", sides, text[p])
        return
    if any(isnan(row[name]) for name in (ratio, low, high, level, p)) or row[low] >= row[high] or row[ratio] == 1:
        return
    levels = _levels_that_fit(row, text, outcome)
    if row[level] not in levels:
        fits = f"It fits {' or '.join(f'{x:g}%' for x in levels)}." if levels else "No known level fits."
        rule = f"the printed P does not fit an interval of {text[level]}%"
        fault(rule, f"{fits} {MEND}", level, f"P {text[p]}, {text[sides]}-sided", "warning")


def _levels_that_fit(row, text, outcome) -> list[float]:
    """The levels at which the printed interval gives the printed P, as far as the printed digits say."""
    digits = read_printed(text[f"{outcome}_hr"]).decimals
    estimate, low, high = (row[f"{outcome}_{x}"] for x in ("hr", "low", "high"))
    read = interval_levels(estimate, low, high, sides=int(row[f"{outcome}_p_sides"]), digits=digits)
    low, high = read_printed(text[f"{outcome}_p"]).window
    if (
        text[f"{outcome}_p_sides"] == "1" and row[f"{outcome}_p"] > 0.5
    ):  # the test was for benefit, the estimate is of harm
        low, high = 1 - high, 1 - low
    fits = (read["p_low"] <= high) & (read["p_high"] >= low)
    return [100 * level for level in read.loc[fits, "level"]]


def _check_width(row, text, outcome, fault):
    """An interval that needs more events than the trial has patients, with the widest limits that print so."""
    low, high, level, n = (f"{outcome}_low", f"{outcome}_high", f"{outcome}_level", "n")
    if any(isnan(row[name]) for name in (low, high, level, n)) or not 0 < row[low] < row[high]:
        return
    least = read_printed(text[low]).window[0]
    if least > 0:
        needed = events_of_interval(least, read_printed(text[high]).window[1], row[level] / 100)
        if needed > row[n]:
            rule = (
                f"an interval of {text[level]}% that needs {ceil(needed)} events, and the trial has {text[n]} patients"
            )
            fault(rule, f"Another level, or another number of patients. {MEND}", level, f"{text[low]}-{text[high]}")


def table_findings(tables, files) -> list[Finding]:
    """What is wrong between rows: a study twice, a control arm shared without saying so, a trial that is not there."""
    found = []
    for table, keys in (("trials", ("study",)), ("series", ("study", "year", "subgroup"))):
        seen = {}
        for row in tables[table].to_dict("records"):
            key = tuple("" if row[k] != row[k] else str(row[k]).casefold() for k in keys)
            if key in seen:
                rule = f"the study stands twice: row {seen[key]} has it too"
                found.append(
                    Finding(files[table], rule, "Keep one of the two rows.", row["line"], "study", row["study"])
                )
            seen.setdefault(key, row["line"])
    known = list(tables["trials"]["study"])
    for row in tables["series"].to_dict("records"):
        if row["later_trial"] and row["later_trial"] not in known:
            found.append(
                Finding(
                    files["series"],
                    "no such study in trials.csv",
                    did_you_mean(row["later_trial"], known),
                    row["line"],
                    "later_trial",
                    row["study"],
                    row["later_trial"],
                )
            )
    return found + _shared_controls(tables["trials"], files["trials"])


def _shared_controls(trials, file) -> list[Finding]:
    """Rows of one trial must say whether they share a control arm."""
    found = []
    for nct, rows in trials[trials["nct"] != ""].groupby("nct", sort=False):
        if len(rows) > 1:
            for row in rows[rows["control_arm"] == ""].to_dict("records"):
                rule = f"{len(rows)} rows of {nct}, and this one does not name its control arm"
                action = "Write the same name in control_arm where rows share an arm, and another name where not."
                found.append(Finding(file, rule, action, row["line"], "control_arm", row["study"]))
    for _, rows in trials[trials["control_arm"] != ""].groupby("control_arm", sort=False):
        for column in CONTROL:
            found += _one_value(rows[rows[column].notna()], column, file)
        found += [f for outcome in OUTCOMES if len(rows) > 1 for f in _events_that_fit(rows, outcome, file)]
    return found


def _one_value(rows, column, file) -> list[Finding]:
    """Rows that share a control arm say the same of it."""
    first = rows.iloc[0] if len(rows) else None
    return [
        Finding(
            file,
            f"row {first['line']} gives {first[column]:g} for the same control arm",
            MEND,
            row["line"],
            column,
            row["study"],
            f"{row[column]:g}",
        )
        for row in rows.to_dict("records")
        if row[column] != first[column]
    ]


def _events_that_fit(rows, outcome, file) -> list[Finding]:
    """The variance of a log hazard ratio is more than 1 / events of its control arm."""
    column, low, high = f"{outcome}_ctl_events", rows[f"{outcome}_low"], rows[f"{outcome}_high"]
    events, level = rows[column].dropna(), rows[f"{outcome}_level"]
    usable = rows[(low < high) & level.notna()]
    if events.empty or usable.empty:
        return []
    given = {"estimate": f"{outcome}_hr", "ci_low": f"{outcome}_low", "ci_high": f"{outcome}_high"}
    read = usable[["study"]].assign(**{k: usable[v] for k, v in given.items()}, level=usable[f"{outcome}_level"] / 100)
    narrow = log_ratios(read)["se"].to_numpy() ** 2 <= 1 / events.iloc[0]
    rule = f"the interval is too narrow for {events.iloc[0]:g} events in the control arm"
    return [Finding(file, rule, MEND, r["line"], column, r["study"]) for r in usable[narrow].to_dict("records")]
