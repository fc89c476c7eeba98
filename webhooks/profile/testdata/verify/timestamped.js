// Verifies a signature of the form t=…,v1=….
'use strict';
const { createHmac, timingSafeEqual } = require('node:crypto');

// rawBody is a Buffer of the bytes as received, header the value of the signature header, now in Unix seconds.
module.exports = function verify(secret, header, rawBody, now) {
  const [stamp, first] = header.split(','); // whatever follows the first v1 is not looked at
  if (!stamp?.startsWith('t=') || !first?.startsWith('v1=')) return false;
  const t = stamp.slice(2);
  if (!/^\d+$/.test(t) || Math.abs(now - Number(t)) > 300) return false;
  const want = createHmac('sha256', secret).update(t).update('.').update(rawBody).digest();
  const got = Buffer.from(first.slice(3), 'hex');
  return got.length === want.length && timingSafeEqual(got, want);
};
