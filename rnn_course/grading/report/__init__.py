"""One page for the instructor: how a class did, which faults are common, what to look at, and what was repaired.

`facts` gathers it, `messages` names faults after the wrong variants, `likeness` compares solutions. The page needs
nothing from the network and runs no script: what students wrote is shown as text.
"""

from pathlib import Path
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from rnn_course.grading.course import Course, write
from rnn_course.grading.report.facts import facts
from rnn_course.grading.scores import picture

TEMPLATES = Path(__file__).parents[1] / "templates" / "report"


def report(course: Course, slug: str) -> Path:
    """Write ``reports/SLUG.html`` in the folder of the class, and return its path.

    Raises
    ------
    CourseError
        If there is no such assignment, or nothing of it is graded.
    """
    found = facts(course, slug)
    target = course.grading / "reports" / f"{slug}.html"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    totals = sorted(row.total for row in found.rows if row.total is not None)
    page = environment.get_template("report.html.j2").render(
        facts=found,
        mean=sum(totals) / len(totals),
        median=(totals[(len(totals) - 1) // 2] + totals[len(totals) // 2]) / 2,
        drawing=Markup(picture(slug, found.rows).svg()),
        pages={
            row.student: f"../feedback/{quote(row.student)}/{slug}/{slug}.html"
            for row in found.rows
            if course.feedback(slug, row.student).is_file()
        },
    )
    write(target, page)
    return target
