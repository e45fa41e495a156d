package main

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
)

// peakMemoryMB is the most memory that this process had resident, as Linux tells it; on
// other systems what the runtime has taken.
func peakMemoryMB() float64 {
	if text, err := os.ReadFile("/proc/self/status"); err == nil {
		for line := range bytes.Lines(text) {
			if rest, ok := bytes.CutPrefix(line, []byte("VmHWM:")); ok {
				if kB, err := strconv.ParseFloat(string(bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(rest), []byte("kB")))), 64); err == nil {
					return kB / 1024
				}
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.Sys) / (1 << 20)
}
