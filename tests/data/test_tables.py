"""Tables of utterances, ConvoKit corpora, call-playbook text, and what keeps archives within bounds."""

import io
import json
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.readers import limits
from data.readers.read import detect, read, read_text
from rubric.errors import ConversationError

ROWS = [
    {"call_id": "a", "who": "Ana Ruiz", "said": "What slows you down?", "begin": 1.0, "till": 3.0},
    {"call_id": "a", "who": "Bo Li", "said": "Month-end does, every time.", "begin": 3.5, "till": 5.0},
    {"call_id": "b", "who": "Bo Li", "said": "Hello again.", "begin": 0.0, "till": 1.0},
    {"call_id": "b", "who": "Ana Ruiz", "said": "Shall we start?", "begin": 1.5, "till": 2.0},
]
MAPPING = {"speaker": "who", "text": "said", "start": "begin", "end": "till"}
TURNS = [
    ("a", "Ana Ruiz", "What slows you down?", 1.0),
    ("a", "Bo Li", "Month-end does, every time.", 3.5),
    ("b", "Bo Li", "Hello again.", 0.0),
    ("b", "Ana Ruiz", "Shall we start?", 1.5),
]


def csv_of(rows, delimiter=","):
    lines = [delimiter.join(rows[0]), *(delimiter.join(f'"{value}"' for value in row.values()) for row in rows)]
    return "\n".join(lines) + "\n"


def parquet_of(rows, **options) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink, **options)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("content", "format"),
    [
        (csv_of(ROWS), "csv"),
        (csv_of(ROWS, ";").replace("\n", "\r\n"), "csv"),
        (csv_of(ROWS, "\t").encode("utf-8-sig"), "csv"),
        ("\n".join(map(json.dumps, ROWS)), "rows"),
        (json.dumps(ROWS), "rows"),
        (parquet_of(ROWS), "parquet"),
        (parquet_of(ROWS, compression="gzip", use_dictionary=False), "parquet"),
    ],
)
def test_tables_are_read_with_a_mapping_of_columns(content, format):
    transcripts = read_text(content, language="en", rep=["Ana Ruiz"], columns=MAPPING)
    assert [
        (t.conversation.id, turn.speaker, turn.text, turn.start) for t in transcripts for turn in t.conversation.turns
    ] == TURNS
    named = [
        {new: row[old] for old, new in zip(row, ("Call ID", "Speaker", "Text", "Start", "End"), strict=True)}
        for row in ROWS
    ]
    writer = {"csv": csv_of, "rows": json.dumps, "parquet": parquet_of}[format]
    assert detect(writer(named)) == format
    assert len(read_text(writer(named), language="en", rep=["Ana Ruiz"])) == 2


def test_roles_addresses_milliseconds_and_languages_come_from_their_columns():
    text = (
        "speaker,role,email,language,start_ms,text\n"
        "Ana,internal,ana@acme.com,de-DE,1500,Was bremst Sie?\nBo,External,bo@x.com,de-DE,2500,Der Monatsabschluss.\n"
    )
    (transcript,) = read_text(text)
    assert [(t.role, t.start) for t in transcript.conversation.turns] == [("rep", 1.5), ("customer", 2.5)]
    assert transcript.conversation.language == "de"
    by_domain = text.replace("internal", "?").replace("External", "?")
    (transcript,) = read_text(by_domain, rep_domain=["acme.com"])
    assert [t.role for t in transcript.conversation.turns] == ["rep", "customer"]


def test_dates_are_no_times_and_said_to_be_left_out():
    text = "timestamp,speaker,text\n2024-05-01T10:00:00Z,Rep,a\n2024-05-01T12:00:00Z,Customer,b\n"
    (transcript,) = read_text(text, language="en")
    assert transcript.conversation.times == "none"
    assert transcript.notes == ("times left out: column 'timestamp' holds neither seconds nor 0:12.5",)
    with pytest.raises(
        ConversationError, match=r"line 2: timestamp: expected seconds or 0:12\.5, found '2024-05-01T10"
    ):
        read_text(text, language="en", columns={"start": "timestamp"})


@pytest.mark.parametrize(
    ("content", "options", "fault"),
    [
        ("a,b\n1,2", {"format": "csv"}, "expected a column for what is said, found 'a', 'b'; map the columns"),
        ("speaker,text\nAna,a\n,b", {}, "line 3: expected a speaker in 'speaker', found none"),
        (
            "speaker,text\nAna,a, b",
            {},
            "line 2: expected 2 columns, found more; is a text with the delimiter in it not quoted?",
        ),
        ('speaker,text\nAna,"a\nBo,b', {}, "not CSV: unexpected end of data"),
        (
            csv_of(ROWS),
            {"columns": {"speaker": "nobody"}, "format": "csv"},
            "no column 'nobody' for speaker, found 'call_id'",
        ),
        (
            csv_of(ROWS),
            {"columns": {"listener": "who"}, "format": "csv"},
            "'listener' is no such part, expected speaker, text",
        ),
        (
            "Rep: a\nCustomer: b",
            {"columns": MAPPING},
            "is read as 'text', and columns are for csv, rows, parquet alone",
        ),
        (
            '{"speaker": "A", "text": "a"}\n[1]',
            {"format": "rows"},
            "line 2: expected an object with a speaker and a text, found list",
        ),
        (b"PAR1" + bytes(40), {}, "expected a Parquet file, which begins and ends with PAR1; is it cut off?"),
        (b"PAR1" + bytes(40) + b"PAR1", {}, "not a Parquet file that can be read"),
        ("speaker,role,text\nAna,rep,a\nAna,customer,b", {}, "line 3: 'Ana' is customer here and rep further up"),
    ],
)
def test_faults_of_tables_are_named(content, options, fault):
    with pytest.raises(ConversationError) as caught:
        read_text(content, language="en", **options)
    assert fault in str(caught.value)


def test_parquet_that_unpacks_to_more_than_the_limit_is_refused(monkeypatch):
    rows = [{"speaker": "A" if n % 2 else "B", "text": "a" * 1_000} for n in range(1_000)]
    monkeypatch.setattr(limits, "MAX_BYTES", 100_000)
    dictionary = parquet_of(rows, compression="zstd")
    plain = parquet_of(rows, compression="zstd", use_dictionary=False)
    assert max(len(dictionary), len(plain)) < 10_000
    for content in (dictionary, plain):
        with pytest.raises(ConversationError, match=r"unpacked, has .* more than the limit"):
            read_text(content, language="en", rep=["A"])


UTTERANCES = [
    {
        "id": "1",
        "conversation_id": "1",
        "speaker": "u2",
        "reply-to": "0",
        "timestamp": 20,
        "text": "Month-end does.",
        "meta": {},
    },
    {
        "id": "0",
        "conversation_id": "1",
        "speaker": "u1",
        "reply-to": None,
        "timestamp": 10,
        "text": "What slows you down?",
        "meta": {},
    },
]


def test_a_convokit_corpus_is_a_folder_an_archive_or_its_utterances(tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "utterances.jsonl").write_text("\n".join(map(json.dumps, UTTERANCES)))
    (folder / "speakers.json").write_text(
        json.dumps(
            {"u1": {"meta": {"name": "Ana", "role": "seller"}, "vectors": []}, "u2": {"meta": {"role": "Buyer"}}}
        )
    )
    (transcript,) = read(folder, language="en")
    expected = [("Ana", "rep", "What slows you down?"), ("u2", "customer", "Month-end does.")]
    assert [(t.speaker, t.role, t.text) for t in transcript.conversation.turns] == expected
    assert transcript.notes == ("put in the order of the time stamps",)
    with zipfile.ZipFile(tmp_path / "corpus.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in folder.iterdir():
            archive.write(path, f"corpus/{path.name}")
    (transcript,) = read(tmp_path / "corpus.zip", language="en")
    assert [(t.speaker, t.role, t.text) for t in transcript.conversation.turns] == expected
    old = [
        {"id": u["id"], "root": "1", "user": u["speaker"], "reply_to": u["reply-to"], "text": u["text"]}
        for u in UTTERANCES
    ]
    (transcript,) = read_text("\n".join(map(json.dumps, old)), language="en", rep=["u1"])
    assert [t.speaker for t in transcript.conversation.turns] == ["u2", "u1"]


def test_faults_of_a_corpus_name_file_and_line(tmp_path):
    (tmp_path / "utterances.jsonl").write_text(json.dumps(UTTERANCES[0]) + '\n{"id": "2"}\n')
    with pytest.raises(ConversationError, match=r"utterances\.jsonl has 1 fault:\n  - line 2: speaker"):
        read(tmp_path, language="en")


def test_archives_are_kept_within_bounds():
    def archive(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w", method) as packed:
            for name, content in entries:
                packed.writestr(name, content)
        return sink.getvalue()

    bomb = archive(("utterances.jsonl", bytes(limits.MAX_BYTES + 1)))
    assert len(bomb) < 100_000
    lying = bomb.replace((limits.MAX_BYTES + 1).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    cases = [
        (bomb, "unpacked, has 20.0 MB, more than the limit of 20 MB"),
        (lying, ""),
        (
            archive(*((f"{n}.eml", b"") for n in range(limits.MAX_PARTS + 1))),
            "2,001 files, more than the limit of 2,000",
        ),
        (archive(("utterances.jsonl", b"a"), method=zipfile.ZIP_BZIP2), "cannot be unpacked: other than deflated"),
        (archive(("word/document.xml", b"a")), "is a Word file; save the transcript as .vtt or plain text"),
        (archive(("call.vtt", b"WEBVTT")), "expected a folder or zip archive of .eml files, or a ConvoKit corpus"),
    ]
    for content, fault in cases:
        with pytest.raises(ConversationError) as caught:
            read_text(content, language="en")
        assert fault in str(caught.value)
    with pytest.raises(ConversationError, match="is a folder or zip archive, which 'csv' is not read from"):
        read_text(bomb[:0] + archive(("a.eml", b"x")), "csv", language="en")


def test_call_playbook_text():
    text = "[SELLER_A] What slows you down? [PROSPECT_A] Month-end [1] does. [SELLER_A] I see. [SELLER_B] Me too."
    assert detect(text) == "call-playbook"
    (transcript,) = read_text(text, language="en")
    assert [(t.speaker, t.role, t.text) for t in transcript.conversation.turns] == [
        ("SELLER_A", "rep", "What slows you down?"),
        ("PROSPECT_A", "customer", "Month-end [1] does."),
        ("SELLER_A", "rep", "I see."),
        ("SELLER_B", "rep", "Me too."),
    ]
    with pytest.raises(ConversationError, match="found the speakers 'SPEAKER_A'"):
        read_text(text.replace("SELLER_A", "SPEAKER_A"), language="en")
    with pytest.raises(ConversationError, match=r"expected tags such as \[SELLER_A\]"):
        read_text("Rep: a", "call-playbook")
