from bot.clinic.phrases import compile_phrase, forget_lines


def test_a_line_that_is_read_again_after_it_was_let_go_says_the_same() -> None:
    before = compile_phrase("cant/cannot breathe - easy", {})
    forget_lines()
    again = compile_phrase("cant/cannot breathe - easy", {})
    assert again == before
    assert again is not before
