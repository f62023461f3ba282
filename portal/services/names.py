"""Makes a person's name findable: by its characters, its pinyin, its initials."""

from __future__ import annotations

LENGTH = 300


def search_key(name: str) -> str:
    """The name, its full pinyin, its initials, and the surname in full with initials, lower case.

    陈晓 -> "陈晓 chenxiao cx chenx"; 单 and 曾 are read two ways, and a person is found by either.
    """
    from pypinyin import Style, pinyin  # lazy: its tables take 100 ms, and few requests save a name

    plain = "".join(character for character in name if not character.isspace() and character != "·").lower()
    if not plain:
        return ""
    first = pinyin(plain[0], style=Style.NORMAL, heteronym=True)[0]
    surname = pinyin(plain, style=Style.NORMAL)[0]
    rest = [reading[0] for reading in pinyin(plain[1:], style=Style.NORMAL)] if len(plain) > 1 else []
    readings = [[start, *rest] for start in dict.fromkeys([*surname, *first])]
    words = [plain]
    for reading in readings:
        first_letters = [part[:1] for part in reading]
        words += ["".join(reading), "".join(first_letters), "".join([reading[0], *first_letters[1:]])]
    return " ".join(dict.fromkeys(words))[:LENGTH]


def initials(name: str) -> str:
    """The first letters of a name as it is usually read, upper case: 护理学院 -> "HLXY"."""
    from pypinyin import Style, lazy_pinyin  # lazy: its tables take 100 ms

    return "".join(part[:1] for part in lazy_pinyin(name, style=Style.NORMAL)).upper()
