// Remembers what a reader has done, in this browser alone, and shows it on the map of the chapters.
// A section or a claim counts as read when its end has rested on the screen for a second.
(() => {
  "use strict";
  const KEY = "rnn-course-progress";
  const REST = 1000;
  const page = location.pathname.split("/").pop().replace(/\.html$/, "");
  const NOTHING = { parts: [], answers: {}, total: { sections: 0, claims: 0, questions: 0 } };
  let inMemory = {}; // where a browser keeps nothing, as in some private windows

  function all() {
    try {
      const pages = JSON.parse(localStorage.getItem(KEY)) ?? {};
      if (pages.constructor === Object) inMemory = pages;
    } catch {
      // what was remembered last is all there is
    }
    return inMemory;
  }

  function write(pages) {
    inMemory = pages;
    try {
      if (Object.keys(pages).length) localStorage.setItem(KEY, JSON.stringify(pages));
      else localStorage.removeItem(KEY);
    } catch {
      // it is kept until the page is left
    }
    show();
  }

  function read(name = page) {
    const kept = all()[name];
    return Array.isArray(kept?.parts) && kept.answers && kept.total ? kept : NOTHING;
  }

  const change = (part) => write({ ...all(), [page]: { ...read(), ...part } });

  // Sections and claims

  const parts = [...document.querySelectorAll("article section > section, article .claim")].filter(
    (part) => part.matches(".claim") || part.querySelector(":scope > h2"),
  );

  function total() {
    const claims = parts.filter((part) => part.matches(".claim")).length;
    const questions = document.querySelectorAll(".quiz-question").length;
    return { sections: parts.length - claims, claims, questions };
  }

  function markRead() {
    if (document.visibilityState !== "visible") return;
    const known = read().parts.filter((id) => parts.some((part) => part.id === id));
    const seen = parts.filter((part) => {
      const end = part.getBoundingClientRect().bottom;
      return end > 0 && end <= window.innerHeight && !known.includes(part.id);
    });
    if (seen.length) change({ parts: [...known, ...seen.map((part) => part.id)], total: total() });
  }

  // The map

  function counts(name) {
    const { parts: done, answers, total: of } = read(name);
    const claims = done.filter((id) => id.startsWith("claim-")).length;
    const answered = Object.values(answers);
    return { sections: done.length - claims, claims, answered: answered.length, right: answered.filter((one) => one.right).length, of };
  }

  function share({ sections, claims, answered, of }) {
    const all = of.sections + of.claims + of.questions;
    return all ? Math.min(1, (sections + claims + answered) / all) : 0;
  }

  function words({ sections, claims, answered, right, of }) {
    const said = [`${sections} of ${of.sections} sections read`];
    if (of.claims) said.push(`${claims} of ${of.claims} claims`);
    if (of.questions) said.push(answered ? `quiz: ${right} of ${of.questions} right` : "quiz not begun");
    return said.join(" · ");
  }

  function show() {
    for (const stop of document.querySelectorAll("[data-chapter]")) {
      const done = counts(stop.dataset.chapter);
      const begun = done.of.sections > 0;
      stop.querySelector(".map-ring").style.setProperty("--done", share(done));
      const line = stop.querySelector(".map-text") ? lineIn(stop.querySelector(".map-text")) : null;
      if (line) line.textContent = begun ? words(done) : "";
    }
    const strip = document.querySelector(".course-strip");
    if (strip) lineIn(strip).textContent = words(counts(page));
    const keeping = document.querySelector(".map-keeping");
    if (keeping) keeping.querySelector("button").disabled = Object.keys(all()).length === 0;
  }

  function lineIn(box) {
    const line = box.querySelector(".map-done") ?? document.createElement("p");
    line.className = "map-done";
    if (!line.isConnected) box.append(line);
    return line;
  }

  function offerToForget(map) {
    const box = document.createElement("div");
    const note = document.createElement("p");
    const button = document.createElement("button");
    box.className = "map-keeping";
    note.setAttribute("role", "status");
    note.textContent = "What you have read and answered is kept in this browser alone.";
    button.type = "button";
    button.className = "course-button";
    button.textContent = "Forget my progress";
    button.addEventListener("click", () => {
      write({});
      note.textContent = "Your progress is forgotten.";
    });
    box.append(note, button);
    map.after(box);
  }

  window.courseProgress = { read, change };
  const map = document.querySelector("ol.course-map");
  if (map) offerToForget(map);
  if (document.querySelector(".course-strip")) {
    change({ total: total() });
    let waiting = setTimeout(markRead, REST);
    window.addEventListener(
      "scroll",
      () => {
        clearTimeout(waiting);
        waiting = setTimeout(markRead, REST);
      },
      { passive: true },
    );
  }
  window.addEventListener("storage", show);
  show();
})();
