"""Tables of results in the layouts of the field, with their truth."""

from .paper import Cell, Table, fact
from .words import EVENTS, FACTORS, Study

BLOCKS = (
    ("Sex", ("Male", "Female")), ("ECOG PS", ("0", "1", "2")), ("Histology", ("Adenocarcinoma", "Squamous", "Other")),
    ("PD-L1 TPS", ("<1%", "1–49%", "≥50%", "Unknown")), ("Smoking history", ("Never", "Former or current")),
    ("Stage", ("IIIB", "IVA", "IVB")), ("Prior lines", ("1", "2", "≥3")), ("Number of metastatic sites", ("≤2", ">2")),
)  # fmt: skip
ZH_BLOCKS = (
    ("性别", ("男", "女")), ("ECOG评分", ("0分", "1分", "2分")), ("病理类型", ("腺癌", "鳞癌", "其他")), ("吸烟史", ("有", "无")),
)  # fmt: skip
DASHES = ("–", "-", "0", "—", "0 (0)")


def _split(rng, n, parts):
    cuts = sorted(rng.randint(0, n) for _ in range(parts - 1))
    return [b - a for a, b in zip([0, *cuts], [*cuts, n], strict=True)]


def _groups(s: Study):
    """The columns of patients: each group with its size; a single group is all."""
    return list(zip(s.arms, s.sizes, strict=True)) if s.arms else [("all", s.n)]


def _sized(s, group, n):
    word = "例" if s.style.chinese else None
    name = (
        ("全部患者" if s.style.chinese else s.pick("All patients", "Patients", "Total", "Value"))
        if group == "all"
        else group[:1].upper() + group[1:]
    )
    return Cell(f"{name}（{n}{word}）" if word else s.pick(f"{name} (n = {n})", f"{name} (N={n})", f"{name}, n = {n}"),
                (fact("count", "patients included", group, str(n)),))  # fmt: skip


def baseline(s: Study, form: str) -> Table:
    """Characteristics: `joined` n (%), `apart` n and % in columns of their
    own, `levels` beside their factor, `slash` k/n (%), `percent` first.
    """
    rng, groups = s.rng, _groups(s)
    blocks = list(ZH_BLOCKS if s.style.chinese else rng.sample(BLOCKS, 6))
    tested = bool(s.arms)
    first = Cell(
        "项目" if s.style.chinese else s.pick("Characteristic", "Variable", ""), rows=2 if form == "apart" else 1
    )
    label = 2 if form == "levels" else 1
    head = [[first] + ([Cell(s.pick("Level", "Category", ""))] if label == 2 else [])]
    for g, n in groups:
        sized = _sized(s, g, n)
        head[0].append(Cell(sized.text, sized.facts, columns=2 if form == "apart" else 1))
    if tested:
        head[0].append(
            Cell(s.pick("P", "P value", "p-value") if not s.style.chinese else "P值", rows=2 if form == "apart" else 1)
        )
    if form == "apart":
        head.append([Cell(t) for _ in groups for t in (s.pick("n", "No."), "%")])
    body = [_age(s, groups, tested, form, label)]
    for name, levels in blocks:
        body += _block(s, name, levels, groups, tested, form, label)
    return Table(
        (
            "患者一般资料"
            if s.style.chinese
            else s.pick("Baseline characteristics", "Patient characteristics at rechallenge")
        ),
        head,
        body,
    )


def _age(s, groups, tested, form, label):
    kind = s.pick("mean", "range", "iqr")
    row = []
    for g, _ in groups:
        v, sd = s.rng.uniform(58, 70), s.rng.uniform(5, 10)
        low, high = str(int(v - 14)), str(int(v + 12))
        if kind == "mean":
            a, b = s.style.n(v, 1), s.style.n(sd, 1)
            cell = Cell(f"{a} ± {b}", (fact("mean", "Age", g, a), fact("sd", "Age", g, b)))
        else:
            cell = Cell(
                f"{int(v)} ({low}–{high})", (fact("median", "Age", g, str(int(v))), fact(kind, "Age", g, "", low, high))
            )
        cell.columns = 2 if form == "apart" else 1
        row.append(cell)
    if tested:
        value = s.style.of(s.rng.uniform(0.05, 0.95))
        row.append(Cell(value, (fact("p", "Age", "between groups", value),)))
    words = {"mean": "Age, mean ± SD, years", "range": "Age, years, median (range)", "iqr": "Age, years, median (IQR)"}[
        kind
    ]
    if s.style.chinese:
        words = {
            "mean": "年龄（岁，x±s）",
            "range": "年龄（岁），中位数（范围）",
            "iqr": "年龄（岁），中位数（四分位数）",
        }[kind]
    return 0, [Cell(words, columns=label), *row]


def _block(s, name, levels, groups, tested, form, label):
    shares = {g: _split(s.rng, n, len(levels)) for g, n in groups}
    value = s.style.of(s.rng.uniform(0.05, 0.95)) if tested else ""
    tail = [Cell(value, (fact("p", name, "between groups", value),))] if tested else []
    unit = "例（%）" if s.style.chinese else s.pick("", ", n (%)", ", No. (%)") if form == "joined" else ""
    wide = 2 if form == "apart" else 1
    rows = []
    if form != "levels":
        blanks = [Cell("", columns=wide) for _ in groups]
        rows.append((0, [Cell(name + unit), *blanks, *tail]))
    for j, level in enumerate(levels):
        cells = [c for g, n in groups for c in _share_cells(s, f"{name}: {level}", g, shares[g][j], n, form)]
        if form == "levels":
            lead = [Cell(name, rows=len(levels))] if j == 0 else []
            end = [Cell(value, tail[0].facts, rows=len(levels))] if tested and j == 0 else []
            rows.append((0, [*lead, Cell(level), *cells, *end]))
        else:
            rows.append((1, [Cell(level), *cells, *([Cell("")] if tested else [])]))
    return rows


def _share_cells(s, what, group, k, n, form, prefix=""):
    x = s.style.percent(k, n)
    count, percent = fact(f"{prefix}count", what, group, str(k)), fact(f"{prefix}percent", what, group, x)
    if form == "apart":
        return [Cell(str(k), (count,)), Cell(x, (percent,))]
    shown = {"slash": f"{k}/{n} ({x})", "percent": f"{x}% ({k})", "signed": f"{k} ({x}%)"}.get(form, f"{k} ({x})")
    if form == "percent":
        shown = f"{x}% ({k}/{n})"
    return [Cell(shown, (count, percent))]


def efficacy(s: Study, turned: bool) -> Table:
    """Outcomes of two arms: outcomes in rows with HR and P, or (turned) the arms in rows."""
    if turned:
        return _turned(s)
    both = f"{s.arms[0]} vs {s.arms[1]}"
    head = [
        [
            Cell(s.pick("Outcome", "Endpoint")),
            *(Cell(g[:1].upper() + g[1:]) for g in s.arms),
            Cell(f"HR ({s.style.level}% CI)"),
            Cell("P"),
        ]
    ]
    body = []
    for what in ("ORR", "DCR"):
        cells = [
            _share_cells(s, what, g, s.count(what, g, n, 0.1, 0.6), n, "joined")[0]
            for g, n in zip(s.arms, s.sizes, strict=True)
        ]
        value = s.style.of(s.known.setdefault(("p", what, both), 0.21))
        body.append((0, [Cell(f"{what}, n (%)"), *cells, Cell(""), Cell(value, (fact("p", what, both, value),))]))
    for name in ("PFS", "OS"):
        cells = [_median_cell(s, name, g) for g in s.arms]
        value = s.style.of(s.known.setdefault(("p", name, both), 0.034))
        body.append(
            (
                0,
                [
                    Cell(f"Median {name}, months ({s.style.level}% CI)"),
                    *cells,
                    _ratio_cell(s, name, both),
                    Cell(value, (fact("p", name, both, value),)),
                ],
            )
        )
    return Table(s.pick("Efficacy outcomes", "Response and survival"), head, body)


def _median_cell(s, name, group):
    v, lo, hi = s.median(name, group)
    return Cell(f"{v} ({lo}–{hi})", (fact("median_survival", name, group, v, lo, hi),))


def _ratio_cell(s, name, group):
    s.ratio(name, group)
    v, lo, hi = s.known[("hr", name, group)]
    return Cell(f"{v} ({lo}–{hi})", (fact("hazard_ratio", name, group, v, lo, hi),))


def _turned(s):
    """Groups in rows: n, ORR, median PFS and OS in columns."""
    ci = f"({s.style.level}% CI)"
    head = [
        [
            Cell("Group"),
            Cell("n"),
            Cell("ORR, n (%)"),
            Cell(f"Median PFS, months {ci}"),
            Cell(f"Median OS, months {ci}"),
        ]
    ]
    body = []
    for g, n in _groups(s) if s.arms else [(f, s.n // 2) for f in s.rng.choice(FACTORS)]:
        share = _share_cells(s, "ORR", g, s.count("ORR", g, n, 0.1, 0.5), n, "joined")[0]
        cells = [
            Cell(str(n), (fact("count", "patients included", g, str(n)),)),
            share,
            _median_cell(s, "PFS", g),
            _median_cell(s, "OS", g),
        ]
        body.append((0, [Cell(g), *cells]))
    return Table("Efficacy by group", head, body)


def cox(s: Study, form: str) -> Table:
    """Models of PFS: `joined` HR (CI), `apart` HR and CI in columns,
    `levels` with reference rows; `spss` adds B, SE, Wald.
    """
    split = form in ("apart", "spss")
    extra = ["B", "SE", "Wald"] if form == "spss" else []
    ci = f"{s.style.level}% CI"
    models = ("univariable",) if form == "spss" else ("univariable", "multivariable")
    titles = (
        s.pick(("Univariable", "Multivariable"), ("Univariate analysis", "Multivariate analysis"))
        if 0
        else ("Univariable analysis", "Multivariable analysis")
    )
    inner = [*extra, "HR", ci, "P"] if split else [f"HR ({ci})", s.pick("P", "P value")]
    head = [
        [Cell("Factor", rows=2), *(Cell(t, columns=len(inner)) for t, _ in zip(titles, models, strict=False))],
        [Cell(t) for _ in models for t in inner],
    ]
    if form == "spss":
        head = [[Cell("Factor"), *(Cell(t) for t in inner)]]
    body = []
    for a, b in s.rng.sample(FACTORS, 4):
        a, b = (x.removeprefix("an ").removeprefix("a ") for x in (a, b))
        label = f"{a} vs {b}"
        if form == "levels":
            name = f"Factor {a.split()[0]}"
            body.append((0, [Cell(name), *(Cell("") for _ in inner * 2)]))
            body.append(
                (1, [Cell(b), *(Cell(t) for _ in models for t in (s.pick("1 (reference)", "Reference", "Ref."), ""))])
            )
            label = a
        cells = []
        for m in models:
            skip = m == "multivariable" and s.rng.random() < 0.4
            cells += (
                [Cell("–") if not split else Cell("") for _ in inner]
                if skip
                else _model_cells(s, f"{label}, {m}", split, extra)
            )
        body.append((1 if form == "levels" else 0, [Cell(label), *cells]))
    return Table(
        s.pick("Cox regression of PFS", "Univariable and multivariable analyses of progression-free survival"),
        head,
        body,
    )


def _model_cells(s, group, split, extra):
    s.ratio("PFS", group)
    v, lo, hi = s.known[("hr", "PFS", group)]
    value = s.style.of(s.rng.choice((0.0004, 0.012, 0.034, 0.21, 0.48)))
    hr, p = fact("hazard_ratio", "PFS", group, v, lo, hi), Cell(value, (fact("p", "PFS", group, value),))
    if not split:
        return [Cell(f"{v} ({lo}–{hi})", (hr,)), p]
    odd = [s.style.n(s.rng.uniform(-1, 1), 3), s.style.n(s.rng.uniform(0.1, 0.6), 3), s.style.n(s.rng.uniform(0, 9), 3)]
    return [*(Cell(t) for t in odd[: len(extra)]), Cell(v, (hr,)), Cell(f"{lo}–{hi}"), p]


def adverse(s: Study, form: str) -> Table:
    """Adverse events: any grade and grade 3 or higher of each group;
    `apart` with n and % in columns, `graded` by single grades.
    """
    groups, rng = _groups(s), s.rng
    grades = ("any", "1–2", "≥3") if form != "graded" else ("1", "2", "3", "4")
    names = {"any": s.pick("Any grade", "All grades"), "1–2": "Grade 1–2", "≥3": s.pick("Grade ≥3", "Grade 3–4")}
    bad = "3–4" if names["≥3"] == "Grade 3–4" else "≥3"
    wide = 2 if form == "apart" else 1
    titles = [names.get(g, f"Grade {g}") for g in grades]
    rows = 1 + (len(groups) > 1) + (wide == 2)
    head = [[Cell(s.pick("Event", "Adverse event"), rows=rows)]]
    if len(groups) > 1:
        head[0] += [Cell(_sized(s, g, n).text, _sized(s, g, n).facts, columns=len(grades) * wide) for g, n in groups]
        head.append([])
    head[-1] += [Cell(t, columns=wide) for _ in groups for t in titles]
    if wide == 2:
        head.append([Cell(t) for _ in groups for _ in grades for t in ("n", "%")])
    zero, body = s.pick(*DASHES), []
    for event in rng.sample(EVENTS, 7):
        cells = []
        for g, n in groups:
            low, high = rng.randint(0, n // 4), rng.choice((0, 0, rng.randint(0, n // 8)))
            counts = (
                {"any": low + high, "1–2": low, "≥3": high}
                if form != "graded"
                else dict(zip(grades, (low, high, rng.choice((0, 1)), 0), strict=True))
            )
            for grade in grades:
                what = f"{event}, grade {bad if grade == '≥3' else grade}"
                cells += _event_cells(s, what, g, counts[grade], n, form, zero)
        body.append((0, [Cell(event), *cells]))
    caption = "Adverse events" if len(groups) > 1 else f"Treatment-related adverse events (n = {s.n})"
    note = "–, no event." if zero in ("–", "-", "—") else ""
    return Table(s.pick(caption, f"{caption}, n (%)"), head, body, note)


def _event_cells(s, what, group, k, n, form, zero):
    count = fact("ae_count", what, group, str(k))
    if k == 0 and form == "apart":
        return [Cell("0", (count,)), Cell("0", (fact("ae_percent", what, group, "0"),))]
    if k == 0:
        facts = (count, fact("ae_percent", what, group, "0")) if zero == "0 (0)" else (count,)
        return [Cell(zero, facts)]
    return _share_cells(s, what, group, k, n, form, "ae_")


def patients(s: Study) -> Table:
    """Patients one by one."""
    rng = s.rng
    head = [
        [
            Cell(s.pick("Case", "Patient", "No.", "Pt")),
            Cell("Age"),
            Cell("Sex"),
            Cell("First PFS (mo)"),
            Cell("Best response"),
            Cell("PFS2 (mo)"),
            Cell("OS (mo)"),
        ]
    ]
    body = []
    for k in range(1, 10):
        age = str(rng.randint(48, 79))
        times = [
            s.style.n(rng.uniform(1, 12), 1),
            s.style.n(rng.uniform(1, 12), 1),
            s.style.n(rng.uniform(5, 30), 1) + rng.choice(("", "+")),
        ]
        facts = [
            fact("individual", w, f"patient {k}", v)
            for w, v in zip(("PFS first", "PFS second", "OS"), times, strict=True)
        ]
        cells = [Cell(t, (f,)) for t, f in zip(times, facts, strict=True)]
        body.append(
            (
                0,
                [
                    Cell(str(k)),
                    Cell(age, (fact("individual", "age", f"patient {k}", age),)),
                    Cell(rng.choice("MF")),
                    cells[0],
                    Cell(rng.choice(("PR", "SD", "PD"))),
                    *cells[1:],
                ],
            )
        )
    return Table(s.pick("Course of each patient", "Details of the patients"), head, body, "+, censored.")


def weighted(s: Study) -> Table:
    """Characteristics before and after weighting, with standardised differences."""
    (x, n), (y, m) = zip(s.arms, s.sizes, strict=True)
    head = [[Cell("Characteristic", rows=2), Cell(s.pick("Before weighting", "Unweighted"), columns=3), Cell(s.pick("After weighting", "After IPTW"), columns=3)],
            [_sized(s, x, n), _sized(s, y, m), Cell("SMD"), Cell(x), Cell(y), Cell("SMD")]]  # fmt: skip
    body = []
    for name in ("Male sex", "ECOG PS 2", "Never smoker", "Liver metastases"):
        cells = []
        for g, size in ((x, n), (y, m)):
            cells += _share_cells(s, name, g, s.rng.randint(1, size), size, "joined")
        before, after = s.style.n(s.rng.uniform(0.05, 0.5), 2), s.style.n(s.rng.uniform(0, 0.1), 2)
        cells.append(Cell(before, (fact("smd", name, "between groups", before),)))
        for g in (x, y):
            v = s.style.n(s.rng.uniform(5, 80), 1)
            cells.append(Cell(v, (fact("percent", name, f"{g} weighted", v),)))
        body.append(
            (
                0,
                [
                    Cell(f"{name}, n (%)" if 0 else name),
                    *cells,
                    Cell(after, (fact("smd", name, "between groups weighted", after),)),
                ],
            )
        )
    return Table("Characteristics before and after inverse-probability weighting", head, body, "Values are n (%) or %.")
