"""Writes the tables of quzhou-2025 from pseudo_ipd.csv (13 pseudo-patients built from printed aggregates)."""

from pathlib import Path

import numpy as np
import pandas as pd

SOURCE = Path(__file__).parent
COURSES = {"init": "INITIAL", "re": "RECHALLENGE"}
TERMS = {
    "fatigue": "Fatigue", "appetite": "Decreased appetite", "diarrhea": "Diarrhoea", "anemia": "Anaemia",
    "neutropenia": "Neutropenia", "leukopenia": "Leukopenia", "hypothyroid": "Hypothyroidism", "rash": "Rash",
}  # fmt: skip
# The paper draws one bar a patient and prints no value: each bar is drawn here from a range that fits its response.
BARS = {"PR": (-75, -31), "SD": (1, 18), "PD": (21, 65)}


def build(folder):
    """Write adsl, adtte, adrs, adtr and adae as CSV into `folder`."""
    ipd = pd.read_csv(SOURCE / "pseudo_ipd.csv", keep_default_na=False)
    ipd["USUBJID"] = [f"P{i:02d}" for i in ipd["id"]]
    yes_no = {0: "N", 1: "Y"}
    adsl = pd.DataFrame({
        "USUBJID": ipd["USUBJID"], "AGE": ipd["age"], "SEX": ipd["sex"], "STAGE": ipd["stage"],
        "SMOKE": ipd["smoker"].map({0: "NEVER", 1: "EVER"}),
        "HIST": ipd["histology"].map({"adenocarcinoma": "ADENO", "squamous": "SQUAMOUS", "adenosquamous": "ADENOSQ"}),
        "METSITE": ipd["metastasis"].str.upper(), "DISTMET": ipd["metastasis"].ne("none").map({True: "Y", False: "N"}),
        "BMIGR1": ipd["bmi"], "NMETGR1": ipd["n_mets"], "PDL1": ipd["pdl1"], "ECOG": ipd["ecog"],
        "INTERIM": ipd["interim"].map(yes_no),
    })  # fmt: skip
    endpoints = [
        ("PFS1", ipd["pfs1"], 1 - ipd["pfs1_event"], "Progression", ""),
        ("PFSR", ipd["pfsr"], 1 - ipd["pfsr_event"], "Progression or death", "No progression at last follow-up"),
        ("OS", ipd["followup"], 1, "", "Last follow-up (deaths are not printed)"),
    ]
    adtte = pd.concat([
        pd.DataFrame({"USUBJID": ipd["USUBJID"], "PARAMCD": code, "AVAL": aval, "CNSR": cnsr}).assign(
            EVNTDESC=lambda d, e=event, c=censoring: np.where(d["CNSR"] == 0, e, c))
        for code, aval, cnsr, event, censoring in endpoints
    ])  # fmt: skip
    best = {"INITIAL": ipd["best_initial"], "RECHALLENGE": ipd["best_rechallenge"]}
    adrs = pd.concat([
        pd.DataFrame({"USUBJID": ipd["USUBJID"], "APHASE": phase, "PARAMCD": "BOR", "AVALC": response})
        for phase, response in best.items()
    ])  # fmt: skip
    rng = np.random.default_rng(2025)
    adtr = adrs[["USUBJID", "APHASE"]].assign(PCHG=[int(rng.integers(*BARS[r], endpoint=True)) for r in adrs["AVALC"]])
    adae = pd.DataFrame([
        {"USUBJID": row["USUBJID"], "APHASE": phase, "AEDECOD": label, "ATOXGR": row[f"ae_{term}_{suffix}"]}
        for suffix, phase in COURSES.items() for term, label in TERMS.items() for _, row in ipd.iterrows()
        if row[f"ae_{term}_{suffix}"] > 0
    ])  # fmt: skip
    for name, frame in {"adsl": adsl, "adtte": adtte, "adrs": adrs, "adtr": adtr, "adae": adae}.items():
        frame.to_csv(Path(folder) / f"{name}.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    build(SOURCE.parent)
