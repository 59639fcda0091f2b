// A network of two hidden units whose seven numbers the reader sets, or lets descend the gradient.
(() => {
  "use strict";
  const UNITS = [1, 2];
  const LOST = 1e6; // descent does not come back from such a loss
  // each activation, and its derivative from its output
  const ACTIVATIONS = {
    identity: [(z) => z, () => 1],
    sigmoid: [(z) => 1 / (1 + Math.exp(-z)), (h) => h * (1 - h)],
    tanh: [Math.tanh, (h) => 1 - h * h],
    ReLU: [(z) => Math.max(0, z), (h) => Number(h > 0)],
  };

  function forward(params, xs) {
    const [activation] = ACTIVATIONS[params.activation];
    const hidden = UNITS.map((j) => xs.map((x) => activation(params[`w${j}`] * x + params[`b${j}`]))); // (2, B)
    const parts = UNITS.map((j, i) => hidden[i].map((h) => params[`v${j}`] * h)); // (2, B)
    return { hidden, parts, output: xs.map((_, n) => params.c + parts[0][n] + parts[1][n]) };
  }

  function backward(params, xs, hidden, errors) {
    const [, derivative] = ACTIVATIONS[params.activation];
    const delta = errors.map((error) => (2 * error) / xs.length); // gradient of the output, (B)
    const sum = (terms) => terms.reduce((total, one) => total + one, 0);
    const gradient = { c: sum(delta) };
    UNITS.forEach((j, i) => {
      const deltaZ = delta.map((d, n) => d * params[`v${j}`] * derivative(hidden[i][n]));
      gradient[`v${j}`] = sum(delta.map((d, n) => d * hidden[i][n]));
      gradient[`w${j}`] = sum(deltaZ.map((d, n) => d * xs[n]));
      gradient[`b${j}`] = sum(deltaZ);
    });
    return gradient;
  }

  function compute(params, { x, targets }) {
    const target = targets[params.target];
    const { hidden, parts, output } = forward(params, x);
    const errors = output.map((y, n) => y - target[n]);
    const loss = errors.reduce((total, error) => total + error * error, 0) / x.length;
    return { parts, output, loss, gradient: backward(params, x, hidden, errors) };
  }

  function descend(params, data) {
    const now = { ...params };
    for (let step = 0; step < data.steps; step++) {
      const { loss, gradient } = compute(now, data);
      if (!(loss < LOST)) return step ? now : null;
      for (const [name, slope] of Object.entries(gradient)) now[name] -= data.rate * slope;
    }
    return now;
  }

  rnnFigures.register("ffnn-units", {
    compute,
    act: { descend },
    draw(paper, { parts, output, loss }, params, { x, targets }) {
      const ax = paper.axes(paper.panels([1], 320)[0], {
        x: [x[0], x.at(-1)], y: [-2, 2], xlabel: "x", ylabel: "y",
        title: `Mean squared error ${loss < 1000 ? rnnFigures.written(loss, 4) : loss.toPrecision(2)}`,
      });
      ax.line(x, targets[params.target], { colour: "green", dash: "dashed", width: 2.5, label: "target" });
      ax.line(x, parts[0], { colour: "orange", width: 1.5, label: "unit 1, times v₁" });
      ax.line(x, parts[1], { colour: "purple", width: 2, dash: "dotted", label: "unit 2, times v₂" });
      ax.line(x, output, { colour: "blue", width: 3, label: "output, their sum plus c" });
    },
    say({ loss }, params, data) {
      if (!(loss < LOST)) return "The steps were too large for these values: descent has diverged.";
      const best = data.constant[params.target];
      const compared = loss < best ? "better" : "no better";
      const [reached, constant] = [loss, best].map((one) => rnnFigures.written(one, 4));
      return `Mean squared error ${reached}, ${compared} than the best constant's ${constant}.`;
    },
  });
})();
