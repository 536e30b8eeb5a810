"""Whatever is handed in becomes cells and sentences."""

import json
from pathlib import Path

import nbformat
import pytest

from course_lib.grading.sets import read_set, student_version
from course_lib.grading.submission import LONGEST, UNMARKED, read_submission
from tools.freshness import ROOT

MOMENTUM = read_set(ROOT / "exercises" / "03-momentum.md")
DROPOUT = read_set(ROOT / "exercises" / "07-dropout.md")
STEP, DESCEND = "03-momentum-1", "03-momentum-3"
VALLEY, INTERVAL = "03-momentum-7", "03-momentum-8"


def cell_of(notebook, grade_id):
    """Return the cell of a notebook with a mark."""
    (found,) = (
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )
    return found


@pytest.fixture
def notebook():
    """Return a student's notebook of set 3, as it is given out."""
    return student_version(MOMENTUM)


@pytest.fixture
def read(tmp_path):
    """Return what writes a notebook, or bytes, and reads it as a submission of set 3."""

    def reader(content):
        path = tmp_path / "mine.ipynb"
        text = nbformat.writes(content) if hasattr(content, "cells") else content
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return read_submission(path, MOMENTUM)

    return reader


def test_a_notebook_as_it_is_given_out(notebook, read):
    """Nothing is wrong with it, its checks are not run, and nothing is written yet."""
    found = read(notebook)
    assert found.problems == ()
    assert found.written == {}
    assert found.student == ""
    assert not any(code.grade_id == "03-momentum-2" for code in found.code)
    (step,) = (code for code in found.code if code.grade_id == STEP)
    assert step.defines == {"momentum_step"}


def test_what_a_student_wrote(notebook, read):
    """The words, the id, cells of their own."""
    cell_of(notebook, VALLEY).source = "β = 0.9 is the lowest."
    next(c for c in notebook.cells if c.source.startswith("STUDENT")).source = "STUDENT = ' ada '"
    notebook.cells.append(nbformat.v4.new_code_cell("extra = 1"))
    found = read(notebook)
    assert found.problems == ()
    assert found.written == {VALLEY: "β = 0.9 is the lowest."}
    assert found.student == "ada"
    assert found.code[-1].defines == {"extra"}
    assert found.code[-1].grade_id == ""


def test_a_deleted_cell(notebook, read):
    """It is told, of code and of words."""
    for grade_id in (DESCEND, VALLEY):
        notebook.cells.remove(cell_of(notebook, grade_id))
    assert read(notebook).problems == (
        "The cell of descend is missing.", f"The cell {VALLEY} is missing."
    )  # fmt: skip


def test_a_duplicated_cell(notebook, read):
    """Both are run; of words, both texts are kept."""
    step, valley = cell_of(notebook, STEP), cell_of(notebook, VALLEY)
    valley.source = "one"
    twice = [nbformat.from_dict({**dict(c), "id": f"x{i}"}) for i, c in enumerate((step, valley))]
    twice[1].source = "two"
    notebook.cells += twice
    found = read(notebook)
    assert len(found.problems) == 2
    assert "The cell of momentum_step is there 2 times, as cells" in found.problems[0]
    assert found.written[VALLEY] == "one\n\ntwo"
    assert [code.grade_id for code in found.code].count(STEP) == 2


def test_a_split_cell(notebook, read):
    """The function is found in the part that has lost the mark."""
    cell = cell_of(notebook, STEP)
    place = notebook.cells.index(cell)
    notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(cell.source))
    cell.source = "helper = 1"
    (said,) = read(notebook).problems
    assert (
        said == f"momentum_step does not stand in its own cell; it was found in cell {place + 2}."
    )


def test_a_renamed_cell(notebook, read):
    """A cell that has lost its mark is known by what it defines; words, by the cell's id."""
    cell_of(notebook, STEP).metadata.nbgrader.grade_id = "other"
    words = cell_of(notebook, INTERVAL)
    words.source = "undecided"
    del words.metadata["nbgrader"]
    found = read(notebook)
    assert found.written == {INTERVAL: "undecided"}
    assert len(found.problems) == 1
    assert found.problems[0].startswith("momentum_step does not stand in its own cell")


def test_a_renamed_function(notebook, read):
    """It is told which name stands there."""
    cell = cell_of(notebook, STEP)
    cell.source = cell.source.replace("momentum_step", "my_step")
    assert read(notebook).problems == (
        "The cell of momentum_step does not define momentum_step; it defines my_step.",
    )


def test_a_changed_check_is_told_and_not_run(notebook, read):
    """What counts comes from the course."""
    cell_of(notebook, "03-momentum-2").source = "cheat = 1"
    found = read(notebook)
    assert found.problems == ("A check was changed. What counts are the course's own checks.",)
    assert not any("cheat" in code.defines for code in found.code)


def test_a_notebook_of_another_set(read):
    """It is told which; what it defines is tried all the same."""
    found = read(student_version(DROPOUT))
    (said,) = found.problems
    assert said.startswith("None of the cells is of 03-momentum: this seems to be another notebook")
    assert "07-dropout" in said
    assert any("dropout_mask" in code.defines for code in found.code)
    assert found.written == {}


def test_a_notebook_without_marks(notebook, read):
    """Some tools take all metadata away: names and ids tell what is what."""
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
    cell_of_words = next(c for c in notebook.cells if "Write your answer here" in c.source)
    cell_of_words.source = "mine"
    found = read(notebook)
    assert found.written == {VALLEY: "mine"}
    assert found.problems == (UNMARKED,)
    assert any("momentum_step" in code.defines for code in found.code)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty."),
        (b"PK\x03\x04 a zip", "looks like a zip archive"),
        (b"<!DOCTYPE html><html></html>", "looks like a web page"),
        (b"%PDF-1.7 \xff\xff", "looks like a PDF file"),
        (b"import numpy as np\n", "looks like a Python file"),
        (b'{"cells": [', "The file is no notebook."),
        (b'<<<<<<< HEAD\n{}\n=======\n>>>>>>> mine', "merge conflict"),
        (b"[" * 200_000, "The file is no notebook."),
        (b"[1, 2]", "it has no list of cells"),
        (b'{"worksheets": []}', "it has no list of cells"),
        (b'{"cells": {"a": 1}}', "it has no list of cells"),
        (b'{"cells": [1, null, {"source": 7}, {"source": ["a", 2]}]}', "4 of 4 cells cannot"),
        (b"\x00" * 1000, "The file is no notebook."),
        (b'{"cells": []}', "None of the cells is of 03-momentum"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_notebook(read, content, said):
    """A sentence, no cells, and no exception."""
    found = read(content)
    assert said in " ".join(found.problems)
    assert found.code == ()
    assert found.written == {}


@pytest.mark.parametrize(
    "cell",
    [
        {"cell_type": 7, "source": "x = 1"},
        {"cell_type": "code", "source": "x = 1", "metadata": [1]},
        {"cell_type": "code", "source": "x = 1", "metadata": {"nbgrader": "no"}},
        {"cell_type": "code", "source": "x = 1", "metadata": {"nbgrader": {"grade_id": ["a"]}}},
        {"cell_type": "code", "source": "x = \ud800", "id": None},
        {"cell_type": "code", "source": "x = " + "(" * 5000},
        {"cell_type": "code", "source": "x = '\\d'\0"},
        {"cell_type": "code", "source": "-" * 50_000 + "1"},
        {"cell_type": "raw", "source": "x"},
    ],
)
def test_a_cell_of_a_strange_form(notebook, read, cell):
    """The others are read as before."""
    content = json.loads(nbformat.writes(notebook))
    content["cells"].append(cell)
    found = read(json.dumps(content))
    assert sum("momentum_step" in code.defines for code in found.code) == 1


def test_encodings(notebook, read):
    """UTF-8 with a mark is fine; UTF-16 and broken bytes are told, and read as far as possible."""
    cell_of(notebook, VALLEY).source = "für β"
    text = nbformat.writes(notebook)
    assert read(text.encode("utf-8-sig")).problems == ()
    wide = read(text.encode("utf-16"))
    assert wide.written[VALLEY] == "für β"
    assert "UTF-16" in wide.problems[0]
    broken = read(text.encode("utf-8").replace("für".encode(), b"f\xfcr"))
    assert broken.written[VALLEY] == "f\N{REPLACEMENT CHARACTER}r β"
    assert "no UTF-8" in broken.problems[0]


def test_a_notebook_of_200_mb(tmp_path):
    """It is not read."""
    path = tmp_path / "large.ipynb"
    with path.open("wb") as file:
        file.truncate(200 * 2**20)
    found = read_submission(path, MOMENTUM)
    assert found.code == ()
    assert "The file has 200 MB, more than the 20 that a notebook may have" in found.problems[0]
    assert len(found.digest) == 64


def test_a_cell_of_a_megabyte_is_left_out(notebook, read):
    """And told."""
    notebook.cells.append(nbformat.v4.new_code_cell("x = 1\n" * LONGEST))
    found = read(notebook)
    assert f"has more than {LONGEST} characters; it was left out." in found.problems[0]
    assert not any("x" in code.defines for code in found.code)


def test_a_notebooks_own_commands(notebook, read):
    """Magics, shell lines and questions for help become nothing; lines keep their numbers."""
    notebook.cells += [
        nbformat.v4.new_code_cell(
            "%matplotlib inline\n!ls\nplt.plot?\nif x:\n    %time f()\ny = 1"
        ),
        nbformat.v4.new_code_cell("%%time\nz = 5 % 3"),
        nbformat.v4.new_code_cell("%%bash\nrm -r *"),
        nbformat.v4.new_code_cell("text = '''\n%d\n'''"),
    ]
    sources = [code.source for code in read(notebook).code[-4:]]
    assert sources[0] == "pass\npass\npass\nif x:\n    pass\ny = 1"
    assert sources[1] == "\nz = 5 % 3"
    assert sources[2] == ""
    assert "%d" in sources[3]


def test_the_file_must_be_there(tmp_path):
    """That is no student's mistake."""
    with pytest.raises(FileNotFoundError):
        read_submission(Path(tmp_path, "none.ipynb"), MOMENTUM)
