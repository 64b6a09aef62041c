import pytest

from data.readers.read import read_text
from data.readers.role_guess import guess_rep
from data.readers.roles import role_in_name
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
    assert '--rep "Ana Ruiz"' in message
    assert "--guess-roles" in message


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"rep": ("Anna",)}, "no speaker 'Anna'; found 'Ana Ruiz', 'Bo', 'Cy'"),
        ({"roles": {"Bo": "boss"}}, "'Bo': expected rep or customer, found 'boss'"),
        ({"rep": ("Bo",), "roles": {"Bo": "rep"}}, "give `rep` (all others are customers) or `roles`, not both"),
        ({"roles": {"Bo": "rep"}}, "expected to know who is the rep"),
        ({"rep": ("Ana Ruiz", "Bo", "Cy")}, "every turn is a rep's"),
        ({"guess_roles": True}, "the roles cannot be guessed: both sides speak alike"),
        ({"guess_roles": True, "language": "de"}, "the roles cannot be guessed: that is possible for English alone"),
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
    assert (right, wrong, refused) == (107, 1, 10)


def test_what_is_no_name_stays_talk():
    assert candidate("He said it. And then: no") is not None
    assert candidate("This happened yesterday evening. So: no") is None
    assert candidate("http://x.com is down") is None
    assert speaker_names(["Rep: a", "Customer: b", "Price: 40"]) == {"Rep", "Customer"}
    assert speaker_names(["Ana: a", "Bo: b", "Dr. Ana van Dam: 40"]) == {"Ana", "Bo", "Dr. Ana van Dam"}
