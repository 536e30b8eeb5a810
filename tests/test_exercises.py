"""The checks teach: each mistake gets its own name; what is right passes, however it is written."""

import json
import sys
import warnings
from functools import partial

import numpy as np
import pytest

from course_lib.exercises import Rival, answered, ask, check, exercises, judge
from course_lib.exercises.__main__ import main
from course_lib.exercises.checking import cases_of
from course_lib.exercises.questions import QUESTIONS
from course_lib.momentum import averaged_momentum, heavy_ball
from tests.exercise_answers import ANSWERS, MISTAKES

STUDENTS = ["", "ada", "blaise", "carl"]
RIGHT = [(name, i) for name, (right, _) in ANSWERS.items() for i in range(len(right))]
WRONG = [
    (name, mistake, i)
    for name, (_, wrong) in ANSWERS.items()
    for mistake, programs in wrong.items()
    for i in range(len(programs))
]


@pytest.mark.parametrize(("name", "i"), RIGHT)
def test_a_right_answer_passes_however_it_is_written(name, i):
    """Other lines, another order, another type of the result: right is right, with any numbers."""
    for student in STUDENTS:
        verdict = judge(name, ANSWERS[name][0][i], student)
        assert verdict.right, verdict


@pytest.mark.parametrize(("name", "mistake", "i"), WRONG)
def test_a_mistake_gets_its_own_name(name, mistake, i):
    """And the feedback says something, with any numbers."""
    for student in STUDENTS:
        verdict = judge(name, ANSWERS[name][1][mistake][i], student)
        assert (verdict.kind, verdict.mistake) == ("mistake", mistake), verdict
        assert len(verdict.text) > 40
        assert "{" not in verdict.text


@pytest.mark.parametrize("name", list(exercises()))
def test_a_check_knows_its_own_programs(name):
    """The solution is right, and each wrong program has its own name, for many students."""
    exercise = exercises()[name]
    for student in [*STUDENTS, *map(str, range(12))]:
        cases = cases_of(exercise, student)
        assert exercise.judge(cases, exercise.outcomes(exercise.solution, cases)).right
        for rival in (m for m in exercise.mistakes if isinstance(m, Rival)):
            verdict = exercise.judge(cases, exercise.outcomes(rival.wrong, cases))
            assert verdict.mistake == rival.name, (student, str(verdict))


def test_the_table_has_every_exercise_and_every_name():
    """No mistake has a name that nobody's program was tried on, and no exercise is left out."""
    assert list(ANSWERS) == list(exercises())
    for name, exercise in exercises().items():
        right, wrong = ANSWERS[name]
        assert len(right) >= 2
        assert set(wrong) >= {mistake.name for mistake in exercise.mistakes if mistake.name}


def test_the_list_of_mistakes_is_covered(capsys):
    """All 41 that the course began with have a program in the table."""
    assert len(MISTAKES) == 41
    for name, mistake in MISTAKES.values():
        assert mistake in ANSWERS[name][1]
    names = sum(len(wrong) for _, wrong in ANSWERS.values())
    with capsys.disabled():
        print(
            f"\nexercises: {len(ANSWERS)}, with {len(RIGHT)} right answers; {names} mistakes by "
            f"name, {len(WRONG)} programs that make them, {len(MISTAKES)} of the list of 41"
        )


def stub(*_, **__):
    """Return what a student's file returns before anything is written."""


def dots(*_, **__):
    """Return the dots of the starter cell."""
    return ...


def not_implemented(*_, **__):
    """Raise what some write in place of the dots."""
    raise NotImplementedError


@pytest.mark.parametrize("name", list(exercises()))
@pytest.mark.parametrize("function", [stub, dots, not_implemented])
def test_an_empty_answer_gets_a_friendly_word(name, function):
    """It says that nothing is written, and what is to be written."""
    verdict = judge(name, function)
    assert verdict.kind == "unwritten"
    assert exercises()[name].task in verdict.text


@pytest.mark.parametrize("name", list(exercises()))
def test_a_crash_is_an_answer(name):
    """The student's own line is shown, and no line of the package's."""

    def answer(*_, **__):
        left, right = np.zeros((2, 3)), np.ones((4, 5))
        return left @ right

    verdict = judge(name, answer)
    assert verdict.kind == "crash"
    assert "return left @ right" in verdict.text
    assert "left has the shape (2, 3), right has the shape (4, 5)" in verdict.text
    assert "course_lib" not in str(verdict)


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("momentum.step", lambda w, **_: w, "an array of shape (3,)"),
        ("weight_decay.step", lambda w, **_: w, "an array of shape (1,)"),
        ("weight_decay.adamw", lambda w, **_: (w, w), "a tuple of 2"),
        ("batches.split", lambda X, **_: len(X), "a number"),
        ("batches.split", lambda X, **_: [X], "One epoch of yours is a tuple of 1"),
        ("dropout.mask", lambda shape, **_: np.ones(shape[::-1]), "an array of shape (40, 60)"),
        ("dropout.forward", lambda A, *_: A[0], "an array of shape (40,)"),
        ("backprop.cost", lambda **_: "0.5", "an object of type str"),
        ("backprop.cost", lambda **_: {"cost": 1.0}, "an object of type dict"),
        ("backprop.delta", lambda z, **_: z[:1], "expected is an array of shape"),
        ("evaluation.stop", lambda step, w, *_: step(w), "expected is a tuple of 2"),
    ],
)
def test_an_answer_of_another_form_is_told(name, answer, said):
    """What came back is named; the package's own lines are not shown."""
    verdict = judge(name, answer)
    assert verdict.kind == "wrong"
    assert said in verdict.text
    assert "Error" not in verdict.text


@pytest.mark.parametrize(("off", "right"), [(1e-9, True), (1e-5, False), (1e-3, False)])
def test_rounding_is_forgiven_and_nothing_else(off, right):
    """Half a dozen digits are compared; an answer that is nearly right is not right."""

    def nearly(w, v, gradient, learning_rate, beta):
        v = (1 + off) * (beta * v + (1 - beta) * gradient)
        return w - learning_rate * v, v

    assert judge("momentum.step", nearly).right is right


class AlwaysEqual(np.ndarray):
    """Compares equal to everything, and is whatever a check may ask for."""

    __hash__ = None

    def __eq__(self, other):
        return np.ones(self.shape, dtype=bool)

    def __sub__(self, other):
        return np.zeros(self.shape)

    def __array_ufunc__(self, *_, **__):
        return np.zeros(self.shape)


def test_a_forged_object_is_no_answer():
    """Only plain arrays are compared."""
    forged = np.zeros(3).view(AlwaysEqual)
    verdict = judge("momentum.step", lambda **_: (forged, forged))
    assert verdict.kind == "wrong"
    assert "an object of type AlwaysEqual" in verdict.text


def test_the_packages_own_rules_are_recognised():
    """Handed in, wrapped, or called from a function of one's own."""

    def borrowed(w, v, gradient, learning_rate, beta):
        v = averaged_momentum(v, gradient, beta)
        return w - learning_rate * v, v

    solution = exercises()["momentum.step"].solution
    for answer in (heavy_ball, partial(heavy_ball, beta=0.9), borrowed, solution):
        assert judge("momentum.step", answer).kind == "borrowed"
    assert "It is course_lib's heavy_ball." in judge("momentum.step", partial(heavy_ball)).text
    assert "course_lib.momentum.averaged_momentum" in judge("momentum.step", borrowed).text

    def handed_on(**named):
        return solution(**named)

    assert judge("momentum.step", handed_on).kind == "borrowed"


def test_an_import_is_not_borrowed(monkeypatch):
    """A module of the package that is imported in a function runs its lines, and that is all."""

    def step(w, v, gradient, learning_rate, beta):
        from course_lib import gradient_check  # noqa: F401

        v = beta * v + (1 - beta) * gradient
        return w - learning_rate * v, v

    monkeypatch.delitem(sys.modules, "course_lib.gradient_check", raising=False)
    monkeypatch.delattr("course_lib.gradient_check", raising=False)
    assert judge("momentum.step", step).right


def test_nothing_is_written_to_stderr(capsys):
    """A warning of numpy's belongs to the feedback; nbgrader takes stderr for an error."""

    def cost(z, y):
        warnings.warn("a student's own", stacklevel=1)
        p = 1 / (1 + np.exp(-z))
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    check("backprop.cost", cost)
    capsys.readouterr()
    check("backprop.cost", cost)  # and again in the next call
    printed = capsys.readouterr()
    assert not printed.err
    assert "the cost is infinite" in printed.out
    assert "numpy warned: UserWarning: a student's own" in printed.out


def test_a_students_numbers_are_their_own_and_stay():
    """The same id gives the same cases, and another id others."""
    for exercise in exercises().values():
        drawn = [repr(cases_of(exercise, student)) for student in ("", "ada", "blaise", "ada")]
        assert drawn[1] == drawn[3]
        assert len(set(drawn[:3])) > 1, exercise.name


def test_what_is_no_exercise_is_told():
    """The names that there are stand in the message."""
    with pytest.raises(
        ValueError, match=r"exercise must be one of backprop.cost, .*got 'momentum'"
    ):
        check("momentum", lambda: None)
    assert "Hand in the function itself" in judge("backprop.cost", 0.7).text


def test_the_question_is_answered_by_the_students_own_function():
    """Another function has another answer, and another student other numbers."""

    def heavy(w, v, gradient, learning_rate, beta):
        v = beta * v + gradient
        return w - learning_rate * v, v

    def averaged(w, v, gradient, learning_rate, beta):
        v = beta * v + (1 - beta) * gradient
        return w - learning_rate * v, v

    asked = ask("momentum", "ada")
    beta = float(asked.partition("beta is ")[2].partition(" and")[0])
    gradients = json.loads(asked[asked.index("[") : asked.index("]") + 1])
    v = 0.0
    for gradient in gradients:
        v = beta * v + (1 - beta) * gradient
    assert answered("momentum", averaged, round(v, 3), "ada").right
    assert not answered("momentum", heavy, round(v, 3), "ada").right
    assert answered("momentum", heavy, v / (1 - beta), "ada").right
    assert asked != ask("momentum", "blaise")
    assert answered("momentum", averaged, None, "ada").kind == "unwritten"
    with pytest.raises(ValueError, match="topic must be one of 'backprop'"):
        ask("mementum")


@pytest.mark.parametrize("topic", sorted({name.partition(".")[0] for name in ANSWERS}))
def test_each_set_has_a_question(topic):
    """It can be answered with the right function, and its text has no open braces."""
    (question,) = (q for q in QUESTIONS if q.exercise.startswith(f"{topic}."))
    function = ANSWERS[question.exercise][0][0]
    for student in STUDENTS:
        assert "{" not in ask(topic, student)
        said = answered(topic, function, 1e9, student)
        assert said.kind == "wrong"
        number = float(said.text.rpartition("gives ")[2].partition(",")[0])
        assert answered(topic, function, number, student).right


FILE = """
import numpy as np

def momentum_step(w, v, gradient, learning_rate, beta):
    v = beta * v + (1 - beta) * gradient
    return w - learning_rate * v, v

def corrected_average(values, beta):
    return [v for v in values]
"""


def test_a_file_of_ones_own(tmp_path, capsys):
    """The functions that are in it are checked, and how many are right is said."""
    file = tmp_path / "my_network.py"
    file.write_text(FILE, encoding="utf-8")
    assert main([str(file), "--lesson", "3"]) == 1
    printed = capsys.readouterr().out
    assert "momentum.step: right." in printed
    assert "momentum.corrected: not right yet." in printed
    assert printed.endswith("1 of 2 right; 1 not in the file\n")
    file.write_text(FILE.partition("def corrected")[0], encoding="utf-8")
    assert main([str(file), "--student", "ada"]) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "has none of these functions:\n  momentum_step(w, v, gradient"),
        ("import nothing_of_this_name", "line 1: import nothing_of_this_name"),
        ("def f(:\n    pass", "line 1: def f(:"),
        (None, "cannot be read: No such file"),
    ],
)
def test_a_file_that_cannot_be_checked_is_told(tmp_path, capsys, text, said):
    """One sentence, and no traceback."""
    file = tmp_path / "mine.py"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    assert main([str(file), "--lesson", "3"]) == 2
    printed = capsys.readouterr().out
    assert said in printed
    assert "Traceback" not in printed


def test_without_a_file_the_functions_are_listed(capsys):
    """So that one knows what to write."""
    assert main(["--lesson", "10"]) == 2
    assert "standardise(train, test)  evaluation.scale" in capsys.readouterr().out
