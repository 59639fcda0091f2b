"""The book's own directives in a small site: what they write, and how they complain."""

import doctest

import pytest
from bs4 import BeautifulSoup

GOOD = r"""# Good

```{quiz}
? Which function $f$ is
  even?
- [ ] $x^3$, an *odd* one
  > No: $f(-x) = -f(x)$.
- [x] $x^2$
  > Yes. Twice:
  >
  > - $(-1)^2 = 1$
  > - and `code`

? Another question
- [x] right
  > reason
- [ ] wrong
  > reason
```

```{claim} 4
:says: Weights lie between 0 and $1$.
:verdict: false
After training **most** of them do not.
```

```{claim}
:says: Order never matters.
:verdict: partly
For a sum it does not.
```

```{math}
:label: eq-energy
E = m c^2
```

See {eq}`eq-energy`.
"""

BAD = r"""# Bad

```{quiz}
? No right option
- [ ] one
  > reason
- [ ] two
  > reason
? No explanation
- [x] one
- [ ] two
  > reason $\frac{2$
```

```{quiz}
Only prose.
```

```{claim} 5
:says: A claim.
:verdict: maybe
Text.
```

```{claim} 5
:verdict: true
```

Bad maths: $\frac{1$ and

```{math}
\begin{align} a &= b \end{align}
```
"""

TABLE = """# Claims

```{claims-table}
```
"""


@pytest.fixture(scope="module")
def small_site(tmp_path_factory, build_small):
    source = tmp_path_factory.mktemp("small")
    return source, build_small(source, {"good": GOOD, "bad": BAD, "table": TABLE})


@pytest.fixture(scope="module")
def good(small_site):
    return BeautifulSoup((small_site[0] / "out" / "good.html").read_text(encoding="utf-8"), "html.parser")


def test_quiz_numbers_its_questions_and_marks_its_options(good):
    questions = good.select(".quiz .quiz-question")
    assert [q.select_one(".quiz-number").get_text() for q in questions] == ["Question 1", "Question 2"]
    options = questions[0].select("details.quiz-option")
    assert [option.select_one(".quiz-word").get_text() for option in options] == ["Wrong", "Right"]
    assert not any(option.has_attr("open") for option in options)


def test_quiz_holds_markdown_and_maths(good):
    question = good.select_one(".quiz-question")
    assert "even?" in question.select_one(".quiz-text").get_text()
    assert question.select_one(".quiz-text math")
    assert question.select_one("summary math")
    assert question.select_one("summary em").get_text() == "odd"
    right = question.select("details")[1]
    assert len(right.select(".quiz-explanation li")) == 2
    assert right.select_one(".quiz-explanation code").get_text() == "code"


def test_quiz_names_its_groups_for_a_screen_reader(good):
    quiz = good.select_one("section.quiz")
    assert good.find(id=quiz["aria-labelledby"]).get_text() == "Quiz"
    for group in good.select(".quiz-question"):
        assert group["role"] == "group"
        assert good.find(id=group["aria-labelledby"])


def test_claim_has_number_sentence_verdict_and_anchor(good):
    first, second = good.select("div.claim")
    assert first["id"] == "claim-4"
    assert "Claim 4 under test" in first.select_one(".claim-title").get_text()
    assert first.select_one(".claim-says").get_text().startswith("The claim: Weights lie between 0 and")
    assert first.select_one(".claim-says math")
    assert first.select_one(".verdict-false").get_text() == "False"
    assert first.select_one(".claim-body strong").get_text() == "most"
    assert second["id"] == "claim-order-never-matters"
    assert "popular belief" in second.select_one(".claim-title").get_text()
    assert second.select_one(".verdict-partly").get_text() == "Partly true"


def test_table_holds_all_claims_sorted_and_linked(small_site):
    soup = BeautifulSoup((small_site[0] / "out" / "table.html").read_text(encoding="utf-8"), "html.parser")
    rows = [[cell.get_text() for cell in row.find_all("td")] for row in soup.select(".claims-table tbody tr")]
    assert [row[0] for row in rows] == ["4", "5", "5", "–"]
    assert rows[0][2:] == ["False", "Good"]
    assert soup.select(".claims-table a")[0]["href"] == "good.html#claim-4"


def test_equation_is_numbered_and_referred_to(good):
    equation = good.select_one("div.equation")
    assert equation.select_one(".equation-number").get_text().startswith("(1)")
    assert equation.select_one("math")
    assert good.find("a", href=f"#{equation['id']}", class_="reference").get_text() == "(1)"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (4, "this question has no right option"),
        (10, "this option has no explanation"),
        (12, "KaTeX parse error: Unexpected end of input in a macro argument, expected '}' at end of input: \\frac{2"),
        (16, "expected a question"),
        (19, "expected :verdict: to be one of true, false, partly, open, received 'maybe'"),
        (25, "expected :says:"),
        (25, "expected what the experiment or the source says"),
        (25, "claim-5 is already on this page"),
        (29, "end of input: \\frac{1"),
        (31, "use aligned"),
    ],
)
def test_fault_is_a_warning_with_file_and_line(small_site, line, message):
    warnings = [w for w in small_site[1].splitlines() if "bad.md" in w and message in w]
    if message.startswith("claim-5"):
        warnings = warnings or [w for w in small_site[1].splitlines() if message in w]
    assert warnings, small_site[1]
    assert f"bad.md:{line}:" in warnings[0]


def test_good_page_gives_no_warning(small_site):
    assert "good.md" not in small_site[1]


def test_without_node_the_site_is_built_and_shows_tex(tmp_path, build_small):
    conf = "import rnn_book.maths\nrnn_book.maths.find_node = lambda: None\n"
    assert build_small(tmp_path, {"good": GOOD}, conf) == ""
    soup = BeautifulSoup((tmp_path / "out" / "good.html").read_text(encoding="utf-8"), "html.parser")
    assert soup.select_one("div.equation code.tex").get_text() == "E = m c^2"
    assert not soup.find("math")


def test_empty_corner_of_a_table_is_no_heading(tmp_path, build_small):
    build_small(tmp_path, {"page": "# Page\n\n|   | a |\n|---|---|\n| b | 1 |\n"})
    soup = BeautifulSoup((tmp_path / "out" / "page.html").read_text(encoding="utf-8"), "html.parser")
    assert [cell.name for cell in soup.select("thead tr > *")] == ["td", "th"]


def test_fetches_from_elsewhere_are_found(tmp_path):
    from rnn_book.local_only import remote_fetches

    page = tmp_path / "page.html"
    page.write_text(
        """<link rel="preconnect" href="https://a.example"><link rel="canonical" href="https://fine.example">
        <link rel=stylesheet href="//b.example/x.css"><script src="https://c.example/x.js"></script>
        <img srcset="local.png, https://d.example/x.png 2x"><iframe src=https://e.example></iframe>
        <p style="background: url(https://f.example/x.png)"></p><style>@import "https://g.example/x.css";</style>
        <script>import("https://h.example/x.js")</script><script>const X_URL = "https://i.example"</script>
        <svg><image href="https://j.example/x.png"/></svg><a href="https://fine.example">a link is no fetch</a>"""
    )
    found = " ".join(remote_fetches(page))
    assert all(f"{letter}.example" in found for letter in "abcdefghij"), found
    assert "fine.example" not in found
    style = tmp_path / "style.css"
    style.write_text("@font-face { src: url('https://a.example/f.woff2') } p { background: url(local.png) }")
    assert remote_fetches(style) == ["url https://a.example/f.woff2"]
    script = tmp_path / "script.js"
    script.write_text('// see https://fine.example\nfetch("https://a.example/x.json")')
    assert remote_fetches(script) == ["script https://a.example/x.json"]


def test_examples_in_the_extension_hold():
    from rnn_book import depends, element, glueless, held, markdown, quiz, ways

    for module in (depends, element, glueless, held, markdown, quiz, ways):
        failed, tried = doctest.testmod(module)
        assert tried > 0
        assert failed == 0
