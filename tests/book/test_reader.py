"""What a reader does in a page, by mouse, by keyboard and without JavaScript: quizzes, notes on terms, progress."""

import json
import re

import pytest

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
QUIZ = "book/how-to-use.html"
CHAPTER = "book/order.html"
STORED = "JSON.parse(localStorage.getItem('rnn-course-progress'))"
NO_STORE = (
    """Object.defineProperty(window, "localStorage", {get() { throw new DOMException("denied", "SecurityError"); }})"""
)


def option(one, index, question=0):
    return one.tab.locator(".quiz-question").nth(question).locator("details.quiz-option").nth(index)


def test_quiz_by_keyboard_says_the_verdict_and_keeps_the_score(visit, server):
    one = visit(viewport=NARROW)
    one.tab.goto(f"{server}/{QUIZ}")
    status, score = one.tab.locator(".quiz [role=status]"), one.tab.locator(".quiz-score p")
    assert score.inner_text() == "0 of 1 right at the first choice, 1 to go."
    option(one, 0).locator("summary").focus()
    one.tab.keyboard.press("Enter")
    assert option(one, 0).evaluate("e => e.open")
    assert option(one, 0).locator(".quiz-word").inner_text() == "Wrong"
    assert re.match(r"Wrong\s+It is, but a bound", status.text_content())
    assert score.inner_text() == "Your score: 0 of 1 right at the first choice."
    one.tab.keyboard.press("Tab")
    one.tab.keyboard.press("Space")
    assert option(one, 1).get_attribute("data-verdict") == "Right"
    assert re.match(r"Right\s+The forward pass", status.text_content())
    assert status.locator("math").count() == 1
    assert score.inner_text() == "Your score: 0 of 1 right at the first choice."  # the first choice counts
    one.tab.keyboard.press("Space")
    assert not option(one, 1).evaluate("e => e.open")
    assert one.tab.get_by_role("group", name=re.compile("Question 1")).count() == 1
    assert one.problems == []


def test_quiz_is_remembered_and_starts_again(visit, server):
    one = visit(viewport=WIDE)
    one.tab.goto(f"{server}/{QUIZ}")
    option(one, 1).locator("summary").click()
    one.tab.reload()
    assert option(one, 1).evaluate("e => e.open && e.dataset.verdict") == "Right"
    assert not option(one, 0).evaluate("e => e.open")
    assert one.tab.locator(".quiz-score p").inner_text() == "Your score: 1 of 1 right at the first choice."
    assert one.tab.locator(".quiz [role=status]").text_content() == ""
    one.tab.get_by_role("button", name="Start again").click()
    assert not option(one, 1).evaluate("e => e.open || 'verdict' in e.dataset")
    assert one.tab.evaluate("document.activeElement.closest('.quiz-question') !== null")
    assert one.tab.evaluate(STORED)["how-to-use"]["answers"] == {}


def test_quiz_works_where_nothing_can_be_stored(visit, server):
    one = visit(viewport=WIDE)
    one.tab.add_init_script(NO_STORE)
    one.tab.goto(f"{server}/{CHAPTER}")
    option(one, 0).locator("summary").click()
    assert "of 6 right at the first choice, 5 to go" in one.tab.locator(".quiz-score p").inner_text()
    assert [problem for problem in one.problems if "denied" in problem and "progress" in problem] == []


def test_without_javascript_an_answer_folds_out(visit, server):
    one = visit(viewport=NARROW, java_script_enabled=False)
    one.tab.goto(f"{server}/{QUIZ}")
    option(one, 1).locator("summary").click()
    assert option(one, 1).locator(".quiz-verdict").inner_text() == "✓Right"
    assert option(one, 1).get_by_text("One square and one subtraction are left.").is_visible()


def test_note_opens_on_hover_can_be_entered_and_is_dismissed(visit, server):
    one = visit(viewport=WIDE)
    one.tab.goto(f"{server}/{CHAPTER}")
    link = one.tab.locator("a.term").first
    note = one.tab.locator(f"#{link.get_attribute('aria-describedby')}")
    assert note.is_hidden()
    link.hover()
    note.wait_for(state="visible")
    note.hover()
    one.tab.wait_for_timeout(600)
    assert note.is_visible()
    one.tab.keyboard.press("Escape")
    assert note.is_hidden()
    link.hover()
    note.wait_for(state="visible")
    one.tab.mouse.move(5, 5)
    note.wait_for(state="hidden")


def test_note_opens_on_keyboard_focus_within_the_window(visit, server):
    one = visit(viewport={"width": 360, "height": 740})
    one.tab.goto(f"{server}/{CHAPTER}")
    for link in one.tab.locator("a.term").all():
        link.focus()
        one.tab.keyboard.press("Shift")  # what follows is shown as to a reader at the keyboard
        link.evaluate("e => e.blur()")
        link.focus()
        note = one.tab.locator(f"#{link.get_attribute('aria-describedby')}")
        box, line = note.bounding_box(), link.evaluate("e => e.getClientRects()[0].toJSON()")
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        assert box["y"] >= line["bottom"] or box["y"] + box["height"] <= line["top"]  # the term itself stays in sight
        assert one.tab.locator(".term-note:visible").count() == 1
    one.tab.keyboard.press("Escape")
    assert one.tab.locator(".term-note:visible").count() == 0
    assert one.tab.evaluate("document.documentElement.scrollWidth") <= 360


def test_touch_follows_the_link_to_the_glossary(visit, server):
    one = visit(viewport=NARROW, has_touch=True, is_mobile=True)
    one.tab.goto(f"{server}/{CHAPTER}")
    one.tab.locator("a.term").first.tap()
    one.tab.wait_for_url("**/glossary.html#term-*")


def test_what_rests_on_the_screen_is_read_and_shown_on_the_map(visit, server):
    one = visit(viewport=WIDE)
    one.tab.goto(f"{server}/{CHAPTER}")
    line = one.tab.locator(".course-strip .map-done")
    assert re.fullmatch(r"0 of \d+ sections read · 0 of \d+ claims · quiz not begun", line.inner_text())
    one.tab.evaluate("document.querySelector('article section > section + section').scrollIntoView()")
    one.tab.wait_for_function("document.querySelector('.course-strip .map-done').textContent.startsWith('1 of')")
    option(one, 2).locator("summary").click()
    assert "quiz: 1 of 6 right" in line.inner_text()
    one.tab.goto(f"{server}/book/index.html")
    stop = one.tab.locator("ol.course-map [data-chapter=order]")
    assert re.search(r"[1-9]\d* of \d+ sections read · \d of \d+ claims · quiz: 1 of 6 right", stop.inner_text())
    assert float(stop.locator(".map-ring").evaluate("e => e.style.getPropertyValue('--done')")) > 0
    assert one.tab.locator("[data-chapter=ffnn] .map-done").inner_text() == ""


def test_progress_is_forgotten_at_a_press(visit, server):
    one = visit(viewport=NARROW)
    one.tab.goto(f"{server}/{CHAPTER}")
    one.tab.goto(f"{server}/book/index.html")
    button = one.tab.get_by_role("button", name="Forget my progress")
    button.focus()
    one.tab.keyboard.press("Enter")
    assert one.tab.evaluate("localStorage.getItem('rnn-course-progress')") is None
    assert one.tab.get_by_role("status").filter(has_text="Your progress is forgotten.").count() == 1
    assert "sections read" not in one.tab.locator("ol.course-map").inner_text()


@pytest.mark.parametrize("stored", ["no json", json.dumps([1]), json.dumps({"order": {"parts": 3}}), "null"])
def test_what_another_wrote_into_the_store_breaks_nothing(visit, server, stored):
    one = visit(viewport=WIDE)
    one.tab.add_init_script(f"localStorage.setItem('rnn-course-progress', {json.dumps(stored)})")
    one.tab.goto(f"{server}/{CHAPTER}")
    assert "sections read" in one.tab.locator(".course-strip .map-done").inner_text()
    assert one.problems == []


def test_without_javascript_the_map_is_plain(visit, server):
    one = visit(viewport=NARROW, java_script_enabled=False)
    one.tab.goto(f"{server}/book/index.html")
    assert one.tab.locator("ol.course-map > li").count() == 11
    assert one.tab.get_by_role("button", name="Forget my progress").count() == 0
