// A short sequence that the reader rearranges: its bag stays, its bigrams and its class do not.
(() => {
  "use strict";

  function counted(size, indices) {
    const counts = new Array(size).fill(0);
    for (const index of indices) counts[index] += 1;
    return counts;
  }

  function bigramsOf(tokens, size) {
    return counted(size * size, tokens.slice(1).map((token, i) => tokens[i] * size + token));
  }

  function classOf(tokens, { symbols, relevant }) {
    return tokens.filter((token) => relevant.includes(token)).map((token) => symbols[token]).join("");
  }

  function compute({ order }, data) {
    const size = data.symbols.length;
    const tokens = order.map((place) => data.tokens[place]);
    const bigrams = bigramsOf(tokens, size);
    const first = bigramsOf(data.tokens, size);
    const kept = bigrams.reduce((sum, count, i) => sum + Math.min(count, first[i]), 0);
    return { tokens, bag: counted(size, tokens), bigrams, first, kept, label: classOf(tokens, data) };
  }

  // Exchanges the two symbols that decide the class.
  function swap({ order }, { tokens, relevant }) {
    const [one, other] = order.flatMap((item, place) => (relevant.includes(tokens[item]) ? [place] : []));
    const swapped = [...order];
    [swapped[one], swapped[other]] = [order[other], order[one]];
    return { order: swapped };
  }

  // Turns round all but the first and the last.
  function reverse({ order }) {
    return { order: [order[0], ...order.slice(1, -1).reverse(), order.at(-1)] };
  }

  function drawBag(paper, box, { bag, label }, { symbols, relevant }) {
    const ticks = [...symbols].map((symbol, i) => [i, symbol]);
    const most = Math.max(4, ...bag);
    const ax = paper.axes(box, {
      x: [-0.6, symbols.length - 0.4], y: [0, most + 0.5], xticks: ticks, ylabel: "count", xlabel: "symbol",
      title: `Class ${label}. Bag: the same`,
    });
    const colours = ticks.map(([i]) => (relevant.includes(i) ? ["vermillion", "blue"][relevant.indexOf(i)] : "grey"));
    ax.bars(ticks.map(([i]) => i), bag, { colours });
  }

  function drawBigrams(paper, box, { bigrams, first, kept, tokens }, { symbols }) {
    const size = symbols.length;
    const ticks = [...symbols].map((symbol, i) => [i, symbol]);
    const ends = [-0.5, size - 0.5];
    const ax = paper.axes(box, {
      x: ends, y: [...ends].reverse(), xticks: ticks, yticks: ticks, xlabel: "next symbol", ylabel: "symbol",
      title: `Bigrams: ${kept} of the first ${tokens.length - 1} are left`,
    });
    bigrams.forEach((count, i) => {
      const [row, column] = [Math.floor(i / size), i % size];
      if (count) ax.cell(column, row, 0.8, 0.8, { fill: "sky", opacity: 0.75 });
      if (first[i]) ax.cell(column, row, 0.92, 0.92, { edge: "ink", dash: "dashed" });
      if (count > 1) ax.cell(column, row, 0, 0, { text: String(count) });
    });
    paper.name("square", { label: "a bigram of this order", colour: "sky" });
    paper.name("line", { label: "a bigram of the first order", dash: "dashed" });
  }

  rnnFigures.register("order-arrange", {
    compute,
    act: { swap, reverse },
    draw(paper, result, params, data) {
      const [left, right] = paper.panels([1, 1], 310);
      drawBag(paper, left, result, data);
      drawBigrams(paper, right, result, data);
    },
    say({ label, kept, tokens }, params, data) {
      const text = tokens.map((token) => data.symbols[token]).join(" ");
      const bigrams = `Of the ${tokens.length - 1} bigrams of the first order ${kept} are left`;
      return `${text}: class ${label}. The bag is the same. ${bigrams}.`;
    },
  });
})();
