# SPDX-License-Identifier: GPL-3.0-or-later
# The same tree gives the same bytes: again, at another time, in another time zone,
# from a copy made in another order, in a folder of another name, through a pipe.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/trees.sh"
need_command iso-build

fake_isolinux tree/isolinux/isolinux.bin
fake_isohdpfx tree/isolinux/isohdpfx.bin
touch tree/isolinux/isolinux.cfg tree/isolinux/ldlinux.c32
fake_efi tree/EFI/BOOT/BOOTX64.EFI
mkdir -p tree/deep/1/2/3/4/5/6/7/8/9
echo deep >tree/deep/1/2/3/4/5/6/7/8/9/file
for i in $(seq 60); do echo "$i" >"tree/file $i"; done
ln -s 'file 1' tree/link
ln 'tree/file 2' tree/hard
settle tree

run iso-build -q -o one.iso tree
expect_status 0
sleep 1
TZ=Asia/Tokyo run iso-build -q -o two.iso tree
expect_status 0
expect_same one.iso two.iso

# Another order in the folder: the names are made from the last to the first.
mkdir -p other/place
(cd tree && find . -depth -type d) | sort -r | while read -r d; do mkdir -p "other/place/$d"; done
(cd tree && find . ! -type d ! -name hard) | sort -r | while read -r f; do
	cp -a "tree/$f" "other/place/$f"
done
ln 'other/place/file 2' other/place/hard
settle other/place
run iso-build -q -o three.iso other/place
expect_status 0
expect_same one.iso three.iso

run iso-build -o - tree
expect_status 0
expect_same one.iso "$out"
[ ! -s "$err" ] || fail "something was said"
mkfifo pipe
cat pipe >four.iso &
run iso-build -q -o pipe tree
wait
expect_status 0
expect_same one.iso four.iso

# SOURCE_DATE_EPOCH wins over files that are newer.
export SOURCE_DATE_EPOCH=1500000000
run iso-build -q -o five.iso tree
expect_status 0
find tree -exec touch -h {} +
run iso-build -q -o six.iso tree
expect_status 0
expect_same five.iso six.iso
cmp -s one.iso five.iso && fail "the epoch made no difference"
run iso-inspect --json five.iso
expect_json '.volume.created | startswith("2017-07-14T02:40:00")'
