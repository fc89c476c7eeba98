# Verifies the signature of a webhook: ruby verify.rb SECRET HEADER NOW < body
# HEADER is the value of X-Webhook-Signature, NOW the time in Unix seconds.
# Exit status 0: valid, 1: invalid.
require 'openssl'

TOLERANCE = 300 # seconds

# body must be the bytes as received, before any JSON parser touched them.
def verify(secret, header, body, now)
  parts = {}
  header.split(',').each do |part|
    key, value = part.split('=', 2)
    parts[key] ||= value.to_s # the first one counts
  end
  t = parts.fetch('t', '')
  v1 = parts.fetch('v1', '')
  return false unless t.match?(/\A[0-9]{1,12}\z/) && (now - t.to_i).abs <= TOLERANCE

  expected = OpenSSL::HMAC.hexdigest('SHA256', secret, "#{t}.".b + body)
  OpenSSL.secure_compare(expected, v1)
end

secret, header, now = ARGV
exit(verify(secret, header, $stdin.binmode.read, Integer(now, 10)) ? 0 : 1)
