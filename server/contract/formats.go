package contract

import (
	"errors"
	"net/mail"
	"net/url"
	"regexp"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/google/uuid"
)

// errFormat says that a value is not of its format; formatWords writes what the caller reads.
var errFormat = errors.New("format")

// validationOptions are the options for all parameters and bodies. Defaults are not filled in: in a PATCH they would be
// changes that the caller did not ask for.
func validationOptions() *openapi3filter.Options {
	format := func(ok func(string) bool) openapi3.StringFormatValidator {
		return openapi3.NewCallbackValidator(func(s string) error {
			if ok(s) {
				return nil
			}
			return errFormat
		})
	}
	return &openapi3filter.Options{
		MultiError:          true,
		SkipSettingDefaults: true,
		SchemaValidationOptions: []openapi3.SchemaValidationOption{
			openapi3.WithStringFormatValidators(map[string]openapi3.StringFormatValidator{
				"date":      format(isDate),
				"date-time": format(isDateTime),
				"email":     format(isEmail),
				"uri":       format(isURI),
				"uuid":      format(isUUID),
			}),
			// The library would write schema and value into every message, and nobody reads its messages.
			openapi3.SetSchemaErrorMessageCustomizer(func(*openapi3.SchemaError) string { return "invalid" }),
			openapi3.DisableSchemaErrorDetails(),
		},
	}
}

// rfc3339 refuses what package time accepts: a comma before the fraction, an hour of one digit.
var rfc3339 = regexp.MustCompile(openapi3.FormatOfStringDateTime)

// isDateTime accepts RFC 3339 in the years 1 to 9999, which every client and PostgreSQL read alike. The expression alone
// would accept 31 February.
func isDateTime(s string) bool {
	var t time.Time
	if !rfc3339.MatchString(s) || t.UnmarshalText([]byte(s)) != nil {
		return false
	}
	year := t.UTC().Year()
	return year >= 1 && year <= 9999
}

func isDate(s string) bool {
	t, err := time.Parse(time.DateOnly, s)
	return err == nil && t.Year() >= 1
}

func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

func isURI(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && u.Host != ""
}

func isUUID(s string) bool {
	_, err := uuid.Parse(s)
	return err == nil && len(s) == 36
}
