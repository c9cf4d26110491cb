"""A process of its own that writes turns into a database until it is killed: `python -m tests.store.writer PATH`.

It says on stdout which updates are on disk, as the turn loop would confirm them.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace

from bot.engine.session import Answer, Given
from bot.store.opening import open_sqlite
from bot.store.protocol import Batch
from tests.store.people import DATA_KEY, NOW, TODAY, a_person, a_row

CHATS = (1, 2, 3)


async def write_for_ever(path: str) -> None:
    store = await open_sqlite(path, data_key=DATA_KEY)
    known = await store.persons_of_chats(CHATS)
    for chat in CHATS:
        if chat not in known:
            await store.commit(Batch(NOW, persons=[a_person(await store.new_contact(chat, NOW))]))
    update = max((len(person.sessions[0].answers) for person in known.values()), default=1)
    say("open")
    while True:
        update += 1
        batch = Batch(NOW, update_ids=[update])
        for chat, person in (await store.persons_of_chats(CHATS)).items():
            session = person.sessions[0]
            answers = {**session.answers, f"update.{update}": Given(Answer(("x" * 500,)), NOW, TODAY, update)}
            batch.persons.append(replace(person, sessions=(replace(session, answers=answers),)))
            batch.rows.append(a_row(person.contact.id, update, chat, f"to update {update}"))
        await store.commit(batch)
        say(str(update))


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(write_for_ever(sys.argv[1]))
