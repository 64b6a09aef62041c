"""`python -m eval`: how good is a scorer, how reliable are raters? A command each; see `python -m eval --help`."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from eval.sampling.commands import plan, unblind_labels
from eval.scorer import scorer
from eval.workbench.codebook_command import codebook
from eval.workbench.raters import raters
from eval.workbench.reliability import reliability
from eval.workbench.versus_raters import versus_raters


class _ScorerByDefault(TyperGroup):
    """`python -m eval BUNDLE …` is `python -m eval scorer BUNDLE …`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] != "--help"):
            args = ["scorer", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=_ScorerByDefault, add_completion=False, pretty_exceptions_enable=False)
app.command()(scorer)
app.command()(raters)
app.command()(reliability)
app.command()(versus_raters)
app.command()(codebook)
app.command()(plan)
app.command("unblind")(unblind_labels)


@app.callback()
def main() -> None:
    """How good is a scorer, and how reliable are the raters it is held against? Reports as HTML, Markdown and JSON.

    Judge the English scorer on the test split:

        python -m eval artifacts/bundles/en

    Do three raters agree?

        python -m eval raters data/transcripts/en.test.ratings.jsonl --conversations data/transcripts/en.test.jsonl
    """


if __name__ == "__main__":
    app()
