# SPDX-License-Identifier: GPL-3.0-or-later
# --check finds no error in what bsdtar, pycdlib, grub-mkrescue and iso-build write.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/fresh.sh"
fresh_tree
tried=0

if command -v bsdtar >/dev/null; then
	tried=$((tried + 8))
	rm tree/fifo
	# 3.6.2 crashes on relocated folders in some of these.
	mkdir flat && cp -R tree/docs tree/empty tree/zeros.bin tree/link tree/boot flat
	t() { fresh "bsdtar-$1" bsdtar --format=iso9660 ${2:+--options "$2"} -cf "bsdtar-$1.iso" -C "${3:-flat}" .; }
	t plain
	t deep '' tree
	t no-rr '!rockridge'
	t no-joliet '!joliet'
	for level in 1 2 3 4; do t "level-$level" "iso-level=$level"; done
	t zisofs zisofs=direct
	t joliet-long joliet=long
	t boot boot=boot/boot.img,boot-catalog=boot.cat,boot-info-table,boot-load-size=4,boot-type=no-emulation
	t floppy boot=boot/floppy.img,boot-type=fd
fi

python=
for p in python3 /usr/bin/python3; do
	"$p" -c 'import pycdlib' 2>/dev/null && { python=$p; break; }
done
cat >write.py <<'END'
"""write.py OUT KEY=VALUE…: a small image by pycdlib; BOOT and HYBRID are ours."""
import io, sys
import pycdlib

keys = dict(a.split('=') for a in sys.argv[2:])
boot, hybrid = keys.pop('BOOT', ''), keys.pop('HYBRID', '')
keys = {k: int(v) if v.isdigit() else v for k, v in keys.items()}
iso = pycdlib.PyCdlib()
iso.new(**keys)

def named(iso_path, name):
    d = {'iso_path': iso_path}
    if 'rock_ridge' in keys:
        d['rr_name'] = name
    if 'joliet' in keys:
        d['joliet_path'] = '/' + name
    if 'udf' in keys:
        d['udf_path'] = '/' + name
    return d

for i in range(5):
    iso.add_fp(io.BytesIO(b'x' * i * 1000), i * 1000, **named('/F%d.;1' % i, 'f%d' % i))
iso.add_directory(**named('/DIR1', 'dir1'))
if 'rock_ridge' in keys:
    iso.add_symlink('/SYM.;1', 'sym', 'f1')
if boot:
    data = open(boot, 'rb').read()
    iso.add_fp(io.BytesIO(data), len(data), **named('/BOOT.IMG;1', 'boot.img'))
    iso.add_eltorito('/BOOT.IMG;1', bootcatfile='/BOOT.CAT;1', boot_load_size=4, boot_info_table=True,
                     rr_bootcatname='boot.cat' if 'rock_ridge' in keys else None)
if hybrid:
    iso.add_isohybrid()
iso.write(sys.argv[1])
END
if [ -n "$python" ]; then
	tried=$((tried + 8))
	p() { fresh "pycdlib-$1" "$python" write.py "pycdlib-$1.iso" "${@:2}"; }
	for level in 1 2 3 4; do p "level-$level" "interchange_level=$level"; done
	for rr in 1.09 1.10 1.12; do p "rr-$rr" "rock_ridge=$rr"; done
	p joliet joliet=3
	p udf udf=2.60
	p all udf=2.60 joliet=3 rock_ridge=1.12
	p boot BOOT=tree/boot/boot.img rock_ridge=1.09
	[ ! -f /usr/lib/ISOLINUX/isolinux.bin ] ||
		p hybrid BOOT=/usr/lib/ISOLINUX/isolinux.bin HYBRID=1 rock_ridge=1.09
fi

if command -v grub-mkrescue >/dev/null && command -v xorriso >/dev/null; then
	fresh grub grub-mkrescue -o grub.iso tree/docs
fi

if program=$(command_path iso-build); then
	tried=$((tried + 4))
	b() { fresh "build-$1" "$program" -q -o "build-$1.iso" "${@:2}" tree; }
	b default
	b no-joliet --no-joliet
	b no-rr --no-rock-ridge
	b plain --no-joliet --no-rock-ridge
	b level-1 --iso-level 1
	b boot --bios boot/boot.img
fi
[ "$tried" -gt 0 ] || skip "none of the writers is here"
fresh_enough "$tried"
