package cvtext

import "testing"

// Codes of TeX's encoding T1, as PDFium gives them for fonts of small dots.
func TestCodesOfTeX(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Certi\x1ced o\x1ece work\x1dow, e\x1ecient a\x1fuent sta\x1b": "Certified office workflow, efficient affluent staff",
		"o\x1ece \x16 Stra\u00ffe 2019\x152023 \x10x\x11":              "office — Straße 2019–2023 “x”",
		"o\x1ece Pawe\u00aa \u008a\u00f3d\u00b9, c\u00f7ur":            "office Paweł Łódź, cœur",
		"o\x1ece \u0088 25\u00b0C \u00a9 2020 Java\u00ae \u00a7 5":     "office • 25°C © 2020 Java® § 5",
		"Gr\u00f6\u00ffer, Stra\u00ffe":                                "Größer, Straße",
		// Without a ligature nothing tells that it is T1.
		"Stra\u00ffe 2019\x152023 \u00f7": "Stra\u00ffe 2019\x152023 \u00f7",
		"25 °C, Größe, naïve":             "25 °C, Größe, naïve",
		"Ysaÿe à L’Haÿ-les-Roses":         "Ysaÿe à L’Haÿ-les-Roses",
	} {
		if got := fromTeX(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
