"""A class from start to end, by the commands that a teacher types."""

import json
import shutil
import zipfile

import pytest

from rnn_course.grading.course import Course

from .tiny import run


@pytest.fixture
def copy(graded_root, tmp_path):
    shutil.copytree(graded_root, tmp_path / "copy")
    return tmp_path / "copy"


def test_a_class_from_start_to_end(root, tmp_path):
    assert run("rnn-course", "notebooks", cwd=root).stdout == "tiny: solutions/tiny/tiny.ipynb\n"
    made = run("rnn-course", "release", cwd=root / "solutions")
    assert (made.returncode, made.stdout, made.stderr) == (0, "tiny: exercises/tiny/tiny.ipynb\n", "")
    notebook = (root / "exercises/tiny/tiny.ipynb").read_text()
    answer = json.dumps("def square(x):\n    return x * x")
    answered = json.loads(notebook)
    for cell in answered["cells"]:
        if cell["id"] == "square":
            cell["source"] = json.loads(answer)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("Ada L_1_assignsubmission_file_/tiny.ipynb", json.dumps(answered))
        archive.writestr("Bob B_2_assignsubmission_file_/tiny.ipynb", notebook)
        archive.writestr("Cy C_3_assignsubmission_file_/tiny.ipynb", "broken")
    filed = run("rnn-course", "collect", "tiny", tmp_path / "all.zip", cwd=root)
    assert (filed.returncode, filed.stderr) == (0, "")
    assert filed.stdout.splitlines()[0] == "tiny: 3 new, 0 unchanged, 0 replaced"
    assert filed.stdout.splitlines()[1].startswith(
        "  Cy C_3_assignsubmission_file_/tiny.ipynb: filed, but it cannot be"
    )
    graded = run("rnn-course", "grade", "tiny", cwd=root)
    assert (graded.returncode, graded.stderr) == (0, "")
    assert graded.stdout.splitlines()[0] == "tiny: 3 graded, 0 were already, 0 failed"
    assert graded.stdout.splitlines()[1].startswith("  Cy_C_3 has no points: The file tiny.ipynb cannot be graded: ")
    table = run("rnn-course", "scores", "tiny", "--csv", "a.csv", "--picture", "a.png", cwd=root)
    assert table.returncode == 0, table.stderr
    assert "  Cy_C_3: The file tiny.ipynb cannot be graded: expected a notebook" in table.stdout
    assert (root / "a.csv").read_text() == "student,square,root,total\nAda_L_1,60,0,60\nBob_B_2,0,0,0\nCy_C_3,0,0,0\n"
    assert (root / "a.png").read_bytes().startswith(b"\x89PNG")
    pages = run("rnn-course", "feedback", cwd=root)
    assert (pages.returncode, pages.stderr) == (0, "")
    assert sorted(p.parts[-3] for p in root.glob("grading/feedback/*/tiny/tiny.html")) == [
        "Ada_L_1",
        "Bob_B_2",
        "Cy_C_3",
    ]


def test_a_full_disk_is_one_line(copy):
    code = (
        "import errno, sys; from pathlib import Path; from rnn_course import cli\n"
        "def full(self, data): raise OSError(errno.ENOSPC, 'No space left on device', str(self))\n"
        "Path.write_bytes = full; sys.argv = ['rnn-course', 'scores', 'tiny', '--csv', 'a.csv']; cli.main()"
    )
    ran = run("python", "-c", code, cwd=copy)
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1].startswith("error: No space left on device (")
    assert "Traceback" not in ran.stderr
    assert not (copy / "a.csv").exists()


def test_a_folder_whose_name_nbgrader_cannot_use_is_one_line(copy, tmp_path):
    shutil.copytree(copy, tmp_path / "a[1]")
    ran = run("rnn-course", "grade", "tiny", "--again", cwd=tmp_path / "a[1]")
    assert ran.returncode == 1
    assert "rename the folder so that it has no '['" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def test_the_course_is_found_from_a_folder_in_it_and_the_environment_names_the_class(copy, monkeypatch):
    monkeypatch.chdir(copy / "solutions" / "tiny" / "variants")
    monkeypatch.setenv("RNN_COURSE_GRADING", "autumn")
    assert Course.find() == Course(copy, copy / "autumn")
