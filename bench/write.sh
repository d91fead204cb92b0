#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Writing to loop devices that are made here: beside dd (which neither hashes nor reads back) and,
# with --hash, beside hashing alone; read-back beside a plain direct read, four drives beside one and beside
# four dd, compressed sources beside their own programs. All of a table in turns, in an order that
# changes; ratios are of throughput, of the medians and of the best runs. BENCH_MB: size of the
# image (default 1000). Needs root.
. "$(dirname "$0")/lib.sh"
: "${BENCH_MB:=1000}"
[ "$(id -u)" = 0 ] || { echo "only root has loop devices"; exit 0; }
writer=$(program iso-write) || exit 1
loops=() group=
end() {
	local l
	for l in "${loops[@]}"; do losetup -d "$l"; done
	loops=()
	[ -z "$group" ] || { echo $$ >"${group%/*}/cgroup.procs"; rmdir "$group"; }
	group=
	cd / && rm -rf $bench_dirs
}

# drives N: loop devices over files of the current folder, all of whose blocks are there
drives() {
	local i
	for i in $(seq "$1"); do
		head -c $((BENCH_MB + 50))M /dev/zero >"drive${#loops[@]}"
		sync "drive${#loops[@]}"
		loops+=("$(losetup -f --show --direct-io=on "$PWD/drive${#loops[@]}" 2>/dev/null ||
			losetup -f --show "$PWD/drive${#loops[@]}")")
	done
}
# The slowest drive's seconds: write_seconds, verify_seconds
seconds() { jq "[.drives[].$1] | max" json; }
ours() { "$writer" --yes --fixed-disk --any --no-beside --json "$@" >json 2>cmd.err || { cat cmd.err json; exit 1; }; }
timed() { local s=$EPOCHREALTIME; "$@"; awk -v a="$s" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.3f\n", b - a }'; }
# all_dd: onto all drives at once; all_read: from them
all_dd() {
	local l
	for l in "${loops[@]}"; do dd if=image of="$l" bs=4M oflag=direct status=none & done
	wait
}
all_read() {
	local l
	for l in "${loops[@]}"; do
		dd if="$l" of=/dev/null bs=4M iflag=direct count=$((BENCH_MB / 4)) status=none &
	done
	wait
}
# against WORDS OURS PEER: times that lie in the files OURS.t and PEER.t
against() {
	awk -v words="$1" -v peer="$3" '
		FNR == 1 { f++ }
		{ for (i = ++n[f]; i > 1 && v[f, i - 1] > $1; i--) v[f, i] = v[f, i - 1]; v[f, i] = $1 }
		END { a = v[1, int((n[1] + 1) / 2)]; b = v[2, int((n[2] + 1) / 2)]
			printf "  %-28s %7.3f s  %-12s %7.3f s  %5.2f (best runs %.2f)\n", words, a, peer, b,
				(a > 0 ? b / a : 0), (v[1, 1] > 0 ? v[2, 1] / v[1, 1] : 0) }' "$2.t" "$3.t"
}
# In turns, BENCH_RUNS times.
turns() {
	local what
	for _ in $(seq "$BENCH_RUNS"); do
		for what in $(shuf -e "$@"); do "$what"; done
	done
}

plain_dd() { timed dd if=image of="${loops[0]}" bs=4M oflag=direct status=none >>dd.t; }
plain_read() { timed dd if="${loops[0]}" of=/dev/null bs=4M iflag=direct count=$((BENCH_MB / 4)) status=none >>read.t; }
hash_alone() { timed openssl dgst -sha256 image 2>&1 | tail -n1 >>sha256.t; }
with_hash() {
	timed ours --hash=sha256 image "${loops[0]}" | tail -n1 >>all.t
	seconds write_seconds >>write.t; seconds verify_seconds >>verify.t
	jq '.drives | map(.write_seconds + .verify_seconds + .hash_seconds) | max' json >>phases.t
}
without_hash() {
	ours image "${loops[0]}"
	seconds write_seconds >>unhashed.t; seconds verify_seconds >>unhashed-verify.t
}

for place in "$BENCH_MEMORY" "$BENCH_DISK"; do
	work_in "$place"
	trap end EXIT
	head -c "${BENCH_MB}M" /dev/urandom >image
	drives 1
	turns plain_dd plain_read hash_alone with_hash without_hash
	echo "$place, $BENCH_MB MiB:"
	against "write" unhashed dd
	against "read back" unhashed-verify read
	against "write while SHA-256 runs" write dd
	against "read back while it runs" verify read
	against "write, read back, hash" phases sha256
	against "all of a run" all phases
	[ "$place" = "$BENCH_MEMORY" ] || { end; continue; }

	drives 3
	one() { ours image "${loops[0]}"; seconds write_seconds >>one-write.t; seconds verify_seconds >>one-verify.t; }
	four() { ours image "${loops[@]}"; seconds write_seconds >>four-write.t; seconds verify_seconds >>four-verify.t; }
	four_dd() { timed all_dd >>four-dd.t; }
	four_read() { timed all_read >>four-reads.t; }
	turns one four four_dd four_read
	echo "four drives in the same memory:"
	against "write, beside one" four-write one-write
	against "write" four-write four-dd
	against "read back, beside one" four-verify one-verify
	against "read back" four-verify four-reads

	# Drives that are slower than this computer, as real ones are: where the kernel can say so.
	blkio=/sys/fs/cgroup/blkio
	if [ -e $blkio/blkio.throttle.write_bps_device ] && mkdir "$blkio/isokit-bench.$$" 2>/dev/null; then
		group=$blkio/isokit-bench.$$
		rate=60
		for l in "${loops[@]}"; do
			n=$(lsblk -dno MAJ:MIN "$l" | tr -d ' ')
			echo "$n ${rate}000000" >"$group/blkio.throttle.write_bps_device"
			echo "$n $((rate * 3 / 2))000000" >"$group/blkio.throttle.read_bps_device"
			rate=$((rate + 20))
		done
		echo $$ >"$group/cgroup.procs"
		mv image whole
		head -c $((BENCH_MB * 3 / 10))M whole >image
		slow_dd() { timed dd if=image of="${loops[0]}" bs=4M oflag=direct status=none >>slow-dd.t; }
		slow_one() { timed ours --hash=sha256 image "${loops[0]}" >>slow-one.t; seconds write_seconds >>slow-write.t; }
		slow_four() { timed ours --hash=sha256 image "${loops[@]}" >>slow-four.t; }
		BENCH_RUNS=2 turns slow_dd slow_one slow_four
		echo "drives that write 60, 80, 100 and 120 MB/s:"
		against "the slowest alone, write" slow-write slow-dd
		against "all four, all of a run" slow-four slow-one
		mv whole image
		echo $$ >"$blkio/cgroup.procs"
		rmdir "$group"
		group=
	fi

	head -c $((BENCH_MB / 4))M image | od -An -tx1 | head -c $((BENCH_MB / 2))M >text
	for how in 'xz -0' 'xz -0 -T2' 'zstd -q'; do
		name=${how// /} program=${how%% *}
		$how -c text >packed
		expand() { timed eval "$program -dc packed >/dev/null" >>"$program-dc.t"; }
		expand_dd() { timed eval "$program -dc packed | dd of=${loops[0]} bs=4M iflag=fullblock oflag=direct status=none" >>"$program-dc|dd.t"; }
		packed() { timed ours --no-verify packed "${loops[0]}" >>"$name.t"; seconds write_seconds >>"$name-write.t"; }
		rm -f "$program-dc.t" "$program-dc|dd.t"
		turns expand expand_dd packed
		echo "$how, $(stat -c %s packed) of $(stat -c %s text) bytes:"
		against "write" "$name-write" "$program-dc"
		against "all of a run" "$name" "$program-dc"
		against "all of a run" "$name" "$program-dc|dd"
	done
	end
done
