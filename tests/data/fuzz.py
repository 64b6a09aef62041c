"""`python -m tests.data.fuzz`: mutated transcripts and labels of every format through the readers; fails on a traceback
or a slow one.

Seeds are the examples of docs/formats.md and the fixtures. Each is mutated by bytes and tokens, a few are grown to 1 MB by
repetition, and read both as its format and by detection. An input passes if it gives conversations or a FoursignalError,
within `MAX_SECONDS` of processor time. Each format runs in a process of its own, so that a crash of a library is found too.
"""

from __future__ import annotations

import io
import random
import re
import resource
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.parquet as pq
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from data.annotations.read import FORMATS as LABEL_FORMATS
from data.annotations.read import read_labels, write_labels
from data.readers.formats import FORMATS
from data.readers.read import read, read_text
from data.readers.roles import RolesUnknownError
from rubric.errors import ConversationError, FoursignalError
from rubric.examples import CODEBOOK_CALL, CODEBOOK_SPANS
from rubric.spans import Labelled, Rating

ROOT = Path(__file__).parents[2]
MAX_SECONDS = 1.0
MEGABYTE = 1_000_000
SHARE_LARGE = 250
COSTLY = {"parquet": 0.05}  # a process an input
LABELS = tuple(f"labels: {name}" for name in LABEL_FORMATS)
TOKENS = [
    *(b"\x00", b"\xff", b"\xed\xa0\x80", b"\n", b"\r\n", b"\n\n", b" " * 50, b"\t", b"\\", b'"', b"'", b"\xe2\x80\xa8"),
    *(
        b"-->",
        b"00:00:01.000",
        b"99:99:99",
        b"-1",
        b"1e999",
        b"NaN",
        b"null",
        b"true",
        b"[]",
        b"{}",
        b"9" * 5000,
        b"0.1",
    ),
    *(
        b"<v Ana>",
        b"</v>",
        b"<",
        b"<!--",
        b"&#",
        b"&#x110000;",
        b"&#" + b"9" * 4400 + b";",
        b"WEBVTT",
        b"NOTE",
        b"STYLE",
    ),
    *(b"Rep: ", b"Customer: ", b": ", b"[0:01] ", b"**", b"[SELLER_A]", b"[PROSPECT_A]", b",", b";", b"|"),
    *(
        b"From ",
        b"From: ",
        b"From x@y Mon May  6 10:00:00 2024\n",
        b"Date: ",
        b"Subject: ",
        b"Message-ID: <1>\n",
        b"> ",
    ),
    *(b"=?utf-8?q?=", b"=?utf-8?b?", b"?=", b"Content-Type: multipart/mixed; boundary=b\n\n--b\n", b"--b--", b"base64"),
    *(b"On 1 May, Bo <b@x> wrote:", b"-----Original Message-----", b"charset=utf-7", b"=E9", b"\\ud800", b"\\u0000"),
    *(b'"text":', b'"speaker":', b'"start":', b'"turns":', b'"conversation_id":', b"PAR1", b"PK\x03\x04"),
    *(
        b"{dq|",
        b"{vc:N1,N2|",
        b"}",
        b"@call id=x lang=en",
        b"T1\tneed 0 5\t",
        b"R1\tties Arg1:T1 Arg2:T2",
        b"B-need",
        b"I-",
    ),
    *(b'"spans":', b'"label":', b'"entities":', b'"result":', b'"refers_to":', b'"N1"', b'"O1"', b"-5", b"1.5"),
]


@dataclass
class Tally:
    """What came of one format's inputs. faults: what failed, with a way to see it again."""

    format: str
    n: int = 0
    n_read: int = 0
    n_refused: int = 0
    n_bytes: int = 0
    slowest: float = 0.0
    seconds: float = 0.0
    peak_megabytes: float = 0.0
    faults: list[str] = field(default_factory=list)


def seeds() -> dict[str, list[bytes]]:
    """One valid input or more of each format."""
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    found = re.findall(r"^## (\S+)\n.*?^```\w*\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    of = {name: [text.encode()] for name, text in found if name in FORMATS}
    for path in (ROOT / "tests" / "data" / "fixtures").iterdir():
        of.setdefault(path.stem.replace("teams_pasted", "pasted").replace("otter", "pasted"), []).append(
            path.read_bytes()
        )
    of["webvtt"].append((ROOT / "examples" / "discovery_call.vtt").read_bytes()[:3_000])
    of["text"].append((ROOT / "examples" / "renewal_call.txt").read_bytes()[:3_000])
    html = b"From: Bo <b@x.com>\nDate: Mon, 06 May 2024 12:00:00 +0000\nContent-Type: text/html\n\n<p>a<br>b</p><blockquote>c</blockquote>\n"
    of["mbox"].append(of["mbox"][0] + b"\nFrom b@x.com Mon May  6 12:00:00 2024\n" + html)
    of["eml"] += [html, _zip({"a.eml": of["eml"][0], "b.eml": html})]
    of["convokit"].append(
        _zip({"c/utterances.jsonl": of["convokit"][0], "c/speakers.json": b'{"Ana Ruiz": {"meta": {"role": "rep"}}}'})
    )
    rows = [
        {"speaker": "Ana", "text": "What slows you down?", "start": 1.0},
        {"speaker": "Bo", "text": "It.", "start": 2.0},
    ] * 20
    of["parquet"] = []
    for options in (
        {},
        {"compression": "gzip", "use_dictionary": False},
        {"compression": "none", "data_page_version": "2.0"},
    ):
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows), sink, **options)
        of["parquet"].append(sink.getvalue())
    return {name: of[name] for name in FORMATS} | label_seeds()


def label_seeds() -> dict[str, list[bytes]]:
    """The codebook's example as labels of each format; of brat's folder, the file with the annotations."""
    example = [Labelled(CODEBOOK_CALL, Rating(conversation=CODEBOOK_CALL.id, rater="author", spans=CODEBOOK_SPANS))]
    of: dict[str, list[bytes]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in LABEL_FORMATS:
            path = Path(folder) / name
            write_labels(path, example, name)
            of[f"labels: {name}"] = [next(path.rglob("*.ann")).read_bytes() if path.is_dir() else path.read_bytes()]
    return of


def _zip(parts: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return sink.getvalue()


def mutated(seed: bytes, others: list[bytes], dice: random.Random, large: bool) -> bytes:
    """A seed after up to eight mutations, mostly one; a large one is grown to a megabyte by repeating a piece of it."""
    content = bytearray(seed)
    for _ in range(dice.choice((0, 1, 1, 1, 2, 3, 8))):
        at = dice.randrange(len(content) + 1)
        to = min(len(content), at + dice.choice((1, 2, 5, 20, 100)))
        match dice.randrange(8):
            case 0:
                content[at:to] = b""
            case 1:
                content[at:at] = dice.choice(TOKENS)
            case 2:
                content[at:to] = dice.choice(TOKENS)
            case 3:
                content[at:at] = content[at:to] * dice.randint(1, 30)
            case 4 if at < len(content):
                content[at] ^= 1 << dice.randrange(8)
            case 5:
                other = dice.choice(others)
                start = dice.randrange(len(other) + 1)
                content[at:at] = other[start : start + dice.choice((10, 100, 1000))]
            case 6:
                content = content[:at] if dice.random() < 0.3 else content
            case _:
                content[at:to] = dice.randbytes(to - at)
    if large:
        at = dice.randrange(len(content) + 1)
        piece = (
            bytes(content[at : at + dice.choice((1, 3, 10, 60, 1000))]) if dice.random() < 0.5 else dice.choice(TOKENS)
        )
        piece = piece or b"a"
        room = max(0, MEGABYTE - len(content))
        content[at:at] = piece * (room // len(piece))
    return bytes(content)


def inputs(format: str, n: int, seed: int) -> Iterator[tuple[bytes, str | None]]:
    """(content, format or None to detect it) of each input, the same for the same seed."""
    dice = random.Random(f"{format} {seed}")
    of = seeds()
    others = [content for group in of.values() for content in group]
    for number in range(n):
        large = number % SHARE_LARGE == SHARE_LARGE - 1
        yield mutated(dice.choice(of[format]), others, dice, large), format if number % 2 else None


def fuzz_format(format: str, n: int, seed: int) -> Tally:
    """Read `n` mutated inputs of one format."""
    tally = Tally(format)
    begin = time.process_time()
    read_one = _read_labels if format in LABELS else _read
    for content, given in inputs(format, n, seed):
        tally.n += 1
        tally.n_bytes += len(content)
        started = time.process_time()
        try:
            read_one(content, given)
            tally.n_read += 1
        except FoursignalError:
            tally.n_refused += 1
        except BaseException as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            tally.faults.append(f"input {tally.n}: {type(error).__name__}: {error} in {place.filename}:{place.lineno}")
        taken = time.process_time() - started
        tally.slowest = max(tally.slowest, taken)
        if taken > MAX_SECONDS:
            tally.faults.append(f"input {tally.n}: {taken:.2f} s for {len(content):,} bytes beginning {content[:60]!r}")
    tally.seconds = time.process_time() - begin
    tally.peak_megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return tally


def _read(content: bytes, format: str | None) -> None:
    """Read to the end: where nothing tells the roles, the first speaker is taken as the rep."""
    try:
        read_text(content, format, language="en")
    except RolesUnknownError as error:
        read_text(content, format, language="en", rep=error.speakers[:1])


def _read_labels(content: bytes, format: str | None) -> None:
    """Read labels of the codebook's example from a file; brat's beside the text that they annotate."""
    name = format.removeprefix("labels: ") if format else None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels"
        if name == "brat":
            write_labels(path, [Labelled(CODEBOOK_CALL, Rating(conversation=CODEBOOK_CALL.id, rater="author"))], name)
            next(path.rglob("*.ann")).write_bytes(content)
        else:
            path.write_bytes(content)
        read_labels(path, name, conversations=[CODEBOOK_CALL], language="en")


def refuses_early() -> float:
    """Megabytes that a refused file of 200 MB costs."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.NamedTemporaryFile(suffix=".vtt") as file:
        file.write(b"WEBVTT\n\n")
        file.truncate(200 * MEGABYTE)
        try:
            read(Path(file.name))
        except ConversationError:
            return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    raise SystemExit("a file of 200 MB was read")


def main(
    n: Annotated[int, typer.Option(help="Inputs in all, shared out among the formats.")] = 100_000,
    seed: Annotated[int, typer.Option(help="Another seed, other inputs.")] = 0,
    formats: Annotated[list[str] | None, typer.Option("--format", help="Only these formats.")] = None,
) -> None:
    """Fuzz the readers; exit 1 where one fails."""
    chosen = formats or [*FORMATS, *LABELS]
    shares = {name: COSTLY.get(name, 1.0) for name in chosen}
    each = n / sum(shares.values())
    tallies: list[Tally] = []
    with Progress() as progress:
        task = progress.add_task("fuzzing", total=len(chosen))
        for name in chosen:
            progress.update(task, description=f"fuzzing {name}")
            try:
                with ProcessPoolExecutor(1) as pool:
                    tallies.append(pool.submit(fuzz_format, name, ceil(each * shares[name]), seed).result())
            except BrokenProcessPool:
                tallies.append(Tally(name, faults=["the process crashed: a library failed without an exception"]))
            progress.advance(task)
    columns = ("format", "inputs", "MB", "read", "refused", "faults", "slowest, s", "all, s", "peak, MB")
    table = Table(*columns, box=None)
    for t in tallies:
        numbers = (
            t.n,
            f"{t.n_bytes / 1e6:.0f}",
            t.n_read,
            t.n_refused,
            len(t.faults),
            f"{t.slowest:.2f}",
            f"{t.seconds:.0f}",
            f"{t.peak_megabytes:.0f}",
        )
        table.add_row(t.format, *map(str, numbers))
    Console().print(table)
    for t in tallies:
        for fault in t.faults[:10]:
            print(f"{t.format}, {fault}", file=sys.stderr)
    n_faults = sum(len(t.faults) for t in tallies)
    print(
        f"{sum(t.n for t in tallies):,} inputs, {n_faults} faults; a file of 200 MB is refused for {refuses_early():.0f} MB"
    )
    if n_faults:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
