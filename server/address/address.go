// Package address reads the addresses among the settings of the program. Errors tell what is wrong and what to write instead; they
// follow on the name of the setting. The empty string is an address that is not set, which is no error but of CheckListen.
//
// It must know no setting, and ask no network.
package address

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// CheckListen checks a host and port to listen on; example is one.
func CheckListen(s, example string) error {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		reason := err.Error()
		if e, ok := errors.AsType[*net.AddrError](err); ok {
			reason = e.Err
		}
		return fmt.Errorf("is \"%s\", which is no address (%s): write host:port, for example %s", s, reason, example)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("is \"%s\", whose port is not a number from 0 to 65535: write host:port, for example %s", s, example)
	}
	return nil
}

// CheckListenIfSet is CheckListen for what listens nowhere unless it is told to.
func CheckListenIfSet(s, example string) error {
	if s == "" {
		return nil
	}
	return CheckListen(s, example)
}

// ParseIssuer reads the address of a provider of OpenID Connect: an absolute https URL, or http on this machine. Its tokens name it to the
// letter, so that nothing is added to it or taken away.
func ParseIssuer(s string) (*url.URL, error) {
	const example = "for example https://login.example.com"
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, fmt.Errorf("is not a URL (%w): write one, %s", WithoutURL(err), example)
	case u.Hostname() == "", u.Scheme != "https" && (u.Scheme != "http" || !IsLoopback(u.Hostname())):
		return nil, fmt.Errorf("is %q, which is not an absolute https URL: write one, %s", u.Redacted(), example)
	case u.User != nil, u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		return nil, fmt.Errorf("is %q, but must have no password, query or fragment: write the address alone, %s", u.Redacted(), example)
	}
	return u, nil
}

// CheckDomain takes what can stand behind the @ of an address, without looking the name up.
func CheckDomain(s string) error {
	if s == "" {
		return nil
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return fmt.Errorf("is \"%s\", which is no domain: write its name alone, for example apply.example.com", s)
		}
	}
	return nil
}

// ParseSite takes the address of a whole site, and gives it without a slash at its end.
func ParseSite(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	const example = "for example https://jobs.example.com"
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return "", fmt.Errorf("is not a URL (%w): write one, %s", WithoutURL(err), example)
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return "", fmt.Errorf("is \"%s\", which is not an absolute http or https URL: write one, %s", u.Redacted(), example)
	case u.User != nil, u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		return "", fmt.Errorf("is \"%s\", but must have no password, query or fragment: write the address alone, %s", u.Redacted(), example)
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// ParsePage takes the address of a page for people, which may be one of a site that has many.
func ParsePage(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	const example = "for example https://www.example.com/privacy"
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return "", fmt.Errorf("is not a URL (%w): write one, %s", WithoutURL(err), example)
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.User != nil:
		return "", fmt.Errorf("is \"%s\", which is not an absolute http or https URL without a password: write one, %s", u.Redacted(), example)
	}
	return u.String(), nil
}

// ParseSMTP never repeats the value, which holds a password.
func ParseSMTP(s string) (*url.URL, error) {
	if s == "" {
		return nil, nil //nolint:nilnil // no mail server is a valid setting
	}
	const example = "for example smtp://user:password@mail.example.com:587" //nolint:gosec // nobody has this password
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, fmt.Errorf("is not a URL (%w): write one, %s", WithoutURL(err), example)
	case u.Scheme != "smtp" && u.Scheme != "smtps":
		return nil, fmt.Errorf("does not begin with smtp:// or smtps://: write a URL, %s", example)
	case u.Hostname() == "":
		return nil, fmt.Errorf("names no host: write a URL, %s", example)
	}
	return u, nil
}

// CheckEndpoint checks the address of a collector of traces.
func CheckEndpoint(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return errors.New("is not an absolute http or https URL: write one, for example http://127.0.0.1:4318")
	}
	return nil
}

// IsLoopback tells whether a host of a URL is this machine.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// WithoutURL takes the URL, and with it a password, out of an error of url.Parse.
func WithoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
