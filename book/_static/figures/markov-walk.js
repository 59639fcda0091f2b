// A walk on a transition graph: the letters that it writes, what they cost, and where it spends its time.
(() => {
  "use strict";
  const RADIUS = 17; // pixels, of a state
  const ROOM = 52; // pixels beside the graph, for loops and arcs

  // The first state whose share of the row, with those before it, is above u; as MarkovChain.sample.
  function follow(row, u) {
    let sum = 0;
    const next = row.findIndex((p) => (sum += p) > u);
    return next < 0 ? row.length - 1 : next;
  }

  function shareOf(path, size) {
    const share = new Array(size).fill(0);
    for (const state of path) share[state] += 1 / path.length;
    return share;
  }

  function compute({ model, steps, walk }, data) {
    const { names, transition, start } = data.models[model];
    const path = [start];
    let bits = 0;
    for (let t = 0; t < steps; t += 1) {
      const row = transition[path.at(-1)];
      path.push(follow(row, data.uniform[walk - 1][t]));
      bits -= Math.log2(row[path.at(-1)]);
    }
    const letters = path.map((state) => names[state][0]).join(""); // a name is a letter, with a number where it has several states
    const words = letters.split(/(?=[bdg])/).slice(0, -1); // the last one may not be complete
    const wrong = words.filter((word) => !data.words.includes(word)).length;
    return { path, letters, bits: bits / Math.max(1, steps), words: words.length, wrong, share: shareOf(path, names.length) };
  }

  // From circle to circle: a loop, or an arc that leaves room for the way back.
  function arc([x0, y0], [x1, y1], bend) {
    const length = Math.hypot(x1 - x0, y1 - y0);
    if (!length) return `M${x0 - 8} ${y0 + RADIUS - 2}C${x0 - 30} ${y0 + 48} ${x0 + 30} ${y0 + 48} ${x0 + 8} ${y0 + RADIUS - 2}`;
    const [cx, cy] = [(x0 + x1) / 2 - bend * (y1 - y0), (y0 + y1) / 2 + bend * (x1 - x0)];
    const edge = (x, y) => {
      const away = Math.hypot(cx - x, cy - y);
      return `${(x + (RADIUS * (cx - x)) / away).toFixed(1)} ${(y + (RADIUS * (cy - y)) / away).toFixed(1)}`;
    };
    return `M${edge(x0, y0)}Q${cx.toFixed(1)} ${cy.toFixed(1)} ${edge(x1, y1)}`;
  }

  // A small triangle where a path ends.
  function head(drawn, colour, opacity) {
    const end = drawn.getPointAtLength(drawn.getTotalLength());
    const before = drawn.getPointAtLength(drawn.getTotalLength() - 7);
    const angle = (Math.atan2(end.y - before.y, end.x - before.x) * 180) / Math.PI;
    return { d: "M0 0l-8 -4v8z", transform: `translate(${end.x} ${end.y}) rotate(${angle})`, fill: colour, opacity };
  }

  function drawGraph(paper, box, { path }, { names, places, transition }) {
    const at = places.map(([x, y]) => [box.left + ROOM + x * (box.width - 2 * ROOM), box.top + 34 + y * (box.height - 92)]);
    const [last, now] = [path.at(-2), path.at(-1)];
    const edges = transition.flatMap((row, i) => row.map((p, j) => ({ i, j, p })).filter(({ p }) => p > 0));
    edges.sort((one, other) => (one.i === last && one.j === now) - (other.i === last && other.j === now)); // the one taken on top
    for (const { i, j, p } of edges) {
      const taken = i === last && j === now;
      const colour = taken ? "var(--figure-vermillion)" : "currentColor";
      const look = { fill: "none", stroke: colour, "stroke-width": 1 + 3 * p, opacity: taken ? 1 : 0.35 };
      const past = places[i][0] === places[j][0] && Math.abs(at[i][1] - at[j][1]) > 5 * RADIUS; // around the states between
      const drawn = paper.add("path", { d: arc(at[i], at[j], past ? 0.32 : 0.16), ...look });
      paper.add("path", head(drawn, colour, taken ? 1 : 0.6));
    }
    names.forEach((name, i) => {
      const [cx, cy] = at[i];
      const look = { fill: i === now ? "var(--figure-vermillion)" : "var(--figure-sky)", "fill-opacity": i === now ? 0.6 : 0.35 };
      paper.add("circle", { cx, cy, r: RADIUS, fill: "var(--pst-color-background)" }); // hides the arrows that pass behind
      paper.add("circle", { cx, cy, r: RADIUS, stroke: "currentColor", "stroke-width": 1.2, ...look });
      paper.text(cx, cy + 4.5, name, { anchor: "middle", weight: i === now ? "bold" : undefined });
    });
  }

  rnnFigures.register("markov-walk", {
    compute,
    draw(paper, result, { model }, data) {
      const [left, right] = paper.panels([3, 2], 340);
      const { names, stationary } = data.models[model];
      drawGraph(paper, left, result, data.models[model]);
      const ax = paper.axes(right, {
        x: [-0.6, names.length - 0.4], y: [0, 0.6], xticks: names.map((name, i) => [i, name]), xlabel: "state", ylabel: "share of the time",
      });
      ax.bars([...names.keys()], result.share.map((share) => Math.min(share, 0.6)), { colours: ["sky"] });
      ax.points([...names.keys()], stationary, { colour: "vermillion", size: 5, label: "stationary distribution" });
      paper.name("square", { label: "this walk", colour: "sky" });
      paper.name("line", { label: "the last step", colour: "vermillion", width: 3 });
    },
    say({ letters, bits, words, wrong }, { steps }) {
      const shown = letters.length > 48 ? `…${letters.slice(-48)}` : letters;
      const cost = steps ? ` ${bits.toFixed(2)} bits a letter.` : "";
      return `${shown}.${cost} Whole words: ${words}, wrong ones: ${wrong}.`;
    },
  });
})();
