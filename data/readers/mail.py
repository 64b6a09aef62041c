"""Mail: .eml (one mail), .mbox (a mailbox, a conversation a thread), a folder or zip archive of .eml files.

Each mail is a turn, in the order of the dates, without times. What is quoted in it, the lines around it and the signature
are left out (`mail_text.py`). A thread is what In-Reply-To and References link, or one subject where replies name no
mail. The speaker is the sender's name; the address serves `rep_domain`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import parseaddr, parsedate_to_datetime

from data.readers.draft import Draft, Utterance, without_monologues
from data.readers.html_text import text_of
from data.readers.mail_text import said_in
from data.readers.source import Source
from rubric.errors import ConversationError

MAX_MAILS = 10_000
MAX_BOUNDARIES = 30
MAX_LINES = 200_000
MAX_HEADER = 2_000

_MBOX = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\r\n]{1,200}:\d\d[^\r\n]{0,100}\r?\n")
_FIELD = re.compile(rb"[!-9;-~]{1,60}:(?:[ \t]|\r?$)", re.MULTILINE)
_KNOWN = re.compile(
    rb"^(Date|Message-ID|MIME-Version|Received|Subject|To|Return-Path|Delivered-To):", re.MULTILINE | re.IGNORECASE
)
_FROM_FIELD = re.compile(rb"^From:[ \t]*\S", re.MULTILINE | re.IGNORECASE)
_ID = re.compile(r"<([^<>\s]{1,300})>")
_REPLY = re.compile(
    r"^\s*(?:(?:re|aw|sv|antw|rif|res|odp|vs|ynt|fwd?|wg|tr|rv|enc|vb)\s?(?:\[\d+\])?\s?:\s*)+", re.IGNORECASE
)


@dataclass(frozen=True)
class _Mail:
    place: str
    sender: str
    address: str
    date: datetime | None
    id: str
    replied: tuple[str, ...]
    subject: str
    said: str


def looks_like_mbox(content: bytes) -> bool:
    """Whether bytes begin as a mailbox does: a line `From ... 10:00:00 ...`, then header fields."""
    found = _MBOX.match(content)
    return bool(found) and bool(_FIELD.match(content[found.end() : found.end() + 200]) if found else False)


def looks_like_eml(content: bytes) -> bool:
    """Whether bytes begin with the header of a mail: fields, From among them and two more that mails have."""
    head = re.split(rb"\r?\n\r?\n", content[:50_000].lstrip(b"\xef\xbb\xbf\r\n"), maxsplit=1)[0]
    known = {match[1].lower() for match in _KNOWN.finditer(head)}
    return bool(_FIELD.match(head)) and bool(_FROM_FIELD.search(head)) and len(known) >= 2


def read_eml(source: Source) -> list[Draft]:
    """The threads of one mail or of a folder or archive of mails; ConversationError where there is none."""
    if not source.parts:
        return _threads([_mail(source.data, source.name)], source.name)
    mails = [(path, content) for path, content in source.parts.items() if path.lower().endswith(".eml")]
    if not mails:
        raise ConversationError(
            f"{source.name}: expected .eml files in it, found {', '.join(list(source.parts)[:5]) or 'none'}"
        )
    return _threads([_mail(content, f"{source.name}/{path}") for path, content in mails], source.name)


def read_mbox(source: Source) -> list[Draft]:
    """The threads of a mailbox; ConversationError where it holds no mail."""
    starts = list(_MBOX.finditer(source.data))
    if not starts:
        found = source.data.lstrip()[:60].decode("utf-8", "replace").split("\n")[0]
        raise ConversationError(
            f"{source.name}: expected a mailbox, whose mails begin with a line `From ...`, found {found!r}"
        )
    if len(starts) > MAX_MAILS:
        raise ConversationError(
            f"{source.name} holds {len(starts):,} mails, more than the limit of {MAX_MAILS:,}; split it"
        )
    ends = [*(match.start() for match in starts[1:]), len(source.data)]
    mails = [
        _mail(re.sub(rb"(?m)^>(>*From )", rb"\1", source.data[match.end() : end]), f"{source.name}, mail {number}")
        for number, (match, end) in enumerate(zip(starts, ends, strict=True), start=1)
    ]
    return _threads(mails, source.name)


def _mail(content: bytes, place: str) -> _Mail:
    """The parts of one mail that a conversation needs; ConversationError where its sender is not said."""
    if content.lower().count(b"boundary=") > MAX_BOUNDARIES:
        raise ConversationError(
            f"{place}: more than {MAX_BOUNDARIES} parts within parts; save the mail without attachments"
        )
    if content.count(b"\n") > MAX_LINES:
        raise ConversationError(
            f"{place}: more than the limit of {MAX_LINES:,} lines; save the mail without attachments"
        )
    try:
        message = BytesParser(policy=compat32).parsebytes(content)
        body = _body(message)
    except (MessageError, RecursionError, LookupError, ValueError, TypeError, AttributeError) as error:
        raise ConversationError(f"{place}: not a mail that can be read: {error}") from error
    name, address = parseaddr(_header(message, "From"))
    if not (name.strip() or address.strip()):
        raise ConversationError(
            f"{place}: expected a field `From:` with a sender, found {_header(message, 'From')[:60]!r}"
        )
    linked = f"{_header(message, 'References')} {_header(message, 'In-Reply-To')}"
    own = _ID.search(_header(message, "Message-ID"))
    return _Mail(
        place,
        " ".join(name.split()) or address,
        address.casefold() if "@" in address else "",
        _date(_header(message, "Date")),
        own[1] if own else "",
        tuple(dict.fromkeys(_ID.findall(linked))),
        " ".join(_header(message, "Subject").split()),
        said_in(body),
    )


def _header(message: Message, name: str) -> str:
    """A header field as text, its encoded words decoded, as far as that goes."""
    value = str(message.get(name, ""))[:MAX_HEADER]
    try:
        decoded = str(make_header(decode_header(value)))
    except (MessageError, LookupError, ValueError):
        decoded = value
    return decoded.encode("utf-8", "replace").decode()


def _body(message: Message) -> str:
    """The text of a mail: its first plain part, else its first HTML part as text; attachments are passed over."""
    html: str | None = None
    for part in message.walk():
        if part.is_multipart() or part.get_content_disposition() == "attachment":
            continue
        kind = part.get_content_type()
        if kind == "text/plain":
            text = _decoded(part)
            if text.strip():
                return text
        elif kind == "text/html" and html is None:
            html = _decoded(part)
    return text_of(html) if html else ""


def _decoded(part: Message) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    charset = part.get_content_charset() or "utf-8"
    try:
        text = content.decode(charset, "replace")
    except (LookupError, ValueError):
        text = content.decode("utf-8", "replace")
    return text.encode("utf-8", "replace").decode().replace("\x00", "")


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date


def _threads(mails: list[_Mail], name: str) -> list[Draft]:
    threads = list(_grouped(mails))
    drafts = [_draft(thread, len(threads) > 1) for thread in threads]
    if len(mails) == 1:
        raise ConversationError(
            f"{name} is one mail, of {mails[0].sender!r}; a conversation needs the mails of both sides: "
            "a mailbox (.mbox), or a folder of .eml files"
        )
    return without_monologues(drafts)


def _grouped(mails: list[_Mail]) -> Iterator[list[_Mail]]:
    """Mails by thread, threads in the order of their first mail in the file (union-find over mails and their ids)."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while (above := parent.setdefault(key, key)) != key:
            parent[key] = parent[above]
            key = parent[key]
        return key

    for index, mail in enumerate(mails):
        keys = [f"mail {index}", *(f"<{linked}" for linked in (mail.id, *mail.replied) if linked)]
        for key in keys[1:]:
            parent[root(key)] = root(keys[0])
    latest: dict[str, int] = {}  # of each subject the mail that a reply without any reference answers
    for index in sorted(range(len(mails)), key=lambda index: mails[index].date or datetime.max.replace(tzinfo=UTC)):
        mail = mails[index]
        subject = _REPLY.sub("", mail.subject).casefold()
        if not mail.replied and subject != mail.subject.casefold() and subject in latest:
            parent[root(f"mail {index}")] = root(f"mail {latest[subject]}")
        elif subject:
            latest[subject] = index
    groups: dict[str, list[_Mail]] = {}
    for index, mail in enumerate(mails):
        groups.setdefault(root(f"mail {index}"), []).append(mail)
    yield from groups.values()


def _draft(thread: list[_Mail], named: bool) -> Draft:
    """One thread's draft; mails without words of their own are left out."""
    notes = []
    if all(mail.date for mail in thread):
        thread = sorted(thread, key=lambda mail: mail.date or datetime.min.replace(tzinfo=UTC))
    else:
        notes.append("kept in the order of the file: a mail without a date that can be read")
    written = [mail for mail in thread if mail.said]
    if len(written) < len(thread):
        notes.append(f"left out: {len(thread) - len(written)} of {len(thread)} mails without words of their own")
    names: dict[str, str] = {}
    for mail in written:
        key = mail.address or mail.sender
        called = mail.sender if mail.sender not in names.values() else f"{mail.sender} ({mail.address})"
        names.setdefault(key, called)
    spoken = [(names[mail.address or mail.sender], mail) for mail in written]
    return Draft(
        tuple(Utterance(speaker, mail.said) for speaker, mail in spoken),
        tuple(notes),
        id=(thread[0].id or thread[0].subject or None) if named else None,
        emails={speaker: mail.address for speaker, mail in spoken if mail.address},
        apart=True,
    )
