"""Scores as rows, as CSV and as a picture; feedback as a student sees it."""

import csv
import re
import shutil
import struct
import xml.etree.ElementTree as ET

import pytest

from rnn_course.grading import CourseError, notebooks
from rnn_course.grading.course import Course
from rnn_course.grading.engine import gradebook
from rnn_course.grading.grade import feedback
from rnn_course.grading.scores import scores, write_csv, write_picture


@pytest.fixture
def course(graded_root):
    return Course.at(graded_root)


def test_scores_are_points_by_part(course):
    parts, rows = scores(course, "tiny")
    assert parts == [notebooks.Part("square", 60), notebooks.Part("root", 40)]
    assert {row.student: list(row.parts.values()) for row in rows} == {
        "demo-01": [60, 40],
        "demo-02": [60, 40],
        "demo-03": [0, 0],
        "demo-04": [0, 40],
        "demo-05": [60, 0],
        "demo-06": [0, 0],
    }
    assert [row.total for row in rows] == [100, 100, 0, 40, 60, 0]


def test_a_grade_given_by_hand_counts(course, tmp_path):
    shutil.copytree(course.root, tmp_path / "copy")
    copy = Course.at(tmp_path / "copy")
    with gradebook(copy) as opened:
        opened.find_grade("test_root", "tiny", "tiny", "demo-06").manual_score = 12.5
        opened.db.commit()
    assert scores(copy, "tiny")[1][-1].parts == {"square": 0, "root": 12.5}


def test_csv_has_a_line_for_each_student_and_empty_fields_without_a_grade(course, tmp_path):
    parts, rows = scores(course, "tiny")
    rows[0] = type(rows[0])("demo-01", None)
    write_csv(tmp_path / "a.csv", parts, rows)
    with open(tmp_path / "a.csv", newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0] == ["student", "square", "root", "total"]
    assert lines[1] == ["demo-01", "", "", ""]
    assert lines[4] == ["demo-04", "0", "40", "40"]
    assert len(lines) == 7


def test_the_picture_has_labelled_axes(course, tmp_path):
    _, rows = scores(course, "tiny")
    write_picture(tmp_path / "a.svg", "tiny", rows)
    drawing = ET.parse(tmp_path / "a.svg").getroot()
    text = " ".join("".join(node.itertext()).strip() for node in drawing.iter("{http://www.w3.org/2000/svg}text"))
    assert "Score (points of 100)" in text
    assert "Students" in text
    assert "tiny: 6 students, mean 50.0 points" in text
    assert "2 with 0 to 10" in drawing.attrib["aria-label"]
    assert "2 with 90 to 100" in drawing.attrib["aria-label"]
    write_picture(tmp_path / "a.png", "tiny", rows)
    data = (tmp_path / "a.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert min(struct.unpack(">II", data[16:24])) > 300
    with pytest.raises(CourseError, match=r"expected a name that ends in \.png or \.svg"):
        write_picture(tmp_path / "a.bmp", "tiny", rows)


def test_without_grades_there_is_one_clear_error(root):
    with pytest.raises(CourseError, match="no grades of tiny yet"):
        scores(Course.find(), "tiny")
    with pytest.raises(CourseError, match="no graded submissions of tiny"):
        feedback(Course.find(), "tiny")


def test_feedback_shows_points_and_messages_and_no_hidden_test(course):
    page = course.feedback("tiny", "demo-04").read_text()
    assert "<strong>40</strong> of" in page
    assert "square: expected 9 for a negative number" in page
    assert "return x * abs(x)" in re.sub("<[^>]*>", "", page)
    assert "root(16)" not in re.sub("<[^>]*>", "", page)
    assert "square(-3)" not in re.sub("<[^>]*>", "", page)
    assert "Traceback (most recent" not in page
    assert "HIDDEN" not in page


def test_feedback_asks_nothing_of_the_network_and_runs_no_script(course):
    for page in course.grading.glob("feedback/*/tiny/tiny.html"):
        text = page.read_text()
        assert "<script" not in text
        assert " src=" not in text
        assert "default-src 'none'" in text
    assert len(list(course.grading.glob("feedback/*/tiny/tiny.html"))) == 6


def test_feedback_of_an_untouched_notebook_says_so(course):
    page = course.feedback("tiny", "demo-06").read_text()
    assert "<strong>0</strong> of" in page
    assert page.count("This part is not written yet.") == 4  # in the table and below each test
    assert page.count("No response.") == 2
