// A recurrent network of one unit a layer: folded, or unfolded over as many steps as the reader wants.
(() => {
  "use strict";
  const RADIUS = 20; // pixels, of a unit
  const ROWS = [52, 138, 224]; // pixels: output, hidden, input
  const MARGIN = 62; // pixels for the names of the rows
  const COLOURS = { input: "orange", back: "blue", out: "green" };

  // Without a step nothing is computed: the folded network is a drawing of one moment.
  function compute({ network, steps }, { x, weights }) {
    const h = [];
    const y = [];
    for (let t = 0; t < steps; t += 1) {
      const past = t === 0 ? 0 : network === "Elman" ? h[t - 1] : y[t - 1];
      h.push(Math.tanh(weights.input * x[t] + weights.back * past));
      y.push(weights.out * h[t]);
    }
    return { h, y, uses: 3 * Math.max(1, steps) - (steps ? 1 : 0) }; // the first step has no past
  }

  function arrow(paper, d, colour, dash) {
    const look = { fill: "none", stroke: `var(--figure-${colour})`, "stroke-width": 2, "stroke-dasharray": dash };
    const drawn = paper.add("path", { d, ...look });
    const end = drawn.getPointAtLength(drawn.getTotalLength());
    const before = drawn.getPointAtLength(drawn.getTotalLength() - 6);
    const angle = (Math.atan2(end.y - before.y, end.x - before.x) * 180) / Math.PI;
    const head = { d: "M0 0l-9 -4.5v9z", transform: `translate(${end.x} ${end.y}) rotate(${angle})` };
    paper.add("path", { ...head, fill: `var(--figure-${colour})` });
  }

  function straight(paper, [x0, y0], [x1, y1], colour) {
    const length = Math.hypot(x1 - x0, y1 - y0);
    const [a, b] = [((x1 - x0) / length) * (RADIUS + 1), ((y1 - y0) / length) * (RADIUS + 1)];
    arrow(paper, `M${x0 + a} ${y0 + b}L${x1 - a} ${y1 - b}`, colour);
  }

  function unit(paper, [cx, cy], text) {
    const look = { stroke: "currentColor", "stroke-width": 1.3 };
    paper.add("circle", { cx, cy, r: RADIUS, fill: "var(--pst-color-background)" });
    paper.add("circle", { cx, cy, r: RADIUS, fill: "var(--figure-sky)", "fill-opacity": 0.25, ...look });
    paper.text(cx, cy + 4.5, text, { anchor: "middle" });
  }

  // The way back of the folded network leaves to the right and comes in from the right, one step later.
  function loop(paper, x, network) {
    const [top, middle] = ROWS;
    const far = x + 92;
    const from = network === "Elman" ? middle - 9 : top;
    const d = `M${x + RADIUS} ${from}C${far} ${from - 26} ${far} ${middle + 34} ${x + RADIUS} ${middle + 8}`;
    arrow(paper, d, COLOURS.back, "6 4");
    paper.text(x + 80, middle - 4, "one step");
    paper.text(x + 80, middle + 12, "later");
  }

  rnnFigures.register("elman-unroll", {
    compute,
    draw(paper, { h, y }, { network, steps }, { x }) {
      const [box] = paper.panels([1], 290);
      const n = Math.max(1, steps);
      const room = box.width - MARGIN - 8;
      const apart = Math.min(110, room / n);
      const left = box.left + MARGIN + apart / 2;
      const at = (row, t) => [left + t * apart, box.top + ROWS[row]];
      ["output", "hidden", "input"].forEach((name, row) => paper.text(box.left + 2, box.top + ROWS[row] + 4.5, name));
      for (let t = 0; t < n; t += 1) {
        straight(paper, at(2, t), at(1, t), COLOURS.input);
        straight(paper, at(1, t), at(0, t), COLOURS.out);
        if (t) straight(paper, at(network === "Elman" ? 1 : 0, t - 1), at(1, t), COLOURS.back);
      }
      if (!steps) loop(paper, left, network);
      for (let t = 0; t < n; t += 1) {
        [y, h, x].forEach((values, row) => unit(paper, at(row, t), steps ? written(values[t], row) : "yhx"[row]));
        if (steps) paper.text(at(2, t)[0], box.top + 270, `t = ${t + 1}`, { anchor: "middle" });
      }
      paper.name("line", { label: "input to hidden", colour: COLOURS.input });
      paper.name("line", { label: network === "Elman" ? "hidden to hidden, one step later" : "output to hidden, one step later", colour: COLOURS.back });
      paper.name("line", { label: "hidden to output", colour: COLOURS.out });
    },
    say({ y, uses }, { network, steps }) {
      const last = network === "Elman" ? "the hidden unit" : "the output";
      if (!steps) return `Folded: three weights, each drawn once. The way back starts at ${last} and takes one step.`;
      const span = steps === 1 ? "1 step" : `${steps} steps`;
      return `Unfolded over ${span}: three weights, in ${uses} places. From step to step goes ${last}. The last output is ${rnnFigures.written(y.at(-1), 2)}.`;
    },
  });

  function written(value, row) {
    return rnnFigures.written(value, row === 2 ? 0 : 2);
  }
})();
