// A trained LSTM reads a string of the embedded Reber grammar: every gate at every step, and what it expects next.
(() => {
  "use strict";
  const sigmoid = (z) => 1 / (1 + Math.exp(-z));
  const dot = (a, b) => a.reduce((sum, one, i) => sum + one * b[i], 0);
  const BLOCKS = ["input gate", "forget gate", "candidate", "output gate"]; // i, f, g, o: rows of the weights

  function run(string, { weight_ih, weight_hh, bias, readout, offset, symbols }) {
    const size = weight_hh[0].length;
    let h = Array(size).fill(0);
    let c = Array(size).fill(0);
    const steps = [];
    for (const symbol of [...string].slice(0, -1)) {
      const column = symbols.indexOf(symbol);
      const z = weight_hh.map((row, k) => weight_ih[k][column] + bias[k] + dot(row, h));
      const step = {};
      BLOCKS.forEach((name, block) => {
        step[name] = z.slice(block * size, (block + 1) * size).map(name === "candidate" ? Math.tanh : sigmoid);
      });
      c = c.map((old, k) => step["forget gate"][k] * old + step["input gate"][k] * step.candidate[k]);
      h = c.map((value, k) => step["output gate"][k] * Math.tanh(value));
      const scores = readout.map((row, k) => offset[k] + dot(row, h));
      const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
      const total = powers.reduce((sum, one) => sum + one, 0);
      steps.push({ ...step, "cell c": c, "hidden state h": h, expected: powers.map((one) => one / total) });
    }
    return steps;
  }

  function compute({ second, inner, show, step, unit }, data) {
    const string = `B${second}${inner}${second}E`;
    const steps = run(string, data);
    const values = steps.map((one) => one[show]); // by step, then unit
    const at = Math.min(step, steps.length);
    return { values, at, value: values[at - 1][unit - 1], expected: steps[at - 1].expected };
  }

  function drawUnits(paper, box, { values, at }, { second, inner, show, step, unit }) {
    const [length, size] = [values.length, values[0].length];
    const string = `B${second}${inner}${second}`;
    const ax = paper.axes(box, {
      x: [0.5, length + 0.5], y: [size + 0.5, 0.5], xticks: [...string].map((symbol, t) => [t + 1, symbol]),
      yticks: values[0].map((_, k) => [k + 1, String(k + 1)]), xlabel: "symbol that is read", ylabel: "unit", title: `The ${show}`, grid: false,
    });
    const most = show === "cell c" ? Math.max(...values.flat().map(Math.abs)) : 1;
    values.forEach((units, t) => units.forEach((value, k) => {
      ax.cell(t + 1, k + 1, 0.96, 0.96, { fill: value < 0 ? "vermillion" : "blue", opacity: 0.06 + 0.9 * Math.min(1, Math.abs(value) / most) });
    }));
    ax.cell(at, unit, 1, 1, { edge: "ink" });
    paper.name("square", { label: `0 to ${rnnFigures.written(most, 1)}, light to dark`, colour: "blue" });
    paper.name("square", { label: "below 0", colour: "vermillion" });
    ax.onPoint((x, y) => {
      const chosen = { step: Math.max(1, Math.min(length, Math.round(x))), unit: Math.max(1, Math.min(size, Math.round(y))) };
      if (chosen.step !== step || chosen.unit !== unit) paper.set(chosen);
    }, { hover: true });
  }

  rnnFigures.register("lstm-gates", {
    compute,
    draw(paper, result, params, data) {
      const [left, right] = paper.panels([3, 2], 330);
      drawUnits(paper, left, result, params);
      const legal = data.legal[`${params.second}${params.inner}`][result.at - 1];
      const ax = paper.axes(right, {
        x: [-0.6, data.symbols.length - 0.4], y: [0, 1.02], xticks: [...data.symbols].map((symbol, k) => [k, symbol]),
        xlabel: "next symbol", ylabel: "probability", title: "What it expects next", grid: false,
      });
      ax.bars([...result.expected.keys()], result.expected, {
        colours: [...data.symbols].map((symbol) => (legal.includes(symbol) ? "green" : "vermillion")),
      });
      paper.name("square", { label: "may come next", colour: "green" });
    },
    say({ at, value, expected }, { second, inner, show, unit }, { symbols, legal }) {
      const string = `B${second}${inner}${second}`;
      const may = legal[`${second}${inner}`][at - 1];
      const best = expected.indexOf(Math.max(...expected));
      const told = `It expects ${symbols[best]} with ${rnnFigures.written(expected[best], 2)}; ${[...may].join(" or ")} may come.`;
      return `Step ${at}, after ${string.slice(0, at)}: ${show} of unit ${unit} is ${rnnFigures.written(value, 2)}. ${told}`;
    },
  });
})();
