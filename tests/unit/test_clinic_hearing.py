from __future__ import annotations

from functools import cache

import pytest

from bot.clinic.hearing import Ears, EmergencyHeard, compile_signs, hear_emergency
from bot.clinic.phrases import compile_phrase, find, read_message
from bot.clinic.spelling import Spelling, is_one_slip, plain, read_words
from tests.clinic_data import committed, sign

SAID = {
    "breathing": """I can't breathe|i cant breath|can not breathe properly|it's hard to breathe
        I'm really struggling to breathe|my throat is closing up|throat feels tight|Wheezing|can’t swallow
        trouble breating|dificulty breathing|No, I can't breathe|I CAN'T BREEEATHE|throat swelling up
        i'm having an allergic reaction|my airway is closing|I don't feel well can't breathe
        don't feel well, wheezing""",
    "lip_or_tongue_swelling": """My tongue is swelling|my lips have swollen up so much|lips swelling!!
        my lips are swolen|not sure but my lips look swollen|I don't know why but my tongue is swelling
        i'm not well and my lips are swollen|my tounge feels thick|My lips, they're swollen|mý lïps are swollen
        not feeling well lips swollen""",
    "face_swelling": "my face has blown up|face is really swollen|my cheeks are ballooning",
    "around_eye": """my eyelids are swollen shut|my eye is swelling
        my eyes are so puffy I can't open them|eyes swollen|redness around my eye""",
    "sight_change": """I can't see|I cant see out of my left eye|my vision is blurry|everything's gone blurry
        seeing double|i've gone blind in one eye|lost my sight|blurred vison|vision has gone funny""",
    "white_or_net_skin": """the skin on my cheek has turned white|there's a white patch on my cheek
        my nose is going blue|skin looks like a purple net|lacy purple pattern on my skin|skin is mottled
        part of my face went white then purple|my cheek is going grey and cold""",
    "weak_or_drooping": """my face is drooping|one side of my face is drooping|my arm is weak
        slurred speech|half my face won't move
        my mouth has dropped on one side|I think I'm having a stroke""",
    "severe_headache": "the worst headache of my life|sudden severe headache",
    "faint_or_fast_heart": """he collapsed|i passed out|having a seizure|siezure|my heart is racing|I fainted
        palpitations|feel faint""",
    "bleeding": """the bleeding won't stop|blood is pouring down my face|soaked three towels|still gushing
        I've been pressing for an hour and it still bleeds|can't stop the blood""",
    "unwell": "I'm vomiting and shivery|call an ambulance|I think I'm dying|suddenly confused and dizzy",
    "spreading_fast": "redness spreading fast|red streaks running down my neck",
    "severe": "the pain is unbearable|I'm in agony",
    "self_harm": """i want to die|I want to kill myself|i don't want to live anymore|thinking of suicide
        I see no point in living|dont see the point in living
        I want to end my life
        I feel suicidal|i don't want to be here anymore|better off dead|I'll end it""",
    "harm_done": """ive taken all my tablets|I took thirty paracetamol|she has swallowed a whole packet
        I've cut my wrists deep""",
    "fever": """I have a fever and the redness is spreading|38.5 temperature and my face is hot and red
        temp of 39 and redness spreading|fever, skin hot and red""",
    "blisters": "blisters and it hurts a lot",
}
HIVES = """I'm covered in hives|hives all over my body|itchy welts on my arms and legs
    weals everywhere|nettle rash from head to toe|I've come out in a rash all over and feel sick"""
HARMLESS = """no fever|not swollen|I have no trouble breathing|no fever or trouble breathing|a fever since noon
    no swelling of the lips|my lips are not swollen|without any swelling of the lips|no fever, swelling or wheezing
    I want fuller lips|I'm dying to see the results|droopy|my skin looks grey and dull|uneven tone, red cheeks
    I can't see any difference after two sessions|I can't see the price|cant see the button|does it hurt?
    I want to look fresh for my wedding while on a budget|redness for two days|I'm confused about the options
    fine lines around my eyes|I hate my face|can't stop thinking about it|white spots on my nose|it's a gift
    I have a white dress for the wedding|spider veins on my cheeks|is parking available|I never had a fever
    you are breathtaking|I don't see the point of it|I don't want to die|is it painful|no fever, my face is fine
    😀|日本語|||?!|12.5|blisters
    I had a seizure ten years ago|my dad had a stroke|the swelling in my lips has gone down"""
DOUBTFUL = """can it cause blindness?|can microneedling cause trouble breathing?|what if my lips swell up
    what happens if I faint|I had a seizure once|no fever, trouble breathing|face a bit swollen
    is there a risk of going blind|I read that people lose their sight|I feel awful"""


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.replace("\n", "|").split("|")]


@cache
def ears() -> Ears:
    return compile_signs(committed().signs.values(), committed().words)


def hear(text: str) -> EmergencyHeard | None:
    return hear_emergency(text, ears())


@pytest.mark.parametrize(
    ("sign_id", "text"), [(row, text) for row, texts in SAID.items() for text in lines(texts)]
)
def test_the_red_list_is_heard_in_everyday_words(sign_id: str, text: str) -> None:
    heard = hear(text)
    assert heard is not None
    assert sign_id in heard.signs
    assert heard.certain


@pytest.mark.parametrize("text", lines(HIVES))
def test_hives_all_over_are_asked_about(text: str) -> None:
    """Without trouble breathing they can wait until the same day: the clinic's list says so."""
    heard = hear(text)
    assert heard is not None
    assert "hives_all_over" in heard.signs
    assert not heard.certain


@pytest.mark.parametrize("text", lines(HARMLESS))
def test_what_is_harmless_or_denied_is_not_heard(text: str) -> None:
    assert hear(text) is None


@pytest.mark.parametrize("text", lines(DOUBTFUL))
def test_a_question_a_memory_or_doubtful_words_are_asked_about(text: str) -> None:
    heard = hear(text)
    assert heard is not None
    assert not heard.certain


def test_every_red_sign_has_words_of_its_own() -> None:
    for row in committed().signs.values():
        assert bool(row.heard) or not (row.red or row.red_with), row.id
        assert row.id in {*SAID, "hives_all_over"} or not row.red, row.id


def test_no_answer_that_a_person_can_choose_sounds_like_an_emergency() -> None:
    rows = committed()
    for table in (rows.concerns, rows.precautions, rows.timelines):
        for row in table.values():
            for word in (row.label, *row.also):
                assert hear(word) is None, (row.id, word)


def test_whom_to_ring() -> None:
    assert hear("I want to die").family == "crisis"  # type: ignore[union-attr]
    assert hear("my skin is mottled").family == "skin_colour"  # type: ignore[union-attr]
    both = hear("my skin is mottled and I can't breathe")
    assert both is not None
    assert (both.family, both.signs) == ("ambulance", ("breathing", "white_or_net_skin"))


def test_a_sure_sign_decides_the_family_over_a_doubtful_one() -> None:
    heard = hear("the skin is mottled. Can it cause seizures?")
    assert heard is not None
    assert (heard.family, heard.certain) == ("skin_colour", True)


def test_what_is_happening_now_is_certain_also_in_a_question() -> None:
    heard = hear("what if my lips are swollen right now")
    assert heard is not None
    assert heard.certain


def test_a_negation_ends_with_its_sentence() -> None:
    for text in ("Not itchy. Tongue swelling", "not itchy but my tongue is swelling", "no, tongue swelling"):
        heard = hear(text)
        assert heard is not None
        assert heard.certain


def test_a_sentence_without_end_reaches_only_so_far() -> None:
    heard = hear("what if " + "well " * 60 + "I can't breathe " + "well " * 60)
    assert heard is not None
    assert heard.certain
    assert hear("no " + "well " * 60 + "or lips swollen") is not None


def test_a_sign_red_only_beside_another() -> None:
    small = compile_signs(
        [sign("fever", "fever", red=False, red_with=["hot"]), sign("hot", "hot/burning + skin", red=False)]
    )
    assert hear_emergency("fever", small) is None
    assert hear_emergency("my skin is burning", small) is None
    heard = hear_emergency("fever and my skin is burning", small)
    assert heard == EmergencyHeard(signs=("fever",), family="ambulance", certain=True)


def test_a_harmless_message_is_held_against_few_phrases() -> None:
    text = (
        "hello I would like to know how much it costs to have my fine lines and acne scars treated before my"
        " wedding in six weeks and whether I can park near you"
    )
    assert hear(text) is None
    words = {word.text for word in ears().spelling.mend(read_words(text))}
    assert sum(len(ears().by_word.get(word, ())) for word in words) <= 20
    assert sum(len(phrases) for phrases in ears().by_word.values()) > 300


def test_what_is_said_to_be_well_is_asked_about_only() -> None:
    well = hear("my lips are fine and since this morning only one of my ankles is swollen")
    assert well == EmergencyHeard(signs=("lip_or_tongue_swelling",), family="ambulance", certain=False)
    was_well = hear("my lips were fine and since this morning they are swollen")
    assert was_well == EmergencyHeard(signs=("lip_or_tongue_swelling",), family="ambulance", certain=True)


# The notation


def says(line: str, text: str) -> bool:
    return bool(find(compile_phrase(line), read_message(read_words(text))))


def test_the_notation_of_phrases() -> None:
    assert says("lost vision/sight", "I have lost my sight")
    assert not says("lost vision/sight", "vision lost")
    assert not says("lost vision", "I lost. Vision is fine")
    assert says("lips + swollen", "swollen and sore are my lips")
    assert not says(
        "lips + swollen",
        "my lips are fine and since this morning only one of both my left and right ankles looks swollen",
    )
    assert not says("lips + swollen", "my lips. they swollen")
    assert says("lips + swollen", "my lips. swollen"), "a word alone goes on with the sentence before it"
    assert not says("fever + yes", "a fever? yes"), "it answers, and names nothing"
    assert says("cant see .", "I can't see, help")
    assert says("cant see .", "I can't see")
    assert not says("cant see .", "I can't see it")
    assert says("face - bit", "my face")
    assert not says("face - bit/little", "a little my face")
    assert says("face - bit", "a bit. my face")
    assert not says("lips + swollen", "lips")
    assert not says("very painful swelling", "painful")
    assert compile_phrase("? awful").doubtful
    assert compile_phrase("~ looks grey").if_treated


@pytest.mark.parametrize(
    ("text", "if_treated"),
    [
        ("my skin looks grey", True),
        ("my cheeks look so grey lately", True),
        ("my skin turned grey", False),
        ("my skin looks grey since the injection", False),
        ("my skin looks grey and I can't breathe", False),
    ],
)
def test_how_skin_looks_is_an_emergency_after_a_treatment_only(text: str, if_treated: bool) -> None:
    heard = hear(text)
    assert heard is not None
    assert (heard.certain, heard.if_treated) == (True, if_treated)


@pytest.mark.parametrize("line", ["", "my very", "lips + my", ".", "? "])
def test_a_phrase_without_a_word_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="no word to hear"):
        compile_phrase(line)


def test_a_list_of_words_stands_for_its_words() -> None:
    lists = {"hot": ["hot", "warm"]}
    phrase = compile_phrase("skin + $hot - not/$hot", lists)
    assert phrase.parts[1] == (frozenset({"hot", "warm"}),)
    assert phrase.unless == {"not", "hot", "warm"}
    with pytest.raises(ValueError, match="no list cold"):
        compile_phrase("skin + $cold", lists)


def test_several_words_are_no_choice() -> None:
    with pytest.raises(ValueError, match="more than one word"):
        compile_phrase("胸痛/胸口痛 now")
    assert says("胸痛", "我胸痛")
    assert not says("胸痛", "胸不痛")


def test_a_small_word_is_no_choice() -> None:
    with pytest.raises(ValueError, match="my/own"):
        compile_phrase("end my/own life")


def test_a_stem_stands_for_every_word_that_begins_so() -> None:
    small = compile_signs([sign("lips", "lips + swell*/puff*")])
    for text in ("lips swelled", "lips are swellings", "puffy lips"):
        assert hear_emergency(text, small) is not None, text
    assert hear_emergency("lips and shells", small) is None
    assert compile_phrase("swell*").words == {"swell*"}


def test_a_misspelt_word_may_still_be_one_of_another_language() -> None:
    row = sign("sight", "double vision").model_copy(update={"heard_abroad": {"it": ["visio* + doppia"]}})
    assert hear_emergency("visione doppia", compile_signs([row])) is not None


@pytest.mark.parametrize(
    "text",
    ["sin labios hinchados", "labios no hinchados", "les lèvres ne sont pas gonflées",
     "keine geschwollenen Lippen",
     "Губы не опухли", "отека губ нет", "dudaklarım şiş değil", "嘴唇没有肿"],
)  # fmt: skip
def test_a_denial_in_another_language_takes_back(text: str) -> None:
    assert hear(text) is None


@pytest.mark.parametrize(
    "text", ["hinchados, no. Labios hinchados", "no, labios hinchados", "labios hinchados, no sé"]
)
def test_a_denial_in_another_language_ends_at_a_comma(text: str) -> None:
    assert hear(text) is not None


@pytest.mark.parametrize(
    "text", ["J'ai fait un AVC en 2016", "Infarkt? Herzinfarkt vor zehn Jahren", "инфаркт был пять лет назад"]
)
def test_what_is_long_past_in_another_language_is_not_heard(text: str) -> None:
    assert hear(text) is None


@pytest.mark.parametrize(
    "text", ["peut-on perdre la vue avec ça ?", "¿puede causar un infarto?", "kann man davon blind werden"]
)
def test_a_question_in_another_language_is_no_alarm(text: str) -> None:
    heard = hear(text)
    assert heard is None or not heard.certain


@pytest.mark.parametrize("text", ["wifi collapsed", "the chair in my kitchen collapsed", "our old cat fainted"])
def test_things_and_animals_are_no_patients(text: str) -> None:
    assert hear(text) is None


def test_another_person_is_asked_about_unless_treated() -> None:
    other, treated = hear("my teacher passed out"), hear("my teacher passed out after the injections")
    assert other is not None
    assert treated is not None
    assert (other.certain, treated.certain) == (False, True)


@pytest.mark.parametrize(
    ("text", "certain"),
    [
        ("my lips were swollen on Monday. They went back to normal, all fine now", False),
        ("my lips were swollen on Monday. They went back to normal and are swollen again", True),
        ("i cant breathe 😂", False),
        ("i cant breathe, it feels as though my throat is closing", True),
        ("breathing is noisy, like when I had croup as a child", True),
        ("my mum had the treatment and is fainting", True),
        ("my son collapsed at school, I need to move my slot", False),
    ],
)
def test_what_is_over_a_joke_or_told_of_somebody_else_is_asked_about(text: str, certain: bool) -> None:
    heard = hear(text)
    assert heard is not None
    assert heard.certain is certain


@pytest.mark.parametrize(
    ("text", "certain"),
    [
        ("have you ever had anyone lose their sight from this", False),
        ("is it true that some person can become blind from filler", False),
        ("is it possible to go blind from it", False),
        ("is it possible that my lips are swelling", True),
        ("do ur lips get massive after", False),
        ("my mates said i'd faint", False),
        ("my eyelid was swollen yesterday. Today: gone", False),
        ("it bled for some minutes and stopped soon, it was over half an hour, that's fine isn't it", False),
        ("the bleeding stopped and then it started again and it won't stop", True),
        ("the swelling round her eyes went down, but it came back and her eye is shut", True),
        ("my mother has epilepsy and has seizures", False),
        ("my mother has gone stiff and is having a seizure", True),
        ("red patch 2 cm at nine, 10 cm at noon", True),
        ("I feel faint, aren't I lucky", True),
        ("she fainted, didn't they", True),
    ],
)
def test_what_could_be_what_is_over_and_what_is(text: str, certain: bool) -> None:
    heard = hear(text)
    assert heard is not None
    assert heard.certain is certain


def test_a_question_tag_denies_nothing() -> None:
    assert [word.text for word in read_words("it hurts, isn't it. Stop")] == ["it", "hurts", "stop"]
    assert [word.text for word in read_words("he isn't, it stays")] == ["he", "isnt", "it", "stays"]


def test_neither_of_mine_is_a_denial() -> None:
    assert hear("neither of my eyes is swollen") is None


def test_a_list_that_is_denied_in_the_end_is_asked_about() -> None:
    heard = hear("swollen tongue, blurred vision. None of these")
    assert heard is not None
    assert not heard.certain


@pytest.mark.parametrize(
    "text",
    [
        "i c4n't br3athe",
        "c.a.n.t breathe",
        "can't. breathe.",
        "breathe. can't",
        "j'étouffe",
        "qu'il s'étouffe",
        "can't",
    ],
)
def test_odd_spellings(text: str) -> None:
    assert (hear(text) is None) == (text == "can't")


def test_words_of_doubt_count_only_near_a_phrase() -> None:
    far = "my eye is so swollen that it has shut and it began about one hour after the needles and no concealer"
    assert hear("eye swollen, concealer") is None
    assert hear(far) is not None


def test_plain_words() -> None:
    assert plain("SOOO Détendu, I’m") == "so detendu, im"
    read = read_words("I can not see at 38,5 or 39.1")
    assert [word.text for word in read] == ["i", "cant", "see", "at", "38", "degrees", "39", "degrees"]
    assert [word.after for word in read] == ["end", "", "", "", "", "", "or", ""]
    assert [word.after for word in read_words("no fever, and or but pain")] == ["end", "", "end"]
    assert [word.after for word in read_words("fever or, pain")] == ["end", "or"]
    assert read_words("") == ()


@pytest.mark.parametrize(
    ("word", "meant"),
    [("swolen", "swollen"), ("swollenn", "swollen"), ("swullen", "swollen"), ("swlolen", "swollen"),
     ("wsollen", "swollen"), ("swollen", "swollen"), ("stolen", None), ("rollen", None), ("lps", None),
     ("swoll3n", None)],
)  # fmt: skip
def test_one_slip_in_a_word_of_five_letters_or_more(word: str, meant: str | None) -> None:
    assert Spelling(["swollen", "lips"]).known(word) == meant


def test_everyday_words_are_no_slips() -> None:
    spelling = ears().spelling
    for word in ["while", "heard", "never", "light", "smell", "threat", "right", "think", "change", "block"]:
        assert spelling.known(word) in {None, word}, word


def test_one_slip() -> None:
    assert is_one_slip("abcde", "abcd")
    assert is_one_slip("abcd", "abcde")
    assert is_one_slip("abdc", "abcd")
    assert is_one_slip("abcx", "abcd")
    assert not is_one_slip("abxx", "abcd")
    assert not is_one_slip("bcdea", "abcd")
