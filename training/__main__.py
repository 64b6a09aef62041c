"""`python -m training`: train a scorer, build the bundle of a shipped one, write its card."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from rubric.errors import plain_errors
from training.config import load_config

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False)
console = Console()


@app.command()
def train(
    recipe: Annotated[Path, typer.Argument(help="The recipe, such as configs/train/en.yaml.")],
    quick: Annotated[
        bool, typer.Option("--quick", help="A few conversations and one epoch: minutes, not an hour.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option(help="The run's folder; artifacts/runs/<language> if not given.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Discard what the folder holds and start anew.")] = False,
    data: Annotated[
        Path | None, typer.Option(help="The original file of the recipe's public data set, where it names one.")
    ] = None,
) -> None:
    """Train the scorer of a recipe, or go on with a run that was stopped.

    Leaves `scorer/` (adapter, heads, calibration: what is shipped) and `bundle/` (what serves) in the run's folder.
    Several GPUs: `accelerate launch -m training train RECIPE`.

    A recipe with a `corpus` is a study: trained and judged fold by fold on that data set, nothing is shipped of it.

        python -m training train configs/train/annomi.yaml --data AnnoMI-full.csv
    """
    from training.train import RUNS, run

    with plain_errors():
        config = load_config(recipe)
        if config.corpus or data:
            from training.crossvalidation import study

            console.print(study(config, data, output or RUNS / recipe.stem, console, fresh=fresh), markup=False)
            return
        folder = output or RUNS / (f"{config.language}-quick" if quick else config.language)
        trained = run(config, folder, console, is_quick=quick, fresh=fresh)
    parity = trained.parity
    console.print(
        f"[bold]{trained.manifest.name}[/]: the export flips {parity.flipped_spans:.1%} of {parity.n_spans} spans "
        f"over {parity.n_conversations} held-out conversations and moves probabilities by {parity.mean_probability_gap:.3f}"
    )
    console.print(f"bundle: {trained.bundle}\nnext: python -m eval {trained.bundle}")


@app.command()
def bundle(
    scorer: Annotated[Path, typer.Argument(help="A scorer's folder, such as scorers/en.")],
    output: Annotated[Path, typer.Option(help="The bundle's folder.")],
) -> None:
    """Build the bundle of a finished scorer: merge the adapter, export to ONNX int8, hold it against torch, seal it."""
    with plain_errors():
        from training.bundle import build_bundle, is_current
        from training.record import read_record

        if is_current(scorer, read_record(scorer), output):
            console.print(f"{output} is up to date")
            return
        with console.status(f"building {output} (fetches the base the first time)"):
            manifest, parity = build_bundle(scorer, output)
    console.print(
        f"built [bold]{manifest.name}[/] in {output}: {parity.flipped_spans:.1%} of {parity.n_spans} spans differ "
        f"from the torch model's"
    )


@app.command()
def card(
    run: Annotated[Path, typer.Argument(help="A run's folder, trained and evaluated, such as artifacts/runs/en.")],
) -> None:
    """Write the model card of a run: recipe, hashes, parity, and the figures of its evaluation report."""
    from training.card import write_card

    with plain_errors():
        path = write_card(run)
    console.print(f"card: {path}")


@app.command()
def ship(
    run: Annotated[Path, typer.Argument(help="A run's folder with its card, such as artifacts/runs/en.")],
    target: Annotated[Path, typer.Argument(help="Where the scorer is shipped, such as scorers/en.")],
    readme: Annotated[Path, typer.Option(help="The page whose table of figures follows.")] = Path("README.md"),
) -> None:
    """Copy adapter, heads, calibration and card of a run to where they are shipped, and renew the README's figures."""
    from training.card import put_figures
    from training.card import ship as ship_run

    with plain_errors():
        ship_run(run, target)
        put_figures(readme, target)
    console.print(f"shipped {run} to {target}; the figures in {readme} follow")


if __name__ == "__main__":
    # Deprecations inside the pinned libraries are nothing that a user could act on.
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
    app()
