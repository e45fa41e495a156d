//go:build race

package server_test

// raceDetector tells that tests run with the race detector, many times as slow.
const raceDetector = true
