"""The shipped labelled corpus and its splits: loaded by language and split, each file checked against its hash.

Splits are by conversation. `train` fits weights, `validation` picks among models, `calibration` sets temperatures and
thresholds, `test` is for the final figure alone: `refuse_test` keeps it out of everything that learns.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, TypedDict, get_args

from data.annotations import jsonl
from rubric.errors import DataError
from rubric.spans import Labelled, Rating

TRANSCRIPTS = Path(__file__).parent / "transcripts"
Split = Literal["train", "validation", "calibration", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)
RATINGS = ".ratings"
SHARE = 0.1
MAJORITY = "majority"


class SplitFile(TypedDict):
    """What splits.json says of one file: conversations (or ratings) in it, SHA-256 of its bytes."""

    n: int
    sha256: str


def languages() -> list[str]:
    """The ISO 639 codes the corpus holds, sorted."""
    return sorted(_index())


def splits_of(language: str) -> list[Split]:
    """The splits that exist in a language: `test` is there for English alone."""
    return [split for split in SPLITS if split in _files(language)]


def load_split(language: str, split: Split) -> list[Labelled]:
    """The labelled conversations of one split; raise DataError where the file is missing or not the shipped one.

    `test` carries the majority of three raters, the other splits the author's labels. Never fit, choose or calibrate on
    `test`: what learns calls `refuse_test` on its input.
    """
    return jsonl.read(_checked(language, split))


def load_ratings(language: str, split: Split = "test") -> list[Labelled]:
    """Every single rater's labels of those conversations of a split that several rated; empty where there are none.

    English: three raters of all test conversations, the first and a blind second one of most of the others held out.
    """
    if f"{split}{RATINGS}" not in _files(language):
        return []
    conversations = [item.conversation for item in load_split(language, split)]
    return jsonl.read_ratings(_checked(language, f"{split}{RATINGS}"), conversations)


def split_sha256(language: str, split: Split) -> str:
    """The SHA-256 of one split's file."""
    return _files(language)[split]["sha256"]


def data_sha256(language: str) -> str:
    """One hash over the hashes of all of the language's files: it names the data that a scorer rests on."""
    files = _files(language)
    return hashlib.sha256("\n".join(f"{name} {files[name]['sha256']}" for name in sorted(files)).encode()).hexdigest()


def refuse_test(labelled: Iterable[Labelled]) -> None:
    """Raise DataError where a conversation of the shipped test splits is among `labelled`.

    Whatever fits weights, chooses models or sets thresholds calls this first, wherever its data came from.
    """
    held_out = {
        item.conversation.id: item.conversation.turns
        for language in languages()
        if "test" in _files(language)
        for item in load_split(language, "test")
    }
    texts = set(held_out.values())
    found = sorted(
        {i.conversation.id for i in labelled if i.conversation.id in held_out or i.conversation.turns in texts}
    )
    if found:
        raise DataError(
            f"conversations of the test split, {len(found)} in number, must not be learnt from: {', '.join(found[:5])}"
            f"{', ...' if len(found) > 5 else ''}. Take the splits train, validation or calibration."
        )


def assign(ids: Sequence[str], pairs: Iterable[tuple[str, str]] = ()) -> dict[str, Split]:
    """The split of each conversation of one language, by the rank of SHA-256 of its id: the same ids, the same splits.

    A tenth goes to validation and a tenth to calibration, at least one to each; the rest is for training. Where a
    language has natural conversations that are `set_aside`, validation and calibration get half of these each and
    nothing else: what is held out then resembles what users score. Near-duplicate `pairs` stay in one split, that of
    the smaller id.
    """
    leader = {name: name for name in ids}
    for pair in sorted(tuple(sorted(pair)) for pair in pairs):
        low, high = sorted((leader[pair[0]], leader[pair[1]]))
        leader = {name: low if lead == high else lead for name, lead in leader.items()}
    if len(set(leader.values())) < 3:
        raise DataError(f"expected at least 3 conversations to split, found {len(set(leader.values()))}")
    aside = {lead for name, lead in leader.items() if set_aside(name)}
    ranked = sorted(aside or set(leader.values()), key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    held_out = ranked if aside else ranked[-2 * max(1, round(SHARE * len(ranked))) :]
    half = max(1, len(held_out) // 2)
    split_of: dict[str, Split] = dict.fromkeys(leader.values(), "train")
    split_of.update(dict.fromkeys(held_out[:-half], "validation"))
    split_of.update(dict.fromkeys(held_out[-half:], "calibration"))
    return {name: split_of[leader[name]] for name in ids}


def is_natural(name: str) -> bool:
    """Whether an id, such as `en-n1-004` or `en-v1-009`, is of a conversation whose author did not know the codebook."""
    return re.match(r"[a-z]{2}-[nv]\d", name) is not None


def set_aside(name: str) -> bool:
    """Whether an id, such as `en-v1-009`, is of a natural conversation that never trains."""
    return re.match(r"[a-z]{2}-v\d", name) is not None


def write_splits(source: Path, target: Path, pairs: Iterable[tuple[str, str]] = ()) -> None:
    """Make the shipped files from a folder of labelled conversations: how the splits came about, to be run again.

    source: `<language>.jsonl`, for a test split `rated/<language>.gold.jsonl`, and where conversations of any split were
    rated by several `rated/<language>.ratings.jsonl`.
    target: gets one JSONL a language and split, and `splits.json` with counts and hashes; what stands there of other
    languages stays.
    """
    index = _index(target) if (target / "splits.json").exists() else {}
    pairs = list(pairs)
    for path in sorted(source.glob("*.jsonl")):
        language = path.stem
        labelled = jsonl.read(path)
        names = [item.conversation.id for item in labelled]
        split_of = assign(names, [pair for pair in pairs if set(pair) <= set(names)])
        parts = {
            str(split): [item for item in labelled if split_of[item.conversation.id] == split] for split in SPLITS[:-1]
        }
        gold = source / "rated" / f"{language}.gold.jsonl"
        if gold.exists():
            parts["test"] = [_by_majority(item) for item in jsonl.read(gold)]
        for split, items in parts.items():
            jsonl.write(target / f"{language}.{split}.jsonl", items)
        ratings = source / "rated" / f"{language}.ratings.jsonl"
        if ratings.exists():
            everyone = [item.conversation for items in parts.values() for item in items]
            rated = jsonl.read_ratings(ratings, everyone)
            for split, items in list(parts.items()):
                ids = {item.conversation.id for item in items}
                held = [item for item in rated if item.conversation.id in ids]
                if held:
                    parts[f"{split}{RATINGS}"] = held
                    jsonl.write_ratings(target / f"{language}.{split}{RATINGS}.jsonl", held)
        index[language] = {
            split: {"n": len(items), "sha256": _sha256(target / f"{language}.{split}.jsonl")}
            for split, items in parts.items()
        }
    index = dict(sorted(index.items()))
    (target / "splits.json").write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8", newline="\n")


def _by_majority(item: Labelled) -> Labelled:
    return Labelled(
        item.conversation, Rating(conversation=item.conversation.id, rater=MAJORITY, spans=item.rating.spans)
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _index(folder: Path | None = None) -> dict[str, dict[str, SplitFile]]:
    path = (folder or TRANSCRIPTS) / "splits.json"
    try:
        index: dict[str, dict[str, SplitFile]] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"cannot read {path}: {error}; restore it with `git checkout -- data/transcripts`") from error
    return index


def _files(language: str) -> dict[str, SplitFile]:
    index = _index()
    if language not in index:
        raise DataError(f"no labelled conversations in {language!r}; expected one of {', '.join(sorted(index))}")
    return index[language]


def _checked(language: str, split: str) -> Path:
    """The path of a shipped file whose bytes are the recorded ones."""
    files = _files(language)
    if split not in files:
        raise DataError(f"{language} has no {split} split, only {', '.join(files)}")
    path = TRANSCRIPTS / f"{language}.{split}.jsonl"
    if not path.exists():
        raise DataError(f"{path} is missing; restore it with `git checkout -- data/transcripts`")
    found = _sha256(path)
    if found != files[split]["sha256"]:
        raise DataError(
            f"{path} is not the shipped file: expected SHA-256 {files[split]['sha256'][:12]}..., found {found[:12]}... "
            "Restore it with `git checkout -- data/transcripts`; if the change is meant, make the splits anew "
            "with data.splits.write_splits."
        )
    return path
