"""Draw `docs/scorecard.svg`, the README's picture: `python -m docs.scorecard`.

It is the scorecard that `python -m scoring examples/renewal_call.txt` prints, by the bundle in artifacts/bundles/en.
"""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

from rich.console import Console

from coaching.library import load_library
from coaching.selector import next_practice
from data.readers.read import read
from scoring.render import render
from scoring.scorer import Scorer

CALL = Path("examples/renewal_call.txt")
BUNDLE = Path("artifacts/bundles/en")
PICTURE = Path(__file__).with_name("scorecard.svg")
# A picture in a page fetches no fonts: what the reader has must do.
FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def draw(call: Path = CALL, bundle: Path = BUNDLE, width: int = 100) -> str:
    """The scorecard of a call as SVG, `width` characters wide; the same call and bundle give the same picture."""
    scorer = Scorer.load(bundle)
    (transcript,) = read(call, language=scorer.language)
    card = scorer.score(transcript.conversation, transcript.notes)
    practice = next_practice([card], load_library(), scorer.rubric).summary()
    console = Console(record=True, width=width, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print(render(transcript.conversation, card.model_copy(update={"next_practice": practice})))
    return FONTS.sub("", console.export_svg(title=f"python -m scoring {call}", unique_id="scorecard"))


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
