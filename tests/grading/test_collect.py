"""Filing what students handed in: every layout, every kind of damage, and nothing lost."""

import io
import json
import os
import stat
import zipfile

import pytest

from rnn_course.grading import CourseError
from rnn_course.grading.collect import collect
from rnn_course.grading.course import Course
from rnn_course.grading.release import release
from rnn_course.grading.repair import prepare


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
    reasons = {
        "cut/tiny.ipynb": "is not JSON",
        "empty/tiny.ipynb": "an empty file",
        "latin/tiny.ipynb": "JSON without cells",
        "list/tiny.ipynb": "JSON of another kind",
        "other/tiny.ipynb": "without any of its parts",
        "pdf/answers.pdf": "received a file '.pdf'",
        "damaged/tiny.ipynb": "without any of its parts",
    }
    assert filed.doubtful.keys() == reasons.keys()
    for name, reason in reasons.items():
        assert reason in filed.doubtful[name]
        assert "\n" not in filed.doubtful[name]
    assert filed.refused == {"tiny.ipynb": "whose is it? expected STUDENT/tiny.ipynb or STUDENT.ipynb"}
    as_they_are = {name: data if isinstance(data, bytes) else data.encode() for name, data in files.items()}
    students = {"ada", "bom", "cut", "empty", "latin", "list", "other", "damaged"}
    assert handed_in(course) == {student: as_they_are[f"{student}/tiny.ipynb"] for student in students}
    assert (course.grading / "submitted/pdf/tiny/answers.pdf").read_bytes() == b"%PDF"


def test_what_cannot_be_read_leaves_a_folder_so_that_its_student_gets_a_row(course, notebook, tmp_path):
    locked = bytearray(zipped(tmp_path / "all.zip", {"ada/tiny.ipynb": notebook}).read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(signature) + flags] |= 1  # says that a password is needed
    (tmp_path / "all.zip").write_bytes(locked)
    assert "password" in collect(course, "tiny", tmp_path / "all.zip").refused["ada/tiny.ipynb"]
    assert course.submitters("tiny") == ["ada"]


def test_an_earlier_notebook_stays_when_what_follows_cannot_be_read(course, notebook, tmp_path):
    collect(course, "tiny", zipped(tmp_path / "all.zip", {"ada/tiny.ipynb": notebook}))
    filed = collect(course, "tiny", zipped(tmp_path / "all.zip", {"ada/tiny.ipynb": b"broken"}))
    assert "is not JSON" in filed.refused["ada/tiny.ipynb"]
    assert handed_in(course) == {"ada": notebook}


def test_what_was_prepared_counts_as_what_was_handed_in(course, notebook, tmp_path):
    data = b"\xef\xbb\xbf" + notebook
    source = zipped(tmp_path / "all.zip", {"ada/tiny.ipynb": data})
    collect(course, "tiny", source)
    prepare(course, "tiny", "ada")
    assert collect(course, "tiny", source).unchanged == ["ada"]
    filed = collect(course, "tiny", zipped(tmp_path / "new.zip", {"ada/tiny.ipynb": notebook}))
    assert filed.replaced["ada"].read_bytes() == data


def test_a_zip_bomb_is_refused_and_the_others_are_filed(course, notebook, tmp_path, monkeypatch):
    bomb = b'{"cells": [' + b" " * 50_000_000 + b"]}"
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ada/tiny.ipynb", bomb)
        archive.writestr("bob/tiny.ipynb", notebook)
        archive.writestr("cy/tiny.ipynb", b" " * 70_000_000)
    filed = collect(course, "tiny", tmp_path / "all.zip")
    assert "a zip bomb: " in filed.refused["ada/tiny.ipynb"]
    assert "at most 64 MB" in filed.refused["cy/tiny.ipynb"]
    assert handed_in(course) == {"bob": notebook}
    assert course.submitters("tiny") == ["ada", "bob", "cy"]
    monkeypatch.setattr("rnn_course.grading.entries.TOTAL", 3 * len(notebook) // 2)
    filed = collect(course, "tiny", zipped(tmp_path / "b.zip", dict.fromkeys(["a.ipynb", "b.ipynb"], notebook)))
    assert filed.new == ["a"]
    assert "a zip bomb: more than" in filed.refused["b.ipynb"]


def test_a_size_that_lies_is_counted_while_it_unpacks(course, notebook, tmp_path):
    source = tmp_path / "all.zip"
    with zipfile.ZipFile(source, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ada/tiny.ipynb", b" " * 90_000_000)
    data = source.read_bytes().replace((90_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    source.write_bytes(data)
    filed = collect(course, "tiny", source)
    assert set(filed.refused) == {"ada/tiny.ipynb"}
    assert handed_in(course) == {}


def test_too_many_files_are_refused_before_they_are_listed(course, notebook, tmp_path, monkeypatch):
    source = zipped(tmp_path / "all.zip", {f"{i}/tiny.ipynb": b"" for i in range(30)})
    monkeypatch.setattr("rnn_course.grading.entries.MOST", 20)
    with pytest.raises(CourseError, match="expected at most 20 files, received 30"):
        collect(course, "tiny", source)
    monkeypatch.setattr("rnn_course.grading.entries.DIRECTORY", 100)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(CourseError, match="received a list of 0 MB"):
        collect(course, "tiny", source)


def test_names_that_some_disks_take_for_one_are_two_students_and_refused(course, notebook, tmp_path):
    files = {"Ada/tiny.ipynb": notebook, "ada/tiny.ipynb": notebook}
    filed = collect(course, "tiny", zipped(tmp_path / "all.zip", files))
    assert filed.refused == {"ada/tiny.ipynb": "Ada/tiny.ipynb seems to be of the same student, Ada"}
    composed, split = "Zo\u00eb/tiny.ipynb", "Zoe\u0308/tiny.ipynb"
    filed = collect(course, "tiny", zipped(tmp_path / "b.zip", {composed: notebook, split: notebook}))
    assert len(filed.refused) == 1
    assert collect(course, "tiny", zipped(tmp_path / "c.zip", {"CON/tiny.ipynb": notebook})).new == ["CON_"]


def test_a_folder_with_pipes_and_links_is_read_without_them(course, notebook, tmp_path):
    for student in ("ada", "bob", "cy"):
        (tmp_path / "all" / student).mkdir(parents=True)
    (tmp_path / "all/ada/tiny.ipynb").write_bytes(notebook)
    os.mkfifo(tmp_path / "all/bob/tiny.ipynb")
    os.link(course.released("tiny"), tmp_path / "all/cy/tiny.ipynb")
    filed = collect(course, "tiny", tmp_path / "all")
    assert filed.refused == {
        "bob/tiny.ipynb": "expected a file, received a pipe",
        "cy/tiny.ipynb": "expected a file, received a hard link",
    }
    assert handed_in(course) == {"ada": notebook}
    assert course.submitters("tiny") == ["ada", "bob", "cy"]


def test_a_folder_with_too_many_files_does_not_keep_the_others_from_being_filed(
    course, notebook, tmp_path, monkeypatch
):
    monkeypatch.setattr("rnn_course.grading.entries.MOST_IN_ONE", 5)
    for student, files in (("ada", 1), ("bob", 9)):
        (tmp_path / "all" / student).mkdir(parents=True)
        for number in range(files):
            (tmp_path / "all" / student / f"tiny-{number}.ipynb").write_bytes(notebook)
    filed = collect(course, "tiny", tmp_path / "all")
    assert filed.refused == {"bob": "expected a few files, received more than 5"}
    assert handed_in(course) == {"ada": notebook}
    assert course.submitters("tiny") == ["ada", "bob"]


def test_a_link_in_submitted_does_not_say_where_to_write(course, notebook, tmp_path):
    (tmp_path / "elsewhere" / "tiny").mkdir(parents=True)
    (course.grading / "submitted").mkdir()
    (course.grading / "submitted" / "ada").symlink_to(tmp_path / "elsewhere")
    collect(course, "tiny", zipped(tmp_path / "all.zip", {"ada/tiny.ipynb": notebook}))
    assert handed_in(course) == {"ada": notebook}
    assert list((tmp_path / "elsewhere" / "tiny").iterdir()) == []


TIME = "2030-01-02 03:04:{:02d}.123456 UTC"


@pytest.fixture
def exchange(tmp_path, notebook):
    """Return a function that puts a submission into the inbound folder of nbgrader's exchange."""

    def put(student, second, data=notebook, slug="tiny", uid=None):
        folder = tmp_path / "exchange/course/inbound" / f"{student}+{slug}+{TIME.format(second)}+c29tZQ=="
        folder.mkdir(parents=True)
        (folder / f"{slug}.ipynb").write_bytes(data)
        (folder / "timestamp.txt").write_text("2001-01-01 00:00:00 UTC")
        (folder / "submission_secret.txt").write_text("x")
        if uid is not None:
            os.chown(folder / f"{slug}.ipynb", uid, uid)
        return tmp_path / "exchange/course/inbound"

    return put


def test_the_exchange_of_nbgrader_is_understood(course, notebook, exchange):
    changed = notebook.replace(b"import math", b"import math  # mine")
    exchange("ada", 1)
    exchange("ada", 5, changed)
    exchange("ada", 3)
    exchange("bob+cy", 1)
    inbound = exchange("dee", 1, slug="other")
    filed = collect(course, "tiny", inbound)
    assert (filed.refused, sorted(filed.new)) == ({}, ["ada", "bob_cy"])
    assert handed_in(course) == {"ada": changed, "bob_cy": notebook}
    time = course.submitted("tiny", "ada").with_name("timestamp.txt").read_text()
    assert time == TIME.format(5)
    assert [repair.kind for repair in prepare(course, "tiny", "ada").repairs] == ["changed"]
    assert course.submitted("tiny", "ada").with_name("timestamp.txt").read_text() == time


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file to another user")
def test_nobody_hands_in_for_another_student_in_the_exchange(course, notebook, exchange):
    exchange("ada", 1)
    exchange("ada", 9, notebook.replace(b"import math", b"import math  # forged"), uid=65534)
    inbound = exchange("nobody", 1, uid=65534)
    filed = collect(course, "tiny", inbound)
    assert list(filed.refused.values()) == ["it was put there by nobody, in another's name"]
    assert handed_in(course) == {"ada": notebook, "nobody": notebook}


def test_what_a_student_named_does_not_say_whose_it_is(course, notebook, tmp_path):
    files = {
        "Ada L_1_assignsubmission_file_/Bob_2_assignsubmission_file_/tiny.ipynb": notebook,
        f"Cy_3_assignsubmission_file_/dee+tiny+{TIME.format(1)}/tiny.ipynb": notebook,
    }
    assert sorted(collect(course, "tiny", zipped(tmp_path / "all.zip", files)).new) == ["Ada_L_1", "Cy_3"]


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
    monkeypatch.setattr("rnn_course.grading.entries.LARGEST", 1000)
    filed = collect(course, "tiny", zipped(tmp_path / "all.zip", {"ada/tiny.ipynb": io.BytesIO(b" " * 2000).read()}))
    assert "expected at most" in filed.refused["ada/tiny.ipynb"]
