// Renders formulas with the KaTeX that the first argument names: a line of JSON in, a line of JSON out.
"use strict";
const katex = require(process.argv[2]);

require("readline")
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    const { tex, options } = JSON.parse(line);
    let answer;
    try {
      answer = { html: katex.renderToString(tex, options) };
    } catch (error) {
      answer = { error: error.message };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  });
