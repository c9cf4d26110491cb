"""Whose clock somebody goes by, as they say it: what it shows now, a city, or a country.

Telegram tells no bot where a person is. What a clock shows is understood in every language, and gives the distance
to UTC; a city or a country also gives the days on which clocks change. Of zones that agree now the nearest to the
clinic's is taken, then the first below; whoever is asked sees it named before it counts.

Source: the names of the IANA time zone database; which cities and countries stand here is a judgement.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from rapidfuzz.distance import DamerauLevenshtein

HALF_DAY, DAY = timedelta(hours=12), timedelta(days=1)
STEP = timedelta(minutes=15)
"""Clocks of the world are whole quarters of an hour apart."""
EARLIEST, LATEST = timedelta(hours=-12), timedelta(hours=14)
"""The least and the most that a clock is ahead of UTC."""
NEAR_FROM = 5
"""Letters of a name in which a slip of the finger is forgiven."""
INSIDE_FROM = 4
"""Letters of a name that is found inside a longer text; shorter ones stand alone."""
_NAMES = """
Europe/London: London, UK, United Kingdom, Great Britain, Britain, England, Scotland, Wales, Northern Ireland, Manchester, Birmingham, Edinburgh, Glasgow, Cardiff, Belfast, Leeds, Liverpool, Bristol
Europe/Paris: Paris, France, Lyon, Marseille, Bordeaux, Monaco
Europe/Dublin: Dublin, Ireland, Eire, Cork, Galway
Europe/Lisbon: Lisbon, Portugal, Porto, Lisboa, Algarve, Faro, Madeira
Europe/Madrid: Madrid, Spain, España, Barcelona, Valencia, Seville, Malaga, Alicante, Mallorca, Majorca, Ibiza, Menorca, Marbella
Atlantic/Canary: Las Palmas, Canary Islands, Canaries, Tenerife, Gran Canaria, Lanzarote, Fuerteventura
Europe/Berlin: Berlin, Germany, Deutschland, Munich, München, Hamburg, Frankfurt, Cologne, Köln, Düsseldorf, Stuttgart
Europe/Rome: Rome, Italy, Italia, Roma, Milan, Milano, Naples, Venice, Florence, Sicily, Sardinia, Turin
Europe/Amsterdam: Amsterdam, Netherlands, Holland, Rotterdam, Nederland
Europe/Brussels: Brussels, Belgium, Antwerp, Luxembourg
Europe/Zurich: Zurich, Switzerland, Geneva, Basel, Bern
Europe/Vienna: Vienna, Austria, Wien, Salzburg
Europe/Copenhagen: Copenhagen, Denmark
Europe/Stockholm: Stockholm, Sweden, Gothenburg
Europe/Oslo: Oslo, Norway, Bergen
Europe/Warsaw: Warsaw, Poland, Polska, Krakow, Gdansk
Europe/Prague: Prague, Czechia, Czech Republic, Praha, Brno, Bratislava, Slovakia
Europe/Budapest: Budapest, Hungary
Europe/Belgrade: Belgrade, Serbia, Zagreb, Croatia, Dubrovnik, Ljubljana, Slovenia, Sarajevo, Bosnia, Skopje, Montenegro
Europe/Malta: Malta, Valletta
Europe/Tirane: Tirana, Albania
Europe/Athens: Athens, Greece, Crete, Rhodes, Corfu, Santorini, Mykonos, Thessaloniki
Europe/Bucharest: Bucharest, Romania, Cluj
Europe/Sofia: Sofia, Bulgaria
Europe/Helsinki: Helsinki, Finland
Europe/Vilnius: Vilnius, Lithuania
Europe/Riga: Riga, Latvia
Europe/Tallinn: Tallinn, Estonia
Asia/Nicosia: Nicosia, Cyprus, Paphos, Limassol, Larnaca
Europe/Kyiv: Kyiv, Ukraine, Kiev, Lviv, Odesa
Europe/Chisinau: Chisinau, Moldova
Europe/Istanbul: Istanbul, Turkey, Türkiye, Ankara, Antalya, Izmir, Bodrum
Europe/Moscow: Moscow, Saint Petersburg, St Petersburg
Europe/Minsk: Minsk, Belarus
America/New_York: New York, Boston, Washington, Miami, Orlando, Florida, Atlanta, Philadelphia, Toronto, Montreal, Ottawa
America/Chicago: Chicago, Dallas, Houston, Austin, New Orleans, Nashville, Winnipeg, Texas
America/Denver: Denver, Salt Lake City, Calgary, Edmonton
America/Los_Angeles: Los Angeles, California, San Francisco, San Diego, Seattle, Las Vegas, Portland, Vancouver
Atlantic/Reykjavik: Reykjavik, Iceland
Africa/Casablanca: Casablanca, Morocco, Marrakech, Marrakesh, Agadir, Rabat, Fez
Africa/Tunis: Tunis, Tunisia
Africa/Algiers: Algiers, Algeria
Africa/Cairo: Cairo, Egypt, Hurghada, Sharm el Sheikh, Alexandria
Africa/Lagos: Lagos, Nigeria, Abuja
Africa/Accra: Accra, Ghana
Africa/Johannesburg: Johannesburg, South Africa, Cape Town, Durban
Africa/Nairobi: Nairobi, Kenya, Mombasa, Tanzania, Zanzibar, Uganda, Ethiopia, Addis Ababa
Asia/Jerusalem: Jerusalem, Israel, Tel Aviv
Asia/Beirut: Beirut, Lebanon
Asia/Amman: Amman, Jordan
Asia/Riyadh: Riyadh, Saudi Arabia, Jeddah, Kuwait, Bahrain, Baghdad, Iraq
Asia/Dubai: Dubai, UAE, United Arab Emirates, Emirates, Abu Dhabi, Oman, Muscat
Asia/Qatar: Doha, Qatar
Asia/Tbilisi: Tbilisi, Baku, Azerbaijan, Yerevan, Armenia
Indian/Mauritius: Mauritius, Seychelles
Asia/Tehran: Tehran, Iran
Asia/Kabul: Kabul, Afghanistan
Asia/Karachi: Karachi, Pakistan, Lahore, Islamabad
Indian/Maldives: Maldives
Asia/Tashkent: Tashkent, Uzbekistan, Almaty, Kazakhstan
Asia/Kolkata: Mumbai, India, Delhi, New Delhi, Kolkata, Calcutta, Bangalore, Chennai, Hyderabad, Goa
Asia/Colombo: Colombo, Sri Lanka
Asia/Kathmandu: Kathmandu, Nepal
Asia/Dhaka: Dhaka, Bangladesh
Asia/Yangon: Yangon, Myanmar
Asia/Bangkok: Bangkok, Thailand, Phuket, Vietnam, Hanoi, Saigon, Ho Chi Minh City, Cambodia, Laos
Asia/Jakarta: Jakarta
Asia/Singapore: Singapore
Asia/Kuala_Lumpur: Kuala Lumpur, Malaysia
Asia/Makassar: Bali, Denpasar
Asia/Hong_Kong: Hong Kong
Asia/Shanghai: Beijing, China, Shanghai, Shenzhen
Asia/Taipei: Taipei, Taiwan
Asia/Manila: Manila, Philippines
Australia/Perth: Perth
Asia/Tokyo: Tokyo, Japan, Osaka, Kyoto
Asia/Seoul: Seoul, South Korea, Korea
Australia/Adelaide: Adelaide
Australia/Darwin: Darwin
Australia/Sydney: Sydney, Melbourne, Canberra
Australia/Brisbane: Brisbane, Queensland
Pacific/Auckland: Auckland, New Zealand, Wellington, Christchurch
Pacific/Fiji: Fiji
Atlantic/Azores: Azores, Ponta Delgada
Atlantic/Cape_Verde: Cape Verde
America/Sao_Paulo: São Paulo, Rio de Janeiro, Rio, Brasilia
America/Argentina/Buenos_Aires: Buenos Aires, Argentina
America/Montevideo: Montevideo, Uruguay
America/Santiago: Santiago, Chile
America/St_Johns: Newfoundland, St John's
America/Halifax: Halifax, Nova Scotia, Bermuda
America/Barbados: Barbados, Trinidad, Puerto Rico, Dominican Republic, Punta Cana, St Lucia, Antigua
America/Jamaica: Jamaica, Kingston
America/Bogota: Bogota, Colombia, Lima, Peru, Quito, Ecuador, Panama
America/Cancun: Cancun, Tulum, Playa del Carmen
America/Mexico_City: Mexico City, Mexico, Guadalajara
America/Phoenix: Phoenix, Arizona
America/Anchorage: Anchorage, Alaska
Pacific/Honolulu: Honolulu, Hawaii
"""  # noqa: E501 - a zone a line
PLACES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        zone: tuple(name.strip() for name in names.split(","))
        for zone, _, names in (line.partition(":") for line in _NAMES.strip().splitlines())
    }
)
"""Time zone → its places in English and as they call themselves; the first is how it is named."""
_CLOCK = re.compile(r"(?<!\d)(\d{1,2})\s?[:.h]\s?(\d{2})(?!\d)\s*([ap])?\.?(?:m\b)?", re.IGNORECASE)


def find_zone(text: str, now: datetime, home: ZoneInfo) -> str | None:
    """The time zone that a text means, as an IANA name; None when it means none.

    Args:
        text: As typed: "14:20", "it's 2.20 pm here", "Madrid", "in spain until sunday".
        now: Aware instant at which it was typed.
        home: The clinic's zone: of all that show the same time now, the nearest to it is meant.
    """
    said = _folded(text)
    return _by_name(said) or _by_clock(text, now, home)


def place_of(zone: str) -> str:
    """How a sentence names a zone: by a city."""
    names = PLACES.get(zone)
    return names[0] if names else zone.rpartition("/")[2].replace("_", " ")


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold().replace("_", " "))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter) and letter not in "'’`")
    return " ".join(re.findall(r"[^\W_]+", plain))


_BY_NAME: Mapping[str, str] = MappingProxyType(
    {_folded(name): zone for zone, names in PLACES.items() for name in names}
)


def _by_name(said: str) -> str | None:
    """The whole text, else the longest name inside it, else the one name that is a slip of the finger away."""
    if said in _BY_NAME:
        return _BY_NAME[said]
    inside = [name for name in _BY_NAME if len(name) >= INSIDE_FROM and f" {name} " in f" {said} "]
    if inside:
        return _BY_NAME[max(inside, key=len)]
    near = {_BY_NAME[name] for name in _BY_NAME if len(name) >= NEAR_FROM and _is_near(said, name)}
    return near.pop() if len(near) == 1 else None


def _is_near(said: str, name: str) -> bool:
    return DamerauLevenshtein.distance(said, name, score_cutoff=1) <= 1


def _by_clock(text: str, now: datetime, home: ZoneInfo) -> str | None:
    digits = "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in text)
    found = list(_CLOCK.finditer(digits))
    if len(found) != 1:
        return None
    hour, minute, half = int(found[0][1]), int(found[0][2]), (found[0][3] or "").casefold()
    if hour > 23 or minute > 59 or (half and not 1 <= hour <= 12):
        return None
    offsets = set(_offsets(hour, minute, half or found[0][1][:1], now))
    here = _offset(home, now)
    same = [(abs(ahead - here), place) for place, ahead in _ahead(now, home) if ahead in offsets]
    return min(same, key=lambda each: each[0])[1] if same else None


def _ahead(now: datetime, home: ZoneInfo) -> Iterator[tuple[str, timedelta]]:
    """Every zone and how far it is ahead of UTC now, the clinic's own first."""
    yield home.key, _offset(home, now)
    for zone in PLACES:
        yield zone, _offset(_zone(zone), now)


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    """All of them are kept: Python keeps eight, and reads the others' files each time."""
    return ZoneInfo(name)


def _offset(zone: ZoneInfo, now: datetime) -> timedelta:
    return now.astimezone(zone).utcoffset() or timedelta()


def _offsets(hour: int, minute: int, mark: str, now: datetime) -> Iterator[timedelta]:
    """How far ahead of UTC a clock is that shows this; "2:20" can be either half of the day.

    `mark`: a or p, of am and pm; else the first digit: "02:20" is what clocks with 24 hours show.
    """
    is_half = mark in {"a", "p"}
    shown = timedelta(hours=hour % 12 + (12 if mark == "p" else 0) if is_half else hour, minutes=minute)
    utc_now = now.astimezone(UTC)
    utc = timedelta(hours=utc_now.hour, minutes=utc_now.minute)
    is_plain = is_half or mark == "0" or hour > 12
    for each in (shown,) if is_plain else (shown % HALF_DAY, shown % HALF_DAY + HALF_DAY):
        for ahead in (each - utc - DAY, each - utc, each - utc + DAY):
            rounded = round(ahead / STEP) * STEP
            if EARLIEST <= rounded <= LATEST:
                yield rounded
