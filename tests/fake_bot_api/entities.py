"""Texts as Telegram reads them: HTML to text and entities, cleaning, trimming, lengths."""

from __future__ import annotations

import re
from functools import lru_cache

from .errors import ApiError, Json, bad
from .limits import CAPTION_LENGTH, RAW_BYTES, TEXT_LENGTH

_TAGS = {  # TD MessageEntity.cpp:3347-3481
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "pre": "pre",
    "code": "code",
    "blockquote": "blockquote",
}
_ENTITY = re.compile(rb"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([a-zA-Z]+));?")
_SPECIAL = re.compile(rb"[<&]")
_NAMED = {b"lt": "<", b"gt": ">", b"amp": "&", b"quot": '"'}  # TD MessageEntity.cpp:3240-3287
_SPACE = b" \t\r\n\0\x0b"
# TD MessageEntity.cpp clean_input_string_with_entities: control characters become spaces, CR goes.
_CLEAN = {code: " " for code in range(32) if code not in {10, 13}} | {13: None}


class ParsedText:
    """A text as people see it, with its entities (offsets in UTF-16 units)."""

    __slots__ = ("entities", "text")

    def __init__(self, text: str, entities: list[Json]) -> None:
        self.text = text
        self.entities = entities


def formatted(params: Json, name: str, *, entities_name: str) -> ParsedText:
    """The text of a call: parsed, cleaned, trimmed and measured.

    Args:
        params: The call's parameters.
        name: "text" or "caption".
        entities_name: "entities" or "caption_entities".

    Raises:
        ApiError: With Telegram's text for the fault.
    """
    raw: str = params.get(name, "")
    caption = name == "caption"
    try:
        size = len(raw.encode())
    except UnicodeEncodeError:
        raise bad("strings must be encoded in UTF-8", violation=True) from None  # TD misc.cpp
    if not raw and not caption:
        raise bad("message text is empty", violation=True)  # TBA Client.cpp:11401
    if size > RAW_BYTES:
        # TBA Client.cpp:11309
        raise bad("text is too long", violation=True)
    mode = str(params.get("parse_mode", "")).lower()
    if mode == "html":
        parsed = parse_html(raw)
    elif mode in {"", "none"}:
        parsed = ParsedText(raw.translate(_CLEAN), list(params.get(entities_name) or []))
    else:
        # TBA Client.cpp get_formatted_text; this server plays HTML only.
        known = mode in {"markdown", "markdownv2"}
        raise bad(f"parse_mode {mode} is not played here" if known else "unsupported parse_mode", violation=True)
    parsed = _trimmed(parsed)
    if not parsed.text and not caption:
        raise bad("text must be non-empty", violation=True)  # TD MessageEntity.cpp:4519
    # Code points, not UTF-16 units: TD MessageContent.cpp:4757
    if len(parsed.text) > (CAPTION_LENGTH if caption else TEXT_LENGTH):
        # TD MessagesManager.cpp:27942-27946
        raise bad("message caption is too long" if caption else "message is too long", violation=True)
    return parsed


def utf16_length(text: str) -> int:
    """Length in UTF-16 units, in which entity offsets count (TD MessageEntity.cpp:4158)."""
    if text.isascii():
        return len(text)
    return len(text) + sum(character > "\uffff" for character in text)


@lru_cache(maxsize=1024)  # the same texts go to many people
def parse_html(raw: str) -> ParsedText:
    """HTML of parse_mode HTML (APIDOC "HTML style"; TD MessageEntity.cpp:3347-3481).

    Raises:
        ApiError: "can't parse entities: ..." with the byte offset, as Telegram says it.
    """
    if "<" not in raw and "&" not in raw:
        return ParsedText(raw.translate(_CLEAN), [])
    return _Parser(raw).run()


class _Parser:
    def __init__(self, raw: str) -> None:
        self.data = raw.encode() + b"\0"  # the source reads a C string: a zero at its end
        self.end = len(self.data) - 1
        self.parts: list[str] = []
        self.offset = 0  # in UTF-16 units
        self.open: list[tuple[str, str, int, int]] = []  # tag, argument, offset, index into parts
        self.entities: list[Json] = []

    def run(self) -> ParsedText:
        position = 0
        while position < self.end:
            byte = self.data[position : position + 1]
            if byte == b"&":
                character, position = self._reference(position)
                self._emit(character)
            elif byte == b"<":
                closing = self.data[position + 1 : position + 2] == b"/"
                position = self._end_tag(position) if closing else self._start_tag(position)
            else:
                found = _SPECIAL.search(self.data, position)
                stop = found.start() if found else self.end
                self._emit(self.data[position:stop].decode())
                position = stop
        if self.open:
            raise self._fault(f'Can\'t find end tag corresponding to start tag "{self.open[-1][0]}"')
        self.entities.sort(key=lambda item: (item["offset"], -item["length"]))
        return ParsedText("".join(self.parts), self.entities)

    @staticmethod
    def _fault(text: str) -> ApiError:
        # TD SynchronousRequests.cpp:180
        return bad(f"can't parse entities: {text}", violation=True)

    def _emit(self, text: str) -> None:
        cleaned = text.translate(_CLEAN)
        self.parts.append(cleaned)
        self.offset += utf16_length(cleaned)

    def _reference(self, position: int) -> tuple[str, int]:
        """One character reference, or the bare ampersand when it is none."""
        match = _ENTITY.match(self.data, position)
        if match:
            hexadecimal, decimal, name = match.groups()
            if name is not None:
                if name in _NAMED:
                    return _NAMED[name], match.end()
            else:
                code = int(hexadecimal, 16) if hexadecimal else int(decimal)
                if 0 < code < 0x10FFFF and len(match[0].rstrip(b";")) < 10 and not 0xD800 <= code <= 0xDFFF:
                    return chr(code), match.end()
        return "&", position + 1

    def _skip(self, position: int, *, spaces: bool) -> int:
        """Past spaces, or past what is neither a space nor ">"."""
        while position < self.end:
            byte = self.data[position]
            if spaces != (byte in _SPACE) or (not spaces and byte == 0x3E):
                break
            position += 1
        return position

    def _start_tag(self, begin: int) -> int:
        position = self._skip(begin + 1, spaces=False)
        if position >= self.end:
            raise self._fault(f"Unclosed start tag at byte offset {begin}")
        tag = self.data[begin + 1 : position].decode().lower()
        if tag not in _TAGS:
            raise self._fault(f'Unsupported start tag "{tag}" at byte offset {begin}')
        argument = "expandable" if tag == "blockquote" and b" expandable" in self.data[begin : begin + 24] else ""
        while True:
            position = self._skip(position, spaces=True)
            if self.data[position : position + 1] == b">":
                break
            name, value, position = self._attribute(begin, tag, position)
            if (tag, name) == ("a", "href") or (tag, name) == ("tg-emoji", "emoji-id"):
                argument = value
            elif (tag, name) == ("code", "class") and value.startswith("language-"):
                argument = value[9:]
            elif (tag, name) == ("span", "class") and value.startswith("tg-"):
                argument = value[3:]
        if tag == "span" and argument != "spoiler":
            raise self._fault(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.open.append((tag, argument, self.offset, len(self.parts)))
        return position + 1

    def _attribute(self, begin: int, tag: str, position: int) -> tuple[str, str, int]:
        start = position
        while position < self.end and self.data[position] not in _SPACE + b"=>":
            position += 1
        name = self.data[start:position].decode().lower()
        if not name:
            raise self._fault(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
        position = self._skip(position, spaces=True)
        if self.data[position : position + 1] != b"=":
            if tag == "blockquote" and name == "expandable":
                return name, "", position
            raise self._fault(
                f'Expected equal sign in declaration of an attribute of the tag "{tag}" at byte offset {begin}'
            )
        position = self._skip(position + 1, spaces=True)
        if position >= self.end:
            raise self._fault(f'Unclosed start tag "{tag}" at byte offset {begin}')
        quote = self.data[position : position + 1]
        if quote in {b"'", b'"'}:
            stop = self.data.find(quote, position + 1)
            if stop < 0:
                raise self._fault(f"Unclosed start tag at byte offset {begin}")
            value = _unescaped(self, self.data[position + 1 : stop])
            position = stop + 1
        else:
            match = re.compile(rb"[A-Za-z0-9.-]*").match(self.data, position)
            token = match[0] if match else b""
            value = token.decode().lower()
            if self.data[position + len(token)] not in _SPACE + b">":
                raise self._fault(f"Unexpected end of name token at byte offset {position}")
            position += len(token)
        if position >= self.end:
            raise self._fault(f"Unclosed start tag at byte offset {begin}")
        return name, value, position

    def _end_tag(self, begin: int) -> int:
        if not self.open:
            raise self._fault(f"Unexpected end tag at byte offset {begin}")
        position = self._skip(begin + 2, spaces=False)
        found = self.data[begin + 2 : position].decode().lower()
        position = self._skip(position, spaces=True)
        if self.data[position : position + 1] != b">":
            raise self._fault(f"Unclosed end tag at byte offset {begin}")
        tag, argument, offset, part = self.open.pop()
        if found and found != tag:
            raise self._fault(f'Unmatched end tag at byte offset {begin}, expected "</{tag}>", found "</{found}>"')
        if self.offset > offset:
            self._add(tag, argument, offset, "".join(self.parts[part:]))
        return position + 1

    def _add(self, tag: str, argument: str, offset: int, inner: str) -> None:
        entity: Json = {"type": _TAGS[tag], "offset": offset, "length": self.offset - offset}
        if tag == "a":
            entity["url"] = argument or inner
            if not re.match(r"(?i)(https?|tg|tonsite|ftp)://|mailto:|[\w-]+(\.[\w-]+)+", entity["url"]):
                return  # a link that is none is dropped: LinkManager::get_checked_link
        elif tag == "tg-emoji":
            if not argument.isdigit() or argument == "0":
                raise self._fault("Invalid custom emoji identifier specified")
            entity["custom_emoji_id"] = argument
        elif tag == "code" and argument:
            entity["language"] = argument
        elif tag == "blockquote" and argument:
            entity["type"] = "expandable_blockquote"
        self.entities.append(entity)


def _unescaped(parser: _Parser, value: bytes) -> str:
    inner = _Parser("")
    inner.data, inner.end = value + b"\0", len(value)
    parts, position = [], 0
    while position < inner.end:
        if value[position : position + 1] == b"&":
            text, position = inner._reference(position)
        else:
            stop = value.find(b"&", position)
            stop = inner.end if stop < 0 else stop
            text, position = value[position:stop].decode(), stop
        parts.append(text)
    return "".join(parts)


def _trimmed(parsed: ParsedText) -> ParsedText:
    """Trimmed at both ends, the start only up to the first entity (TD fix_formatted_text)."""
    text = parsed.text.rstrip(" \n")
    start = len(text) - len(text.lstrip(" \n"))
    if parsed.entities:
        start = min(start, *(int(item["offset"]) for item in parsed.entities))
    text = text[start:]
    size = utf16_length(text)
    kept = []
    for item in parsed.entities:
        offset = item["offset"] - start
        length = min(item["length"], size - offset)
        if length > 0:
            kept.append({**item, "offset": offset, "length": length})
    return ParsedText(text, kept)
