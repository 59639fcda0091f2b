// Live cells: run, edit, stop, reset. Python is in live-worker.js, and is loaded by the first Run.
// All live cells of a page share one Python. Stop ends it, and the next Run starts another.
(() => {
  "use strict";
  const script = document.currentScript;
  const KEYWORDS = "and as assert async await break class continue def del elif else except finally for from global if " +
    "import in is lambda nonlocal not or pass raise return try while with yield True False None";
  const TOKENS = new RegExp(
    [
      "(?<c1>#.*)",
      "(?<s2>[rbfuRBFU]{0,2}(?:\"\"\"[^]*?(?:\"\"\"|$)|'''[^]*?(?:'''|$)|\"(?:\\\\.|[^\"\\\\\\n])*\"?|'(?:\\\\.|[^'\\\\\\n])*'?))",
      "(?<mi>\\b\\d[\\w.]*)",
      `(?<k>\\b(?:${KEYWORDS.replaceAll(" ", "|")})\\b)`,
      "\\w+",
    ].join("|"),
    "g",
  );
  const METRICS = ["fontFamily", "fontSize", "fontWeight", "letterSpacing", "lineHeight", "padding", "borderWidth"];
  const cells = [];
  let worker = null;
  let runs = 0;
  let copies = 0;
  let line = Promise.resolve(); // what has been asked to run, one after the other
  let active = null; // { cell, id, end }
  let life = 0; // counts the Pythons

  function create(tag, className, text = "") {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text;
    return element;
  }

  // The code: the page's own coloured text, and a transparent text area on top of it once the reader edits.

  function colour(pre, code) {
    pre.replaceChildren();
    let end = 0;
    for (const match of code.matchAll(TOKENS)) {
      const [kind] = Object.entries(match.groups).find(([, text]) => text !== undefined) ?? [];
      if (!kind) continue;
      pre.append(code.slice(end, match.index), create("span", kind, match[0]));
      end = match.index + match[0].length;
    }
    pre.append(code.slice(end), "\n");
  }

  function storageKey(cell) {
    return `live ${location.pathname} ${cell.number}`;
  }

  function remember(cell) {
    try {
      const changed = cell.code !== cell.original;
      if (changed) localStorage.setItem(storageKey(cell), JSON.stringify([cell.original, cell.code]));
      else localStorage.removeItem(storageKey(cell));
    } catch {
      // a browser that keeps nothing still runs the cell
    }
  }

  function remembered(cell) {
    try {
      const [original, code] = JSON.parse(localStorage.getItem(storageKey(cell))) ?? [];
      return original === cell.original ? code : undefined;
    } catch {
      return undefined;
    }
  }

  function setCode(cell, code) {
    cell.code = code;
    colour(cell.pre, code);
    if (cell.area && cell.area.value !== code) cell.area.value = code;
  }

  function edit(cell) {
    if (!cell.area) {
      const around = create("div", "live-code");
      cell.pre.before(around);
      cell.area = create("textarea", "live-area");
      Object.assign(cell.area, { spellcheck: false, autocapitalize: "off", autocomplete: "off", wrap: "off" });
      cell.area.setAttribute("aria-label", `Code of cell ${cell.number}. Control and Enter runs it, Escape leaves it.`);
      around.append(cell.pre, cell.area);
      const look = getComputedStyle(cell.pre);
      for (const one of METRICS) cell.area.style[one] = look[one];
      cell.pre.inert = true; // the text area says it already
      cell.pre.removeAttribute("tabindex");
      cell.area.addEventListener("input", () => {
        setCode(cell, cell.area.value);
        remember(cell);
        cell.area.dispatchEvent(new Event("scroll"));
      });
      cell.area.addEventListener("scroll", () => (cell.pre.scrollLeft = cell.area.scrollLeft));
      cell.area.addEventListener("keydown", (event) => pressed(cell, event));
      cell.buttons.edit.hidden = true;
    }
    setCode(cell, cell.code);
    cell.area.value = cell.code;
  }

  function pressed(cell, event) {
    const { area } = cell;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run(cell);
    } else if (event.key === "Escape") {
      cell.buttons.run.focus();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      const before = area.value.slice(0, area.selectionStart).split("\n").at(-1);
      const indent = before.match(/^\s*/)[0] + (/:\s*(#.*)?$/.test(before) ? "    " : "");
      if (indent && document.execCommand("insertText", false, `\n${indent}`)) event.preventDefault();
    }
  }

  // The output

  function outputOf(cell) {
    if (!cell.output) {
      cell.output = create("div", "live-output");
      cell.output.setAttribute("role", "region");
      cell.output.setAttribute("aria-label", `Output of cell ${cell.number}`);
      cell.element.append(cell.output);
    }
    return cell.output;
  }

  function clear(cell) {
    outputOf(cell).replaceChildren();
    cell.output.hidden = false;
    if (cell.built) cell.built.hidden = true;
  }

  function write(cell, parts) {
    for (const [kind, text] of parts) {
      let box = outputOf(cell).lastElementChild;
      if (!box?.classList.contains(kind)) {
        box = create("pre", kind);
        cell.output.append(box);
      }
      // a carriage return goes back to the start of its line, as a progress bar expects
      const all = (box.textContent + text).replace(/[^\n]*\r(?!\n|$)/g, "");
      box.textContent = all;
      reachable(box);
    }
  }

  // What scrolls sideways must be reachable by keyboard.
  function reachable(box) {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
  }

  // Two drawings of one figure have the same ids, and the second would take its parts from the first, which is hidden.
  function withOwnIds(markup) {
    const own = `run${++copies}-`;
    return markup
      .replace(/(\sid=")/g, `$1${own}`)
      .replace(/((?:href="|url\()#)/g, `$1${own}`);
  }

  function show(cell, result) {
    const out = outputOf(cell);
    for (const [kind, content] of result.shown) {
      const box = create(kind === "html" ? "div" : "pre", kind === "html" ? "text_html" : "value");
      if (kind === "html") box.innerHTML = withOwnIds(content);
      else box.textContent = content;
      out.append(box);
      reachable(box);
    }
    if (result.error) {
      const details = create("details", "live-error");
      const trace = create("pre", "", result.traceback);
      details.append(create("summary", "", result.error), trace);
      details.addEventListener("toggle", () => reachable(trace));
      out.append(details);
    }
    out.dispatchEvent(new CustomEvent("live-output", { bubbles: true }));
  }

  function say(cell, text) {
    cell.status.textContent = text;
  }

  // Running

  function listen(event) {
    const { id, kind, ...data } = event.data;
    if (!active || id !== active.id) return;
    if (kind === "status") say(active.cell, data.text);
    else if (kind === "written") write(active.cell, data.parts);
    else active.end(kind === "done" ? data : { failed: data.text });
  }

  function wake() {
    if (worker) return;
    worker = new Worker(new URL(`live-worker.js?v=${script.dataset.version}`, script.src));
    worker.onmessage = listen;
    worker.onerror = (event) => {
      event.preventDefault();
      active?.end({ failed: event.message || "the worker did not start" });
    };
  }

  // Ends Python, with all that it knows.
  function sleep() {
    worker?.terminate();
    worker = null;
    life += 1;
    for (const cell of cells) cell.done = false;
  }

  function mark(cell, busy) {
    cell.element.classList.toggle("live-busy", busy);
    cell.buttons.stop.setAttribute("aria-disabled", String(!busy));
  }

  async function runOne(cell) {
    clear(cell);
    mark(cell, true);
    say(cell, worker ? "Running …" : "Loading Python, once for this page …");
    const answer = await new Promise((resolve) => {
      active = { cell, id: ++runs, end: resolve };
      try {
        wake();
        worker.postMessage({ id: runs, code: cell.code, name: `cell ${cell.number}` });
      } catch (error) {
        resolve({ failed: error.message });
      }
    });
    active = null;
    if (answer.stopped) {
      say(cell, "Stopped. Python starts afresh with the next run.");
    } else if (answer.failed) {
      sleep();
      say(cell, `Python could not be loaded: ${answer.failed}`);
    } else {
      show(cell, answer.result);
      cell.done = !answer.result.error;
      say(cell, answer.result.error ? `Error: ${answer.result.error}` : `Done in ${answer.seconds.toFixed(1)} s.`);
    }
    mark(cell, false);
    return cell.done;
  }

  async function runWithEarlier(cell, born) {
    if (life !== born) return say(cell, "Stopped before it ran.");
    const earlier = cells.filter((one) => one.number < cell.number && !one.done);
    mark(cell, true);
    for (const one of earlier) {
      say(cell, `Cell ${one.number} runs first …`);
      if (!(await runOne(one))) {
        mark(cell, false);
        return say(cell, life === born ? `Not run: cell ${one.number}, which comes before, has an error.` : "Not run.");
      }
    }
    await runOne(cell);
    if (cell.done && earlier.length) {
      const names = earlier.map((one) => one.number).join(", ");
      cell.status.append(` Before it ran ${earlier.length > 1 ? "cells" : "cell"} ${names}.`);
    }
  }

  function run(cell) {
    if (location.protocol === "file:") {
      say(cell, "A page opened from disk cannot run Python. Start a server in the site's folder: python -m http.server");
      return;
    }
    if (cell.queued) return;
    cell.queued = true;
    say(cell, "Waiting …");
    const born = life;
    line = line.then(() => runWithEarlier(cell, born)).finally(() => (cell.queued = false));
  }

  function stop() {
    if (!active) return;
    const { end } = active;
    sleep();
    end({ stopped: true });
  }

  function reset(cell) {
    if (cell.queued && active) stop();
    setCode(cell, cell.original);
    remember(cell);
    cell.done = false;
    if (cell.output) cell.output.hidden = true;
    if (cell.built) cell.built.hidden = false;
    say(cell, "The code and output of the book.");
  }

  function setUp(bar, index) {
    const element = bar.closest(".cell");
    const pre = element.querySelector(".cell_input pre");
    const original = pre.textContent.replace(/\n$/, "");
    const cell = { element, pre, original, code: original, number: index + 1, done: false, queued: false };
    cell.status = bar.querySelector(".live-status");
    cell.built = element.querySelector(":scope > .cell_output");
    cell.buttons = {};
    for (const button of bar.querySelectorAll("button")) cell.buttons[button.dataset.do] = button;
    cell.buttons.run.addEventListener("click", () => run(cell));
    cell.buttons.stop.addEventListener("click", stop);
    cell.buttons.reset.addEventListener("click", () => reset(cell));
    cell.buttons.edit.addEventListener("click", () => {
      edit(cell);
      cell.area.focus();
    });
    pre.addEventListener("click", () => {
      if (!cell.area && getSelection().isCollapsed) {
        edit(cell);
        cell.area.focus();
      }
    });
    mark(cell, false);
    cells.push(cell);
    const saved = remembered(cell);
    if (saved !== undefined) {
      cell.code = saved;
      edit(cell);
      say(cell, "Your own version, kept in this browser.");
    }
  }

  document.querySelectorAll(".live-bar").forEach(setUp);
})();
