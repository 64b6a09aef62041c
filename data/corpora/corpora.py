"""The table of public data sets with human labels: their readers, the labels they cover, their sources.

What a source does not label is absent from its spans, so compare on `covers` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from data.corpora import annomi, call_playbook, casino, p4g, talkmoves, uptake
from data.corpora.call_playbook import Snippet
from data.corpora.source import Source
from data.corpora.uptake import Exchange
from rubric.codebook import Label
from rubric.spans import Labelled


@dataclass(frozen=True)
class Corpus:
    """One data set. read: its original file to labelled conversations, or to exchanges or snippets out of them where
    it has no more.

    group_of: from an item's id to the group that a fold keeps together.
    """

    source: Source
    covers: frozenset[Label]
    read: Callable[[Path], list[Labelled] | list[Exchange] | list[Snippet]]
    group_of: Callable[[str], str]


CORPORA: dict[str, Corpus] = {
    "annomi": Corpus(annomi.SOURCE, annomi.COVERS, annomi.read, annomi.group_of),
    "p4g": Corpus(p4g.SOURCE, p4g.COVERS, p4g.read, p4g.group_of),
    "casino": Corpus(casino.SOURCE, casino.COVERS, casino.read, casino.group_of),
    "talkmoves": Corpus(talkmoves.SOURCE, talkmoves.COVERS, talkmoves.read, talkmoves.group_of),
    "call_playbook": Corpus(call_playbook.SOURCE, call_playbook.COVERS, call_playbook.read, call_playbook.group_of),
    "uptake": Corpus(uptake.SOURCE, uptake.COVERS, uptake.read, uptake.group_of),
}
