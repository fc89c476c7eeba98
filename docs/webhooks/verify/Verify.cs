// Verifies the signature of a webhook: dotnet run Verify.cs -- SECRET HEADER NOW < body
// HEADER is the value of X-Webhook-Signature, NOW the time in Unix seconds.
// Exit status 0: valid, 1: invalid. .NET 10 runs the file as it is.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

using var input = Console.OpenStandardInput();
using var buffer = new MemoryStream();
input.CopyTo(buffer);
var now = long.Parse(args[2], CultureInfo.InvariantCulture);
return Signature.Verify(args[0], args[1], buffer.ToArray(), now) ? 0 : 1;

static class Signature
{
    private const long Tolerance = 300; // seconds

    // body must be the bytes as received, before any JSON parser touched them.
    public static bool Verify(string secret, string header, byte[] body, long now)
    {
        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in header.Split(','))
        {
            var pair = part.Split('=', 2);
            parts.TryAdd(pair[0], pair.Length == 2 ? pair[1] : ""); // the first one counts
        }
        var t = parts.GetValueOrDefault("t", "");
        var v1 = parts.GetValueOrDefault("v1", "");
        if (!Regex.IsMatch(t, @"\A[0-9]{1,12}\z")
            || Math.Abs(now - long.Parse(t, CultureInfo.InvariantCulture)) > Tolerance)
        {
            return false;
        }

        var prefix = Encoding.UTF8.GetBytes(t + ".");
        var signed = new byte[prefix.Length + body.Length];
        prefix.CopyTo(signed, 0);
        body.CopyTo(signed, prefix.Length);
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed);
        var expected = Convert.ToHexString(mac).ToLowerInvariant();
        return CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(v1));
    }
}
