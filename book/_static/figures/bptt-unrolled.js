// A network of one unit, unrolled over three steps: the reader sends the errors back, one step at a time.
(() => {
  "use strict";
  const STEPS = [1, 2, 3];
  const LAST = 6; // three steps forward, three back
  const RADIUS = 19; // pixels, of a unit
  const NAMES = { weight: "∂L/∂w", input: "∂L/∂u", bias: "∂L/∂b" };
  const ROWS = { loss: 44, unit: 128, input: 206, title: 262, table: 290 }; // pixels from the top
  // each activation, and its derivative from its output
  const ACTIVATIONS = { identity: [(z) => z, () => 1], tanh: [Math.tanh, (h) => 1 - h * h] };

  function compute({ done, weight, activation, window: reach }, { x, target, u }) {
    const [phi, derivative] = ACTIVATIONS[activation];
    const hidden = [0];
    for (const t of STEPS) hidden.push(phi(weight * hidden[t - 1] + u * x[t - 1]));
    const errors = STEPS.map((t) => hidden[t] - target[t - 1]);
    const slopes = hidden.map(derivative);
    // δ of h_s: each error that may come so far back, times one Jacobian for each step on the way
    const delta = STEPS.map((s) => {
      let [sum, way] = [0, 1];
      for (let t = s; t <= Math.min(3, s + Number(reach) - 1); t += 1) {
        if (t > s) way *= slopes[t] * weight;
        sum += errors[t - 1] * way;
      }
      return sum;
    });
    const deltaZ = STEPS.map((t) => delta[t - 1] * slopes[t]);
    const parts = {
      weight: STEPS.map((t) => deltaZ[t - 1] * hidden[t - 1]),
      input: STEPS.map((t) => deltaZ[t - 1] * x[t - 1]),
      bias: deltaZ,
    };
    const back = Math.max(0, done - 3); // how many steps have had their gradient
    const sum = (values) => values.slice(3 - back).reduce((total, one) => total + one, 0);
    const sums = Object.fromEntries(Object.entries(parts).map(([name, values]) => [name, sum(values)]));
    return { hidden, errors, delta, deltaZ, parts, sums };
  }

  const written = (number) => rnnFigures.written(number, 3).replace(/\.?0+$/, "");

  function arrow(paper, [x0, y0], [x1, y1], colour, label, aside) {
    const length = Math.hypot(x1 - x0, y1 - y0);
    const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length];
    const look = { fill: "none", stroke: colour, "stroke-width": 1.8 };
    paper.add("path", { d: `M${x0} ${y0}L${x1 - 6 * ux} ${y1 - 6 * uy}`, ...look });
    const angle = (Math.atan2(uy, ux) * 180) / Math.PI;
    paper.add("path", { d: "M0 0l-9 -4.5v9z", transform: `translate(${x1} ${y1}) rotate(${angle})`, fill: colour });
    if (label) paper.text((x0 + x1) / 2 + aside[0], (y0 + y1) / 2 + aside[1], label, { anchor: "middle" });
  }

  function unit(paper, x, y, name, shown, colour) {
    const place = { cx: x, cy: y, r: RADIUS };
    paper.add("circle", { ...place, fill: `var(--figure-${colour})`, "fill-opacity": shown ? 0.4 : 0.08 });
    paper.add("circle", { ...place, fill: "none", stroke: "currentColor", "stroke-width": 1.2 });
    paper.text(x, y + 4.5, shown ? written(name) : "?", { anchor: "middle" });
  }

  function drawForward(paper, at, { hidden, errors }, done, { x }) {
    const ink = "currentColor";
    paper.text(at[0], ROWS.unit + RADIUS + 17, "h₀", { anchor: "middle" });
    unit(paper, at[0], ROWS.unit, 0, true, "blue");
    for (const t of STEPS) {
      const forward = [[at[t - 1] + RADIUS, ROWS.unit - 5], [at[t] - RADIUS, ROWS.unit - 5]];
      arrow(paper, ...forward, ink, "w", [0, -7]);
      arrow(paper, [at[t], ROWS.input - 14], [at[t], ROWS.unit + RADIUS], ink, "u", [-10, 6]);
      paper.text(at[t], ROWS.input + 4, `x${"₀₁₂₃"[t]} = ${written(x[t - 1])}`, { anchor: "middle" });
      unit(paper, at[t], ROWS.unit, hidden[t], done >= t, "blue");
      arrow(paper, [at[t], ROWS.unit - RADIUS], [at[t], ROWS.loss + 9], ink);
      paper.text(at[t], ROWS.loss, done >= t ? `h−y = ${written(errors[t - 1])}` : "h−y", { anchor: "middle" });
    }
  }

  function drawBackward(paper, at, { delta, deltaZ }, done, { weight, window: reach }) {
    for (const t of STEPS) {
      if (done < LAST + 1 - t) continue; // 4 reaches h₃, 6 reaches h₁
      const look = { colour: "vermillion", weight: 650 };
      paper.text(at[t] + 4, ROWS.unit - RADIUS - 18, `δ ${written(delta[t - 1])}`, look);
      if (t === 1 || reach === "1") continue;
      const y = ROWS.unit + 9;
      const places = [[at[t] - RADIUS + 2, y], [at[t - 1] + RADIUS - 1, y]];
      const passed = reach === "3" ? written(weight * deltaZ[t - 1]) : "";
      arrow(paper, ...places, "var(--figure-vermillion)", passed, [0, 18]);
    }
  }

  function drawTable(paper, at, { parts, sums }, done) {
    paper.text(0, ROWS.title, "What each step adds", { weight: 650 });
    paper.text(at[4], ROWS.title, "sum", { anchor: "end", weight: 650 });
    Object.entries(parts).forEach(([name, values], row) => {
      const y = ROWS.table + 25 * row;
      paper.text(0, y, NAMES[name]);
      STEPS.forEach((t) => {
        const added = done >= LAST + 1 - t;
        paper.text(at[t], y, added ? written(values[t - 1]) : "·", { anchor: "middle" });
      });
      const look = { anchor: "end", weight: 650, colour: done > 3 ? "vermillion" : undefined };
      paper.text(at[4], y, done > 3 ? written(sums[name]) : "·", look);
    });
  }

  rnnFigures.register("bptt-unrolled", {
    compute,
    act: { step: ({ done }) => ({ done: done === LAST ? 0 : done + 1 }) },
    draw(paper, result, params, data) {
      const [box] = paper.panels([1], 356);
      const room = Math.min(box.width, 620);
      const at = [0, 1, 2, 3].map((t) => 26 + t * ((room - 88) / 3)); // the columns: h₀, and a step each
      at.push(room - 2);
      drawForward(paper, at, result, params.done, data);
      drawBackward(paper, at, result, params.done, params);
      drawTable(paper, at, result, params.done);
    },
    say({ hidden, errors, delta, parts, sums }, { done, window: reach }) {
      if (done === 0) return "Nothing has been computed yet.";
      if (done <= 3) {
        const told = `Forward to step ${done}: the state is ${written(hidden[done])}, its error ${written(errors[done - 1])}.`;
        return done === 3 ? `${told} Now back.` : told;
      }
      const t = LAST + 1 - done;
      const why = t === 3 || reach === "1" ? "its own error alone" : "its own error and what came back";
      const total = done === LAST ? ` In all, the gradient of w is ${written(sums.weight)}.` : "";
      return `Back at step ${t}: δ is ${written(delta[t - 1])}, ${why}. It adds ${written(parts.weight[t - 1])} to the gradient of w.${total}`;
    },
  });
})();
