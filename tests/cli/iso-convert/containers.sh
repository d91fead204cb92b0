# SPDX-License-Identifier: GPL-3.0-or-later
# Discs in the formats of many programs, with random content and sizes, written by
# containers.py: every track comes out as it went in.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/discs.sh"

mkdir tree discs
head -c $((RANDOM % 40000 + 1)) /dev/urandom >tree/data
echo hello >tree/hello
genisoimage -quiet -R -o disc.iso tree || fail "genisoimage fails"
iso=$(sha256sum <disc.iso)
iso=${iso%% *}
seed=${SEED:-$RANDOM}
echo "seed $seed"
python3 "${0%.sh}.py" discs disc.iso "$seed" || fail "containers.py fails"
cd discs || fail "no folder"

# check FILE TRACK SHA256: data by a conversion, sound as the content of a WAVE file.
check() {
	local file=$1 track=$2 sha=$3 wav got

	if [ "$sha" = "$iso" ]; then
		run iso-convert -q --track="$track" "$file" ../out.iso
		case $file in
		damage/*) expect_status 1 ;;
		*) expect_status 0 ;;
		esac
		got=$(sha256sum <../out.iso)
	else
		[ "$audio" = "$file" ] || {
			rm -rf ../audio
			run iso-convert -q --audio=../audio "$file" ../out.iso
			expect_status 0
			audio=$file
		}
		wav=../audio/track$(printf %02d "$track").wav
		[ -f "$wav" ] || fail "$file: no $wav"
		got=$(tail -c +45 "$wav" | sha256sum)
	fi
	rm -f ../out.iso
	[ "${got%% *}" = "$sha" ] || fail "$file: track $track differs (seed $seed)"
}

audio=
while read -r file track sha; do
	[ "$track" = raw ] || check "$file" "$track" "$sha"
done <expect

# Damage that the error correction mends is damage; what it cannot mend is told by place.
run iso-convert damage/broken.bin ../out.iso
expect_status 1
expect_stdout_has 'damaged  *track 1, sector 22 .*cannot repair'
expect_stdout_has 'damaged  *track 1, sector 20 .*has repaired'

# The generator itself, held against programs that are right about these.
if command -v iat >/dev/null; then
	iat raw/2352.img ../iat >/dev/null 2>&1
	[ ! -f ../iat.iso ] || expect_same ../iat.iso ../disc.iso
fi
if command -v bchunk >/dev/null; then
	bchunk "cue/one file.bin" cue/one.cue ../chunk >/dev/null || fail "bchunk refuses the sheet"
	expect_same ../chunk01.iso ../disc.iso
fi
if command -v cdrdao >/dev/null; then
	(cd toc && cdrdao show-toc disc.toc) >../log 2>&1 || fail "cdrdao: $(tail -1 ../log)"
fi

# CHD by its own program, with every codec that it has.
if command -v chdman >/dev/null; then
	grep -vE 'TITLE|CATALOG|REM' cue/one.cue | tr -d '\r' >cue/plain.cue
	two=$(awk '$1 == "cue/one.cue" && $2 == 2 { print $3 }' expect)
	for codec in none cdzl cdlz cdfl cdzl,cdlz,cdfl cdzs; do
		rm -f x.chd
		chdman createcd -i cue/plain.cue -o x.chd -c "$codec" >../log 2>&1 || {
			[ "$codec" = cdzs ] && continue # since 0.255
			fail "chdman: $(tail -1 ../log)"
		}
		audio=
		check x.chd 1 "$iso"
		check x.chd 2 "$two"
	done
	for codec in none zlib lzma huff flac; do
		rm -f x.chd
		chdman createraw -hs 4096 -us 512 -i ../disc.iso -o x.chd -c "$codec" >../log 2>&1 ||
			fail "chdman: $(tail -1 ../log)"
		run iso-convert -q x.chd ../out.iso
		expect_status 0
		expect_same ../out.iso ../disc.iso
		rm ../out.iso
	done
	# A byte of a hunk is turned: said, and the rest comes out.
	python3 - <<-'END'
	f = open('x.chd', 'r+b')
	f.seek(200)
	b = f.read(1)
	f.seek(200)
	f.write(bytes([b[0] ^ 0xff]))
	END
	run iso-convert x.chd ../out.iso
	[ "$status" != 0 ] || fail "a damaged hunk is no damage"
fi

# Other files are those of the folder.
mkdir -p ../hostile
cp raw/2352.img ../secret.bin
for name in ../secret.bin /etc/passwd '..\secret.bin' sub/../../secret.bin fifo.bin /dev/zero link.bin; do
	printf 'FILE "%s" BINARY\nTRACK 01 MODE1/2352\nINDEX 01 00:00:00\n' "$name" >../hostile/x.cue
	rm -f ../hostile/fifo.bin ../hostile/link.bin
	mkfifo ../hostile/fifo.bin
	ln -s ../secret.bin ../hostile/link.bin
	run iso-convert ../hostile/x.cue ../hostile/out.iso
	expect_status 2
	expect_stderr_lines 1
	[ ! -e ../hostile/out.iso ] || fail "$name: something was written"
done
