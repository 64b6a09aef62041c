"""What several rooms' tests share: the shipped scorer's bundle, and a tiny tokenizer for mechanics."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from scoring.bundle import MANIFEST
from scoring.scorer import Scorer

ROOT = Path(__file__).parent.parent

# The same examples on every machine, and no time limit that a busy one would miss.
settings.register_profile("foursignal", derandomize=True, deadline=None)
settings.load_profile("foursignal")


@pytest.fixture(scope="session")
def english_bundle() -> Path:
    """The bundle of scorers/en, which `make test` builds before it runs pytest."""
    folder = ROOT / "artifacts" / "bundles" / "en"
    if not (folder / MANIFEST).is_file():
        pytest.fail(f"no bundle in {folder}: run `make bundle` first")
    return folder


@pytest.fixture(scope="session")
def english_scorer(english_bundle: Path) -> Scorer:
    """The shipped English scorer."""
    return Scorer.load(english_bundle)


@pytest.fixture(scope="session")
def tiny_tokenizer() -> Tokenizer:
    """One token a lower-cased word or sign of a small vocabulary, [CLS] and [SEP] around."""
    words = [
        "rep",
        "customer",
        ":",
        ".",
        "?",
        "'",
        "we",
        "lose",
        "two",
        "days",
        "a",
        "month",
        "invoices",
        "what",
        "happens",
        "it",
        "is",
        "too",
        "dear",
        "so",
        "see",
        "next",
        "week",
        "can",
        "you",
    ]
    vocabulary = {word: index for index, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    )
    return tokenizer
