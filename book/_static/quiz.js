// Keeps the score of a quiz: the first option that a reader opens is the answer to its question.
// Without this script the options open and say their verdict all the same.
(() => {
  "use strict";
  const { read, change } = window.courseProgress;

  const create = (tag, className, text = "") =>
    Object.assign(document.createElement(tag), { className, textContent: text });

  const verdict = (option) => option.querySelector(".quiz-word").textContent;

  // What a screen reader hears: no links to tab to, and a formula once.
  function spoken(option) {
    const copy = option.querySelector(".quiz-explanation").cloneNode(true);
    for (const part of copy.querySelectorAll(".katex-html, .quiz-sign")) part.remove();
    for (const part of copy.querySelectorAll("a")) part.replaceWith(...part.childNodes);
    for (const part of copy.querySelectorAll("[id]")) part.removeAttribute("id");
    return copy;
  }

  function setUp(quiz) {
    const questions = [...quiz.querySelectorAll(".quiz-question")];
    const options = (question) => [...question.querySelectorAll("details.quiz-option")];
    const status = create("div", "course-unseen");
    const score = create("div", "quiz-score");
    const line = create("p", "");
    const again = create("button", "course-button", "Start again");
    status.setAttribute("role", "status");
    again.type = "button";
    score.append(line, again);
    quiz.append(status, score);
    quiz.querySelector(".quiz-hint").textContent = "Choose an answer to see whether it is right, and why. Your first choice counts.";

    function summary() {
      const answers = questions.map((question) => read().answers[question.dataset.key]).filter(Boolean);
      const right = answers.filter((answer) => answer.right).length;
      const left = questions.length - answers.length;
      const said = `${right} of ${questions.length} right at the first choice`;
      return { begun: answers.length > 0, text: left ? `${said}, ${left} to go.` : `Your score: ${said}.` };
    }

    function showScore() {
      const { begun, text } = summary();
      line.textContent = text;
      again.hidden = !begun;
    }

    function show(option, chosen) {
      option.dataset.verdict = verdict(option);
      option.classList.toggle("chosen", chosen);
    }

    function choose(question, option) {
      const { answers } = read();
      const { key } = question.dataset;
      const first = !answers[key];
      if (first) {
        const choice = options(question).indexOf(option);
        change({ answers: { ...answers, [key]: { choice, right: verdict(option) === "Right" } } });
        showScore();
      }
      show(option, first || option.classList.contains("chosen"));
      status.replaceChildren(spoken(option), first ? create("p", "", summary().text) : "");
    }

    function restart() {
      const mine = questions.map((question) => question.dataset.key);
      change({ answers: Object.fromEntries(Object.entries(read().answers).filter(([key]) => !mine.includes(key))) });
      for (const option of questions.flatMap(options)) {
        option.open = false;
        delete option.dataset.verdict;
        option.classList.remove("chosen");
      }
      showScore();
      status.textContent = "The quiz starts again.";
      quiz.querySelector("summary").focus();
    }

    for (const question of questions) {
      const answer = read().answers[question.dataset.key];
      for (const [index, option] of options(question).entries()) {
        option.querySelector("summary").addEventListener("click", () => {
          if (!option.open) choose(question, option);
        });
        if (answer?.choice === index) {
          option.open = true;
          show(option, true);
        }
      }
    }
    again.addEventListener("click", restart);
    showScore();
  }

  document.querySelectorAll(".quiz").forEach(setUp);
})();
