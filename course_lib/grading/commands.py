"""The commands around a class: ``python -m course_lib grade STEP``.

Each step says what it did and what comes next, and may be run again. ``--dry-run`` says what a step
would do, and does nothing.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat

from course_lib.grading import gradebook, written
from course_lib.grading.classroom import (
    SETTINGS,
    STUDENTS,
    ClassError,
    Classroom,
    new_class,
    read_class,
    read_table,
    write_table,
    write_whole,
)
from course_lib.grading.collecting import Found, look_through, newest
from course_lib.grading.exporting import fill
from course_lib.grading.feedback import feedback_page
from course_lib.grading.marking import Graded, Mark, checks_version, grade_all
from course_lib.grading.report import minutes_between, report, write_report
from course_lib.grading.sandbox import SandboxError, why_no_sandbox
from course_lib.grading.sets import ProblemSet, SetError
from course_lib.grading.standing import (
    COMMENTS,
    Marked,
    group_of,
    standings,
    store_marks,
    stored_marks,
)
from course_lib.grading.submission import read_submission

RELEASED = "released.txt"
LIST_COLUMNS = ("id", "taken", "handed_in", "days_late", "said")
STAMP = "%Y-%m-%d %H:%M:%S"


def new(options: argparse.Namespace) -> int:
    """Make a class's folder."""
    folder: Path = options.folder
    _outside_of_the_course(folder)
    if options.dry_run:
        print(f"would make a class in {folder}")
        return 0
    made = new_class(folder, options.course or folder.resolve().name)
    for path in made:
        print(f"written: {path}")
    if not made:
        print(f"{folder} is a class already; nothing was changed")
    _next(
        f"fill in {folder / STUDENTS} and the deadlines in {folder / SETTINGS}; then grade release"
    )
    return 0


def release(options: argparse.Namespace) -> int:
    """Make a set's notebook for students, and an archive of it."""
    room, problems = _room_and_set(options)
    folder = room.folder / "release" / problems.name
    out = room.folder / "hand-out"
    archives = [out / f"{problems.name}.zip"]
    if options.variants:
        archives += [
            out / f"{problems.name}-for-each" / f"{student.id}.zip" for student in room.students
        ]
    if options.dry_run:
        print(f"would make {folder / problems.name}.ipynb and {len(archives)} archives in {out}")
        return 0
    made = gradebook.make_release(room, problems)
    notebook = nbformat.read(made, 4)
    _archive(archives[0], {f"{problems.name}.ipynb": nbformat.writes(notebook) + "\n"})
    for student, path in zip(room.students, archives[1:], strict=bool(options.variants)):
        own = nbformat.writes(_with_id(notebook, student.id)) + "\n"
        _archive(path, {f"{problems.name}.ipynb": own})
    stamp = folder / RELEASED
    if not stamp.exists():
        write_whole(stamp, datetime.now().astimezone().isoformat(timespec="seconds") + "\n")
    print(f"{problems.name}: {problems.points:g} points, released")
    print(f"  the notebook   {made}")
    print(f"  the archive    {archives[0]}")
    if options.variants:
        print(
            f"  one for each   {archives[1].parent} ({len(room.students)} archives with the id in)"
        )
    print(f"  with solutions {room.folder / 'source' / problems.name} (keep it to yourself)")
    _next("put the archive on your platform; after the deadline: grade collect")
    return 0


def collect(options: argparse.Namespace) -> int:
    """Take what the class has handed in."""
    room, problems = _room_and_set(options)
    whose = dict(_pair(text) for text in options.whose)
    found = look_through(room, options.export, whose)
    taken, others = newest(found)
    rows: list[dict[str, object]] = []
    for student in room.students:
        one = taken.get(student.id)
        if one is None:
            continue
        days, said = _lateness(room, problems, one)
        rows.append(
            {
                "id": student.id, "taken": one.place, "days_late": days, "said": said,
                "handed_in": one.handed_in.isoformat(timespec="seconds") if one.handed_in else "",
            }
        )  # fmt: skip
        if not options.dry_run:
            _put(room, problems, student.id, one)
    listed = _list_of(room, problems)
    earlier = {row["id"]: row for row in _read_list(room, problems)}
    rows += [dict(row) for student, row in earlier.items() if student not in taken]
    if not options.dry_run:
        write_table(listed, LIST_COLUMNS, rows)
    print(f"{problems.name}: {'would take' if options.dry_run else 'took'} {len(taken)} hand-ins")
    for row in rows:
        if row["id"] in taken and row["days_late"]:
            print(f"  late: {row['id']}, {_days_in_words(row)} ({row['said']})")
    for one, why in others:
        print(f"  not taken: {one.place}: {why}")
    without = [s.id for s in room.students if s.id not in taken and s.id not in earlier]
    if without:
        print(f"  nothing of: {', '.join(without)}")
    if any(one.student is None for one, _ in others):
        print("  name whose a file is by --whose 'FILE=ID'")
    _next(f"look at {listed} (days_late may be changed there), then: grade run {problems.name}")
    return 0


def run(options: argparse.Namespace) -> int:
    """Mark what was collected."""
    room, problems = _room_and_set(options)
    sandbox = _sandbox(options)
    rows, files = _collected(room, problems)
    before = stored_marks(room, problems)
    version = checks_version(problems)
    if before is not None and before.version != version and not options.regrade:
        raise ClassError(
            f"{problems.name} was marked with other checks, or the set was changed since: "
            f"`grade regrade {problems.name}` marks it again and tells who gains and who loses."
        )
    if options.dry_run and not options.regrade:
        print(f"would mark {len(files)} hand-ins of {problems.name}")
        return 0
    began = time.monotonic()
    count = 0

    def done(graded: Graded, stored: bool) -> None:
        nonlocal count
        count += 1
        told = f"{graded.points:g} points" + (", marked before" if stored else "")
        by_hand = sum(mark.points is None for mark in graded.marks)
        told += f", {by_hand} to be read" if by_hand else ""
        print(f"  {count:3} of {len(files)}  {graded.student}: {told}", flush=True)

    graded = grade_all(
        problems, files, room.folder / "results" / problems.name,
        seed=room.seed, sandbox=sandbox, jobs=options.jobs, done=done,
    )  # fmt: skip
    late = {row["id"]: _days(room, problems, row) for row in rows}
    marked = Marked(version, graded, late)
    if options.regrade:
        _who_gained(before, marked)
        if options.dry_run:
            print("nothing was entered")
            return 0
    changed = _changed(before, marked)
    factors = {student: room.late.factor(days) for student, days in late.items()}
    gradebook.enter(room, problems, list(graded.values()), factors, changed)
    store_marks(room, problems, marked)
    for student, one in graded.items():
        submission = read_submission(files[student], problems)
        notebook = gradebook.with_verdicts(problems, submission, one)
        path = room.folder / "autograded" / student / problems.name / f"{problems.name}.ipynb"
        write_whole(path, nbformat.writes(notebook) + "\n")
    for student, cells in changed.items():
        print(f"  {student}: {len(cells)} answers in words are new: to be marked again")
    print(f"{problems.name}: {len(graded)} hand-ins marked in {time.monotonic() - began:.0f} s")
    reached = standings(room, problems)
    unmarked = sum(one.unmarked for one in reached)
    if unmarked:
        _next(f"{unmarked} answers in words are to be marked: grade written {problems.name}")
    else:
        _next(f"grade report {problems.name}, then grade return {problems.name}")
    return 0


def regrade(options: argparse.Namespace) -> int:
    """Mark again after the checks or the set were changed; tell who gains and who loses."""
    options.regrade = True
    return run(options)


def write(options: argparse.Namespace) -> int:
    """Write a sheet with the answers in words, or read it back."""
    room, problems = _room_and_set(options)
    reached = standings(room, problems)
    if options.read is None:
        path = room.folder / "marks" / f"{problems.name}-written.csv"
        if options.dry_run:
            print(f"would write {path}")
            return 0
        count = written.write_sheet(room, problems, reached, path)
        print(f"{count} answers without names are in {path}")
        _next(f"fill in points and comments, then: grade written {problems.name} --read {path}")
        return 0
    sheet = written.read_sheet(room, problems, reached, options.read)
    if not options.dry_run:
        written.enter_sheet(room, problems, reached, sheet)
    count = sum(one.points is not None for one in sheet.given.values())
    print(
        f"{count} answers {'would be' if options.dry_run else 'are'} marked, {sheet.empty} are not"
    )
    _next(f"grade report {problems.name}, then grade return {problems.name}")
    return 0


def give_back(options: argparse.Namespace) -> int:
    """Make each student's feedback page, and an archive of all."""
    room, problems = _room_and_set(options)
    reached = standings(room, problems)
    archive = room.folder / "hand-back" / f"{problems.name}.zip"
    if options.dry_run:
        print(f"would make {len(reached)} pages and {archive}")
        return 0
    pages = {}
    listed = {row["id"]: row["taken"] for row in _read_list(room, problems)}
    for one in reached:
        page = feedback_page(problems, one)
        name = f"{problems.name}.html"
        write_whole(room.folder / "feedback" / one.student.id / problems.name / name, page)
        pages[_returned_name(listed.get(one.student.id, ""), one.student.id, problems)] = page
    _archive(archive, pages)
    print(f"{problems.name}: {len(reached)} pages, one a student, in {room.folder / 'feedback'}")
    print(f"  all of them, with the names that your platform gave: {archive}")
    unmarked = sum(one.unmarked for one in reached)
    if unmarked:
        print(f"  {unmarked} answers in words are not marked yet; the pages say so")
    _next(f"grade export {problems.name} --table THE_PLATFORM'S.csv")
    return 0


def export(options: argparse.Namespace) -> int:
    """Write the marks into a platform's own table, and into a plain one."""
    room, problems = _room_and_set(options)
    reached = standings(room, problems)
    unmarked = sum(one.unmarked for one in reached)
    if unmarked and not options.partial:
        raise ClassError(
            f"{unmarked} answers in words are not marked yet; their points would be missing. "
            f"Mark them (grade written {problems.name}) or say --partial."
        )
    plain = room.folder / "marks" / f"{problems.name}.csv"
    columns = ("id", "name", "email", "points", "out_of", "days_late")
    rows = [
        {
            "id": one.student.id, "name": one.student.name, "email": one.student.email,
            "points": one.points, "out_of": one.out_of, "days_late": one.days_late,
        }
        for one in reached
    ]  # fmt: skip
    filled = None if options.table is None else fill(problems, reached, options.table)
    if options.dry_run:
        print(
            f"would write {plain}" + ("" if filled is None else f" and {filled.platform}'s table")
        )
    else:
        write_table(plain, columns, rows)
        print(f"{problems.name}: the marks of {len(rows)} students are in {plain}")
    if filled is not None:
        path = room.folder / "marks" / f"{problems.name}-{filled.platform.lower()}.csv"
        if not options.dry_run:
            write_whole(path, filled.text)
        print(f"  for {filled.platform}: {len(filled.entered)} marks in {path}")
        for said in filled.said:
            print(f"  {said}")
        if filled.not_found:
            print(f"  not in the table: {', '.join(filled.not_found)}")
        if filled.empty:
            print(f"  no mark for: {', '.join(filled.empty)}")
    _next("import the table on your platform, and upload the archive of pages")
    return 0


def show_report(options: argparse.Namespace) -> int:
    """Print the class at a glance, and write its tables."""
    room, problems = _room_and_set(options)
    reached = standings(room, problems)
    print(report(problems, reached, len(room.students)), end="")
    if options.dry_run:
        return 0
    stamp = room.folder / "release" / problems.name / RELEASED
    released = datetime.fromisoformat(stamp.read_text().strip()) if stamp.exists() else None
    times = {
        row["id"]: datetime.fromisoformat(row["handed_in"])
        for row in _read_list(room, problems)
        if row["handed_in"]
    }
    folder = room.folder / "reports" / problems.name
    minutes = minutes_between(released, times)
    made = write_report(folder, problems, reached, len(room.students), minutes)
    print(f"\nwritten: {', '.join(path.name for path in made)} in {folder}")
    _next(
        "a comment for a whole group: grade comment GROUP 'TEXT'; then "
        f"grade return {problems.name}"
    )
    return 0


def comment(options: argparse.Namespace) -> int:
    """Give one comment to all answers of a group."""
    room = read_class(options.folder)
    known: dict[str, list[str]] = {}
    for path in sorted((room.folder / "results").glob("*/marks.json")):
        marked = stored_marks(room, room.problem_set(path.parent.name))
        for one in marked.graded.values() if marked else ():
            for mark in one.marks:
                known.setdefault(group_of(mark), []).append(one.student)
    if options.group not in known or not options.group:
        raise ClassError(f"There is no group {options.group!r}: grade report lists them.")
    path = room.folder / COMMENTS
    rows = [
        row
        for _, row in (read_table(path.read_text(encoding="utf-8-sig"))[1] if path.exists() else ())
        if row["group"] != options.group
    ]
    rows.append({"group": options.group, "comment": options.text})
    if not options.dry_run:
        write_table(path, ("group", "comment"), rows)
    students = list(dict.fromkeys(known[options.group]))
    print(f"{'would reach' if options.dry_run else 'reaches'} {', '.join(students)}")
    _next("grade return makes the pages again")
    return 0


def forget(options: argparse.Namespace) -> int:
    """Delete all that is stored of a student."""
    room = read_class(options.folder)
    student = room.student(options.student)
    folder = room.folder
    for kind in ("submitted", "autograded", "feedback"):
        path = folder / kind / student.id
        if path.exists():
            print(f"{'would delete' if options.dry_run else 'deleted'}: {path}")
            if not options.dry_run:
                shutil.rmtree(path)
    for path in _files_with(folder, student.id):
        print(f"{'would delete' if options.dry_run else 'deleted'}: {path}")
        if not options.dry_run:
            path.unlink()
    for path, text in _without(room, student.id):
        print(f"{'would take out of' if options.dry_run else 'taken out of'}: {path}")
        if not options.dry_run:
            write_whole(path, text)
    if not options.dry_run:
        if gradebook.forget(room, student.id):
            print(f"taken out of: {folder / gradebook.DATABASE}")
        left = _still_named(folder, student.id)
        for path in left:
            print(f"has the word {student.id!r} in it, look whether it is the student: {path}")
        _next("what is on your platform, in backups and in what you sent out is yours to delete")
    return 0


# --- what the steps share -----------------------------------------------------------------------


def _next(what: str) -> None:
    print(f"next: {what}")


def _outside_of_the_course(folder: Path) -> None:
    course = Path(__file__).resolve().parents[2]
    if (course / "_toc.yml").exists() and folder.resolve().is_relative_to(course):
        raise ClassError(
            f"{folder} is in the course's own folder, which is public. Choose a folder beside it."
        )


def _room_and_set(options: argparse.Namespace) -> tuple[Classroom, ProblemSet]:
    room = read_class(options.folder)
    return room, room.problem_set(options.set)


def _sandbox(options: argparse.Namespace) -> bool:
    """Return whether submissions run in a sandbox; ClassError if they cannot and must."""
    if options.without_sandbox:
        print(
            "WITHOUT A SANDBOX: the code of the hand-ins can read and delete your files, read "
            "solutions and marks, and use the network. Only its time, its memory and the size of "
            "the files that it writes are limited.",
            flush=True,
        )
        return False
    why = why_no_sandbox()
    if why:
        raise ClassError(
            f"There is no sandbox: {why}. Students' code is not run without one, unless you say "
            "--without-sandbox and accept that it can do all that you can do."
        )
    return True


def _with_id(notebook: Any, student: str) -> Any:
    """Return a copy of a notebook in which the student's id is filled in."""
    own = nbformat.from_dict(notebook)
    for cell in own.cells:
        if cell.cell_type == "code" and cell.source.startswith('STUDENT = ""'):
            cell.source = cell.source.replace('STUDENT = ""', f"STUDENT = {student!r}", 1)
    return own


def _archive(path: Path, content: Mapping[str, str]) -> None:
    """Write an archive: as a whole, or not at all; equal content makes equal bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, text)
    part.replace(path)


def _pair(text: str) -> tuple[str, str]:
    place, equals, student = text.rpartition("=")
    if not equals or not place or not student:
        raise ClassError(f"--whose must be FILE=ID, got {text!r}.")
    return place, student


def _lateness(room: Classroom, problems: ProblemSet, one: Found) -> tuple[int, str]:
    """Return how many days late a file is, and how that is known."""
    assert one.student is not None
    deadline = room.deadlines.get(problems.name)
    if deadline is None:
        return 0, "no deadline"
    by_time = room.days_late(problems.name, one.student, one.handed_in) if one.handed_in else 0
    if by_time:
        return by_time, "by the file's time"
    if one.late and not one.student.extra_days:
        return 1, "the platform says LATE, the file's time does not: at least one day"
    return 0, "in time"


def _days_in_words(row: Mapping[str, object]) -> str:
    return f"{row['days_late']} day{'' if row['days_late'] == 1 else 's'}"


def _put(room: Classroom, problems: ProblemSet, student: str, one: Found) -> None:
    """Put a file where nbgrader has the hand-ins."""
    assert one.content is not None
    folder = room.folder / "submitted" / student / problems.name
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / ".part"
    part.write_bytes(one.content)
    part.replace(folder / f"{problems.name}.ipynb")
    if one.handed_in is not None:
        utc = one.handed_in.astimezone(tz=datetime.now().astimezone().tzinfo)
        write_whole(folder / "timestamp.txt", f"{utc.strftime(STAMP)} {utc.strftime('%z')}\n")


def _list_of(room: Classroom, problems: ProblemSet) -> Path:
    return room.folder / "submitted" / f"{problems.name}.csv"


def _read_list(room: Classroom, problems: ProblemSet) -> list[dict[str, str]]:
    path = _list_of(room, problems)
    if not path.exists():
        return []
    columns, rows = read_table(path.read_text(encoding="utf-8-sig"))
    if not {"id", "days_late"} <= set(columns):
        raise ClassError(f"{path}: the columns id and days_late are needed.")
    return [{name: row.get(name, "") for name in LIST_COLUMNS} for _, row in rows]


def _days(room: Classroom, problems: ProblemSet, row: Mapping[str, str]) -> int:
    text = row["days_late"].strip() or "0"
    if not text.isdecimal():
        raise ClassError(
            f"{_list_of(room, problems)}: days_late of {row['id']} must be a whole number of at "
            f"least 0, got {text!r}."
        )
    return int(text)


def _collected(
    room: Classroom, problems: ProblemSet
) -> tuple[list[dict[str, str]], dict[str, Path]]:
    """Return the list of the hand-ins, and their files."""
    rows = _read_list(room, problems)
    files = {}
    for row in rows:
        student = room.student(row["id"])
        path = room.folder / "submitted" / student.id / problems.name / f"{problems.name}.ipynb"
        if path.exists():
            files[student.id] = path
    if not files:
        raise ClassError(f"Nothing of {problems.name} was collected yet: grade collect.")
    return [row for row in rows if row["id"] in files], files


def _changed(before: Marked | None, now: Marked) -> dict[str, list[str]]:
    """Return the answers in words that are others than before, by student."""
    found: dict[str, list[str]] = {}
    for student, graded in now.graded.items():
        old = before.graded.get(student) if before else None
        if old is None:
            continue
        texts = {mark.grade_id: mark.verdict.text for mark in old.marks if mark.points is None}
        cells = [
            mark.grade_id
            for mark in graded.marks
            if mark.points is None
            and texts.get(mark.grade_id, mark.verdict.text) != mark.verdict.text
        ]
        if cells:
            found[student] = cells
    return found


def _who_gained(before: Marked | None, now: Marked) -> None:
    """Print whose points are others than before, and where."""
    same = 0
    for student, graded in now.graded.items():
        old = before.graded.get(student) if before else None
        if old is None:
            continue
        points: dict[str, Mark] = {mark.grade_id: mark for mark in old.marks}
        moved = [
            f"{mark.exercise} {points[mark.grade_id].points or 0:g} → {mark.points or 0:g}"
            for mark in graded.marks
            if mark.grade_id in points and (points[mark.grade_id].points or 0) != (mark.points or 0)
        ]
        change = graded.points - old.points
        if moved:
            word = "gains" if change > 0 else "loses" if change < 0 else "keeps all, moved"
            print(f"  {student} {word} {abs(change):g}: {', '.join(moved)}")
        else:
            same += 1
    print(f"  {same} keep what they had")


def _returned_name(taken: str, student: str, problems: ProblemSet) -> str:
    """Return where a page lies in the archive: where the platform had the hand-in."""
    path = Path(taken)
    if taken and path.parent != Path() and ".." not in path.parts:
        return f"{path.parent.as_posix()}/{path.stem}.html"
    return f"{path.stem or f'{student}-{problems.name}'}.html"


def _files_with(folder: Path, student: str) -> Iterable[Path]:
    """Yield results that are of one student alone, and archives that have something of all."""
    import json

    for path in sorted((folder / "results").glob("*/*.json")):
        if path.name.startswith("marks"):
            continue
        try:
            if json.loads(path.read_text(encoding="utf-8")).get("student") == student:
                yield path
        except ValueError:
            yield path
    yield from sorted((folder / "hand-back").glob("*.zip"))
    yield from sorted((folder / "hand-out").glob(f"*-for-each/{student}.zip"))
    yield from sorted((folder / "marks").glob("*.csv"))
    yield from sorted(p for p in (folder / "reports").glob("*/*") if p.suffix != ".ipynb")


def _without(room: Classroom, student: str) -> Iterable[tuple[Path, str]]:
    """Yield files in which a student is one of many, with what is left of them."""
    import json

    for path in sorted((room.folder / "results").glob("*/marks*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        kept = [one for one in content["graded"] if one["student"] != student]
        if len(kept) < len(content["graded"]) or student in content["late"]:
            content["graded"] = kept
            content["late"].pop(student, None)
            yield path, json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    tables = [room.folder / STUDENTS, *sorted((room.folder / "submitted").glob("*.csv"))]
    for path in tables:
        text = path.read_text(encoding="utf-8-sig")
        columns, rows = read_table(text)
        kept_rows = [row for _, row in rows if row["id"].strip().casefold() != student.casefold()]
        if len(kept_rows) < len(rows):
            import csv
            import io

            out = io.StringIO()
            writer = csv.DictWriter(out, columns, lineterminator="\n", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(kept_rows)
            yield path, out.getvalue()


def _still_named(folder: Path, student: str) -> list[Path]:
    """Return the files whose name or content has a student's id as a word."""
    import re

    word = re.compile(rf"(?<![A-Za-z0-9]){re.escape(student)}(?![A-Za-z0-9])", re.IGNORECASE)
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and (word.search(path.name) or word.search(path.read_bytes().decode("utf-8", "ignore")))
    ]


# --- the command line ---------------------------------------------------------------------------

STEPS: dict[str, tuple[Callable[[argparse.Namespace], int], str]] = {
    "new": (new, "make a class's folder"),
    "release": (release, "make a set's notebook for students, and an archive of it"),
    "collect": (collect, "take what the class has handed in, as a platform exports it"),
    "run": (run, "mark what was collected, in a sandbox"),
    "written": (write, "mark answers in words: a sheet without names, and back"),
    "report": (show_report, "the class at a glance"),
    "comment": (comment, "one comment for all answers that are alike"),
    "return": (give_back, "make the students' feedback pages"),
    "export": (export, "write the marks into the platform's own table"),
    "regrade": (regrade, "mark again after a check was changed: who gains, who loses"),
    "forget": (forget, "delete all that is stored of a student"),
}


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    whole = argparse.ArgumentParser(
        prog="python -m course_lib grade",
        description="A class: release, collect, grade, return. The steps, in their order:",
    )
    steps = whole.add_subparsers(dest="step", required=True, metavar="STEP")
    for name, (step, text) in STEPS.items():
        one = steps.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        one.set_defaults(do=step, regrade=False)
        one.add_argument("--dry-run", action="store_true", help="say what would be done")
        if name == "new":
            one.add_argument(
                "folder", type=Path, help="a folder of your own, outside of the course"
            )
            one.add_argument("--course", help="a short name; the folder's, if none is given")
            continue
        one.add_argument(
            "--class", dest="folder", type=Path, default=Path(), metavar="FOLDER",
            help="the class's folder; by default the one that you are in",
        )  # fmt: skip
        if name == "comment":
            one.add_argument("group", help="as `report` lists it, such as 3fa2b1")
            one.add_argument("text", help="the comment")
        elif name == "forget":
            one.add_argument("student", help="the id")
        else:
            one.add_argument("set", help="a problem set, such as 03-momentum, or its number")
        if name == "release":
            one.add_argument(
                "--variants", action="store_true",
                help="an archive for each student as well, with the id filled in",
            )  # fmt: skip
        if name == "collect":
            one.add_argument("export", type=Path, help="a folder or an archive of hand-ins")
            one.add_argument(
                "--whose", action="append", default=[], metavar="FILE=ID",
                help="say whose a file is that no name tells",
            )  # fmt: skip
        if name in ("run", "regrade"):
            one.add_argument(
                "--jobs", type=_at_least_one, help="how many at once; by default, cores"
            )
            one.add_argument(
                "--without-sandbox", action="store_true",
                help="run students' code as your own; it can do all that you can do",
            )  # fmt: skip
        if name == "written":
            one.add_argument("--read", type=Path, metavar="FILE", help="a sheet that is filled in")
        if name == "export":
            one.add_argument(
                "--table", type=Path, metavar="FILE", help="Canvas's or Moodle's own CSV"
            )
            one.add_argument(
                "--partial", action="store_true", help="though answers in words are not marked yet"
            )
    return whole


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {number}")
    return number


def main(args: Sequence[str] | None = None) -> int:
    """Do a step; return 0 if it was done, 1 if something is left, 2 if it could not be done."""
    options = parser().parse_args(args)
    try:
        done: int = options.do(options)
    except (ClassError, SetError, SandboxError) as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; run it again: what was finished is not done twice", file=sys.stderr)
        return 130
    return done
