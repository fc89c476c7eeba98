package webhooktest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// signatureAge is how old a signature may be for a receiver that follows the documentation: the contract
// says 300 seconds with the header X-Webhook-Signature.
const signatureAge = 300 * time.Second

// VerifySignature checks the value of X-Webhook-Signature as a partner would. It was written from the
// documentation and shares no code with the signer.
func VerifySignature(secret, header string, body []byte, now time.Time) error {
	stamp, signature, ok := strings.Cut(header, ",v1=")
	seconds, isStamp := strings.CutPrefix(stamp, "t=")
	if !ok || !isStamp {
		return fmt.Errorf("signature %q is not t=…,v1=…", header)
	}
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return fmt.Errorf("signature %q: time: %w", header, err)
	}
	if age := now.Sub(time.Unix(unix, 0)).Abs(); age > signatureAge {
		return fmt.Errorf("signature is %s away from now", age)
	}
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "%d.%s", unix, body)
	if want := hex.EncodeToString(mac.Sum(nil)); !hmac.Equal([]byte(want), []byte(signature)) {
		return errors.New("signature does not match the body")
	}
	return nil
}
