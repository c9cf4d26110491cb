"""Words around a phrase that say when it was, and that it is over: read by bot.clinic.context."""

from __future__ import annotations

from bot.clinic.cues import Cue, one_of

LONG_AGO = one_of(r"""
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
EVER_SINCE = one_of(r"""
    since (?:birth|childhood|an accident|my accident)
    all my life
    i was born
""")
_WAS = "had|was|were|felt|turned|came|fainted|lost|harmed|got|went|used|died|suffered|swelled|ballooned"
WAS = one_of(_WAS)
WAS_OR_WHEN = one_of(rf"""
    {_WAS}|bled|collapsed|passed|stopped
    yesterday|last night|last (?:week|weekend|wknd|month|time|year|winter|summer|spring|autumn|session)
    on (?:mon|tues|wednes|thurs|fri|satur|sun)day
    (?:the )?first (?:day|night|morning|evening|time)
    day (?:0|1|2|one|two)
    (?:in|at) the (?:clinic|chair|surgery)
    (?:that|on the) (?:day|night|evening|morning)
    in the (?:morning|evening|afternoon)|overnight
    hangover|wedding|party
""")
"""That it was, by the verb or by the time."""
NOW = one_of(r"""
    now
    today
    tonight
    (?<!never )again
    suddenly
    started
    just
    minutes?
    hours?
    help
    still(?! (?:ok|okay|fine|come|have|go|on|allowed)\b)
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
SETTLED = one_of(r"""
    (?:gone|going|went|come|came) down(?! my| the| to| in| into| his| her| over| across| like)
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
WELL = Cue(r"^(?:fine|ok|okay|perfectly|great|normally|well|good|lovely)\b(?! enough)")
"""Right after a phrase: "breathing fine"."""
WELL_THERE = Cue(
    r"^\w+ (?:is|are|feels?|looks?|seems?) (?:(?!not\b)\w+ )?(?:fine|ok|okay|good|great|normal)\b(?! enough)"
)
"""The first part of a phrase: "my lips are fine, only an ankle is swollen"."""
FALLS = one_of(r"faint\w*|collaps\w*|fell|gone|went")
"""Of these "went down" says that somebody lies on the floor."""
AGAIN = one_of(r"again|back(?! to)|return\w*|worse|then|not|isnt|hasnt|arent|havent|wont|never|no")
STOPPED_BEFORE = Cue(r"\b(?:stopped|stops|less|no more|no longer|instead of|not even)$")
_NOT_OTHER = r"(?! (?:they|it|my|im|i|he|she|the)\b)"
"""Else "normal now" ends one sentence and the next begins."""
_NO_TIME = r"(?! (?:this|yesterday|last|the|an?|i|my|noon|lunch\w*|half|about|one|two|\d+)\b)"
_LOST = r"(?! (?:\w+ )?(?:my|the|to|black|dark|white|blue|numb|worse|cold|grey|purple)\b)"
OVER_LATER = one_of(rf"""
    (?<!not )(?<!hasnt )(?<!havent )(?:completely|all|totally|fully|now|soon|already) gone(?! \w+ (?:my|the)| to)
    (?<!not )(?:went|gone|back|going) (?:back )?to normal
    i was (?:fine|ok|okay)(?! (?:before|until|till|this|when|after|earlier|yesterday))
    all normal
    normal (?:now|again){_NOT_OTHER}
    (?:went|gone) away
    (?:wore|worn) off
    (?:it|that|they|which|soon|quickly|all|feeling) passed(?! (?:out|over|water))
    (?:feel|feeling|felt|all) (?:\w+ )?(?:fine|ok|okay|better|alright|well) since
    (?<!is )(?<!will )(?:im|he|she|hes|shes|theyre|its) (?:is )?(?:fine|okay|alright)
    all (?:fine|ok|okay|good|better|well)
    (?:fine|ok|okay|better|alright|good) (?:now|again|today|these days){_NOT_OTHER}
    (?:fine|well|good|ok|okay|great|perfect|rain|nothing|none|normal|grand|clear)(?: ever)? since{_NO_TIME}
    (?:been|was|is|all|now|again) (?:right )?as rain
    (?:nothing|none|not|never) (?:\w+ )?since
    (?:now|today|since|day \w+) (?:nothing|none|gone|fine|normal|ok|okay|good|clear|better)(?! (?:left|but))
    (?:washed|rinsed|wiped|cleaned|slept) (?:it|them|that|my \w+)
    (?:it|all|was|completely|nearly|mostly|is) (?:all |now )?gone (?:by|now|again|before|within|after|today)
    gone (?:by|after|before|within|overnight)\b
    perked up
    (?:felt|was) (?:\w+ )?better
    (?:it|it is|it was|theyre|all) gone{_LOST}
    (?:went|go|gone|came) down (?:by|before|after|within|in|overnight|again|on|quickly|soon)
    (?:settled|cleared|calmed|sorted|resolved|subsided)
    over (?:it|that) now
    (?:back|return\w*) (?:to|the) (?:\w+ )?(?:size|shape|self|colour)
    (?:straight|pink|clear|steady) (?:now|again)
    nothing (?:happened|else|came)
""")
"""Perhaps a sentence later: "my lips were swollen. All gone now"."""
STOPPED_SOON = one_of(r"""
    stopped (?:right away|immediately|straight|at once|quickly|soon|by itself|within|in|after|before|almost|on its)
    (?:it|bleeding|blood|that) (?:soon |quickly )?stopped(?! (?:working|breathing|moving|my|the))
    (?:second|minute|moment|bit|while|drop|little)s? (?:it )?(?:soon |quickly )?stopped
""")
"""In a phrase or after it: "it bled for a minute, then stopped"."""
RETURNED = one_of(r"""
    (?:bad|swollen|started|happen\w*|it|up) again
    returned
    worse
    (?:come|came|coming|is|are|its|theyre) back(?! to)
    (?:hasnt|havent|not|isnt|doesnt|wont|didnt|no) (?:\w+ ){0,3}(?:stop\w*|settl\w*|clear\w*|gone|better|back)
    still (?!ok|okay|fine|good|on|come|have|go|allowed|alright)
""")
