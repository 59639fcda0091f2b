// A gradient on its way back through an untrained network: the reader sets the weights' radius, the activation, the length.
(() => {
  "use strict";
  const sigmoid = (z) => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));
  const ACTIVATIONS = {
    identity: { f: (z) => z, slope: () => 1, steepest: 1, start: 0 },
    tanh: { f: Math.tanh, slope: (h) => 1 - h * h, steepest: 1, start: 0 },
    ReLU: { f: (z) => Math.max(z, 0), slope: (h) => (h > 0 ? 1 : 0), steepest: 1, start: 0 },
    sigmoid: { f: sigmoid, slope: (h) => h * (1 - h), steepest: 0.25, start: 0.5 },
  };
  const POWERS = [[1e-12, "10⁻¹²"], [1e-9, "10⁻⁹"], [1e-6, "10⁻⁶"], [1e-3, "10⁻³"], [1, "1"], [1e3, "10³"], [1e6, "10⁶"]];
  const norm = (vector) => Math.sqrt(vector.reduce((sum, one) => sum + one * one, 0));
  const dot = (a, b) => a.reduce((sum, one, i) => sum + one * b[i], 0);

  function compute({ weights, activation, radius, length }, { matrices, singular, x, gradient }) {
    const { f, slope, steepest, start } = ACTIVATIONS[activation.split(",")[0]];
    const weight = matrices[weights].map((row) => row.map((one) => radius * one));
    const bias = weight.map((row) => (activation.endsWith("centred") ? -row.reduce((sum, one) => sum + one, 0) / 2 : 0));
    const states = [];
    let h = weight.map(() => start);
    for (let t = 0; t < length; t++) {
      h = weight.map((row, i) => f(x[t][i] + bias[i] + dot(row, h)));
      states.push(h);
    }
    let d = gradient;
    const norms = [norm(d)];
    for (const state of states.reverse()) {
      const leaving = d.map((one, i) => one * slope(state[i]));
      d = weight.map((_, j) => leaving.reduce((sum, one, i) => sum + one * weight[i][j], 0));
      norms.push(norm(d));
    }
    const bound = norms.map((_, lag) => norms[0] * (steepest * radius * singular[weights]) ** lag);
    return { norms, bound, growth: (norms.at(-1) / norms[0]) ** (1 / length) };
  }

  rnnFigures.register("gradients-norms", {
    compute,
    draw(paper, { norms, bound }, { length }) {
      const [box] = paper.panels([1], 320);
      const ax = paper.axes(box, {
        x: [0, length], y: [1e-12, 1e6], ylog: true, yticks: POWERS, xlabel: "lag (steps back)", ylabel: "norm of the gradient",
        title: "What is left of the gradient",
      });
      const lags = [...norms.keys()];
      ax.line([0, length], [1, 1], { colour: "ink", dash: "dotted", width: 1, label: "no change" });
      ax.line(lags, bound, { colour: "orange", dash: "dashed", label: "bound" });
      ax.line(lags, norms, { colour: "blue", width: 2.5, label: "gradient" });
    },
    say({ norms, growth }, { length }) {
      const factor = rnnFigures.written(growth, 2);
      if (norms.at(-1) === 0) return `Every unit is off at some step: nothing is left after ${length} steps.`;
      const exponent = rnnFigures.written(Math.log10(norms.at(-1) / norms[0]), 1);
      const fate = growth < 0.98 ? "It vanishes." : growth > 1.02 ? "It explodes." : "It neither grows nor shrinks much.";
      return `The norm changes by a factor of ${factor} a step, 10 to the power of ${exponent} in ${length} steps. ${fate}`;
    },
  });
})();
