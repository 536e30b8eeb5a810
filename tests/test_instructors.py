"""The pages for instructors: a syllabus that adds up, and an exercise that can be added."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from course_lib.exercises import checking
from course_lib.exercises.checking import cases_of
from course_lib.grading.classroom import read_class
from course_lib.grading.marking import grade
from course_lib.grading.sandbox import why_no_sandbox
from course_lib.grading.sets import TAGS, read_set, student_version
from course_lib.grading.submission import read_submission
from tools.freshness import ROOT

PAGES = ROOT / "book" / "instructors"
LINK = re.compile(r"\]\(\.\./([\w/.-]+?)(?:\.ipynb)?\)")
TIME = re.compile(r"\*\*Time:\*\* (\d+) minutes to read|[Aa]bout (\d+) minutes")


def minutes_of(page: str) -> int:
    """Return the minutes that the book states for a page."""
    if page.startswith("exercises/"):
        index = (ROOT / "book" / "exercises" / "index.md").read_text(encoding="utf-8")
        found = re.search(rf"^\| \[\]\({Path(page).name}\) \|[^|]*\| (\d+) \|", index, re.MULTILINE)
    else:
        notebook = nbformat.read(ROOT / "book" / f"{page}.ipynb", 4)
        text = "\n".join(c.source for c in notebook.cells[:6] if c.cell_type == "markdown")
        found = TIME.search(text)
    assert found, page
    return int(found[1] or found[2])


def weeks(title: str) -> tuple[list[list[str]], str]:
    """Return the rows of a plan, and the text below it."""
    text = (PAGES / "syllabus.md").read_text(encoding="utf-8")
    plan = text.partition(f"## {title}\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in plan.splitlines() if line.startswith("|")]
    return rows[2:], plan


@pytest.mark.parametrize("title", ["Seven weeks", "Fourteen weeks"])
def test_the_weeks_of_a_syllabus_add_up(title: str) -> None:
    """Each week's minutes are those of its pages, and the sum is the sum."""
    rows, plan = weeks(title)
    assert [int(row[0]) for row in rows] == list(range(1, len(rows) + 1))
    for row in rows:
        pages = LINK.findall(" ".join(row[1:3]))
        assert int(row[3]) == sum(map(minutes_of, pages)), row
    total = sum(int(row[3]) for row in rows)
    assert f"Together {total} minutes, {total / 60:.0f} hours" in plan


def test_a_syllabus_has_every_lesson() -> None:
    """No lesson is forgotten; the long plan has every set as well."""
    for title, lacking in (("Seven weeks", 2), ("Fourteen weeks", 0)):
        rows, _ = weeks(title)
        pages = LINK.findall(" ".join(" ".join(row) for row in rows))
        lessons = [page for page in pages if re.match(r"(training|generalising|at-scale)/", page)]
        sets = [page for page in pages if page.startswith("exercises/")]
        assert len(lessons) == len(set(lessons)) == 10
        assert len(sets) == 9 - lacking


def test_the_day_of_the_workshop_adds_up() -> None:
    """What is read takes the lesson's minutes, and the exercises those of their headings."""
    rows, _ = weeks("A workshop of one day")
    for _, what, minutes in rows:
        (page,) = LINK.findall(what)[:1]
        numbers = re.findall(r"\d", what.partition("exercises ")[2])
        if page.startswith("exercises/"):
            text = (ROOT / "exercises" / f"{Path(page).name}.md").read_text(encoding="utf-8")
            known = dict(re.findall(r"^## (\d)\. .*\((\d+) minutes\)$", text, re.MULTILINE))
            assert sum(int(known[number]) for number in numbers) == int(minutes), what
        elif "verdict" not in page:
            assert int(minutes) == minutes_of(page), what


def test_the_points_of_sets_are_told() -> None:
    """The syllabus says that a set has 20 points or so, and the capstone 27."""
    points = [read_set(path).points for path in sorted((ROOT / "exercises").glob("0*.md"))]
    assert points[-1] == 27
    assert all(abs(number - 20) <= 1 for number in points[1:-1])


def example() -> dict[str, object]:
    """Return what the example of an own exercise defines."""
    text = (PAGES / "own-exercises.md").read_text(encoding="utf-8")
    (source,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, object] = {"__name__": "course_lib.exercises.momentum"}
    exec(source, names)
    return names


def test_the_example_of_an_own_exercise_works() -> None:
    """Right answers written in other ways are right, and each mistake gets its own name."""
    names = example()
    exercise = names["CLIP"]

    def another(gradient, most):
        length = np.sqrt(sum(entry * entry for entry in gradient))
        return gradient.copy() if length <= most else gradient / length * most

    def said_of(function):
        cases = cases_of(exercise)
        return exercise.judge(cases, exercise.outcomes(function, cases))

    assert said_of(another).right
    assert said_of(names["_entry_by_entry"]).mistake == "each entry is cut off"
    assert said_of(names["_always_as_long"]).mistake == "short gradients are made longer"
    assert said_of(lambda gradient, most: gradient * most).kind == "wrong"
    hidden = exercise.cases(np.random.default_rng(1))
    assert not np.array_equal(hidden[0]["gradient"], cases_of(exercise)[0]["gradient"])


OWN_SET = """---
kernelspec:
  name: python3
  display_name: Python 3
---

# My set

```{code-cell} ipython3
STUDENT = ""
```

## 1. Code: not too long (10 minutes)

```{code-cell} ipython3
:tags: [answer]
def clipped(gradient, most):
    ### BEGIN SOLUTION
    return gradient * min(1.0, most / np.linalg.norm(gradient))
    ### END SOLUTION
```

```{code-cell} ipython3
:tags: [check]
:points: 7
check("momentum.clip", clipped)
```
"""


@pytest.mark.skipif(bool(why_no_sandbox()), reason=why_no_sandbox())
def test_an_own_exercise_alone_in_an_own_set_is_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A set of one's own, in the class's folder, with other points and one own exercise."""
    monkeypatch.setitem(checking._BY_NAME, "momentum.clip", example()["CLIP"])
    (tmp_path / "sets").mkdir()
    (tmp_path / "sets" / "01-mine.md").write_text(OWN_SET, encoding="utf-8")
    (tmp_path / "students.csv").write_text("id,name\nada,Ada\n", encoding="utf-8")
    (tmp_path / "class.toml").write_text(
        'course = "c"\nseed = "s"\nsets_in = "sets"\n', encoding="utf-8"
    )
    problems = read_class(tmp_path).problem_set("1")
    for line, points, mistake in (
        ("gradient * min(1.0, most / np.linalg.norm(gradient))", 7, ""),
        ("np.clip(gradient, -most, most)", 0, "each entry is cut off"),
    ):
        notebook = student_version(problems)
        notebook.cells[
            3
        ].source = f"import numpy as np\n\ndef clipped(gradient, most):\n    return {line}\n"
        nbformat.write(notebook, tmp_path / "mine.ipynb")
        submission = read_submission(tmp_path / "mine.ipynb", problems)
        (mark,) = grade(problems, submission, "ada", seed=1)
        assert (mark.points, mark.out_of, mark.verdict.mistake) == (points, 7, mistake)


def test_the_table_of_tags_is_whole() -> None:
    """Each tag of a cell is explained."""
    text = (PAGES / "own-exercises.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == TAGS
