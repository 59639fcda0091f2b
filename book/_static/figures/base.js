// Moving figures: drawings that were made when the book was built (plotting.Frames), and figures that the page draws
// (plotting.Playground). Plain scripts: modules do not load from a page opened from disk.
(() => {
  "use strict";
  const { Panel, create } = rnnFigures;
  const PACE = { frames: 600, playground: 200 }; // milliseconds from step to step of what plays
  const known = new Map();
  let count = 0;

  function setUpFrames(host) {
    const frames = [...host.querySelectorAll(":scope > .frame")];
    const texts = frames.map((frame) => frame.dataset.label);
    const last = frames.length - 1;
    const spec = { kind: "slider", name: "frame", label: host.dataset.slider, low: 0, high: last, step: 1, value: last };
    const changed = ({ frame }) => frames.forEach((one, i) => one.toggleAttribute("hidden", i !== frame));
    const panel = new Panel([{ ...spec, texts, play: true }], { changed, pace: PACE.frames });
    panel.update({});
    host.append(panel.element);
  }

  function setUpPlayground(host) {
    const definition = known.get(host.dataset.playground);
    if (!definition) return false; // the still is shown
    const { controls, data } = JSON.parse(host.querySelector(":scope > script").textContent);
    const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const name = host.querySelector(".still svg").getAttribute("aria-label");
    const legend = create("ul", { class: "figure-legend" });
    const summary = create("p", { class: "figure-summary", role: "status", id: `figure-summary-${++count}` });
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", name);
    drawing.setAttribute("aria-describedby", summary.id);

    function changed(params, playing) {
      const result = definition.compute(params, data);
      const paper = new rnnFigures.Paper(drawing, legend, (part) => panel.set(part));
      definition.draw(paper, result, params, data);
      const text = definition.say(result, params, data);
      summary.setAttribute("aria-live", playing ? "off" : "polite"); // one sentence at the end, not one a step
      if (summary.textContent !== text) summary.textContent = text;
    }

    const act = (task) => definition.act[task](panel.params, data);
    const panel = new Panel(controls, { changed, act, pace: PACE.playground });
    panel.addReset();
    const parts = [...panel.elementsOf("above"), legend, drawing, summary, panel.element];
    const live = create("div", { class: "live-drawing" }, ...parts);
    host.append(live);
    host.classList.add("ready"); // the drawing now has a width
    let width = 0;
    new ResizeObserver(() => {
      if (live.clientWidth === width || !live.clientWidth) return;
      width = live.clientWidth;
      panel.update({});
    }).observe(live);
    panel.update({});
    return true;
  }

  function setUp(root) {
    for (const host of root.querySelectorAll(".frames:not(.ready)")) {
      setUpFrames(host);
      host.classList.add("ready");
    }
    root.querySelectorAll(".playground:not(.ready)").forEach(setUpPlayground);
  }

  // a live cell (live.js) has shown something
  document.addEventListener("live-output", (event) => setUp(event.target));
  // deferred scripts have run by then, those of the page's playgrounds too
  document.addEventListener("DOMContentLoaded", () => setUp(document));

  Object.assign(rnnFigures, {
    register: (name, definition) => known.set(name, definition),
    // what the tests compare with rnn_course
    compute: (name, params, data) => known.get(name).compute(params, data),
    act: (name, task, params, data) => known.get(name).act[task](params, data),
  });
})();
