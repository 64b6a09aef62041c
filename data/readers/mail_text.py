# ruff: noqa: RUF001 (letters and marks of several languages)
"""What a mail's writer wrote in it: without quoted mails, the lines that introduce them, and the signature.

The known reply parsers (mail-parser-reply, email-reply-parser, quotequail) search with regular expressions whose time
grows with the square of the length or worse; this goes line by line. What it knows are the ways of Gmail, Outlook, Apple
Mail and Thunderbird in a dozen languages. A reply below or between quoted lines is kept.
"""

from __future__ import annotations

import re

MAX_LINE = 300
MAX_CLOSING_LINES = 8

# "On Monday, Ana Ruiz <ana@acme.com> wrote:", by the first word and the verb of each language.
_WROTE: dict[str, tuple[str, ...]] = {
    "on": ("wrote",),
    "am": ("schrieb",),
    "le": ("a écrit",),
    "el": ("escribió",),
    "em": ("escreveu",),
    "il": ("ha scritto",),
    "op": ("schreef", "geschreven"),
    "den": ("skrev",),
    "w": ("napisał", "pisze"),
    "dne": ("napsal",),
}
_VERBS = ("wrote", "schrieb", "a écrit", "escribió", "escreveu", "ha scritto", "schreef", "skrev", "написал", "yazdı")
_SEPARATOR = re.compile(
    r"[-_]{3,60}\s?(?:Original Message|Forwarded message|Reply message|Ursprüngliche Nachricht|Weitergeleitete Nachricht|"
    r"Message d'origine|Message transféré|Mensaje original|Mensaje reenviado|Messaggio originale|Oorspronkelijk bericht|"
    r"Mensagem original|Ursprungligt meddelande|Original besked)\s?[-_]{3,60}|Begin forwarded message:|_{20,80}",
    re.IGNORECASE,
)
_FROM = re.compile(r"[*]?(?:From|Von|De|Da|Van|Från|Fra|Od|От)[*]?\s?:", re.IGNORECASE)
_HEADER = re.compile(
    r"[*]?(?:Sent|Date|To|Cc|Subject|Gesendet|Datum|An|Betreff|Envoyé|Date|À|Objet|Enviado|Fecha|Para|Asunto|Inviato|Data|"
    r"A|Oggetto|Verzonden|Aan|Onderwerp|Skickat|Till|Ämne|Sendt|Til|Emne)[*]?\s?:",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"(?:Sent (?:from|via) |Get Outlook for |Von meinem .{1,40} gesendet|Gesendet (?:von|mit) |Envoyé de(?:puis)? |"
    r"Enviado desde |Inviato da |Verzonden vanaf |Skickat från |Sendt fra ).{0,80}",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:(?:best|kind|kindest|warm|many|with (?:best|kind)) )?(?:regards|wishes|thanks)|best|cheers|sincerely(?: yours)?|"
    r"yours(?: sincerely| truly| faithfully)?|all the best|thank you|talk soon|"
    r"(?:mit )?(?:freundliche[nm]?|beste[n]?|viele[n]?|liebe|herzliche) (?:grüße[n]?|gruß|grüßen)|(?:vg|lg|mfg)|"
    r"cordialement|bien cordialement|bien à vous|(?:un )?saludos?(?: cordiales)?|atentamente|cordiali saluti|distinti saluti|"
    r"met vriendelijke groet(?:en)?|groeten|atenciosamente|abraços|(?:med )?vänlig(?:a)? hälsning(?:ar)?|(?:med )?venlig hilsen|"
    r"pozdrawiam|s pozdravem",
    re.IGNORECASE,
)


def said_in(body: str) -> str:
    """What the writer of a mail wrote, paragraphs joined by line feeds; empty where nothing is left.

    >>> said_in("Yes, Thursday works.\\n\\nBest regards,\\nAna\\n\\nOn Mon, Bo <bo@x.com> wrote:\\n> Thursday?")
    'Yes, Thursday works.'
    """
    lines = [line.rstrip() for line in body.splitlines()]
    lines = _without_quoted(lines)
    lines = _without_signature(lines)
    return "\n".join(line for line in lines if line.strip()).strip()


def _without_quoted(lines: list[str]) -> list[str]:
    """Lines without `>` and without the mail below an introduction that is not marked so."""
    kept: list[str] = []
    index = 0
    while index < len(lines):
        line = lines[index].strip()
        if line.startswith(">"):
            index += 1
            continue
        n_intro = _introduction(lines, index)
        if not n_intro:
            kept.append(lines[index])
            index += 1
            continue
        index += n_intro
        while index < len(lines) and not lines[index].strip():
            index += 1
        if index >= len(lines) or not lines[index].lstrip().startswith(">"):
            break  # the mail below is quoted as a whole
    return kept


def _introduction(lines: list[str], index: int) -> int:
    """How many lines from `index` on introduce a quoted mail: 0, 1, or 2 where the mail program has wrapped it."""
    line = lines[index].strip()
    if not line or len(line) > MAX_LINE:
        return 0
    if _SEPARATOR.fullmatch(line):
        return 1
    if _FROM.match(line) and sum(bool(_HEADER.match(below.strip())) for below in lines[index + 1 : index + 6]) >= 2:
        return 1
    if _introduces(line):
        return 1
    following = lines[index + 1].strip() if index + 1 < len(lines) else ""
    joined = f"{line} {following}"
    return 2 if len(joined) <= MAX_LINE and _introduces(joined) else 0


def _introduces(line: str) -> bool:
    """
    >>> [_introduces(line) for line in ("On 3 May 2024, Bo wrote:", "Bo <bo@x.com> schrieb:", "On paper I wrote:")]
    [True, True, False]
    """
    if not line.endswith((":", "：")):
        return False
    tail = line[-100:].casefold()
    if "@" in line and any(verb in tail for verb in _VERBS):
        return True
    verbs = _WROTE.get(line.partition(" ")[0].casefold(), ())
    return any(verb in tail for verb in verbs) and any(sign.isdigit() for sign in line)


def _without_signature(lines: list[str]) -> list[str]:
    """Lines up to the signature: after `-- `, a mail program's own line, or a closing with short lines below."""
    for index, line in enumerate(lines):
        if line.rstrip() in ("--", "—", "__") or (len(line) <= MAX_LINE and _DEVICE.fullmatch(line.strip())):
            lines = lines[:index]
            break
    written = [index for index, line in enumerate(lines) if line.strip()]
    for index in written[max(1, len(written) - MAX_CLOSING_LINES - 1) :]:
        closing = lines[index].strip().rstrip(",.!–-")
        below = [lines[other].strip() for other in written if other > index]
        if below and len(closing) <= 60 and _CLOSING.fullmatch(closing) and not any(map(_is_a_sentence, below)):
            return lines[:index]
    return lines


def _is_a_sentence(line: str) -> bool:
    """Whether a line below a closing says more than who signs: it is long, or ends as a sentence of several words does."""
    return len(line) > 60 or line.endswith("?") or (line.endswith((".", "!")) and len(line.split()) > 3)
