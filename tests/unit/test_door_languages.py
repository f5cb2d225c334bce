"""Files of German, French, Spanish and Japanese hospitals: columns and words are proposed, what is twofold is asked."""

import pytest

from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.propose.words import level_of, tokens
from rechallenge.cohort.read.cells import without_accents
from tests.unit.test_door_kinds import data, file, taken

__all__ = ["data"]
TARGETS = ["USUBJID", "SEX", "AGE", "ECOG", "SMOKE", "HIST", "STAGE", "ASTDT_RECHALLENGE", "PDDT_RECHALLENGE",
           "BOR_RECHALLENGE", "DTHFL", "DTHDT", "LSTALVDT"]  # fmt: skip
HEADS = {
    "de": "Patienten-Nr,Geschlecht,Alter,ECOG,Raucher,Histologie,Stadium,Beginn Rechallenge,Progress unter Rechallenge,"
    "Bestes Ansprechen,Tod,Todesdatum,Letzter Kontakt",
    "fr": "N° patient,Sexe,Âge,ECOG,Tabac,Histologie,Stade,Date de début réintroduction,Date de progression après réintroduction,"
    "Meilleure réponse,Décès,Date de décès,Date des dernières nouvelles",
    "es": "Número de paciente,Sexo,Edad,ECOG,Tabaquismo,Histología,Estadio,Inicio reintroducción,Fecha de progresión reintroducción,"
    "Mejor respuesta,Muerte,Fecha de muerte,Último contacto",
    "ja": "症例番号,性別,年齢,PS,喫煙歴,組織型,病期,再投与開始日,再投与後増悪日,最良効果,死亡,死亡日,最終生存確認日",
}
CELLS = {  # of a man and of a woman: sex, smoking, histology; died and not
    "de": (("männlich", "ehemalig", "Adenokarzinom"), ("w", "Nichtraucher", "Plattenepithelkarzinom"), ("ja", "nein")),
    "fr": (("H", "sevré", "Adénocarcinome"), ("F", "jamais", "Épidermoïde"), ("oui", "non")),
    "es": (("Hombre", "exfumador", "Adenocarcinoma"), ("Mujer", "nunca", "Escamoso"), ("sí", "no")),
    "ja": (("男性", "過去", "腺癌"), ("女性", "非喫煙", "扁平上皮癌"), ("あり", "なし")),
}


def hospital(tmp_path, language):
    """Eight patients, every second one a man who died."""
    man, woman, (died, alive) = CELLS[language]
    rows = []
    for i in range(8):
        sex, smoke, hist = (man, woman)[i % 2]
        end = f"2022-0{i + 1}-11"
        rows.append([i + 1, sex, 60 + i, i % 2, smoke, hist, "IV", f"2021-0{i + 1}-11", f"2021-0{i + 1}-27" if i > 2 else "",
                     "PR", alive if i % 2 else died, "" if i % 2 else end, end])  # fmt: skip
    return file(tmp_path, HEADS[language].split(","), rows)


@pytest.mark.slow
@pytest.mark.parametrize("language", HEADS)
def test_columns_and_words_of_a_language(tmp_path, language):
    proposal, cohort = taken(hospital(tmp_path, language))
    plan = proposal.plans[0]
    assert [plan.columns[c] for c in plan.sheet.frame.columns] == TARGETS
    adsl, adex = cohort.table("adsl"), cohort.table("adex")
    assert (len(adsl), adsl["DTHDT"].notna().sum(), adex["PDDT"].notna().sum()) == (8, 4, 5)
    assert adsl["SEX"].tolist() == ["M", "F"] * 4 and adsl["HIST"].tolist() == ["ADENO", "SQUAMOUS"] * 4
    assert adsl["SMOKE"].tolist() == ["FORMER", "NEVER"] * 4
    flag = next(q for q in proposal.questions if q.topic == "event")
    assert flag.blocking and set(flag.proposed.values()) == {"event", "censored"}


@pytest.mark.parametrize("man, woman", [("H", "M"), ("V", "M")])
def test_one_letter_that_means_another_sex_in_another_language_is_asked(tmp_path, man, woman):
    rows = [[f"P{i}", woman if i % 2 else man, 5.5 + i, i % 2] for i in range(8)]
    proposal = propose([file(tmp_path, ["id", "Sexo", "OS rechallenge (meses)", "Muerte"], rows)])
    asked = next(q for q in proposal.questions if q.topic == "codes")
    assert {v.word: v.count for v in asked.values} == {man: 4, woman: 4} and asked.blocking and asked.proposed is None


def test_a_range_of_a_score_and_a_yes_for_a_history_are_asked_and_plain_codes_are_not(tmp_path):
    rows = [[f"P{i}", 5.5 + i, i % 2, ["0-1", "1", "0/1", "2"][i % 4], "有无"[i % 2]] for i in range(8)]
    path = file(tmp_path, ["编号", "再挑战OS(月)", "是否死亡", "ECOG", "吸烟史"], rows)
    asked = {q.target: q for q in propose([path]).questions if q.topic in ("codes", "grouped")}
    counts = {t: q.words["counts"] for t, q in asked.items()}
    assert counts == {"ECOG": "0-1: 2; 0/1: 2", "SMOKE": "有: 4; 无: 4"}
    assert all(q.blocking and q.topic == "grouped" for q in asked.values())


def test_accents_do_not_count():
    assert without_accents("Décès (Straße) が") == "Deces (Strasse) が" and tokens("Último_Décès") == (
        "ultimo",
        "deces",
    )

    class Flag:
        name, type, levels = "", "flag", {}

    assert [level_of(w, Flag) for w in ("décédé", "vivant", "Sí", "lebt")] == ["1", "0", "1", "0"]
