"""TalkMoves: lessons in mathematics, each sentence labelled with the teacher's or the student's discursive move.

The teacher stands in for the rep, students for the customer. Restating (the student's words) and revoicing (with words
added or changed) are taken as listening cues, a press for reasoning as a discovery question. The other moves have no
counterpart: a press for accuracy asks for answers of either kind of question.
"""

from __future__ import annotations

from pathlib import Path

from data.corpora.excel import read_sheet
from data.corpora.sentences import Sentence, labelled
from data.corpora.source import Source
from rubric.codebook import Label
from rubric.errors import DataError, refuse
from rubric.spans import Labelled

SOURCE = Source(
    name="TalkMoves",
    licence="MIT (the repository's licence file)",
    citation="Suresh et al., The TalkMoves Dataset: K-12 Mathematics Lesson Transcripts Annotated for Teacher and "
    "Student Discursive Moves, LREC 2022, pages 4654-4662, arXiv:2204.09652",
    url="https://github.com/SumnerLab/TalkMoves",
    file="one lesson's .xlsx, or a folder of them",
)
COVERS = frozenset({Label.LISTENING_CUE, Label.DISCOVERY_QUESTION})
RATER = "merged"

_COLUMNS = ("Turn", "Speaker", "Sentence", "Teacher Tag", "Student Tag")
# Tags are written `4 - Restating`; files number them differently, so the name alone counts.
_TEACHER: dict[str, Label | None] = {
    "none": None,
    "keeping everyone together": None,
    "getting students to relate": None,
    "getting students to relate to another's ideas": None,
    "restating": Label.LISTENING_CUE,
    "revoicing": Label.LISTENING_CUE,
    "pressing for accuracy": None,
    "pressing for reasoning": Label.DISCOVERY_QUESTION,
}
_STUDENT: dict[str, Label | None] = {
    "none": None,
    "relating to another student": None,
    "asking for more info": None,
    "asking for more information": None,
    "making a claim": None,
    "providing evidence": None,
    "providing evidence or reasoning": None,
    "providing evidence / reasoning": None,
}


def read(path: Path) -> list[Labelled]:
    """One Labelled for each lesson, an .xlsx file or a folder of them; its name is the file's.

    Sentences without a tag of teacher or student are unlabelled talk and left out. Raises DataError with every fault of
    every lesson: an unknown tag, tags of both, missing columns, a file that is no Excel sheet.
    """
    files = sorted(path.glob("*.xlsx")) if path.is_dir() else [path]
    if not files:
        raise DataError(f"{path} holds no .xlsx file; expected {SOURCE.file} of {SOURCE.name}, see {SOURCE.url}")
    lessons: list[Labelled] = []
    faults: list[str] = []
    for file in files:
        sentences, found = _sentences(file)
        faults += [f"{file.name}, {fault}" for fault in found]
        if not found:
            lessons.append(labelled(f"talkmoves-{file.stem}", sentences, RATER, "lesson"))
    refuse(DataError, str(path), faults)
    return lessons


def group_of(conversation_id: str) -> str:
    """Every lesson is a group of its own."""
    return conversation_id


def _sentences(file: Path) -> tuple[list[Sentence], list[str]]:
    """The tagged sentences of a lesson, and every fault."""
    sentences: list[Sentence] = []
    faults: list[str] = []
    for number, row in read_sheet(file, _COLUMNS, SOURCE):
        text = " ".join(row["Sentence"].split())
        teacher, student = row["Teacher Tag"], row["Student Tag"]
        if not text or not (teacher or student):
            continue
        if teacher and student:
            faults.append(f"row {number}: expected a tag of the teacher or of a student, found both")
            continue
        column, known = ("Teacher Tag", _TEACHER) if teacher else ("Student Tag", _STUDENT)
        name = (teacher or student).partition("-")[2].strip().lower().replace("\u2019", "'")
        if name not in known:
            faults.append(
                f"row {number}: {column}: expected a number and a name such as '4 - Restating', "
                f"found {teacher or student!r}"
            )
            continue
        speaker = row["Speaker"] or ("T" if teacher else "S")
        sentences.append(Sentence(speaker, speaker, "rep" if teacher else "customer", text, known[name]))
    if not sentences and not faults:
        faults.append("no sentence has a tag")
    return sentences, faults
