// One LSTM unit and one GRU unit with gates that the reader holds: what each of them remembers of the same pulses.
(() => {
  "use strict";

  // The candidate is tanh of the input alone. An LSTM keeps and writes by two gates, a GRU by one.
  function compute({ keep, write, input }, { inputs }) {
    const candidates = inputs[input].map(Math.tanh);
    const lstm = [0];
    const gru = [0];
    candidates.forEach((candidate, t) => {
      lstm.push(keep * lstm[t] + write * candidate);
      gru.push(keep * gru[t] + (1 - keep) * candidate);
    });
    return { lstm, gru, candidates };
  }

  function cell(paper, box, title, memory, candidates, colour) {
    const ax = paper.axes(box, { x: [0, memory.length - 1], y: [-1.5, 4.5], xlabel: "step", ylabel: "memory", title });
    ax.line([0, memory.length - 1], [0, 0], { colour: "ink", dash: "dotted", width: 1 });
    ax.points([...candidates.keys()].map((t) => t + 1), candidates, { colour: "orange", size: 3.5, label: "candidate" });
    ax.line([...memory.keys()], memory, { colour, width: 2.5 });
  }

  rnnFigures.register("gru-cells", {
    compute,
    draw(paper, { lstm, gru, candidates }) {
      const [left, right] = paper.panels([1, 1], 270);
      cell(paper, left, "LSTM: c = f c + i g", lstm, candidates, "blue");
      cell(paper, right, "GRU: h = z h + (1 − z) n", gru, candidates, "green");
      paper.name("line", { label: "LSTM", colour: "blue" });
      paper.name("line", { label: "GRU", colour: "green" });
    },
    say({ lstm, gru }, { keep }) {
      const { written } = rnnFigures;
      const left = written(100 * keep ** 20, 0);
      const ends = `At the end the LSTM holds ${written(lstm.at(-1), 2)}, and the GRU ${written(gru.at(-1), 2)}.`;
      return `${ends} In both, 20 steps leave ${left} % of what was written, and of a gradient on its way back.`;
    },
  });
})();
