# SPDX-License-Identifier: GPL-3.0-or-later
# What --json prints is valid by doc/isokit.image.schema.json, and has no key
# that the schema does not know. So is what doc/json.md says: every key is there.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/images.sh"
need python3 jq
python3 -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is not installed"

data_image data.iso
mkdir -p tree/boot
head -c 2048 /dev/urandom >tree/boot/boot.img
head -c 432 /dev/urandom >mbr.bin
data_image boot.iso -c boot/boot.cat -b boot/boot.img -no-emul-boot -boot-load-size 4 \
	-boot-info-table -eltorito-alt-boot -e boot/boot.img -no-emul-boot \
	-isohybrid-mbr mbr.bin -isohybrid-gpt-basdat
head -c 100000 boot.iso >cut.iso
images=(data.iso boot.iso cut.iso)
# Everything at hand, when the outside corpus is unpacked.
if [ -n "${ISOKIT_CORPUS-}" ]; then
	while IFS= read -r -d '' f; do images+=("$f"); done \
		< <(find "$ISOKIT_CORPUS" -size -64M -type f \( -name '*.iso' -o -name '*.img' \) -print0)
fi
run iso-inspect --json "${images[@]}"
[ "$status" -eq 0 ] || [ "$status" -eq 2 ] || fail "exit status $status"
mv "$out" images.json
run iso-inspect --json --check "${images[@]}"
cat "$out" >>images.json
run iso-inspect --json --owner=0-40 "${images[@]}"
cat "$out" >>images.json
for image in "${images[@]}"; do
	timeout 20 "$(command_path iso-inspect)" --list --json "$image" 2>/dev/null
done >list.json
[ "$(wc -l <images.json)" -ge 3 ] && [ "$(wc -l <list.json)" -ge 10 ] || fail "too little to check"

cat >check.py <<'END'
import copy, json, sys
import jsonschema

schema = json.load(open(sys.argv[1]))
page = open(sys.argv[2], encoding='utf-8').read()

def close(s):
    """The schema with no room for keys that it does not name."""
    if isinstance(s, dict):
        for v in s.values():
            close(v)
        if s.get('type') == 'object' and 'properties' in s:
            s['additionalProperties'] = False
            for key in s['properties']:
                if f'`{key}`' not in page:
                    sys.exit(f'{key} is not in doc/json.md')
    elif isinstance(s, list):
        for v in s:
            close(v)
    return s

closed = close(copy.deepcopy(schema))
cls = jsonschema.validators.validator_for(schema)
cls.check_schema(schema)
image = cls(closed)
listing = cls({'$ref': '#/$defs/listing', '$defs': closed['$defs']})
seen = 0
for name, validator in (('images.json', image), ('list.json', listing)):
    for line in open(name, 'rb').read().decode('utf-8').split('\n')[:-1]:
        value = json.loads(line)
        for e in validator.iter_errors(value):
            sys.exit(f'{name}: {value.get("path")}: {list(e.absolute_path)}: {e.message[:300]}')
        seen += 1
# A schema that accepts anything would prove nothing.
broken = json.loads(open('images.json', encoding='utf-8').readline())
for key in list(broken):
    without = {k: v for k, v in broken.items() if k != key}
    if key in schema['required'] and image.is_valid(without):
        sys.exit(f'the schema does not miss {key}')
broken['size'] = 'large'
if image.is_valid(broken):
    sys.exit('the schema accepts a size that is a word')
print(seen, 'objects are valid')
END
python3 check.py "$ISOKIT_SOURCE/doc/isokit.image.schema.json" "$ISOKIT_SOURCE/doc/json.md" ||
	fail "see above"
