# SPDX-License-Identifier: GPL-3.0-or-later
# Where the result goes, what it is called, and what is never replaced.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/discs.sh"

make_iso disc.iso
mkdir in other
cp disc.iso in/one.img
cp disc.iso in/two.bin

# Beside the input, with another ending.
run iso-convert in/one.img
expect_status 0
expect_same in/one.iso disc.iso
run iso-convert --raw in/two.bin
expect_status 0
head -1 "$out" | grep -q '^raw: ' || fail "the first line is not raw"
expect_same in/two.img disc.iso
run iso-convert in/one.iso
expect_status 2
expect_stderr_has 'would be replaced'
expect_same in/one.iso disc.iso

# A folder takes several.
run iso-convert in/one.img in/two.bin other
expect_status 0
expect_same other/one.iso disc.iso
expect_same other/two.iso disc.iso
run iso-convert -o other/x in/one.img in/two.bin
expect_status 2
expect_stderr_has 'is no folder'

# What is there stays, unless it is an image, or --force is given.
echo precious >precious
run iso-convert disc.iso precious
expect_status 2
expect_stderr_has 'exists and is no ISO 9660 image; use --force'
[ "$(cat precious)" = precious ] || fail "it was replaced"
run iso-convert --force disc.iso precious
expect_status 0
expect_same precious disc.iso
run iso-convert disc.iso precious
expect_status 0
run iso-convert --raw disc.iso precious
expect_status 2
run iso-convert disc.iso disc.iso
expect_status 2
expect_stderr_has 'is what is read'

# Standard output.
run iso-convert in/one.img -
expect_status 0
expect_same "$out" disc.iso
expect_stderr_has '^iso-convert: in/one.img: unwrap: '
run iso-convert -q in/one.img -
expect_status 0
expect_stderr ''
run iso-convert --json in/one.img -
expect_status 2

# Quiet is quiet, and a full disk leaves nothing.
run iso-convert -q disc.iso quiet.iso
expect_status 0
expect_stdout ''
expect_stderr ''
if [ -w /dev/full ]; then
	"$(command_path iso-convert)" -q disc.iso - >/dev/full 2>"$err"
	[ $? = 2 ] || fail "writing to a full device is no error"
fi
run iso-convert disc.iso nowhere/out.iso
expect_status 2
expect_stderr_lines 1
(ulimit -f 100; trap '' XFSZ; "$(command_path iso-convert)" disc.iso limited.iso) >"$out" 2>"$err"
[ $? = 2 ] || fail "a file beyond the limit is no error"
[ ! -e limited.iso ] || fail "half a file"

# Hashes are those of what was written.
sum=$(sha256sum <disc.iso | cut -d' ' -f1)
need_hashes
run iso-convert -q --hash in/one.img hashed.iso
expect_stdout "$sum  hashed.iso"
run iso-convert --json --hash=md5,sha256 in/one.img hashed.iso
expect_json ".hashes.sha256 == \"$sum\" and .hashes.md5 == \"$(md5sum <disc.iso | cut -d' ' -f1)\""
expect_json '.schema == "isokit.convert/1" and .action == "unwrap" and .written'
run iso-convert --hash=sha256 in/one.img -
expect_stderr_has "sha256 $sum"

# Compressed, in frames.
if command -v zstd >/dev/null; then
	run iso-convert --compress --hash -q in/one.img packed.iso.zst
	if ! grep -q libzstd "$err"; then
		expect_status 0
		expect_stdout "$sum  packed.iso.zst"
		zstd -dc packed.iso.zst | cmp - disc.iso || fail "expands to something else"
	fi
fi
# Nothing else is left.
[ -z "$(find . -name '.*.tmp')" ] || fail "temporary files are left"

# Standard input, whatever it is.
run_stdin() {
	"$(command_path iso-convert)" -q - out.iso
}
run_stdin <disc.iso || fail "a file as standard input"
expect_same out.iso disc.iso
cat in/one.img | run_stdin || fail "a pipe as standard input"
expect_same out.iso disc.iso
run iso-convert - <disc.iso
expect_status 2
expect_stderr_has 'has no name: say the OUTPUT'

# Zeros that are stored become holes, unless the file system shares them.
{ cat in/two.bin; head -c 4000000 /dev/zero; echo end; } >zeros.img
if ! cp --reflink=always zeros.img shared.img 2>/dev/null && [ "$(stat -c %b zeros.img)" -gt 7000 ]; then
	run iso-convert --raw zeros.img out.img
	expect_status 0
	expect_same out.img zeros.img
	[ "$(stat -c %b out.img)" -lt 4000 ] || fail "$(stat -c %b out.img) blocks: no holes"
fi
rm -f zeros.img shared.img out.img

# What is read once cannot be tried again.
run iso-convert --retries=3 disc.iso out.iso
expect_status 2
expect_stderr_has '--retries is for drives, and for --map-file'
run iso-convert --list --retries=3 disc.iso
expect_status 2
run iso-convert --retries=3 nowhere.iso out.iso
expect_stderr_has 'nowhere\.iso: cannot be opened'
expect_stderr_lacks retries

# A signal leaves nothing, nor does a kill.
truncate -s 3G large.iso
dd if=disc.iso of=large.iso conv=notrunc status=none
printf x | dd of=large.iso bs=1 seek=3221225471 conv=notrunc status=none
export LD_LIBRARY_PATH=$ISOKIT_BUILD/.libs${LD_LIBRARY_PATH+:$LD_LIBRARY_PATH}
for signal in TERM HUP KILL; do
	"$(binary_path iso-convert)" -q --hash large.iso stopped.iso 2>"$err" &
	# On a busy machine it takes its time until it is at work: SIGTERM is its own then, and
	# no longer that of the shell that becomes it.
	for ((i = 0; i < 1000; i++)); do
		case $(cat "/proc/$!/comm" 2>/dev/null) in iso-convert) ;; ?*) sleep 0.01; continue ;; esac
		caught=$(sed -n 's/^SigCgt:[[:space:]]*//p' /proc/$!/status 2>/dev/null)
		((0x${caught:-4000} & 0x4000)) && break
		sleep 0.01
	done
	sleep 0.05
	kill -$signal $!
	wait $!
	code=$?
	[ $signal = KILL ] || [ $code = 130 ] || [ $code = 0 ] || fail "status $code after $signal"
	[ $code = 0 ] || [ ! -e stopped.iso ] || fail "half a file after $signal"
	rm -f stopped.iso
done
[ -z "$(find . -name '.stopped*')" ] || fail "temporary files are left"
