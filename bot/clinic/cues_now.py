"""Words around a phrase that say that it is there now too, although others sound like a habit, or like what was.

Read by bot.clinic.context.
"""

from __future__ import annotations

from bot.clinic.cues import one_of

_WELL = (
    r"(?! (?:\w+ ){0,2}(?:fine|ok|okay|gone|better|normal|healed|well|good|clear|over|settled|calm|great|away))"
)
_THERE = r"(?:there|theres|its|ive|im|i (?:am|have|got|feel)|my|the|an?|one|another|more|new|this|that|these|here)"
_LATELY = r"(?:this (?:time|week|morning)|today|tonight)"
_MORE = r"(?:it|its|much|many|more|worse|again)"
_TREATED = r"(?:treated|injected|needled|treatment|injections?|session|appointment|with you|at the clinic)"
_MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_AGO = (
    rf"(?:(?:\w+ ){{0,2}}(?:weeks?|months?) ago|(?:in|since|last) {_MONTH}"
    r"|last (?:week|weekend|month|summer|spring|winter|autumn))"
)
_SIGN = r"(?:pus|fever|temperature|blisters?|lumps?|hives|crusts?|pain)"
NOW_TOO = one_of(rf"""
    now (?:{_THERE}|{_SIGN}|it (?:is|has|got|comes|feels|hurts|looks|\w+s)){_WELL}
    (?<!till )(?<!until )(?<!by )(?<!up to )now$
    {_LATELY} (?:\w+ )?(?:{_MORE}|{_THERE}|{_SIGN}){_WELL}
    (?:is|its|are|theyre|comes?|came|coming|has|have|keeps? coming) back(?! (?:to|in \w+ when))
    returned
    (?:is|are|it|its|there|here|has|have|started|happening|came|come|today|now|swollen|hot|red|sore|{_SIGN}) again
    (?:hurts?|burns?|ooz\w+|weep\w+|leak\w+|drips?|throb\w*|swell\w*|bleed\w*|itch\w*) (?:all over )?again
""")
SINCE_THEN = one_of(rf"""
    since (?:then|last (?:week|weekend|month|night|time|session|visit|treatment))
    {_TREATED} (?:\w+ )?last (?:week|month)
    last (?:week|month)s? (?:treatment|injections?|session|appointment)
""")
"""From then to now, or when they were treated: the sign itself is no thing of the past."""
DAILY = one_of(r"""
    (?:every|each) (?:\w+ )?(?:morning|night|day|evening)
    (?:in (?:the )?)mornings
    sometimes
    usually
    always
    whenever
    every time
""")
NEVER_USUAL = one_of(r"""
    pus|puss|ooz\w*|weep\w*|wept|leak\w*|drip\w*|seep\w*|discharg\w*|gunk|goo|crusts?|fluid|liquid
    fever\w*|temperature|shiver\w*|chills
""")
"""Signs that nobody has by habit: each day anew is no less than once."""
GROWS = one_of(r"more|worse|bigger|larger|hotter|redder|harder|stronger|tighter|wider|thicker|angrier|puffier")
"""What is more each morning isn't as every morning."""
TREATED_AGO = one_of(rf"(?:(?:was|were|had|got|been) )?{_TREATED} (?:(?!but|not|lump|lumps)\w+ ){{0,2}}{_AGO}")
"""When they were treated: "where I was injected two months ago"."""
LASTS = one_of(r"(?:lump|lumps|nodule|nodules)(?!.* throat)")
"""What came weeks after the needle, and is there until somebody has looked."""
SOME_TIME_AGO = one_of(_AGO)
_BREATHING = r"(?:breathing|breathe|swallowing|swallow)"
_DENIES = (
    *("not", "cant", "cannot", "couldnt", "isnt", "no", "hardly", "barely", "dont", "never", "is", "to"),
    *("is my", "not my", "can i", "no can", "not can", "no could"),
)
_NOT_DENIED = "".join(f"(?<!{each} )" for each in _DENIES)
_FINE = (
    rf"{_NOT_DENIED}{_BREATHING} (?:(?:and|swallowing|swallow|is|are|feels|all|just|absolutely|completely|totally"
    r"|perfectly|quite|really|very) ){0,4}(?:fine|ok|okay|alright|normal|normally|well|good|easily|easy)"
)
FINE_BREATH = one_of(_FINE)
"""It says of no sign beside it that it is over: "dizzy, breathing is fine"."""
BREATHES_WELL = one_of(rf"""
    {_FINE}
    no (?:trouble|problems?|difficulty|difficulties|issues?) (?:with |in )?(?:my )?{_BREATHING}
""")
"""That the worst of an allergy isn't there: said outright."""
NOT_ONLY_WELL = one_of(r"""
    hard\w*|worse\w*|tight\w*|short\w*|struggl\w*|wheez\w*|getting|starting|started|becoming|nois\w+|heav\w+
    scratchy|hoarse|funny|odd|weird|strange|lump|except\w*|unless|until|till|if|when|so far|yet|yesterday|earlier
    was|were|at first|for now|enough|half|almost|nearly|mostly|fairly|sort of|kind of|apart
    dizz\w*|woozy|faint\w*|light ?headed|sick|vomit\w*|everywhere|all over|whole|body|bodies|covered|head to|top to
    spread\w*|tummy|belly|back|chest|arms|legs
""")
"""What is said beside that, and may take it back, or is serious although one breathes well."""
WAS_THERE = one_of(r"""
    had|was|were|used to|went|gone|disappeared|drained|removed|already|old|before
""")
"""With these a date says when it was, not since when it is there."""
