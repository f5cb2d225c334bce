"""Names and files that are none: broken bytes, characters that nobody sees, folders, pipes and links in place of files,
encodings that are none of text."""

import io
import os
import sys

import pytest

from papercheck.files.visible import is_seen, lost_output, tolerant_output
from rechallenge.run.provenance import digest_of
from tests.conftest import GOOD_YML

BROKEN = "caf\udce9"  # a byte that is no UTF-8, as Python names it


def bad_cohort(folder, what):
    """A folder whose cohort.yml cannot be read."""
    folder.mkdir()
    path = folder / "cohort.yml"
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "bytes":
        path.write_bytes(b"\xff\xfe")
    else:
        (folder.parent / "elsewhere.yml").write_text(GOOD_YML)
        path.symlink_to(folder.parent / "elsewhere.yml")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes and links")
@pytest.mark.parametrize("what", ["folder", "pipe", "bytes", "link"])
def test_one_cohort_that_cannot_be_read_hides_no_other(write_cohort, command, what):
    data = write_cohort().parent
    bad_cohort(data / "bad", what)
    code, said = command("cohorts", data=data)
    assert code == 1 and "bad cohort.yml cannot be read: rechallenge check bad" in said and "c Patients Test" in said
    code, said = command("check", "bad", data=data)
    assert code == 1 and "cohort.yml" in said and "Traceback" not in said


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text there")
@pytest.mark.parametrize("name", [BROKEN, "a\x1b[31mb", "a\nb", "a\u202eb", "a\u200bb"])
def test_a_folder_whose_name_cannot_be_seen_is_refused(write_cohort, command, name):
    data = write_cohort(name).parent
    code, said = command("check", name, data=data)
    assert code == 1 and "holds a character that nobody sees, or a broken byte" in said
    assert command("cohorts", data=data)[0] == 1


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text there")
def test_a_path_with_a_broken_byte_is_said_before_a_report_is_made(write_cohort, tmp_path, command):
    code, said = command("report", "c", "--out", tmp_path / BROKEN, data=write_cohort().parent)
    assert code == 1 and "holds a broken byte" in said and not (tmp_path / BROKEN).exists()


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text there")
def test_a_file_whose_name_is_broken_has_a_digest(tmp_path):
    (tmp_path / f"{BROKEN}.csv").write_text("a")
    assert len(digest_of(tmp_path.iterdir(), tmp_path)) == 64


def test_what_an_encoding_of_the_terminal_lacks_is_written_out(monkeypatch):
    for encoding, written in (("utf-8", b"caf\\udce9 \xe6\x9d\x8e"), ("cp1252", b"caf\\udce9 \\u674e")):
        out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr(sys, "stdout", out)
        tolerant_output()
        out.write(f"{BROKEN} 李")
        out.flush()
        assert out.buffer.getvalue() == written


@pytest.mark.parametrize("encoding", ["undefined", "rot13", "zlib", "hex", "punycode", "no\0ne"])
def test_an_encoding_that_is_none_of_text_is_refused_in_its_line(write_cohort, command, encoding):
    data = write_cohort(yml=f'{GOOD_YML}encoding: "{encoding}"\n'.replace("\0", "\\0")).parent
    code, said = command("check", "c", data=data)
    assert code == 1 and "unknown encoding" in said and "gb18030" in said


@pytest.mark.parametrize("encoding, cell", [("unicode_escape", "\\ud800"), ("utf-7", "+2AA-")])
def test_bytes_that_an_encoding_turns_into_no_text_are_refused(write_cohort, command, encoding, cell):
    adsl = f"USUBJID,AGE,SITEID\nA,60,{cell}\n"
    data = write_cohort(yml=f"{GOOD_YML}encoding: {encoding}\n", adsl=adsl).parent
    code, said = command("check", "c", data=data)
    assert code == 1 and "adsl.csv" in said and "the text encoding is not known" in said


def test_a_character_that_nobody_sees_is_placed_and_a_number_too_large_has_its_limit(write_cohort, command):
    for unseen in "\0\uffff\x1b":
        folder = write_cohort(yml=GOOD_YML.replace("PFSR", f"PF{unseen}SR"))
        code, said = command("check", "c", data=folder.parent)
        assert code == 1 and "│ 3 │ │ │ not valid YAML: a character that nobody sees stands in this line" in said
    (folder / "cohort.yml").write_text(f"{GOOD_YML}smallest_count: {10**20}\n")
    assert "expected a number of 50 or less" in command("check", "c", data=folder.parent)[1]


def test_names_that_can_be_seen():
    assert all(map(is_seen, ("c", "李 娜", "liu-2024", "x.y", "\u3000", "é")))
    assert not any(map(is_seen, (BROKEN, "\t", "\n", "\x7f", "\u2028", "\u200f")))


@pytest.mark.skipif(sys.platform != "linux", reason="no such device")
def test_what_a_full_disk_does_not_take_of_the_output_is_said_once(monkeypatch):
    monkeypatch.setattr(sys, "stdout", open("/dev/full", "w", encoding="utf-8"))  # noqa: SIM115
    sys.stdout.write("something")
    assert lost_output() == "standard output: No space left on device"
    sys.stdout.close()  # as Python does at its end: nothing is left that could fail


def test_who_reads_no_further_hears_nothing(monkeypatch):
    reader, writer = os.pipe()
    monkeypatch.setattr(sys, "stdout", os.fdopen(writer, "w"))
    sys.stdout.write("something")
    os.close(reader)
    assert lost_output() == ""
    sys.stdout.close()


def test_an_output_that_was_closed_is_none_that_fails(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    tolerant_output()
    print("kept by nobody")
    assert lost_output() == ""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such zones")
def test_a_zone_of_time_that_is_none_ends_no_command(monkeypatch):
    import importlib
    import time

    from rechallenge.cli import command as commands

    monkeypatch.setenv("TZ", "UTC+99")
    importlib.reload(commands)
    assert time.tzname[0] == "UTC" and time.timezone == 0
