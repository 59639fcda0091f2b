// Gives every moving figure (rnn_course.plotting.Frames) a slider and a play button.
// Without this script the last frame is shown. A plain script: modules do not load from disk.
(() => {
  "use strict";
  const SECONDS_A_FRAME = 0.6;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  let count = 0;

  function create(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  function setUp(figure) {
    const frames = [...figure.querySelectorAll(":scope > .frame")];
    if (frames.length < 2) return;
    const id = `frames-${++count}`;
    const range = create("input", { type: "range", id, min: 0, max: frames.length - 1, step: 1 });
    const value = create("output", { for: id });
    const label = create("label", { for: id }, `${figure.dataset.slider}: `, value);
    const button = create("button", { type: "button" }, "Play");
    const name = figure.dataset.slider;
    let timer = 0;

    // the value keeps the width of the longest label, so that the slider does not move under the pointer
    value.style.display = "inline-block";
    value.style.minWidth = `${Math.max(...frames.map((frame) => frame.dataset.label.length))}ch`;

    function show(index) {
      frames.forEach((frame, i) => frame.toggleAttribute("hidden", i !== index));
      range.value = index;
      range.setAttribute("aria-valuetext", frames[index].dataset.label);
      value.textContent = frames[index].dataset.label;
    }

    function stop() {
      clearInterval(timer);
      timer = 0;
      button.textContent = "Play";
      button.setAttribute("aria-label", `Play: ${name}`);
    }

    function advance() {
      const next = Number(range.value) + 1;
      show(next);
      if (next === frames.length - 1) stop();
    }

    function play() {
      if (Number(range.value) === frames.length - 1) show(0);
      timer = setInterval(advance, 1000 * SECONDS_A_FRAME);
      button.textContent = "Pause";
      button.setAttribute("aria-label", `Pause: ${name}`);
    }

    range.addEventListener("input", () => {
      stop();
      show(Number(range.value));
    });
    button.addEventListener("click", () => (timer ? stop() : play()));
    calm.addEventListener("change", () => {
      stop();
      button.hidden = calm.matches;
    });

    const controls = create("div", { class: "frames-controls" }, button, label, range);
    stop();
    button.hidden = calm.matches;
    show(frames.length - 1);
    figure.append(controls);
    figure.classList.add("ready");
  }

  function start() {
    document.querySelectorAll(".frames").forEach(setUp);
  }

  // a live cell (live.js) has shown something
  document.addEventListener("live-output", (event) => event.target.querySelectorAll(".frames").forEach(setUp));

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
