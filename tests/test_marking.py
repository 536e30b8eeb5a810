"""Marks: the verdict of a student's own check, whatever else a notebook does."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pytest

from course_lib.exercises import ask, exercises
from course_lib.exercises.checking import cases_of
from course_lib.exercises.exercise import Verdict
from course_lib.grading import marking
from course_lib.grading.marking import (
    Mark,
    checks_of,
    checks_version,
    grade,
    grade_all,
    hidden_cases,
)
from course_lib.grading.sandbox import Limits, why_no_sandbox
from course_lib.grading.sets import ProblemSet, SetError, read_set, student_version
from course_lib.grading.submission import Code, Submission, read_submission
from tests import exercise_answers
from tests.exercise_answers import ANSWERS
from tools.freshness import ROOT

needs_bwrap = pytest.mark.skipif(bool(why_no_sandbox()), reason=why_no_sandbox())
# Little computing; much patience, since other tests may run at the same time.
FAST = Limits(seconds=1.0, patience=30.0, in_all=120.0)
MOMENTUM = read_set(ROOT / "exercises" / "03-momentum.md")
RIGHT = {
    "momentum_step": """
def momentum_step(w, v, gradient, learning_rate, beta):
    v = beta * v + (1 - beta) * gradient
    return w - learning_rate * v, v
""",
    "descend": """
def descend(gradient, w, learning_rate, beta, steps):
    v, path = np.zeros_like(w), []
    for _ in range(steps):
        w, v = momentum_step(w, v, gradient(w), learning_rate, beta)
        path.append(w)
    return path
""",
    "corrected_average": """
def corrected_average(values, beta):
    average, answers = 0.0, []
    for t, value in enumerate(values, 1):
        average = beta * average + (1 - beta) * value
        answers.append(average / (1 - beta**t))
    return answers
""",
    "my_answer": "my_answer = 1.0",
    "STUDENT": "STUDENT = 'ada'",
}
WRONG_STEP = RIGHT["momentum_step"].replace("(1 - beta) * ", "")


def answer_of(student):
    """Return the right answer to the question of set 3."""
    asked = ask("momentum", student)
    beta = float(asked.partition("beta is ")[2].partition(" and")[0])
    v = 0.0
    for gradient in json.loads(asked[asked.index("[") : asked.index("]") + 1]):
        v = beta * v + (1 - beta) * gradient
    return v


def notebook_of(sources, added=(), student="ada"):
    """Return a notebook of set 3 with these functions, the other ones right, and added cells."""
    notebook = student_version(MOMENTUM)
    wanted = {**RIGHT, "my_answer": f"my_answer = {answer_of(student)}", **sources}
    for cell in list(notebook.cells):
        for name, source in wanted.items():
            if cell.source.startswith((f"def {name}(", f"{name} = ")):
                cell.source = source.strip()
                if not source:
                    notebook.cells.remove(cell)
        if cell.source.startswith("import matplotlib"):  # it takes a second
            cell.source = "import numpy as np\nfrom course_lib.exercises import *"
    notebook.cells[2:2] = [nbformat.v4.new_code_cell(source) for source in added]
    return notebook


def marks_of(folder, sources=(), added=(), limits=FAST, **options):
    """Return the marks of a notebook by what they are about, and the submission."""
    path = Path(folder, "mine.ipynb")
    nbformat.write(notebook_of(dict(sources), added), path)
    submission = read_submission(path, MOMENTUM)
    options = {"seed": 5, "limits": limits, **options}
    marks = grade(MOMENTUM, submission, "ada", **options)
    return {mark.exercise: mark for mark in marks}


def points_of(marks):
    """Return the points by what they are about."""
    return {name: mark.points for name, mark in marks.items() if mark.points}


ALL = {"momentum.step": 4, "momentum.descend": 4, "momentum.corrected": 3, "momentum.question": 2}
# descend and the question call momentum_step; the corrected average stands on its own.
REST = {"momentum.corrected": 3}


# The same verdict


@needs_bwrap
def test_the_verdict_is_that_of_the_notebook_for_every_row_of_the_table():
    """Kind, mistake and words, through the sandbox and in process, on the same cases."""
    rows = []
    for name, (right, wrong) in ANSWERS.items():
        rows += [(name, f"ANSWERS[{name!r}][0][{i}]", f) for i, f in enumerate(right)]
        for mistake, programs in wrong.items():
            rows += [
                (name, f"ANSWERS[{name!r}][1][{mistake!r}][{i}]", f) for i, f in enumerate(programs)
            ]
    assert len(rows) > 200
    table = Path(exercise_answers.__file__).read_text(encoding="utf-8")
    binds = "\n".join(f"f{i} = {expression}" for i, (_, expression, _) in enumerate(rows))
    checks = [
        nbformat.v4.new_code_cell(
            f"check({name!r}, f{i})", metadata={"tags": ["check"], "points": 1}
        )
        for i, (name, _, _) in enumerate(rows)
    ]
    problems = ProblemSet("table", nbformat.v4.new_notebook(cells=checks))
    submission = Submission(Path("table"), "", (Code(1, table), Code(2, binds)))
    marks = grade(problems, submission, "", seed=1)
    for mark, (name, expression, function) in zip(marks, rows, strict=True):
        exercise = exercises()[name]
        cases = hidden_cases(exercise, 1)
        here = exercise.judge(cases, exercise.outcomes(function, cases))
        assert mark.verdict == here, expression
        assert mark.points == here.right
    assert {mark.verdict.kind for mark in marks} == {"right", "mistake"}


STRANGE = """
import numpy as np
import warnings
from functools import partial
from course_lib.momentum import averaged_momentum, heavy_ball
def crashes(w, v, gradient, learning_rate, beta):
    wide = np.zeros((2, 7))
    return w @ wide
def returns_none(*_, **__): pass
def not_written(*_, **__): raise NotImplementedError
def returns_text(*_, **__): return "0.5"
def returns_other(*_, **__): return np.zeros((1, 1, 3))
def calls_ours(w, v, gradient, learning_rate, beta):
    v = averaged_momentum(v, gradient, beta)
    return w - learning_rate * v, v
def changes(w, v, gradient, learning_rate, beta):
    v *= beta
    v += (1 - beta) * gradient
    return w - learning_rate * v, v
def warns(w, v, gradient, learning_rate, beta):
    warnings.warn("hot")
    return np.log(-1.0 * np.ones(3)), v
def prints(w, v, gradient, learning_rate, beta):
    print("w is", w)
    v = beta * v + (1 - beta) * gradient
    return w - learning_rate * v, v
def forever(*a, **k): return forever(*a, **k)
def endless(*_, **__):
    while True:
        yield 1.0
handed_in = partial(heavy_ball, beta=0.9)
number = 0.7
"""


@needs_bwrap
def test_the_verdict_is_that_of_the_notebook_for_strange_functions():
    """Crashes with their line, the package's own code, warnings, changed arguments, no function."""
    names = [
        line.partition("def ")[2].partition("(")[0] or line.partition(" = ")[0]
        for line in STRANGE.splitlines()
        if line.startswith(("def ", "handed_in", "number"))
    ] + ["heavy_ball"]
    checks = [
        nbformat.v4.new_code_cell(
            f"check('momentum.step', {name})", metadata={"tags": ["check"], "points": 1}
        )
        for name in names
    ]
    problems = ProblemSet("strange", nbformat.v4.new_notebook(cells=checks))
    submission = Submission(Path("strange"), "", (Code(1, STRANGE),))
    space = {}
    marking_worker_cell(STRANGE, space)
    exercise, kinds = exercises()["momentum.step"], set()
    for name, mark in zip(names, grade(problems, submission, "", seed=1), strict=True):
        here = judged_here(exercise, space[name])
        assert mark.verdict == here, name
        kinds.add(here.kind)
    assert kinds == {"right", "mistake", "wrong", "crash", "unwritten", "borrowed"}


def marking_worker_cell(source, space):
    """Run a cell in this process, under the name that it has in the sandbox."""
    from course_lib.grading.worker import run_cell

    assert run_cell(source, "cell 1", space) == {"error": ""}


def judged_here(exercise, function):
    """Return the verdict that a notebook gives, on the cases of the marking."""
    from course_lib.exercises import checking

    kept = checking.cases_of
    checking.cases_of = lambda exercise, _: hidden_cases(exercise, 1)
    try:
        return checking.judge(exercise.name, function)
    finally:
        checking.cases_of = kept


# A notebook's marks


@needs_bwrap
def test_a_right_notebook_has_all_points_but_those_of_words(tmp_path):
    """Words wait for somebody; those that nobody wrote have none."""
    notebook = notebook_of({})
    words = next(c for c in notebook.cells if "Write your answer here" in c.source)
    words.source = "β = 0.9."
    nbformat.write(notebook, tmp_path / "mine.ipynb")
    submission = read_submission(tmp_path / "mine.ipynb", MOMENTUM)
    marks = grade(MOMENTUM, submission, "ada", seed=5, limits=FAST)
    assert [mark.grade_id for mark in marks] == [check.grade_id for check in checks_of(MOMENTUM)]
    by_name = {mark.exercise: mark for mark in marks}
    assert points_of(by_name) == ALL
    assert sum(mark.out_of for mark in marks) == MOMENTUM.points == 20
    first, second = by_name["03-momentum-7"], by_name["03-momentum-8"]
    assert (first.points, first.verdict.kind, first.verdict.text) == (None, "by hand", "β = 0.9.")
    assert (second.points, second.verdict.kind) == (0.0, "unwritten")
    assert "to be marked by hand" in str(first.verdict)
    assert not any(mark.note for mark in marks)


@needs_bwrap
def test_the_notebook_as_it_is_given_out_has_no_points(tmp_path):
    """Nothing is written, and nothing crashes."""
    nbformat.write(student_version(MOMENTUM), tmp_path / "mine.ipynb")
    submission = read_submission(tmp_path / "mine.ipynb", MOMENTUM)
    marks = grade(MOMENTUM, submission, "ada", seed=5)
    assert {mark.verdict.kind for mark in marks} == {"unwritten"}
    assert {mark.points for mark in marks} == {0.0}


@needs_bwrap
def test_the_numbers_of_the_marking_are_no_notebooks(tmp_path):
    """An answer that is right for the public numbers, and for the student's, is not enough."""
    exercise = exercises()["momentum.corrected"]
    known = [c for s in ("", "ada") for c in cases_of(exercise, s)]
    table = [(c["values"].tolist(), exercise.answers(exercise.solution, [c])[0]) for c in known]
    text = repr([(values, [float(a) for a in answer]) for values, answer in table])
    source = f"""
def corrected_average(values, beta):
    for known, answer in {text}:
        if len(known) == len(values) and np.allclose(known, values):
            return answer
    return [0.0]
"""
    marks = marks_of(tmp_path, {"corrected_average": source})
    assert "momentum.corrected" not in points_of(marks)
    assert repr(hidden_cases(exercise, 1)) == repr(hidden_cases(exercise, 1))
    assert repr(hidden_cases(exercise, 1)) != repr(hidden_cases(exercise, 2))


@needs_bwrap
def test_functions_that_return_the_same_have_the_same_name(tmp_path):
    """So that one comment serves many."""
    first = marks_of(tmp_path, {"momentum_step": WRONG_STEP})["momentum.step"]
    other = WRONG_STEP.replace("beta * v + gradient", "gradient + v * beta")
    second = marks_of(tmp_path, {"momentum_step": other})["momentum.step"]
    right = marks_of(tmp_path)["momentum.step"]
    assert first.verdict.mistake == "the factor 1 - beta is missing"
    assert first.returned == second.returned != right.returned
    assert len(right.returned) == 12


@needs_bwrap
def test_whose_numbers_the_question_has_is_told(tmp_path):
    """It is judged with the id that the notebook says, and a strange one is noted."""
    marks = marks_of(
        tmp_path, {"STUDENT": "STUDENT = 'carl'", "my_answer": f"my_answer = {answer_of('carl')}"}
    )
    mark = marks["momentum.question"]
    assert mark.points == 2
    assert "says that it is of carl, the class list says ada" in mark.note
    mark = marks_of(tmp_path, {"STUDENT": "STUDENT = ''"})["momentum.question"]
    assert mark.points == 0
    assert "has no id" in mark.note
    for answer in ("'1.0'", "np.nan", "[1.0]", "np.zeros(3)", "1e999", "momentum_step"):
        mark = marks_of(tmp_path, {"my_answer": f"my_answer = {answer}"})["momentum.question"]
        assert mark.verdict.kind == "wrong"
        assert "A number is asked for, got " in mark.verdict.text
    mark = marks_of(tmp_path, {"my_answer": f"my_answer = np.float32({answer_of('ada')})"})
    assert mark["momentum.question"].points == 2


# What hostile and unlucky notebooks cost


@needs_bwrap
@pytest.mark.parametrize(
    ("lines", "kind", "said"),
    [
        ("while True: pass", "crash", "within 1 seconds of computing"),
        ("import os; os._exit(0)", "crash", "ended the Python process"),
        ("import os; os.kill(os.getppid(), 9)", "crash", "ended the Python process"),
        ("raise SystemExit", "crash", "SystemExit"),
        ("raise KeyboardInterrupt", "crash", "KeyboardInterrupt"),
        ("return input('w?')", "crash", "EOFError"),
        ("return open('/tmp/a', 'wb').write(bytes(2**27))", "crash", "File too large"),
        ("return bytearray(2**40)", "crash", "MemoryError"),
        ("return Equal(3), Equal(3)", "wrong", "an object of type Equal"),
        ("return [1.0] * 6000", "wrong", "more than 5000 arrays"),
        ("return np.zeros(2 * 10**6)", "crash", "returned more than 8 MB"),
        ("return open('/kit/course_lib/exercises/momentum.py').read()", "wrong", "type str"),
        ("from course_lib.exercises.momentum import _momentum_step", "crash", "ImportError"),
    ],
)
def test_a_bad_function_costs_its_own_points(tmp_path, lines, kind, said):
    """It is named, and the question beside it that does not need it has its points."""
    source = f"""
class Equal(np.ndarray):
    def __new__(cls, n): return np.zeros(n).view(cls)
    def __eq__(self, other): return np.ones(self.shape, dtype=bool)
    def __array_ufunc__(self, *_, **__): return np.zeros(self.shape)
def momentum_step(w, v, gradient, learning_rate, beta):
    {lines}
"""
    marks = marks_of(tmp_path, {"momentum_step": source})
    assert points_of(marks) == REST
    assert (marks["momentum.step"].verdict.kind, marks["momentum.step"].points) == (kind, 0.0)
    assert said in marks["momentum.step"].verdict.text


@needs_bwrap
@pytest.mark.parametrize(
    ("source", "kind", "said"),
    [
        ("def momentum_step(w, v:\n    pass", "crash", "SyntaxError"),
        ("", "unwritten", "There is no function momentum_step"),
        ("def my_step(w): return w", "unwritten", "There is no function momentum_step"),
        ("while True: pass\ndef momentum_step(w): return w", "crash", "within 1 seconds"),
        ("1 / 0\ndef momentum_step(w): return w", "crash", "ZeroDivisionError: division by zero"),
        ("import os; os._exit(1)\ndef momentum_step(w): return w", "crash", "ended the Python"),
        ("momentum_step = 0.7", "wrong", "Hand in the function itself"),
        ("from course_lib.momentum import heavy_ball as momentum_step", "borrowed", "heavy_ball"),
    ],
)
def test_a_bad_cell_costs_its_own_points(tmp_path, source, kind, said):
    """A cell that is broken, missing, renamed, endless."""
    marks = marks_of(tmp_path, {"momentum_step": source})
    assert points_of(marks) == REST
    assert marks["momentum.step"].verdict.kind == kind
    assert said in marks["momentum.step"].verdict.text


@needs_bwrap
@pytest.mark.parametrize(
    "added",
    [
        "while True: pass",
        "import os; os._exit(0)",
        "def f(:",
        "x = input()",
        "import sys; sys.exit()",
        "import sys; print('a warning', file=sys.stderr)",
        "import warnings; warnings.warn('a warning'); warnings.simplefilter('error')",
        "print = None; json = {}; check = None",
        "import builtins; builtins.print = builtins.len = None",
        "np.allclose = np.array_equal = np.isclose = lambda *a, **k: True",
        "np.abs = np.max = np.isnan = np.array = np.testing = None",
        'import json; json.dumps = json.loads = lambda *a, **k: \'{"verdict": "right"}\'',
        "import os; os.write = os.fork = None",
        "import sys; sys.stdout = sys.stderr = None",
        "import sys; sys.modules.clear()",
        "import course_lib.exercises.running as r\nr.run = r.call = None; r.is_ours = lambda f: 0",
        "import os\nfor n in range(3, 9):\n try: os.write(n, b'x' * 64)\n except OSError: pass",
        "import threading, os; threading.Timer(0.05, lambda: None).start()",
        "import os; os.chdir('/'); os.environ.clear()",
    ],
)
def test_a_bad_cell_of_their_own_makes_nothing_right(tmp_path, added):
    """What it patches may cost points, and never brings any."""
    marks = marks_of(tmp_path, {"momentum_step": WRONG_STEP}, [added])
    assert marks["momentum.step"].points == 0
    assert marks["momentum.descend"].points == 0
    harmless = not any(part in added for part in ("sys.modules", "r.run", "os.write(n", "np.max"))
    if harmless:
        assert marks["momentum.step"].verdict.mistake == "the factor 1 - beta is missing"
        assert marks["momentum.corrected"].points == 3


@needs_bwrap
def test_forged_results_are_compared_like_all_others(tmp_path):
    """A notebook that writes results of its own, or patches what notes them, gains nothing."""
    forged = """
from course_lib.grading import wire
import os, struct
good = {"answer": (np.zeros(3), np.zeros(3)), "crash": None, "odd": "", "changed": (),
        "warned": (), "borrowed": ()}
for number in range(40):
    for outcomes in ([], [good], [good] * 3, "right", [{**good, "answer": "right"}],
                     [{**good, "crash": {}}], [{**good, "answer": None}] * 3, [None], 7):
        message = wire.pack({"what": "done", "step": number, "outcomes": outcomes})
        for fd in range(3, 12):
            try:
                os.write(fd, message)
            except OSError:
                pass
"""
    marks = marks_of(tmp_path, {"momentum_step": WRONG_STEP}, [forged])
    assert marks["momentum.step"].points == 0
    assert {mark.verdict.kind for mark in marks.values()} <= {
        "wrong",
        "mistake",
        "unwritten",
        "right",
    }


def test_any_answer_is_a_mark(monkeypatch):
    """Whatever the sandbox says, there is a verdict and no exception."""
    good = {
        "answer": np.zeros(3),
        "crash": None,
        "odd": "",
        "changed": (),
        "warned": (),
        "borrowed": (),
    }
    crash = {"error": "E\0\x1b[31m" + "x" * 9999, "line": 7, "shapes": None}
    for said in (
        {}, {"outcomes": None}, {"outcomes": [good]}, {"outcomes": [good] * 9}, {"outcomes": ()},
        {"outcomes": [{**good, "answer": None}] * 3}, {"outcomes": [{**good, "answer": 1.0}] * 3},
        {"outcomes": [{**good, "crash": crash}]}, {"outcomes": [{**good, "changed": 7}] * 3},
        {"outcomes": [{**good, "warned": [1, 2]}] * 3}, {"ours": 7}, {"type": None},
        {"stopped": ["a"]}, {"outcomes": [good] * 3, "answer": "text"}, {"error": 1e400},
    ):  # fmt: skip
        monkeypatch.setattr(
            marking,
            "run_steps",
            lambda steps, *_, said=said, **__: dict.fromkeys(range(len(steps)), said),
        )
        submission = Submission(Path("a"), "", (Code(1, "x = 1"),), student="ada")
        marks = grade(MOMENTUM, submission, "ada", seed=1)
        assert {mark.points for mark in marks} == {0.0}
        assert all(str(mark.verdict) and len(mark.verdict.text) < 9000 for mark in marks)
        assert not any("\x1b" in mark.verdict.text for mark in marks)
        json.dumps([mark.as_dict() for mark in marks])


def test_an_unreadable_file_has_marks_without_a_sandbox(tmp_path, monkeypatch):
    """No points, and the reason."""
    monkeypatch.setattr(marking, "run_steps", None)
    (tmp_path / "mine.ipynb").write_bytes(b"PK\x03\x04")
    submission = read_submission(tmp_path / "mine.ipynb", MOMENTUM)
    marks = grade(MOMENTUM, submission, "ada", seed=5)
    assert {mark.points for mark in marks} == {0.0}
    assert "looks like a zip archive" in marks[0].note


@needs_bwrap
def test_nothing_else_is_changed(tmp_path, monkeypatch):
    """Neither the home nor the temporary folder, the working folder, or the environment."""
    for name in ("home", "temporary", "here", "mine"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.chdir(tmp_path / "here")
    before = dict(os.environ)
    package = {p: p.stat().st_mtime_ns for p in (ROOT / "course_lib").rglob("*.py")}
    added = ["import pathlib; pathlib.Path.home().joinpath('x').write_text('x')"]
    assert points_of(marks_of(tmp_path / "mine", added=added)) == ALL
    assert dict(os.environ) == before
    assert {p: p.stat().st_mtime_ns for p in (ROOT / "course_lib").rglob("*.py")} == package
    assert [str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()] == [
        "mine/mine.ipynb"
    ]


def test_without_a_sandbox_on_request(tmp_path):
    """The same marks."""
    assert points_of(marks_of(tmp_path, sandbox=False)) == ALL


def test_a_check_of_another_form_is_an_error_of_the_set():
    """It names the cell and what was expected."""
    for source in ("check('momentum.none', f)", "answered('momentum', f)", "assert f(1) == 2"):
        cell = nbformat.v4.new_code_cell(source, metadata={"tags": ["check"], "points": 1})
        problems = ProblemSet("odd", nbformat.v4.new_notebook(cells=[cell]))
        with pytest.raises(SetError, match=r"odd-1: a check is check\('an exercise', its_function"):
            checks_of(problems)


@pytest.mark.parametrize("path", sorted((ROOT / "exercises").glob("*.md")), ids=lambda p: p.stem)
def test_the_checks_of_every_set_are_known(path):
    """Each check and each answer in words, with the set's points."""
    problems = read_set(path)
    checks = checks_of(problems)
    assert sum(check.points for check in checks) == problems.points
    assert [c.name for c in checks if c.kind != "written"] == problems.checked()
    assert len({check.grade_id for check in checks}) == len(checks)


# A class


@pytest.fixture
def class_of_four(tmp_path):
    """Return the files of four students, one of whose notebooks takes its time."""
    files = {}
    for student in ("ada", "blaise", "carl", "../dora"):
        path = tmp_path / f"{student[-4:]}.ipynb"
        step = WRONG_STEP if student == "blaise" else RIGHT["momentum_step"]
        slow = ["import time; time.sleep(1.5)"] if student == "carl" else []
        answer = f"my_answer = {answer_of(student)}"
        sources = {"momentum_step": step, "STUDENT": f"STUDENT = {student!r}", "my_answer": answer}
        nbformat.write(notebook_of(sources, slow), path)
        files[student] = path
    return files


@needs_bwrap
def test_a_class_is_marked_and_stored(tmp_path, class_of_four):
    """What is stored is not marked again, until the file, the seed, a limit or a check changes."""
    store, said = tmp_path / "store", []
    options = {
        "limits": FAST,
        "jobs": 2,
        "done": lambda g, before: said.append((g.student, before)),
    }
    graded = grade_all(MOMENTUM, class_of_four, store, seed=1, **options)
    assert list(graded) == list(class_of_four)
    assert [g.points for g in graded.values()] == [13, 3, 13, 13]
    assert sorted(said) == sorted((student, False) for student in class_of_four)
    assert len(list(store.iterdir())) == 4

    said.clear()
    again = grade_all(MOMENTUM, class_of_four, store, seed=1, **options)
    assert again == graded
    assert {before for _, before in said} == {True}

    one = {"ada": class_of_four["ada"]}
    for changed in ({"seed": 2}, {"seed": 1, "limits": replace(FAST, seconds=1.5)}):
        said.clear()
        grade_all(MOMENTUM, one, store, **{**options, **changed})
        assert said == [("ada", False)]
    class_of_four["ada"].write_bytes(class_of_four["blaise"].read_bytes())
    assert grade_all(MOMENTUM, one, store, seed=1, **options)["ada"].points == 3


def test_the_version_of_the_checks_tells_a_change(tmp_path):
    """Of a set's points or checks; not of its words."""
    text = (ROOT / "exercises" / "03-momentum.md").read_text(encoding="utf-8")
    versions = []
    for old, new in ((" ", " "), (":points: 3", ":points: 5"), ("About 75 minutes", "An hour")):
        path = tmp_path / "03-momentum.md"
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        versions.append(checks_version(read_set(path)))
    assert versions[0] == versions[2] != versions[1]


@needs_bwrap
def test_a_broken_result_is_marked_again(tmp_path, class_of_four):
    """Half a file, and what a run that was ended has left."""
    store, one = tmp_path / "store", {"ada": class_of_four["ada"]}
    grade_all(MOMENTUM, one, store, seed=1, limits=FAST)
    (place,) = store.iterdir()
    place.write_text(place.read_text(encoding="utf-8")[:300], encoding="utf-8")
    (store / "x.7.part").write_text("{", encoding="utf-8")
    assert grade_all(MOMENTUM, one, store, seed=1, limits=FAST)["ada"].points == 13
    assert list(store.iterdir()) == [place]


@needs_bwrap
def test_after_sigkill_it_goes_on_where_it_stopped(tmp_path, class_of_four):
    """No mark is lost and none is there twice."""
    store = tmp_path / "store"
    script = tmp_path / "run.py"
    script.write_text(
        f"""
import sys
from pathlib import Path
from course_lib.grading.marking import grade_all
from course_lib.grading.sets import read_set
files = {{s: Path(p) for s, p in {[(s, str(p)) for s, p in class_of_four.items()]}}}
grade_all(
    read_set(Path({str(ROOT / "exercises" / "03-momentum.md")!r})), files, Path({str(store)!r}),
    seed=1, jobs=1, done=lambda g, before: print(g.student, before, flush=True),
)
""",
        encoding="utf-8",
    )
    command = [sys.executable, str(script)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    lines = [first.stdout.readline() for _ in range(2)]
    time.sleep(0.5)  # the third takes its time
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert lines == ["ada False\n", "blaise False\n"]
    assert len(list(store.glob("*.json"))) == 2
    second = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert second.stdout.split("\n") == [
        "ada True", "blaise True", "carl False", "../dora False", ""
    ]  # fmt: skip
    stored = [json.loads(p.read_text(encoding="utf-8")) for p in store.iterdir()]
    assert sorted(s["student"] for s in stored) == sorted(class_of_four)


def test_a_mark_can_be_stored():
    """And read back as it was."""
    verdict = Verdict("momentum.step", "mistake", "a name", "für β", "page#section")
    mark = Mark("03-momentum-2", "momentum.step", None, 4.0, verdict, "note", "abc")
    assert Mark.from_dict(json.loads(json.dumps(mark.as_dict()))) == mark
