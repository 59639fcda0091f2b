// Makes one document of the book's pages, which stand after each other, each with the ids and links of its own.
(parts) => {
  "use strict";
  const articles = [...document.querySelectorAll("article[data-page]")];
  const printed = new Set(articles.map((article) => article.dataset.page));
  const NOT_ON_PAPER =
    ".headerlink, .live-bar, .book-pdf, .cite-page, .frame[hidden], .tag_hide-input > details, button, script";

  function create(tag, className, ...children) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...children);
    return element;
  }

  // An id is unique in its page alone, so it gets the page's name. What refers to an id follows.
  function rename(article) {
    const own = (id) => `${article.dataset.page}:${id}`;
    for (const element of article.querySelectorAll("*")) {
      if (element.id) element.id = own(element.id);
      for (const { name, value } of [...element.attributes]) {
        if (["aria-labelledby", "aria-describedby", "headers", "for"].includes(name)) {
          element.setAttribute(name, value.split(/\s+/).map(own).join(" "));
        } else if (value.includes("url(#")) {
          element.setAttribute(name, value.replaceAll("url(#", `url(#${own("")}`));
        } else if (element.localName === "use" && value.startsWith("#")) {
          element.setAttribute(name, `#${own(value.slice(1))}`);
        }
      }
    }
    article.id = own("");
  }

  // A link to a page of the book leads to its place in this document; what is on the site alone becomes plain text.
  function relink(article) {
    const here = new URL(`${article.dataset.page}.html`, location.origin);
    for (const image of article.querySelectorAll("img[src]")) image.src = new URL(image.getAttribute("src"), here);
    for (const link of article.querySelectorAll("a[href]")) {
      const goal = new URL(link.getAttribute("href"), here);
      const page = goal.pathname.slice(1).replace(/\.html$/, "");
      if (goal.origin !== location.origin) continue;
      if (printed.has(page)) link.setAttribute("href", `#${page}:${decodeURIComponent(goal.hash.slice(1))}`);
      else link.replaceWith(...link.childNodes);
    }
  }

  // A quiz keeps its options; the verdicts and the reasons stand at the end of the chapter.
  function moveAnswers(article) {
    const answers = create("section", "quiz-answers", create("h2", "", "Answers to the quiz"));
    for (const question of article.querySelectorAll(".quiz-question")) {
      const options = [...question.querySelectorAll("details.quiz-option")];
      if (!options.length) continue;
      const number = question.querySelector(".quiz-number")?.textContent ?? "";
      const group = create("div", "quiz-question", create("p", "quiz-number", number));
      for (const option of options) {
        const letter = option.querySelector(".quiz-letter").cloneNode(true);
        group.append(create("div", option.className, letter, option.querySelector(".quiz-explanation")));
        option.replaceWith(create("div", "quiz-option", ...option.querySelector("summary").childNodes));
      }
      answers.append(group);
    }
    if (answers.children.length > 1) article.append(answers);
    for (const hint of article.querySelectorAll(".quiz-hint")) {
      hint.textContent = "The answers, with reasons, are at the end of the chapter.";
    }
  }

  // The name of a page's own kind of sheet breaks the page before it, and puts the title at the head of its pages.
  function nameSheets() {
    const rules = articles.map((article) => {
      const title = [...article.querySelector("h1").childNodes].map((node) => node.textContent).join("");
      const text = JSON.stringify(title.trim());
      return `article[data-sheet="${article.dataset.sheet}"] { page: ${article.dataset.sheet} }
        @page ${article.dataset.sheet} { @top-left { content: ${text} } }`;
    });
    document.head.append(create("style", "", rules.join("\n")));
  }

  function entry(heading, goal) {
    const link = create("a", "", create("span", "", ...heading.cloneNode(true).childNodes));
    link.setAttribute("href", `#${goal}`);
    return create("li", "", link);
  }

  function writeContents() {
    const contents = document.querySelector("nav.book-contents");
    for (const [caption, names] of parts) {
      if (caption) contents.append(create("p", "caption", caption));
      const list = create("ol", "");
      for (const article of articles.filter((one) => names.includes(one.dataset.page))) {
        const item = entry(article.querySelector("h1"), article.id);
        const sections = [...article.querySelectorAll(":scope > section > section[id]:has(> h2)")].map((section) =>
          entry(section.querySelector("h2"), section.id),
        );
        if (sections.length && item.querySelector(".section-number")) item.append(create("ol", "", ...sections));
        list.append(item);
      }
      contents.append(list);
    }
  }

  // What is wider than the sheet is made smaller: paper does not scroll.
  function fit() {
    for (const box of document.querySelectorAll(".equation-body, .pst-scrollable-table-container, table")) {
      const content = box.querySelector(".katex-html .base") ? box.querySelector(".katex-html") : box;
      const wide = Math.max(box.scrollWidth, content.scrollWidth);
      const room = box.parentElement.clientWidth;
      if (box.scrollWidth > box.clientWidth + 1) box.style.fontSize = `${(96 * box.clientWidth) / wide}%`;
      else if (box.localName === "table" && wide > room + 1) box.style.zoom = (0.99 * room) / wide;
    }
  }

  for (const article of articles) {
    for (const element of article.querySelectorAll(NOT_ON_PAPER)) element.remove();
    rename(article);
    relink(article);
    moveAnswers(article);
    for (const folded of article.querySelectorAll("details")) folded.open = true;
  }
  nameSheets();
  writeContents();
  fit();
};
