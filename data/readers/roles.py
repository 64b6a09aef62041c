# ruff: noqa: RUF001 (letters and marks of several languages)
"""Who sells and who buys: roles of speakers from role words in their names, from the caller, or from a guess."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from data.readers.role_guess import guess_rep
from rubric.codebook import ROLES, Role
from rubric.errors import ConversationError, refuse

# One literal table, matched without regard to case: English, then a pair or more for each further corpus language.
_REP_WORDS = (
    "r, rep, sales rep, sales representative, representative, sales, seller, salesperson, salesman, saleswoman, vendor, "
    "agent, sales agent, account executive, account manager, ae, sdr, bdr, advisor, adviser, "
    "verkäufer, verkäuferin, vendeur, vendeuse, commercial, vendedor, vendedora, comercial, venditore, venditrice, "
    "verkoper, säljare, sælger, selger, myyjä, sprzedawca, handlowiec, prodejce, obchodník, eladó, értékesítő, "
    "vânzător, satıcı, satış temsilcisi, 営業, 営業担当, 영업, 영업사원, 판매자, 销售, 销售员, البائع, المندوب, مندوب المبيعات"
)
_CUSTOMER_WORDS = (
    "c, customer, virtual customer, client, buyer, prospect, lead, caller, shopper, "
    "kunde, kundin, cliente, cliente virtual, acheteur, acheteuse, klant, kund, asiakas, klient, klientka, zákazník, "
    "zákaznice, vevő, ügyfél, müşteri, 顧客, お客様, 客先, 고객, 客户, 顾客, العميل, العميلة, الزبون"
)
ROLE_WORDS: dict[str, Role] = {
    **dict.fromkeys(_REP_WORDS.split(", "), ROLES[0]),
    **dict.fromkeys(_CUSTOMER_WORDS.split(", "), ROLES[1]),
}
_PARTS = re.compile(r"\s[-–—|/]\s|[()\[\]]")
_NUMBER = re.compile(r"[\s#]*\d+$")


def role_in_name(speaker: str) -> Role | None:
    """The role that a speaker's name says, None where it says none or two.

    The whole name or one part of it, in brackets or set off by a dash, is a role word, numbered or not. Single letters
    count only alone.

    >>> [role_in_name(name) for name in ("R2", "CUSTOMER", "Rep (Maya)", "Bo Li - Prospect", "Agent Smith", "Bo (R)")]
    ['rep', 'customer', 'rep', 'customer', None, None]
    """
    whole = _word(speaker)
    if whole in ROLE_WORDS:
        return ROLE_WORDS[whole]
    words = {_word(part) for part in _PARTS.split(speaker)}
    found = {ROLE_WORDS[word] for word in words if len(word) > 1 and word in ROLE_WORDS}
    return found.pop() if len(found) == 1 else None


def _word(part: str) -> str:
    return _NUMBER.sub("", part.strip()).casefold()


def resolve_roles(
    said: Mapping[str, Sequence[str]],
    name: str,
    *,
    known: Mapping[str, Role] | None = None,
    rep: Sequence[str] = (),
    roles: Mapping[str, str] | None = None,
    guess_roles: bool = False,
    language: str | None = None,
) -> tuple[dict[str, Role], list[str]]:
    """The role of every speaker, and notes on how they were found.

    said: the texts of each speaker, in order of appearance. known: roles that the format itself holds. The caller's
    word goes first: `rep` names all reps and makes everybody else a customer, `roles` maps speakers to rep or customer.
    Then come `known` and role words in names, then, only if allowed, a guess from
    what is said.
    Raises ConversationError that lists the speakers found and what to give.
    """
    if rep and roles:
        raise ConversationError(f"{name}: give `rep` (all others are customers) or `roles`, not both")
    refuse(ConversationError, f"{name}: the mapping of roles", _mapping_faults(said, rep, roles or {}))
    if rep:
        reps = {_key(speaker) for speaker in rep}
        return {speaker: "rep" if _key(speaker) in reps else "customer" for speaker in said}, []
    given = {_key(speaker): role for speaker, role in (roles or {}).items()}
    resolved: dict[str, Role] = {}
    for speaker in said:
        role = given.get(_key(speaker)) or (known or {}).get(speaker) or role_in_name(speaker)
        if role:
            resolved[speaker] = "rep" if role == "rep" else "customer"
    unknown = [speaker for speaker in said if speaker not in resolved]
    if not unknown:
        return resolved, []
    if len(said) == 1:
        raise ConversationError(f"{name}: only one speaker found, {unknown[0]!r}; scoring needs a rep and a customer")
    if not guess_roles:
        raise ConversationError(_ask_for_roles(said, unknown, name))
    return _with_guess(said, resolved, name, language)


def _with_guess(
    said: Mapping[str, Sequence[str]], resolved: dict[str, Role], name: str, language: str | None
) -> tuple[dict[str, Role], list[str]]:
    """Fill in unknown roles: customers where a rep is known already, else by what is said."""
    if "rep" in resolved.values():
        others: dict[str, Role] = {speaker: resolved.get(speaker, "customer") for speaker in said}
        return others, ["roles were guessed: everybody but the known rep is taken as a customer"]
    unknown = {speaker: texts for speaker, texts in said.items() if speaker not in resolved}
    if len(unknown) == 1:
        guessed = next(iter(unknown))
    else:
        best = guess_rep(unknown) if language == "en" else None
        if best is None:
            why = "both sides speak alike" if language == "en" else "that is possible for English alone"
            raise ConversationError(
                f"the roles cannot be guessed: {why}. {_ask_for_roles(said, list(unknown), name, may_guess=False)}"
            )
        guessed = best
    guess: dict[str, Role] = {speaker: resolved.get(speaker, "customer") for speaker in said}
    guess[guessed] = "rep"
    return guess, [f"roles were guessed: {guessed!r} is taken as the rep; if that is wrong, give the roles"]


def _mapping_faults(said: Mapping[str, Sequence[str]], rep: Sequence[str], roles: Mapping[str, str]) -> list[str]:
    present = {_key(speaker) for speaker in said}
    found = ", ".join(repr(speaker) for speaker in said)
    faults = [f"no speaker {name!r}; found {found}" for name in [*rep, *roles] if _key(name) not in present]
    faults += [
        f"{name!r}: expected rep or customer, found {role!r}" for name, role in roles.items() if role not in ROLES
    ]
    return faults


def _ask_for_roles(said: Mapping[str, Sequence[str]], unknown: Sequence[str], name: str, may_guess: bool = True) -> str:
    listed = ", ".join(
        f"{speaker!r} ({sum(len(text.split()) for text in texts):,} words)" for speaker, texts in said.items()
    )
    first = unknown[0]
    return (
        f"{name}: expected to know who is the rep and who the customer; found the speakers {listed}. "
        f'Name the rep, and everybody else is a customer: --rep "{first}" (in Python rep=("{first}",)); '
        f'or name each role: roles={{"{first}": "rep", ...}}'
        f"{'; or let the text decide: --guess-roles.' if may_guess else '.'}"
    )


def _key(speaker: str) -> str:
    return " ".join(speaker.split()).casefold()
