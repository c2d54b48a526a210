//go:build race

package main

// raceDetector says that the tests run under the race detector, which takes a multiple of time and memory.
const raceDetector = true
