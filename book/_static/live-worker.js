// Python for the live cells of a page, in a thread of its own. Nothing here is fetched before the first Run.
"use strict";

const base = new URL("pyodide/", self.location).href;
const version = new URL(self.location).search;
const LONGEST = 100000; // characters of output that one run may show
let kernel, folder, namespace, python, current, waiting, written, lastSent;

async function start() {
  importScripts(`pyodide-gzipped.js${version}`);
  python = await loadPyodide({
    indexURL: base,
    lockFileURL: `${base}pyodide-lock.json${version}`,
    packages: ["numpy", "rnn-course"],
    env: { HOME: "/home/pyodide", MPLBACKEND: "agg" },
  });
  for (const [kind, set] of [["stdout", "setStdout"], ["stderr", "setStderr"]]) {
    const decoder = new TextDecoder();
    python[set]({ write: (bytes) => write(kind, decoder.decode(bytes, { stream: true }), bytes.length) });
  }
  python.runPython(`
import logging, sys, warnings
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # it says that it builds its cache of fonts
warnings.filterwarnings("ignore", message="tqdm:disabling monitor support")  # it wants a thread, which a page has not
sys.stdout.reconfigure(line_buffering=True)
sys.stderr.reconfigure(line_buffering=True)
`);
  kernel = python.pyimport("live_kernel");
  folder = kernel.__file__.replace("/live_kernel.py", "");
  namespace = python.toPy({ __name__: "__main__" });
}

// A loop that prints must not drown the page in messages: what is written is sent ten times a second.
function write(kind, text, length) {
  if (written > LONGEST) return length;
  written += text.length;
  if (written > LONGEST) text += "\n… The rest of the output is not shown.\n";
  const last = waiting.at(-1);
  if (last?.[0] === kind) last[1] += text;
  else waiting.push([kind, text]);
  if (performance.now() - lastSent > 100) send();
  return length;
}

function send() {
  lastSent = performance.now();
  if (waiting.length) self.postMessage({ id: current, kind: "written", parts: waiting });
  waiting = [];
}

async function run({ id, code, name }) {
  current = id;
  waiting = [];
  written = 0;
  lastSent = performance.now();
  ready ??= start();
  await ready;
  const needed = kernel.needs(code, folder).toJs().filter((one) => !(one in python.loadedPackages));
  if (needed.length) {
    self.postMessage({ id, kind: "status", text: `Loading ${needed.join(", ")} …` });
    await python.loadPackage(needed, { messageCallback: () => {} });
  }
  self.postMessage({ id, kind: "status", text: "Running …" });
  const before = performance.now();
  const answer = kernel.run(code, namespace, name);
  const result = answer.toJs({ dict_converter: Object.fromEntries });
  answer.destroy();
  python.runPython("sys.stdout.flush(); sys.stderr.flush()");
  send();
  self.postMessage({ id, kind: "done", result, seconds: (performance.now() - before) / 1000 });
}

let ready;
let queue = Promise.resolve();
self.onmessage = ({ data }) => {
  queue = queue.then(() => run(data)).catch((error) => {
    self.postMessage({ id: data.id, kind: "failed", text: String(error?.message ?? error) });
  });
};
