package wire

import (
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
)

// BuildID identifies the build of this binary: module version, commit and Go version. Two builds of one commit are the
// same build; without version control, two builds of one version are.
var BuildID = sync.OnceValue(func() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	id := []string{info.Main.Version, runtime.Version()}
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			id = append(id, setting.Value)
		case setting.Key == "vcs.modified" && setting.Value == "true":
			id = append(id, "modified")
		}
	}
	return strings.Join(id, " ")
})
