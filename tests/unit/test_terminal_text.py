"""What comes from data is text in the terminal, never a command of the terminal."""

import io

from rich.table import Table

from papercheck.files.visible import visible
from rechallenge.cli.console import SafeConsole

EVIL = "a\x1b[31mred\x1b]0;title\x07\x9b2J\u202etxt\rX\x08"


def printed(thing, **options):
    console = SafeConsole(file=io.StringIO(), force_terminal=True, markup=False, highlight=False, width=200)
    console.print(thing, **options)
    return console.file.getvalue()


def test_control_characters_are_shown_and_not_obeyed():
    table = Table("cell")
    table.add_row(EVIL)
    for text in (
        visible(EVIL),
        printed(EVIL),
        printed(EVIL, soft_wrap=True),
        printed(table).replace("\x1b[1m", "").replace("\x1b[0m", ""),
    ):
        assert not set(text) & {"\x1b", "\x07", "\x08", "\r", "\x9b", "\u202e"} and "␛[31mred" in text


def test_styles_of_the_console_itself_stay():
    assert "\x1b[1m" in printed("bold", style="bold")


def test_every_message_of_a_file_goes_that_way(tmp_path, monkeypatch, command):
    from tests.conftest import use_data

    use_data(monkeypatch, tmp_path / "data")
    path = tmp_path / "x\x1b[31m.csv"
    path.write_text("id,os\x1b[2Jmonths,os event\na\x1b[31mb,3,\x1b[5m1\nc,4,0\n", encoding="utf-8")
    code, said = command("import", path, "--as", "c")
    assert code == 1 and "\x1b[31m" not in said and "\x1b[2J" not in said and "␛[" in said
    code, said = command("check", "c")
    assert code == 1 and "\x1b[31m" not in said and "\x1b[5m" not in said
