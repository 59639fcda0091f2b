"""Filing what students handed in: every layout, every kind of damage, and nothing lost."""

import io
import json
import stat
import zipfile

import pytest

from rnn_course.grading import CourseError
from rnn_course.grading.collect import collect
from rnn_course.grading.course import Course
from rnn_course.grading.release import release


@pytest.fixture
def course(root):
    course = Course.find()
    release(course, "tiny")
    return course


@pytest.fixture
def notebook(course):
    return course.released("tiny").read_bytes()


def zipped(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def handed_in(course):
    return {
        path.parts[-3]: path.read_bytes()
        for path in course.grading.glob("submitted/*/tiny/tiny.ipynb")
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("names", "students"),
    [
        (["ada/tiny.ipynb", "bob/tiny.ipynb"], ["ada", "bob"]),
        (["ada/tiny/tiny.ipynb"], ["ada"]),
        (["submitted/ada/tiny/tiny.ipynb", "submitted/bob/tiny/tiny.ipynb"], ["ada", "bob"]),
        (["ada.ipynb", "bob.ipynb"], ["ada", "bob"]),
        (["class 7/ada.ipynb", "class 7/bob.ipynb"], ["ada", "bob"]),
        (["ada/tiny (1).ipynb"], ["ada"]),
        (["Ada Lovelace_123_assignsubmission_file_/tiny.ipynb"], ["Ada_Lovelace_123"]),
        (["Zoë O'Neil_7_assignsubmission_file_tiny.ipynb"], ["Zoë_O_Neil_7"]),
        (["lovelaceada_123_456_tiny.ipynb", "b_9_8_tiny-2.ipynb"], ["b_9", "lovelaceada_123"]),
        (["lovelaceada_LATE_123_456_tiny.ipynb"], ["lovelaceada_123"]),
        (["__MACOSX/ada/._tiny.ipynb", "ada/tiny.ipynb", "ada/.ipynb_checkpoints/tiny.ipynb"], ["ada"]),
        (["ada\\tiny.ipynb"], ["ada"]),
    ],
)
def test_each_layout_of_a_zip_is_understood(names, students, course, notebook, tmp_path):
    filed = collect(course, "tiny", zipped(tmp_path / "all.zip", dict.fromkeys(names, notebook)))
    assert filed.refused == {}
    assert sorted(filed.new) == students
    assert handed_in(course) == dict.fromkeys(students, notebook)


def test_a_folder_is_understood_like_a_zip(course, notebook, tmp_path):
    for name in ("ada/tiny.ipynb", "Bob B_5_assignsubmission_file_/tiny.ipynb"):
        (tmp_path / "all" / name).parent.mkdir(parents=True)
        (tmp_path / "all" / name).write_bytes(notebook)
    assert sorted(collect(course, "tiny", tmp_path / "all").new) == ["Bob_B_5", "ada"]


def test_a_second_run_changes_nothing_and_a_new_version_keeps_the_old_one(course, notebook, tmp_path):
    source = zipped(tmp_path / "all.zip", {"ada/tiny.ipynb": notebook})
    collect(course, "tiny", source)
    assert collect(course, "tiny", source).unchanged == ["ada"]
    changed = notebook.replace(b"import math", b"import math  # mine")
    filed = collect(course, "tiny", zipped(tmp_path / "new.zip", {"ada/tiny.ipynb": changed}))
    assert handed_in(course) == {"ada": changed}
    kept = filed.replaced["ada"]
    assert kept.read_bytes() == notebook
    assert not kept.is_relative_to(course.grading / "submitted")
    collect(course, "tiny", source)
    assert len(list(kept.parent.iterdir())) == 2


def test_the_last_attempt_counts_unless_one_has_the_right_name(course, notebook, tmp_path):
    older = notebook.replace(b"import math", b"import math  # older")
    files = {
        "a_1_2_tiny-9.ipynb": older,
        "a_1_3_tiny-10.ipynb": notebook,
        "bob/tiny.ipynb": notebook,
        "bob/z.ipynb": older,
    }
    assert collect(course, "tiny", zipped(tmp_path / "all.zip", files)).refused == {}
    assert handed_in(course) == {"a_1": notebook, "bob": notebook}


def test_damaged_files_are_named_and_the_others_are_filed(course, notebook, tmp_path):
    other = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    files = {
        "ada/tiny.ipynb": notebook,
        "ada/plot.pdf": b"%PDF",
        "bom/tiny.ipynb": b"\xef\xbb\xbf" + notebook,
        "cut/tiny.ipynb": notebook[:200],
        "empty/tiny.ipynb": b"",
        "latin/tiny.ipynb": '{"ä": 1}'.encode("latin-1"),
        "list/tiny.ipynb": b"[1, 2]",
        "other/tiny.ipynb": other,
        "pdf/answers.pdf": b"%PDF",
        "tiny.ipynb": notebook,
        "damaged/tiny.ipynb": json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"x": 1}]}),
    }
    filed = collect(course, "tiny", zipped(tmp_path / "all.zip", files))
    assert handed_in(course) == {"ada": notebook, "bom": notebook}
    reasons = {
        "cut/tiny.ipynb": "is not JSON",
        "empty/tiny.ipynb": "an empty file",
        "latin/tiny.ipynb": "is not JSON",
        "list/tiny.ipynb": "JSON of another kind",
        "other/tiny.ipynb": "without its test cells",
        "pdf/answers.pdf": "received a file '.pdf'",
        "tiny.ipynb": "whose is it?",
        "damaged/tiny.ipynb": "the notebook is damaged",
    }
    assert filed.refused.keys() == reasons.keys()
    for name, reason in reasons.items():
        assert reason in filed.refused[name]
        assert "\n" not in filed.refused[name]


@pytest.mark.parametrize(
    "name", ["../ada/tiny.ipynb", "/ada/tiny.ipynb", "a/../../ada/tiny.ipynb", "C:/ada/tiny.ipynb"]
)
def test_a_name_that_leads_out_of_the_archive_is_refused(name, course, notebook, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    filed = collect(course, "tiny", zipped(tmp_path / "all.zip", {name: notebook, "bob/tiny.ipynb": notebook}))
    assert filed.refused == {name: "its name leads out of the archive"}
    assert handed_in(course) == {"bob": notebook}
    made = set(tmp_path.rglob("*")) - set(before) - {tmp_path / "all.zip"}
    assert all(path.is_relative_to(course.grading / "submitted") for path in made)


def test_a_symbolic_link_is_refused_in_a_zip_and_in_a_folder(course, notebook, tmp_path):
    link = zipfile.ZipInfo("ada/tiny.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert collect(course, "tiny", tmp_path / "all.zip").refused == {
        "ada/tiny.ipynb": "expected a file, received a symbolic link"
    }
    (tmp_path / "all" / "ada").mkdir(parents=True)
    (tmp_path / "all" / "ada" / "tiny.ipynb").symlink_to(course.released("tiny"))
    (tmp_path / "all" / "bob").symlink_to(course.released("tiny").parent)
    assert set(collect(course, "tiny", tmp_path / "all").refused) == {"ada/tiny.ipynb", "bob"}
    assert handed_in(course) == {}


def test_a_corrupt_or_locked_entry_is_refused(course, notebook, tmp_path):
    path = zipped(tmp_path / "all.zip", {"ada/tiny.ipynb": notebook, "bob/tiny.ipynb": notebook})
    data = bytearray(path.read_bytes())
    at = data.index(b"import math")
    data[at : at + 6] = b"IMPORT"
    path.write_bytes(data)
    filed = collect(course, "tiny", path)
    assert "cannot be unpacked" in filed.refused["ada/tiny.ipynb"]
    assert handed_in(course) == {"bob": notebook}


def test_two_students_do_not_become_one(course, notebook, tmp_path):
    files = {"ada b/tiny.ipynb": notebook, "ada_b/tiny.ipynb": notebook.replace(b"import math", b"import math  # mine")}
    filed = collect(course, "tiny", zipped(tmp_path / "all.zip", files))
    assert list(filed.refused) == ["ada_b/tiny.ipynb"]
    assert "the same student" in filed.refused["ada_b/tiny.ipynb"]


def test_a_source_that_is_missing_empty_or_of_another_kind_is_one_clear_error(course, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.zip").write_text("no zip")
    with zipfile.ZipFile(tmp_path / "none.zip", "w"):
        pass
    for name, message in [
        ("nowhere", "found nothing of that name"),
        ("empty", "expected submissions, found no file"),
        ("none.zip", "expected submissions, found no file"),
        ("text.zip", "received another kind of file"),
    ]:
        with pytest.raises(CourseError, match=message):
            collect(course, "tiny", tmp_path / name)


def test_an_assignment_that_was_not_released_cannot_be_collected(root, tmp_path):
    with pytest.raises(
        CourseError, match=r"exercises/tiny/tiny\.ipynb does not exist\. Make it with: rnn-course release"
    ):
        collect(Course.find(), "tiny", tmp_path)


def test_a_huge_file_is_refused_unread(course, tmp_path, monkeypatch):
    monkeypatch.setattr("rnn_course.grading.notebooks.LARGEST", 1000)
    filed = collect(course, "tiny", zipped(tmp_path / "all.zip", {"ada/tiny.ipynb": io.BytesIO(b" " * 2000).read()}))
    assert "expected at most" in filed.refused["ada/tiny.ipynb"]
