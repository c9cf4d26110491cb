"""Words around a phrase that put it in doubt, in the past, or take it back: read by bot.clinic.context.

Each is one expression of plain English words, as bot.clinic.spelling leaves them.
"""

from __future__ import annotations

import re


def _cues(lines: str) -> re.Pattern[str]:
    """One expression a line; any of them, from the start of a word to the end of one."""
    return re.compile(rf"\b(?:{'|'.join(line.strip() for line in lines.strip().splitlines())})\b")


COULD_HAPPEN = _cues(r"""
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
    what (?:if|happens|are|is|does|do you do|would|could|might)
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
    possib\w*
    likel\w*
    common
    prevent
    avoid
    allergic to
    scared (?:of|i)
    afraid
    fear
    frightened
    terrified of
    (?:worried|scared|anxious) (?:it|this|that it|about)
    heard
    (?<!cant )(?<!couldnt )read
    saw an?
    watched an?
    how much
    should i expect
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
""")
NOT_ABOUT_CHANCE = _cues(r"""
    (?:can|could|will|would) (?:you|someone|anyone|somebody|one)(?: please)? (?:tell|help|call|ring|come|say)
    (?:can|could|will|would) (?:you|someone|anyone|somebody|one)(?: please)? (?:phone|see|check)
    do (?:you|i) (?:know|think|mind|need|have)
    do i
    did i
    what (?:do|should|can|must|shall) i do
    (?:read|know|heard|see|tell)\w* (?:if|whether|why|that i|that my)
    have (?:i|you)
    it(?: is)? possible
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
IF = re.compile(
    "".join(f"(?<!{word} )" for word in _BEFORE_IF.split(" "))
    + r"\b(?:if|when|whenever|should (?=i (?:get|have|feel|start|notice))) ?"
    + rf"(?!i (?:{_I_DO.replace(' ', '|')})\b|this|that"
    + r"|it (?:is )?(?:normal|ok|okay|fine|serious|bad|important|matters))"
)
FIRST_ASKS = re.compile(r"^(?:is|are|does|do|can|could|will|would|may|might|any)$")
ASKED_AFTER = _cues(r"""
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
HABIT = _cues(r"""
    (?<!at )once
    sometimes
    usually
    always
    every (?:morning|night|winter|spring|summer|year|month|so often)
    every time(?! i (?:cough|check|press|breathe|breath|swallow|talk|speak|smile|stand|look|blink|move|lie|sit)\b)
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
    since (?:i was|an?|my) \w*
    whenever
    tend to
    used to
    (?:nearly|almost) (?:had|gave|died|choked)
    (?:he|she|they|husband|mum|everyone) (?:nearly|almost) (?:fainted|collapsed|died|passed out)
    (?:an?|my) (?:patient|client|colleague) (?:with|has|had)
    carer
    car(?:e|ing) for (?:him|her|my|them)
""")
LONG_AGO = _cues(r"""
    (?:years?|yrs|decades?) (?:ago|back)
    last (?:year|yr)
    in year \w+
    in (?:school|primary|high school|college|uni)
    before i was born
    ages ago
    hx of
    aged? \d+
    as an? (?:toddler|child|kid|teenager|teen|baby|girl|boy|student)
    when i was (?:a|an|in|like|\d+|pregnant|young|younger|little|small|child|kid|ten|twelve|at school)
    in (?:19|20)\d\d
    since (?:19|20)\d\d
    in the past
    history of
    born with
    in my (?:teens|twenties|youth|childhood)
    long ago
    used to
    runs? in
    (?:19[5-9]|20[01])\d
    202[0-4]
""")
EVER_SINCE = _cues(r"""
    since (?:birth|childhood|an accident|my accident)
    all my life
    i was born
""")
WAS = _cues("had|was|were|felt|turned|came|fainted|lost|harmed|got|went|used|died|suffered|swelled")
HAD_TREATMENT = re.compile(
    r"\b(?:had|got|has had) (?:(?:the|her|his|an?|some|your|it|face|lips|cheeks|skin) ){0,2}(?:\w+ )?"
    r"(?:treatments?|injections?|jabs?|needling|microneedling|session|facial|mesotherapy|meso|done)\b"
)
"""Of somebody in the family: no illness of theirs."""
RELATIVE = _cues(r"""
    my (?:\w+ )?(?:mum|mom|mother|dad|father|uncle|aunt|auntie|brother|sister|cousin) (?:had|has|died|suffered|got)
    (?:mum|mom|mother|dad|father|grand\w+|gran|nan|uncle|aunt|auntie|brother|sister|parents?|family|cousin) had
    (?:grand\w+|gran|nan|uncle|aunt|auntie|cousin) (?:went|goes|gets?|lost)
    (?:mum|mom|mother|dad|father|grand\w+|gran|nan|uncle|aunt|auntie|brother|sister|cousin) (?:has|died|is|s)
    (?:family|parents?) (?:has|have|got)
    grand\w+ (?:suffered|got)
""")
_SUBJECT = (
    r"(?:^|\b(?:so|because|cos|coz|as|since|that|when|while|where|also|says?)) ?"
    r"(?:(?:my|our|the|her|his|your|their|ur|an?|one|this|some|mates|friends|neighbou?rs|next|doors) ){{0,3}}"
    r"(?:\w+ )?(?:{})s? (?:(?!(?:i|im|ive|my|me|she|her|he|his|him|we|it|wife|husband|patient)\b)\w+ ){{0,4}}$"
)
"""Who or what a phrase is said of: nobody else is named between them."""
WHERE = re.compile(r"\b(?:in|on|at|of|from|outside|behind|near) (?:my|the|our|his|her|your|ur) \w+ ")
_THINGS = (
    "cat kitten dog puppy pup hamster rabbit horse pony parrot budgie goldfish fish tortoise hen cow pet pig "
    "phone mobile wifi internet router laptop computer tablet pc app website site server screen tv telly "
    "battery charger car van bike bus train engine boiler fridge oven machine dishwasher heating tap pipe "
    "chair deckchair table desk sofa couch bed shelf shelves wardrobe ladder scaffolding marquee hammock rail "
    "tent fence wall roof ceiling shed gazebo umbrella building house bridge cake souffle cricket sourdough "
    "bread loaf dough plant garden market economy company business team deal film movie series song playlist "
    "character plot link page form system zoom call connection signal"
)
THINGS = re.compile(_SUBJECT.format(_THINGS.replace(" ", "|")))
_OTHERS = (
    "teacher colleague coworker boss manager neighbou?r landlord postman driver hairdresser actor actress "
    "celebrity man woman guy girl lady bloke kid child children baby toddler classmate student pupil customer "
    "client"
)
OTHERS = re.compile(_SUBJECT.format(_OTHERS.replace(" ", "|")))

TREATED = _cues(r"""
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
NOW = _cues(r"""
    now
    today
    tonight
    again
    suddenly
    started
    just
    minutes?
    hours?
    help
    still
    yesterday
    morning
    evening
    afternoon
    at the moment
    worse
    getting
    injections?
    cream
    session
    needling
    jabs?
    since the
""")
CERTAINLY_NOW = _cues("right now|help me|please help|at the moment|is it (?:normal|ok|okay)|started")
SETTLED = _cues(r"""
    (?:gone|going|went|come|came) down(?! my| the| to| in| into| his| her| over| across)
    gone away
    went away
    (?:is|are|has|have|all|nearly|almost|mostly|completely) gone(?: now| away| completely| and| thankfully|$)
    better (?:now|today)
    much better
    settl\w+
    subsid\w+
    improv\w+
    cleared
    disappeared
    under control
    well controlled
    (?:fine|ok|okay|normal|good)(?: now| again)?$
    back to normal
    wearing
    wore off
    over now
""")
WELL = re.compile(r"^(?:fine|ok|okay|perfectly|great|normally|well|good|lovely)\b(?! enough)")
"""Right after a phrase: "breathing fine"."""
WELL_THERE = re.compile(
    r"^\w+ (?:is|are|feels?|looks?|seems?) (?:(?!not\b)\w+ )?(?:fine|ok|okay|good|great|normal)\b(?! enough)"
)
"""The first part of a phrase: "my lips are fine, only an ankle is swollen"."""
FALLS = _cues(r"faint\w*|collaps\w*|fell|gone|went")
"""Of these "went down" says that somebody lies on the floor."""
AGAIN = _cues(r"again|back(?! to)|return\w*|worse|then|not|isnt|hasnt|arent|havent|wont|never|no")
STOPPED_BEFORE = re.compile(r"\b(?:stopped|stops|less|no more|no longer|instead of|not even)$")
OVER_LATER = _cues(r"""
    (?<!not )(?<!hasnt )(?<!havent )(?:completely|all|totally|fully|now|soon|already) gone(?! \w+ (?:my|the)| to)
    (?<!not )(?:went|gone|back|going) (?:back )?to normal
    i was (?:fine|ok|okay)(?! (?:before|until|till|this|when|after|earlier|yesterday))
    all normal
    normal (?:now|again)
    (?:went|gone) away
    (?:wore|worn) off
    (?:it|that|they|which|soon|quickly|all|feeling) passed(?! out)
    (?:feel|feeling|felt|all) (?:\w+ )?(?:fine|ok|okay|better|alright|well) since
    (?<!is )(?<!will )(?:im|he|she|hes|shes|theyre|its) (?:is )?(?:fine|okay|alright)
    all (?:fine|ok|okay|good|better|well)
    (?:fine|ok|okay|better|alright|good) (?:now|again|today)
""")
"""Perhaps a sentence later: "my lips were swollen. All gone now"."""
RETURNED = _cues(r"""
    (?:bad|swollen|started|happen\w*|it|up) again
    returned
    worse
    (?:come|came|coming|is|are|its|theyre) back
    still
""")
REARRANGED = _cues(r"""
    running late
    so im late
    (?:cant|couldnt|wont|not) make it
    (?:cancel|move|rebook|reschedule|postpone|change|rearrange) (?:my|the|our|tomorrows?|todays?|it)
    (?:to|must|can i|can we|please) (?:cancel|rebook|reschedule|postpone|rearrange)
""")
THIRD = _cues(r"""
    (?:my|the|our) (?:\w+ )?(?:son|daughter|baby|kids?|mum|mom|mother|dad|father|nan|gran|husband|wife|partner)
    (?:my|the|our) (?:\w+ )?(?:neighbou?r|boss|friend|brother|sister|aunt|uncle|flatmate|colleague)
    grand\w+
    (?:mum|mom|dad|nan|gran)
""")
"""Why somebody comes later: somebody else is ill."""
COMPARED = re.compile(r"\blike (?:when|the time|that time|it did|i did|i had)\b.*")
"""What it feels like is no past: "noisy like when I had croup"."""
JOKE = re.compile(
    r"(?<!not )(?<!no )(?<!isnt )(?<!aint )"
    r"\b(?:lol|lmao|rofl|(?:ha){2,}h?|(?:he){2,}|hihi|jk|kidding|joking|joke"
    r"|ma(?:de|kes|king) (?:me|us|him|her) laugh|laughing about|laughed|giggl\w+|hilarious|meme"
    r"|what an? (?:hero|laugh))\b"
)
TOLD_IN = _cues("films?|movies?|songs?|novel|episode|lyrics|netflix|series|documentary|leaflet|poster|stage")
NONE_OF_IT = _cues(r"""
    none (?:of (?:these|those|them|that|this|it)|so far|yet|here)
    nothing like (?:that|this)
    any of (?:these|those|them|that)
    it hasnt
    they havent
    not me
""")
"""Perhaps a sentence later: "swollen lips, blurred sight. None of these"."""
