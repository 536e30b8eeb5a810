"""Problem sets: the pages are what their sources make, and nothing of a solution is on them."""

import re

import pytest

from course_lib.exercises import exercises, judge
from course_lib.grading.sets import (
    BEGIN,
    PLACE,
    SetError,
    instructor_version,
    mistakes_of,
    read_set,
    student_version,
)
from tools import exercises as tool
from tools.exercises import all_sets, main, stale_pages
from tools.freshness import ROOT, read_notebook

SETS = {problems.name: problems for problems in all_sets()}
PAGE = ROOT / "book" / "exercises"

HEAD = "---\nkernelspec:\n  name: python3\n  display_name: Python 3\n---\n\n# A set\n\n"
SOLVED = "def f(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION\n"


def code(text, *options):
    """Return a code cell of a source."""
    return "```{code-cell} ipython3\n" + "".join(f":{o}\n" for o in options) + text + "```\n\n"


def tagged(name, tag):
    """Return the cells of a set that carry a tag."""
    return [c for c in SETS[name].notebook.cells if tag in c.metadata.get("tags", [])]


def words_of(text):
    """Return a text's words, one blank between them."""
    return " ".join(text.split())


def secrets(name):
    """Return what students must not get: lines of solutions, good answers, what is for teachers."""
    found = []
    for cell in SETS[name].notebook.cells:
        tags = cell.metadata.get("tags", [])
        if "answer" in tags:
            inside = re.findall(rf"{BEGIN}\n(.*?)\n[ \t]*### END", cell.source, flags=re.DOTALL)
            found += [words_of(text) for text in inside]
        elif {"written", "teacher"} & set(tags):
            found += [words_of(text) for text in re.split(r"(?<=\.)\s", cell.source)]
    return [text for text in found if len(text) > 20]


def test_there_are_nine_sets():
    """One to see how it works, one for each of lessons 1 to 7, one at the end."""
    assert [name[:2] for name in SETS] == [f"0{n}" for n in range(9)]
    lessons = {
        p.stem for d in ("training", "generalising") for p in (ROOT / "book" / d).glob("*.ipynb")
    }
    assert set(SETS) - {"00-practice", "08-capstone"} == lessons


def test_the_pages_are_what_the_sources_make():
    """`python -m tools.exercises` has nothing to write."""
    assert not stale_pages()
    assert {path.stem for path in PAGE.glob("*.ipynb")} == set(SETS)


def test_every_exercise_is_in_exactly_one_graded_set():
    """And each graded set ends with a question on the student's own code."""
    asked = [name for key in list(SETS)[1:] for name in SETS[key].checked()]
    topics = list(dict.fromkeys(name.partition(".")[0] for name in exercises()))
    assert sorted(asked) == sorted([*exercises(), *topics])
    assert [SETS[key].checked()[-1] for key in list(SETS)[1:]] == topics


@pytest.mark.parametrize("name", SETS)
def test_the_solutions_of_a_set_are_right(name):
    """Each cell with a solution is run; every function in it passes its check, with any numbers."""
    space = {}
    for cell in SETS[name].notebook.cells:
        if cell.cell_type != "code":
            continue
        if "import" in cell.source.split("\n")[0] or "answer" in cell.metadata.get("tags", []):
            exec(cell.source.replace("use_course_style()", ""), space)
    for checked in SETS[name].checked():
        if checked in exercises():
            for student in ("", "ada"):
                verdict = judge(checked, space[exercises()[checked].function_name], student)
                assert verdict.right, verdict


@pytest.mark.parametrize("name", SETS)
def test_the_starters_have_the_arguments_of_the_check(name):
    """What a student finds can be called by the check, and says that nothing is written."""
    space = {}
    for cell in student_version(SETS[name]).cells:
        if "answer" in cell.metadata.get("tags", []):
            exec(cell.source, space)
    for checked in SETS[name].checked():
        if checked in exercises():
            function = space[exercises()[checked].function_name]
            assert function.__code__.co_varnames[: function.__code__.co_argcount] == (
                exercises()[checked].arguments
            )
            assert function.__doc__
            assert judge(checked, function).kind == "unwritten"


@pytest.mark.parametrize("name", SETS)
def test_no_solution_is_on_a_page(name):
    """Neither in the sources nor in the outputs of the public notebook."""
    text = words_of((PAGE / f"{name}.ipynb").read_text(encoding="utf-8").replace("\\n", " "))
    sources = words_of(" ".join(cell.source for cell in student_version(SETS[name]).cells))
    kept = secrets(name)
    assert kept or name == "00-practice"
    # The practice set tells its own solution, on purpose.
    leaked = [secret for secret in kept if secret in text or secret in sources]
    assert not leaked or name == "00-practice", leaked
    assert "Rubric" not in text
    assert PLACE.strip("*") in text or not tagged(name, "written")


def test_a_leak_would_be_found():
    """The search finds a solution in a page that was made with it."""
    made = " ".join(cell.source for cell in instructor_version(SETS["03-momentum"]).cells)
    assert all(secret in words_of(made) for secret in secrets("03-momentum"))


@pytest.mark.parametrize("name", list(SETS)[1:])
def test_points_and_minutes_are_those_on_the_pages(name):
    """The first cell and the list of sets say what the cells add up to."""
    problems = SETS[name]
    total = f"{problems.points:g}"
    assert re.search(rf"\b{total}\s+points", problems.notebook.cells[0].source)
    row = next(
        line
        for line in (PAGE / "index.md").read_text(encoding="utf-8").splitlines()
        if f"]({name})" in line
    )
    cells = [cell.strip() for cell in row.split("|")]
    assert cells[4] == total
    text = "\n".join(cell.source for cell in problems.notebook.cells)
    minutes = sum(map(int, re.findall(r"^## \d.*\((\d+) minutes\)", text, flags=re.MULTILINE)))
    assert 30 <= minutes <= 90 or name == "08-capstone"
    assert abs(minutes - int(cells[3])) <= 10, minutes


def test_the_instructors_get_the_mistakes(tmp_path, capsys):
    """Below each check stand the mistakes that it names; the folder may not be in the book."""
    assert main(["--instructor", str(tmp_path / "theirs")]) == 0
    notebook = read_notebook(tmp_path / "theirs" / "05-l2-and-l1.ipynb")
    text = "\n".join(cell.source for cell in notebook.cells)
    assert all(f"- {mistake}" in text for mistake in mistakes_of("penalties.l1"))
    assert "**Rubric" in text
    assert BEGIN in text
    assert "9 sets with solutions" in capsys.readouterr().out
    assert main(["--instructor", str(ROOT / "book" / "theirs")]) == 2
    assert "would be published" in capsys.readouterr().out


def test_a_changed_source_makes_its_page_stale(tmp_path, monkeypatch, capsys):
    """And the tool writes it again, without outputs."""
    (tmp_path / "exercises").mkdir()
    source = tmp_path / "exercises" / "00-one.md"
    source.write_text(HEAD + code(SOLVED, "tags: [answer]"), encoding="utf-8")
    (page,) = stale_pages(tmp_path)
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    monkeypatch.setattr(tool, "all_sets", lambda *_: [read_set(source)])
    monkeypatch.setattr(tool, "stale_pages", lambda: stale_pages(tmp_path))
    assert main([]) == 0
    assert "written: book/exercises/00-one.ipynb" in capsys.readouterr().out
    assert read_notebook(page).cells[-1].source == "def f(x):\n    ..."
    assert not stale_pages(tmp_path)
    source.write_text(source.read_text(encoding="utf-8") + "More.\n", encoding="utf-8")
    assert stale_pages(tmp_path) == [page]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (code("f(1)\n", "tags: [check]"), "points must be a number of at least 0, got None"),
        (code("f(1)\n", "tags: [check]", "points: -1"), "points must be a number .* got -1"),
        (code("f(1)\n", "tags: [check]", "points: true"), "points must be a number .* got True"),
        (code("def f(x):\n    ...\n", "tags: [answer]"), "an answer has lines ### BEGIN SOLUTION"),
        (code(SOLVED), "a solution stands in a cell without the tag answer"),
        (code(SOLVED, "tags: [answer, check]", "points: 1"), "exclude each other"),
        ('+++ {"tags": ["written"]}\n\nYes.\n', "points must be a number of at least 0, got None"),
    ],
)
def test_a_source_that_is_wrong_is_told(tmp_path, cells, said):
    """With the file, the cell and the reason."""
    path = tmp_path / "01-wrong.md"
    path.write_text(HEAD + cells, encoding="utf-8")
    with pytest.raises(SetError, match=rf"01-wrong\.md, cell 1 .*{said}"):
        read_set(path)


def test_nbgrader_can_read_the_notebooks():
    """Each graded cell has its metadata, with an id of its own."""
    for problems in SETS.values():
        for make in (student_version, instructor_version):
            marks = [
                c.metadata["nbgrader"] for c in make(problems).cells if "nbgrader" in c.metadata
            ]
            ids = [mark["grade_id"] for mark in marks]
            assert len(ids) == len(set(ids))
            assert sum(mark.get("points", 0) for mark in marks) == problems.points
            assert {mark["schema_version"] for mark in marks} == {3}


@pytest.mark.parametrize("name", exercises())
def test_a_verdict_names_a_section_that_is_there(name):
    """Its page, and on it a heading of those words."""
    exercise = exercises()[name]
    for read in {exercise.read, *(mistake.read for mistake in exercise.mistakes)} - {""}:
        page, _, title = read.partition(", ")
        cells = read_notebook(ROOT / "book" / f"{page}.ipynb").cells
        texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
        heading = re.escape(title.strip("“”"))
        assert title.startswith("“")
        assert any(re.search(rf"^#+ {heading}$", text, flags=re.MULTILINE) for text in texts), read
