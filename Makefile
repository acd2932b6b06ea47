# Everything that a fresh machine with Go, git and make needs. Tools and
# servers are built at pinned versions into $(TOOLS), which git ignores.

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS   += --no-print-directory

TOOLS    := $(CURDIR)/.tools

# Everything is built in one way, and with the race detector in another, so
# that lint, programs, tests and tools share what they compile.
export CGO_ENABLED := 0
export GOFLAGS := $(strip $(GOFLAGS) -trimpath -buildvcs=false)

MINIO_VERSION    := v0.0.0-20260212201848-7aac2a2c5b7c
GOLANGCI_VERSION := v2.12.0
VULNCHECK_VERSION := v1.6.0
SEAWEEDFS_VERSION := v0.0.0-20261109003541-7506e5f91cd6
MINIO    := $(TOOLS)/bin/minio-$(MINIO_VERSION)
SEAWEEDFS := $(TOOLS)/bin/weed-$(SEAWEEDFS_VERSION)
GOLANGCI := $(TOOLS)/bin/golangci-lint-$(GOLANGCI_VERSION)
GOVULNCHECK := $(TOOLS)/bin/govulncheck-$(VULNCHECK_VERSION)

# The database of known vulnerabilities. Where it can't be reached, make lint
# says so and goes on; REQUIRE_VULNCHECK=1 makes that an error.
VULN_DB           ?= https://vuln.go.dev
REQUIRE_VULNCHECK ?=

# How long make fuzz spends on each target, and on how many processors.
FUZZTIME     ?= 10m
FUZZPARALLEL ?= 1

# Other programs that make bench compares with. rclone takes minutes to build
# and is left out unless asked for: make bench BENCH_PEERS='mc rclone aws'.
# s5cmd, to which all are compared, is always there; aws must be installed.
BENCH_PEERS    ?= mc $(if $(shell command -v aws 2>/dev/null),aws,)
BENCH_OUT      ?= $(TOOLS)/bench.md
S5CMD_VERSION  := v2.3.0
MC_VERSION     := v0.0.0-20250313080218-cf909e1063a9
RCLONE_VERSION := v1.76.0
s5cmd  := $(TOOLS)/bin/s5cmd-$(S5CMD_VERSION)
mc     := $(TOOLS)/bin/mc-$(MC_VERSION)
rclone := $(TOOLS)/bin/rclone-$(RCLONE_VERSION)
aws    := $(shell command -v aws 2>/dev/null)
PEERS  := s5cmd $(filter-out s5cmd,$(BENCH_PEERS))

# The same commit gives the same bytes: no cgo, no paths, no build time.
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
COMMIT  := $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
DATE    := $(shell git log -1 --format=%cI 2>/dev/null || echo unknown)
LDFLAGS := -s -w -buildid= -X main.version=$(VERSION) -X main.commit=$(COMMIT) -X main.date=$(DATE)
BUILD   := go build -ldflags '$(LDFLAGS)'

# The race detector needs a C compiler; without one the tests run without it.
HAVE_CC := $(shell command -v $(firstword $(CC) cc) 2>/dev/null || command -v gcc 2>/dev/null)
# It need not watch SQLite's translated code, whose memory is not Go's: no
# race can be seen there, but each access costs. (No package may be added here
# that uses generic types of sync: the linker could take its unwatched copy of
# them for all, and the detector would see races that are none.)
UNWATCHED := $(foreach p,sqlite/lib memory,-gcflags=modernc.org/$(p)=-race=false)
RACE    := $(if $(HAVE_CC),-race $(UNWATCHED),)

# The programs that tests start, built once and without the race detector.
# What is watched in migrate runs in the test programs themselves.
PROGRAMS := SANDBOX_BINARY=$(TOOLS)/bin/sandbox MIGRATE_BINARY=$(TOOLS)/bin/migrate

# What is left of go test -v: outcomes of tests, and what went wrong.
SUMMARY := grep --line-buffered -vE '^=== |^ +--- PASS|^[[:space:]]*$$'

# Adds up the kills that the output tells of; fewer than $(1) are an error.
ADD_KILLS = awk '{ print; fflush() } / kills in memory: /{ m += $$2 } / kills with SIGKILL: /{ k += $$2 } \
	END { printf "%d kills: %d of processes in memory, %d with SIGKILL; wanted %d\n", m + k, m, k, $(1); exit m + k < $(1) }'

.DEFAULT_GOAL := help
.PHONY: help build demo test test-minio test-servers test-peers test-faults test-large lint vulncheck fuzz bench bench-go clean sandbox-binary test-programs test-all

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

build: ## bin/migrate and bin/sandbox
	$(BUILD) -o bin/migrate ./cmd/migrate
	$(BUILD) -o bin/sandbox ./cmd/sandbox

demo: build ## a whole migration on this machine: plan, run, kill, resume, compare
	bin/sandbox demo --migrate bin/migrate

sandbox-binary:
	@go build -o $(TOOLS)/bin/sandbox ./cmd/sandbox

test-programs:
	@go build -o $(TOOLS)/bin/ ./cmd/sandbox ./cmd/migrate

test: test-programs ## unit tests, fuzz seeds, sandbox end to end
	@echo "race detector: $(if $(RACE),on ($(HAVE_CC)),off (no C compiler found))"
	@.ci/in-memory $(MAKE) test-all

# The slowest packages come first. The detector takes memory of its own, so
# what measures memory is run without it.
SLOWEST  := ./cmd/migrate ./migrate/faults ./migrate ./migrate/checkpoint ./planner
GO_TEST  := $(PROGRAMS) CGO_ENABLED=$(if $(RACE),1,0) go test $(RACE) -timeout 20m
test-all:
	$(GO_TEST) -skip '^TestKilledAtRandom' $(SLOWEST) ./...
	$(GO_TEST) -v -run '^TestKilledAtRandom' ./migrate/faults ./cmd/migrate | $(SUMMARY) | $(call ADD_KILLS,50)
	$(if $(RACE),go test -run '^Test(Project)?MemoryIsFlat$$' -v ./planner)

test-minio: $(MINIO) ## the S3 and STS tests on MinIO, a server nobody here wrote
	MINIO_BINARY=$(MINIO) go test -tags minio -run MinIO -count 1 -timeout 15m ./...

# Builds SeaweedFS, which takes about 10 minutes and 4 GB of modules. Not part
# of CI.
test-servers: sandbox-binary $(MINIO) $(SEAWEEDFS) ## the whole road on S3 servers that nobody here wrote: MinIO, SeaweedFS
	SANDBOX_BINARY=$(TOOLS)/bin/sandbox MINIO_BINARY=$(MINIO) SEAWEEDFS_BINARY=$(SEAWEEDFS) \
	go test -tags servers -run '^TestServers$$' -count 1 -v -timeout 15m ./cmd/migrate | $(SUMMARY)

# Programs that are not on this machine are named in the output; rclone takes
# minutes to build: make test-peers TEST_PEERS='s5cmd aws' leaves it out.
TEST_PEERS ?= s5cmd rclone aws
test-peers: sandbox-binary $(filter $(TOOLS)/%,$(foreach p,$(TEST_PEERS),$($(p)))) ## s5cmd, rclone and AWS CLI read with migrate's credentials
	SANDBOX_BINARY=$(TOOLS)/bin/sandbox TEST_PEERS='$(foreach p,$(TEST_PEERS),$(p)=$($(p)))' \
	go test -tags peers -run Peers -count 1 -v -timeout 5m ./cmd/migrate

# The long form of the commands' tests: each migrate that they start is watched
# by the race detector, not only those that are always.
WATCHED = MIGRATE_FAULTS_FULL=1 SANDBOX_BINARY=$(TOOLS)/bin/sandbox CGO_ENABLED=1 go test $(RACE) -count 1 -timeout 60m -skip '^TestKilledAtRandom' ./cmd/migrate

# One part alone: make test-faults FAULTS=TestWeather
FAULTS ?= .
test-faults: sandbox-binary ## breaks migrations in every way it knows: each call by each fault, 500 kills and more, bad networks
	{ MIGRATE_FAULTS_FULL=1 go test -run '$(FAULTS)' -count 1 -timeout 60m -v ./migrate/faults; \
	  SANDBOX_BINARY=$(TOOLS)/bin/sandbox go test -run TestKilledAtRandom -count 2 -timeout 60m -v ./cmd/migrate; } \
	| $(SUMMARY) | $(call ADD_KILLS,500)
	$(if $(filter .,$(FAULTS)),MIGRATE_FAULTS_FULL=1 go test -run '^Test(PowerFailures|FlippedBits)' -count 1 -timeout 60m -v ./migrate/checkpoint | $(SUMMARY))
	$(if $(filter .,$(FAULTS)),$(if $(RACE),$(WATCHED)))

test-large: $(MINIO) ## real sizes on MinIO: a copy of 6 GiB, a stream of 10 GiB killed at 90 %
	MINIO_BINARY=$(MINIO) go test -tags 'minio large' -run Large -count 1 -timeout 60m -v ./...

# What golangci-lint remembers of a package names the files of the checkout that
# it saw first: shared by two, it speaks of the other's, and reads them.
lint: $(GOLANGCI) ## static checks, import rules, formatting, known vulnerabilities
	@test -z "$$(gofmt -l cmd migrate planner reports synapse)" || { gofmt -l cmd migrate planner reports synapse; exit 1; }
	go vet ./...
	GOLANGCI_LINT_CACHE=$(TOOLS)/lint-cache $(GOLANGCI) run ./...
	@$(MAKE) vulncheck

# The code is compared with the database; whatever else goes wrong is an error.
vulncheck: $(GOVULNCHECK)
	@said=$$(mktemp); trap 'rm -f "$$said"' EXIT; \
	if $(GOVULNCHECK) -db '$(VULN_DB)' ./... 2>&1 | tee "$$said"; then exit 0; fi; \
	grep -q '^govulncheck: fetching vulnerabilities: ' "$$said" || exit 1; \
	echo '*** NOT AUDITED: $(VULN_DB) could not be read (above), so nobody knows whether the'; \
	echo '*** dependencies have known vulnerabilities. Lint again where it can be reached.'; \
	[ -z '$(REQUIRE_VULNCHECK)' ] || exit 1

fuzz: ## every fuzz target in turn, FUZZTIME=10m each; what crashes stays in testdata/fuzz
	@failed=; for package in $$(go list ./...); do \
	  listed=$$(go test -list '^Fuzz' "$$package") || { echo "$$listed"; failed="$$failed $$package"; }; \
	  for target in $$listed; do \
	    case $$target in Fuzz*) ;; *) continue ;; esac; \
	    echo "== $$package $$target"; \
	    go test -run '^$$' -fuzz "^$$target\$$" -fuzztime '$(FUZZTIME)' -parallel '$(FUZZPARALLEL)' "$$package" \
	      || failed="$$failed $$package.$$target"; \
	  done; \
	done; [ -z "$$failed" ] || { echo "failed:$$failed"; exit 1; }

bench: sandbox-binary $(MINIO) $(filter $(TOOLS)/%,$(foreach p,$(PEERS),$($(p)))) ## measures, beside other programs, as tables
	go build -o $(TOOLS)/bin/migrate ./cmd/migrate
	go test -tags bench -c -o $(TOOLS)/bin/bench.test ./migrate/sandbox/bench
	SANDBOX_BINARY=$(TOOLS)/bin/sandbox MIGRATE_BINARY=$(TOOLS)/bin/migrate MINIO_BINARY=$(MINIO) \
	BENCH_PEERS='$(foreach p,$(PEERS),$(p)=$($(p)))' BENCH_OUT='$(BENCH_OUT)' \
	$(TOOLS)/bin/bench.test -test.run '^TestMeasures$$' -test.timeout 60m

bench-go: ## the Go benchmarks of each package
	go test -run '^$$' -bench . -benchmem -timeout 60m ./...

clean: ## everything that make made
	rm -rf bin $(TOOLS)

$(MINIO):
	@mkdir -p $(TOOLS)/bin $(TOOLS)/tmp
	GOBIN=$(TOOLS)/tmp go install github.com/minio/minio@$(MINIO_VERSION)
	mv $(TOOLS)/tmp/minio $@

# Its own go.mod replaces a module that is gone, which go install doesn't
# follow; a module that requires it and replaces the same can build it.
$(SEAWEEDFS):
	@mkdir -p $(TOOLS)/bin $(TOOLS)/seaweedfs
	printf '%s\n' 'module servers' '' 'go 1.26.6' '' 'require github.com/seaweedfs/seaweedfs $(SEAWEEDFS_VERSION)' '' \
	  'replace github.com/tyler-smith/go-bip39 => github.com/cosmos/go-bip39 v1.0.0' > $(TOOLS)/seaweedfs/go.mod
	cd $(TOOLS)/seaweedfs && go build -mod=mod -trimpath -o $@ github.com/seaweedfs/seaweedfs/weed

$(GOLANGCI):
	@mkdir -p $(TOOLS)/bin $(TOOLS)/tmp
	GOBIN=$(TOOLS)/tmp go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv $(TOOLS)/tmp/golangci-lint $@

$(GOVULNCHECK):
	@mkdir -p $(TOOLS)/bin $(TOOLS)/tmp
	GOBIN=$(TOOLS)/tmp go install golang.org/x/vuln/cmd/govulncheck@$(VULNCHECK_VERSION)
	mv $(TOOLS)/tmp/govulncheck $@

$(mc):
	@mkdir -p $(TOOLS)/bin $(TOOLS)/tmp
	GOBIN=$(TOOLS)/tmp go install github.com/minio/mc@$(MC_VERSION)
	mv $(TOOLS)/tmp/mc $@

$(rclone):
	@mkdir -p $(TOOLS)/bin $(TOOLS)/tmp
	GOBIN=$(TOOLS)/tmp go install github.com/rclone/rclone@$(RCLONE_VERSION)
	mv $(TOOLS)/tmp/rclone $@

# Its module can't be installed by name; one that requires it can build it.
$(s5cmd):
	@mkdir -p $(TOOLS)/bin $(TOOLS)/s5cmd
	printf 'module peers\n\ngo 1.26\n\nrequire github.com/peak/s5cmd/v2 $(S5CMD_VERSION)\n' > $(TOOLS)/s5cmd/go.mod
	cd $(TOOLS)/s5cmd && go build -mod=mod -o $@ github.com/peak/s5cmd/v2
