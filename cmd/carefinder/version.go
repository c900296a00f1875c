package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// versionCmd prints which build this is.
type versionCmd struct{}

// Run prints one line.
func (versionCmd) Run(std streams) error {
	_, err := fmt.Fprintf(std.out, "carefinder %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// version gives the module's version, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	found := map[string]string{}
	for _, s := range info.Settings {
		found[s.Key] = s.Value
	}
	v := info.Main.Version
	if rev := found["vcs.revision"]; (v == "" || v == "(devel)") && len(rev) >= 12 {
		v = rev[:12]
		if found["vcs.modified"] == "true" {
			v += "+changes"
		}
	}
	if v == "" {
		return "(devel)"
	}
	return v
}
