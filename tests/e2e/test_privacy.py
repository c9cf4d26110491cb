"""/export shows all that is held, /delete leaves nothing of it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from urllib.request import urlopen

from bot.store.database_file import keys_path
from tests.e2e.bot_process import BotProcess
from tests.e2e.patient import AGE, AIMS, CARD, Patient
from tests.fake_bot_api.client import FakeTelegram

NAME, PHONE, CHAT, STAFF_CHAT = "Zebedeeva", "+447700900321", 5_987_654_321, -1_009_000_000_001
TYPED = "quokkasoup"


def _canaries() -> list[bytes]:
    """What must stand nowhere in clear, in the forms that a file could hold it."""
    return [
        *(text.encode() for text in (NAME, PHONE, PHONE[1:], PHONE[-9:], str(CHAT), TYPED, "dehydration")),
        NAME.encode("utf-16-le"),
        CHAT.to_bytes(8, "big"),
        CHAT.to_bytes(6, "big"),
        CHAT.to_bytes(8, "little"),
    ]


def _files(bot: BotProcess) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in bot.folder.rglob("*") if path.is_file()}


def _hold_no_canary(bot: BotProcess) -> None:
    for name, content in _files(bot).items():
        for canary in _canaries():
            assert canary not in content, (name, canary)


def _download(telegram: FakeTelegram, file_id: str) -> bytes:
    with urlopen(f"{telegram.root}/bot{telegram.token}/getFile?file_id={file_id}") as answer:
        path = json.load(answer)["result"]["file_path"]
    with urlopen(f"{telegram.root}/file/bot{telegram.token}/{path}") as answer:
        content: bytes = answer.read()
    return content


async def test_export_then_delete_leaves_nothing(
    telegram: FakeTelegram, make_bot: Callable[..., BotProcess]
) -> None:
    bot = make_bot(telegram.root, telegram.token, STAFF_CHAT_ID=str(STAFF_CHAT))
    zoe = Patient(telegram.person(CHAT, NAME))
    other = Patient(telegram.person(CHAT + 1, "Olive"))
    group = telegram.group(STAFF_CHAT, "The team", [other.person])
    bot.start_polling()
    await other.to_aims()
    await other.sees("✓ Yes, 18 or over")
    await other.sees("✓ I agree, use my answers")  # marks are paced: what waits at the end is not hers
    await zoe.to_card("Dry, thirsty skin")
    await zoe.says("/human", "Which number")
    after = zoe.last_id()
    zoe.person.share_contact(PHONE)
    await zoe.sees("passed", after=after)
    await zoe.sees(CARD, after=after)
    await zoe.says(TYPED, "I didn't get that")
    await group.wait_for(lambda chat: any("Please ring" in one.text for one in chat), 10)
    _hold_no_canary(bot)

    zoe.person.say("/export")
    sent = await zoe.person.wait_for(
        lambda chat: found if len(found := [one for one in chat if one.document]) >= 2 else [], 15
    )
    documents = [await asyncio.to_thread(_download, telegram, one.document) for one in sent if one.document]
    held = next(json.loads(content) for content in documents if content.lstrip().startswith(b"{"))
    assert NAME in json.dumps(held, ensure_ascii=False)
    assert PHONE in json.dumps(held)
    assert "dehydration" in json.dumps(held)
    page = next(content for content in documents if content.lstrip().startswith(b"<"))
    assert NAME.encode() in page
    assert PHONE.encode() in page
    assert len(sent) == 2
    await zoe.sees(CARD, after=sent[-1].id)

    await zoe.says("/delete", "Shall I erase everything")
    await zoe.presses("No, keep it", CARD)
    await zoe.says("/delete", "Shall I erase everything")
    store = await bot.read_store()
    contact = (await store.persons_of_chats([CHAT]))[CHAT].contact.id
    await store.close()
    farewell = await zoe.presses("Yes, erase everything", "")
    assert "erased" in farewell.text.lower() or "nothing" in farewell.text.lower()
    assert not farewell.labels
    assert await asyncio.to_thread(bot.terminate) == 0

    _hold_no_canary(bot)
    store = await bot.read_store()
    try:
        assert not await store.persons_of_chats([CHAT])
        assert not await store.persons([contact])
        assert await store.export(contact) == {}
        assert await store.persons_of_chats([CHAT + 1])
    finally:
        await store.close()
    connection = sqlite3.connect(f"file:{bot.database}?mode=ro", uri=True)
    try:
        tables = ("sessions", "leads", "alerts", "consents", "timers", "outbox", "dead_letters")
        for table in tables:
            query = f"select count(*) from {table} where contact = ?"
            assert connection.execute(query, (contact,)).fetchone() == (0,), table
        assert connection.execute("select count(*) from outbox where status = 'waiting'").fetchone() == (0,)
    finally:
        connection.close()
    keys = sqlite3.connect(f"file:{keys_path(bot.database)}?mode=ro", uri=True)
    try:
        wanted = "select count(*) from contact_keys where contact = ?"
        assert keys.execute(wanted, (contact,)).fetchone() == (0,)
        assert keys.execute("select count(*) from row_keys").fetchone() == (0,)
    finally:
        keys.close()

    # Whoever writes again is somebody new.
    bot.start_polling()
    await zoe.start(expect=AGE)
    await other.says("acne scars", "date")
    bot.hold_log(NAME, PHONE[1:], str(CHAT), TYPED)


async def test_privacy_is_told(telegram: FakeTelegram, make_bot: Callable[..., BotProcess]) -> None:
    make_bot(telegram.root, telegram.token).start_polling()
    patient = Patient(telegram.person(CHAT, NAME))
    await patient.to_aims()
    told = await patient.says("/privacy", "encrypted")
    assert "Telegram keeps a copy" in told.text
    await patient.presses("Thank you, go on", AIMS)
