// Gradient descent on the error of one recurrent unit, which has a cliff: with and without clipping.
(() => {
  "use strict";
  const sigmoid = (z) => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));

  const POWERS = [[1e-3, "10⁻³"], [1e-2, "0.01"], [0.1, "0.1"], [1, "1"], [10, "10"], [100, "100"]];

  function error(weight, bias, { steps, start, target }) {
    let [h, byWeight, byBias] = [start, 0, 0];
    for (let t = 0; t < steps; t++) {
      const before = h;
      h = sigmoid(weight * h + bias);
      const slope = h * (1 - h);
      byWeight = slope * (before + weight * byWeight);
      byBias = slope * (1 + weight * byBias);
    }
    const d = 2 * (h - target);
    return [(h - target) ** 2, d * byWeight, d * byBias];
  }

  function compute({ clipping, weight, updates }, data) {
    let [w, b] = [weight, data.bias];
    const path = [];
    for (let update = 0; ; update++) {
      const [value, dw, db] = error(w, b, data);
      const norm = Math.hypot(dw, db);
      path.push([w, b, value, norm]);
      if (update === updates) break;
      const scale = clipping === "none" ? 1 : Math.min(1, Number(clipping) / norm);
      [w, b] = [w - data.rate * scale * dw, b - data.rate * scale * db];
    }
    return { path };
  }

  function drawSurface(paper, box, { path }, data) {
    const { weights, biases, errors } = data;
    const ax = paper.axes(box, {
      x: data.xrange, y: data.yrange, xlabel: "weight w", ylabel: "bias b", title: "Error: more colour is worse", grid: false,
    });
    const [wide, high] = [weights[1] - weights[0], biases[1] - biases[0]];
    biases.forEach((b, i) => weights.forEach((w, j) => {
      const opacity = 0.85 * Math.sqrt(Math.min(1, 2 * errors[i][j])); // the root lets the valley stand out
      ax.cell(w, b, wide, high, { fill: "purple", opacity: opacity.toFixed(3) });
    }));
    const [ws, bs] = [0, 1].map((k) => path.map((point) => point[k]));
    ax.line(ws, bs, { colour: "blue", width: 1.5, label: "path" });
    ax.points(ws, bs, { colour: "blue", size: 2.5 });
    ax.points(ws.slice(0, 1), bs.slice(0, 1), { colour: "orange", shape: "square", size: 5.5, label: "start" });
    ax.points(ws.slice(-1), bs.slice(-1), { colour: "vermillion", shape: "triangle", size: 6.5, label: "now" });
  }

  function drawNorms(paper, box, { path }, data) {
    const ax = paper.axes(box, {
      x: [0, data.last], y: [1e-3, 1e2], ylog: true, yticks: POWERS, xlabel: "update", ylabel: "norm of the gradient", title: "Before clipping",
    });
    ax.line([...path.keys()], path.map((point) => point[3]), { colour: "blue" });
    ax.points([path.length - 1], [path.at(-1)[3]], { colour: "vermillion", shape: "triangle", size: 6.5 });
  }

  rnnFigures.register("gradients-cliff", {
    compute,
    draw(paper, result, params, data) {
      const [left, right] = paper.panels([3, 2], 330);
      drawSurface(paper, left, result, data);
      drawNorms(paper, right, result, data);
    },
    say({ path }) {
      const [w, b, value] = path.at(-1);
      const moves = path.slice(1).map(([u, v], i) => Math.hypot(u - path[i][0], v - path[i][1]));
      const longest = rnnFigures.written(Math.max(0, ...moves), 2);
      const [where, told] = [[w, b].map((one) => rnnFigures.written(one, 2)).join(" and "), rnnFigures.written(value, 4)];
      return `After ${path.length - 1} updates w and b are ${where}, and the error is ${told}. The longest step so far: ${longest}.`;
    },
  });
})();
