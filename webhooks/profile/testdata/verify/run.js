// node run.js < deliveries.json, where a delivery is {name, verifier, secret, header, now, body, valid} and verifier the
// file to verify it with. Prints those whose answer is not the one that was expected.
'use strict';
const { readFileSync } = require('node:fs');

for (const d of JSON.parse(readFileSync(0))) {
  const valid = require(`./${d.verifier}`)(d.secret, d.header, Buffer.from(d.body), d.now);
  if (valid !== d.valid) console.log(`${d.name}: valid = ${valid}, want ${d.valid}`);
}
