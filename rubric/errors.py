"""Every error a user can cause, one line each. Commands print the message; the API returns it as a problem."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class FoursignalError(Exception):
    """Base of all errors that say what was expected, what was found and what to do."""


class ConversationError(FoursignalError):
    """A conversation cannot be read or does not hold what scoring needs."""


class LabelError(FoursignalError):
    """Labels contradict the codebook or the conversation they belong to."""


class ConfigError(FoursignalError):
    """A configuration file has faults; the message lists all of them."""


class BundleError(FoursignalError):
    """A scorer bundle is missing, incomplete or changed, or does not fit the conversation."""


class DataError(FoursignalError):
    """A labelled data set cannot be used as it is (splits, leakage, wrong hash)."""


def refuse(kind: type[FoursignalError], what: str, faults: list[str]) -> None:
    """Raise one error of `kind` that lists all `faults`, or return where there is none."""
    if faults:
        listed = "\n".join(f"  - {fault}" for fault in faults)
        raise kind(f"{what} has {len(faults)} fault{'s' if len(faults) > 1 else ''}:\n{listed}")


def complain(error: FoursignalError) -> None:
    """Print an error to stderr as it is: what it quotes of a user's text is never taken for markup."""
    print(error, file=sys.stderr)


@contextmanager
def plain_errors() -> Iterator[None]:
    """For a command's body: an error that a user can cause is printed and ends it with exit code 1, no traceback."""
    try:
        yield
    except FoursignalError as error:
        complain(error)
        raise SystemExit(1) from None
