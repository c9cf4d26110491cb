"""Words around a phrase that put it in doubt: read by bot.clinic.context. Those of what is past: cues_past.

Each is one expression of plain English words, as bot.clinic.spelling leaves them.
"""

from __future__ import annotations

import re
from collections.abc import Callable


class Cue:
    """An expression that is compiled when it is first looked for, so that importing costs nothing."""

    search: Callable[[str], re.Match[str] | None]
    match: Callable[[str], re.Match[str] | None]
    sub: Callable[[str, str], str]

    def __init__(self, expression: str) -> None:
        self._expression = expression

    def __getattr__(self, name: str) -> object:
        compiled = re.compile(self._expression)
        self.search, self.match, self.sub = compiled.search, compiled.match, compiled.sub
        return getattr(compiled, name)


def one_of(lines: str) -> Cue:
    """One expression a line; any of them, from the start of a word to the end of one."""
    return Cue(rf"\b(?:{'|'.join(line.strip() for line in lines.strip().splitlines())})\b")


COULD_HAPPEN = one_of(r"""
    (?:can|could|does|do|did|will|would|might|may) (?:it|this|that|these|they|you|people|one|i|my|the)
    (?:has|have) (?:it|this|that|these|they|you|people|one)
    (?:can|could|does|do|will|would|might|may) (?:she|he|we|u)
    (?:can|could|does|do|did|will|would|might|may) an? (?:person|patient|woman|man|lady|body)
    (?:can|could|does|do|did|will|would|might|may|has|have) (?:anyone|anybody|someone|women|patients)
    (?:can|could|does|do|did|will|would|might|may) (?:microneedling|mesotherapy|fillers?|treatments?|needling)
    (?:can|could|does|do|did|will|would|might|may) (?:injections?|cream)
    (?:could|can|might|may|would) (?:\w+ )?(?:cause|lead|make|give|happen|get|turn|swell|faint|go)
    (?:like|want) to know what (?:an?|it|they|the)
    (?:which|what) (?:symptoms|signs)
    what (?:if|happens|are|is|does|do you do|would|could|might|counts? as|qualifies as)
    whats
    in case
    would there
    danger of
    suppose
    imagine
    how (?:do|would|will|can) (?:i|you)
    how (?:common|often|likely|high)
    side effects?
    risks?
    chances?
    (?<!not )(?<!longer )possib\w*
    likel\w*
    common
    prevent
    avoid
    allergic to
    scared (?:of|i)
    (?<!im )afraid(?! (?:my|i have|im))
    im afraid (?:of|it|that it|to|to \w+|i will|ill|id|(?:that )?my \w+ (?:will|would|might|could))
    fear
    frightened
    terrified of
    (?:worried|scared|anxious) (?:it|this|that it|about)
    heard
    (?<!cant )(?<!couldnt )read
    saw an?
    watched an?
    how much
    should i (?:expect|worry about)
    (?:can|could|does|do|would|will) an? (?!doctor|nurse|practitioner)\w+
    video
    article
    film
    told me
    signs of
    symptoms of
    watch for
    look out for
    tend to
    (?:is|was) (?:it|this|that) (?:true|possible to|a myth|a thing)
    possible (?:to|that (?:it|one|people|someone|somebody|some))
    (?:have|has|had|did|do|does|were|was|are) (?:\w+ ){1,2}ever
    ever (?:had|have|seen|see|known|get|lost|happen\w*|make|cause|been (?:a|any|anyone|anybody|someone|cases?))
    (?:some|many|any|most|other) (?:person|people|persons|patients|clients|customers)
    (?:people|patients|clients|customers|folk|folks|women) (?:can |could |do |who |that |really |ever )?\w+
    (?:had|have|has|get|seen) (?:anyone|anybody|someone|somebody|people|patients|customers|cases)
    do you (?:get|see|have)
    (?:do|does|is|are|will|would) your (?!doctor|nurse|practitioner|team|staff|clinic|colleague)\w+
    (?:do|does|will|would) (?:their|his|her|everyones|ones|peoples?)
    (?:what|which) (?:percentage|proportion|number)
    cases of
    (?:am|are) (?:i|you|we|they) likely
    (?:said|says|told|warned|promised|thought|figured|sure|swore|bet|reckoned|convinced) (?:\w+ )?(?:id|i would)
    (?:expected|expecting|expect) (?:my|it|to|the|half)
    (?:sure|thought|certain|convinced) (?:my|the) \w+ (?:would|will|was going|were going)
    (?:said|told \w+|warned \w+|thought|sure) (?:my|the|your) \w+ would
    meant to
    (?:are|do|does|can|could) (?:under|most|any)
""")
NOT_ABOUT_CHANCE = one_of(r"""
    (?:can|could|will|would) (?:you|someone|anyone|somebody|one)(?: please)? (?:tell|help|call|ring|come|say)
    (?:can|could|will|would) (?:you|someone|anyone|somebody|one)(?: please)? (?:answer|reply|hurry|send|get|listen)
    (?:can|could|will|would) (?:you|someone|anyone|somebody|one)(?: please)? (?:phone|see|check)
    do (?:you|i) (?:know|think|mind|need|have)(?! (?:people|patients|anyone|anybody|someone|cases))
    do i
    did i
    what (?:do|should|can|must|shall) i do
    (?:read|know|heard|see|tell)\w* (?:if|whether|why|that i|that my)
    have (?:i|you)(?! ever)
    it(?: is)? possible(?! to| that (?:it|one|people|someone|somebody|some))
    what (?:is|are) (?:happening|wrong|going|this)
    whats (?:happening|wrong|going|this)
""")
"""Questions about what is: taken out before looking for those about what could be."""
_BEFORE_IF = "know sure wonder wondering ask tell see check bad normal ok okay fine worse serious as"
_I_DO = (
    "press breathe breath swallow talk speak smile stand look blink move lie try sit close open touch cover lift"
    " bend walk get put took take woke got came left"
)
"""What is felt now is felt at something: "it hurts when I swallow"."""
IF = Cue(
    "".join(f"(?<!{word} )" for word in _BEFORE_IF.split(" "))
    + r"\b(?:if|when|whenever|should (?=i (?:get|have|feel|start|notice))) ?"
    + rf"(?!i (?:{_I_DO.replace(' ', '|')})\b|this|that"
    + r"|it (?:is )?(?:normal|ok|okay|fine|serious|bad|important|matters))"
)
FIRST_ASKS = Cue(r"^(?:is|are|does|do|can|could|will|would|may|might|any)$")
ASKED_AFTER = one_of(r"""
    side effects?
    known
    risk
    common
    rare
    possible
    likely
    happens?
    often
    afterwards
    with needles
    who (?:do|should|would|can) i
    what is (?:it|that)
    when(?:ever)? i (?:thought|realised|realized|remembered|opened|read)
    when(?:ever)? i (?:see|saw|climb|run|walk|exercise|swim|drink|eat|smoke|cry|laugh|think|hear|have|train|rush)
    when(?:ever)? (?:im|i am|it is|its|it) (?:nervous|cold|tired|stressed|anxious|excited|hot|running|upset)
""")
_DO_NOW = "(?:try|tries|cough|check|press|breathe|breath|swallow|talk|speak|smile|stand|look|blink|move|lie|sit)"
_HERE = "(?! (?:injected|jabbed|treated|there|at|with|in your|here))"
HABIT = one_of(rf"""
    (?<!at )once
    sometimes
    usually
    always
    every (?:morning|night|winter|spring|summer|year|month|so often)
    every time(?! (?:the|it|my) | (?:i|he|she) {_DO_NOW}\b)
    in (?:the )?(?:mornings|winter|summer|spring)
    (?:many|several|some|ten|\d+|two|three|four|five|for|of) years
    with age
    chronic\w*
    last (?:week|month|time|session|visit|treatment)
    some ?where else
    else ?where
    not (?:treated|related|connected|your patient|one of your)
    unrelated
    nothing to do with (?:you|the treatment|this|my|your)
    (?:another|other|different) clinic
    a few weeks ago
    months? ago
    after my last
    since (?:i was{_HERE}|an?(?! (?:hour|half|minute|few))|my|i broke|i had my|the (?:accident|operation)) \w*
    (?:since|in|last) (?:january|february|march|april|june|july|august|september|october|november|december)
    (?:day|night|week|daily) as usual
    (?:some|few|two|three|several) (?:weeks|months) ago
    twice a (?:day|week)
    whenever
    tend to
    used to
    (?:nearly|almost) (?:had|gave|died|choked)
    (?:he|she|they|husband|mum|everyone) (?:nearly|almost) (?:fainted|collapsed|died|passed out)
    (?:an?|my) (?:patient|client|colleague) (?:with|has|had)
    carer
    car(?:e|ing) for (?:him|her|my|them)
""")
HAD_TREATMENT = Cue(
    r"\b(?:had|got|has had) (?:(?:the|her|his|an?|some|your|it|face|lips|cheeks|skin) ){0,2}(?:\w+ )?"
    r"(?:treatments?|injections?|jabs?|needling|microneedling|session|facial|mesotherapy|meso|done)\b"
)
"""Of somebody in the family: no illness of theirs."""
_NOT_ACUTE = (
    r"(?! (?:just |now |suddenly |all |completely )*(?:gone|chest|trouble|pain|pains|difficulty|problems|collapsed"
    r"|stopped|fallen|turned|passed|slumped|unconscious|lost|dropped|slid|swollen|become|started|come|fainted"
    r"|blacked|stiff|floppy|unresponsive|not|(?!being|feeling|having|going|coming|getting|asking|thinking|taking"
    r"|living|dying)\w{3,}ing)\b)"
)
"""What happens to a relative now is no illness in the family: "my mother has gone stiff"."""
_ILL = r"(?:an?|in(?: the)? hospital|diabetic|epileptic|asthmatic|allergic|prone|blind|deaf|disabled|dead)"
RELATIVE = one_of(rf"""
    my (?:\w+ )?(?:mum|mom|mother|dad|father|uncle|aunt|auntie|brother|sister|cousin) (?:had|died|suffered|got)
    my (?:\w+ )?(?:mum|mom|mother|dad|father|uncle|aunt|auntie|brother|sister|cousin) has{_NOT_ACUTE}
    (?:mum|mom|mother|dad|father|grand\w+|gran|nan|uncle|aunt|auntie|brother|sister|parents?|family|cousin) had
    (?:grand\w+|gran|nan|uncle|aunt|auntie|cousin) (?:went|goes|gets?|lost)
    (?:mum|mom|mother|dad|father|grand\w+|gran|nan|uncle|aunt|auntie|brother|sister|cousin) died
    (?:mum|mom|mother|dad|father|grand\w+|gran|nan|uncle|aunt|auntie|brother|sister|cousin) has{_NOT_ACUTE}
    (?:mum|mom|mother|dad|father|grand\w+|gran|nan|uncle|aunt|auntie|brother|sister|cousin) (?:is|s) {_ILL}
    (?:family|parents?) (?:has|have|got)
    grand\w+ (?:suffered|got)
""")
_SUBJECT = (
    r"(?:^|\b(?:so|because|cos|coz|as|since|that|when|while|where|also|says?)) ?"
    r"(?:(?:my|our|the|her|his|your|their|ur|an?|one|this|some|mates|friends|neighbou?rs|next|doors) ){{0,3}}"
    r"(?:\w+ )?(?:{})s? (?:(?!(?:i|im|ive|my|me|she|her|he|his|him|we|it|wife|husband|patient)\b)\w+ ){{0,4}}$"
)
"""Who or what a phrase is said of: nobody else is named between them."""
WHERE = Cue(r"\b(?:in|on|at|of|from|outside|behind|near) (?:my|the|our|his|her|your|ur) \w+ ")
_THINGS = (
    "cat kitten dog puppy pup hamster rabbit horse pony parrot budgie goldfish fish tortoise hen cow pet pig "
    "phone mobile wifi internet router laptop computer tablet pc app website site server screen tv telly "
    "battery charger car van bike bus train engine boiler fridge oven machine dishwasher heating tap pipe "
    "chair deckchair table desk sofa couch bed shelf shelves wardrobe ladder scaffolding marquee hammock rail "
    "tent fence wall roof ceiling shed gazebo umbrella building house bridge cake souffle cricket sourdough "
    "bread loaf dough plant garden market economy company business team deal film movie series song playlist "
    "character plot link page form system zoom call connection signal"
)
THINGS = Cue(_SUBJECT.format(_THINGS.replace(" ", "|")))
_OTHERS = (
    "teacher colleague coworker boss manager neighbou?r landlord postman driver hairdresser actor actress "
    "celebrity man woman guy girl lady bloke kid child children baby toddler classmate student pupil customer "
    "client"
)
OTHERS = Cue(_SUBJECT.format(_OTHERS.replace(" ", "|")))

TREATED = one_of(r"""
    injections?
    injected
    needl\w+
    jabs?
    jabbed
    treatments?
    treated
    session
    appointment
    clinic
    facial
    mesotherapy
    meso
    after (?:you|u|your)
""")
CERTAINLY_NOW = one_of("right now|help me|please help|at the moment|is it (?:normal|ok|okay)|started")
REARRANGED = one_of(r"""
    running late
    so im late
    (?:cant|couldnt|wont|not) make it
    (?:cancel|move|rebook|reschedule|postpone|change|rearrange) (?:my|the|our|tomorrows?|todays?|it)
    (?:to|must|can i|can we|please) (?:cancel|rebook|reschedule|postpone|rearrange)
""")
THIRD = one_of(r"""
    (?:my|the|our) (?:\w+ )?(?:son|daughter|baby|kids?|mum|mom|mother|dad|father|nan|gran|husband|wife|partner)
    (?:my|the|our) (?:\w+ )?(?:neighbou?r|boss|friend|brother|sister|aunt|uncle|flatmate|colleague)
    grand\w+
    (?:mum|mom|dad|nan|gran)
""")
"""Why somebody comes later: somebody else is ill."""
COMPARED = Cue(r"\blike (?:when|the time|that time|it did|i did|i had)\b.*")
"""What it feels like is no past: "noisy like when I had croup"."""
JOKE = Cue(
    r"(?<!not )(?<!not a )(?<!no )(?<!isnt )(?<!aint )"
    r"\b(?:lol|lmao|rofl|(?:ha){2,}h?|(?:he){2,}|hihi|jk|kidding|joking|joke"
    r"|ma(?:de|kes|king) (?:me|us|him|her) laugh|laughing about|laughed|giggl\w+|hilarious|meme"
    r"|what an? (?:hero|laugh))\b"
)
TOLD_IN = one_of(r"""
    films?|movies?|songs?|novel|episode|lyrics|netflix|series|documentary|leaflet|poster|stage
    tiktok|instagram|insta|youtube|facebook|forum|magazine
""")
NONE_OF_IT = one_of(r"""
    none (?:of (?:these|those|them|that|this|it)|so far|yet|here)
    nothing like (?:that|this)
    any of (?:these|those|them|that)
    it hasnt(?! (?:come|gone|stopp\w*|got|clear\w*|settled|improved|chang\w*|eased|been|let|stayed|moved))
    they havent
    not me
""")
"""Perhaps a sentence later: "swollen lips, blurred sight. None of these"."""
REGRET = Cue(
    r"\b(?:feel|feels|feeling|felt)(?: \w+){0,4} (?:about (?:it|that|this|not|your|\w+ing)|for (?:\w+ing|not)"
    r"|that i (?:forgot|missed|left|had to|couldnt|cant|didnt)|i (?:forgot|missed|left)"
    r"|cancell?ing|leaving|missing|having to|letting)\b"
)
"""That somebody is sorry, and not ill: "I feel terrible about it"."""
AS_EVER = one_of(r"""
    as \w+ as (?:ever|always|usual)
    swallow (?:that (?:i|im|he|she|it|my|you)|the (?:news|idea|fact|truth|thought))
    without (?:my|the|her|his|any)? ?(?:glasses|specs|spectacles|contacts|lenses|contact)
""")
"""What it is every day, or a manner of speaking."""
