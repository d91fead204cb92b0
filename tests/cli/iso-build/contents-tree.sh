# SPDX-License-Identifier: GPL-3.0-or-later
# A folder t whose contents are equal, linked, compressible or not, and odd in size.
make_contents_tree() {
	mkdir -p t/sub t/empty-folder
	seq 1 60000 >t/text
	cp -p t/text t/sub/text-copy
	ln t/text t/text-link
	printf hi >t/small
	printf hi >t/sub/small-too
	: >t/empty
	head -c 6000000 /dev/zero >t/zeros
	seq -f 'line %g of a larger text' 1 400000 >t/large
	# Compressed already, and the same each time.
	seq 1 70000 | shuf --random-source=t/large | gzip -9n >t/noise
	cp t/noise t/sub/noise-too
	head -c 100000 t/noise >t/noise-2
	printf '%02049d' 0 >t/odd-2049
	printf '%04097d' 1 >"t/name with \\ backslash"
}
