# SPDX-License-Identifier: GPL-3.0-or-later
# What the benches share. They run us and the peers side by side on this
# machine, in turns, and print medians and ratios. Figures are for reading, not
# for passing: no test depends on them.
#
#	BENCH_RUNS=N      runs of each (default 5)
#	BENCH_DISK=DIR    a folder on a disk (default: here); BENCH_MEMORY=DIR one
#	                  on tmpfs (default /dev/shm)
#	BENCH_REFLINK=DIR one on XFS or btrfs (default: none)
#	ISOKIT_BUILD=DIR  where iso-build and iso-inspect are (default: here)
set -u
: "${BENCH_RUNS:=5}" "${BENCH_DISK:=$PWD}" "${BENCH_MEMORY:=/dev/shm}" "${ISOKIT_BUILD:=$PWD}"
export LC_ALL=C

# In a build tree a program may be a wrapper of libtool: time the real one. What lies
# in .libs beside a program that is no wrapper may be of an older build.
program() {
	if [ -x "$ISOKIT_BUILD/$1" ]; then
		if head -c 2 "$ISOKIT_BUILD/$1" | grep -q '^#!' &&
			[ -x "$ISOKIT_BUILD/.libs/$1" ]; then
			printf '%s\n' "$ISOKIT_BUILD/.libs/$1"
		else
			printf '%s\n' "$ISOKIT_BUILD/$1"
		fi
	else
		command -v "$1"
	fi
}
export LD_LIBRARY_PATH="$ISOKIT_BUILD/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"

work_in() { # DIR: an own folder there, removed at the end
	bench_dir=$(mktemp -d "$1/isokit-bench.XXXXXX") || exit 1
	bench_dirs="${bench_dirs-} $bench_dir"
	trap 'cd /; rm -rf $bench_dirs' EXIT
	trap 'exit 130' INT TERM
	cd "$bench_dir" || exit 1
}

# measure RESULTS NAME COMMAND…: wall and CPU seconds appended to the file
measure() {
	local results=$1 name=$2
	shift 2
	rm -f out.iso
	if ! { TIMEFORMAT='%R %U %S'; time "$@" >/dev/null 2>cmd.err; } 2>time.txt; then
		echo "$name failed: $(tail -1 cmd.err)" >&2
		echo "$name - -" >>"$results"
		return
	fi
	tail -1 time.txt | awk -v n="$name" '{ printf "%s %.3f %.3f\n", n, $1, $2 + $3 }' >>"$results"
	rm -f out.iso
}

# report RESULTS TITLE: medians, and ratios of the first name to the others
report() {
	printf '\n%s (median of %s runs)\n' "$2" "$BENCH_RUNS"
	awk '
	$2 != "-" { if (!($1 in n)) order[++k] = $1; n[$1]++; w[$1, n[$1]] = $2; c[$1, n[$1]] = $3 }
	function median(a, name, m, i, j, t, v) {
		for (i = 1; i <= m; i++) v[i] = a[name, i]
		for (i = 1; i <= m; i++) for (j = i + 1; j <= m; j++)
			if (v[j] < v[i]) { t = v[i]; v[i] = v[j]; v[j] = t }
		return m % 2 ? v[(m + 1) / 2] : (v[m / 2] + v[m / 2 + 1]) / 2
	}
	END {
		for (i = 1; i <= k; i++) { wall[i] = median(w, order[i], n[order[i]])
			cpu[i] = median(c, order[i], n[order[i]]) }
		for (i = 1; i <= k; i++) {
			printf "  %-14s wall %8.3f s   cpu %8.3f s", order[i], wall[i], cpu[i]
			if (i > 1 && wall[i] > 0) printf "   ours/this: wall %.2f, cpu %.2f", wall[1] / wall[i], cpu[i] > 0 ? cpu[1] / cpu[i] : 0
			printf "\n"
		}
	}' "$1"
}
