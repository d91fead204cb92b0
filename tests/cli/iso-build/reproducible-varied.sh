# SPDX-License-Identifier: GPL-3.0-or-later
# Everything around a build varied at once: umask, locale, time zone, working folder,
# home, number of processors, order in the folder, file system of source and of output.
# What boots, has UDF, checksums, compression or shared contents is the same each time.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/trees.sh"
need_command iso-build

none=(--system-root "$PWD/none")
fake_isolinux tree/isolinux/isolinux.bin
fake_isohdpfx none/usr/share/syslinux/isohdpfx.bin
fake_efi tree/EFI/BOOT/BOOTX64.EFI
for d in b a C é; do
	mkdir tree/$d
	for n in 1 10 2 Z z; do yes "$d $n" | head -n 1007 >"tree/$d/$n"; done
	head -c 300001 /dev/zero | tr '\0' "$d" >"tree/$d/big"
done
ln tree/a/1 tree/b/linked
ln -s ../a/1 tree/b/symbolic
find tree -exec touch -h -d '2024-02-03 04:05:06.789' {} +

# Elsewhere, if there is another file system; entries made in the other order.
other=$(mktemp -d "${ISOKIT_OTHER_FS:-/dev/shm}/isokit-test.XXXXXX" 2>/dev/null) || other=$PWD/other
mkdir -p "$other"
trap 'rm -rf "$other"; _cleanup' EXIT
find tree -depth | sort -r | tar --no-recursion -cf all.tar -T - || fail "tar"
tar -C "$other" -xpf all.tar || fail "tar"
find "$other/tree" -exec touch -h -d '2024-02-03 04:05:06.789' {} +
one=(env)
! command -v taskset >/dev/null || one=(taskset -c 0 env)

for what in '' --udf --zisofs --dedup --checksums --implant-md5 --no-joliet; do
	# Not every build has everything.
	run iso-build -q "${none[@]}" $what -o first.iso tree
	[ "$status" = 0 ] || continue
	(
		umask 077
		cd / || exit
		HOME=/nowhere TZ=Pacific/Chatham LC_ALL=C exec "${one[@]}" \
			"$(command_path iso-build)" -q "${none[@]}" $what \
			-o "$other/second.iso" "$other/tree/"
	) >"$out" 2>"$err"
	status=$? _last="iso-build $what, varied"
	expect_status 0
	expect_same first.iso "$other/second.iso"
	done="${done-}$what,"
done
case ${done-} in ,--udf,*) ;; *) fail "built were only: ${done-}" ;; esac
