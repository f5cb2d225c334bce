"""Writes the tables of ncctg-lung from the data set that lifelines carries."""

from pathlib import Path

import pandas as pd
from lifelines.datasets import load_lung


def build(folder):
    """Write adsl and adtte as CSV into `folder`."""
    lung = load_lung().reset_index(drop=True)
    subject = [f"N{i:03d}" for i in range(1, len(lung) + 1)]
    whole = {"AGE": "age", "ECOG": "ph.ecog", "KARNOF": "ph.karno", "PATKARN": "pat.karno",
             "MEALCAL": "meal.cal", "WTLOSS": "wt.loss", "SITEID": "inst"}  # fmt: skip
    adsl = pd.DataFrame({"USUBJID": subject, "SEX": lung["sex"].map({1: "M", 2: "F"})})
    adsl = adsl.assign(**{name: lung[column].astype("Int64") for name, column in whole.items()})
    adtte = pd.DataFrame({"USUBJID": subject, "PARAMCD": "OS", "AVAL": lung["time"], "CNSR": 1 - lung["status"]})
    adtte["EVNTDESC"] = adtte["CNSR"].map({0: "Death", 1: "Alive at last follow-up"})
    for name, frame in {"adsl": adsl, "adtte": adtte}.items():
        frame.to_csv(Path(folder) / f"{name}.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    build(Path(__file__).parents[1])
