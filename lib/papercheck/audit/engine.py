"""The audit of a paper: can its printed numbers be true? It needs no patients, only the registry.

Every rule is one entry of CHECKS: name, title, function, source of the method.
"""

import json
from collections import Counter
from dataclasses import replace

from ..literature.cited import Cited, cited_by
from ..registry.registry import Registry, load_registry
from . import (
    areas,
    between_means,
    bounds,
    chains,
    claims,
    comparisons,
    counts,
    curves_of_parts,
    directions,
    effects,
    endpoints,
    event_rates,
    events,
    group_tests,
    integers,
    intervals,
    median_intervals,
    medians,
    nested,
    one_curve,
    parts,
    percentages,
    precision,
    prints,
    rank_tests,
    responses,
    risk_tables,
    share_intervals,
    statements,
    two_groups,
)
from . import literature as citations
from .finding import KINDS, AuditFinding, Check, Either, Message
from .paper import Paper

__all__ = [
    "CHECKS",
    "KINDS",
    "AuditFinding",
    "Check",
    "audit",
    "audit_frame",
    "audit_json",
    "audit_study",
    "counts_by_kind",
]

GRIM = "Brown and Heathers 2017 (GRIM)"
STATCHECK = "Nuijten 2016 (statcheck)"
SPSS = "Collett 2003: SE of a percentile; symmetric around it"
LIMITS = "Brookmeyer and Crowley 1982 (plain); Borgan and Liestøl 1990 (log-log)"
CHECKS = (
    Check("percentage", "A percentage against its count", percentages.percentages, GRIM),
    Check("percentages of the known", "Percentages that leave out the unknown", percentages.of_the_known),
    Check("rounding rule", "Which rule of rounding gives the percentages", percentages.percentage_rule),
    Check("sums to 100", "Percentages adjusted to sum to 100", percentages.forced_sums),
    Check("one count, two percentages", "One count as two percentages", percentages.two_percentages, GRIM),
    Check("classes", "Classes against their whole", counts.wholes),
    Check("unions", "A union of levels against its parts", counts.unions),
    Check("unions of unions", "A union of levels against unions that divide it", counts.joined_unions),
    Check("parts", "A part against what it is part of", counts.nested),
    Check("shares of parts", "Shares and adverse events of groups against all", parts.shares_of_parts),
    Check("disjoint groups", "Groups without a common level against all", parts.disjoint_groups),
    Check("unions of shares", "A share of several levels against the shares of each", parts.unions_of_shares),
    Check("unions of two shares", "A share of several levels against two shares that divide it", parts.joined_shares),
    Check("best response and PFS", "Progression as best response against events and rates of PFS", responses.progressions, "Eisenhauer 2009 (RECIST 1.1)"),
    Check("duration of response", "Duration of response against responders and the longest time", responses.durations_of_response),
    Check("lasting responses", "Responses and how long they last against PFS", responses.lasting_responses),
    Check("next treatment", "Time to next treatment against OS", responses.next_treatments),
    Check("depth of response", "Partial responses against the best change of the lesions", responses.depths_of_response, "Eisenhauer 2009 (RECIST 1.1)"),
    Check("grade 5 and deaths", "Adverse events of grade 5 against deaths", parts.deaths_of_grade_five),
    Check("events above subjects", "Adverse events of more subjects than there are", parts.more_events_than_subjects),
    Check("summaries of parts", "Means, medians, ranges and spreads of groups against all", parts.summaries_of_parts),
    Check("implications", "Counts against what the paper says of its patients", counts.implications),
    Check("subjects", "The number of subjects", counts.subjects),
    Check("overlapping groups", "A test between groups that overlap", counts.overlapping_groups),
    Check("several prints", "One quantity in several places", prints.several_prints),
    Check("several units", "One time in two units", prints.several_units),
    Check("P of zero", "P values printed as 0", prints.zero_p),
    Check("stated sum", "Stated numbers and their sum", prints.stated_sums),
    Check("range of a statistic", "Values that a statistic cannot take", prints.out_of_range),
    Check("mean", "Means of whole numbers", integers.whole_means, GRIM),
    Check("standard deviation", "Standard deviations of whole numbers", integers.whole_spreads, "Anaya 2016 (GRIMMER)"),
    Check("median", "Medians of whole numbers", integers.whole_medians),
    Check("order", "Limits, quartiles, median, mean and spread in order", integers.order),
    Check("moments and limits", "Means and spreads against quartiles, medians and limits", rank_tests.moments_of_limits, "Bhatia and Davis 2000"),
    Check("quartiles and classes", "Quartiles against classes of the same number", rank_tests.quartiles_of_classes),
    Check("classes of a number", "A number against its own classes", integers.classes),
    Check("eligibility", "Subjects against the limits of eligibility", integers.eligibility),
    Check("estimate and interval", "An estimate inside its interval", intervals.outside_interval),
    Check("Wald", "Ratio, interval and P of one Wald test", intervals.wald, STATCHECK),
    Check("log-rank and Cox", "A log-rank P against the hazard ratio", intervals.log_rank_and_cox, STATCHECK),
    Check("A against B", "A against B and B against A", comparisons.reciprocal),
    Check("three comparisons", "A against B and B against C, against A against C", chains.chains, "Cox 1972"),
    Check("events and interval", "Intervals narrower than the events allow", precision.narrow_ratio, "Schoenfeld 1983"),
    Check("allocation and interval", "Intervals narrower than the events of both groups allow", precision.narrow_for_allocation, "Cox 1972, its score equation"),
    Check("ratio without events", "Hazard ratios of a group without an event", precision.ratios_without_events, "Cox 1972"),
    Check("wide interval", "Intervals wider than the events make them", precision.wide_ratio),
    Check("precise subgroup", "Intervals of subgroups narrower than that of all", precision.precise_subgroups),
    Check("ratio and medians", "Hazard ratios against medians", comparisons.ratio_and_medians),
    Check("ratio and rates", "Hazard ratios against survival at a time", comparisons.ratio_and_rates),
    Check("opposite sides", "Hazard ratios against differences, restricted means and events of both groups", directions.opposite_sides),
    Check("curves apart", "A log-rank P against medians and survival of both groups", directions.curves_apart, "Mantel 1966"),
    Check("ratio and counts", "Odds ratios against their counts", comparisons.odds_of_table, "Woolf 1955; Fisher 1935"),
    Check("subjects and interval", "Survival closer than n allows", precision.narrow_survival, "Greenwood 1926"),
    Check("wide survival", "Survival wider than the subjects observed allow", one_curve.wide_survival, "Greenwood 1926"),
    Check("curve without events", "Curves that fall without an event", one_curve.curves_without_events, "Kaplan and Meier 1958"),
    Check("events of a curve", "Events beside a curve against those printed elsewhere", one_curve.events_of_curves),
    Check("events at the end", "Events against the end of the curve", one_curve.events_at_the_end, "Kaplan and Meier 1958"),
    Check("few events", "Survival against events and follow-up", one_curve.few_events, "Satten and Datta 2001"),
    Check("beyond the end", "Survival after the longest time", one_curve.beyond_the_end, "Kaplan and Meier 1958"),
    Check("numbers at risk", "Numbers at risk against the curve", one_curve.numbers_at_risk, "Kaplan and Meier 1958"),
    Check("at risk of parts", "Numbers at risk of groups against all", risk_tables.at_risk_of_parts),
    Check("at risk for PFS and OS", "Numbers at risk for PFS against those for OS", risk_tables.progression_free_at_risk),
    Check("at risk after the end", "Numbers at risk after the longest time", risk_tables.at_risk_after_the_end),
    Check("lower limit not reached", "Lower limits that are called not reached", one_curve.lower_limits_not_reached, LIMITS),
    Check("events of subjects", "Events against subjects, parts and wholes", endpoints.events_of_subjects),
    Check("events of parts", "Events of groups against the events of all", endpoints.events_of_parts),
    Check("deaths", "Deaths against events of PFS", endpoints.deaths_and_progressions, "FDA 2018"),
    Check("PFS and OS at a time", "PFS against OS at a time", endpoints.progression_free_and_alive),
    Check("PFS and OS medians", "Median PFS against median OS", endpoints.median_progression_and_death),
    Check("PFS and OS at two times", "PFS against OS at an earlier time", endpoints.progression_free_later_than_alive),
    Check("PFS and OS restricted means", "Restricted mean PFS against that of OS", endpoints.restricted_means_of_both),
    Check("not reached", "Medians that are called not reached", endpoints.reached, "Kaplan and Meier 1958"),
    Check("limit not reached", "Upper limits that are called not reached", endpoints.upper_limit_reached, LIMITS),
    Check("longest of endpoints", "Follow-up and PFS against the longest time", endpoints.longest_times_of_endpoints),
    Check("negative limit", "Limits that no time, ratio or share has", endpoints.negative_times),
    Check("larger part", "A share against that of its whole", nested.larger_parts),
    Check("larger grade", "Some grades against all grades", nested.larger_grades),
    Check("class definitions", "Classes that overlap or leave a gap", nested.overlapping_classes),
    Check("middle of an interval", "A median in the middle of its interval", medians.asymmetric_interval, SPSS),
    Check("kind of interval", "Intervals that the stated software does not print", medians.kind_of_interval, SPSS),
    Check("uneven survival", "Both limits of survival by one kind of interval", median_intervals.uneven_survival, "Borgan and Liestøl 1990"),
    Check("limits and survival", "Limits of a median against intervals of survival", median_intervals.limits_and_survival, "Brookmeyer and Crowley 1982"),
    Check("limits and subjects", "Limits of a median against the number of subjects", median_intervals.limits_and_subjects, "Brookmeyer and Crowley 1982"),
    Check("limit of 0", "Lower limits cut at 0", medians.limit_cut_at_zero, SPSS),
    Check("medians of parts", "Medians of parts against the whole", curves_of_parts.medians_of_parts, "Kaplan and Meier 1958"),
    Check("rates of parts", "Survival of parts against the whole", curves_of_parts.rates_of_parts, "Kaplan and Meier 1958"),
    Check("follow-up of parts", "Follow-up of parts against the whole", curves_of_parts.follow_up_of_parts, "Kaplan and Meier 1958"),
    Check("intervals without censoring", "Intervals where nobody is censored", medians.uncensored_intervals, SPSS),
    Check("longest time", "Medians against the longest time", medians.longest_times),
    Check("survival at a time", "Survival at a time against the median", medians.survival_at_times),
    Check("classes of a time", "A median time against its own classes", medians.classes_of_time, "Kaplan and Meier 1958"),
    Check("tests of counts", "P values between groups, from their counts", group_tests.tests_of_counts, "Pearson 1900; Fisher 1935; Yates 1934"),
    Check("tests of means", "P values between groups, from means and sizes", group_tests.tests_of_means, "Student 1908; Welch 1947; Fisher 1925"),
    Check("tests of limits", "P values between groups, from medians, quartiles and limits", rank_tests.tests_of_limits, "Mann and Whitney 1947; Bhatia and Davis 2000"),
    Check("baseline P values", "Baseline P values taken together", group_tests.alike_baselines, "Carlisle 2017"),
    Check("interval of a share", "Intervals of percentages", share_intervals.share_intervals, "Clopper and Pearson 1934; Wilson 1927"),
    Check("intervals of two shares", "Intervals of odds ratios, risk ratios and differences, from their counts", two_groups.intervals_of_counts, "Woolf 1955; Newcombe 1998; Fisher 1935"),
    Check("P of two shares", "P values of ratios and differences, from their counts", two_groups.p_of_counts, "Pearson 1900; Fisher 1935"),
    Check("P and interval", "P values of differences and areas against their intervals", two_groups.p_of_interval, STATCHECK),
    Check("areas", "Areas under a curve against a half, their limits and subjects", areas.areas, "Hanley and McNeil 1982"),
    Check("middle of a difference", "A difference in the middle of its interval", between_means.middle_of_difference),
    Check("interval of means", "Intervals of differences of means, from spreads and sizes", between_means.intervals_of_means, "Student 1908; Welch 1947"),
    Check("standardized differences", "Standardized differences against means, spreads and counts", between_means.standardized_differences),
    Check("P of a mean difference", "P values of differences of means, from spreads and sizes", between_means.p_of_mean_differences, "Student 1908; Welch 1947"),
    Check("narrow difference", "Differences of survival closer than n allows", between_means.narrow_differences, "Greenwood 1926"),
    Check("interval of a rate", "Intervals of rates, from their events", event_rates.intervals_of_rates, "Garwood 1936"),
    Check("differences", "Differences and risk ratios against their groups", effects.differences),
    Check("restricted means", "Restricted means against time, survival and median", effects.restricted_means, "Royston and Parmar 2013"),
    Check("number needed to treat", "A number needed to treat against its difference", effects.numbers_needed, "Altman 1998"),
    Check("person-time", "Person-time and events of a rate against follow-up and events", event_rates.exposures),
    Check("rates", "Rates against their events and person-time", effects.rates_of_exposure),
    Check("rest of a group", "Counts of all and of one part against the rest", bounds.rests),
    Check("survival of the rest", "Survival of all and of one part against the rest", bounds.survival_of_rests),
    Check("P of all groups", "A P over three and more groups against two of them", bounds.log_rank_of_groups, "Cox 1972"),
    Check("person-time at risk", "Person-time against the numbers at risk", bounds.least_person_times),
    Check("mean and classes", "A mean and its spread against classes of the same number", bounds.means_beside_classes, "Cantelli 1928"),
    Check("P of a ratio alone", "A P beside a ratio without interval, from the subjects", bounds.p_of_ratios_alone, "Woolf 1955; Schoenfeld 1983"),
    Check("subgroups and whole", "Hazard ratios of subgroups against that of all", effects.subgroups_and_whole, "Simpson 1951"),
    Check("interaction", "Interaction P against its subgroups", effects.interactions, "Altman and Bland 2003"),
    Check("captions", "Captions against the numbers of their figure", statements.captions),
    Check("definitions", "One endpoint or class in several words", statements.definitions),
    Check("claims", "Claims in words against the P values, medians and counts printed", claims.claims),
    Check("numbered lists", "Lists numbered twice or with a gap", statements.enumerations),
    Check("accrual", "Times against the length of the study", statements.follow_up_and_accrual),
    Check("stage and metastasis", "Stage against distant metastasis", statements.stage_and_metastasis, "AJCC 8th edition 2017"),
    Check("sites and metastasis", "Metastases of an organ against distant metastasis and stage IV", statements.sites_and_metastasis, "AJCC 8th edition 2017"),
    Check("sites and subjects", "Sites against the subjects who have them", statements.sites_of_subjects),
    Check("exclusions", "Exclusions by what happened later", statements.exclusions),
    Check("bounds of a spread", "A spread against mean and limits", statements.spread_of_bounds, "Bhatia and Davis 2000; Heathers and Brown 2019 (DEBIT)"),
    Check("any event", "Patients with any event against the rows", events.any_event),
    Check("grades", "All grades against the columns by grade", events.grades_of_a_term),
    Check("without a grade", "Events of some grades printed without a grade", events.without_grade),
    Check("named events", "Events that a sentence names", events.named_events),
    Check("cited percentage", "A cited study's percentage against its size", citations.cited_percentages, GRIM),
    Check("cited number", "A cited number against the study itself", citations.cited_elsewhere),
    Check("sentence about a table", "A sentence about a table against its rows", citations.sentences_about_tables),
)  # fmt: skip


def audit(registry: Registry, cited: Cited | None = None) -> list[AuditFinding]:
    """Every finding, in the order of KINDS, then of the registry's lines, then of CHECKS.

    registry : of load_registry. cited : of cited_by, or None to leave cited studies out. A finding says what the
        printed numbers prove, not why. The same input gives the same list.
    """
    paper = Paper(registry, cited)
    found = [_of_others(replace(f, check=check.name), registry) for check in CHECKS for f in check.find(paper)]
    order, rank = list(KINDS), {check.name: i for i, check in enumerate(CHECKS)}
    return sorted(found, key=lambda f: (order.index(f.kind), f.line, rank[f.check]))


# Checks that take a percentage for a count of all subjects, or of all in a group, and whether they do so even where
# all that is compared are percentages.
OF_TABLES = (
    "tests of counts",
    "P of two shares",
    "intervals of two shares",
    "ratio and counts",
    "differences",
    "best response and PFS",
    "duration of response",
)
COUNTED = dict.fromkeys(OF_TABLES, True) | dict.fromkeys(
    (
        "larger part",
        "larger grade",
        "unions of shares",
        "unions of two shares",
        "shares of parts",
        "disjoint groups",
        "any event",
        "implications",
        "parts",
        "classes",
        "unions",
    ),
    False,
)


def _of_others(finding, registry) -> AuditFinding:
    """A contradiction as a convention where it holds if a percentage without a count is of fewer subjects."""
    if finding.kind != "contradiction" or finding.check not in COUNTED:
        return finding
    entries = {e.id: e for e in registry.entries}
    alone = [
        cell
        for cell in finding.cells
        if cell[1] == "percent"
        and (entry := entries[cell[0]]).statistic == "count"
        and not entry.printed("count")
        and not entry.get("denominator")
    ]
    if not alone or not (COUNTED[finding.check] or any(part == "count" for _, part, _ in finding.cells)):
        return finding
    shown = Either([f"{text}%" for _, _, text in alone])
    wording = Message(
        "{wording}. It holds only if {shown} is of other subjects than all of them",
        wording=finding.wording,
        shown=shown,
    )
    return replace(finding, kind="convention", wording=wording)


def audit_study(study) -> tuple[Registry, list[AuditFinding]]:
    """The registry of a study (its name, or a .yml file) and its findings, cited studies included.

    Raises CohortError with every fault of the registry, or of the cited studies.
    """
    registry = load_registry(study)
    return registry, audit(registry, cited_by(registry))


def counts_by_kind(findings) -> dict[str, int]:
    """How many findings of each kind, in the order of KINDS, zeros included."""
    found = Counter(f.kind for f in findings)
    return {kind: found[kind] for kind in KINDS}


COLUMNS = ["kind", "check", "ids", "parts", "printed", "at", "wording", "evidence", "admissible", "source", "line"]


def audit_frame(findings):
    """One row a finding, as a DataFrame: kind, check, ids, parts, printed, at, wording, evidence, admissible, source,
    line.

    Lists stand in one cell, divided by '; '.
    """
    import pandas as pd

    sources = {check.name: check.source for check in CHECKS}
    rows = [
        (
            f.kind,
            f.check,
            "; ".join(f.ids),
            "; ".join(dict.fromkeys(c[1] for c in f.cells)),
            "; ".join(dict.fromkeys(c[2] for c in f.cells)),
            "; ".join(f.places),
            f.wording,
            f.evidence,
            "; ".join(f.admissible),
            sources.get(f.check, ""),
            f.line,
        )
        for f in findings
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def audit_json(findings) -> str:
    """The findings as a JSON list; the same findings give the same text."""
    records = [
        {
            "kind": f.kind,
            "check": f.check,
            "wording": f.wording,
            "evidence": f.evidence,
            "admissible": f.admissible,
            "cells": [dict(zip(("id", "part", "printed"), cell, strict=True)) for cell in f.cells],
            "places": f.places,
            "line": f.line,
            **({} if f.probability is None else {"probability": f.probability}),
        }
        for f in findings
    ]
    return json.dumps(records, ensure_ascii=False, indent=2)
