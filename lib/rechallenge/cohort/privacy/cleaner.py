"""Texts and levels that a person wrote into cohort.yml, without what tells who somebody is."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Literal, get_args, get_origin

from papercheck.vocabulary.dictionary import load_dictionary
from papercheck.vocabulary.endpoints import endpoint_rules
from papercheck.vocabulary.facts import STATUSES, TIME_UNITS
from papercheck.vocabulary.kinds import KINDS

from ...context import PRIVACY
from ...text.language import LANGUAGES, numbered
from .dates import found_dates, without_dates
from .identifying import Identifying, is_code, places_of, plain_characters, without_controls
from .written import without_moments, without_numbers

TAKEN_OUT = "[taken out]"
SITE = "SITEID"
FILES = ("cohort", "patients", "points", "at_risk")  # names of folders and files: no output has them
KEPT = ("name", "table", "columns", "values", "sources", "lines", "dates", "confirmed", "factors", "groupings")
CONTACT = re.compile(  # addresses of mail and of messages
    r"[\w.+-]+\s?(?:@|[\[(]at[\])])\s?[\w-]+(?:\.[\w-]+)+|(?:微信|(?<!\w)(?i:WeChat))号?[:\s]*[A-Za-z][\w-]{4,}"
)
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段钱汤尹黎易常武乔贺赖龚文褚卫尤施"
_FAMILY = rf"(?:欧阳|司马|上官|诸葛|司徒|皇甫|夏侯|慕容|东方|[{SURNAMES}])"
_CALLED = r"(?:副?主任(?:医师|医生)?|主治(?:医师|医生)?|住院医师?|主管医师|医生|医师|大夫|护士长?|副?教授|院长|博士|先生|女士|小姐)"
_NAME = r"(?:(?:van|von|de|der|den|di|da|del|bin|al)\s){0,2}[A-Z][\w'’-]*(?:\s[A-Z][\w'’-]*){0,2}"
PERSON = re.compile(  # whom a title calls
    rf"(?<!\w)(?:(?:(?i:Dr|Prof|Professor|Doctor)|Mr|Mrs|Ms|Miss|Nurse|Herr|Frau|Mme|Monsieur|Madame|Señora?"
    rf"|Signora?)\b(?:\.\s?|\s+){_NAME}|(?i:Dr|Prof)\.\s?\w+"
    rf"|Drs\.?\s{_NAME}(?:(?:,|\sand|\s&)\s{_NAME})*|{_NAME},\s(?:M\.?D\b|Ph\.?D\b)"
    rf"|(?i:PI|physician|investigator|oncologist|radiologist|contact|author):\s?{_NAME})"
    rf"|{_FAMILY}[\u4e00-\u9fff]{{0,2}}\s?{_CALLED}|{_FAMILY}某某?"
    rf"|{_CALLED}\s?:?\s?{_FAMILY}[\u4e00-\u9fff]{{1,2}}(?![\u4e00-\u9fff])",
)


CODED = {*TIME_UNITS, "weeks", "years", "fraction", "percent", "cm", *KINDS, *PRIVACY, *LANGUAGES, *STATUSES}


def _is_code(annotation) -> bool:
    """Whether a field takes one of a few words, or several of them: never a text of a person."""
    return get_origin(annotation) is Literal or any(map(_is_code, get_args(annotation)))


def clean_text(text: str, telling: Identifying) -> str:
    """A text that a person wrote, without dates, identifiers
    and names of the data, telephones and addresses of mail.
    """
    return Cleaner(telling).text(text)


def _without(text, needle) -> str:
    """The text with every place taken out that is the needle once it is compared (identifying.plain)."""
    folded_text, places = "", []
    for place, character in enumerate(text):
        made = plain_characters(character, folded_text.endswith(" "))
        folded_text += made
        places += [place] * len(made)
    for start, end in reversed(places_of(needle, folded_text)):
        text = text[: places[start]] + TAKEN_OUT + text[places[end - 1] + 1 :]
    return text


class Cleaner:
    """Texts that a person wrote into cohort.yml, without dates, identifiers, names, telephones and addresses of mail.

    meta, adsl : of the cohort as it is read; with them also the codes of its levels, which stand in data and facts
        alike.
    """

    def __init__(self, telling: Identifying, meta=None, adsl=None):
        self.telling = telling
        self.ids = {*CODED, *endpoint_rules(), *(meta.factors if meta else ())}  # never a text of a person
        self.ids |= {name for table in load_dictionary().values() for name in table.columns}
        self.renamed = {name: self._codes(f, meta, adsl) for name, f in meta.factors.items()} if meta else {}

    def text(self, text: str, name: bool = False) -> str:
        """The text with what tells who somebody is taken out, wherever it stands; the whole of it if that cannot be
        placed. name : of a column or folder, in which a month may stand.
        """
        said = unicodedata.normalize("NFC", without_controls(text))
        half = unicodedata.normalize("NFKC", said)  # １３９ and ＠ are found as 139 and @
        for taken in (CONTACT, PERSON):
            half = taken.sub(TAKEN_OUT, half)
        half = without_dates(without_numbers(half, TAKEN_OUT), TAKEN_OUT, doubtful=True)
        half = half if name else without_moments(half, TAKEN_OUT)
        said = half if TAKEN_OUT in half else said
        found = {written for _, written in self.telling.hits(said)}
        for needle in sorted(found, key=len, reverse=True):
            said = _without(said, needle)
        return TAKEN_OUT if found and any(self.telling.hits(said)) else said

    def tells(self, name: str) -> bool:
        """Whether the name of a column or of a folder tells who somebody is; its parts stand between low lines."""
        apart = name.replace("_", " ")
        dated = any(certain for said in (name, apart) for _, _, certain in found_dates(said))
        return dated or any(self.text(said, name=True) != said for said in (name, apart))

    def facts(self, value):
        """A record, a mapping, a list or a text with every text in it clean; keys, ids and codes stay, but for levels.

        A unit that a column of the files repeats (AVALU: DAYS) is still the unit.
        """
        if isinstance(value, str):
            return value if value in self.ids else self.text(value)
        if isinstance(value, Mapping):
            return {k: self.facts(v) for k, v in value.items()}
        if isinstance(value, tuple | list):
            return type(value)(map(self.facts, value))
        if hasattr(value, "model_copy"):
            known = type(value).model_fields.items()
            told = [name for name, field in known if name not in FILES and not _is_code(field.annotation)]
            return self._levels_of(value, value.model_copy(update=self._fields(value, told)))
        if is_dataclass(value) and not isinstance(value, type):
            made = replace(value, **self._fields(value, [f.name for f in fields(value) if f.name not in KEPT]))
            return replace(made, **self._factors(value)) if hasattr(value, "groupings") else made
        return value

    def _fields(self, value, names) -> dict:
        return {name: self.facts(getattr(value, name)) for name in names}

    def _levels_of(self, criterion, made):
        """A criterion whose levels are called as in the data that leave."""
        codes = self.renamed.get(getattr(criterion, "column", ""), {})
        if not codes or not getattr(criterion, "levels", ()):
            return made
        return made.model_copy(update={"levels": tuple(codes.get(level, level) for level in criterion.levels)})

    def _factors(self, meta) -> dict:
        """Factors and groupings of a cohort.yml with the codes that leave."""
        factors = {name: self._factor(factor) for name, factor in meta.factors.items()}
        groupings = {}
        for name, grouping in meta.groupings.items():
            of, to = self.renamed.get(grouping.source, {}), self.renamed[name]
            groupings[name] = replace(grouping, map={of.get(k, k): to[v] for k, v in grouping.map.items()})
        return {"factors": factors, "groupings": groupings}

    def _factor(self, factor):
        codes = self.renamed[factor.name]
        told = [self.text(label) for label in factor.levels.values()]
        levels = {}
        for (code, new), label in zip(codes.items(), told, strict=True):
            hidden = new != code and (factor.name == SITE or label == code)
            levels[new] = new if hidden or label == TAKEN_OUT or told.count(label) > 1 else label
        reference = codes.get(factor.reference, factor.reference)
        said = {"label": self.text(factor.label), "unit": self.text(factor.unit), "help": self.text(factor.help)}
        return replace(factor, levels=levels, reference=reference, **said)

    def _codes(self, factor, meta, adsl) -> dict[str, str]:
        """{code: code that tells nobody} of the levels of a factor. A site of few patients is told by no name."""
        few = set()
        if factor.name == SITE and adsl is not None and SITE in adsl:
            counts = adsl[SITE].astype(object).value_counts()
            few = {c for c in factor.levels if not is_code(c) and counts.get(c, 0) < meta.smallest_count}
        told = {}
        for place, code in enumerate(factor.levels, 1):
            told[code] = code if code not in few and self.text(code) == code else _free(numbered(place), factor.levels)
        return told

    def levels(self, adsl):
        """The table of subjects with the codes that leave."""
        for name, codes in self.renamed.items():
            if name in adsl and any(k != v for k, v in codes.items()):
                adsl[name] = adsl[name].cat.rename_categories(codes)
        return adsl


def _free(name, taken) -> str:
    """The name, or one made of it that no level has."""
    while name in taken:
        name = f"{name}'"
    return name
