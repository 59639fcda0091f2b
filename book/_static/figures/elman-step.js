// A trained Elman network that reads XOR in time bit by bit: what stands in its units, and what it expects next.
(() => {
  "use strict";
  const RADIUS = 19; // pixels, of a unit

  const sigmoid = (z) => 1 / (1 + Math.exp(-z));
  const dot = (weights, values) => weights.reduce((sum, weight, i) => sum + weight * values[i], 0);

  // read: bits read so far; with the context held, the hidden layer sees 1/2 in every context unit, always
  function compute({ network, stream, read, context }, data) {
    const { weight_ih, weight_hh, readout } = data.networks[network];
    const bits = data.streams[stream];
    const start = weight_hh.map(() => 0.5);
    const hidden = [start];
    const output = [];
    for (let t = 0; t < read; t += 1) {
      const seen = context === "held at ½" ? start : hidden[t];
      hidden.push(weight_ih.map((row, i) => sigmoid(dot(row, [bits[t], 1]) + dot(weight_hh[i], seen))));
      output.push(sigmoid(dot(readout[0], [...hidden[t + 1], 1])));
    }
    const before = context === "held at ½" || read === 0 ? start : hidden[read - 1];
    return { hidden: hidden[read], context: before, output };
  }

  function unit(paper, [x, y], value, colour, name) {
    paper.add("circle", { cx: x, cy: y, r: RADIUS, fill: "var(--pst-color-background)" });
    paper.add("circle", { cx: x, cy: y, r: RADIUS, fill: `var(--figure-${colour})`, "fill-opacity": 0.1 + 0.6 * value, stroke: "currentColor", "stroke-width": 1.2 });
    paper.text(x, y + 4.5, value.toFixed(2), { anchor: "middle" });
    if (name) paper.text(x, y + RADIUS + 16, name, { anchor: "middle" });
  }

  function wire(paper, [x0, y0], [x1, y1], weight) {
    const width = Math.min(5, 0.6 + Math.abs(weight) / 4);
    const colour = weight < 0 ? "var(--figure-vermillion)" : "var(--figure-blue)";
    paper.add("path", { d: `M${x0} ${y0}L${x1} ${y1}`, stroke: colour, "stroke-width": width, opacity: 0.5 });
  }

  function drawNetwork(paper, box, { hidden, context, output }, { network, stream, read }, data) {
    const { weight_ih, weight_hh, readout } = data.networks[network];
    const size = hidden.length;
    const low = box.top + box.height - 62;
    const middle = box.top + box.height / 2 - 4;
    const across = (i, n, from, to) => box.left + box.width * (from + ((to - from) * (i + 0.5)) / n);
    const input = [box.left + 0.12 * box.width, low];
    const units = hidden.map((_, i) => [across(i, size, 0.2, 1), middle]);
    const copies = hidden.map((_, i) => [across(i, size, 0.2, 1), low]);
    const top = [across(0, 1, 0.2, 1), box.top + 52];
    units.forEach((at, i) => {
      wire(paper, input, at, weight_ih[i][0]);
      copies.forEach((from, j) => wire(paper, from, at, weight_hh[i][j]));
      wire(paper, at, top, readout[0][i]);
    });
    unit(paper, input, read ? data.streams[stream][read - 1] : 0.5, "orange", "bit read");
    copies.forEach((at, i) => unit(paper, at, context[i], "sky", i === 0 ? "context" : ""));
    units.forEach((at, i) => unit(paper, at, hidden[i], "green", ""));
    paper.text(units[0][0] - RADIUS - 5, middle + 4.5, "hidden", { anchor: "end" });
    unit(paper, top, read ? output[read - 1] : 0.5, "purple", "");
    paper.text(top[0] + RADIUS + 8, top[1] + 4.5, "next bit is 1");
  }

  rnnFigures.register("elman-step", {
    compute,
    draw(paper, result, params, data) {
      const [left, right] = paper.panels([5, 6], 300);
      drawNetwork(paper, left, result, params, data);
      const bits = data.streams[params.stream];
      const ax = paper.axes(right, {
        x: [-0.6, bits.length - 0.4], y: [-0.12, 1.12], yticks: [[0, "0"], [0.5, "½"], [1, "1"]], xlabel: "step", ylabel: "bit, or forecast of it", grid: false,
      });
      for (let t = 2; t < bits.length; t += 3) ax.cell(t, 0.5, 0.9, 1.24, { fill: "grey", opacity: 0.18 });
      ax.points([...bits.keys()].slice(0, params.read), bits.slice(0, params.read), { colour: "orange", shape: "square", size: 4.5, label: "bit" });
      const at = result.output.map((_, i) => i + 1);
      ax.points(at, result.output, { colour: "purple", size: 4, label: "forecast, made one step before" });
      paper.name("square", { label: "third bit of a triple", colour: "grey" });
      paper.name("line", { label: "weight above 0", colour: "blue" });
      paper.name("line", { label: "weight below 0", colour: "vermillion" });
    },
    say({ output }, { read, stream }, data) {
      if (!read) return "Nothing is read yet. Every context unit stands at one half.";
      const bits = data.streams[stream];
      const said = output[read - 1].toFixed(2);
      const kind = ["the first coin flip of a triple", "the second coin flip", "the XOR of the last two"][read % 3];
      const came = read < bits.length ? ` It will be ${bits[read]}.` : "";
      return `After ${read} ${read === 1 ? "bit" : "bits"} the network expects a 1 with ${said}. The next bit is ${kind}.${came}`;
    },
  });
})();
