# SPDX-License-Identifier: GPL-3.0-or-later
# The picture of --map as a browser draws it: nothing blank, the colours of the legend
# are there, and no words lie over others or leave their block.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/images.sh"
need python3
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
	skip "no Chromium"

make_tree
for i in $(seq 300); do printf '%s' "$i" >"tree/a-file-with-a-long-name-$i.data"; done
head -c 300000 /dev/urandom >tree/large.bin
head -c 2048 /dev/urandom >tree/boot.img
head -c 200000 /dev/urandom >esp.img
data_image hybrid.iso -c boot.cat -b boot.img -no-emul-boot -boot-load-size 4 \
	-append_partition 2 0xef esp.img -appended_part_as_gpt
{ head -c $(($(stat -c %s hybrid.iso) - 90000)) hybrid.iso; } >cut.iso
data_image small.iso

# browse ARG…: headless, with a profile of its own and no network to speak of.
browse() {
	timeout -k 5 60 "$browser" --headless --no-sandbox --disable-gpu --disable-quic \
		--no-first-run --disable-background-networking --disable-component-update \
		--disable-sync --hide-scrollbars --user-data-dir="$PWD/profile" \
		--window-size=1600,1100 "$@" 2>browser.log
}

cat >pixels.py <<'END'
import re, struct, sys, zlib

def pixels(name):
    """The colours of an 8-bit RGB or RGBA PNG, with how often each is there."""
    data = open(name, 'rb').read()
    at, body = 8, b''
    while at < len(data):
        n, kind = struct.unpack('>I4s', data[at:at + 8])
        if kind == b'IHDR':
            width, height, bits, color = struct.unpack('>IIBB', data[at + 8:at + 18])
        if kind == b'IDAT':
            body += data[at + 8:at + 8 + n]
        at += 12 + n
    assert bits == 8 and color in (2, 6)
    bpp = 3 if color == 2 else 4
    raw, stride = zlib.decompress(body), width * bpp
    before, count = bytearray(stride), {}
    for y in range(height):
        f, line = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride):
            a = line[i - bpp] if i >= bpp else 0
            b, c = before[i], before[i - bpp] if i >= bpp else 0
            if f == 1: line[i] = line[i] + a & 255
            elif f == 2: line[i] = line[i] + b & 255
            elif f == 3: line[i] = line[i] + (a + b) // 2 & 255
            elif f == 4:
                p = a + b - c
                pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
                line[i] = line[i] + (a if pa <= pb and pa <= pc else b if pb <= pc else c) & 255
        for x in range(0, stride, bpp):
            rgb = bytes(line[x:x + 3])
            count[rgb] = count.get(rgb, 0) + 1
        before = line
    return count

svg = open(sys.argv[1], encoding='utf-8').read()
count = pixels(sys.argv[2])
colors = dict(re.findall(r'\.(c\d+)\{fill:(#[0-9a-f]{6})\}', svg))
used = set(re.findall(r'<rect class="(c\d+)"', svg))
assert len(used) >= 4, used
for c in used:
    rgb = bytes.fromhex(colors[c][1:])
    if count.get(rgb, 0) < 60:
        sys.exit(f'{c} ({colors[c]}) is not seen in the picture')
if len(count) < 20:
    sys.exit(f'only {len(count)} colours: nothing was drawn')
END

cat >boxes.py <<'END'
import json, re, sys
dom = open(sys.argv[1], encoding='utf-8').read()
m = re.search(r'<pre id="boxes">(.*?)</pre>', dom, re.S)
if not m:
    sys.exit('the browser measured nothing')
boxes = json.loads(m.group(1).replace('&lt;', '<').replace('&gt;', '>').replace('&amp;', '&'))
texts = [b for b in boxes if b['w'] > 0]
if len(texts) < 40:
    sys.exit(f'only {len(texts)} words')
for i, a in enumerate(texts):
    if a['x'] < 0 or a['x'] + a['w'] > 1600 or (a['room'] and a['x'] + a['w'] > a['room'] + 1):
        sys.exit(f"{a['t']!r} leaves its place")
    for b in texts[i + 1:]:
        if (min(a['x'] + a['w'], b['x'] + b['w']) - max(a['x'], b['x']) > 1 and
                min(a['y'] + a['h'], b['y'] + b['h']) - max(a['y'], b['y']) > 3):
            sys.exit(f"{a['t']!r} and {b['t']!r} lie over each other")
print(len(texts), 'words')
END

for image in hybrid cut small; do
	run iso-inspect --map=$image.svg $image.iso
	expect_status 0
	browse --screenshot="$PWD/$image.png" "file://$PWD/$image.svg" >/dev/null ||
		skip "the browser does not run here: $(tail -1 browser.log)"
	[ -s $image.png ] || skip "the browser makes no pictures here"
	python3 pixels.py $image.svg $image.png || fail "$image.svg"
	# The same drawing in a page that measures its words.
	{
		printf '<!DOCTYPE html><meta charset="utf-8"><body style="margin:0;width:1600px">'
		sed 1d $image.svg
		cat <<'END'
<pre id="boxes"></pre><script>
document.getElementById('boxes').textContent = JSON.stringify(
	[...document.querySelectorAll('svg text')].map(e => {
		const b = e.getBoundingClientRect(), r = e.parentNode.querySelector('rect');
		const g = e.closest('g.block, g.bar'), k = g && r.getBoundingClientRect();
		return {t: e.textContent, x: b.x, y: b.y, w: b.width, h: b.height,
			room: k ? k.x + k.width : 0};
	}));
</script>
END
	} >measure.html
	browse --dump-dom "file://$PWD/measure.html" >dom.html || fail "the browser"
	python3 boxes.py dom.html || fail "$image.svg"
done

# The page: its script runs under its own policy, and finds by name.
run iso-inspect --map=hybrid.html hybrid.iso
browse --dump-dom "file://$PWD/hybrid.html" >dom.html || fail "the browser"
grep -Eq '<span id="n">[0-9]+ of [0-9]+ shown</span>' dom.html || fail "the script did not run"
browse --screenshot="$PWD/page.png" "file://$PWD/hybrid.html" >/dev/null
python3 pixels.py hybrid.svg page.png || fail "hybrid.html"
