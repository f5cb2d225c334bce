"""Where the studies come from and where they go: the PRISMA flow, the counts of the pools, what is left blank."""

from papercheck.literature.flow import pool_flow, review_flow
from papercheck.literature.frames import NO_INTERVAL, NO_RATIO, NO_RECHALLENGE, named_series, whole_series

from ..results import results
from ..show.display import Figure, Note, Table
from ..show.style import FAINT, INK, SIZE, house_style, new_figure, wrap
from ..text.language import say
from ..text.words import capital, listed
from .literature import kept

LINE, PAD, GAP = 0.165, 0.08, 0.24  # inches: a line of text, the space in a box, between two steps
LEFT, SIDE, WIDE, NARROW, STAGE = (
    0.52,
    4.05,
    2.95,
    2.85,
    0.3,
)  # inches: left edges of the columns, widths of boxes and bar
CHARACTERS = 50  # of a line in a box
SELECTION = (
    "Blank: not printed. The tables here are a selection with sources, not a systematic search. Here, a study with "
    "several comparisons or arms counts once."
)
NOT_DRAWN = (
    "Of the review's flow of studies: {each}; {blank}. Entered in published.yml, they give the diagram of PRISMA 2020."
)
HARD = "\u00a0"  # a space at which no line is broken


@kept
def prisma_figure(evidence) -> Figure | Note:
    """The review's flow of studies in the boxes of PRISMA 2020; a count that it does not print stays blank.

    A sentence in its place where it prints less than half of the counts.
    """
    flow = review_flow(evidence)
    known = flow[flow["count"] != ""]
    each = listed(f"{say(r['label'])} {r['count']}" for _, r in known.iterrows()) or say("No count")
    blank = (
        say("{n} of {m} counts are not printed", n=len(flow) - len(known), m=len(flow))
        if len(known) < len(flow)
        else say("every count is printed")
    )
    if 2 * len(known) < len(flow):
        return Note(id="literature.prisma", text=say(NOT_DRAWN, each=each, blank=blank))
    with house_style():
        figure = _draw(flow)
    counts = known.assign(count=known["count"].str.replace(",", "").astype(float), level=known["id"])
    place = {"item": "synthesis flow", "by": "review", "method": "as printed"}
    return Figure(
        id="literature.prisma",
        title=say("Flow of studies through the review, as PRISMA 2020 draws it"),
        figure=figure,
        name="synthesis_prisma",
        whole=True,
        alt=say("Flow diagram of PRISMA 2020. {each}; {blank}.", each=each, blank=blank),
        notes=[
            say(
                "Counts as the review prints them; {blank}, and stand blank. Entered in published.yml, they fill in.",
                blank=blank,
            )
        ],
        results=results(counts, "literature.flow", {"count": "studies"}, **place),
    )


def _boxes(flow):
    """{step: {place: lines of text}}, from the top."""
    steps = {}
    for (step, place), rows in flow.groupby(["step", "place"], sort=False):
        title = rows["title"].iloc[0]
        lines = [f"{say(title)}:"] if title else []
        for _, r in rows.iterrows():
            count = f"(n{HARD}={HARD}{r['count'] or 4 * HARD})"
            lines += wrap(f"{2 * HARD * bool(title)}{say(r['label'])} {count}", CHARACTERS, 3).split("\n")
        steps.setdefault(step, {})[place] = lines
    return steps


def _draw(flow):
    """Boxes from the top with arrows between them, a bar for
    each stage at the left; inches from the top left corner.
    """
    steps = _boxes(flow)
    tall = {step: LINE * max(map(len, boxes.values())) + 2 * PAD for step, boxes in steps.items()}
    height = sum(tall.values()) + GAP * (len(tall) - 1) + 0.04
    figure, axes = new_figure(height, layout="none")
    axes.set_position([0, 0, 1, 1])
    axes.set(xlim=(0, figure.get_figwidth()), ylim=(height - 0.02, -0.02))
    axes.axis("off")
    top, edges, middle = 0.0, {}, LEFT + WIDE / 2
    for step, boxes in steps.items():
        bottom = top + tall[step]
        if top:
            _arrow(axes, (middle, top - GAP), (middle, top))
        _box(axes, LEFT, top, WIDE, tall[step], boxes["box"])
        if "side" in boxes:
            _arrow(axes, (LEFT + WIDE, (top + bottom) / 2), (SIDE, (top + bottom) / 2))
            _box(axes, SIDE, top, NARROW, tall[step], boxes["side"])
        stage = flow.loc[flow["step"] == step, "stage"].iloc[0]
        edges[stage] = edges.get(stage, (top,))[0], bottom
        top = bottom + GAP
    for stage, (first, last) in edges.items():
        _bar(axes, say(stage), first, last)
    return figure


def _box(axes, left, top, width, height, lines):
    axes.add_patch(_rectangle(left, top, width, height, facecolor="white", edgecolor=INK))
    axes.text(
        left + 0.1, top + height / 2, "\n".join(lines), va="center", ha="left", fontsize=SIZE - 1, linespacing=1.35
    )


def _bar(axes, stage, top, bottom):
    axes.add_patch(_rectangle(0.02, top, STAGE, bottom - top, facecolor="#DCE8F2", edgecolor=FAINT))
    axes.text(
        0.02 + STAGE / 2,
        (top + bottom) / 2,
        stage,
        rotation=90,
        va="center",
        ha="center",
        fontsize=SIZE - 2,
        fontweight="bold",
    )


def _rectangle(left, top, width, height, **look):
    from matplotlib.patches import Rectangle

    return Rectangle((left, top), width, height, lw=0.9, **look)


def _arrow(axes, start, end):
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 0.9, "shrinkA": 0, "shrinkB": 0})


@kept
def flow_table(evidence) -> Table:
    """The studies of the review beside those of the tables here, and how many enter each pool; blank: not printed."""
    flow = review_flow(evidence)
    printed = dict(zip(flow["id"], flow["count"], strict=True)) | _pooled_trials(evidence)
    here = pool_flow(evidence)
    place = {"item": "synthesis flow", "by": "here", "method": "count of rows"}
    return Table(
        id="literature.flow",
        title=say("From the review's studies to the pools here"),
        columns=["", say("Review"), say("Here")],
        rows=[[say(r["label"]), printed.get(r["id"], ""), str(r["count"])] for _, r in here.iterrows()],
        indent=list(here["level"]),
        notes=[say(SELECTION)],
        results=results(here.assign(level=here["id"]), "literature.flow", {"count": "studies"}, **place),
    )


def _pooled_trials(evidence) -> dict[str, str]:
    """{id of a pool: trials in it, as the review prints them}."""
    entries = evidence.registry.of("pooled") if evidence.registry else ()
    whole = [e for e in entries if not e.get("subset") and e.printed("trials")]
    return {f"pooled_{str(e.get('outcome')).lower()}": e.printed("trials")[0].shown for e in whole}


@kept
def blank_note(evidence) -> Note:
    """What is not sourced and was left blank."""
    trials = evidence.trials
    rows = trials[trials["rechallenge"] == "yes"]
    said = []
    for outcome, name in (("os", "OS"), ("pfs", "PFS")):
        none, bare = rows[f"{outcome}_hr"].isna(), rows[f"{outcome}_hr"].notna() & rows[f"{outcome}_low"].isna()
        for lacking, reason in ((none, NO_RATIO), (bare, NO_INTERVAL)):
            if lacking.any():
                studies = listed(rows.loc[lacking, "study"])
                said.append(
                    say("{endpoint}: {reason} for {studies}", endpoint=name, reason=say(reason), studies=studies)
                )
    out = trials.loc[trials["rechallenge"] != "yes", "study"]
    said += [say("{what}: {found}", what=say(NO_RECHALLENGE), found=listed(out))] if len(out) else []
    whole = whole_series(evidence)
    named, kinds = named_series(evidence), ["orr_n", "mpfs", "mos"]
    known = set(named.loc[named[kinds].notna().any(axis=1), "trial"])  # of a study by the parts of it too
    bare = whole[whole[kinds].isna().all(axis=1) & ~whole["trial"].isin(known)]["study"]
    said += [say("no result sourced for {studies}", studies=listed(bare))] if len(bare) else []
    if not said:
        return Note(id="literature.blank", text=say("Every row has its result."))
    each = capital(say("; ").join(said))
    text = say("Not sourced, and left blank. {each}. The column note of a row says why.", each=each)
    return Note(id="literature.blank", text=text)
