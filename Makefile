# Every target is one command on a fresh machine that has Go and make; the scripts in .ci bring the rest.
# `make` alone lists the targets.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
# check-generated rewrites what is generated while it compares: nothing else may run beside it.
.NOTPARALLEL:

# A checkout of another user (usual in containers) makes git refuse to tell the version, and go build fail. And without its path in
# what is compiled, a second clone takes it from the cache of the first.
export GOFLAGS := $(GOFLAGS) -buildvcs=false -trimpath

# Where .ci/ensure-postgres puts PostgreSQL when the system has none; empty when the program finds one by itself.
find_postgres = pg_bin="$$(.ci/ensure-postgres)"; [ -z "$$pg_bin" ] || export PG_BIN="$$pg_bin";

# Runs a command with a PostgreSQL server. It is built, not `go run`, which does not pass signals on.
with_postgres = $(find_postgres) go build -o bin/withpostgres ./store/storetest/withpostgres; exec bin/withpostgres

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  \1|\2/' | while IFS='|' read -r name text; do printf '%-17s %s\n' "$$name" "$$text"; done

.PHONY: run
run: ## start everything on http://127.0.0.1:8080 with an embedded PostgreSQL and demo data
	@$(if $(DATABASE_URL),,$(find_postgres)) go build -o bin/itmanagerjobs .; exec bin/itmanagerjobs demo

.PHONY: test
test: check-generated lint ## everything that CI runs: generated code, formatting, lint, all tests, with the race detector where several goroutines run, each benchmark once
	@.ci/ensure-tools; race="$$(.ci/ensure-cc)"; $(with_postgres) -c autovacuum=off -c max_connections=600 .ci/test $$race

.PHONY: generate
generate: ## make gen/, the contract in OpenAPI 3.1, and the Postman collection, from the contracts in openapi/
	@go generate ./openapi/...

.PHONY: check-generated
check-generated: ## fail when what is generated is not what `make generate` makes
	@.ci/check-generated

.PHONY: lint
lint: ## gofmt, golangci-lint and our own analyzers
	@.ci/lint

.PHONY: fmt
fmt: ## format the Go code
	@go list -f '{{.Dir}}' ./... | while read -r dir; do gofmt -w "$$dir"/*.go; done; gofmt -w .tools

.PHONY: snapshots-add
snapshots-add: ## freeze what the API has gained; refuses what breaks clients, and under CI
	@$(with_postgres) go test -C snapshots -count=1 -run '^TestSnapshots$$' -args -add

.PHONY: screenshots
screenshots: ## take pictures of every page, on a phone and a desk, light and dark, into .cache/screenshots
	@.ci/ensure-tools; mkdir -p .cache/screenshots; export SCREENSHOTS="$$PWD/.cache/screenshots"; $(with_postgres) go test -count=1 ./server/portal/... ./server/desk ./server/site ./server/styleguide

.PHONY: quickstart-timed
quickstart-timed: ## take a fresh clone to a verified webhook, with cold and warm caches, and fail when it takes too long
	@$(find_postgres) .ci/quickstart-timed

.PHONY: release
release: ## build the programs of a release, with checksums and a list of what is in them, into bin/release
	@.ci/release

.PHONY: licences
licences: ## list the modules in the program, with their licences
	@.ci/licences

.PHONY: vulnerabilities
vulnerabilities: ## ask Go's database which known vulnerabilities the program reaches; it needs the network
	@go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 .

.PHONY: manifests
manifests: ## hold the Kubernetes manifests to the schemas of Kubernetes; it needs the network, and builds for minutes the first time
	@go run sigs.k8s.io/kubectl-validate@v0.0.4 --version 1.30 docs/deploy/kubernetes

.PHONY: bench
bench: ## measure the API, the delivery engine, pages, searches, imports and matches; print the table of figures and goals
	@$(with_postgres) .ci/bench

.PHONY: bench-quick
bench-quick: ## run each benchmark once and small, without judging its figures
	@$(with_postgres) -c autovacuum=off .ci/bench quick

# In one folder, go test prints while it runs; of several packages it prints when each has ended.
soak_in = $(or $(in),./...)
soak_test = go test $(if $(findstring ...,$(soak_in)),$(soak_in),-C $(soak_in))

.PHONY: soak
soak: ## run the long tests; only=NAME runs those whose name has it, such as SoakClients/python
	@.ci/ensure-tools; .ci/ensure-clients; $(with_postgres) $(soak_test) -tags soak -run '$(or $(only),Soak)' -count=1 -timeout 0
	@[ -n "$(only)" ] || go test -run '^$$' -fuzz '^FuzzExtract$$' -fuzztime 1m -fuzzminimizetime 1s ./store/cvtext
	@[ -n "$(only)" ] || go test -run '^$$' -fuzz '^FuzzPDF$$' -fuzztime 1m -fuzzminimizetime 1s ./store/cvtext
	@[ -n "$(only)" ] || go test -run '^$$' -fuzz '^FuzzParse$$' -fuzztime 1m -fuzzminimizetime 1s ./server/inbound
	@[ -n "$(only)" ] || go test -run '^$$' -fuzz '^FuzzDecode$$' -fuzztime 1m -fuzzminimizetime 1s ./webhooks/careerjet
