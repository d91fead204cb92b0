# SPDX-License-Identifier: GPL-3.0-or-later
# More drives than there are blocks, each of which is composed for itself: nobody waits for ever.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"
export TEST_TIMEOUT=60

# An empty file system has ids of its own on every drive.
for ((i = 1; i <= 14; i++)); do
	new_drive "d$i" "$((8192 + i * 64))K"
done
run iso-write --yes --fixed-disk --restore --label=MANY "${drives[@]}"
expect_status 0
for ((i = 1; i <= 14; i++)); do
	sync "d$i"
	grep -qaF 'MANY       FAT16' "d$i" || fail "no file system on drive $i"
done
