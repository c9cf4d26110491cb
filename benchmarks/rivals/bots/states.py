"""The six questions as states of aiogram, for both bots that stand on it."""

from aiogram.fsm.state import State, StatesGroup


class Six(StatesGroup):
    q1 = State()
    q2 = State()
    q3 = State()
    q4 = State()
    q5 = State()
    q6 = State()
    last = State()


STATES = (Six.q1, Six.q2, Six.q3, Six.q4, Six.q5, Six.q6, Six.last)
