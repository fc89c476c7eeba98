// Verifies deliveries with the official library: node verify.mjs < deliveries.json
// A delivery is {name, secret, now, headers, body, valid}, now in Unix seconds. Prints those whose answer is not the
// one that was expected.
import { readFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';

let now = 0;
Date.now = () => now * 1000;
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...args) {
    super(...(args.length ? args : [now * 1000]));
  }
};

for (const d of JSON.parse(readFileSync(0))) {
  now = d.now;
  let valid = true;
  try {
    const got = new Webhook(d.secret).verify(d.body, d.headers);
    if (JSON.stringify(got) !== JSON.stringify(JSON.parse(d.body))) console.log(`${d.name}: read as ${JSON.stringify(got)}`);
  } catch {
    valid = false;
  }
  if (valid !== d.valid) console.log(`${d.name}: valid = ${valid}, want ${d.valid}`);
}
