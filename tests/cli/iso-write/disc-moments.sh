# SPDX-License-Identifier: GPL-3.0-or-later
# A signal, a kill, or a drive that dies, in the n-th call that touches a disc: what is said is true.
# $MOMENTS: at how many moments; 0: at all of them.
. "$(dirname "$0")/disc-lib.sh"
need_burner
[ "$ISOKIT_INSTRUMENTED" = no ] || skip "a sanitizer wants to be the first library"
shim=$ISOKIT_BUILD/tests/.libs/baddrive.so
[ -f "$shim" ] || skip "no library to preload"
program=$(binary_path iso-write)
export LD_LIBRARY_PATH=$ISOKIT_BUILD/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}

image a.iso 400000

with() {
	: >disc
	BADDRIVE="$1" BADDRIVE_FILE="$PWD/disc" BADDRIVE_COUNT=9 LD_PRELOAD="$shim" \
		"$program" --pseudo-drives="$PWD" --yes a.iso "$drive" >"$out" 2>"$err" 9>calls
	status=$?
}

with none
expect_status 0
cmp a.iso disc || fail "it was not written"
n=$(cat calls)
[ "$n" -ge 10 ] || fail "only $n calls"
points=${MOMENTS-4}
[ "$points" != 0 ] && [ "$points" -lt "$n" ] || points=$n
for ((i = 0; i < points; i++)); do
	at=$((n - i * n / points))
	for kind in "signal:$at:15" "signal:$at:9" "dead:$at:5"; do
		with "$kind"
		# Whatever happened, it is the beginning of the image.
		size=$(stat -c %s disc)
		cmp -n "$size" a.iso disc || fail "$kind: something else was written"
		sent=$(sed -En 's/.*[: ]([0-9]+) bytes were sent to the drive.*/\1/p' "$err")
		case $kind in
		*:9) [ "$status" = 137 ] || fail "$kind: exit status $status" ;;
		*) if [ "$status" = 0 ]; then
			cmp a.iso disc || fail "$kind: it is not all there"
		elif [ -n "$sent" ]; then
			[ "$sent" -ge "$size" ] || fail "$kind: $sent bytes are told, and $size there"
		elif grep -q ': nothing was written$' "$err"; then
			[ "$size" = 0 ] || fail "$kind: $size bytes were written after all"
		else
			[ "$size" -ge "$(stat -c %s a.iso)" ] || fail "$kind: no word of it: $(cat "$out" "$err")"
		fi ;;
		esac
		case $kind in
		*:15) [ "$status" = 130 ] || [ "$status" = 0 ] || fail "$kind: exit status $status: $(cat "$err")" ;;
		dead:*) [ "$status" != 0 ] || fail "$kind: exit status 0" ;;
		esac
	done
done
