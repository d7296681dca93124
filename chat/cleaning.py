"""What becomes of a text before it is stored: what nobody can see, or no database keeps, goes.

Characters that turn the direction of what follows are kept out as well, because a text must not
reach beyond itself; the direction of each is found by the browser (`dir="auto"`). The joiners
within emoji and some scripts stay: they are how these are written.
"""

from __future__ import annotations

import re
import unicodedata

from realtime import ActionError

MAX_LENGTH = 4000

# The control characters of ASCII and Latin-1 except newline and tab; halves of surrogate pairs,
# which no database can store; marks, embeddings, overrides and isolates of direction; characters
# without width but for the joiners (U+200C, U+200D); fillers.
_UNWANTED = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff"
    r"\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    r"\ufff9-\ufffb]"
)
# What else may take no room: joiners, variation selectors, tags, blanks. Emoji and some scripts are
# written with them, names in alphabets like ours are not.
_UNSEEN = (
    r"[\u034f\u17b4\u17b5\u180b-\u180f\u200c\u200d\u2800\ufe00-\ufe0f"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
_ONLY_UNSEEN = re.compile(_UNSEEN)
# Of no use where they are: behind such a letter, or joiners at the end of a word.
_IDLE = re.compile(rf"(?<![\u0590-\U0010ffff]){_UNSEEN}|[\u034f\u200c\u200d]+(?!\S)")
# Alphabets in which some letters look the same.
_ALIKE = {"LATIN", "GREEK", "CYRILLIC"}
_LINE_END = re.compile(r"\r\n?")
_GAP = re.compile(r"\s+")


def clean(text: str) -> str:
    """Return a text as it is stored. Cleaning it again changes nothing."""
    return _UNWANTED.sub("", _LINE_END.sub("\n", text)).strip()


def one_line(text: str) -> str:
    """Return a text for one line as it is stored, empty where there is nothing to see in it."""
    line = _GAP.sub(" ", clean(text))
    return line if is_visible(line) else ""


def clean_name(text: str) -> str:
    """Return a name as it is stored: without what would only make it another than it looks."""
    return one_line(_IDLE.sub("", one_line(text)))


def mixes_alphabets(word: str) -> bool:
    """Return whether a word has letters of alphabets that can be taken for one another's."""
    return len({unicodedata.name(char, "").partition(" ")[0] for char in word} & _ALIKE) > 1


def is_visible(text: str) -> bool:
    """Return whether there is anything to see: invisible characters alone look like nothing."""
    seen = _ONLY_UNSEEN.sub("", text)
    return any(char.isprintable() and not char.isspace() for char in seen)


def clean_text(text: str) -> str:
    """Return a message as it is stored, or raise `ActionError` if it is empty or too long."""
    cleaned = clean(text)
    if not is_visible(cleaned):
        raise ActionError("Write something first.")
    if len(cleaned) > MAX_LENGTH:
        raise ActionError(
            f"A message has at most {MAX_LENGTH} characters, and this one has {len(cleaned)}. "
            "Shorten it or send it in parts."
        )
    return cleaned
