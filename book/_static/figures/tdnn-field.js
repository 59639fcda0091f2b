// A stack of time-delay layers, unrolled: which inputs the latest output depends on, and over how many paths.
(() => {
  "use strict";

  const spread = ({ dilations }, layer) => (dilations === "doubling" ? 2 ** layer : 1);

  // rows[l][t]: how many paths lead from step t of level l to the latest output; level 0 is the input
  function compute(params, { steps }) {
    const { layers, kernel } = params;
    let row = Array.from({ length: steps }, (_, t) => Number(t === steps - 1));
    const rows = [row];
    let field = 1;
    for (let layer = layers - 1; layer >= 0; layer--) {
      const below = new Array(steps).fill(0);
      row.forEach((paths, t) => {
        for (let k = 0; k < kernel; k++) {
          const from = t - k * spread(params, layer);
          if (from >= 0) below[from] += paths; // before the first step there are only zeros
        }
      });
      field += (kernel - 1) * spread(params, layer);
      rows.unshift(below);
      row = below;
    }
    return { rows, paths: rows[0], field };
  }

  rnnFigures.register("tdnn-field", {
    compute,
    draw(paper, { rows, field }, params, { steps }) {
      const { layers, kernel } = params;
      const ticks = rows.map((_, level) => [level, level ? `layer ${level}` : "input"]);
      const lags = Array.from({ length: steps }, (_, t) => t - steps + 1);
      const ax = paper.axes(paper.panels([1], 110 + 62 * layers)[0], {
        x: [-steps + 0.4, 0.6], y: [-0.35, layers + 0.35], yticks: ticks, grid: false, spines: false,
        xlabel: "lag (steps before the present)", title: `Receptive field: ${field} of the inputs`,
      });
      for (let level = 1; level <= layers; level++) {
        rows[level].forEach((paths, t) => {
          for (let k = 0; paths && k < kernel; k++) {
            ax.line([lags[t], lags[t] - k * spread(params, level - 1)], [level, level - 1], { colour: "blue", width: 1.2 });
          }
        });
      }
      rows.forEach((row, level) => {
        const [seen, unseen] = [true, false].map((is) => lags.filter((_, t) => row[t] > 0 === is));
        ax.points(unseen, unseen.map(() => level), { colour: "grey", size: 2.2, opacity: 0.6, label: "not seen" });
        const look = level ? { colour: "blue", size: 4, label: "unit that takes part" } : { colour: "vermillion", shape: "square", size: 4, label: "input that is seen" };
        ax.points(seen, seen.map(() => level), look);
      });
    },
    say({ field, paths }, { layers, kernel }, { steps }) {
      const seen = paths.filter((count) => count > 0).length;
      const cut = field > steps ? ` Only the last ${steps} inputs are drawn.` : "";
      return `The output sees lags 0 to ${field - 1} (${seen} inputs are drawn). With one feature a layer it has ${layers * kernel} weights. Lag ${field} and beyond cannot matter.${cut}`;
    },
  });
})();
