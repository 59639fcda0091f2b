// The cell of an LSTM whose gates the reader holds: a value is written at step 1; what is left of it, and of its gradient.
(() => {
  "use strict";
  const RADIUS = 27; // pixels, of a circle
  const POWERS = [[1e-8, "10⁻⁸"], [1e-6, "10⁻⁶"], [1e-4, "10⁻⁴"], [1e-2, "10⁻²"], [1, "1"]];

  // entry 0 of each list belongs to step 1, where the gate is open and 1 is written
  function compute({ input, forget, output, length }, { candidates }) {
    const cell = [1];
    for (let t = 1; t < length; t += 1) cell.push(forget * cell[t - 1] + input * candidates[t]);
    const hidden = cell.map((c) => output * Math.tanh(c));
    const left = cell.map((_, t) => forget ** t);
    const gradient = cell.map((_, t) => forget ** (length - 1 - t)); // of the last cell, by the cell of each step
    const squashed = Math.tanh(cell[length - 1]);
    return { cell, hidden, left, gradient, read: gradient[0] * output * (1 - squashed * squashed) };
  }

  function circle(paper, [x, y], value, colour, name, below = true) {
    paper.add("circle", { cx: x, cy: y, r: RADIUS, fill: "var(--pst-color-background)" });
    const look = { "fill-opacity": 0.08 + 0.6 * Math.min(1, Math.abs(value)), stroke: "currentColor", "stroke-width": 1.3 };
    paper.add("circle", { cx: x, cy: y, r: RADIUS, fill: `var(--figure-${colour})`, ...look });
    paper.text(x, y + 4.5, rnnFigures.written(value, 2), { anchor: "middle" });
    paper.text(x, y + (below ? RADIUS + 17 : -RADIUS - 8), name, { anchor: "middle" });
  }

  // a wire is as dark as the gate before it is open
  function wire(paper, path, open) {
    paper.add("path", { d: path, fill: "none", stroke: "currentColor", "stroke-width": 1.2, opacity: 0.25 });
    paper.add("path", { d: path, fill: "none", stroke: "var(--figure-blue)", "stroke-width": 4.5, opacity: open });
  }

  // two bars that move apart
  function gate(paper, [x, y], open, name) {
    const reach = 4 + 9 * open;
    for (const side of [-1, 1]) {
      const [from, to] = [y + side * reach, y + side * 22].sort((a, b) => a - b);
      paper.add("rect", { x: x - 4, y: from, width: 8, height: to - from, fill: "var(--figure-vermillion)" });
    }
    if (open === 0) paper.add("rect", { x: x - 4, y: y - 5, width: 8, height: 10, fill: "var(--figure-vermillion)" });
    paper.text(x, y + 38, `${name} = ${rnnFigures.written(open, 2)}`, { anchor: "middle" });
  }

  function drawCell(paper, box, { cell, hidden }, { input, forget, output, length }, { candidates }) {
    const at = (x, y) => [box.left + x * box.width, box.top + y * box.height];
    const [g, c, h] = [at(0.11, 0.64), at(0.5, 0.64), at(0.89, 0.64)];
    const top = box.top + 0.19 * box.height;
    wire(paper, `M${g[0]} ${g[1]}H${c[0]}`, input);
    wire(paper, `M${c[0]} ${c[1]}H${h[0]}`, output);
    const wide = 0.17 * box.width;
    wire(paper, `M${c[0]} ${c[1]}C${c[0] + wide} ${c[1] - 40} ${c[0] + wide} ${top} ${c[0]} ${top}C${c[0] - wide} ${top} ${c[0] - wide} ${c[1] - 40} ${c[0]} ${c[1]}`, forget);
    circle(paper, g, candidates[length - 1], "orange", "candidate g");
    circle(paper, c, cell.at(-1), "blue", "cell c");
    circle(paper, h, hidden.at(-1), "green", "hidden h");
    gate(paper, at(0.3, 0.64), input, "i");
    gate(paper, [c[0], top], forget, "f");
    gate(paper, at(0.7, 0.64), output, "o");
    paper.text(box.left + box.width / 2, box.top + box.height - 14, `step ${length}, with the gates as they are held`, { anchor: "middle" });
  }

  rnnFigures.register("lstm-cell", {
    compute,
    draw(paper, result, params, data) {
      const [first, second] = paper.panels([1, 1], 380);
      drawCell(paper, first, result, params, data);
      const { length } = params;
      const steps = result.cell.map((_, t) => t + 1);
      const reach = 1.1 * Math.max(1, ...result.cell.map(Math.abs));
      const memory = paper.axes({ ...second, height: 190 }, { x: [1, length], y: [-reach, reach], ylabel: "value", title: "The memory" });
      memory.line([1, length], [0, 0], { colour: "ink", dash: "dotted", width: 1 });
      memory.line(steps, result.hidden, { colour: "green", width: 1.5, label: "hidden state h" });
      memory.line(steps, result.cell, { colour: "blue", width: 2.5, label: "cell c" });
      memory.line(steps, result.left, { colour: "orange", dash: "dashed", label: "left of the 1 from step 1" });
      const place = { ...second, top: second.top + 190, height: 190 };
      const options = { x: [1, length], y: [1e-8, 3], ylog: true, yticks: POWERS, xlabel: "step t", title: "Its gradient, ∂c_T / ∂c_t" };
      paper.axes(place, options).line(steps, result.gradient, { colour: "purple", width: 2.5, label: "gradient of the last cell" });
    },
    say({ cell, left, read }, { length }) {
      const written = (value) => (value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(1).replace("-", "−") : rnnFigures.written(value, 3));
      return `After ${length} steps the cell holds ${written(cell.at(-1))}. Of the 1 from step 1, ${written(left.at(-1))} is left, and as much of the gradient gets back to it. Through the output gate it is ${written(read)}.`;
    },
  });
})();
