// Verifies the signature of a webhook: node verify.js SECRET HEADER NOW < body
// HEADER is the value of X-Webhook-Signature, NOW the time in Unix seconds.
// Exit status 0: valid, 1: invalid.
'use strict';
const crypto = require('node:crypto');
const fs = require('node:fs');

const TOLERANCE = 300; // seconds

// body must be the bytes as received, before any JSON parser touched them.
function verify(secret, header, body, now) {
  const parts = new Map();
  for (const part of header.split(',')) {
    const at = part.indexOf('=');
    const key = part.slice(0, at);
    if (at > 0 && !parts.has(key)) parts.set(key, part.slice(at + 1)); // the first one counts
  }
  const t = parts.get('t') ?? '';
  const v1 = parts.get('v1') ?? '';
  if (!/^[0-9]{1,12}$/.test(t) || Math.abs(now - Number(t)) > TOLERANCE) return false;

  const expected = crypto.createHmac('sha256', secret).update(`${t}.`).update(body).digest('hex');
  const a = Buffer.from(expected);
  const b = Buffer.from(v1);
  return a.length === b.length && crypto.timingSafeEqual(a, b);
}

const [secret, header, now] = process.argv.slice(2);
process.exitCode = verify(secret, header, fs.readFileSync(0), Number(now)) ? 0 : 1;
