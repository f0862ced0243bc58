//go:build unix

package main

import (
	"io/fs"
	"os"
	"syscall"
)

// ownFile reports whether a file is ours.
func ownFile(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(s.Uid) == os.Getuid()
}

// noCore keeps the memory of a crash, and the secrets in it, off the disk.
func noCore() error { return syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) }
