// Stored runs of the adding problem: how many have met the criterion when a number of sequences has been seen.
(() => {
  "use strict";
  const LOOKS = { LSTM: ["blue", "circle", -1], GRU: ["green", "square", 1] };

  // 95 % interval for a share (Wilson 1927), as in rnn_course.experiments.store
  function wilson(successes, trials) {
    const square = 1.959964 ** 2;
    const rate = successes / trials;
    const centre = (rate + square / 2 / trials) / (1 + square / trials);
    const half = (1.959964 / (1 + square / trials)) * Math.sqrt((rate * (1 - rate)) / trials + square / (4 * trials ** 2));
    return [Math.max(centre - half, 0), Math.min(centre + half, 1)];
  }

  const thousands = (count) => (count ? `${count},000` : "0");

  // needed: for each cell and length, the sequences that each run has seen when it was done; -1 if it never was
  function compute({ budget }, { needed }) {
    const result = {};
    for (const [cell, lengths] of Object.entries(needed)) {
      const solved = lengths.map((runs) => runs.filter((one) => one >= 0 && one <= 1000 * budget).length);
      const ends = lengths.map((runs, i) => wilson(solved[i], runs.length));
      result[cell] = {
        share: lengths.map((runs, i) => solved[i] / runs.length),
        low: ends.map(([low]) => low),
        high: ends.map(([, high]) => high),
      };
    }
    return result;
  }

  rnnFigures.register("gru-success", {
    compute,
    draw(paper, result, { budget }, { lengths }) {
      const [box] = paper.panels([1], 300);
      const at = [...lengths.keys()];
      const ax = paper.axes(box, {
        x: [-0.5, lengths.length - 0.5], y: [-0.03, 1.05], xticks: at.map((i) => [i, String(lengths[i])]),
        xlabel: "length T of a sequence (steps)", ylabel: "share of runs that are done", title: `Adding problem, after ${thousands(budget)} sequences`,
      });
      for (const [cell, [colour, shape, side]] of Object.entries(LOOKS)) {
        const { share, low, high } = result[cell];
        const places = at.map((i) => i + 0.04 * side);
        places.forEach((x, i) => ax.line([x, x], [low[i], high[i]], { colour, width: 1.5 }));
        ax.line(places, share, { colour });
        ax.points(places, share, { colour, shape, size: 5, label: cell });
      }
    },
    say(result, { budget }, { lengths, needed }) {
      const parts = Object.keys(needed).map((cell) => {
        const counts = lengths.map((length, i) => {
          const runs = needed[cell][i].length;
          return `${Math.round(result[cell].share[i] * runs)} of ${runs} at T = ${length}`;
        });
        return `${cell}: ${counts.join(", ")}.`;
      });
      return `Done after ${thousands(budget)} sequences. ${parts.join(" ")}`;
    },
  });
})();
