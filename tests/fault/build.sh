#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every allocation and every system call of building an image, made to fail in turn.
. "$(dirname "$0")/../cli/lib.sh"
[ -x "$ISOKIT_BUILD/tests/fault-build" ] || skip "no iso-build in this build"

mkdir -p source/folder/below source/EFI/BOOT out
echo hello >source/hello.txt
head -c 300000 /dev/urandom >source/folder/large
ln -s hello.txt source/link
ln source/hello.txt source/folder/below/hard
# What counts is the mark by which a PE file is known.
{ printf 'MZ'; head -c 58 /dev/zero; printf '\x40\0\0\0PE\0\0\x64\x86'; head -c 900 /dev/zero; } \
	>source/EFI/BOOT/BOOTX64.EFI
dense=300
[ "${ISOKIT_INSTRUMENTED-no}" = no ] || dense=60
TEST_TIMEOUT=500
run "$ISOKIT_BUILD/tests/fault-build" source out "$dense"
cat "$out"
expect_status 0
expect_stdout_has '^calls: [1-9][0-9]+ runs$'
expect_stdout_has '^allocations, all from then on: [1-9][0-9]+ runs$'
