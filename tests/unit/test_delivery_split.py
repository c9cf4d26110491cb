from __future__ import annotations

from html import escape

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.split import plain_text, size, split_html

WORDS = st.lists(
    st.tuples(
        st.text(alphabet="ab <&>.,!\n😀é", min_size=1, max_size=30), st.sampled_from(["", "b", "i", "bi", "ib"])
    ),
    max_size=12,
)


def marked(words: list[tuple[str, str]]) -> str:
    html = ""
    for text, tags in words:
        html += "".join(f"<{tag}>" for tag in tags) + escape(text) + "".join(f"</{tag}>" for tag in reversed(tags))
    return html


@given(words=WORDS, limit=st.integers(2, 60))
def test_no_piece_is_too_long_and_no_letter_is_lost(words: list[tuple[str, str]], limit: int) -> None:
    html = marked(words)
    pieces = split_html(html, limit)
    assert all(size(plain_text(piece)) <= limit for piece in pieces)
    whole, joined = plain_text(html), "".join(plain_text(piece) for piece in pieces)
    assert "".join(joined.split()) == "".join(whole.split())
    for piece in pieces:
        assert piece.count("<b>") == piece.count("</b>")
        assert piece.count("<i>") == piece.count("</i>")


def test_cuts_at_the_best_break() -> None:
    text = "First sentence. Second one.\n\nA new paragraph that goes on. And on."
    assert split_html(text, 40)[0] == "First sentence. Second one."
    assert split_html("One sentence here. Another one there.", 30)[0] == "One sentence here."
    assert split_html("no end of words here", 11) == ["no end of", "words here"]
    assert split_html("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]


def test_markup_is_closed_and_opened_at_the_cut() -> None:
    assert split_html("<b>one two</b> three", 5) == ["<b>one</b>", "<b>two</b>", "three"]
    assert split_html("a &lt;b&gt; c", 100) == ["a &lt;b&gt; c"]
    assert split_html("ab &amp;&amp; cd", 5) == ["ab &amp;&amp;", "cd"]
