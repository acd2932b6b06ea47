package cmd_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "synapse-migrate/"

// mayImport is the import order: production code of a package on the left
// may import, from this module, only what stands on the right. A name that
// ends in "/..." stands for a package and everything below it.
var mayImport = map[string][]string{
	"synapse":                       {"synapse/paging", "synapse/loopback", "synapse/webpage"},
	"synapse/auth":                  {"synapse"},
	"synapse/emulator":              {"synapse"},
	"synapse/loopback":              {},
	"synapse/paging":                {},
	"synapse/webpage":               {},
	"planner":                       {"synapse"},
	"planner/rules":                 {"planner", "synapse"},
	"planner/access":                {"planner", "planner/rules", "synapse"},
	"planner/destination":           {"planner", "planner/rules", "planner/access", "synapse"},
	"planner/choose":                {"planner", "planner/rules", "planner/access", "planner/destination", "synapse"},
	"planner/seal":                  {"planner", "planner/rules"},
	"planner/listing":               {"planner", "planner/rules", "planner/destination", "planner/choose", "planner/seal", "synapse"},
	"planner/project":               {"planner", "planner/rules", "planner/access", "planner/destination", "planner/choose", "planner/seal", "synapse", "synapse/paging"},
	"migrate/transfer":              {"planner"},
	"migrate/checkpoint":            {"planner", "migrate/transfer", "migrate/checkpoint/vfs", "migrate/filelock", "migrate/fileowner", "migrate/wholefile"},
	"migrate/checkpoint/vfs":        {},
	"migrate/config":                {"synapse/loopback", "migrate/fileowner"},
	"migrate/credcache":             {"synapse", "migrate/filelock", "migrate/fileowner", "migrate/wholefile"},
	"migrate/document":              {"synapse/webpage"},
	"migrate/filelock":              {},
	"migrate/fileowner":             {},
	"migrate/verify":                {"synapse", "planner", "planner/rules", "planner/choose"},
	"migrate/stsfolder":             {"synapse", "planner", "planner/destination", "planner/rules", "migrate/objectstore", "migrate/transfer"},
	"migrate/credentials":           {"synapse", "synapse/loopback", "synapse/webpage", "migrate/config", "migrate/document", "migrate/wholefile"},
	"migrate/faults":                {},
	"migrate/objectstore":           {"planner", "planner/rules", "synapse/paging", "synapse/loopback", "synapse/webpage", "migrate/transfer", "migrate/config", "migrate/credentials", "migrate/document"},
	"migrate/objectstore/directory": {"planner", "planner/rules", "migrate/objectstore", "migrate/transfer"},
	"migrate/object":                {"planner", "synapse/loopback", "migrate/access", "migrate/config", "migrate/credentials", "migrate/objectstore", "migrate/transfer", "migrate/wholefile"},
	"migrate/wholefile":             {},
	"migrate/wholefile/limittest":   {},
	"migrate/binding":               {"planner", "synapse", "migrate/config"},
	"migrate/clean":                 {"planner", "migrate/checkpoint", "migrate/credentials", "migrate/objectstore", "migrate/transfer"},
	"migrate/access":                {"planner", "synapse", "synapse/loopback", "migrate/config", "migrate/credentials", "migrate/objectstore", "migrate/transfer"},
	"migrate/effect":                {"planner", "synapse", "migrate/checkpoint", "migrate/transfer"},
	"migrate/register":              {"planner", "synapse", "migrate/checkpoint", "migrate/effect", "migrate/transfer"},
	"migrate/action":                {"planner", "synapse", "synapse/loopback", "synapse/webpage", "migrate/checkpoint", "migrate/effect", "migrate/register", "migrate/transfer"},
	"migrate":                       {"planner", "synapse", "migrate/action", "migrate/checkpoint", "migrate/effect", "migrate/register", "migrate/transfer"},
	"migrate/sandbox":               {"synapse", "synapse/emulator", "migrate/sandbox/..."},
	"migrate/sandbox/awsbackend":    {"synapse", "synapse/emulator"},
	"migrate/sandbox/bench":         {},
	"migrate/sandbox/compare":       {},
	"migrate/sandbox/comparetest":   {"migrate/sandbox/compare", "migrate/sandbox/describe"},
	"migrate/sandbox/miniotest":     {},
	"migrate/sandbox/describe":      {},
	"migrate/sandbox/demo":          {"migrate/sandbox/..."},
	"migrate/sandbox/gateway":       {"migrate/filelock", "migrate/sandbox/..."},
	"migrate/sandbox/identity":      {},
	"migrate/sandbox/outside":       {"synapse/emulator"},
	"migrate/sandbox/sample":        {"synapse", "synapse/emulator", "migrate/sandbox/..."},
	"migrate/sandbox/sts":           {"migrate/sandbox/..."},
	"migrate/sandbox/sandboxtest":   {"migrate/sandbox/..."},
	"migrate/sandbox/tea":           {},
	"reports":                       {"planner", "planner/rules", "migrate", "migrate/checkpoint", "migrate/effect", "migrate/verify", "synapse"},
	"cmd":                           {},
	"cmd/sandbox":                   {"migrate/sandbox", "migrate/sandbox/..."},
	"cmd/migrate":                   {"planner", "planner/...", "synapse", "synapse/auth", "migrate", "migrate/...", "reports"},
}

// forbidden are modules and packages that a program must not link, however
// indirectly: what people install for production carries no server.
var forbidden = map[string][]string{
	"cmd/migrate": {
		module + "synapse/emulator", module + "migrate/sandbox", module + "migrate/wholefile/limittest",
		"github.com/versity/versitygw", "github.com/rclone/gofakes3",
	},
	"migrate/sandbox/sandboxtest": {"github.com/versity/versitygw"},
	// What is for tests alone.
	"cmd/sandbox": {
		module + "migrate/sandbox/comparetest", module + "migrate/sandbox/sandboxtest", module + "migrate/sandbox/miniotest",
	},
}

// onlyImporters are the only production packages that may import a package
// directly; "/..." as above.
var onlyImporters = map[string][]string{
	// Package credentials asks the client for nothing but the endpoint that the AWS tools' files name for S3.
	"github.com/aws/aws-sdk-go-v2/service/s3": {"migrate/objectstore", "migrate/credentials", "migrate/sandbox", "migrate/sandbox/..."},
	"modernc.org/libc":                        {"migrate/checkpoint/vfs"},
	"modernc.org/sqlite":                      {"migrate/checkpoint", "migrate/checkpoint/vfs", "migrate/verify"},
	"github.com/spf13/cobra":                  {"cmd/..."},
}

type goPackage struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	list := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", "./...")
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func covers(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		root, tree := strings.CutSuffix(p, "/...")
		return p == name || tree && strings.HasPrefix(name, root+"/")
	})
}

func TestImportsGoDownOnly(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		allowed, known := mayImport[name]
		if !known {
			t.Errorf("%s is not in the import order: add it, with what it may import", name)
			continue
		}
		for _, imported := range p.Imports {
			inner, own := strings.CutPrefix(imported, module)
			if own && !covers(allowed, inner) {
				t.Errorf("%s must not import %s", name, inner)
			}
			if importers, limited := onlyImporters[imported]; limited && !covers(importers, name) {
				t.Errorf("%s must not import %s: only %v may", name, imported, importers)
			}
		}
	}
}

func TestProductionLinksNoServer(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		for _, dep := range p.Deps {
			for _, bad := range forbidden[name] {
				if dep == bad || strings.HasPrefix(dep, bad+"/") {
					t.Errorf("%s links %s", name, dep)
				}
			}
		}
	}
}
