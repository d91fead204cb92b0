# SPDX-License-Identifier: GPL-3.0-or-later
# A full disk, a bad one, and SIGKILL at every tenth of a build: nothing new lies under
# the output's name, what was there is as it was, and nothing else is left.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/trees.sh"
. "$(dirname "$0")/faults-lib.sh"

none=(--system-root "$PWD/none")
fake_isolinux tree/isolinux/isolinux.bin
fake_isohdpfx none/usr/share/syslinux/isohdpfx.bin
fake_efi tree/EFI/BOOT/BOOTX64.EFI
for d in 1 2 3; do
	mkdir tree/$d
	(cd tree/$d && for n in {1..40}; do echo "$d $n" >$n; done)
	head -c 700001 /dev/urandom >tree/$d/big
done
mkdir keep out
run iso-build "${none[@]}" -o keep/old.iso tree/1
expect_status 0

# How many calls a build makes, of the thread that makes most.
count() {
	local calls=$1
	shift
	strace -f -qq -o trace -e trace="$calls" "$program" "$@" >/dev/null 2>&1
	awk '{ n[$1]++ } END { for (t in n) if (n[t] > m) m = n[t]; print m + 0 }' trace
}

sweep() { # NAME, then arguments before -o
	local name=$1 kind calls what n k at before
	shift
	run iso-build "$@" -o out/new.iso tree
	expect_status 0
	mv out/new.iso new.iso
	for kind in pwrite64:error=ENOSPC pwrite64:error=EIO pread64:error=EIO \
		ftruncate:error=ENOSPC fsync:error=EIO linkat,rename,renameat2:error=EIO \
		pwrite64:signal=KILL openat:signal=KILL pread64:signal=KILL \
		linkat,rename,renameat2:signal=KILL; do
		calls=${kind%%:*} what=${kind#*:}
		n=$(count "$calls" "$@" -o out/new.iso tree)
		rm -f out/new.iso
		at=0
		for k in 1 2 3 4 5 6 7 8 9 10; do
			before=$at
			at=$(((n * k + 9) / 10))
			[ "$at" -gt "$before" ] || continue
			cp keep/old.iso out/old.iso
			attempt /dev/null "$calls" "$what" "$at" "$@" -o out/old.iso tree
			[ $hit = no ] || hits=$((hits + 1))
			[ "$(ls -A out)" = old.iso ] || fail "$name: left behind: $(ls -A out)"
			case $status in
			0) expect_same out/old.iso new.iso ;; # not hit, or there was another way
			2) expect_same out/old.iso keep/old.iso
				expect_stderr_has '^iso-build: .*: ' ;;
			137) cmp -s out/old.iso keep/old.iso || expect_same out/old.iso new.iso ;;
			*) fail "$name: status $status" ;;
			esac
			[ "$what" = signal=KILL ] || [ $hit = no ] || [ $status = 2 ] ||
				[ "$calls" != pwrite64 ] || fail "$name: the fault went unnoticed"
		done
		rm -f out/old.iso
	done
}

sweep plain "${none[@]}" --boot=none
sweep boots "${none[@]}"
[ "$hits" -ge 40 ] || fail "only $hits faults were met"

# Into a pipe: status 2.
for k in 1 3 9; do
	attempt /dev/null write error=EIO $k -q "${none[@]}" -o - tree
	[ $hit = no ] || expect_status 2
done
