"""Sentences of results as Chinese papers print them, with their truth."""

from .paper import fact, said
from .words import Study

ARMS = (("联合组", "化疗组"), ("再挑战组", "对照组"), ("观察组", "对照组"), ("免疫组", "化疗组"))


def included(s: Study) -> str:
    n = said(str(s.n), fact("count", "patients included", "all", str(s.n)))
    return s.pick(
        f"共纳入{n}例患者。",
        f"回顾性分析2018年1月至2022年12月收治的{n}例晚期非小细胞肺癌患者。",
        f"{n}例患者纳入分析。",
    )


def sizes(s: Study) -> str:
    (x, y) = s.arms
    a, b = (said(str(n), fact("count", "patients included", g, str(n))) for g, n in zip(s.arms, s.sizes, strict=True))
    return s.pick(f"其中{x}{a}例，{y}{b}例。", f"{x}（{a}例）和{y}（{b}例）。")


def responses(s: Study) -> str:
    n = s.n
    orr, dcr = (s.share(w, "all", n, s.pick("{x}%（{k}/{n}）", "{x}%")) for w in ("ORR", "DCR"))
    return s.pick(f"客观缓解率（ORR）为{orr}，疾病控制率（DCR）为{dcr}。", f"ORR和DCR分别为{orr}和{dcr}。")


def best(s: Study) -> str:
    one = {c: s.share(f"BOR: {c}", "all", s.n, "{k}例（{x}%）", high=0.3) for c in ("CR", "PR", "SD", "PD")}
    return s.pick(
        f"完全缓解{one['CR']}，部分缓解{one['PR']}，疾病稳定{one['SD']}，疾病进展{one['PD']}。",
        f"其中PR {one['PR']}，SD {one['SD']}，PD {one['PD']}。",
    )


def survival(s: Study) -> str:
    pfs, os = s.time("PFS", "all"), s.time("OS", "all")
    return s.pick(
        f"中位无进展生存期（PFS）为{pfs}，中位总生存期（OS）为{os}。", f"中位PFS为{pfs}，中位OS为{os}。", f"中位PFS和OS分别为{pfs}和{os}。",
    )  # fmt: skip


def follow_up(s: Study) -> str:
    v = s.style.n(s.rng.uniform(8, 30), 1)
    return f"中位随访时间为{said(f'{v}个月', fact('follow_up', 'OS', 'all', v))}。"


def rates(s: Study) -> str:
    a, b = (s.style.n(x, 1) for x in sorted((s.rng.uniform(10, 90) for _ in range(2)), reverse=True))
    six, twelve = (
        fact("survival_rate", "PFS at 6 months", "all", a),
        fact("survival_rate", "PFS at 12 months", "all", b),
    )
    return s.pick(
        f"6个月、12个月PFS率分别为{said(f'{a}%和{b}%', six, twelve)}。", f"6个月无进展生存率为{said(f'{a}%', six)}。",
    )  # fmt: skip


def toxicity(s: Study) -> str:
    n = s.n
    one, two = (s.share(f"{e}, grade any", "all", n, "{k}例（{x}%）", "ae_", 0.4) for e in ("皮疹", "乏力"))
    bad = s.share("Any event, grade ≥3", "all", n, "{k}例（{x}%）", "ae_", 0.3)
    return f"常见不良反应为皮疹{one}、乏力{two}；3级及以上不良反应{bad}。"


def two_arms(s: Study) -> str:
    (x, y), both = s.arms, f"{s.arms[0]} vs {s.arms[1]}"
    each = {
        w: [s.share(w, g, k, "{x}%（{k}/{n}）") for g, k in zip(s.arms, s.sizes, strict=True)] for w in ("ORR", "DCR")
    }
    out = [s.pick(
        f"{x}和{y}的ORR分别为{each['ORR'][0]}和{each['ORR'][1]}，DCR分别为{each['DCR'][0]}和{each['DCR'][1]}。",
        f"{x}ORR为{each['ORR'][0]}，{y}为{each['ORR'][1]}，差异无统计学意义（{s.p('ORR', both)}）。",
    )]  # fmt: skip
    for name, word in (("PFS", "中位PFS"), ("OS", "中位总生存期")):
        a, b, hr, p = s.time(name, x), s.time(name, y), s.ratio(name, both), s.p(name, both)
        out.append(s.pick(
            f"{x}{word}为{a}，{y}为{b}（{hr}，{p}）。", f"{x}和{y}的{word}分别为{a}和{b}（{p}）。", f"{x}的{word}长于{y}[{a}比{b}，{p}]。",
        ))  # fmt: skip
    return "".join(out)


def aside(s: Study) -> str:
    v = s.style.n(s.rng.uniform(2, 9), 1)
    return f"既往研究报道中位PFS为{said(f'{v}个月', fact('other', '', '', f'{v}个月'))}[5]。"
