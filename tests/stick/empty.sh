# An empty file system over a drive full of old data: what others say of table and file system.
. "$(dirname "$0")/../cli/lib.sh"
need sfdisk blkid fsck.fat jq
compose=$ISOKIT_BUILD/tests/stick-compose
[ -x "$compose" ] || skip "stick-compose was left out"

# partition IMAGE: the first one, into p.img
partition() {
	local start size
	read -r start size < <(sfdisk -J "$1" | jq -r '.partitiontable
		| (.sectorsize // 512) as $s | .partitions[0] | "\(.start * $s) \(.size * $s)"')
	rm -f p.img
	dd if="$1" of=p.img bs=1M iflag=skip_bytes,count_bytes skip="$start" count="$size" conv=sparse status=none
	echo "$start"
}

# check_fat BITS: p.img is sound, and has nothing in it
check_fat() {
	run fsck.fat -vn p.img
	expect_status 0
	expect_stdout_has "2 FATs, $1 bit entries"
	expect_stdout_lacks 'Dirty|differ|orphan'
}

made() { # BYTES [key=value…]
	local bytes=$1
	shift
	case $* in # too large to be copied
	*sparse*)
		start=$MiB
		case $* in *card*) start=$((16 * MiB)) ;; esac
		run "$compose" empty "$bytes" x.img "$@" part=p.img at="$start" end="$bytes"
		expect_status 0
		run sfdisk -V x.img
		expect_status 0
		[ "$bytes" -gt $((2 << 40)) ] || expect_same <(sfdisk -J x.img |
			jq '.partitiontable.partitions[0] | "\(.start * 512) \((.start + .size) * 512)"') \
			<(echo "\"$start $bytes\"")
		return ;;
	esac
	run "$compose" empty "$bytes" x.img "$@"
	expect_status 0
	run sfdisk -V x.img
	expect_status 0
	start=$(partition x.img) || fail "no partition"
}

MiB=$((1 << 20))
made $((64 * MiB))
[ "$start" = $MiB ] || fail "partition at $start"
check_fat 32
made $((300 * MiB)) fs=fat32 label=hello_1
check_fat 32
[ "$(blkid -p -s LABEL -o value p.img)" = HELLO_1 ] || fail "no label"
made $((16 * MiB))
check_fat 16
[ "$(blkid -p -s TYPE -o value p.img)" = vfat ] || fail "no FAT16"

# Two drives differ, the same one never does.
made $((40 * MiB)) seed=A label=X
cp x.img a.img
made $((40 * MiB)) seed=A label=X
expect_same a.img x.img
made $((40 * MiB)) seed=B label=X
cmp -s a.img x.img && fail "two drives have the same ids"

run "$compose" empty $((40 * MiB)) y.img label=twelve_letters
expect_status 2
expect_stderr_has 'at most 11'
run "$compose" empty $((2 * MiB)) y.img
expect_status 2
expect_stderr_has 'too small'
run "$compose" empty $((40 * MiB)) y.img fs=btrfs
expect_status 2
expect_stderr_has 'btrfs: is no file system that is made here'

# Large drives, of which only what counts is written.
if command -v fsck.exfat >/dev/null; then
	for spec in "200 sector=512" "4000 sector=512" "33000 card=1"; do
		made $((${spec% *} * MiB)) fs=exfat label=Übung "${spec#* }" sparse=1
		run fsck.exfat -n p.img
		expect_status 0
		expect_stdout_has 'clean'
		[ "$(blkid -p -s LABEL -o value p.img)" = Übung ] || fail "no label"
		case $spec in *card*) [ "$start" = $((16 * MiB)) ] || fail "card: partition at $start" ;; esac
	done
fi
made $((64000 * MiB)) sparse=1
[ "$(blkid -p -s TYPE -o value p.img)" = exfat ] || fail "64 GB: no exFAT"
made $((64000 * MiB)) fs=fat32 sparse=1
check_fat 32
# More than an MBR can say.
if command -v sgdisk >/dev/null; then
	made $((3000000 * MiB)) fs=exfat sparse=1
	run sgdisk -v x.img
	expect_status 0
	expect_stdout_has 'No problems found'
fi
