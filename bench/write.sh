#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Writing to loop devices that are made here: beside dd (which neither hashes nor reads back),
# read-back beside a plain direct read, four drives beside one, compressed sources beside
# their own programs. BENCH_MB: size of the image (default 1000). Needs root.
. "$(dirname "$0")/lib.sh"
: "${BENCH_MB:=1000}"
[ "$(id -u)" = 0 ] || { echo "only root has loop devices"; exit 0; }
writer=$(program iso-write) || exit 1
loops=()
end() {
	local l
	for l in "${loops[@]}"; do losetup -d "$l"; done
	cd / && rm -rf $bench_dirs
}

# drives N: loop devices over files of the current folder, all of whose blocks are there
drives() {
	local i
	for i in $(seq "$1"); do
		head -c $((BENCH_MB + 50))M /dev/zero >"drive$i"
		loops+=("$(losetup -f --show --direct-io=on "$PWD/drive$i" 2>/dev/null || losetup -f --show "$PWD/drive$i")")
	done
}
# seconds FILTER: of the last run's JSON
seconds() { jq -r ".drives[0].$1" json; }
ours() { "$writer" --yes --fixed-disk --any --no-beside --json "$@" >json 2>cmd.err || { cat cmd.err json; exit 1; }; }
timed() { local s=$EPOCHREALTIME; "$@"; awk -v a="$s" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.3f\n", b - a }'; }
median() { sort -n | awk '{ v[NR] = $1 } END { printf "%.3f", v[int((NR + 1) / 2)] }'; }

for place in "$BENCH_MEMORY" "$BENCH_DISK"; do
	work_in "$place"
	trap end EXIT
	head -c "${BENCH_MB}M" /dev/urandom >image
	drives 1
	: >dd.t; : >w.t; : >v.t; : >r.t
	for _ in $(seq "$BENCH_RUNS"); do
		for what in $(shuf -e dd ours read); do
			case $what in
			dd) timed dd if=image of="${loops[-1]}" bs=4M oflag=direct status=none >>dd.t ;;
			read) timed dd if="${loops[-1]}" of=/dev/null bs=4M iflag=direct count=$((BENCH_MB / 4)) status=none >>r.t ;;
			ours) ours --hash=sha256 image "${loops[-1]}"
				seconds write_seconds >>w.t; seconds verify_seconds >>v.t ;;
			esac
		done
	done
	printf '%s: write with SHA-256 %s s, dd %s s; read back %s s, plain direct read %s s\n' "$place" \
		"$(median <w.t)" "$(median <dd.t)" "$(median <v.t)" "$(median <r.t)"
	if [ "$place" = "$BENCH_MEMORY" ]; then
		drives 3
		printf 'one drive %s s, four drives %s s\n' "$(timed ours image "${loops[0]}")" \
			"$(timed ours image "${loops[@]}")"
		head -c $((BENCH_MB / 4))M image | od -An -tx1 | head -c $((BENCH_MB / 2))M >text
		for how in 'xz -0' 'zstd -q'; do
			$how -c text >packed
			printf '%s: %s s, %s -dc %s s\n' "$how" "$(timed ours --no-verify packed "${loops[0]}")" \
				"${how%% *}" "$(timed eval "${how%% *} -dc packed >/dev/null")"
		done
	fi
	end
	loops=()
done
