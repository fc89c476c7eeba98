package contracttest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// source draws what is sent. The same seed draws the same.
type source struct{ *rand.Rand }

func newSource(seed uint64) source { return source{rand.New(rand.NewPCG(seed, 1))} }

// percent is true with a probability in percent.
func (s source) percent(p int) bool { return s.IntN(100) < p }

func pick[T any](s source, of []T) T { return of[s.IntN(len(of))] }

// hostileTexts are what breaks programs.
var hostileTexts = []string{
	"", " ", "\u0000", "a\u0000b", "null", "undefined", "0", "-1", "1e3", "true", "[]", "{}", "'; DROP TABLE jobs; --", `" OR 1=1 --`, "%00", "%s%n%d", "../../etc/passwd",
	"<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://x}", "\u202etxt.exe", "\ufeff", "\ufffd", "\U0001F469\u200d\U0001F680", "ﷺ", "İ", "ß", "e\u0301", "\r\n", "a\r\nX-Evil: 1", "\\", "*", "a & | ! b", "((((", `"`,
	strings.Repeat("x", 256), strings.Repeat("ä", 2001), strings.Repeat("x", 10_001), "2030-02-31T00:00:00Z", "300000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "2026-04-03T08:15:00+99:00",
	"https://[::1", "https://user:pass@host/", "http://169.254.169.254/", "javascript:alert(1)", "a@b", "ada@exam\u0000ple.com",
}

// hostileNumbers are numbers as they are written in JSON.
var hostileNumbers = []string{"0", "-1", "-0", "1.0", "1.5", "1e3", "1e308", "1e999", "-1e999", "1e-400", "9007199254740991", "9007199254740992", "9223372036854775807", "9223372036854775808", "18446744073709551616", "2147483648", "00", "0x10"}

// hostileValues are JSON of any type.
var hostileValues = []string{"null", "true", "[]", "{}", `[null]`, `{"a":{"b":[{}]}}`, `""`, `"\ud800"`, `[[[[[[[[[[]]]]]]]]]]`, `"` + strings.Repeat("x", 70_000) + `"`}

// value draws JSON that fits a schema, mostly; at its bounds, often.
func (s source) value(ref *openapi3.SchemaRef, depth int) string {
	schema := ref.Value
	for _, one := range schema.AllOf {
		return s.value(one, depth)
	}
	if schema.Nullable && s.percent(10) {
		return "null"
	}
	if len(schema.Enum) > 0 {
		return encode(pick(s, schema.Enum))
	}
	if values, ok := schema.Extensions["x-extensible-enum"].([]any); ok {
		return encode(pick(s, values))
	}
	switch {
	case schema.Type.Is("object"):
		return s.object(schema, depth)
	case schema.Type.Is("array"):
		most := 3
		if schema.MaxItems != nil && s.percent(3) {
			most = int(*schema.MaxItems) + s.IntN(2)
		}
		items := make([]string, min(s.IntN(most+1), 300))
		for i := range items {
			items[i] = s.value(schema.Items, depth+1)
		}
		return "[" + strings.Join(items, ",") + "]"
	case schema.Type.Is("boolean"):
		return encode(s.percent(50))
	case schema.Type.Is("integer"), schema.Type.Is("number"):
		return s.number(schema)
	}
	return encode(s.text(schema))
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// object draws an object, often with a property that is missing, unknown or hostile.
func (s source) object(schema *openapi3.Schema, depth int) string {
	var parts []string
	for _, name := range slices.Sorted(mapKeys(schema.Properties)) {
		if !slices.Contains(schema.Required, name) && s.percent(50) || s.percent(2) || depth > 4 {
			continue
		}
		value := s.value(schema.Properties[name], depth+1)
		if s.percent(8) {
			value = s.hostile()
		}
		parts = append(parts, encode(name)+":"+value)
		if s.percent(1) {
			parts = append(parts, encode(name)+":"+value) // twice
		}
	}
	if s.percent(3) {
		parts = append(parts, encode(pick(s, hostileTexts))+":"+s.hostile())
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func mapKeys(m openapi3.Schemas) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range m {
			if !yield(name) {
				return
			}
		}
	}
}

func (s source) hostile() string {
	switch s.IntN(3) {
	case 0:
		return pick(s, hostileValues)
	case 1:
		return pick(s, hostileNumbers)
	}
	return encode(pick(s, hostileTexts))
}

func (s source) number(schema *openapi3.Schema) string {
	low, high := int64(1), int64(1000)
	if schema.Min != nil {
		low = int64(*schema.Min)
	}
	if schema.Max != nil {
		high = int64(*schema.Max)
	}
	switch n := s.IntN(10); {
	case n == 0:
		return strconv.FormatInt(low-int64(s.IntN(2)), 10)
	case n == 1:
		return strconv.FormatInt(high, 10)
	case n == 2:
		return pick(s, hostileNumbers)
	case schema.Example != nil && n < 7:
		return encode(schema.Example)
	}
	return strconv.FormatInt(low+s.Int64N(max(min(high-low, 1000), 1)), 10)
}

// text draws a text that fits a schema, or the example, or one that is a letter too long.
func (s source) text(schema *openapi3.Schema) string {
	if example, ok := schema.Example.(string); ok && s.percent(70) {
		return example
	}
	switch schema.Format {
	case "date-time":
		return fmt.Sprintf("20%02d-%02d-%02dT%02d:00:00Z", 20+s.IntN(20), 1+s.IntN(12), 1+s.IntN(31), s.IntN(24))
	case "uri":
		return pick(s, []string{"https://ats.example/a", "http://ats.example", "https://ats.example:8443/ä"})
	case "email":
		return pick(s, []string{"ada@example.com", "ada", "ada@exämple.com"})
	}
	if s.percent(30) {
		return pick(s, hostileTexts)
	}
	length := 1 + s.IntN(20)
	if schema.MaxLength != nil && s.percent(10) {
		length = int(min(*schema.MaxLength, 12_000)) + s.IntN(2)
	}
	return strings.Repeat(pick(s, []string{"x", "ä", "日", "a b "}), length)
}
