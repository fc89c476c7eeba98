package mcp

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// Where agents look for what there is.
const (
	CardPath   = "/.well-known/agent-card.json"
	SkillsPath = "/.well-known/agent-skills/"
)

// The skills: a folder with SKILL.md for each.
//
//go:embed skills
var skillFiles embed.FS

// skill is one of them, as the index lists it.
type skill struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Description string `json:"description"`
	URL         string `json:"url"`
	Digest      string `json:"digest"` // of the file, for those who keep a copy
	text        []byte
}

// readSkills reads the files, with name and description from their front matter.
func readSkills() ([]skill, error) {
	paths, err := fs.Glob(skillFiles, "skills/*/SKILL.md")
	if err != nil {
		return nil, err
	}
	skills := make([]skill, len(paths))
	for i, file := range paths {
		text, err := skillFiles.ReadFile(file)
		if err != nil {
			return nil, err
		}
		folder := path.Base(path.Dir(file))
		sum := sha256.Sum256(text)
		s := skill{Type: "skill-md", URL: SkillsPath + folder + "/SKILL.md", Digest: "sha256:" + hex.EncodeToString(sum[:]), text: text}
		for line := range strings.Lines(string(text)) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			switch {
			case name == "name" && s.Name == "":
				s.Name = value
			case name == "description" && s.Description == "":
				s.Description = value
			}
		}
		if s.Name != folder || s.Description == "" {
			return nil, fmt.Errorf("%s does not begin with its name and a description", file)
		}
		skills[i] = s
	}
	return skills, nil
}

// card describes the platform as the Agent2Agent protocol has it. There is one way in, and it says which: the tools at /mcp.
func (c Config) card(skills []skill) map[string]any {
	offered := make([]map[string]any, len(skills))
	for i, s := range skills {
		offered[i] = map[string]any{"id": s.Name, "name": strings.ReplaceAll(s.Name, "-", " "), "description": s.Description, "tags": []string{"jobs", "hiring"}}
	}
	return map[string]any{
		"name": "ITManagerJobs", "version": c.Version, "documentationUrl": c.PublicURL + "/docs", "skills": offered,
		"description":         "A job board for IT managers: post jobs, follow applications, search the CV database, be told of events.",
		"provider":            map[string]string{"organization": "ITManagerJobs", "url": c.PublicURL},
		"supportedInterfaces": []map[string]string{{"url": c.PublicURL + Path, "protocolBinding": "MCP", "protocolVersion": "2025-06-18"}},
		"capabilities":        map[string]bool{"streaming": false, "pushNotifications": false},
		"defaultInputModes":   []string{"application/json"}, "defaultOutputModes": []string{"application/json"},
		"securitySchemes": map[string]any{"apiKey": map[string]any{"httpAuthSecurityScheme": map[string]string{
			"scheme": "bearer", "description": "An API key from " + c.PublicURL + "/employer/keys, with the scopes of what is to be done.",
		}}},
		"securityRequirements": []map[string]any{{"schemes": map[string]any{"apiKey": map[string]any{"list": []string{}}}}},
	}
}

// discovery serves the card, the index of skills, and the skills.
func (c Config) discovery(mux *http.ServeMux) error {
	skills, err := readSkills()
	if err != nil {
		return err
	}
	index := map[string]any{"$schema": "https://schemas.agentskills.io/discovery/0.2.0/schema.json", "skills": skills}
	for address, value := range map[string]any{CardPath: c.card(skills), SkillsPath + "index.json": index} {
		content, err := json.MarshalIndent(value, "", "  ")
		if err != nil {
			return err
		}
		mux.HandleFunc("GET "+address, serve("application/json", append(content, '\n')))
	}
	for _, s := range skills {
		mux.HandleFunc("GET "+s.URL, serve("text/markdown; charset=utf-8", s.text))
	}
	return nil
}

// serve answers with the same bytes every time, to everybody.
func serve(contentType string, content []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "public, max-age=3600")
		w.Header().Set("Access-Control-Allow-Origin", "*") // it is public, and programs in browsers read it
		_, _ = w.Write(content)
	}
}
