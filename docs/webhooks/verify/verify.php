<?php
// Verifies the signature of a webhook: php verify.php SECRET HEADER NOW < body
// HEADER is the value of X-Webhook-Signature, NOW the time in Unix seconds.
// Exit status 0: valid, 1: invalid.
declare(strict_types=1);

const TOLERANCE = 300; // seconds

// $body must be the bytes as received (file_get_contents('php://input')), before
// any JSON parser touched them.
function verify(string $secret, string $header, string $body, int $now): bool
{
    $parts = [];
    foreach (explode(',', $header) as $part) {
        [$key, $value] = explode('=', $part, 2) + [1 => ''];
        $parts[$key] ??= $value; // the first one counts
    }
    $t = $parts['t'] ?? '';
    $v1 = $parts['v1'] ?? '';
    if (preg_match('/\A[0-9]{1,12}\z/', $t) !== 1 || abs($now - (int) $t) > TOLERANCE) {
        return false;
    }

    return hash_equals(hash_hmac('sha256', "$t.$body", $secret), $v1);
}

[, $secret, $header, $now] = $argv;
exit(verify($secret, $header, stream_get_contents(STDIN), (int) $now) ? 0 : 1);
