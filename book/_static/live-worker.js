// Python for the live cells of a page, in a thread of its own. Nothing here is fetched before the first Run.
"use strict";

const base = new URL("pyodide/", self.location).href;
const version = new URL(self.location).search;
const FOLDER = "/packages";
const LONGEST = 100000; // characters of output that one run may show
let kernel, namespace, python, current, waiting, written, lastSent;

const plainFetch = self.fetch.bind(self);
self.fetch = (what, options) => {
  const address = String(what.url ?? what);
  return address.endsWith("pyodide.asm.wasm") ? unpacked("pyodide.asm.wasm", "application/wasm") : plainFetch(what, options);
};

async function got(name) {
  const answer = await plainFetch(base + name + version);
  if (!answer.ok) throw new Error(`${name}: the server answered ${answer.status}`);
  return answer;
}

async function unpacked(name, type) {
  const answer = await got(`${name}.bin`);
  const body = answer.body.pipeThrough(new DecompressionStream("gzip"));
  return new Response(body, { headers: { "content-type": type } });
}

async function start() {
  const packages = got("packages.zip").then((answer) => answer.arrayBuffer());
  const script = unpacked("pyodide.asm.js", "text/javascript").then((answer) => answer.blob());
  importScripts(`${base}pyodide.js${version}`);
  importScripts(URL.createObjectURL(await script));
  python = await loadPyodide({
    indexURL: base,
    lockFileURL: `${base}pyodide-lock.json${version}`,
    packages: ["numpy"],
    env: { HOME: "/home/pyodide", MPLBACKEND: "agg" },
    stdLibURL: `${base}python_stdlib.zip${version}`,
  });
  python.unpackArchive(await packages, "zip", { extractDir: FOLDER });
  for (const [kind, set] of [["stdout", "setStdout"], ["stderr", "setStderr"]]) {
    const decoder = new TextDecoder();
    python[set]({ write: (bytes) => write(kind, decoder.decode(bytes, { stream: true }), bytes.length) });
  }
  python.runPython(`
import logging, sys, warnings
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # it says that it builds its cache of fonts
warnings.filterwarnings("ignore", message="tqdm:disabling monitor support")  # it wants a thread, which a page has not
sys.path.insert(0, "${FOLDER}")
sys.stdout.reconfigure(line_buffering=True)
sys.stderr.reconfigure(line_buffering=True)
`);
  kernel = python.pyimport("live_kernel");
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
  const needed = kernel.needs(code, FOLDER).toJs().filter((one) => !(one in python.loadedPackages));
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
