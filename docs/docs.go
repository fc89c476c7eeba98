// Package docs holds the documents that are served to everybody at /docs: the guide, and the pages about webhooks. The rest of
// this folder is for people who run or change the program.
package docs

import "embed"

// Files are the Markdown files of guide and webhooks, with the programs that verify a signature.
//
//go:embed guide webhooks
var Files embed.FS
