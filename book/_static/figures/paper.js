// What a playground draws on: an SVG with axes, ticks, lines, marks, bars and a legend. Lengths are CSS pixels, so that
// letters are as large on a phone as on a desk. Colours are names of the palette: they follow the page's colour mode.
(() => {
  "use strict";
  const SPACE = "http://www.w3.org/2000/svg";
  const SIDE_BY_SIDE = 540; // pixels, from which panels stand beside each other
  const MARGIN = { left: 52, right: 14, top: 28, bottom: 44 };
  const GAP = 12;
  const FAR = 1e5; // pixels: what lies further out is not seen, and would overflow
  const POWERS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const DASHES = { dashed: "7 4", dotted: "2 3" };
  let count = 0;

  function paint(colour) {
    if (colour === "ink" || !colour) return "currentColor";
    return colour === "none" ? "none" : `var(--figure-${colour})`;
  }

  function node(tag, attributes, text) {
    const made = document.createElementNS(SPACE, tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(name, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function scale([low, high], from, to, log) {
    const place = log ? Math.log10 : (value) => value;
    const [a, b] = [place(low), place(high)];
    const there = (value) => from + ((place(value) - a) / (b - a)) * (to - from);
    there.back = (pixel) => {
      const value = a + ((pixel - from) / (to - from)) * (b - a);
      return log ? 10 ** value : value;
    };
    return there;
  }

  // About n round numbers in a range: multiples of 1, 2 or 5 times a power of ten.
  function roundTicks([low, high], n) {
    const [from, to] = low < high ? [low, high] : [high, low];
    const power = 10 ** Math.floor(Math.log10((to - from) / n));
    const step = [1, 2, 5, 10].map((one) => one * power).find((one) => (to - from) / one <= n);
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    const first = Math.ceil(from / step - 1e-9);
    const last = Math.floor(to / step + 1e-9);
    const ticks = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
    return ticks.map((value) => [value, rnnFigures.written(value, digits)]);
  }

  function powerOfTen(exponent) {
    if (Math.abs(exponent) <= 3) return String(Number(`1e${exponent}`));
    return `10${exponent < 0 ? "⁻" : ""}${[...String(Math.abs(exponent))].map((digit) => POWERS[digit]).join("")}`;
  }

  function logTicks([low, high], n) {
    const [from, to] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
    const every = Math.max(1, Math.ceil((to - from + 1) / n));
    const exponents = Array.from({ length: to - from + 1 }, (_, i) => from + i).filter((one) => one % every === 0);
    return exponents.map((exponent) => [10 ** exponent, powerOfTen(exponent)]);
  }

  function near(pixel) {
    return Math.max(-FAR, Math.min(FAR, pixel)).toFixed(1);
  }

  function mark(shape, x, y, size, attributes) {
    const [a, b] = [Number(x), Number(y)];
    if (shape === "square") {
      return node("rect", { x: a - size, y: b - size, width: 2 * size, height: 2 * size, ...attributes });
    }
    if (shape === "triangle") {
      const r = 1.2 * size;
      return node("path", { d: `M${a} ${b - r}l${r} ${1.8 * r}h${-2 * r}z`, ...attributes });
    }
    return node("circle", { cx: a, cy: b, r: size, ...attributes });
  }

  class Axes {
    constructor(paper, box, options) {
      const { x, y, xlog = false, ylog = false } = options;
      this.paper = paper;
      this.left = box.left + MARGIN.left;
      this.right = box.left + box.width - MARGIN.right;
      this.top = box.top + MARGIN.top;
      this.bottom = box.top + box.height - (options.xlabel ? MARGIN.bottom : MARGIN.bottom - 18);
      this.x = scale(x, this.left, this.right, xlog);
      this.y = scale(y, this.bottom, this.top, ylog);
      const wide = this.right - this.left;
      this.frame(box, options, {
        x: options.xticks ?? (xlog ? logTicks : roundTicks)(x, Math.min(8, wide / 55)),
        y: options.yticks ?? (ylog ? logTicks : roundTicks)(y, Math.min(7, (this.bottom - this.top) / 32)),
      });
      const clip = `figure-clip-${++count}`;
      const area = { x: this.left, y: this.top, width: wide, height: this.bottom - this.top };
      paper.svg.append(node("clipPath", { id: clip }));
      paper.svg.lastChild.append(node("rect", area));
      this.inside = paper.add("g", { "clip-path": `url(#${clip})` });
      this.area = area;
    }

    frame(box, { title, xlabel, ylabel, grid = true, spines = true }, ticks) {
      const { paper, left, right, top, bottom } = this;
      for (const [value, text] of ticks.x) {
        const at = near(this.x(value));
        if (grid) paper.add("path", { d: `M${at} ${top}V${bottom}`, class: "figure-grid" });
        paper.text(at, bottom + 17, text, { anchor: "middle" });
      }
      for (const [value, text] of ticks.y) {
        const at = near(this.y(value));
        if (grid) paper.add("path", { d: `M${left} ${at}H${right}`, class: "figure-grid" });
        paper.text(left - 7, Number(at) + 4.5, text, { anchor: "end" });
      }
      if (spines) paper.add("path", { d: `M${left} ${top}V${bottom}H${right}`, class: "figure-spine" });
      if (title) paper.text(left, top - 11, title, { weight: 650 });
      if (xlabel) paper.text((left + right) / 2, bottom + 37, xlabel, { anchor: "middle" });
      if (!ylabel) return;
      const [x, y] = [box.left + 13, (top + bottom) / 2];
      paper.text(x, y, ylabel, { anchor: "middle", transform: `rotate(-90 ${x} ${y})` });
    }

    // look: colour, label, dash ("dashed", "dotted"), width, opacity
    line(xs, ys, look = {}) {
      let path = "";
      let drawing = false;
      xs.forEach((x, i) => {
        const seen = Number.isFinite(this.x(x)) && Number.isFinite(this.y(ys[i]));
        if (seen) path += `${drawing ? "L" : "M"}${near(this.x(x))} ${near(this.y(ys[i]))}`;
        drawing = seen;
      });
      const stroke = { stroke: paint(look.colour), "stroke-width": look.width ?? 2, opacity: look.opacity };
      this.inside.append(node("path", { d: path, fill: "none", ...stroke, "stroke-dasharray": DASHES[look.dash] }));
      this.paper.name("line", look);
    }

    // look: colour, label, shape ("circle", "square", "triangle"), size, opacity
    points(xs, ys, look = {}) {
      xs.forEach((x, i) => {
        if (!Number.isFinite(this.x(x)) || !Number.isFinite(this.y(ys[i]))) return;
        const attributes = { fill: paint(look.colour), opacity: look.opacity };
        this.inside.append(mark(look.shape, near(this.x(x)), near(this.y(ys[i])), look.size ?? 4, attributes));
      });
      this.paper.name(look.shape ?? "circle", look);
    }

    // a box around (x, y), in the units of the axes; look: fill, edge, dash, opacity, text
    cell(x, y, width, height, look = {}) {
      const [x0, x1] = [this.x(x - width / 2), this.x(x + width / 2)];
      const [y0, y1] = [this.y(y - height / 2), this.y(y + height / 2)];
      const place = { x: Math.min(x0, x1), y: Math.min(y0, y1), width: Math.abs(x1 - x0), height: Math.abs(y1 - y0) };
      const stroke = { stroke: paint(look.edge ?? "none"), "stroke-width": 1.5, "stroke-dasharray": DASHES[look.dash] };
      const sharp = { "shape-rendering": look.edge ? undefined : "crispEdges" }; // else seams show between cells that touch
      this.inside.append(node("rect", { ...place, ...stroke, ...sharp, fill: paint(look.fill ?? "none"), opacity: look.opacity }));
      if (look.text) this.paper.text(this.x(x), this.y(y) + 4.5, look.text, { anchor: "middle" });
    }

    bars(xs, heights, { colours, width = 0.8 }) {
      xs.forEach((x, i) => this.cell(x, heights[i] / 2, width, heights[i], { fill: colours[i] ?? colours[0] }));
    }

    // A reader who points at the axes (or moves over them) hands over the place; there is a control for it too, for others.
    onPoint(take, { hover = false } = {}) {
      const area = node("rect", { ...this.area, fill: "transparent", class: "figure-point" });
      const hand = (event) => {
        const from = this.paper.svg.getBoundingClientRect();
        take(this.x.back(event.clientX - from.left), this.y.back(event.clientY - from.top));
      };
      area.addEventListener("pointerdown", hand);
      if (hover) area.addEventListener("pointermove", hand);
      this.paper.svg.append(area);
    }
  }

  class Paper {
    constructor(svg, legend, set) {
      Object.assign(this, { svg, legend, set, named: new Set(), width: Math.max(280, svg.parentElement.clientWidth) });
      svg.replaceChildren();
      legend.replaceChildren();
    }

    add(tag, attributes, text) {
      this.svg.append(node(tag, attributes, text));
      return this.svg.lastChild;
    }

    text(x, y, text, { anchor, weight, colour, transform } = {}) {
      const look = { "text-anchor": anchor, "font-weight": weight, fill: paint(colour), transform };
      return this.add("text", { x, y, ...look }, text);
    }

    // Boxes for axes: shares of the width where there is room for them side by side, else one below the other.
    panels(shares = [1], height = 280) {
      const beside = this.width >= SIDE_BY_SIDE;
      const total = shares.reduce((sum, share) => sum + share, 0);
      const room = this.width - GAP * (shares.length - 1);
      let [left, top] = [0, 0];
      const boxes = shares.map((share) => {
        const box = { left, top, width: beside ? (room * share) / total : this.width, height };
        if (beside) left += box.width + GAP;
        else top += height + GAP;
        return box;
      });
      const all = beside ? height : top - GAP;
      for (const [name, value] of Object.entries({ width: this.width, height: all })) this.svg.setAttribute(name, value);
      this.svg.setAttribute("viewBox", `0 0 ${this.width} ${all}`);
      return boxes;
    }

    axes(box, options) {
      return new Axes(this, box, options);
    }

    // The legend is a list beside the drawing: it breaks where a narrow page needs it.
    name(kind, { label, colour, dash, width }) {
      if (!label || this.named.has(label)) return;
      this.named.add(label);
      const swatch = node("svg", { width: 26, height: 14, "aria-hidden": "true" });
      const stroke = { stroke: paint(colour), "stroke-width": width ?? 2, "stroke-dasharray": DASHES[dash] };
      const line = kind === "line";
      swatch.append(line ? node("path", { d: "M0 7H26", ...stroke }) : mark(kind, 13, 7, 5, { fill: paint(colour) }));
      const item = document.createElement("li");
      item.append(swatch, label);
      this.legend.append(item);
    }
  }

  rnnFigures.Paper = Paper;
})();
