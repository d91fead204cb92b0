# install.wim in parts, by wimlib's judgement: what it verifies, and what it unpacks.
. "$(dirname "$0")/../cli/lib.sh"
need wimlib-imagex
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

# Solid ones cannot be.
wimlib-imagex capture tree s.wim One --solid >/dev/null || fail "wimlib"
run "$compose" wim s.wim 1000000 s.
expect_status 2
expect_stderr_has 'compressed as a whole'
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
