"""HTML mail as lines of text: a block or `<br>` ends a line, quotes get `> `, scripts and styles go.

Own code of one pass: `html.parser` of the versions in use takes quadratic time on broken tags. What is quoted is told by
`<blockquote>` and by the classes that Gmail, Yahoo and Outlook put around it.
"""

from __future__ import annotations

import html
import re

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:]{0,20})\b([^<>]{0,5000})/?>|<[!?][^<>]{0,5000}>")
_CLASS = re.compile(
    r"(?:class|id)\s{0,5}=\s{0,5}[\"']?(?:gmail_quote|yahoo_quoted|moz-cite-prefix|divRplyFwdMsg|appendonsend)"
)
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "body",
        "dd",
        "div",
        "dl",
        "dt",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "table",
        "td",
        "th",
        "tr",
        "ul",
    ]
)
_SKIPPED = frozenset(("head", "script", "style", "title"))
_ENTITY = re.compile(r"&#?[A-Za-z0-9]{1,10};")
QUOTED_FROM_HERE = "-----Original Message-----"


def text_of(source: str) -> str:
    """The text of an HTML source, broken or not; time grows with its length only.

    >>> print(text_of("<p>Yes &amp; no<br>So</p><blockquote>Was <b>it</b>?</blockquote>Ana"))
    Yes & no
    So
    > Was it?
    Ana
    """
    lines: list[str] = [""]
    depth = 0
    skipping: str | None = None
    position = 0
    source = _without_comments(source)
    for match in _TAG.finditer(source):
        if skipping is None:
            lines[-1] += _flow(source[position : match.start()])
        position = match.end()
        closing, tag, rest = match[1], (match[2] or "").lower(), match[3] or ""
        if skipping is not None:
            skipping = None if closing and tag == skipping else skipping
            continue
        if tag in _SKIPPED and not closing:
            skipping = tag
        elif tag == "br" or tag in _BLOCKS:
            if tag == "blockquote":
                depth = max(0, depth + (-1 if closing else 1))
            if lines[-1].strip(" >"):
                lines.append("")
            lines[-1] = "> " * min(depth, 9)
            if not closing and _CLASS.search(rest):
                lines += [QUOTED_FROM_HERE, ""]
    if skipping is None:
        lines[-1] += _flow(source[position:])
    return "\n".join(line.rstrip() for line in lines if line.strip(" >"))


def unescaped(text: str) -> str:
    """Text with its HTML entities resolved; longer ones than there are stay, which `html.unescape` may fail on."""
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text)


def _flow(text: str) -> str:
    """Running text: entities resolved, white space made single."""
    plain = unescaped(text)
    spaced = " ".join(plain.split())
    return f"{' ' if plain[:1].isspace() else ''}{spaced}{' ' if plain[-1:].isspace() and spaced else ''}"


def _without_comments(source: str) -> str:
    """Comments removed; one that never ends takes the rest with it."""
    kept: list[str] = []
    position = 0
    while (start := source.find("<!--", position)) >= 0:
        kept.append(source[position:start])
        end = source.find("-->", start + 4)
        if end < 0:
            return "".join(kept)
        position = end + 3
    return "".join([*kept, source[position:]])
