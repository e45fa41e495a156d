//go:build race

package trade_test

// raceDetector tells that tests run with the race detector, many times as slow.
const raceDetector = true
