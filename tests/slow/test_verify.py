"""A report says what it was made of, and `verify` finds out whether that still holds."""

import hashlib
import json

from tests.slow.test_faults import do, home, notebook  # noqa: F401

CELL = (
    "from rechallenge import wb\nstudy = wb.load_study(cohort)\nwb.show(wb.missing_table(study))\n"
    "wb.show(wb.survival_table(wb.outcome(study, 'PFSR')))"
)


def test_a_report_is_verified_and_a_changed_number_or_row_is_found(home):  # noqa: F811
    notebook(home, "01_short", CELL)
    assert do(home, "report", "c", "--sections", "01")[0] == 0
    code, out, error = do(home, "verify", "c")
    assert code == 0, error
    assert "As they were: data, notebooks, library" in out and "0 differ" in out
    assert "numbers agree" in out and "Different:" not in out and "Without an independent path" not in out
    crate = json.loads((home / "outputs" / "c" / "ro-crate-metadata.json").read_text())
    entries = {e["@id"]: e for e in crate["@graph"]}
    assert {"report.html", "results.csv"} <= {e["@id"] for e in entries["./"]["hasPart"]}
    assert all(part["@id"] in entries for part in entries["./"]["hasPart"] + entries["#run"]["object"])
    (home / "outputs" / "c" / "more.csv").write_text("n\n")
    code, out, _ = do(home, "verify", "c")
    assert code == 3 and "more.csv" in out, out  # nobody takes it for a part of the report
    (home / "outputs" / "c" / "more.csv").unlink()
    _forge(home / "outputs" / "c", "report.html", "months", "years")
    code, out, _ = do(home, "verify", "c")
    assert code == 3 and "report.html" in out, out  # its digest was rewritten too: the bytes made anew tell
    assert do(home, "report", "c", "--sections", "01")[0] == 0
    ledger = home / "outputs" / "c" / "results.csv"
    ledger.write_text(ledger.read_text().replace(",4,subjects", ",5,subjects"))
    code, out, _ = do(home, "verify", "c")
    assert code == 3 and "No longer as it was written: results.csv" in out and "0 differ" not in out
    ledger.write_text(ledger.read_text().replace(",5,subjects", ",4,subjects"))
    sheet = home / "data" / "c" / "adsl.csv"
    sheet.write_text(sheet.read_text().replace("2.5,1", "3.5,1"))
    code, out, _ = do(home, "verify", "c")
    assert code == 3 and "Changed since: data" in out and "0 differ" not in out


def _forge(folder, name, old, new):
    """Change a file of a report, and the digest of it that stands beside."""
    path, crate = folder / name, folder / "ro-crate-metadata.json"
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    assert old in path.read_text(encoding="utf-8") and before in crate.read_text()
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    crate.write_text(crate.read_text().replace(before, hashlib.sha256(path.read_bytes()).hexdigest()))


def test_the_digest_of_patients_tells_nothing_without_the_secret(home):  # noqa: F811
    digests = []
    for _ in range(2):
        assert do(home, "report", "c", "--sections", "01")[0] == 0
        crate = json.loads((home / "outputs" / "c" / "ro-crate-metadata.json").read_text())
        digests.append(next(e["identifier"] for e in crate["@graph"] if e["@id"] == "#data"))
        (home / "data" / "c" / ".pseudonyms").unlink()
    assert "keyed" in digests[0] and digests[0] != digests[1]


def test_a_part_is_verified_by_its_column_with_the_smallest_count_of_then_and_no_value_of_it_stands_in_the_file(
    home,  # noqa: F811
):
    notebook(home, "01_short", CELL)
    facts = home / "data" / "c" / "cohort.yml"
    facts.write_text(facts.read_text() + "smallest_count: 2\nprofile: strict\n")
    sheet = home / "data" / "c" / "adsl.csv"
    lines = sheet.read_text().splitlines()
    sheet.write_text("\n".join(f"{line},{'SITEID' if i == 0 else 'Kai hua'}" for i, line in enumerate(lines)) + "\n")
    assert do(home, "report", "c", "--sections", "01", "--each", "SITEID")[0] == 0
    crate = (home / "outputs" / "c--Kai-hua" / "ro-crate-metadata.json").read_text()
    assert '\\"SITEID\\"' in crate and "Kai hua" not in crate
    code, out, error = do(home, "verify", "c--Kai-hua")
    assert code == 0 and "0 differ" in out and "No second opinion" in out, out + error
    sheet.write_text(sheet.read_text().replace("Kai hua", "Kaihua"))
    assert "has no part c--Kai-hua by SITEID any more" in do(home, "verify", "c--Kai-hua")[2]
