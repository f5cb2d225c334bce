"""What words of cohorts look like: totals and notes, names of people, outcomes, tumours, drugs."""

import re

from ..read.cells import without_accents

NOTES = re.compile(
    r"[*#(\[]*\s*(checked by|reviewed by|notes?|legend|source|abbreviations?|footnote|legende|anmerkungen"
    r"|remarques?|leyenda|注記|"
    r"备注|注|说明|制表|填表|审核|核对|校对|录入)\b",
    re.IGNORECASE,
)
HIDDEN = re.compile(
    r"[\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff\u00a0\u0000-\u0008\u000b\u000c\u000e-\u001f]"
)
PERSONAL = (  # what an identifier may look like, and the pattern of it
    ("a mobile phone number", re.compile(r"(\+?86)?1[3-9]\d{9}")),
    ("a Chinese identity number", re.compile(r"\d{17}[\dXx]")),
    ("an e-mail address", re.compile(r"\S+@\S+\.\S+")),
    ("a hospital number", re.compile(r"(zy|mz|id)?0*\d{7,12}", re.IGNORECASE)),
    ("the name of a person", re.compile(r"[A-Z][a-z]+(,? [A-Z][a-z]+){1,2}|[A-Z]{2,}, ?[A-Z][A-Za-z]+")),
    ("the name of a person", re.compile(
        "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任沈姚卢姜崔钟谭陆汪范金"
        "石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤][\u4e00-\u9fff]{1,2}")),
)  # fmt: skip
HOSPITAL_NAMES = re.compile(r"mrn|hospital ?(no|number|id)|住院号|病案号|病历号|门诊号|姓名|\bname\b", re.IGNORECASE)
OUTCOMES = re.compile(
    r"(^|[^a-z])(death|died|dead|deceased|vital|survival|os|pfs|pfs1|pfs2|dfs|progression|progressed|pd"
    r"|relapse|recurrence|"
    r"bor|best.?response|orr|recist|event|status|censor(ed)?|cnsr|tod|tot|progress|progresion|rechute|recaida|ereignis|"
    r"evenement|evento|exitus|ansprechen|nouvelles)([^a-z]|$)|todes|sterbe|verstorb|gestorb|uberleb|deced"
    r"|\bdeces|survie|"
    r"muert|fallec|superviv|decess|letzter kontakt|dernier contact|ultimo contacto|"
    r"死亡|生存|进展|复发|疗效|存活|生死|存亡|结局|删失|转归|増悪|再発|転帰|効果",
    re.IGNORECASE,
)
GLUED = re.compile(  # the endpoint in a name that is written as one word: OSTIME, PFSCNSR
    r"(?<![a-z])(os|pfs)(?=(?:time|cnsr|cens|censor|event|evt|status|stat|months?|mon|mos?|days?|dur|date|flag"
    r"|ind|yn)(?![a-z]))",
    re.IGNORECASE,
)
OTHER_STATUS = re.compile(
    r"\b(?!(?:vital|survival|os|pfs|pfs1|pfsr|death|dead|alive|event|life|patient|patients|last|final"
    r"|follow.?up)\b)[a-z0-9]+["
    r" .-]*status\b|"
    r"adverse.?events?|unerwunschte\w* ereignis\w*|evenements? indesirables?|eventos? adversos?|"
    r"(cause|causa|ursache|reason|原因|死因)",
    re.IGNORECASE,
)  # of a gene, of smoking, of performance
NOT_LUNG = re.compile(
    r"melanom|renal|kidney|urothel|bladder|gastric|stomach|esoph|oesoph|colorect|colon|rectal|breast|hepato|liver|ovar|"
    r"head and neck|hnscc|prostat|lymphom|sarcom|glio|pancrea|cervi|thyroid|small.cell"
    r" lung|sclc|mesotheliom|黑色素|肾|膀胱|胃|"
    r"食管|结直肠|结肠|直肠|乳腺|肝癌|肝细胞|卵巢|头颈|前列腺|淋巴瘤|肉瘤|胰|宫颈|甲状腺|小细胞肺癌",
    re.IGNORECASE,
)
LUNG = re.compile(r"non.?small|nsclc|非小细胞", re.IGNORECASE)
INHIBITORS = re.compile(
    r"(?<!bevac)izumab|olimab|elimab|ivolumab|ipilimumab|durvalumab|avelumab|cemiplimab|tremelimumab"
    r"|ivonescimab|cadonilimab|"
    r"benmelstobart|benmelobart|cosibelimab|\bici|pd-?l?-?1|ctla|checkpoint|immun|\bio\b|keytruda|opdivo"
    r"|tecentriq|imfinzi|"
    r"(?<!贝伐珠)(?<!贝伐)单抗|免疫|[kKoOtT]药",
    re.IGNORECASE,
)
OTHER_DRUGS = re.compile(
    r"docetaxel|paclitaxel|pemetrexed|gemcitabine|vinorelbine|platin|etoposide|\bchemo|gefitinib|erlotinib|osimertinib|"
    r"afatinib|icotinib|almonertinib|furmonertinib|crizotinib|alectinib|anlotinib|bevacizumab|ramucirumab|radiothera|"
    r"多西他赛|紫杉醇|培美曲塞|吉西他滨|长春瑞滨|铂|依托泊苷|化疗|替尼|贝伐|放疗",
    re.IGNORECASE,
)
BIRTH = re.compile(r"birth|brth|born|\bdob\b|出生|生日", re.IGNORECASE)
OF_MEN = re.compile(r"prostat|testic|\bseminoma|前列腺|睾丸", re.IGNORECASE)
OF_WOMEN = re.compile(
    r"ovari(an|es)|\bovary|endometri|uterine|\buterus|cervix|cervical (cancer|carcinoma)|pregnan|卵巢|子宫|宫颈|妊娠|怀孕",
    re.IGNORECASE,
)
TUMOUR_COLUMNS = re.compile(
    r"cancer|tumou?r.?(type|site)|diagnos|^diag$|^dx$|primary.?(site|tumou?r)|瘤种|癌种|肿瘤类型|肿瘤部位|诊断",
    re.IGNORECASE,
)


def outcome_like(text) -> bool:
    """Whether a name speaks of death, survival, progression, or
    of an event, and not of a response or of another status.
    """
    if str(text).startswith("redcap_") or str(text).endswith("_complete"):
        return False
    if re.fullmatch(r"_[td](?:_.+)?", str(text)):
        return True  # the time and the event of Stata's stset
    words = without_accents(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(text)).replace("_", " "))
    words = GLUED.sub(r"\1 ", words)
    found = OUTCOMES.search(OTHER_STATUS.sub(" ", words))
    return bool(found) and not re.fullmatch(
        r"\W*(bor|best.?response|orr|recist|ansprechen|疗效|効果)\W*", found[0], re.IGNORECASE
    )
