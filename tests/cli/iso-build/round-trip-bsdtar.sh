# SPDX-License-Identifier: GPL-3.0-or-later
# What is built holds what the folder held, read by another program.
. "$(dirname "$0")/../lib.sh"
. "$ISOKIT_SOURCE/tests/cli/iso-build/tree.sh"
need_command iso-build
need bsdtar

make_tree tree
run iso-build --boot=none -o out.iso tree
expect_status 0
mkdir back
bsdtar -xpf out.iso -C back || fail "bsdtar cannot unpack it"
manifest tree >want
manifest back >got
diff -u want got || fail "the tree read back differs"
