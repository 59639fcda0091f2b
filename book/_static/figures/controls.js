// The controls of moving figures: sliders, choices, buttons, a row of items; Play, Pause and Reset. All work by keyboard.
window.rnnFigures = (() => {
  "use strict";
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  let count = 0;

  function create(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  function written(number, digits) {
    return number.toFixed(digits).replace(/^-(?=.*[1-9])/, "−").replace(/^-/, "");
  }

  // The decimals of a step: 0.25 has two.
  function digitsOf(step) {
    return (String(step).split(".")[1] ?? "").length;
  }

  // Each kind returns its elements, and show(), which brings them up to date. One that can play returns begin() and
  // next(), the values that change at the start and then at each step, or null where none do, and last(), whether it is
  // at its end.

  function slider(spec, panel) {
    const id = `figure-control-${++count}`;
    const digits = digitsOf(spec.step);
    const steps = Math.round((spec.high - spec.low) / spec.step);
    const text = (value) => spec.texts?.[value] ?? written(value, digits);
    const at = (step) => Number((spec.low + step * spec.step).toFixed(digits));
    const range = create("input", { type: "range", id, min: spec.low, max: spec.high, step: spec.step });
    const value = create("span", { class: "figure-value", "aria-hidden": "true" }); // the slider says it
    const label = create("label", { for: id }, `${spec.label}:`);
    const widest = Math.max(...(spec.texts ?? [text(spec.low), text(spec.high)]).map((one) => one.length));
    value.style.minWidth = `${widest}ch`; // so that the slider does not move under the pointer
    range.addEventListener("input", () => panel.set({ [spec.name]: Number(range.value) }));
    const next = () => {
      const step = Math.round((panel.params[spec.name] - spec.low) / spec.step) + 1;
      return step > steps ? null : { [spec.name]: at(step) };
    };
    return {
      elements: [create("div", { class: "figure-slider" }, label, value, range)],
      show() {
        const now = panel.params[spec.name];
        range.value = now;
        range.setAttribute("aria-valuetext", text(now));
        value.textContent = text(now);
      },
      next,
      begin: () => (next() ? null : { [spec.name]: spec.low }),
      last: () => next() === null,
    };
  }

  function choice(spec, panel) {
    const group = `figure-control-${++count}`;
    const inputs = spec.options.map((value) => create("input", { type: "radio", name: group, value }));
    const labels = inputs.map((input) => create("label", {}, input, input.value));
    for (const input of inputs) input.addEventListener("change", () => panel.set({ [spec.name]: input.value }));
    return {
      elements: [create("fieldset", { class: "figure-choice" }, create("legend", {}, `${spec.label}:`), ...labels)],
      show: () => inputs.forEach((input) => (input.checked = input.value === panel.params[spec.name])),
    };
  }

  function button(spec, panel) {
    const press = create("button", { type: "button" }, spec.label);
    press.addEventListener("click", () => panel.set(panel.act(spec.name) ?? {}));
    const plays = { begin: () => null, next: () => panel.act(spec.name), last: () => false };
    return { elements: [press], group: "buttons", show() {}, ...plays };
  }

  // Items in a row. Two that are chosen one after the other change places; the arrow keys move one.
  function arrangement(spec, panel) {
    const free = (place) => place >= 0 && place < spec.items.length && !spec.fixed.includes(place);
    const items = spec.items.map(() => create("button", { type: "button", class: "figure-item" }));
    let held = null;

    function swap(one, other) {
      const order = [...panel.params[spec.name]];
      [order[one], order[other]] = [order[other], order[one]];
      held = null;
      panel.set({ [spec.name]: order });
      items[other].focus();
    }

    function show() {
      panel.params[spec.name].forEach((item, place) => {
        items[place].textContent = spec.items[item];
        items[place].setAttribute("aria-label", `${spec.items[item]}, place ${place + 1} of ${items.length}`);
        if (free(place)) items[place].setAttribute("aria-pressed", String(held === place));
      });
    }

    items.forEach((item, place) => {
      if (!free(place)) return item.setAttribute("aria-disabled", "true");
      item.addEventListener("click", () => {
        if (held !== null && held !== place) return swap(held, place);
        held = held === place ? null : place;
        show();
      });
      item.addEventListener("keydown", (event) => {
        const to = place + { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (!free(to)) return;
        event.preventDefault();
        swap(place, to);
      });
    });
    const row = create("div", { class: "figure-items", role: "group", "aria-label": spec.label }, ...items);
    const hint = create("p", { class: "figure-hint" }, spec.label);
    hint.setAttribute("aria-hidden", "true");
    return { elements: [hint, row], group: "above", show };
  }

  const KINDS = { slider, choice, button, arrangement };

  class Panel {
    constructor(specs, { changed, act = () => null, pace }) {
      Object.assign(this, { changed, act, pace, timer: 0, params: {} });
      for (const spec of specs) if ("value" in spec) this.params[spec.name] = spec.value;
      this.first = { ...this.params };
      this.controls = specs.map((spec) => KINDS[spec.kind](spec, this));
      this.buttons = create("div", { class: "figure-buttons" });
      const played = specs.findIndex((spec) => spec.play);
      if (played >= 0) this.addPlay(specs[played].label, this.controls[played]);
      this.buttons.append(...this.elementsOf("buttons"));
      this.element = create("div", { class: "figure-controls" }, this.buttons, ...this.elementsOf());
    }

    elementsOf(group) {
      return this.controls.filter((one) => one.group === group).flatMap((one) => one.elements);
    }

    addPlay(label, control) {
      this.name = label;
      this.played = control;
      this.button = create("button", { type: "button", class: "figure-play" });
      this.button.addEventListener("click", () => (this.timer ? this.stop() : this.play()));
      calm.addEventListener("change", () => {
        this.stop();
        this.button.hidden = calm.matches;
      });
      this.button.hidden = calm.matches;
      this.buttons.append(this.button);
      this.say("Play");
    }

    addReset() {
      const reset = create("button", { type: "button" }, "Reset");
      reset.addEventListener("click", () => this.set(this.first));
      this.buttons.append(reset);
    }

    say(task) {
      this.button.textContent = task;
      this.button.setAttribute("aria-label", `${task}: ${this.name}`);
    }

    play() {
      const from = this.played.begin();
      if (from) this.update(from);
      this.timer = setInterval(() => {
        const part = this.played.next();
        if (part) this.update(part);
        if (!part || this.played.last()) this.stop();
      }, this.pace);
      this.say("Pause");
    }

    stop() {
      if (!this.timer) return;
      clearInterval(this.timer);
      this.timer = 0;
      this.say("Play");
      this.changed(this.params, false);
    }

    // What the reader does ends what plays.
    set(part) {
      this.stop();
      this.update(part);
    }

    update(part) {
      Object.assign(this.params, part);
      for (const control of this.controls) control.show();
      this.changed(this.params, this.timer !== 0);
    }
  }

  return { Panel, create, written };
})();
