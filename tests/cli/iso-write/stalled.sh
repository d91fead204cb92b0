# SPDX-License-Identifier: GPL-3.0-or-later
# A pipe of which nothing comes for a while: what came of it is on the drive meanwhile, and what
# comes afterwards follows; also where it is compressed.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"
need cmp

boot_iso x.iso 8000000
new_drive a 16M; a=$drive
MIB=1048576
mkfifo pipe

# stalled FILE BYTES EXPANDED OPTION...: of FILE so many bytes are sent, which expand to so many
stalled() {
	local whole=$(($3 / 65536 * 65536)) tries=0 writer
	[ "$whole" -gt $((5 * MIB)) ] || fail "$1: too little comes before it stalls"
	before a 16M >a
	exec 7<>pipe
	"$(command_path iso-write)" --yes --fixed-disk "${@:4}" - "$a" <pipe >out 2>err 7>&- &
	writer=$!
	head -c "$2" "$1" >&7
	until cmp -s -n $((whole - MIB)) "x.iso" a -i "$MIB"; do
		kill -0 "$writer" 2>/dev/null || fail "$1: iso-write ended: $(cat err)"
		tries=$((tries + 1))
		[ "$tries" -lt 600 ] || fail "$1: what came is not on the drive: $(cmp x.iso a -i "$MIB")"
		sleep 0.1
	done
	cmp -n "$MIB" a /dev/zero || fail "$1: the first MiB is there before the rest"
	tail -c "+$(($2 + 1))" "$1" >&7
	exec 7>&-
	wait "$writer" || fail "$1: iso-write fails: $(cat err)"
	expect_written a x.iso
}

# In the middle of a MiB.
stalled x.iso $((5 * MIB + 300000)) $((5 * MIB + 300000))
# A few bytes of the next leaf wait for the others.
stalled x.iso $((6 * MIB + 65537)) $((6 * MIB + 65537))
for how in gzip zstd 'lz4 -B4'; do
	program=${how%% *}
	command -v "$program" >/dev/null 2>&1 || continue
	$how -q -c <x.iso >packed || continue
	n=$(($(stat -c %s packed) * 3 / 4))
	# What its own program makes of that much.
	expanded=$(head -c "$n" packed | "$program" -dc 2>/dev/null | wc -c)
	stalled packed "$n" "$expanded"
	stalled packed "$n" "$expanded" --sha256="$(sha256sum <packed | cut -d' ' -f1)"
done
if python3 -c 'import zipfile; zipfile.ZipFile("packed", "w", zipfile.ZIP_DEFLATED).write("x.iso")'; then
	n=$(($(stat -c %s packed) * 3 / 4))
	stalled packed "$n" "$(python3 -c '
import sys, zlib
part = open("packed", "rb").read(int(sys.argv[1]))
print(len(zlib.decompressobj(-15).decompress(part[30 + len("x.iso"):])))' "$n")"
fi
