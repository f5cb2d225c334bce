"""The licence of every package that requirements.lock pins, as it says itself. Run: make licences."""

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

LOCK = Path(__file__).parents[1] / "requirements.lock"


def licence(name: str) -> str:
    """What a package says of its licence; '' where it is not installed here."""
    try:
        said = metadata(name)
    except PackageNotFoundError:
        return ""
    classes = [c.rpartition(" :: ")[2] for c in said.get_all("Classifier", []) if c.startswith("License ::")]
    return said.get("License-Expression") or "; ".join(classes) or str(said.get("License", "")).split("\n")[0]


if __name__ == "__main__":
    for line in LOCK.read_text(encoding="utf-8").splitlines():
        found = re.match(r"([\w.-]+)==([^ ;]+)", line)
        if found:
            print(f"{found[1]} {found[2]}: {licence(found[1]) or 'not installed here'}")
