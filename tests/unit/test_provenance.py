"""Which files of data a report depends on."""

from rechallenge.run.provenance import data_files


def test_what_python_compiles_and_hidden_files_are_no_data(write_cohort):
    """A program beside the data that is run while a report is made changes none of its data."""
    folder = write_cohort()
    (folder / "source").mkdir()
    (folder / "source" / "build.py").write_text("1\n")
    before = data_files("c")
    (folder / "source" / "__pycache__").mkdir()
    (folder / "source" / "__pycache__" / "build.pyc").write_bytes(b"x")
    (folder / ".secret").write_text("x")
    assert data_files("c") == before and folder / "source" / "build.py" in before
    (folder / "more.csv").write_text("a\n1\n")
    assert folder / "more.csv" in data_files("c")
