// One set of weights that slides along a signal: the reader chooses the weights, how far apart they look, and the place.
(() => {
  "use strict";

  // outputs[i] belongs to the window that ends at step span - 1 + i
  function compute({ weights, dilation: chosen, year }, { kernels, biases, numbers, first }) {
    const kernel = kernels[weights];
    const dilation = Number(chosen);
    const span = (kernel.length - 1) * dilation + 1;
    const outputs = numbers.slice(span - 1).map((_, start) =>
      kernel.reduce((sum, weight, k) => sum + weight * numbers[start + k * dilation], biases[weights]));
    const start = Math.max(0, year - first - span + 1); // no window ends before it is whole
    const inputs = kernel.map((_, k) => start + k * dilation);
    return { outputs, inputs, output: outputs[start], end: first + start + span - 1 };
  }

  function drawSignal(paper, box, { inputs }, { numbers, first, years }) {
    const ax = paper.axes(box, {
      x: [first, first + numbers.length - 1], y: [0, 200], ylabel: "sunspot number", title: "The signal, and the window on it",
    });
    const [from, to] = [first + inputs[0], first + inputs.at(-1)];
    ax.cell((from + to) / 2, 100, to - from + 1.6, 200, { fill: "orange", opacity: 0.3 });
    ax.line(years, numbers, { colour: "blue", width: 1.5, label: "sunspot number" });
    const look = { colour: "vermillion", shape: "square", size: 3.5, label: "inputs of the window" };
    ax.points(inputs.map((i) => first + i), inputs.map((i) => numbers[i]), look);
  }

  function drawOutput(paper, box, { outputs, output, end }, { numbers, first }) {
    const [low, high] = [Math.min(...outputs), Math.max(...outputs)];
    const pad = 0.06 * (high - low);
    const ax = paper.axes(box, {
      x: [first, first + numbers.length - 1], y: [low - pad, high + pad], xlabel: "year", ylabel: "output",
      title: "What the same weights give at every place",
    });
    const ends = outputs.map((_, i) => first + numbers.length - outputs.length + i);
    ax.line(ends, outputs, { colour: "green", width: 1, opacity: 0.45 });
    const done = ends.filter((year) => year <= end);
    ax.line(done, outputs.slice(0, done.length), { colour: "green", width: 2.2, label: "outputs so far" });
    ax.points([end], [output], { colour: "vermillion", size: 5 });
  }

  rnnFigures.register("tdnn-window", {
    compute,
    draw(paper, result, params, data) {
      const [box] = paper.panels([1], 430);
      drawSignal(paper, { ...box, height: 200 }, result, { ...data, years: data.numbers.map((_, i) => data.first + i) });
      drawOutput(paper, { ...box, top: 205, height: 225 }, result, data);
    },
    say({ inputs, output, end }, { weights }, { numbers, first }) {
      const from = first + inputs[0];
      const told = rnnFigures.written(output, 1);
      const next = weights.startsWith("next") && end + 1 - first < numbers.length;
      const truth = next ? ` The number of ${end + 1} is ${rnnFigures.written(numbers[end + 1 - first], 1)}.` : "";
      return `The window of ${end} reads ${inputs.length} inputs from ${from} to ${end}. Output ${told}.${truth}`;
    },
  });
})();
