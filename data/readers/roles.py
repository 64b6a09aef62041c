# ruff: noqa: RUF001 (letters and marks of several languages)
"""Who sells and who buys: roles of speakers from role words in their names, from the caller, or from a guess."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

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
_NUMBER = re.compile(r"[\s#]{0,9}\d{1,9}$")
_DOMAIN = re.compile(r"(?:[\w-]{1,63}\.){1,9}[\w-]{2,63}")
MAX_LISTED = 12


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


class RolesUnknownError(ConversationError):
    """Nothing tells who is the rep. speakers: who speaks, in order of appearance. guessed: a guess was tried in vain."""

    def __init__(self, message: str, speakers: tuple[str, ...], guessed: bool) -> None:
        super().__init__(message)
        self.speakers = speakers
        self.guessed = guessed


@dataclass(frozen=True)
class RoleHints:
    """What the caller says of the roles.

    rep: names of all reps, everybody else is a customer. roles: speaker, or e-mail address, to rep or customer.
    rep_domains: whose address is in one of these domains, or below it, is a rep, whose is not a customer. guess: guess
    the rep where nothing tells.
    """

    rep: Sequence[str] = ()
    roles: Mapping[str, str] = field(default_factory=dict)
    rep_domains: Sequence[str] = ()
    guess: bool = False


def check_hints(hints: RoleHints, speakers: Iterable[str], name: str) -> None:
    """Raise ConversationError, with every fault, where hints name nobody in the file, or contradict each other.

    speakers: everybody in the file, by name and e-mail address.
    """
    if hints.rep and (hints.roles or hints.rep_domains):
        raise ConversationError(f"{name}: give `rep` (all others are customers) or `roles` or `rep_domain`, not both")
    shown = list(dict.fromkeys(speakers))
    present = {_key(speaker) for speaker in shown}
    found = ", ".join(map(repr, shown[:MAX_LISTED])) + (
        f" and {len(shown) - MAX_LISTED} more" if len(shown) > MAX_LISTED else ""
    )
    faults = [f"no speaker {rep!r}; found {found}" for rep in [*hints.rep, *hints.roles] if _key(rep) not in present]
    faults += [
        f"{speaker!r}: expected rep or customer, found {role!r}"
        for speaker, role in hints.roles.items()
        if role not in ROLES
    ]
    faults += [
        f"expected a domain such as acme.com, found {domain!r}"
        for domain in hints.rep_domains
        if not _DOMAIN.fullmatch(domain.removeprefix("@").casefold())
    ]
    refuse(ConversationError, f"{name}: the mapping of roles", faults)


def resolve_roles(
    said: Mapping[str, Sequence[str]],
    name: str,
    *,
    hints: RoleHints | None = None,
    known: Mapping[str, Role] | None = None,
    emails: Mapping[str, str] | None = None,
    language: str | None = None,
) -> tuple[dict[str, Role], list[str]]:
    """The role of every speaker, and notes on how they were found.

    said: the texts of each speaker, in order of appearance. known, emails: roles and addresses that the format itself
    holds. The caller's word goes first, `roles` before `rep_domains`, then come `known` and role words in names, then,
    only if allowed, a guess from what is said. Raises RolesUnknownError that lists the speakers found and what to give.
    """
    hints, known, emails = hints or RoleHints(), known or {}, emails or {}
    if hints.rep:
        reps = {_key(speaker) for speaker in hints.rep}
        return {who: "rep" if {_key(who), _key(emails.get(who, who))} & reps else "customer" for who in said}, []
    given = {_key(speaker): role for speaker, role in hints.roles.items()}
    resolved: dict[str, Role] = {}
    for speaker in said:
        address = emails.get(speaker) or speaker
        role = (
            given.get(_key(speaker))
            or given.get(_key(address))
            or _role_of_address(address, hints.rep_domains)
            or known.get(speaker)
            or role_in_name(speaker)
        )
        if role:
            resolved[speaker] = "rep" if role == "rep" else "customer"
    unknown = [speaker for speaker in said if speaker not in resolved]
    if not unknown:
        return resolved, []
    if len(said) == 1:
        raise ConversationError(f"{name}: only one speaker found, {unknown[0]!r}; scoring needs a rep and a customer")
    if not hints.guess:
        raise _unknown(said, unknown, name)
    return _with_guess(said, resolved, name, language)


def _role_of_address(address: str, rep_domains: Sequence[str]) -> Role | None:
    """
    >>> [_role_of_address(a, ["acme.com"]) for a in ("ana@Acme.com", "bo@eu.acme.com", "cy@notacme.com", "Ana")]
    ['rep', 'rep', 'customer', None]
    """
    domain = address.rpartition("@")[2].strip().casefold()
    if not rep_domains or "@" not in address or not _DOMAIN.fullmatch(domain):
        return None
    own = [given.removeprefix("@").casefold() for given in rep_domains]
    return "rep" if any(domain == given or domain.endswith(f".{given}") for given in own) else "customer"


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
            raise _unknown(said, list(unknown), name, f"the roles cannot be guessed, {why}; ")
        guessed = best
    guess: dict[str, Role] = {speaker: resolved.get(speaker, "customer") for speaker in said}
    guess[guessed] = "rep"
    return guess, [f"roles were guessed: {guessed!r} is taken as the rep; if that is wrong, give the roles"]


def _unknown(said: Mapping[str, Sequence[str]], unknown: Sequence[str], name: str, why: str = "") -> RolesUnknownError:
    """The error in words that suit a file, a request and a program: the names of options, no command's flags."""
    listed = [f"{speaker!r} ({sum(len(text.split()) for text in texts):,} words)" for speaker, texts in said.items()]
    more = f" and {len(listed) - MAX_LISTED} more" if len(listed) > MAX_LISTED else ""
    return RolesUnknownError(
        f"{name}: {why}expected to know who is the rep and who the customer; found the speakers "
        f"{', '.join(listed[:MAX_LISTED])}{more}. Name the rep, such as {unknown[0]!r}, and everybody else is a customer "
        "(`rep`), or name each one's role (`roles`), or the e-mail domain of the reps (`rep_domain`)"
        + (", or let the text decide (`guess_roles`)." if not why else "."),
        tuple(said),
        bool(why),
    )


def _key(speaker: str) -> str:
    return " ".join(speaker.split()).casefold()
