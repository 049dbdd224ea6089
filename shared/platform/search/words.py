"""Words of a text as search sees them: folded, stemmed, without stop words."""

import re
import unicodedata
from functools import lru_cache
from threading import Lock

import Stemmer

MAX_WORD = 64
"""Characters of a word that are looked at."""
_CJK = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
WORD = re.compile(rf"[{_CJK}]|(?:[^\W_{_CJK}]++[\u0300-\u036f]*+)++(?:['\u2019](?:s|t|re|ve|ll|d|m)\b)?", re.IGNORECASE)

_STOP = """
    a about above after again against all also am an and any are aren't as at be because been before being below
    between both but by can can't cannot could couldn't did didn't do does doesn't doing don't down during each
    either etc few for from further had hadn't has hasn't have haven't having he he'd he'll he's her here here's
    hers herself him himself his how how's however i i'd i'll i'm i've if in into is isn't it it's its itself let's
    may me might more most must mustn't my myself no nor not of off on once only onto or other ought our ours
    ourselves out over own per same shall shan't she she'd she'll she's should shouldn't so some such than that
    that's the their theirs them themselves then there there's these they they'd they'll they're they've this those
    through thus to too toward under until up upon us very via was wasn't we we'd we'll we're we've were weren't
    what what's when when's where where's whether which while who who's whom whose why why's will with within
    without won't would wouldn't yet you you'd you'll you're you've your yours yourself yourselves
"""
STOP_WORDS = frozenset(_STOP.split())


def stems(text: str) -> list[str]:
    """The stems of the words that count, in order."""
    return [found for word in WORD.findall(text) if (found := stem(word))]


def folded(word: str) -> str:
    """A word without case, accents and compatibility forms."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char)).replace("\u2019", "'")


_stemmer = Stemmer.Stemmer("english", 0)
_stemming = Lock()  # the stemmer keeps its word in itself


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of a word as it stands in a text; empty for a stop word."""
    plain = folded(word[:MAX_WORD])
    if plain in STOP_WORDS:
        return ""
    with _stemming:
        return str(_stemmer.stemWord(plain)).replace("'", "")
