# SPDX-License-Identifier: GPL-3.0-or-later
# The outside corpus: what several programs agree on, --json says too; broken and
# hostile images end soon, in little memory, with an answer, and print nothing
# that a terminal obeys; everything that is printed as JSON is valid.
. "$(dirname "$0")/../lib.sh"
corpus=$(shared corpus/MANIFEST.json) || skip "no corpus in $ISOKIT_SHARED"
corpus=$(dirname "$corpus")
need python3 xz
[ -x "$corpus/judge" ] || skip "the corpus has no judge"

mkdir bin
program=$(binary_path iso-inspect) || fail "iso-inspect is not built"
ln -s "$program" bin/iso-inspect
: "${ISOKIT_CORPUS_CACHE:=$PWD/cache}"
export ISOKIT_CORPUS_CACHE
run env PATH="$PWD/bin:$PATH" "$corpus/judge" facts "$corpus"
[ "$status" -eq 0 ] || [ "$status" -eq 1 ] || skip "the corpus cannot be unpacked"
grep '^MISS' "$out" >missed
expect_stdout_has '^agree [0-9]+ of [0-9]+$'
[ ! -s missed ] || fail "other programs agree on something else"

images=$(ls -d "$ISOKIT_CORPUS_CACHE"/corpus-*) || fail "no unpacked corpus"
cat >safe.py <<'END'
"""Every image with every option under limits; prints what is wrong."""
import json, os, resource, subprocess, sys

root, instrumented = sys.argv[1], sys.argv[2] == 'yes'

def limits():
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20) if instrumented else (2, 2))

def lines(path, how, output):
    """JSON must be UTF-8, one object a line."""
    if '--json' in how:
        for line in output.decode('utf-8').split('\n')[:-1]:
            json.loads(line)

ran = bad = 0
for folder, _, names in sorted(os.walk(root)):
    for name in sorted(names):
        path = os.path.join(folder, name)
        if not os.path.isfile(path) or os.path.getsize(path) > 64 << 20:
            continue
        for how in ([], ['--json'], ['--check'], ['--list'], ['--list', '--json']):
            p = subprocess.Popen(['bin/iso-inspect'] + how + [path], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, preexec_fn=limits)
            try:
                out, err = p.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                p.kill()
                out, err = p.communicate()
            wrong = []
            if p.returncode not in (0, 1, 2):
                wrong.append(f'exit status {p.returncode}')
            if any(b < 32 and b != 10 or b == 127 for b in out + err):
                wrong.append('control characters')
            if b'runtime error' in err or b'Sanitizer' in err:
                wrong.append('a sanitizer complains')
            if p.returncode == 2 and not err:
                wrong.append('no message')
            if err and err.count(b'\n') > 1:
                wrong.append('more than one line of errors')
            try:
                lines(path, how, out)
            except ValueError as e:
                wrong.append(f'JSON: {e}')
            ran += 1
            if wrong:
                bad += 1
                print(os.path.relpath(path, root), *how, ':', '; '.join(wrong))
# The largest of all those processes.
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
if peak > 65536 and not instrumented:
    bad += 1
    print(f'{peak} KiB of memory')
print(f'{ran} runs, {bad} bad, at most {peak} KiB')
sys.exit(bad > 0 or ran < 100)
END
TEST_TIMEOUT=900 run python3 safe.py "$images" "${ISOKIT_INSTRUMENTED:-no}"
expect_status 0
tail -1 "$out"
