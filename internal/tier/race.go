//go:build race

package tier

// Race says that the tests run under the race detector, which takes a multiple of time and memory.
const Race = true
