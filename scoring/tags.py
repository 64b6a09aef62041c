"""The tag sets of the heads: one turn label per codebook label, BIO tags over the same labels, roles masked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rubric.codebook import CODEBOOK, Label, Role

LABELS: tuple[Label, ...] = tuple(Label)
TAGS: tuple[str, ...] = ("O", *(f"{prefix}-{label}" for label in LABELS for prefix in "BI"))
OUTSIDE = 0


def begin_tag(label: Label) -> int:
    """Index of `B-label` in TAGS.

    >>> TAGS[begin_tag(Label.CLOSE_ASK)], TAGS[inside_tag(Label.CLOSE_ASK)]
    ('B-close_ask', 'I-close_ask')
    """
    return 1 + 2 * LABELS.index(label)


def inside_tag(label: Label) -> int:
    """Index of `I-label` in TAGS."""
    return begin_tag(label) + 1


def label_mask(role: Role) -> NDArray[np.bool_]:
    """(n_labels,) True for the labels that a turn of this role may carry."""
    return np.array([CODEBOOK[label].role == role for label in LABELS])


def tag_mask(role: Role) -> NDArray[np.bool_]:
    """(n_tags,) True for the tags that a token of a turn of this role may carry; O always."""
    return np.concatenate([[True], np.repeat(label_mask(role), 2)])
