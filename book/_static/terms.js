// Shows the definition of a term at its link: on hover and on keyboard focus, until the pointer leaves both, the focus
// moves on, or Escape is pressed. A touch follows the link.
(() => {
  "use strict";
  const DELAY = 150; // ms, so that a pointer that passes by opens nothing
  const GRACE = 300; // ms to move from the link into the note
  let open = null; // { link, note }
  let waiting = 0;

  function hide() {
    clearTimeout(waiting);
    if (open) open.note.hidden = true;
    open = null;
  }

  function later(task, delay) {
    clearTimeout(waiting);
    waiting = setTimeout(task, delay);
  }

  // Below the line of the link, or above it where there is no room; never past the edge of the window.
  function place(link, note) {
    const line = link.getClientRects()[0];
    const origin = note.offsetParent.getBoundingClientRect();
    const { width, height } = note.getBoundingClientRect();
    const left = Math.max(12, Math.min(line.left, document.documentElement.clientWidth - width - 12));
    const below = line.bottom + 6;
    const top = below + height > window.innerHeight && line.top > height + 6 ? line.top - height - 6 : below;
    note.style.left = `${left - origin.left}px`;
    note.style.top = `${top - origin.top}px`;
  }

  function show(link, note) {
    if (open?.link === link) return;
    hide();
    note.hidden = false;
    place(link, note);
    open = { link, note };
  }

  for (const link of document.querySelectorAll("a.term")) {
    const note = document.getElementById(link.getAttribute("href").replace(/^.*#term-/, "note-"));
    if (!note) continue;
    link.setAttribute("aria-describedby", note.id);
    link.addEventListener("pointerenter", (event) => {
      if (event.pointerType !== "touch") later(() => show(link, note), DELAY);
    });
    link.addEventListener("pointerleave", () => later(hide, GRACE));
    link.addEventListener("focus", () => {
      if (link.matches(":focus-visible")) show(link, note);
    });
    link.addEventListener("blur", hide);
  }
  for (const note of document.querySelectorAll(".term-note")) {
    note.addEventListener("pointerenter", () => clearTimeout(waiting));
    note.addEventListener("pointerleave", () => later(hide, GRACE));
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
  window.addEventListener("resize", hide);
})();
