package main

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	yaml "github.com/oasdiff/yaml3"
)

// deployed are the files of docs/deploy.
func deployed(t *testing.T) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir("docs/deploy", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			names = append(names, path)
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("files of docs/deploy: %v, %v", names, err)
	}
	return names
}

func TestFilesOfDeploymentParse(t *testing.T) {
	t.Parallel()
	for _, name := range deployed(t) {
		text := readDocument(t, name)
		switch filepath.Ext(name) {
		case ".json":
			if !json.Valid([]byte(text)) {
				t.Errorf("%s is no JSON", name)
			}
		case ".yaml":
			documents := 0
			for d := yaml.NewDecoder(strings.NewReader(text)); ; documents++ {
				var v map[string]any
				if err := d.Decode(&v); errors.Is(err, io.EOF) {
					break
				} else if err != nil || len(v) == 0 {
					t.Errorf("%s, document %d: %v, %v", name, documents, v, err)
					break
				}
			}
			if documents == 0 {
				t.Errorf("%s is empty", name)
			}
		}
	}
}

// Where the files name a setting: a key of YAML or a variable of a unit or an image, and what a value asks the environment for.
var settingName = regexp.MustCompile(`(?m)(?:^ *|^ENV |^Environment=|[ $]\{?|from-literal=)([A-Z][A-Z0-9]*_[A-Z0-9_]+)(?:=|: |:-|:\?)`)

// notSettings are of PostgreSQL's image, of the caches of the system, and of Go.
var notSettings = []string{"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD", "XDG_CACHE_HOME", "CGO_ENABLED"}

func TestFilesOfDeploymentNameSettingsThatExist(t *testing.T) {
	t.Parallel()
	var known []string
	for field := range reflect.TypeFor[settings]().Fields() {
		known = append(known, field.Tag.Get("env"))
	}
	named := 0
	for _, name := range deployed(t) {
		for _, match := range settingName.FindAllStringSubmatch(readDocument(t, name), -1) {
			if slices.Contains(notSettings, match[1]) || strings.HasPrefix(match[1], "CAP_") {
				continue
			}
			named++
			if !slices.Contains(known, match[1]) {
				t.Errorf("%s names the setting %s, which the program does not have", name, match[1])
			}
		}
	}
	if named < 20 {
		t.Errorf("only %d settings are found in the files", named)
	}
}

var (
	metricOfCode  = regexp.MustCompile(`(?:Name: |gauge\(|counter\()"((?:itmanagerjobs|webhooks)_[a-z_]+)"`)
	metricOfAlert = regexp.MustCompile(`\b(?:itmanagerjobs|webhooks)_[a-z_]+\b`)
	seriesOfKind  = regexp.MustCompile(`_(?:bucket|count|sum)$`)
)

func TestFilesOfDeploymentNameMetricsThatExist(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, dir := range []string{".", "server", "store", "webhooks"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			for _, match := range metricOfCode.FindAllStringSubmatch(readDocument(t, file), -1) {
				known[match[1]] = false
			}
		}
	}
	for _, name := range []string{"docs/deploy/alerts.yaml", "docs/deploy/alerts_test.yaml", "docs/deploy/dashboard.json"} {
		for _, metric := range metricOfAlert.FindAllString(readDocument(t, name), -1) {
			metric = seriesOfKind.ReplaceAllString(metric, "")
			if _, ok := known[metric]; !ok {
				t.Errorf("%s names the metric %s, which the program does not have", name, metric)
			}
			known[metric] = true
		}
	}
	for metric, shown := range known {
		if !shown {
			t.Errorf("%s is on no dashboard and in no alert", metric)
		}
	}
}
