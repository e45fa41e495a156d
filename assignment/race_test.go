//go:build race

package assignment

// raceDetector tells that tests run with the race detector, many times as slow.
const raceDetector = true
