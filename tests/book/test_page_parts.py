"""What the book's extension writes for a reader's way through a page: veiled answers, notes on terms, the map."""

import re

import pytest
from bs4 import BeautifulSoup

CHAPTER = """# {title}

## A section

The {{term}}`fork` of a {{term}}`pin`, and a {{term}}`fork` again.

```{{quiz}}
? Which piece jumps?
- [ ] Rook
  > Never; a rook is a *kasparov*.
- [x] Knight
  > Indeed; $k^2$ is a kasparov, see {{eq}}`energy`.
```

```{{math}}
:label: energy{slug}
e
```
"""
GLOSSARY = """# Words

```{glossary}
fork
  An attack on two pieces, with $x_1$ and a {term}`pin`. Also a zugzwang.

pin
  A piece that cannot move.

unused
  A word that no chapter uses.
```
"""
HOME = """# Home

```{course-map}
one | First steps | What is a move?
two | Second steps | What is a threat?
three | Third steps | What is a plan?
only two parts | here
```
"""


def pages(slug):
    return CHAPTER.format(title=f"Chapter {slug}", slug=slug).replace("`energy`", f"`energy{slug}`")


@pytest.fixture(scope="module")
def small(tmp_path_factory, build_small):
    source = tmp_path_factory.mktemp("parts")
    texts = {"home": HOME, "one": pages("one"), "two": pages("two"), "glossary": GLOSSARY}
    return source / "out", build_small(source, texts)


def soup_of(small, name):
    return BeautifulSoup((small[0] / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


def test_source_of_a_quiz_shows_no_answer_and_a_browser_does(small):
    source = (small[0] / "one.html").read_text(encoding="utf-8")
    first, second = re.findall(r'<details class="quiz-option".*?</details>', source, flags=re.DOTALL)
    for word in ("Right", "Wrong", "Never", "Indeed", "kasparov", "k^2"):
        assert word not in first + second
    shells = {one[: one.index("<p class")].replace("Rook", "").replace("Knight", "") for one in (first, second)}
    assert len({re.sub(r">[AB]<", "><", shell) for shell in shells}) == 1  # no class and no attribute tells them apart
    shown = soup_of(small, "one").select("details")[1].get_text()
    assert "Right" in shown
    assert "is a kasparov, see (1.1)" in shown.replace("(1)", "(1.1)")


def test_search_index_holds_questions_and_neither_answers_nor_notes(small):
    index = (small[0] / "searchindex.js").read_text(encoding="utf-8")
    terms = index[index.index('"terms"' if '"terms"' in index else "terms:") :]
    assert "knight" in terms
    assert "kasparov" not in terms
    pages_of = re.search(r'"?zugzwang"?:\s*(\[[^\]]*\]|\d+)', terms)
    assert pages_of, "the glossary itself is searched"
    assert pages_of[1].isdigit(), "the notes repeat the glossary, and are not"


def test_key_of_a_question_follows_its_words_and_not_its_explanations():
    from rnn_book.quiz import parse

    lines = ["? Is 2 even?", "- [x] Yes", "  > 2 is twice 1.", "- [ ] No", "  > It is."]
    key = parse(lines)[0][0].key()
    assert parse([*lines[:4], "  > It is even."])[0][0].key() == key
    assert parse([*lines[:3], "- [ ] Never", "  > It is."])[0][0].key() != key


def test_page_holds_a_note_for_each_of_its_terms_once(small):
    soup = soup_of(small, "one")
    notes = soup.select(".term-note")
    assert [note["id"] for note in notes] == ["note-fork", "note-pin"]
    assert all(note.has_attr("hidden") and not note.select("a") for note in notes)
    assert "An attack on two pieces" in notes[0].get_text()
    assert notes[0].select_one("math")
    assert [link["href"] for link in soup.select("a.term")] == [
        "glossary.html#term-" + x for x in ("fork", "pin", "fork")
    ]
    assert not soup_of(small, "home").select(".term-note")


def test_map_takes_what_is_ready_and_its_title_from_the_contents(small):
    stops = soup_of(small, "home").select("ol.course-map > li")
    assert [stop.select_one(".map-status").get_text() for stop in stops] == ["Ready", "Ready", "Planned"]
    assert [link["href"] for stop in stops for link in stop.select("a")] == ["one.html", "two.html"]
    assert stops[0].select_one("a").get_text().strip() == "Chapter one"
    assert stops[2].select_one(".map-title").get_text().startswith("Third steps")
    assert [stop["data-chapter"] for stop in stops] == ["one", "two", "three"]


def test_chapter_has_a_small_map_that_says_where_it_stands(small):
    strip = soup_of(small, "two").select_one("nav.course-strip")
    assert [link["href"] for link in strip.select("a")] == ["one.html", "#"]
    assert [link.get("aria-current") for link in strip.select("a")] == [None, "page"]
    assert strip.select_one(".planned").get_text().strip() == "3, planned: Third steps"
    assert not soup_of(small, "glossary").select("nav.course-strip")


def test_faults_of_a_map_are_warnings_with_their_place(small):
    expected = "course-map: expected 'slug | title | question', received 'only two parts | here'"
    assert re.search(rf"home\.md:7: WARNING: {re.escape(expected)}", small[1]), small[1]
    assert "course-map: glossary is a chapter, and not on the map" in small[1]
    assert "one is a chapter" not in small[1]
