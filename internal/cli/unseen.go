package cli

import (
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"muster/internal/report"
)

// unseen says so where the report goes to standard output and that may have been closed by mistake. Of a descriptor that was
// closed, Go makes /dev/null before we begin, open for reading too, which a shell's >/dev/null is not. But Python's DEVNULL
// and Node's ignore are, on purpose: it is a doubt, no error.
func (o *outputs) unseen() []string {
	shown := slices.ContainsFunc(o.all, func(out report.Output) bool { return out.File == "" })
	flags, err := unix.FcntlInt(o.stdout.Fd(), unix.F_GETFL, 0)
	if !shown || err != nil || flags&unix.O_ACCMODE != unix.O_RDWR || !isNull(o.stdout) {
		return nil
	}
	return []string{"standard output is closed, or /dev/null: nobody sees the report"}
}

func isNull(f *os.File) bool {
	info, err := f.Stat()
	null, errNull := os.Stat(os.DevNull)
	return err == nil && errNull == nil && os.SameFile(info, null)
}
