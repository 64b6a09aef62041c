"""The shipped scorer: same bytes for the same conversation, scorecards that keep the codebook, clear refusals."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from data.readers.read import read
from rubric.codebook import Label
from rubric.config import SIGNALS
from rubric.conversation import Conversation, Turn
from rubric.errors import BundleError, ConversationError
from rubric.scorecard import Scorecard
from rubric.spans import check
from scoring.bundle import CALIBRATION, FILES, MANIFEST, MODEL, read_manifest
from scoring.scorer import Scorer

EXAMPLES = sorted((Path(__file__).parent.parent.parent / "examples").glob("*.*"))


def conversations() -> list[Conversation]:
    return [read(path, language="en")[0].conversation for path in EXAMPLES]


@pytest.fixture(scope="module")
def cards(english_scorer: Scorer) -> list[Scorecard]:
    return [english_scorer.score(conversation) for conversation in conversations()]


def test_the_same_conversation_gives_the_same_bytes(english_bundle: Path, cards: list[Scorecard]) -> None:
    again = Scorer.load(english_bundle, n_threads=1)
    assert [again.score(c).to_json() for c in conversations()] == [card.to_json() for card in cards]


def test_spans_keep_the_codebook(cards: list[Scorecard]) -> None:
    for conversation, card in zip(conversations(), cards, strict=True):
        check(conversation, card.spans)
        assert card.spans, conversation.id


def test_each_signal_has_value_or_reason_evidence_and_interval(cards: list[Scorecard]) -> None:
    for card in cards:
        assert tuple(card.signals) == SIGNALS
        for signal in card.signals.values():
            assert (signal.value is None) == (signal.interval is None)
            assert signal.band is not None or signal.reason
            if signal.value is not None and signal.interval is not None:
                assert signal.interval[0] <= signal.value <= signal.interval[1]
        asks = card.signals["close_attempts"]
        assert [card.spans[i].label for i in asks.evidence] == [Label.CLOSE_ASK] * int(asks.numerator)


def test_a_scorecard_reads_back(cards: list[Scorecard]) -> None:
    for card in cards:
        assert Scorecard.model_validate_json(card.to_json()) == card


def test_the_examples_hold_what_a_reader_would_find(cards: list[Scorecard]) -> None:
    found = {label for card in cards for label in (span.label for span in card.spans)}
    assert {Label.DISCOVERY_QUESTION, Label.OBJECTION, Label.NEED, Label.VALUE_CLAIM, Label.CLOSE_ASK} <= found


def test_no_objection_is_undefined_not_zero(english_scorer: Scorer) -> None:
    turns = (
        Turn(speaker="R", role="rep", text="How do you plan your routes today?"),
        Turn(speaker="C", role="customer", text="On a whiteboard."),
    )
    card = english_scorer.score(Conversation(id="short", language="en", turns=turns))
    signal = card.signals["objection_acknowledgement"]
    assert (signal.value, signal.band, signal.reason) == (None, None, "undefined: no objection was raised")


def test_a_long_turn_is_read_to_its_end(english_scorer: Scorer) -> None:
    filler = "The unit is grey and sits beside the door of the plant room. " * 60
    ask = "Could we book a site visit with your engineer on Thursday at ten?"
    turns = (
        Turn(speaker="C", role="customer", text="Tell me about it."),
        Turn(speaker="R", role="rep", text=filler + ask),
    )
    card = english_scorer.score(Conversation(id="long", language="en", turns=turns))
    assert any(span.start > len(filler) - 80 for span in card.spans if span.label == Label.CLOSE_ASK)


@pytest.mark.parametrize("missing", ["rep", "customer"])
def test_one_sided_talk_is_refused(english_scorer: Scorer, missing: str) -> None:
    role = "customer" if missing == "rep" else "rep"
    turns = (Turn(speaker="x", role=role, text="Hello there."),)  # type: ignore[arg-type]
    with pytest.raises(ConversationError, match=f"has no {missing}"):
        english_scorer.score(Conversation(id="x", language="en", turns=turns))


def test_another_language_is_refused(english_scorer: Scorer) -> None:
    conversation = conversations()[0].model_copy(update={"language": "de"})
    with pytest.raises(BundleError, match=r"is in 'de', the bundle .* scores 'en'"):
        english_scorer.score(conversation)


class TestBundle:
    @pytest.fixture
    def copy(self, english_bundle: Path, tmp_path: Path) -> Path:
        return Path(shutil.copytree(english_bundle, tmp_path / "bundle"))

    def test_a_changed_file_is_found(self, copy: Path) -> None:
        path = copy / CALIBRATION
        path.write_text(path.read_text() + " ")
        with pytest.raises(BundleError, match=rf"{CALIBRATION} has sha256 .* the manifest says"):
            Scorer.load(copy)

    @pytest.mark.parametrize("name", FILES)
    def test_a_missing_file_is_named(self, copy: Path, name: str) -> None:
        (copy / name).unlink()
        with pytest.raises(BundleError, match=f"{name} is missing"):
            read_manifest(copy)

    def test_no_bundle_says_how_to_get_one(self, tmp_path: Path) -> None:
        with pytest.raises(BundleError, match="make bundle"):
            Scorer.load(tmp_path)

    def test_a_broken_manifest_is_refused(self, copy: Path) -> None:
        (copy / MANIFEST).write_text("{}")
        with pytest.raises(BundleError, match="is not a bundle's manifest"):
            read_manifest(copy)

    def test_the_bundles_hash_covers_its_files(self, copy: Path) -> None:
        manifest = read_manifest(copy)
        other = manifest.model_copy(update={"files": {**manifest.files, MODEL: "0" * 64}})
        assert other.sha256 != manifest.sha256


def run_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "scoring", *arguments], capture_output=True, text=True, check=False)


class TestCommand:
    def test_json_is_the_scorecard_with_a_practice(self, english_bundle: Path) -> None:
        run = run_command(str(EXAMPLES[0]), "--json", "--bundle", str(english_bundle))
        card = Scorecard.model_validate_json(run.stdout)
        assert run.returncode == 0
        assert card.next_practice is not None
        assert card.next_practice.behaviour in {behaviour.name for behaviour in card.behaviours}

    def test_the_terminal_shows_signals_evidence_and_practice(self, english_bundle: Path) -> None:
        run = run_command(str(EXAMPLES[1]), "--bundle", str(english_bundle))
        assert run.returncode == 0
        for part in ("Discovery density", "90 % interval", "turn", "Next practice", "bundle en-"):
            assert part in run.stdout

    def test_it_loads_no_torch(self) -> None:
        code = "import sys, scoring.__main__; print(*sys.modules)"
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert not {"torch", "transformers", "mlflow"} & set(run.stdout.split())

    def test_bad_input_is_a_message_and_the_good_file_is_still_scored(
        self, english_bundle: Path, tmp_path: Path
    ) -> None:
        broken, spanish = tmp_path / "broken.txt", tmp_path / "spanish.txt"
        broken.write_bytes(b"Rep: hello\nCustomer: caf\xe9\n")
        spanish.write_text(
            "Rep: ¿Cómo llevan ustedes el control de las facturas de los proveedores en este momento?\n"
            "Customer: Lo hacemos todo a mano y perdemos dos días cada mes porque nadie sabe dónde están los papeles.\n"
        )
        run = run_command(str(broken), str(spanish), str(EXAMPLES[2]), "--json", "--bundle", str(english_bundle))
        assert run.returncode == 1
        assert len(run.stdout.splitlines()) == 1
        assert "offset 24" in run.stderr.replace("\n", " ")
        assert "reads like 'es'" in run.stderr.replace("\n", " ")
        assert "Traceback" not in run.stderr

    def test_what_an_error_quotes_is_no_markup(self, english_bundle: Path, tmp_path: Path) -> None:
        broken = tmp_path / "brackets.txt"
        broken.write_text("[/oops] b [bold\n")
        run = run_command(str(broken), "--bundle", str(english_bundle))
        assert run.returncode == 1
        assert "found '[/oops] b [bold'" in run.stderr
        assert "Traceback" not in run.stderr
