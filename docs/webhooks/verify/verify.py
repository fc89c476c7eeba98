"""Verifies the signature of a webhook: python3 verify.py SECRET HEADER NOW < body

HEADER is the value of X-Webhook-Signature, NOW the time in Unix seconds.
Exit status 0: valid, 1: invalid.
"""

import hashlib
import hmac
import re
import sys

TOLERANCE = 300  # seconds


def verify(secret: str, header: str, body: bytes, now: int) -> bool:
    """body must be the bytes as received, before any JSON parser touched them."""
    parts = {}
    for part in header.split(","):
        key, _, value = part.partition("=")
        parts.setdefault(key, value)  # the first one counts
    t, v1 = parts.get("t", ""), parts.get("v1", "")
    if not re.fullmatch(r"[0-9]{1,12}", t) or abs(now - int(t)) > TOLERANCE:
        return False

    expected = hmac.new(secret.encode(), t.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), v1.encode("utf-8", "surrogateescape"))


if __name__ == "__main__":
    _, secret, header, now = sys.argv
    sys.exit(0 if verify(secret, header, sys.stdin.buffer.read(), int(now)) else 1)
