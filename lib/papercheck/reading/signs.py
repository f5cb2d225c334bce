"""Signs of print made plain, one for one: positions in the plain text are positions in the paper's own text."""

import re
import unicodedata

PLAIN = str.maketrans(
    dict.fromkeys("\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t\n\r", " ")
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d", "-")
    | dict.fromkeys("\u00b7\u2027\u2219\u22c5\u2022\u30fb\uff0e", ".")
    | dict.fromkeys("\uff5e\u301c\u223c", "~")
    | dict.fromkeys("\u2264\u2a7d\u2266", "\u2264")
    | dict.fromkeys("\u2265\u2a7e\u2267", "\u2265")
    | dict.fromkeys("\u2018\u2019", "'")
    | {
        "\uff08": "(",
        "\uff09": ")",
        "\uff3b": "[",
        "\uff3d": "]",
        "\uff1a": ":",
        "\uff1b": ";",
        "\uff0c": ",",
        "\u3001": ",",
    }
    | {"\uff05": "%", "\uff1d": "=", "\uff1c": "<", "\uff1e": ">", "\uff0b": "+", "\uff0f": "/"}
    | {chr(0xFF10 + i): str(i) for i in range(10)}
    | {chr(0xFF21 + i): chr(65 + i) for i in range(26)}
    | {chr(0xFF41 + i): chr(97 + i) for i in range(26)}
)
UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


def plain(text: str) -> str:
    """The text in plain signs, of the same length: `2\u00b790\u2009(1.97\u20133.83)` is `2.90 (1.97-3.83)`."""
    return text.translate(PLAIN)


# A PDF may print 无 and 见 as the radicals that look like them; those of the supplement have no normal form of their own.
RADICALS = {n: unicodedata.normalize("NFKC", chr(n)) for n in range(0x2E80, 0x2FE0)} | dict(
    zip(map(ord, "⺠⻁⻄⻅⻆⻉⻋⻓⻔⻘⻚⻛⻜⻝⻢⻥⻩⻬⻰"), "民虎西见角贝车长门青页风飞食马鱼黄齐龙", strict=True)
)


def tidy(text: str) -> str:
    """A piece of a file as the paper shows it: unseen signs gone, runs of blanks one blank, no blank at the ends."""
    return " ".join(text.translate(UNSEEN).translate(RADICALS).split())


def is_whole(text: str) -> bool:
    """Whether a text is a whole number, also one with commas or a blank between its thousands."""
    return bool(re.fullmatch(r"\d{1,3}(?:[, ]\d{3})+|\d+", plain(text).strip()))


def is_decimal(text: str) -> bool:
    """Whether a number carries decimals, with whatever sign."""
    return bool(re.search(r"\.\d", plain(text)))
