# SPDX-License-Identifier: GPL-3.0-or-later
# What tests of iso-convert make discs of.
need_command iso-convert
need python3 genisoimage

# make_iso FILE [VOLUME]: an image with a few files.
make_iso() {
	mkdir -p tree/sub
	head -c 300000 /dev/urandom >tree/data
	echo hello >tree/sub/hello.txt
	genisoimage -quiet -R -J -V "${2:-DISC}" -o "$1" tree || fail "genisoimage fails"
}

# raw_sectors MODE FILE OUT [LBA]: whole sectors of 2352 bytes with their EDC; MODE is 1, 2
# (form 1) or form2. ECC is left zero: nothing here needs it.
raw_sectors() {
	python3 - "$@" <<-'END'
	import sys
	mode, src, dst = sys.argv[1:4]
	lba = int(sys.argv[4]) if len(sys.argv) > 4 else 0
	table = []
	for i in range(256):
	    c = i
	    for _ in range(8):
	        c = c >> 1 ^ (0xd8018001 if c & 1 else 0)
	    table.append(c)
	def edc(b):
	    c = 0
	    for x in b:
	        c = c >> 8 ^ table[(c ^ x) & 255]
	    return c.to_bytes(4, 'little')
	data, out = open(src, 'rb').read(), bytearray()
	step = 2324 if mode == 'form2' else 2048
	bcd = lambda v: v // 10 * 16 + v % 10
	for i in range(0, len(data), step):
	    n = i // step + 150 + lba
	    head = b'\0' + b'\xff' * 10 + b'\0' + bytes([bcd(n // 4500), bcd(n // 75 % 60), bcd(n % 75), 1 if mode == '1' else 2])
	    body = data[i:i + step].ljust(step, b'\0')
	    if mode == '1':
	        s = head + body
	        s += edc(s) + bytes(8 + 276)
	    elif mode == '2':
	        s = bytes([0, 0, 8, 0]) * 2 + body
	        s = head + s + edc(s) + bytes(276)
	    else:
	        s = bytes([0, 0, 0x20, 0]) * 2 + body
	        s = head + s + edc(s)
	    assert len(s) == 2352
	    out += s
	open(dst, 'wb').write(out)
	END
}

# spoil FILE BYTE: change one byte.
spoil() {
	python3 - "$@" <<-'END'
	import sys
	f = open(sys.argv[1], 'r+b')
	f.seek(int(sys.argv[2]))
	b = f.read(1)
	f.seek(int(sys.argv[2]))
	f.write(bytes([b[0] ^ 0x55]))
	END
}
