"""Whether somebody says, in their own words, that they are under 18."""

from __future__ import annotations

import re

UNDER_18 = "under_18"
"""The flow of common.yaml that notes it."""
_NUMBER = "(?:[89]|1[0-7]|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen)"
_I_AM = r"\b(?:i['’`ʼ]?m|i\s+am|^\s*am|i['’`ʼ]?ve\s+just\s+turned|i\s+(?:just\s+)?turned)"
_ONLY = r"(?:\s+(?:only|just|still|actually|a))*"
_OLD = r"\s*-?\s*(?:(?:years?|yrs?|y)\s*-?\s*olds?|y\.?\s*/?\s*o)\b"
_END = (
    r"\s*(?:years?|yrs?)?\s*(?:$|[.,;!?)](?!\d)|(?:and|but|so|is|if|can|btw|though|now"
    r"|actually|by\s+the\s+way|fyi|lol|this\s+year|today|tomorrow)\b)"
)
_AGE = re.compile(rf"{_I_AM}{_ONLY}\s+{_NUMBER}(?:{_OLD}|{_END})", re.IGNORECASE)
_UNDER = re.compile(
    rf"{_I_AM}{_ONLY}\s+(?:under|below|younger\s+than)\s*-?\s*(?:(?:the\s+)?age\s+(?:of\s+)?)?(?:18|eighteen)\b"
    rf"|{_I_AM}\s+not\s+(?:yet\s+)?(?:18|eighteen)\b(?!\s*(?:days?|weeks?|months?|anymore|any\s+more))"
    rf"|{_I_AM}{_ONLY}\s+(?:minor|underage|under\s+age)\b",
    re.IGNORECASE,
)


def says_under_18(text: str) -> bool:
    """Whether `text` says so of the writer: "I'm 16 years old", not "I'm 16 weeks pregnant"."""
    return _AGE.search(text) is not None or _UNDER.search(text) is not None
