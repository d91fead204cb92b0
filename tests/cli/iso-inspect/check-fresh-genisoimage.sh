# SPDX-License-Identifier: GPL-3.0-or-later
# --check finds no error in what genisoimage writes, whatever its options.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/fresh.sh"
need genisoimage
fresh_tree
g() { fresh "$1" genisoimage -quiet -o "$1.iso" "${@:2}" tree; }
boot='-b boot/boot.img -c boot/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table'

for level in 1 2 3 4; do g "level-$level" -iso-level "$level"; done
g plain
g rr -R
g rational -r -J
g deep -R -D
g table -T -R -J
g untranslated -U -R
g udf -udf -R -J
g udf-alone -udf
g hfs -hfs -R
g apple -apple -R
g hfs-apm -hfs -J -part
g joliet-long -J -joliet-long
g ucs-1 -J -ucs-level 1
g relaxed -relaxed-filenames -allow-lowercase -allow-multidot -l
g lowercase -allow-lowercase
g no-dot -d
g no-version -N
g dots -L -R
g longest -max-iso9660-filenames -R
g xa -xa
g hidden -R -J -hide zeros.bin -hide-joliet docs -hidden link
g volume -V 'lower vol' -A app -p prep -publisher pub -sysid LINUX
g no-pad -no-pad -R
g bios -R -J $boot
g bios-uefi -R -J $boot -eltorito-alt-boot -e boot/floppy.img -no-emul-boot
g floppy -R -b boot/floppy.img -c boot/boot.cat
g zisofs -z -R
fresh_enough 25
