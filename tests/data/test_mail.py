"""Mail: what is said in it, threads, folders and mailboxes."""

import zipfile
from email.message import EmailMessage

import pytest

from data.readers.html_text import text_of
from data.readers.mail_text import said_in
from data.readers.read import detect, read, read_text
from rubric.errors import ConversationError

ASKED = b"""From: Ana Ruiz <ana@acme.com>
To: bo@shop.example
Subject: Month-end
Date: Mon, 06 May 2024 10:00:00 +0200
Message-ID: <1@acme.com>
Content-Type: text/plain; charset=utf-8

Hi Bo,

What slows you down?

Best regards,
Ana Ruiz
Acme Inc. | +1 555 0100
"""
ANSWERED = b"""From: =?utf-8?q?Bo_L=C3=AD?= <bo@shop.example>
To: ana@acme.com
Subject: Re: Month-end
Date: Mon, 06 May 2024 08:30:00 +0000
Message-ID: <2@shop.example>
In-Reply-To: <1@acme.com>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="b"

--b
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Month-end does, at our caf=E9.

On Mon, May 6, 2024 at 10:00 AM Ana Ruiz <ana@acme.com>
wrote:
> What slows you down?

And the invoices.
--b
Content-Type: text/html

<p>no</p>
--b--
"""
THREAD = [
    ("Ana Ruiz", "rep", "Hi Bo, What slows you down?"),
    ("Bo Lí", "customer", "Month-end does, at our café. And the invoices."),
]


def said(transcript):
    return [(turn.speaker, turn.role, turn.text) for turn in transcript.conversation.turns]


def mbox(*mails: bytes) -> bytes:
    return b"".join(b"From x@y Mon May  6 10:00:00 2024\n" + mail + b"\n" for mail in mails)


def test_a_mailbox_is_read_by_date_with_roles_by_domain():
    content = mbox(ANSWERED, ASKED)
    assert detect(content) == "mbox"
    (transcript,) = read_text(content, language="en", rep_domain=["acme.com"], name="thread.mbox")
    assert said(transcript) == THREAD
    assert (transcript.conversation.id, transcript.conversation.times, transcript.notes) == ("thread", "none", ())
    (same,) = read_text(content, language="en", roles={"ana@acme.com": "rep", "Bo Lí": "customer"})
    assert said(same) == THREAD


def test_a_folder_and_a_zip_of_mails_are_read(tmp_path):
    folder = tmp_path / "deal"
    folder.mkdir()
    (folder / "b.eml").write_bytes(ASKED)
    (folder / "a.eml").write_bytes(ANSWERED.replace(b"\n", b"\r\n"))
    (folder / "notes.txt").write_text("not a mail")
    (transcript,) = read(folder, language="en", rep=["ana ruiz"])
    assert said(transcript) == THREAD
    with zipfile.ZipFile(tmp_path / "deal.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, f"mails/{path.name}")
    (transcript,) = read(tmp_path / "deal.zip", language="en", rep_domain=["acme.com"])
    assert said(transcript) == THREAD


def test_two_mails_of_one_person_stay_two_turns():
    later = ASKED.replace(b"<1@acme.com>", b"<3@acme.com>\nReferences: <1@acme.com>").replace(b"10:00", b"12:00")
    (transcript,) = read_text(mbox(ASKED, ANSWERED, later), language="en", rep_domain=["acme.com"])
    assert [turn.speaker for turn in transcript.conversation.turns] == ["Ana Ruiz", "Bo Lí", "Ana Ruiz"]
    early = later.replace(b"12:00", b"10:01")
    (transcript,) = read_text(mbox(ASKED, ANSWERED, early), language="en", rep_domain=["acme.com"])
    assert [turn.speaker for turn in transcript.conversation.turns] == ["Ana Ruiz", "Ana Ruiz", "Bo Lí"]


def test_threads_are_told_apart_and_monologues_left_out():
    def other(mail: bytes) -> bytes:
        return mail.replace(b"<1@", b"<11@").replace(b"<2@", b"<12@").replace(b"Month-end\n", b"Pilot\n")

    lonely = ASKED.replace(b"<1@", b"<21@").replace(b"Subject: Month-end", b"Subject: Hello")
    transcripts = read_text(
        mbox(ASKED, other(ASKED), lonely, other(ANSWERED), ANSWERED), language="en", rep_domain=["acme.com"]
    )
    assert [t.conversation.id for t in transcripts] == ["1@acme.com", "11@acme.com"]
    assert transcripts[0].notes == ("left out: 1 of 3 conversations in which only one person speaks",)


def test_a_reply_without_references_is_found_by_its_subject():
    bare = ANSWERED.replace(b"In-Reply-To: <1@acme.com>\n", b"")
    stranger = ASKED.replace(b"<1@", b"<9@").replace(b"Month-end", b"Else")
    transcripts = read_text(mbox(ASKED, stranger, bare), language="en", rep_domain=["acme.com"])
    assert [said(t) for t in transcripts] == [THREAD]


def test_html_alone_is_read_without_its_quote():
    message = EmailMessage()
    message["From"], message["Date"], message["Subject"] = (
        "Bo <bo@shop.example>",
        "Mon, 06 May 2024 10:30:00 +0000",
        "Re: Month-end",
    )
    message["Message-ID"], message["In-Reply-To"] = "<5@x>", "<1@acme.com>"
    message.set_content(
        "<html><head><style>p{}</style></head><body><p>Month-end&nbsp;does.</p><div class='gmail_quote'>On Monday Ana "
        "wrote:<blockquote>What?</blockquote></div></body></html>",
        subtype="html",
    )
    (transcript,) = read_text(mbox(ASKED, message.as_bytes()), language="en", rep_domain=["acme.com"])
    assert transcript.conversation.turns[1].text == "Month-end does."


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Yes.\n\n-----Original Message-----\nFrom: Bo\nSent: x\n\nold", "Yes."),
        ("Yes.\n\nFrom: Bo <bo@x.com>\nSent: Monday\nTo: Ana\nSubject: Hi\n\nold", "Yes."),
        ("Ja.\n\nAm 06.05.2024 um 10:00 schrieb Bo <bo@x.com>:\n> alt\n", "Ja."),
        ("Oui.\n\nLe lun. 6 mai 2024 à 10:00, Bo <bo@x.com> a écrit :\n\n> vieux", "Oui."),
        ("> Can you?\nYes, we can.\n> When?\nOn Thursday.", "Yes, we can.\nOn Thursday."),
        ("Top.\n\nOn 6 May 2024, Bo wrote:\n\nold without marks", "Top."),
        ("Works for me.\n\nSent from my iPhone", "Works for me."),
        ("Works for me.\n--\nAna\nAcme", "Works for me."),
        ("Works.\n\nMit freundlichen Grüßen\nAna Ruiz\nAcme GmbH", "Works."),
        ("Thanks!\nWe will look into it tomorrow.", "Thanks!\nWe will look into it tomorrow."),
        ("On paper I wrote:\nless is more", "On paper I wrote:\nless is more"),
        ("From: our side all is well.\nTo: be continued", "From: our side all is well.\nTo: be continued"),
    ],
)
def test_quotes_and_signatures_are_left_out(body, expected):
    assert said_in(body) == expected


def test_html_that_is_broken_is_still_text():
    assert text_of("a<br>b<p>c<script>if (1 < 2) {}</script>d <i>e</i>&lt;f <!-- g -->h") == "a\nb\ncd e<f h"
    assert text_of("x <3 y & z<!-- never ends <p>a") == "x <3 y & z"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (ASKED, "is one mail, of 'Ana Ruiz'; a conversation needs the mails of both sides"),
        (
            mbox(ASKED.replace(b"From: Ana Ruiz <ana@acme.com>\n", b""), ANSWERED),
            "expected a field `From:` with a sender",
        ),
        (
            mbox(ASKED, b"Content-Type: multipart/mixed; boundary=x\n" * 31 + ANSWERED),
            "more than 30 parts within parts",
        ),
    ],
)
def test_faults_of_mail_are_named(content, fault):
    with pytest.raises(ConversationError) as caught:
        read_text(content, language="en", rep_domain=["acme.com"])
    assert fault in str(caught.value)


def test_what_is_no_mailbox_says_so():
    with pytest.raises(ConversationError, match="expected a mailbox, whose mails begin with a line `From"):
        read_text("Rep: a\nCustomer: b", "mbox")
