"""`python -m coaching`: list the practice library, show a scenario to play, or simulate how good the selector is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.progress import Progress
from rich.table import Column, Table

from coaching.library import DEFAULT_FOLDER, DIFFICULTIES, Done, Library, Persona, Scenario, load_library
from coaching.simulation import RULES, World, simulate
from rubric.config import DEFAULT_PATH, SIGNALS, load_rubric
from rubric.errors import FoursignalError, plain_errors

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)

Folder = Annotated[Path, typer.Option(help="Folder of the practice library.", show_default="configs/practice")]


@app.command("library")
def list_scenarios(
    signal: Annotated[str | None, typer.Option(help=f"One signal only: {', '.join(SIGNALS)}.")] = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """List the scenarios, by signal and difficulty."""
    with plain_errors():
        if signal not in (None, *SIGNALS):
            raise FoursignalError(f"unknown signal {signal!r}, expected one of {', '.join(SIGNALS)}")
        library = load_library(folder)
    for name in SIGNALS if signal is None else (signal,):
        table = Table(
            Column("id", no_wrap=True), "title", "level", "persona", "done", title=_in_words(name), title_justify="left"
        )
        for scenario in library.of(name):
            table.add_row(
                scenario.id,
                escape(scenario.title),
                DIFFICULTIES[scenario.difficulty],
                escape(library.persona(scenario.persona).name),
                _bounds(scenario.done),
            )
        Console().print(table)
    typer.echo(f"library sha256 {library.sha256}")


@app.command("show")
def show_scenario(
    id: Annotated[str, typer.Argument(help="Id of the scenario, as `python -m coaching library` lists it.")],
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Show one scenario: a sheet for the rep, and one for whoever plays the customer."""
    with plain_errors():
        library = load_library(folder)
        scenario = library.scenario(id)
        persona = library.persona(scenario.persona)
    for sheet in _sheets(scenario, persona, library):
        Console().print(sheet)


@app.command("simulate")
def run_simulation(
    reps: Annotated[int, typer.Option(help="Simulated reps.")] = World.n_reps,
    practices: Annotated[
        int, typer.Option(help="Practices of each rep, after three baseline calls.")
    ] = World.n_practices,
    learning: Annotated[float, typer.Option(help="Share of a signal's gap that one practice closes.")] = World.learning,
    uneven: Annotated[
        float, typer.Option(help="How unequally a rep learns the four: SD of the logarithm of that share.")
    ] = World.uneven,
    day_sd: Annotated[
        float, typer.Option(help="SD of a rep's skill from call to call; the target is 1.")
    ] = World.day_sd,
    seed: Annotated[int, typer.Option(help="The same seed gives the same table.")] = World.seed,
    rubric: Annotated[
        Path, typer.Option(help="The rubric's configuration.", show_default="configs/rubric.yaml")
    ] = DEFAULT_PATH,
) -> None:
    """How near does the selector come to the best possible gain, beside simpler rules?"""
    with plain_errors():
        config = load_rubric(rubric)
        world = World(reps, n_practices=practices, learning=learning, uneven=uneven, day_sd=day_sd, seed=seed)
        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("reps", total=reps)
            outcomes = simulate(world, config, RULES, lambda: progress.advance(task))
    table = Table(
        "choice of the next signal",
        title=f"{reps} simulated reps, {world.n_baseline} baseline calls, {practices} practices, seed {seed}",
        caption="90 % bootstrap intervals over reps. Simulated people: this compares rules, it predicts nobody's gain.",
    )
    for heading in ("gap closed", "of the best", "90 %", "switches"):
        table.add_column(heading, justify="right")
    for outcome in outcomes:
        low, high = outcome.interval
        table.add_row(
            outcome.rule,
            f"{outcome.closed:.3f}",
            f"{outcome.share:.1%}",
            f"{low:.1%} to {high:.1%}",
            f"{outcome.n_switches:.1f}",
        )
    Console().print(table)


def _sheets(scenario: Scenario, persona: Persona, library: Library) -> Iterator[Panel]:
    who = f"{persona.name}, {persona.role}, {persona.company}"
    yield Panel(
        Group(
            f"{escape(scenario.situation)}\n",
            escape(f"You offer: {scenario.offer}\n"),
            escape(f"You talk to: {who}\n"),
            "Done:",
            _bullets([f"{_in_words(scenario.signal)} {_bounds(scenario.done)}", *scenario.done.also]),
            escape(f"\nTip: {scenario.tip}"),
        ),
        title=f"{escape(scenario.title)} · for the rep",
        subtitle=f"{scenario.id} · {_in_words(scenario.signal)} · {DIFFICULTIES[scenario.difficulty]}",
    )
    yield Panel(
        Group(
            escape(f"You are {who}. {persona.temperament}\n"),
            escape(f"You speak: {persona.speech}\n"),
            escape(f"You care about: {'; '.join(persona.cares_about)}\n"),
            escape(f"You open with: {scenario.opening_line}\n"),
            "Your needs, hidden at first:",
            _bullets([f"{need.text}\nComes out on: {need.revealed_by}" for need in scenario.needs]),
            "\nYour objections:",
            _bullets(
                [
                    f"{said.text}\nRaised when: {said.raised_when}\nSoftens: {said.softens}"
                    for said in scenario.objections
                ]
            ),
        ),
        title="for whoever plays the customer",
        subtitle=f"library {library.sha256[:12]}",
    )


def _bullets(lines: list[str]) -> Table:
    grid = Table.grid(padding=(0, 1))
    for line in lines:
        grid.add_row("-", escape(line))
    return grid


def _bounds(done: Done) -> str:
    return f"at least {done.at_least:g}" if done.at_most is None else f"{done.at_least:g} to {done.at_most:g}"


def _in_words(signal: str) -> str:
    return signal.replace("_", " ")


if __name__ == "__main__":
    app()
