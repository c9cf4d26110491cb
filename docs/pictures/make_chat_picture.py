"""Makes chat.png: three moments of a real conversation, as a phone shows them.

Every word and button comes from the bot itself, with the flows and data of this folder. Needs Chromium:

    python docs/pictures/make_chat_picture.py
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from photograph import photograph

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bot.app import ClinicApp, open_clinic  # noqa: E402 - the folder must be found first
from bot.conversation.incoming import Incoming  # noqa: E402
from bot.delivery.limits import NO_LIMITS  # noqa: E402
from bot.delivery.sender import Kind, SendOutcome  # noqa: E402
from bot.engine.effect import ButtonSpec, SendMessage, To  # noqa: E402
from bot.engine.event import Event, Pressed, Started  # noqa: E402
from bot.settings import Settings  # noqa: E402
from bot.store.protocol import OutboxRow  # noqa: E402

PICTURE = Path(__file__).with_name("chat.png")
WIDTH, HEIGHT = 1260, 880
NOW = datetime(2026, 9, 14, 17, 30, tzinfo=UTC)
CHAT = 1000
STYLE = """
* { box-sizing: border-box; margin: 0 }
body { width: 1260px; height: 880px; padding: 20px; display: flex; gap: 20px; background: #fff;
       font: 15px/1.34 "Noto Sans", "DejaVu Sans", "Liberation Sans", sans-serif; color: #111 }
.phone { flex: 1; border-radius: 30px; border: 8px solid #20262d; overflow: hidden; display: flex;
         flex-direction: column; background: #d5e2cf }
.top { background: #517da2; color: #fff; padding: 10px 16px; font-weight: 600 }
.top small { display: block; font-weight: 400; font-size: 12px; opacity: .85 }
.chat { flex: 1; overflow: hidden; display: flex; flex-direction: column; justify-content: flex-end;
        padding: 10px; gap: 8px }
.bubble { background: #fff; border-radius: 14px 14px 14px 4px; padding: 8px 12px; max-width: 96%;
          white-space: pre-wrap; box-shadow: 0 1px 1px #0002; font-size: 13.5px; flex: none }
.mine { align-self: flex-end; background: #e3fdc9; border-radius: 14px 14px 4px 14px }
.keys { display: flex; flex-direction: column; gap: 4px; margin-top: -4px; flex: none }
.row { display: flex; gap: 4px }
.key { flex: 1; background: #5f7f68cc; color: #fff; border-radius: 7px; text-align: center; padding: 6px 2px;
       font-size: 12px; font-weight: 600; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
"""


class Phone:
    """The patient's screen: it takes what the bot sends, and presses what is shown."""

    def __init__(self) -> None:
        self.shown: dict[int, SendMessage] = {}

    async def send(self, row: OutboxRow, *, target: int | None, plain: bool = False) -> SendOutcome:
        """Put a message on the screen, or in the place of the one it replaces."""
        _ = plain
        effect = row.effect
        if isinstance(effect, SendMessage) and effect.to is To.PATIENT:
            place = target if target is not None else row.id
            if effect.only_buttons and place in self.shown:
                effect = SendMessage(effect.number, self.shown[place].html, effect.rows)
            self.shown[place] = effect
        return SendOutcome(Kind.SENT, message_id=target if target is not None else row.id)

    async def answer_press(self, press_id: str, note: str) -> None:
        """Nothing spins here."""

    def button(self, label: str) -> str:
        """The data of the newest button with this label."""
        for message in reversed(self.shown.values()):
            for button in (button for row in message.rows for button in row):
                if button.label == label and button.data:
                    return button.data
        raise SystemExit(f"No button says {label!r}: the flows have changed, change the presses here too.")


async def moments() -> list[str]:
    """Three screens as HTML."""
    phone = Phone()
    settings = Settings(flows_dir=ROOT / "flows", data_dir=ROOT / "data")
    clinic = await open_clinic(
        settings, sender=phone, now=lambda: NOW, in_memory=True, staff_chat=-1000, limits=NO_LIMITS
    )
    screens = []
    try:
        await do(clinic, Started("poster"))
        screens.append(screen(phone))
        await press(clinic, phone, "Yes, 18 or over", "I agree, use my answers", "Uneven texture", "Large pores")
        screens.append(screen(phone))
        await press(clinic, phone, "Done ✓", "In 1 to 3 months", "None of these", "None of these", "None of these")
        screens.append(screen(phone))
    finally:
        await clinic.close()
    return screens


async def do(clinic: ClinicApp, event: Event) -> None:
    await clinic.take(Incoming(CHAT, event, user=CHAT, first_name="Maya"))


async def press(clinic: ClinicApp, phone: Phone, *labels: str) -> None:
    for label in labels:
        await do(clinic, Pressed(phone.button(label)))


def screen(phone: Phone) -> str:
    """The whole chat; what no longer fits has gone up and out of sight."""
    bubbles = ['<div class="bubble mine">/start</div>', *map(bubble, phone.shown.values())]
    top = '<div class="top">Harbour Skin Clinic<small>bot</small></div>'
    return f'<div class="phone">{top}<div class="chat">{"".join(bubbles)}</div></div>'


def bubble(message: SendMessage) -> str:
    rows = "".join(f'<div class="row">{"".join(map(key, row))}</div>' for row in message.rows)
    return f'<div class="bubble">{message.html}</div>' + (f'<div class="keys">{rows}</div>' if rows else "")


def key(button: ButtonSpec) -> str:
    return f'<div class="key">{"✓ " if button.marked else ""}{button.label}</div>'


def main() -> None:
    """Write the picture beside this file."""
    body = "".join(asyncio.run(moments()))
    photograph(body, STYLE, PICTURE, WIDTH, HEIGHT)


if __name__ == "__main__":
    main()
