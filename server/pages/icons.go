package pages

import (
	"fmt"
	"html/template"
)

// icons are drawn for this product, on a grid of 20 by 20 with lines of 1.6 and round ends. An icon stands beside words
// and never alone, so it is hidden from screen readers.
var icons = map[string]string{
	"home":     `<path d="M3.5 9 10 3.5 16.5 9v7h-4.25v-4.5h-4.5V16H3.5z"/>`,
	"job":      `<rect x="3" y="6.5" width="14" height="9.5" rx="1.5"/><path d="M7.5 6.5v-2h5v2M3 10.5h14"/>`,
	"people":   `<circle cx="7.5" cy="7" r="2.75"/><path d="M2.5 16c.4-3 2.3-4.5 5-4.5s4.6 1.5 5 4.5M13 4.6a2.75 2.75 0 0 1 0 4.8M14.5 11.9c1.7.6 2.7 2 3 4.1"/>`,
	"inbox":    `<path d="M3 11.5 5 4.5h10l2 7v4H3zM3 11.5h4c.3 1.4 1.4 2.2 3 2.2s2.7-.8 3-2.2h4"/>`,
	"search":   `<circle cx="9" cy="9" r="5"/><path d="m13 13 3.5 3.5"/>`,
	"calendar": `<rect x="3" y="4.5" width="14" height="12" rx="1.5"/><path d="M3 8.5h14M7 3v3M13 3v3"/>`,
	"key":      `<circle cx="6.75" cy="13.25" r="3.25"/><path d="m9.2 10.8 6.8-6.8M13 7l2.5 2.5"/>`,
	"webhook":  `<circle cx="5" cy="14" r="2"/><circle cx="15" cy="14" r="2"/><circle cx="10" cy="5.5" r="2"/><path d="m9 7.3-3 5M7 14h6M11 7.3l3 5"/>`,
	"log":      `<path d="M4 5.5h12M4 10h12M4 14.5h7"/>`,
	"book":     `<path d="M10 5.5C8.5 4.3 6.5 4 3.5 4v11c3 0 5 .3 6.5 1.5 1.5-1.2 3.5-1.5 6.5-1.5V4c-3 0-5 .3-6.5 1.5zm0 0v11"/>`,
	"card":     `<rect x="2.5" y="5" width="15" height="10.5" rx="1.5"/><path d="M2.5 8.5h15M5.5 12.5h3"/>`,
	"company":  `<path d="M4 16.5V4.5h7v12M11 8.5h5v8M2.5 16.5h15M6.5 7.5h2M6.5 10.5h2M6.5 13.5h2M13.5 11.5v0M13.5 14v0"/>`,
	"person":   `<circle cx="10" cy="6.5" r="3"/><path d="M4 16.5c.5-3.5 2.7-5 6-5s5.5 1.5 6 5"/>`,
	"shield":   `<path d="M10 3 4 5v4.5c0 3.5 2.3 6 6 7.5 3.7-1.5 6-4 6-7.5V5zM7.5 9.8l1.8 1.8 3.2-3.4"/>`,
	"menu":     `<path d="M3.5 6h13M3.5 10h13M3.5 14h13"/>`,
	"close":    `<path d="m5 5 10 10M15 5 5 15"/>`,
	"check":    `<path d="m4.5 10.5 3.5 3.5 7.5-8"/>`,
	"plus":     `<path d="M10 4v12M4 10h12"/>`,
	"edit":     `<path d="m12.5 5 2.5 2.5L7.5 15l-3.3.8.8-3.3zM11 6.5 13.5 9"/>`,
	"copy":     `<rect x="7" y="7" width="9" height="9" rx="1.5"/><path d="M13 7V4.5H5.5A1.5 1.5 0 0 0 4 6v7h3"/>`,
	"eye":      `<path d="M2.5 10c1.7-3.2 4.2-4.8 7.5-4.8s5.8 1.6 7.5 4.8c-1.7 3.2-4.2 4.8-7.5 4.8S4.2 13.2 2.5 10z"/><circle cx="10" cy="10" r="2.25"/>`,
	"out":      `<path d="M8 4H4.5v12H8M8.5 10h8M13.5 7l3 3-3 3"/>`,
	"external": `<path d="M11 4h5v5M16 4l-7 7M8.5 5H4v11h11v-4.5"/>`,
	"warning":  `<path d="M10 3.5 17.5 16.5h-15zM10 8.5v4M10 14.5v0"/>`,
	"back":     `<path d="M8.5 5 3.5 10l5 5M3.5 10h13"/>`,
	"forward":  `<path d="m11.5 5 5 5-5 5M16.5 10h-13"/>`,
	"gear":     `<circle cx="10" cy="10" r="2.5"/><path d="M10 3v2.5M10 14.5V17M3 10h2.5M14.5 10H17M5 5l1.8 1.8M13.2 13.2 15 15M5 15l1.8-1.8M13.2 6.8 15 5"/>`,
	"mail":     `<rect x="2.5" y="4.5" width="15" height="11" rx="1.5"/><path d="m3 5.5 7 5.5 7-5.5"/>`,
	"clock":    `<circle cx="10" cy="10" r="6.75"/><path d="M10 6v4l2.75 2"/>`,
	"pulse":    `<path d="M2.5 10.5h3.5l2-5 3.5 9.5 2-4.5h4"/>`,
	"bolt":     `<path d="M11.5 3 5 11.5h4L8.5 17 15 8.5h-4z"/>`,
}

// icon is the markup of one of icons.
func icon(name string) (template.HTML, error) {
	shape, ok := icons[name]
	if !ok {
		return "", fmt.Errorf("there is no icon %q", name)
	}
	return template.HTML(`<svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">` + shape + `</svg>`), nil //nolint:gosec // constants of ours
}

// Icons lists the names of all icons, for the style guide.
func Icons() []string { return sortedKeys(icons) }
