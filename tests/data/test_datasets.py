import subprocess
import sys
from pathlib import Path

import pytest

from data.datasets import FEATURES, from_dataset, to_dataset
from data.splits import load_ratings, load_split
from rubric.errors import DataError
from rubric.examples import CODEBOOK_CALL, CODEBOOK_SPANS
from rubric.spans import Labelled, Rating


def test_a_dataset_gives_back_what_went_in():
    spans = (CODEBOOK_SPANS[0].model_copy(update={"probability": 0.1}), *CODEBOOK_SPANS[1:])
    scored = Labelled(CODEBOOK_CALL, Rating(conversation="en-0001", rater="scorer", spans=spans))
    labelled = [*load_split("en", "test"), *load_ratings("en"), *load_split("zh", "train"), scored]
    dataset = to_dataset(labelled)
    assert (len(dataset), dataset.features) == (len(labelled), FEATURES)
    assert from_dataset(dataset) == labelled
    assert from_dataset(to_dataset([])) == []


def test_faults_of_rows_and_columns_are_named():
    dataset = to_dataset(load_split("en", "test")[:2])
    with pytest.raises(DataError, match="the dataset lacks the columns rater, spans; expected those of data"):
        from_dataset(dataset.remove_columns(["rater", "spans"]))
    broken = dataset.map(lambda row: {"language": "English", "turns": row["turns"]}, load_from_cache_file=False)
    with pytest.raises(DataError) as caught:
        from_dataset(broken)
    assert "the dataset has 2 faults" in str(caught.value)
    assert "row 1: language: string should match pattern" in str(caught.value)


def test_reading_a_transcript_does_without_the_heavy_library():
    program = (
        "import sys, data.readers.read, data.annotations.jsonl, data.annotations.markup, data.splits, data.leakage\n"
        "print([name for name in ('datasets', 'torch', 'numpy', 'pandas') if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
