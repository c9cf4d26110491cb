"""A strict stand-in for the Telegram Bot API: its own process, simulated people, faults by script.

Start it with ``python -m tests.fake_bot_api --port 0``; drive it with `client.FakeTelegram`.

Sources named in the comments: "API x" is the Bot API 10.1 page of x; "TBA file:line" is
tdlib/telegram-bot-api@01a3679; "TD file:line" is tdlib/td@022d602; "FAQ", "FEAT" and "APIDOC" are
core.telegram.org/bots/faq, /features and /api. "(inferred)" marks what no source states.
"""
