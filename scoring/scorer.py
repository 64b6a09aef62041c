"""The scorer: a conversation through a bundle to its scorecard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from safetensors.numpy import load_file
from tokenizers import Tokenizer

from rubric.axes import axes
from rubric.behaviours import rank
from rubric.codebook import VERSION
from rubric.config import RubricConfig, load_rubric
from rubric.conversation import Conversation
from rubric.errors import BundleError, ConversationError
from rubric.scorecard import Axes, BundleHashes, Hashes, Scorecard
from rubric.signals import measure
from scoring.backend import Backend, OnnxBackend
from scoring.bundle import CALIBRATION, LINKS, MODEL, TOKENIZER, Manifest, read_manifest
from scoring.calibration import Calibrated, Calibration, accept, read_calibration
from scoring.decoding import Candidate, candidates, turn_scores
from scoring.intervals import trials, with_intervals
from scoring.linking import Linked, link
from scoring.links import LinkHead
from scoring.windows import Windower


def find_candidates(conversation: Conversation, windower: Windower, backend: Backend) -> list[Candidate]:
    """All candidate spans of a conversation, before calibration: what training calibrates and compares."""
    windows = windower.windows(conversation)
    return candidates(conversation, turn_scores(conversation, windows, backend.run(windows)))


def load_links(path: Path, temperature: float) -> LinkHead:
    """The link head's weights that lie outside the exported encoder, with its temperature."""
    tensors = load_file(path)
    return LinkHead(tensors["weights"], tensors["bias"], temperature)


@dataclass(frozen=True)
class Reading:
    """What the scorer saw in a conversation: every candidate with its probability, and the links."""

    rated: list[Calibrated]
    linked: Linked


class Scorer:
    """Scores conversations of one language. The same conversation and bundle give the same scorecard."""

    def __init__(
        self,
        manifest: Manifest,
        windower: Windower,
        backend: Backend,
        links: LinkHead,
        calibration: Calibration,
        rubric: RubricConfig,
    ) -> None:
        self.manifest = manifest
        self.rubric = rubric
        self._windower = windower
        self._backend = backend
        self._links = links
        self._calibration = calibration

    @classmethod
    def load(cls, bundle: Path, rubric: RubricConfig | None = None, n_threads: int = 0) -> Scorer:
        """Load a bundle after checking every file's hash; raise BundleError where anything is missing or changed.

        n_threads: of ONNX Runtime, 0 for one a core.
        """
        manifest = read_manifest(bundle)
        calibration = read_calibration(bundle / CALIBRATION)
        return cls(
            manifest,
            Windower(Tokenizer.from_file(str(bundle / TOKENIZER)), manifest.windows),
            OnnxBackend(bundle / MODEL, n_threads),
            load_links(bundle / LINKS, calibration.link_temperature),
            calibration,
            rubric or load_rubric(),
        )

    @property
    def language(self) -> str:
        """The ISO 639 code of the language it scores."""
        return self.manifest.language

    def read(self, conversation: Conversation) -> Reading:
        """Find, rate and link the candidate spans; raise where the conversation does not fit the bundle."""
        if conversation.language != self.language:
            raise BundleError(
                f"{conversation.id} is in {conversation.language!r}, the bundle {self.manifest.name} scores "
                f"{self.language!r}: give a bundle of its language, or correct the language if it was set wrongly"
            )
        for role in ("rep", "customer"):
            if not conversation.has_role(role):
                raise ConversationError(
                    f"{conversation.id} has no {role}: expected at least one turn of a rep and one of a customer; "
                    "check the speakers' roles"
                )
        rated = accept(find_candidates(conversation, self._windower, self._backend), self._calibration)
        return Reading(rated, link(conversation, rated, self._links, self._calibration))

    def score(self, conversation: Conversation, notes: Sequence[str] = ()) -> Scorecard:
        """The scorecard of a conversation. notes: what happened on the way in, such as roles that were guessed."""
        return self.scorecard(conversation, self.read(conversation), notes)

    def scorecard(self, conversation: Conversation, reading: Reading, notes: Sequence[str] = ()) -> Scorecard:
        """The scorecard of what was read in a conversation."""
        spans = reading.linked.spans
        signals = with_intervals(
            measure(conversation, spans, self.rubric),
            trials(conversation, reading.rated, reading.linked, self.rubric),
            self._calibration.interval_levels,
        )
        manifest = self.manifest
        return Scorecard(
            conversation=conversation.id,
            language=conversation.language,
            bundle=BundleHashes(
                name=manifest.name, sha256=manifest.sha256, data=manifest.data_sha256, base=manifest.base_sha256
            ),
            rubric=Hashes(name=VERSION, sha256=self.rubric.sha256),
            signals=signals,
            axes=Axes.model_validate(axes(conversation, spans, signals, self.rubric)),
            behaviours=tuple(rank(signals, self.rubric)),
            spans=tuple(spans),
            notes=tuple(notes),
        )
