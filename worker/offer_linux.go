package worker

import "os"

// offer offers this process to the kernel in place of its parent where memory runs out. A container may forbid it.
func offer() { _ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0) }
