# SPDX-License-Identifier: GPL-3.0-or-later
# A tree with everything that a host folder may hold. Sourced by tests.
#
#	make_tree DIR [reverse]   the same content, its entries created in another order
#	manifest DIR              one line per entry: type, mode, links, size, time,
#	                          sha256 or target, name

bytes() { # COUNT SEED: the same bytes everywhere
	yes "isokit $2" | head -c "$1"
}

# Every step creates one entry, whatever else exists.
_tree_steps() {
	local n i d
	cat <<'STEPS'
printf hello >plain.txt
printf '#!/bin/sh\n' >exec.sh; chmod 755 exec.sh
printf x >suid; chmod 4755 suid
printf umlaut >$'\xc3\xbcn\xc3\xafc\xc3\xb6d\xc3\xa9-\xe6\x97\xa5\xe6\x9c\xac-\xf0\x9f\x98\x80.txt'
printf raw >$'bad-\xff\xfe-bytes'
printf cut >$'cut\xe2\x82'
printf s >'spa ce'; printf l >' lead'; printf t >'trail '
printf n >$'new\nline'; printf t >$'tab\t'; printf c >$'\x01ctl'
printf m >'semi;1'; printf m >'star*?<>|"'; printf b >'back\slash'
printf h >.hidden; printf h >..x; printf h >...; printf d >dot.; printf d >a.b.c.d; printf d >-dash
printf 1 >CASE; printf 2 >case; printf 3 >Case
printf 1 >same-prefix-of-a-very-long-name-000000000001.text
printf 2 >same-prefix-of-a-very-long-name-000000000002.text
: >empty
mkdir -p emptydir
mkdir -p sticky; chmod 1777 sticky
mkdir -p priv; chmod 700 priv
ln -s plain.txt link; ln -s /no/such/../place dangling; ln -s . loop; ln -s / rootlink
ln -s ../../a/./b uplink
mkfifo fifo
truncate -s 9000000 sparse; printf data | dd of=sparse bs=1 seek=5000000 conv=notrunc status=none
STEPS
	for n in 1 2047 2048 2049 4096 65536 131072 131073 1000001; do
		echo "bytes $n $n >size$n"
	done
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		d="${d-deep}/level$i"
		echo "mkdir -p $d; printf $i >$d/file"
	done
	for i in 00 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15; do
		echo "mkdir -p many; printf $i >many/f$i"
	done
	echo 'printf %0255d 1 | tr 0 a | { read -r x; printf long >"$x"; }'
	echo 'printf %0254d 1 | tr 0 b | { read -r x; printf one >"${x}1"; }'
	echo 'printf %0254d 1 | tr 0 b | { read -r x; printf two >"${x}2"; }'
}

# LC_ALL=C: names are bytes, and read must not take a NUL for the end of a
# character that was cut.
make_tree() {
	local order=cat LC_ALL=C
	[ "${2-}" = reverse ] && order=tac
	mkdir "$1" && (
		cd "$1" || exit 1
		eval "$(_tree_steps | $order)"
		ln plain.txt hard2; ln plain.txt many/hard3; ln size65536 zhard
		# Devices only where this user may make them.
		mknod chr c 5 1 2>/dev/null && mknod blk b 259 7 2>/dev/null
		find . -depth -print0 | sort -z | while IFS= read -r -d '' f; do
			n=$(printf %s "$f" | cksum)
			touch -h -d "@$((1600000000 + ${n%% *} % 10000000)).123456789" -- "$f"
		done
		touch -d @1600000001 plain.txt size65536
	) || fail "cannot make the tree"
}

manifest() {
	local LC_ALL=C
	(
		cd "$1" || exit 1
		find . -mindepth 1 -printf '%y %m %n %s %T@\0%l\0%p\0' |
			while IFS= read -r -d '' line && IFS= read -r -d '' target &&
				IFS= read -r -d '' path; do
				set -- $line
				sum=-
				[ "$1" = f ] && sum=$(sha256sum <"$path")
				case $1 in d) links=- size=- ;; f) links=$3 size=$4 ;; *) links=$3 size=- ;; esac
				printf '%s %s %s %s %s %s %q %q\n' "$1" "$2" "$links" "$size" "${5%%.*}" \
					"${sum%% *}" "$path" "$target"
			done | LC_ALL=C sort
	)
}
