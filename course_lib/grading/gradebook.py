"""Makes the students' notebooks and keeps the marks, by nbgrader.

nbgrader's own tools see what is done here: its gradebook holds the points of the checks, and what
is marked by hand may be entered there as well as by `python -m course_lib grade written`.
"""

from __future__ import annotations

import contextlib
import os
import sysconfig
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from course_lib.grading.classroom import CONFIG_NAME, ClassError, Classroom
from course_lib.grading.marking import Graded
from course_lib.grading.sets import ProblemSet, instructor_version, student_version
from course_lib.grading.submission import Submission

DATABASE = "gradebook.db"


@dataclass(frozen=True)
class ByHand:
    """What somebody has given for a cell by hand.

    Parameters
    ----------
    points : float or None
        None: nothing yet.
    comment : str
        For the student.
    """

    points: float | None
    comment: str = ""


def nbgrader_is_missing() -> str:
    """Return what to do if nbgrader is not installed; an empty text if it is."""
    try:
        import nbgrader  # noqa: F401
    except ImportError:
        return "nbgrader is not installed: python -m pip install 'nbgrader>=0.9.6'."
    return ""


@contextlib.contextmanager
def _quiet_nbgrader(room: Classroom) -> Iterator[None]:
    """Let nbgrader find its programs, keep it from the home folder, and from warning of itself."""
    missing = nbgrader_is_missing()
    if missing:
        raise ClassError(missing)
    before = {name: os.environ.get(name) for name in ("PATH", "JUPYTER_CONFIG_DIR", "IPYTHONDIR")}
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), before["PATH"] or ""])
    os.environ["JUPYTER_CONFIG_DIR"] = os.environ["IPYTHONDIR"] = os.fspath(
        room.folder / ".jupyter"
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _opened(room: Classroom) -> Iterator[Any]:
    """Open the gradebook of a class, and close it at the end."""
    with _quiet_nbgrader(room):
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{(room.folder / DATABASE).resolve()}", room.course) as book:
            yield book


def make_release(room: Classroom, problems: ProblemSet) -> Path:
    """Write a set's notebook for instructors, and by nbgrader the one for students; return it.

    Raises
    ------
    ClassError
        If nbgrader fails, with the end of what it says.
    """
    source = room.folder / "source" / problems.name / f"{problems.name}.ipynb"
    source.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(instructor_version(problems), source)
    with _quiet_nbgrader(room):
        from nbgrader.apps import NbGraderAPI
        from nbgrader.coursedir import CourseDirectory
        from traitlets.config.loader import PyFileConfigLoader

        config = PyFileConfigLoader(CONFIG_NAME, path=os.fspath(room.folder)).load_config()
        config.CourseDirectory.root = os.fspath(room.folder.resolve())
        config.CourseDirectory.course_id = room.course
        folder = CourseDirectory(config=config)
        api = NbGraderAPI(coursedir=folder, config=config)
        said = api.generate_assignment(problems.name, force=True, create=True)
    if not said["success"]:
        log = (said.get("error") or "") + (said.get("log") or "")
        raise ClassError(f"nbgrader could not make {problems.name}:\n{log[-2000:]}")
    released = room.folder / "release" / problems.name / source.name
    made, wanted = nbformat.read(released, 4), student_version(problems)
    if [cell.source for cell in made.cells] != [cell.source for cell in wanted.cells]:
        released.unlink()
        raise ClassError(
            f"What nbgrader made of {problems.name} is not the students' version: nothing is "
            f"released. Has {room.folder / CONFIG_NAME} been changed?"
        )
    return released


def enter(
    room: Classroom,
    problems: ProblemSet,
    graded: Sequence[Graded],
    factors: Mapping[str, float],
    changed: Mapping[str, Sequence[str]],
) -> None:
    """Enter a class's marks into the gradebook.

    Parameters
    ----------
    room : Classroom
        The class.
    problems : ProblemSet
        A set that was released.
    graded : sequence of Graded
        The marked submissions.
    factors : mapping of str to float
        By student, what lateness leaves of the points.
    changed : mapping of str to sequence of str
        By student, the answers in words that are others than those that were marked: what was
        given for them by hand is taken back.
    """
    with _opened(room) as book:
        from nbgrader.api import MissingEntry

        try:
            book.find_assignment(problems.name)
        except MissingEntry:
            raise ClassError(
                f"{problems.name} is not in the gradebook: release it first."
            ) from None
        for student in room.students:
            first, _, last = student.name.rpartition(" ")
            book.update_or_create_student(
                student.id, first_name=first, last_name=last, email=student.email or None
            )
        for one in graded:
            submission = book.update_or_create_submission(problems.name, one.student)
            notebook = submission.notebooks[0]
            grades = {grade.name: grade for grade in notebook.grades}
            comments = {comment.name: comment for comment in notebook.comments}
            for mark in one.marks:
                grade = grades[mark.grade_id]
                grade.auto_score = mark.points
                if mark.grade_id in changed.get(one.student, ()):
                    grade.manual_score = None
                grade.needs_manual_grade = mark.points is None and grade.manual_score is None
                if mark.verdict.kind == "by hand":
                    comments[mark.grade_id].auto_comment = None
            _take_off(notebook, factors.get(one.student, 1.0))
        book.db.commit()


def by_hand(room: Classroom, problems: ProblemSet) -> dict[tuple[str, str], ByHand]:
    """Return what was given by hand, by student and cell, whoever entered it."""
    if not (room.folder / DATABASE).exists():
        return {}
    found: dict[tuple[str, str], ByHand] = {}
    with _opened(room) as book:
        for submission in _submissions(book, problems):
            notebook = submission.notebooks[0]
            comments = {c.name: c.manual_comment or "" for c in notebook.comments}
            for grade in notebook.grades:
                comment = comments.get(grade.name, "")
                points = grade.manual_score
                if points is not None or comment:
                    if points is not None and grade.extra_credit:
                        points += grade.extra_credit
                    found[submission.student.id, grade.name] = ByHand(points, comment)
    return found


def give(
    room: Classroom,
    problems: ProblemSet,
    given: Mapping[tuple[str, str], ByHand],
    factors: Mapping[str, float],
) -> None:
    """Enter points and comments that were given by hand, by student and cell.

    Parameters
    ----------
    room : Classroom
        The class.
    problems : ProblemSet
        The set.
    given : mapping
        By student and cell.
    factors : mapping of str to float
        By student, what lateness leaves of the points.
    """
    with _opened(room) as book:
        for (student, grade_id), one in given.items():
            grade = book.find_grade(grade_id, problems.name, problems.name, student)
            grade.manual_score = one.points
            grade.needs_manual_grade = one.points is None and grade.auto_score is None
            if one.comment:
                comment = book.find_comment(grade_id, problems.name, problems.name, student)
                comment.manual_comment = one.comment
        for submission in _submissions(book, problems):
            _take_off(submission.notebooks[0], factors.get(submission.student.id, 1.0))
        book.db.commit()


def _take_off(notebook: Any, factor: float) -> None:
    """Enter what lateness takes off the points of a submission."""
    earned = sum(
        (g.manual_score if g.manual_score is not None else g.auto_score or 0.0)
        + (g.extra_credit or 0.0)
        for g in notebook.grades
    )
    notebook.late_submission_penalty = round(earned * (1 - factor), 10) or None


def forget(room: Classroom, student: str) -> bool:
    """Take a student out of the gradebook; return whether there was anything."""
    if not (room.folder / DATABASE).exists():
        return False
    with _opened(room) as book:
        from nbgrader.api import MissingEntry

        try:
            book.find_student(student)
        except MissingEntry:
            return False
        book.remove_student(student)
        book.db.commit()
    with contextlib.closing(_plain(room)) as database:
        database.execute("VACUUM")  # a deleted row stays in the file until then
    return True


def _plain(room: Classroom) -> Any:
    import sqlite3

    return sqlite3.connect(room.folder / DATABASE)


def _submissions(book: Any, problems: ProblemSet) -> list[Any]:
    """Return the submissions of a set; none if it is not in the gradebook."""
    from nbgrader.api import MissingEntry

    try:
        return list(book.assignment_submissions(problems.name))
    except MissingEntry:
        return []


def with_verdicts(problems: ProblemSet, submission: Submission, graded: Graded) -> Any:
    """Return a submission as nbgrader's formgrader shows it: the set's cells, with the verdicts."""
    notebook = student_version(problems)
    marks = {mark.grade_id: mark for mark in graded.marks}
    own = {cell.grade_id: cell for cell in submission.code if cell.grade_id}
    for cell in notebook.cells:
        marked = cell.metadata.get("nbgrader")
        if not marked:
            continue
        name = marked.grade_id
        if cell.cell_type == "markdown":
            cell.source = submission.written.get(name, "")
        elif marked.solution:
            cell.source = own[name].source if name in own else "# this cell is missing"
        elif name in marks:
            mark = marks[name]
            said = f"{mark.verdict}\n{mark.points or 0:g} of {mark.out_of:g} points\n"
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=said)]
    known = {
        cell.metadata.nbgrader.grade_id for cell in notebook.cells if "nbgrader" in cell.metadata
    }
    for code in submission.code:
        if code.grade_id not in known:
            notebook.cells.append(nbformat.v4.new_code_cell(code.source, id=f"own-{code.number}"))
    return notebook
