"""What the benchmarks of the grader measured and stored in ``book/results/``, as tables for the instructor's page."""

from typing import Any

from rnn_course.experiments.store import Table, load

IMPORTS = {"ffnn": "numpy", "slope": "torch"}
Runs = dict[tuple[str, str], dict[str, Any]]
Line = tuple[str, str, str, str]


def speed() -> Table:
    """Return plain nbgrader and this grader side by side, three lines for each assignment."""
    runs, lines = _speed(), []
    for assignment, imports in IMPORTS.items():
        plain, ours = (runs[assignment, grader] for grader in ("nbgrader", "ours"))
        what = f"Imports {imports}, {ours['number']} submissions"
        rates = [60 * run["number"] / run["all"] for run in (plain, ours)]
        costs = [marginal(run) for run in (plain, ours)]
        memory = [run["memory"] / 1e6 for run in (plain, ours)]
        lines += [
            (
                f"{what}: submissions a minute, start included",
                *(f"{rate:.0f}" for rate in rates),
                _times(ratio(assignment)),
            ),
            ("… seconds for one more", *(f"{cost:.2f}" for cost in costs), _times(costs[0] / costs[1])),
            ("… memory of all processes together", *(f"{held:.0f} MB" for held in memory), ""),
        ]
    return Table(("", "Plain nbgrader", "Here", "Ratio"), lines)


def _times(factor: float) -> str:
    return f"{factor:.1f} ×"


def ratio(assignment: str) -> float:
    """Return how many times faster than plain nbgrader a class is graded, start included."""
    runs = _speed()
    return runs[assignment, "nbgrader"]["all"] / runs[assignment, "ours"]["all"]


def marginal(run: dict[str, Any]) -> float:
    """Return the seconds that one more submission takes."""
    return (run["all"] - run["first"]) / (run["number"] - 1)


def _speed() -> Runs:
    return {(run["assignment"], run["grader"]): {**run, **run["result"]} for run in load("grading_speed")}


def classes() -> Table:
    """Return what a submission costs in classes of growing size, and what the grader holds from quarter to quarter."""
    heads = ("Students", "Seconds for each", "Memory of the grader, MB: first", "25 %", "50 %", "75 %", "last")
    lines = []
    for run in load("grading_classes"):
        cost = run["result"]["seconds"] / run["students"]
        lines.append(
            (f"{run['students']:,}", f"{cost:.2f}", *(f"{held / 1e6:.0f}" for held in run["result"]["quarters"]))
        )
    return Table(heads, lines)


def targets() -> Table:
    """Return the grader's targets: what is to hold, what plain nbgrader did, and what was measured here."""
    runs = load("grading_targets")
    found = {run["of"]: run["result"] for run in runs if run["of"] != "same scores"}
    same = [run["result"] for run in runs if run["of"] == "same scores"]
    lines = [*_of_attacks(found["attacks"]), *_of_comparison(same), *_of_limits(found)]
    return Table(("", "Target", "Plain nbgrader", "Measured here"), lines)


def _of_attacks(found: dict[str, Any]) -> list[Line]:
    names = ("overgraded", "leaks", "changed", "unexplained", "wronged", "undergraded")
    above, leaks, changed, unexplained, wronged, under = (len(found[name]) for name in names)
    of_all, following = f"of {found['submissions']}", found["next"]
    return [
        ("Score above the honest one", "0", "20 of 97 ¹", f"{above} {of_all}"),
        ("Hidden text in outputs, feedback, network", "0", "many ¹", f"{leaks + found['reached']} {of_all}"),
        ("Files or grades of others changed", "0", "several ¹", f"{changed} by {found['submissions']}"),
        ("Students without a row and a reason", "0", "22 of 97 ¹", f"{unexplained} {of_all}"),
        ("Next student graded right", "100 %", "5 fail ¹", f"{following - wronged} of {following}"),
        ("Honest students with too few points", "0", "4 ¹", f"{under} of {found['honest']}"),
    ]


def _of_comparison(same: list[dict[str, Any]]) -> list[Line]:
    graded, differ = sum(one["submissions"] for one in same), sum(len(one["differ"]) for one in same)
    runs = _speed()
    plain, ours = (f"{marginal(runs['ffnn', grader]):.2f} s" for grader in ("nbgrader", "ours"))
    return [
        ("Same points as plain nbgrader on honest work", "100 %", "–", f"{graded - differ} of {graded}"),
        ("One more submission, numpy", "≤ 0.25 s", plain, ours),
        ("Speed of a class, numpy", "≥ 5 ×", "1 ×", _times(ratio("ffnn"))),
        ("Speed of a class, torch", "≥ 10 ×", "1 ×", _times(ratio("slope"))),
    ]


def _of_limits(found: dict[str, dict[str, Any]]) -> list[Line]:
    walls, printed, late, killed = (found[name] for name in ("walls", "output", "limits", "kills"))
    around, between = 1000 * (walls["walls"] - walls["two"]), 1000 * (walls["two"] - walls["alone"])
    memory = printed["memory"] / 1e6
    over = max(late["longest"] - late["limit"], 0.0)
    wrong, left = len(killed["lost"] + killed["differ"]), len(killed["left"])
    return [
        ("Cost of the walls for a submission, numpy", "≤ 50 ms", "no walls", f"{max(around, 0):.0f} ms"),
        ("… of answers and tests in two processes", "≤ 50 ms", "in one", f"{between:.0f} ms"),
        ("Memory of the grader while 1 GB is printed", "≤ 300 MB", "4.1 GB ¹", f"{memory:.0f} MB"),
        (
            "Time beyond a submission's limit",
            "≤ 5 s",
            "no end ¹",
            f"{over:.1f} s, the longest of {late['submissions']}",
        ),
        (f"{killed['kills']} kills in a class: grades lost or changed", "0", "–", f"{wrong} of {killed['students']}"),
        ("… processes left a second later", "0", "–", f"{left}"),
    ]
