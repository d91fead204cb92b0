# install.wim in parts, by wimlib's judgement: what it verifies, and what it unpacks.
. "$(dirname "$0")/../cli/lib.sh"
need wimlib-imagex python3
compose=$ISOKIT_BUILD/tests/stick-compose
[ -x "$compose" ] || skip "stick-compose was left out"

mkdir tree
for i in $(seq 30); do head -c $((RANDOM * 10)) /dev/urandom >tree/f$i; done
head -c 2000000 /dev/zero >tree/zeros
cp tree/f1 tree/same
mkdir tree/folder
echo x >tree/folder/x

for how in none XPRESS LZX:100; do
	rm -f i.wim p.*
	wimlib-imagex capture tree i.wim One --compress=$how --boot >/dev/null || fail "wimlib"
	echo $how >tree/second
	wimlib-imagex append tree i.wim Two >/dev/null || fail "wimlib"
	run "$compose" wim i.wim 1000000 p.
	[ $how != none ] || { # the file of zeros is too large for that
		expect_status 2
		expect_stderr_has 'a file inside of it is larger than one part'
		run "$compose" wim i.wim 2500000 p.
	}
	expect_status 0
	n=$(cat "$out"); n=${n% parts}
	[ "$n" -gt 2 ] || fail "only $n parts"
	for ((i = 1; i <= n; i++)); do
		[ "$(stat -c %s p.$i)" -le 2500000 ] || fail "part $i is too large"
	done
	run wimlib-imagex verify p.1 --ref 'p.*'
	expect_status 0
	run wimlib-imagex info p.2
	expect_stdout_has "Part Number: *2/$n"
	rm -rf got
	wimlib-imagex apply p.1 2 got --ref 'p.*' >/dev/null || fail "apply"
	diff -r tree got || fail "contents differ"
	# Joined by wimlib, it is one again.
	run wimlib-imagex join j.wim p.*
	expect_status 0
	rm -f j.wim
done

# Images keep their order, wherever their metadata lie.
echo first >tree/second
rm -f i.wim p.*
wimlib-imagex capture tree i.wim One >/dev/null && wimlib-imagex append tree/folder i.wim Two >/dev/null &&
	wimlib-imagex update i.wim 1 --command='add tree/second /third' >/dev/null || fail "wimlib"
run "$compose" wim i.wim 1000000 p.
expect_status 0
rm -rf got
wimlib-imagex apply p.1 1 got --ref 'p.*' >/dev/null && cmp tree/second got/third || fail "images changed places"

# Solid ones are expanded first: what wimlib makes of several images, of two rows of resources, of
# each kind of compression, with chunks that cut files.
{ seq 60000; head -c $((RANDOM + 1000000)) /dev/urandom; } >tree/large
: >tree/empty
head -c 32768 /dev/zero >tree/piece
head -c 65537 tree/large >tree/pieces
for how in LZMS:128K LZX:1M XPRESS:64K LZMS:4M; do
	rm -f s.wim p.*
	wimlib-imagex capture tree s.wim One --solid --solid-compress=${how%:*} \
		--solid-chunk-size=${how#*:} >/dev/null || fail "wimlib"
	echo $how >tree/second
	wimlib-imagex append tree s.wim Two --solid >/dev/null || fail "wimlib"
	run "$compose" wim s.wim 2500000 p. scratch=.
	if grep -q 'Debian: libwim15' "$err"; then
		expect_status 2
		skip "there is no libwim"
	fi
	expect_status 0
	expect_stderr_has '^progress'
	n=$(cat "$out"); n=${n% parts}
	[ "$n" -ge 2 ] || fail "only $n parts"
	run wimlib-imagex verify p.1 --ref 'p.*'
	expect_status 0
	run wimlib-imagex info p.2
	expect_stdout_has "Part Number: *2/$n"
	expect_stdout_has 'Compression: *LZX'
	rm -rf got
	wimlib-imagex apply p.1 2 got --ref 'p.*' >/dev/null || fail "apply"
	diff -r tree got || fail "contents differ"
done
[ -z "$(find . -name 'isokit*')" ] || fail "something is left"
# Whoever is asked can say no; without a folder there is no place for it.
CANCEL=1 run "$compose" wim s.wim 2500000 c. scratch=.
expect_status 2
expect_stderr_has 'cancelled'
run "$compose" wim s.wim 2500000 s.
expect_status 2
expect_stderr_has 'no folder for what it expands to'
run "$compose" wim s.wim 2500000 s. scratch=./none
expect_status 2
expect_stderr_has './none: .*No such file'
# One that is encrypted says so in its description.
python3 - s.wim <<'EOF' || fail "python3"
import struct, sys
b = bytearray(open(sys.argv[1], "rb").read())
size, at, original = struct.unpack_from("<QQQ", b, 72)
xml = bytes(b[at:at + (size & (1 << 56) - 1)])
xml = xml.replace("<WIM>".encode("utf-16le"), "<WIM><ESD><ENCRYPTED/></ESD>".encode("utf-16le"))
struct.pack_into("<QQQ", b, 72, len(xml) | size >> 56 << 56, len(b), len(xml))
open("e.wim", "wb").write(b + xml)
EOF
run "$compose" wim e.wim 2500000 s. scratch=.
expect_status 2
expect_stderr_has 'cannot be split: it is encrypted'
# Damage is found, by the SHA-1 of the contents if by nothing else. What wimlib finds sound may be so.
python3 - s.wim 20 <<'EOF' || fail "python3"
import struct, sys
b = open(sys.argv[1], "rb").read()
end, n = struct.unpack_from("<Q", b, 56)[0], int(sys.argv[2])
for i in range(n):
    at = 208 + (end - 208) * i // n
    open("bad%d.wim" % i, "wb").write(b[:at] + bytes([b[at] ^ 0x5a]) + b[at + 1:])
EOF
for bad in bad*.wim; do
	run "$compose" wim $bad 2500000 b. scratch=.
	[ "$status" = 2 ] || {
		[ "$status" = 0 ] || fail "$bad: exit status $status"
		run wimlib-imagex verify $bad
		expect_status 0
	}
done
[ "$(ls bad*.wim | wc -l)" = 20 ] || fail "what was damaged is gone"

run "$compose" wim p.2 1000000 s.
expect_status 2
expect_stderr_has 'one of several parts already'
# Damaged ones are refused, whatever they say.
wim=$(stat -c %s i.wim)
for at in 8 40 48 51 55 56 64 72 80; do
	cp i.wim bad.wim
	printf '\377\377\377\377' | dd of=bad.wim bs=1 seek=$at conv=notrunc status=none
	run "$compose" wim bad.wim 1000000 b.
	[ "$status" = 2 ] || [ "$status" = 0 ] || fail "byte $at: exit status $status"
done
for n in 0 100 207 208 5000 $((wim / 2)); do
	head -c $n i.wim >bad.wim
	[ -s bad.wim ] || continue
	run "$compose" wim bad.wim 1000000 b.
	expect_status 2
	expect_stderr_has 'cannot be split'
done
