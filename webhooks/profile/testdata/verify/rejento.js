// Verifies the signature of the rejento format.
'use strict';
const { createHmac, timingSafeEqual } = require('node:crypto');

// rawBody is a Buffer of the bytes as received, header the value of X-Rejento-Signature.
module.exports = function verify(secret, header, rawBody) {
  const want = createHmac('sha256', secret).update(rawBody).digest();
  const got = Buffer.from(header, 'hex');
  return got.length === want.length && timingSafeEqual(got, want);
};
