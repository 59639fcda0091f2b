// Gradient descent on a loss of one weight: it creeps, converges, swings or flies away.
(() => {
  "use strict";
  const LOST = 1e6; // a weight beyond this does not come back

  // Each loss is a polynomial: the coefficients of w⁰, w¹, … are in the data.
  function value(coefficients, w) {
    return coefficients.reduceRight((sum, one) => sum * w + one, 0);
  }

  function derivative(coefficients) {
    return coefficients.slice(1).map((one, i) => one * (i + 1));
  }

  function compute({ loss, start, rate, steps }, data) {
    const coefficients = data.losses[loss];
    const slope = derivative(coefficients);
    const weights = [start];
    while (weights.length <= steps && Math.abs(weights.at(-1)) <= LOST) {
      const w = weights.at(-1);
      weights.push(w - rate * value(slope, w));
    }
    return {
      weights,
      losses: weights.map((w) => value(coefficients, w)),
      gradients: weights.map((w) => value(slope, w)),
    };
  }

  // What a reader sees in the last steps.
  function outcome({ weights, gradients }) {
    if (Math.abs(weights.at(-1)) > 10) return "The steps grow: it diverges.";
    if (weights.length < 3) return "";
    const moves = weights.slice(1).map((w, i) => w - weights[i]);
    const [before, last] = moves.slice(-2);
    const sides = `The last steps ${before * last < 0 ? "jump from side to side" : "go one way"}`;
    if (Math.abs(gradients.at(-1)) < 1e-3) return `${sides}, and it has arrived.`;
    return `${sides}, and they ${Math.abs(last) < Math.abs(before) ? "shrink" : "do not shrink"}.`;
  }

  function drawLoss(paper, box, { weights, losses }, { loss }, data) {
    const [low, high] = data.range;
    const grid = Array.from({ length: 121 }, (_, i) => low + (i * (high - low)) / 120);
    const heights = grid.map((w) => value(data.losses[loss], w));
    const top = 1.08 * Math.max(...heights);
    const bottom = Math.min(0, ...heights) - 0.05 * top;
    const ax = paper.axes(box, { x: [low, high], y: [bottom, top], xlabel: "weight w", ylabel: "loss L", title: loss });
    ax.line(grid, heights, { colour: "green", width: 2.5, label: "loss" });
    ax.line(weights, losses, { colour: "blue", width: 1.2, opacity: 0.7 });
    ax.points(weights, losses, { colour: "blue", size: 4, label: "after each step" });
    ax.points(weights.slice(0, 1), losses.slice(0, 1), { colour: "orange", shape: "square", size: 6, label: "start" });
    ax.points(weights.slice(-1), losses.slice(-1), { colour: "vermillion", shape: "triangle", size: 7, label: "now" });
    ax.onPoint((w) => paper.set({ start: Math.round(10 * Math.max(low, Math.min(high, w))) / 10 }));
  }

  function drawGradients(paper, box, { gradients }, { steps }) {
    const ax = paper.axes(box, {
      x: [-0.3, steps + 0.7], y: [1e-6, 1e3], ylog: true, xlabel: "step", ylabel: "size of the gradient",
      title: "Is it settling?",
    });
    const sizes = gradients.map(Math.abs);
    ax.line([...sizes.keys()], sizes, { colour: "blue", width: 1.5 });
    ax.points([...sizes.keys()], sizes, { colour: "blue", size: 3 });
  }

  rnnFigures.register("ffnn-descent", {
    compute,
    draw(paper, result, params, data) {
      const [left, right] = paper.panels([3, 2], 300);
      drawLoss(paper, left, result, params, data);
      drawGradients(paper, right, result, params);
    },
    say(result) {
      const written = (number) => String(Number(number.toPrecision(2))).replace(/-/g, "−");
      const { weights, losses } = result;
      const ends = `w is ${written(weights.at(-1))} and the loss ${written(losses.at(-1))}`;
      return `After ${weights.length - 1} steps ${ends}. ${outcome(result)}`.trim();
    },
  });
})();
