"""Text from data does nothing to a terminal: control characters are shown."""

import pytest

from papercheck.files.visible import visible

ADSL = "USUBJID,AGE,SEX,PFSR,PFSR_EVENT\nA\x1b[31mred\x1b]0;owned\x07,700,M,2.5,1\nB,65,\x1b[2JX\x9b1m,4,0\n"
YML = 'title: "\\e[2Jgone \\x9b31m \\u202egnp.exe"\ntime_unit: months\nprimary_endpoint: PFSR\n'


@pytest.mark.parametrize("command_line", [["check", "c"], ["report", "c"], ["cohorts"], ["patient", "c", "x\x1b[31m"]])
def test_no_command_passes_a_control_character_of_the_data_on(
    write_cohort, tmp_path, capsys, monkeypatch, command_line
):
    import sys

    from rechallenge.cli import main

    write_cohort("c", YML, ADSL)
    monkeypatch.setattr(sys, "argv", ["rechallenge", *command_line, "--data", str(tmp_path / "data")])
    with pytest.raises(SystemExit):
        main()
    said = "".join(capsys.readouterr())
    assert said and visible(said) == said
    if command_line[0] == "check":
        assert "␛[31mred" in said


def test_one_character_stands_for_one_and_lines_stay():
    assert visible("a\x1b[0m\n\tb\x7f\u202ec") == "a␛[0m\n\tb␡\ufffdc"


def test_no_character_of_a_value_is_cut_off_for_one_that_nobody_sees(write_cohort, command):
    """A control character is as wide as its picture: the value stands whole, as it was written."""
    data = write_cohort("c", adsl="USUBJID,AGE,SEX,PFSR,PFSR_EVENT\nA,60,\x1b[31mbe\x07\u202e,2.5,1\n").parent
    assert "␛[31mbe␇\ufffd" in command("check", "c", data=data)[1]
