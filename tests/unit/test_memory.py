"""A process remembers the last thing that it read, and reads again when the files change."""

import os

import pytest

from papercheck.files.memory import file_state, folder_state, last


@pytest.fixture
def reader(tmp_path):
    """A remembered reader of files in a folder, and the names that it has read."""
    read = []

    @last(lambda name, more="": (file_state(tmp_path / name), more))
    def text(name, more=""):
        read.append(name)
        return (tmp_path / name).read_text(encoding="utf-8") + more

    for name in "ab":
        (tmp_path / name).write_text(name, encoding="utf-8")
    return text, read


def test_the_last_result_alone_is_remembered_until_its_file_changes(reader, tmp_path):
    text, read = reader
    assert [text("a"), text("a"), text("b"), text("b"), text("a"), text("a", more="!")] == [
        "a",
        "a",
        "b",
        "b",
        "a",
        "a!",
    ]
    assert read == ["a", "b", "a", "a"]
    (tmp_path / "a").write_text("c", encoding="utf-8")
    assert text("a", more="!") == "c!"
    text.forget()
    assert text("a", more="!") == "c!" and read == ["a", "b", "a", "a", "a", "a"]


def test_an_error_is_not_remembered(reader, tmp_path):
    text, read = reader
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            text("c")
    (tmp_path / "c").write_text("now", encoding="utf-8")
    assert text("c") == "now" and read == ["c", "c", "c"]


def test_the_state_of_a_folder_is_that_of_its_files(tmp_path):
    assert folder_state(tmp_path / "none")[1] == ()
    (tmp_path / "a").write_text("a", encoding="utf-8")
    before = folder_state(tmp_path)
    assert before == folder_state(tmp_path)
    os.utime(tmp_path / "a", ns=(1, 1))
    changed = folder_state(tmp_path)
    (tmp_path / "b").touch()
    assert len({before, changed, folder_state(tmp_path)}) == 3
