# Everything that a fresh machine with Go, git and make needs. Tools and
# servers are built at pinned versions into $(TOOLS), which git ignores.

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS   += --no-print-directory

TOOLS    := $(CURDIR)/.tools

MINIO_VERSION    := v0.0.0-20260212201848-7aac2a2c5b7c
GOLANGCI_VERSION := v2.12.0
MINIO    := $(TOOLS)/bin/minio-$(MINIO_VERSION)
GOLANGCI := $(TOOLS)/bin/golangci-lint-$(GOLANGCI_VERSION)

# The same commit gives the same bytes: no cgo, no paths, no build time.
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
COMMIT  := $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
DATE    := $(shell git log -1 --format=%cI 2>/dev/null || echo unknown)
LDFLAGS := -s -w -buildid= -X main.version=$(VERSION) -X main.commit=$(COMMIT) -X main.date=$(DATE)
BUILD   := CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)'

# The race detector needs a C compiler; without one the tests run without it.
HAVE_CC := $(shell command -v $(firstword $(CC) cc) 2>/dev/null || command -v gcc 2>/dev/null)
RACE    := $(if $(HAVE_CC),-race,)

.DEFAULT_GOAL := help
.PHONY: help build demo test test-short test-minio test-large lint bench clean sandbox-binary

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

build: ## bin/migrate and bin/sandbox
	$(BUILD) -o bin/migrate ./cmd/migrate
	$(BUILD) -o bin/sandbox ./cmd/sandbox

demo: build ## a whole migration on this machine: plan, run, kill, resume, compare
	bin/sandbox demo --migrate bin/migrate

sandbox-binary:
	@CGO_ENABLED=0 go build -trimpath -o $(TOOLS)/bin/sandbox ./cmd/sandbox

test: sandbox-binary ## unit tests, fuzz seeds, sandbox end to end
	@echo "race detector: $(if $(RACE),on ($(HAVE_CC)),off (no C compiler found))"
	SANDBOX_BINARY=$(TOOLS)/bin/sandbox CGO_ENABLED=$(if $(RACE),1,0) go test $(RACE) -timeout 20m ./...

test-minio: $(MINIO) ## the S3 and STS tests on MinIO, a server nobody here wrote
	MINIO_BINARY=$(MINIO) go test -tags minio -run MinIO -count 1 -timeout 15m ./...

test-large: $(MINIO) ## a real 6 GiB object over the CopyObject limit, on MinIO
	MINIO_BINARY=$(MINIO) go test -tags 'minio large' -run Large -count 1 -timeout 60m -v ./...

lint: $(GOLANGCI) ## static checks, import rules, formatting
	@test -z "$$(gofmt -l cmd migrate planner reports synapse)" || { gofmt -l cmd migrate planner reports synapse; exit 1; }
	go vet ./...
	$(GOLANGCI) run ./...

bench: sandbox-binary ## benchmarks, as a table
	SANDBOX_BINARY=$(TOOLS)/bin/sandbox go test -run '^$$' -bench . -benchmem -timeout 60m ./...

clean: ## everything that make made
	rm -rf bin $(TOOLS)

$(MINIO):
	@mkdir -p $(TOOLS)/bin $(TOOLS)/tmp
	GOBIN=$(TOOLS)/tmp go install github.com/minio/minio@$(MINIO_VERSION)
	mv $(TOOLS)/tmp/minio $@

$(GOLANGCI):
	@mkdir -p $(TOOLS)/bin $(TOOLS)/tmp
	GOBIN=$(TOOLS)/tmp go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv $(TOOLS)/tmp/golangci-lint $@
