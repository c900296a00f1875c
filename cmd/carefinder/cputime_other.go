//go:build !unix

package main

import "time"

// cpuTime is not known here: what bench prints of processor time is 0.
func cpuTime() time.Duration { return 0 }
