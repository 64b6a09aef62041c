import pytest

from data.readers.read import read_text
from data.readers.role_file import read_role_file
from data.readers.role_guess import guess_rep
from data.readers.roles import RolesUnknownError, role_in_name
from data.readers.speakers import candidate, speaker_names
from data.splits import load_split
from rubric.errors import ConversationError

NAMED = "Ana Ruiz: Hello there\nBo: Hi\nCy: Hi too\nBo: So"


def roles(text: str, **options: object) -> dict[str, str]:
    (transcript,) = read_text(text, language="en", name="call.txt", **options)
    return {turn.speaker: turn.role for turn in transcript.conversation.turns}


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Rep", "rep"),
        ("R12", "rep"),
        ("SELLER", "rep"),
        ("Sales Rep", "rep"),
        ("agent 1", "rep"),
        ("Bo (Customer)", "customer"),
        ("Prospect - Bo", "customer"),
        ("Client #2", "customer"),
        ("Verkäufer", "rep"),
        ("お客様", "customer"),
        ("Bo", None),
        ("Rosa C", None),
        ("Bo (R)", None),
        ("Ana (Sales) (Customer)", None),
        ("Customer Success - Bo", None),
    ],
)
def test_role_words(name, role):
    assert role_in_name(name) == role


def test_reps_named_make_everybody_else_a_customer():
    assert roles(NAMED, rep=("ANA RUIZ",)) == {"Ana Ruiz": "rep", "Bo": "customer", "Cy": "customer"}


def test_roles_can_be_given_one_by_one_beside_role_words():
    assert roles("Ana: a\nBo: b\nRep: c", roles={"Ana": "customer", "Bo": "rep"}) == {
        "Ana": "customer",
        "Bo": "rep",
        "Rep": "rep",
    }


def test_unknown_roles_list_the_speakers_and_what_to_give():
    with pytest.raises(ConversationError) as caught:
        roles(NAMED)
    message = str(caught.value)
    assert "found the speakers 'Ana Ruiz' (2 words), 'Bo' (2 words), 'Cy' (2 words)" in message
    assert "Name the rep, such as 'Ana Ruiz'" in message
    assert all(option in message for option in ("`rep`", "`roles`", "`rep_domain`", "`guess_roles`"))
    assert "--" not in message
    assert isinstance(caught.value, RolesUnknownError)
    assert caught.value.speakers == ("Ana Ruiz", "Bo", "Cy")


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"rep": ("Anna",)}, "no speaker 'Anna'; found 'Ana Ruiz', 'Bo', 'Cy'"),
        ({"roles": {"Bo": "boss"}}, "'Bo': expected rep or customer, found 'boss'"),
        (
            {"rep": ("Bo",), "roles": {"Bo": "rep"}},
            "give `rep` (all others are customers) or `roles` or `rep_domain`, not both",
        ),
        ({"roles": {"Bo": "rep"}}, "expected to know who is the rep"),
        ({"rep": ("Ana Ruiz", "Bo", "Cy")}, "every turn is a rep's"),
        ({"guess_roles": True}, "the roles cannot be guessed, both sides speak alike; expected to know"),
        ({"guess_roles": True, "language": "de"}, "the roles cannot be guessed, that is possible for English alone"),
    ],
)
def test_faults_of_a_mapping_are_named(options, fault):
    with pytest.raises(ConversationError) as caught:
        read_text(NAMED, **{"language": "en"} | options)
    assert fault in str(caught.value)


def test_a_guess_is_made_only_when_allowed_and_is_said():
    (transcript,) = read_text(NAMED.replace("Cy", "Rep"), language="en", guess_roles=True)
    assert transcript.notes == ("roles were guessed: everybody but the known rep is taken as a customer",)
    (transcript,) = read_text("Ana: a\nCustomer: b", language="en", guess_roles=True)
    assert transcript.conversation.turns[0].role == "rep"
    assert transcript.notes == ("roles were guessed: 'Ana' is taken as the rep; if that is wrong, give the roles",)


def test_the_guess_holds_on_held_out_calls():
    right = wrong = refused = 0
    for split in ("validation", "calibration", "test"):
        for item in load_split("en", split):
            said: dict[str, list[str]] = {}
            for turn in item.conversation.turns:
                said.setdefault(turn.speaker, []).append(turn.text)
            guess = guess_rep(said)
            refused += guess is None
            right += guess is not None and guess.startswith("R")
            wrong += guess is not None and guess.startswith("C")
    assert (right, wrong, refused) == (78, 5, 37)


def test_what_is_no_name_stays_talk():
    assert candidate("He said it. And then: no") is not None
    assert candidate("This happened yesterday evening. So: no") is None
    assert candidate("http://x.com is down") is None
    assert speaker_names(["Rep: a", "Customer: b", "Price: 40"]) == {"Rep", "Customer"}
    assert speaker_names(["Ana: a", "Bo: b", "Dr. Ana van Dam: 40"]) == {"Ana", "Bo", "Dr. Ana van Dam"}


MAILED = "ana@acme.com: Hello there\nbo@shop.example: Hi\ncy@eu.acme.com: So"


def test_an_email_domain_tells_reps_from_customers():
    expected = {"ana@acme.com": "rep", "bo@shop.example": "customer", "cy@eu.acme.com": "rep"}
    assert roles(MAILED, rep_domain=("ACME.com",)) == expected
    assert roles(MAILED, rep_domain=("@acme.com",), roles={"cy@eu.acme.com": "customer"}) == expected | {
        "cy@eu.acme.com": "customer"
    }
    with pytest.raises(ConversationError, match="every turn is a customer's"):
        roles(MAILED, rep_domain=("cme.com",))
    with pytest.raises(ConversationError, match=r"expected a domain such as acme\.com, found 'acme'"):
        roles(MAILED, rep_domain=("acme",))
    with pytest.raises(RolesUnknownError):
        roles(NAMED, rep_domain=("acme.com",))


@pytest.mark.parametrize(
    "text",
    [
        "Ana Ruiz: rep\nno: customer\nCy: Customer\n",
        "rep: [Ana Ruiz]\ncustomer:\n  - no\n  - Cy\n",
        "\ufeffspeaker,role\nAna Ruiz,rep\nno,customer\n\nCy,CUSTOMER\n",
        "Speaker;Role\r\nAna Ruiz;rep\r\nno;customer\r\nCy;customer\r\n",
    ],
)
def test_a_file_of_roles_is_yaml_or_csv(tmp_path, text):
    (tmp_path / "roles").write_text(text)
    assert read_role_file(tmp_path / "roles") == {"Ana Ruiz": "rep", "no": "customer", "Cy": "customer"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Ana: boss\nBo: rep", "'Ana': expected rep or customer, found 'boss'"),
        ("speaker,role\nAna,rep\nAna,customer", "line 3: 'Ana' is rep further up"),
        ("speaker,role\nAna,rep,x", "line 2: expected a speaker and a role"),
        ("- Ana\n- Bo", "expected lines such as `Ana Ruiz: rep`"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", "b: expected rep or customer, or a list of names, found more"),
        ("Ana: {rep", "neither YAML nor CSV"),
        ("[" * 50_000, "neither YAML nor CSV"),
        ("Ana: rep\n" * 50_000, "more than the limit of 200,000 for roles"),
    ],
)
def test_faults_of_a_file_of_roles_are_named(tmp_path, text, fault):
    (tmp_path / "roles").write_text(text)
    with pytest.raises(ConversationError) as caught:
        read_role_file(tmp_path / "roles")
    assert fault in str(caught.value)
