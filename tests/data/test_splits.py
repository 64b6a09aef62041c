import hashlib
import json
import shutil

import pytest

from data import splits
from data.annotations import jsonl
from data.splits import SPLITS, assign, data_sha256, languages, load_ratings, load_split, refuse_test
from rubric.errors import DataError


def test_every_language_has_its_splits_and_its_ids_are_apart():
    assert len(languages()) == 20
    for language in languages():
        ids: list[str] = []
        for split in SPLITS[:-1]:
            labelled = load_split(language, split)
            assert labelled
            assert {item.conversation.language for item in labelled} == {language}
            ids += [item.conversation.id for item in labelled]
        assert len(set(ids)) == len(ids)


def test_the_shipped_splits_follow_from_the_ids():
    shipped = {item.conversation.id: split for split in SPLITS[:-1] for item in load_split("en", split)}
    assert assign(list(shipped)) == shipped


def test_the_test_split_is_the_majoritys_and_rated_three_times():
    test = load_split("en", "test")
    assert {item.rating.rater for item in test} == {"majority"}
    assert len(load_ratings("en")) == 3 * len(test)
    held_out = [item for split in ("validation", "calibration") for item in load_ratings("en", split)]
    assert len(held_out) == 2 * 40
    assert {item.rating.rater for item in held_out} == {"author", "second"}
    assert load_ratings("en", "train") == load_ratings("de", "validation") == []


def test_assignment_is_by_rank_of_the_hash():
    ids = [f"x-{n}" for n in range(100)]
    split_of = assign(ids)
    ranked = sorted(ids, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    assert [split_of[name] for name in ranked] == ["train"] * 80 + ["validation"] * 10 + ["calibration"] * 10
    assert sorted(assign(ids[:5]).values()) == ["calibration", "train", "train", "train", "validation"]
    with pytest.raises(DataError, match="at least 3 conversations to split, found 2"):
        assign(ids[:2])


def test_conversations_that_are_set_aside_are_what_is_held_out():
    ids = [*(f"en-t1-{n:03d}" for n in range(20)), "en-n1-001", *(f"en-v1-{n:03d}" for n in range(5))]
    split_of = assign(ids)
    assert sorted(split_of[name] for name in ids if name.startswith("en-v1-")) == [
        "calibration",
        "calibration",
        "validation",
        "validation",
        "validation",
    ]
    assert {split_of[name] for name in ids if not name.startswith("en-v1-")} == {"train"}


def test_near_duplicates_stay_together():
    ids = [f"x-{n}" for n in range(20)]
    alone = assign(ids)
    apart = next((a, b, c) for a in ids for b in ids for c in ids if len({alone[a], alone[b], alone[c]}) == 3)
    together = assign(ids, [apart[:2], apart[1:]])
    assert len({together[name] for name in apart}) == 1


def test_test_conversations_are_refused_whoever_labelled_them():
    with pytest.raises(DataError, match="conversations of the test split, 22 in number, must not be learnt from"):
        refuse_test(load_split("en", "train")[:2] + load_ratings("en"))
    renamed = [item.conversation.model_copy(update={"id": "other"}) for item in load_split("en", "test")]
    with pytest.raises(DataError, match="must not be learnt from: other"):
        refuse_test([jsonl.Labelled(renamed[0], load_split("en", "test")[0].rating)])
    refuse_test(load_split("en", "train") + load_split("de", "validation"))


def test_a_changed_or_missing_file_is_refused_with_what_to_do(tmp_path, monkeypatch):
    for name in ("splits.json", "da.train.jsonl", "da.validation.jsonl"):
        shutil.copy(splits.TRANSCRIPTS / name, tmp_path)
    monkeypatch.setattr(splits, "TRANSCRIPTS", tmp_path)
    before = data_sha256("da")
    with (tmp_path / "da.train.jsonl").open("a") as file:
        file.write("\n")
    with pytest.raises(DataError, match=r"da\.train\.jsonl is not the shipped file: expected SHA-256 .*`git checkout"):
        load_split("da", "train")
    with pytest.raises(DataError, match=r"da\.calibration\.jsonl is missing; restore it with `git checkout"):
        load_split("da", "calibration")
    with pytest.raises(DataError, match="da has no test split, only train, validation, calibration"):
        load_split("da", "test")
    with pytest.raises(DataError, match="no labelled conversations in 'xx'; expected one of ar, cs"):
        load_split("xx", "train")
    index = json.loads((tmp_path / "splits.json").read_text())
    index["da"]["train"]["sha256"] = hashlib.sha256((tmp_path / "da.train.jsonl").read_bytes()).hexdigest()
    (tmp_path / "splits.json").write_text(json.dumps(index))
    assert load_split("da", "train")
    assert data_sha256("da") != before
    (tmp_path / "splits.json").unlink()
    with pytest.raises(DataError, match=r"cannot read .*splits\.json"):
        languages()


def test_splits_are_made_from_a_folder(tmp_path):
    (tmp_path / "from" / "rated").mkdir(parents=True)
    (tmp_path / "to").mkdir()
    jsonl.write(tmp_path / "from" / "en.jsonl", load_split("en", "train")[:20] + load_split("en", "validation"))
    jsonl.write(tmp_path / "from" / "rated" / "en.gold.jsonl", load_split("en", "test"))
    jsonl.write_ratings(
        tmp_path / "from" / "rated" / "en.ratings.jsonl", [*load_ratings("en"), *load_ratings("en", "validation")]
    )
    splits.write_splits(tmp_path / "from", tmp_path / "to")
    index = json.loads((tmp_path / "to" / "splits.json").read_text())
    written = {split: jsonl.read(tmp_path / "to" / f"en.{split}.jsonl") for split in ("validation", "calibration")}
    twice = {item.conversation.id for item in load_ratings("en", "validation")}
    n_rated = {split: 2 * sum(item.conversation.id in twice for item in items) for split, items in written.items()}
    assert {name: part["n"] for name, part in index["en"].items()} == {
        "train": 20,
        "validation": 25,
        "calibration": 24,
        "test": 22,
        "validation.ratings": n_rated["validation"],
        "calibration.ratings": n_rated["calibration"],
        "test.ratings": 66,
    }
    assert sum(n_rated.values()) == len(load_ratings("en", "validation"))
    assert (tmp_path / "to" / "en.test.jsonl").read_bytes() == (splits.TRANSCRIPTS / "en.test.jsonl").read_bytes()


def test_languages_that_are_not_given_keep_their_place_in_the_index(tmp_path):
    (tmp_path / "from").mkdir()
    shipped = json.loads((splits.TRANSCRIPTS / "splits.json").read_text())
    (tmp_path / "splits.json").write_text(json.dumps({name: shipped[name] for name in ("da", "en", "sv")}))
    jsonl.write(tmp_path / "from" / "en.jsonl", load_split("en", "validation"))
    splits.write_splits(tmp_path / "from", tmp_path)
    index = json.loads((tmp_path / "splits.json").read_text())
    assert list(index) == ["da", "en", "sv"]
    assert index["da"] == shipped["da"]
    assert set(index["en"]) == {"train", "validation", "calibration"}
