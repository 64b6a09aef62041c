"""What commands that read transcripts share: the flags that say who is the rep, and errors that name them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from data.readers.columns import parse_mapping
from data.readers.role_file import read_role_file
from data.readers.roles import RoleHints, RolesUnknownError
from rubric.errors import ConversationError

Rep = Annotated[list[str] | None, typer.Option(help="Name of a rep, may be repeated; everybody else is a customer.")]
RoleFile = Annotated[
    Path | None,
    typer.Option(
        "--roles",
        help="YAML (`Ana Ruiz: rep`) or CSV (speaker,role): who is a rep and who a customer, by name or e-mail.",
    ),
]
RepDomain = Annotated[
    list[str] | None,
    typer.Option(help="E-mail domain of the reps, such as acme.com, may be repeated; other addresses are customers'."),
]
GuessRoles = Annotated[bool, typer.Option("--guess-roles", help="Guess who the rep is where nothing tells (English).")]
Columns = Annotated[
    list[str] | None,
    typer.Option(help="Columns of a table, such as speaker=who,text=utterance,start=begin,conversation=call_id."),
]


def hints_of(rep: list[str] | None, roles: Path | None, rep_domain: list[str] | None, guess: bool) -> RoleHints:
    """What the flags say of the roles; ConversationError where the file of roles cannot be read."""
    return RoleHints(rep or (), read_role_file(roles) if roles else {}, rep_domain or (), guess)


def columns_of(given: list[str] | None) -> dict[str, str]:
    """The mapping that `--columns` gives; ConversationError where it is none."""
    return parse_mapping(given or [])


@contextmanager
def flags_in_errors() -> Iterator[None]:
    """Adds the flags to the error that asks for the roles."""
    try:
        yield
    except RolesUnknownError as error:
        first = error.speakers[0]
        guess = "" if error.guessed else ", or --guess-roles"
        raise ConversationError(
            f'{error}\nFor example: --rep "{first}", or --roles FILE, or --rep-domain DOMAIN{guess}.'
        ) from error
