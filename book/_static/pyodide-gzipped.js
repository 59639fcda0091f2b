// loadPyodide for a site that carries the interpreter compressed, since plain file servers compress nothing. A worker
// loads this in place of pyodide.js: that of the live cells, and JupyterLite's, whose options live.py and lite.py know.
"use strict";
{
  // What JupyterLite's kernel asks for and does without: a second way to complete names, in 2 MB, and sockets, in 2 MB.
  const ABSENT = ["jedi", "ssl"];
  const plainFetch = self.fetch.bind(self);

  async function unpacked(address, type) {
    const answer = await plainFetch(address);
    if (!answer.ok) throw new Error(`${address}: the server answered ${answer.status}`);
    const body = answer.body.pipeThrough(new DecompressionStream("gzip"));
    return new Response(body, { headers: { "content-type": type } });
  }

  self.loadPyodide = async (options) => {
    const at = (name) => options.indexURL + name + new URL(options.lockFileURL).search;
    self.fetch = (what, settings) =>
      String(what.url ?? what).endsWith("pyodide.asm.wasm")
        ? unpacked(at("pyodide.asm.wasm.bin"), "application/wasm")
        : plainFetch(what, settings);
    const script = unpacked(at("pyodide.asm.js.bin"), "text/javascript").then((answer) => answer.blob());
    importScripts(at("pyodide.js")); // it puts its own loadPyodide in the place of this one
    importScripts(URL.createObjectURL(await script));
    return loadPyodide({
      ...options,
      packages: options.packages.filter((name) => !ABSENT.includes(name)),
      stdLibURL: at("python_stdlib.zip"),
    });
  };
}
