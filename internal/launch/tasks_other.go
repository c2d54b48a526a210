//go:build !linux

package launch

import "math"

// MaxWorkers is how many more worker processes there may be: nobody tells.
func MaxWorkers() int { return math.MaxInt }
