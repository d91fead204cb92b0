#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The rules of the house that a program can check. Each complaint is a failure.
set -u
: "${ISOKIT_BUILD:=$PWD}" "${CC:=cc}"
cd "${ISOKIT_SOURCE:=$(cd "$(dirname "$0")/.." && pwd)}" || exit 99
export LC_ALL=C
tmp=$(mktemp -d "${TMPDIR:-/tmp}/isokit-house.XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT

bad=0
complain() { printf '%s\n' "$*"; bad=1; }
told() { printf 'checked: %s\n' "$*"; }

# A C file without comments, and with empty strings, line for line.
code_of() {
	awk '
	BEGIN { quote = sprintf("%c", 39) }
	{
		out = ""; n = length($0)
		for (i = 1; i <= n; i++) {
			c = substr($0, i, 1); two = substr($0, i, 2)
			if (in_comment) { if (two == "*/") { in_comment = 0; i++ } continue }
			if (q != "") {
				if (c == "\\") i++
				else if (c == q) { q = ""; out = out c }
				continue
			}
			if (two == "/*") { in_comment = 1; i++; continue }
			if (two == "//") break
			if (c == "\"" || c == quote) q = c
			out = out c
		}
		q = ""
		print out
	}' "$1"
}

# ---- calls that a library must not make -----------------------------------------
banned='exit|_exit|abort|assert|atexit|printf|vprintf|fprintf|vfprintf|puts|fputs|putchar|perror|psignal|warn|warnx|err|errx|getenv|secure_getenv|setenv|putenv|setlocale|signal|sigaction|raise|sprintf|vsprintf|strcpy|strcat|stpcpy|strtok|gets|alloca|mmap|system|popen|rand|srand|random|srandom|drand48|getrandom|time|gettimeofday|localtime|localtime_r|chdir|umask'
n=0
for f in lib/*/*.[ch]; do
	n=$((n + 1))
	while IFS= read -r line; do
		complain "$f:$line: banned in lib/"
	done < <(code_of "$f" | grep -nE "(^|[^a-zA-Z0-9_>.])($banned)[[:space:]]*\(" |
		grep -vE '__attribute__\(\(format\(printf')
	grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' "$f" || complain "$f: no licence line"
done
told "calls in $n files of lib/"

# The same from the side of the linker, which no macro deceives.
archives=
for a in libcore libauthorcore; do
	[ -f "$ISOKIT_BUILD/.libs/$a.a" ] && archives="$archives $ISOKIT_BUILD/.libs/$a.a"
done
if [ -n "$archives" ] && [ "${ISOKIT_INSTRUMENTED-no}" = no ]; then
	nm -A -u $archives 2>/dev/null | awk '{ print $NF, $1 }' | grep -E "^(_*($banned)(_chk)?|stdout|stderr|environ) " |
		while read -r symbol where; do echo "${where##*/} calls $symbol"; done >"$tmp/calls"
	[ ! -s "$tmp/calls" ] || complain "$(cat "$tmp/calls")"

	# Variables that can change: what is in a writable section and not only
	# relocated by the loader.
	objdump -t $archives 2>/dev/null |
		awk '/file format/ { file = $1 }
		     / O / { section = $(NF - 2); if (section ~ /^\.(data|bss|tdata|tbss)/ && section !~ /^\.data\.rel\.ro/ || section == "*COM*") print file ": " $NF " is a variable (" section ")" }' >"$tmp/variables"
	[ ! -s "$tmp/variables" ] || complain "$(cat "$tmp/variables")"
	objdump -t $archives 2>/dev/null | grep -q ' F .*isokit_source_read_at' ||
		complain "the objects cannot be examined"
	told "symbols of$(for a in $archives; do printf ' %s' "${a##*/}"; done)"
fi

# ---- one door to drives --------------------------------------------------------------
# Files that open something to change it, though it was there before, and why that is no drive:
may_write='lib/author/output.c      a pipe; of iso-build, with --force, a drive that was named and passed the guard
lib/burn/open.c          a regular file that plays a drive
lib/convert/rescue.c     its own unfinished file
lib/convert/write.c      a pipe; block devices are refused before
lib/device/claim.c       the door
src/common/options.c     /dev/null
src/common/password.c    /dev/tty
src/iso-write/question.c /dev/tty
src/iso-write/signature.c /dev/null'
n=0
while IFS=: read -r file line; do
	n=$((n + 1))
	printf '%s\n' "$may_write" | grep -q "^$file " ||
		complain "$file:$line: opens for writing; only what tests/house.sh lists may, so that no drive is written but through device_claim()"
done < <(for f in lib/*/*.[ch] src/*/*.[ch]; do
	code_of "$f" | grep -nE '\<open(at|at2|64)?[[:space:]]*\(|flags|O_(RDWR|WRONLY)' |
		grep -E 'O_RDWR|O_WRONLY' | grep -vE 'O_EXCL \| O_(NOFOLLOW|CLOEXEC)|O_CREAT \| O_EXCL|O_TMPFILE' | sed "s|^|$f:|"
done | sed 's/^\([^:]*:[0-9]*\):.*/\1/')
told "$n places that open for writing"
for f in lib/*/*.c src/*/*.c; do
	case $f in lib/device/block.c | lib/device/claim.c) continue ;; esac
	! grep -qE 'block_target_new|device/block\.h' "$f" ||
		complain "$f: makes a block target without device_claim()"
	case $f in lib/device/*) continue ;; esac
	! code_of "$f" | grep -qE 'BLK(DISCARD|SECDISCARD|ZEROOUT|ROSET|PG)\>' ||
		complain "$f: changes a drive by itself"
done

# ---- the public interface ----------------------------------------------------------
# api HEADER…: names of the ISOKIT_API functions
api() {
	for h; do code_of "$h"; done | grep -v '^[[:space:]]*#' | tr '\n' ' ' | tr ';{}' '\n\n\n' |
		sed -n 's/.*ISOKIT_API[^(]*[^a-zA-Z0-9_(]\(isokit_[a-z0-9_]*\)[[:space:]]*(.*/\1/p' | sort
}
author_headers=$(ls include/isokit/author.h include/isokit/burn.h include/isokit/convert.h include/isokit/write.h 2>/dev/null)
core_headers=$(ls include/isokit/*.h | grep -vxF "${author_headers:-none}")
api $core_headers >"$tmp/api"
sed -n '/^ISOKIT_[0-9.]* {/,/^}/s/^[[:space:]]*\(isokit_[a-z0-9_*]*\);.*/\1/p' lib/isokit.map >"$tmp/map"
sort -c "$tmp/map" 2>/dev/null || complain "lib/isokit.map: the public block is not in order"
sort -o "$tmp/map" "$tmp/map"
[ "$(wc -l <"$tmp/api")" -ge 20 ] || complain "the headers cannot be read"
diff "$tmp/api" "$tmp/map" >"$tmp/diff" ||
	complain "headers (<) and lib/isokit.map (>) differ: $(grep '^[<>]' "$tmp/diff" | tr '\n' ' ')"

exported() { nm -D --defined-only "$1" 2>/dev/null | awk '$2 != "A" { print $3 }' | sort; }
so=$ISOKIT_BUILD/.libs/libisokit.so
if [ -f "$so" ]; then
	exported "$so" | sed -n 's/@*ISOKIT_[0-9.]*$//p' | sort >"$tmp/exported"
	diff "$tmp/api" "$tmp/exported" >"$tmp/diff" ||
		complain "headers (<) and what libisokit.so exports (>) differ: $(grep '^[<>]' "$tmp/diff" | tr '\n' ' ')"
	told "$(wc -l <"$tmp/api") functions of libisokit"
fi
so=$ISOKIT_BUILD/.libs/libisokit-author.so
if [ -f "$so" ]; then
	api $author_headers >"$tmp/api"
	exported "$so" | sed 's/@.*//' | sort >"$tmp/exported"
	diff "$tmp/api" "$tmp/exported" >"$tmp/diff" ||
		complain "headers (<) and what libisokit-author.so exports (>) differ: $(grep '^[<>]' "$tmp/diff" | tr '\n' ' ')"
	told "$(wc -l <"$tmp/api") functions of libisokit-author"
fi

# ---- what looks into images must not bring in what writes them -----------------------
for f in .libs/libisokit.so iso-inspect; do
	f=$ISOKIT_BUILD/$f
	[ -f "$f" ] || continue
	readelf -d "$f" >"$tmp/dynamic" 2>/dev/null && grep -q NEEDED "$tmp/dynamic" ||
		{ complain "what ${f##*/} is linked with cannot be read"; continue; }
	# Nothing but the C library and its parts; a compiler may add its own.
	sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p' "$tmp/dynamic" |
		grep -vE '^(libc|libm|libdl|libpthread|ld-linux[a-z0-9-]*|libgcc_s)\.' >"$tmp/needed"
	[ "${ISOKIT_INSTRUMENTED-no}" = no ] || : >"$tmp/needed"
	[ ! -s "$tmp/needed" ] || complain "${f##*/} is linked with $(tr '\n' ' ' <"$tmp/needed")"
	told "what ${f##*/} is linked with"
done

# ---- headers stand alone ---------------------------------------------------------------
cxx=
for c in "${CXX:-none}" c++ g++ clang++; do
	command -v "${c%% *}" >/dev/null 2>&1 && { cxx=$c; break; }
done
for h in include/isokit/*.h; do
	case $h in
	*/finding-codes.h | */boot-reasons.h) continue ;; # lists, included by the others
	esac
	echo "#include <${h#include/}>" >"$tmp/one.c"
	cp "$tmp/one.c" "$tmp/one.cc"
	$CC -std=c11 -Wall -Wextra -Wpedantic -Wundef -Werror -Iinclude -fsyntax-only "$tmp/one.c" 2>"$tmp/cc" ||
		complain "$h alone is no C11: $(head -5 "$tmp/cc")"
	if [ -n "$cxx" ]; then
		$cxx -std=c++17 -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only "$tmp/one.cc" 2>"$tmp/cc" ||
			complain "$h alone is no C++17: $(head -5 "$tmp/cc")"
	fi
	grep -qF "$h" Makefile.am lib/*/room.am || complain "$h: not installed by Makefile.am"
done
told "headers alone, in C${cxx:+ and C++}"

# ---- findings are explained ---------------------------------------------------------------
sed -n 's/^ISOKIT_FINDING([A-Z0-9_]*, "\([a-z0-9-]*\)", \([A-Z]*\),.*/\1 \2/p' include/isokit/finding-codes.h |
	tr 'A-Z' 'a-z' >"$tmp/codes"
grep -c '^ISOKIT_FINDING(' include/isokit/finding-codes.h | cmp -s - <(wc -l <"$tmp/codes") ||
	complain "include/isokit/finding-codes.h: a line cannot be read"
awk '/^### / { if (heading != "" && !words) print heading " has no text" > "/dev/stderr"
	heading = $0; words = 0
	if ($0 !~ /^### `[a-z0-9-]+` \((error|warning|note)\)$/) print "bad heading: " $0 > "/dev/stderr"
	gsub(/[#`() ]+/, " "); print $1, $2; next }
     /[a-z]/ { words = 1 }
     END { if (heading != "" && !words) print heading " has no text" > "/dev/stderr" }' \
	doc/findings.md >"$tmp/explained" 2>"$tmp/form"
[ ! -s "$tmp/form" ] || complain "doc/findings.md: $(cat "$tmp/form")"
sort "$tmp/codes" >"$tmp/a"; sort "$tmp/explained" >"$tmp/b"
diff "$tmp/a" "$tmp/b" >"$tmp/diff" ||
	complain "finding-codes.h (<) and doc/findings.md (>) differ: $(grep '^[<>]' "$tmp/diff")"
[ -z "$(uniq -d "$tmp/a")" ] || complain "a finding code is used twice"
# The clause of each, on the page and in the table.
awk 'FNR == NR { if (split($0, x, /[(,"]+/) > 3 && /^ISOKIT_FINDING/) code[x[2]] = x[4]; next }
     /\[ISOKIT_F_[A-Z]/ { match($0, /ISOKIT_F_[A-Z0-9_]+/); id = substr($0, RSTART + 9, RLENGTH - 9); all = "" }
     id { rest = $0
	while (match(rest, /"[^"]*"/)) { all = all substr(rest, RSTART + 1, RLENGTH - 2); rest = substr(rest, RSTART + RLENGTH) }
	if (/",$/) { print code[id] ": " all "."; id = "" } }' \
	include/isokit/finding-codes.h lib/model/clauses.c | sort >"$tmp/a"
awk 'function flush() { if (match(text, / Clause: /)) print code ": " substr(text, RSTART + 9) }
     /^### / { flush(); code = $2; gsub(/`/, "", code); text = ""; next } NF { text = text " " $0 } END { flush() }' \
	doc/findings.md | sort >"$tmp/b"
diff "$tmp/a" "$tmp/b" >"$tmp/diff" ||
	complain "clauses.c (<) and doc/findings.md (>) differ: $(grep '^[<>]' "$tmp/diff")"
told "$(wc -l <"$tmp/codes") finding codes and their explanations"

# ---- nothing is forgotten in the build ---------------------------------------------------------
for f in lib/*/*.[ch] src/*/*.[ch] tests/unit/*/*.c tests/cli/*/*.sh; do
	[ -e "$f" ] || continue
	grep -qE "(^|[[:space:]])$f([[:space:]]|\$)" Makefile.am ./*/*/room.am ./tests/*.am ./tests/*/*/room.am ||
		complain "$f: in no room.am"
done

exit $bad
