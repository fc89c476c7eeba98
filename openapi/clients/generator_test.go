//go:build soak

package clients_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"itmanagerjobs/openapi"
	"itmanagerjobs/openapi/consumer/nodetest"
)

// generate has openapi-generator write a client of every contract into dir/LANGUAGE-CONTRACT. The options name the package
// by CONTRACT, and by Contract where it begins with a capital.
func generate(t *testing.T, dir, language, options string) {
	t.Helper()
	nodetest.Install(t, ".")
	nodetest.Need(t, "java", "run .ci/ensure-clients, or install a JDK, version 17 or later (on Debian: apt-get install default-jdk-headless)")
	var printed []string
	for _, c := range openapi.All() {
		out := filepath.Join(dir, language+"-"+c.Name)
		// Else it warns that it has not found a list of files to leave alone there.
		if err := os.MkdirAll(out, 0o750); err != nil {
			t.Fatal(err)
		}
		named := strings.NewReplacer("CONTRACT", c.Name, "Contract", strings.ToUpper(c.Name[:1])+c.Name[1:]).Replace(options)
		// The program ends before the optimising compiler of a JVM could pay for itself.
		printed = append(printed, run(t, ".", "java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", "node_modules/@openapitools/openapi-generator-cli/bin/openapi-generator.jar",
			"generate", "-g", language, "-i", filepath.Join(dir, c.Name+".json"), "-o", out, "--additional-properties="+named))
	}
	onlyKnown(t, "openapi-generator", printed...)
}

func pythonClient(t *testing.T, dir string) []string {
	t.Helper()
	generate(t, dir, "python", "packageName=CONTRACT")
	// The packages of Debian are for its own Python, which need not be the first on the PATH.
	python := "/usr/bin/python3"
	if _, err := os.Stat(python); err != nil {
		t.Fatalf("%v: run .ci/ensure-clients (on Debian: apt-get install python3 python3-urllib3 python3-dateutil python3-six python3-certifi)", err)
	}
	var folders []string
	for _, c := range openapi.All() {
		folders = append(folders, filepath.Join(dir, "python-"+c.Name))
	}
	path := "PYTHONPATH=" + strings.Join(folders, ":")
	for _, c := range openapi.All() {
		run(t, dir, "env", path, python, "-W", "error::SyntaxWarning", "-c", "import "+c.Name)
	}
	return []string{"env", path, "PYTHONDONTWRITEBYTECODE=1", python, absolute(t, "testdata/python/story.py")}
}

func rubyClient(t *testing.T, dir string) []string {
	t.Helper()
	generate(t, dir, "ruby", "gemName=CONTRACT,moduleName=Contract")
	mendRuby(t, dir)
	nodetest.Need(t, "ruby", "run .ci/ensure-clients (on Debian: apt-get install ruby ruby-typhoeus)")
	command := []string{"ruby", "-w"}
	for _, c := range openapi.All() {
		command = append(command, "-I", filepath.Join(dir, "ruby-"+c.Name, "lib"))
	}
	for _, c := range openapi.All() {
		run(t, dir, command[0], append(command[2:], "-r", c.Name, "-e", "exit")...)
	}
	return append([]string{"ruby"}, append(command[2:], absolute(t, "testdata/ruby/story.rb"))...)
}

// unguarded is a comparison of a property with a bound of a number.
var unguarded = regexp.MustCompile(`(?m)^(\s+if )(\w+)( [<>] -?[\d.]+)$`)

// mendRuby does by hand what later versions of openapi-generator do, of which npm has none that runs by itself: a property
// that is null is not compared with its bounds.
func mendRuby(t *testing.T, dir string) {
	t.Helper()
	for _, c := range openapi.All() {
		for _, file := range files(t, filepath.Join(dir, "ruby-"+c.Name, "lib"), ".rb") {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			write(t, file, unguarded.ReplaceAllString(string(text), "${1}!${2}.nil? && ${2}${3}"))
		}
	}
}

func phpClient(t *testing.T, dir string) []string {
	t.Helper()
	generate(t, dir, "php", "invokerPackage=Contract")
	nodetest.Need(t, "php", "run .ci/ensure-clients (on Debian: apt-get install php-cli php-curl php-guzzlehttp-guzzle)")
	// Each class is loaded, because PHP finds what it can't compile when it meets it.
	run(t, dir, "env", "GENERATED="+dir, "php", absolute(t, "testdata/php/load.php"))
	return []string{"env", "GENERATED=" + dir, "php", absolute(t, "testdata/php/story.php")}
}

func javaClient(t *testing.T, dir string) []string {
	t.Helper()
	generate(t, dir, "java", "dateLibrary=java8,hideGenerationTimestamp=true,invokerPackage=CONTRACT,apiPackage=CONTRACT.api,modelPackage=CONTRACT.model")
	nodetest.Need(t, "javac", "run .ci/ensure-clients (on Debian: apt-get install default-jdk-headless)")
	const jars = "/usr/share/java/"
	classes := filepath.Join(dir, "classes")
	places := []string{classes}
	for _, jar := range []string{"okhttp", "okio", "gson", "jsr305", "commons-lang3"} {
		if _, err := os.Stat(jars + jar + ".jar"); err != nil {
			t.Fatalf("%v: run .ci/ensure-clients (on Debian: apt-get install libokhttp-java libokio-java libgoogle-gson-java libjsr305-java libcommons-lang3-java)", err)
		}
		places = append(places, jars+jar+".jar")
	}
	path := strings.Join(places, ":")
	sources := files(t, "testdata/java", ".java")
	for _, c := range openapi.All() {
		sources = append(sources, files(t, filepath.Join(dir, "java-"+c.Name, "src/main"), ".java")...)
	}
	list := filepath.Join(dir, "sources")
	write(t, list, strings.Join(sources, "\n"))
	run(t, ".", "javac", "-parameters", "-nowarn", "-encoding", "UTF-8", "-proc:none", "-cp", path, "-d", classes, "@"+list)
	return []string{"java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", path, "Story"}
}

// files are those of a folder, at any depth, whose names end in a way.
func files(t *testing.T, folder, end string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, end) {
			all = append(all, path)
		}
		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("%d files %s in %s: %v", len(all), end, folder, err)
	}
	return all
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	full, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return full
}
