"""What the words around a phrase of another language make of it: denied, or a question about what could happen.

Each list holds the plainest words of the languages of `heard_abroad`, as they stand but for case and accents.
"""

from __future__ import annotations

from bot.clinic.cues import Cue, one_of
from bot.clinic.phrases import Found
from bot.clinic.spelling import Word, plain, word_set

_NONE_BEFORE = {
    language: word_set(plain(words))
    for language, words in {
        "ar": "لا ما بدون ليس مافي مش لم بلا",
        "de": "kein keine keinen keinerlei nicht ohne nie",
        "es": "no sin ningún ninguna tampoco",
        "fr": "pas sans aucun aucune ni jamais",
        "hi": "नहीं कोई koi",
        "it": "non senza nessun nessuna",
        "pl": "nie bez brak żadnych żadnej żadnego",
        "pt": "não sem nenhum nenhuma nem",
        "ro": "nu fără niciun nicio",
        "ru": "не нет без никакой никаких",
        "uk": "не немає нема без жодних",
        "zh": "没 沒 無 无 不",
    }.items()
}
_NONE_AFTER = {
    language: word_set(plain(words))
    for language, words in {
        "hi": "नहीं nahi nahin nai",
        "ru": "нет прошел прошла прошло",
        "tr": "yok değil geçti kalmadı",
        "uk": "немає нема минув минула",
    }.items()
}
_NOTHING: frozenset[str] = frozenset()
_BEFORE_AT_MOST, _AFTER_AT_MOST = 2, 2


def _one_of(lines: str) -> Cue:
    return one_of(plain(lines))


_COULD_HAPPEN = _one_of(r"""
    (?:puede|pueden|podría|podrían) (?:\w+ ){0,3}(?:causar|provocar|dar|hacer|producir|pasar|dejar|ser)
    riesgos?
    qué pasa si
    (?:y|pero) si me
    es (?:verdad|cierto) que
    algún caso
    (?:peut|pourrait|peuvent) (?:\w+ ){0,3}(?:causer|provoquer|donner|rendre|arriver|faire|être|devenir|perdre)
    est ce que (?:ça|cela|le|la|les|on|une|un)
    risques?
    que faire si
    et si
    (?:può|possono|potrebbe) (?:\w+ ){0,3}(?:causare|provocare|dare|far|fare|succedere|essere|portare)
    rischio
    cosa succede se
    è vero che
    (?:pode|podem|poderia) (?:\w+ ){0,3}(?:causar|provocar|dar|fazer|acontecer|deixar|ser)
    risco
    e se
    é verdade que
    será que
    kann (?:man|das|es|die|eine|einem|microneedling|mesotherapie|dabei|davon)
    (?:könnte|können|könnten) (?:man|das|es|die|eine|microneedling|mesotherapie|spritzen|davon)
    risiko
    was (?:ist|passiert|mache ich|tun) wenn
    stimmt es
    gibt es
    frage nur
    czy (?:może|mogą|można|to|zabieg|po|mezoterapia|mikro\w*|jest)
    ryzyko
    (?:co|a) jeśli
    (?:yapar|olur|eder|verir) m[ıiuü]
    olabilir mi
    neden olur
    yol açar
    risk\w*
    olursa
    (?:может|могут|можно) ли
    (?:может|могут) (?:\w+ ){0,3}(?:вызвать|быть|привести|стать|возникнуть|случиться)
    риск\w*
    что если
    бывает
    правда ли
    чи (?:може|можуть|правда|буває|можна)
    (?:може|можуть) (?:\w+ ){0,3}(?:викликати|бути|спричинити|призвести)
    ризик\w*
    що якщо
    هل (?:ممكن|يمكن|الابر|تسبب|يسبب|صحيح)
    (?:ممكن|يمكن) (?:\w+ ){0,3}(?:تسبب|يسبب|يصير|يحدث)
    ماذا لو
    خطر
    会 不 会
    可 能 会
    如 果
    万 一
    风 险
    导 致
    引 起
    poate (?:\w+ ){0,3}(?:provoca|cauza|da|produce|duce)
    risc\w*
    ce se întâmplă dacă
    agar
    अगर
    (?:\w+ )?(?:ho|हो) (?:sakt|सकत)\w+
""")
_LONG_AGO = _one_of(r"""
    (?:19[5-9]|20[01])\d
    202[0-4]
    hace (?:\w+ )?años
    de (?:niño|niña|pequeño|pequeña|joven)
    il y a (?:\w+ )?ans
    (?:étant|quand j'étais) (?:enfant|petit|petite|jeune)
    vor (?:\w+ )?jahren
    (?:als|in meiner) (?:kind|kindheit|jugend)
    anni fa
    da (?:bambino|bambina|piccolo|piccola|giovane)
    anos atrás
    há (?:\w+ )?anos
    (?:em|quando era) (?:criança|pequena|pequeno)
    lat temu
    w dzieciństwie
    (?:лет|года?) назад
    в детстве
    (?:років|роки|рік) тому
    в дитинстві
    yıl önce
    çocukken
    قبل (?:سنه|سنوات|سنين)
    سنوات
    年 前
    小 时 候
    ani în urmă
    acum (?:\w+ )?ani
    (?:saal|sal) pehle
    bachpan
""")


def is_denied_abroad(found: Found, words: tuple[Word, ...]) -> bool:
    """Whether a word of denial that is not the phrase's own stands just before it, in it, or just after it.

    "sin fiebre", "labios no hinchados", "отёка нет", "ateşim yok".
    """
    first, last = min(found.starts), max(found.starts)
    before, after = max(0, first - _BEFORE_AT_MOST), min(len(words) - 1, last + _AFTER_AT_MOST)
    while before < first and any(word.after for word in words[before + 1 : first + 1]):
        before += 1
    while after > last and any(word.after for word in words[last + 1 : after + 1]):
        after -= 1
    own, language = found.phrase.words, found.phrase.abroad
    denied_before = _NONE_BEFORE.get(language, _NOTHING) - own
    denied_after = _NONE_AFTER.get(language, _NOTHING) - own
    return any(word.text in denied_before for word in words[before : last + 1]) or any(
        word.text in denied_after for word in words[last + 1 : after + 1]
    )


def asks_abroad(sentence: str) -> bool:
    """Whether a sentence in one of these languages asks what could happen."""
    return bool(_COULD_HAPPEN.search(sentence))


def was_long_ago_abroad(words: str) -> bool:
    """Whether the words around a phrase speak of long ago."""
    return bool(_LONG_AGO.search(words))
