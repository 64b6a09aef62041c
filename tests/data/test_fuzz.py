"""A sample of `make fuzz`: no mutated input of any format gives a traceback or takes a second."""

import pytest

from data.readers.formats import FORMATS
from tests.data.fuzz import COSTLY, LABELS, SHARE_LARGE, Tally, fuzz_format, inputs


@pytest.mark.parametrize("format", [*FORMATS, *LABELS])
def test_mutated_inputs_are_read_or_refused(format):
    n = int(SHARE_LARGE * COSTLY.get(format, 1))
    tally = fuzz_format(format, n, seed=1)
    assert tally.faults == []
    assert tally.n_read + tally.n_refused == tally.n == n
    assert tally.n_read > 0
    assert tally.n_refused > 0


def test_the_fuzzer_would_see_a_failure(monkeypatch):
    monkeypatch.setattr("tests.data.fuzz.read_text", lambda *_, **__: 1 / 0)
    tally: Tally = fuzz_format("srt", 3, seed=0)
    assert len(tally.faults) == 3
    assert "ZeroDivisionError" in tally.faults[0]


def test_inputs_are_the_same_for_the_same_seed():
    assert list(inputs("csv", 20, 5)) == list(inputs("csv", 20, 5)) != list(inputs("csv", 20, 6))
