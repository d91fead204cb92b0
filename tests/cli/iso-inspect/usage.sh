# SPDX-License-Identifier: GPL-3.0-or-later
# Options, as GNU commands read them.
. "$(dirname "$0")/../lib.sh"

run iso-inspect --help
expect_status 0
expect_stderr ''
[ "$(wc -L <"$out")" -le 80 ] || fail "--help is wider than 80 columns"
[ "$(wc -l <"$out")" -le 40 ] || fail "--help has more than 40 lines"
expect_stdout_has '^Usage: iso-inspect \[OPTION\]\.\.\. IMAGE\.\.\.$'
expect_stdout_has '^Examples:$'
cp "$out" help
run iso-inspect -h
expect_same "$out" help

run iso-inspect --version
expect_status 0
expect_stdout_has '^iso-inspect \(isokit\) [0-9]+\.[0-9]+\.[0-9]+$'

run iso-inspect
expect_status 2
expect_stdout ''
expect_stderr "iso-inspect: no image given, see 'iso-inspect --help'"

run iso-inspect --jsom x.iso
expect_status 2
expect_stderr 'iso-inspect: --jsom: unknown option, did you mean --json?'
run iso-inspect --jso x.iso
expect_status 2
expect_stderr 'iso-inspect: --jso: unknown option, did you mean --json?'
run iso-inspect --burn x.iso
expect_status 2
expect_stderr_has '^iso-inspect: --burn: unknown option'
run iso-inspect -Z x.iso
expect_status 2
expect_stderr "iso-inspect: -Z: unknown option, see 'iso-inspect --help'"
run iso-inspect -json x.iso
expect_status 2
expect_stderr 'iso-inspect: -json: unknown option, did you mean --json?'
run iso-inspect --json=yes x.iso
expect_status 2
expect_stderr 'iso-inspect: --json: takes no argument'
run iso-inspect x.iso --names
expect_status 2
expect_stderr 'iso-inspect: --names: an argument is missing (--names=WHICH)'
run iso-inspect --names=jolie -l x.iso
expect_status 2
expect_stderr 'iso-inspect: --names=jolie: unknown, did you mean joliet?'
run iso-inspect --color sometimes x.iso
expect_status 2
expect_stderr 'iso-inspect: --color=sometimes: unknown, choose one of auto, always, never'
run iso-inspect --progress=jsn x.iso
expect_status 2
expect_stderr 'iso-inspect: --progress=jsn: unknown, did you mean json?'
run iso-inspect --require hybird x.iso
expect_status 2
expect_stderr "iso-inspect: --require=hybird: unknown condition 'hybird', did you mean hybrid?"
run iso-inspect --require= x.iso
expect_status 2
run iso-inspect --list --check x.iso
expect_status 2
expect_stderr "iso-inspect: --list does not go together with --check, see 'iso-inspect --help'"
run iso-inspect --names=joliet x.iso
expect_status 2
expect_stderr "iso-inspect: --names is for --list, see 'iso-inspect --help'"

# Nothing an option holds reaches the terminal raw.
run iso-inspect $'--\e[2J'
expect_status 2
expect_stderr_has '^iso-inspect: --\\x1B\[2J: unknown option'

# Options may follow operands; "--" ends them; a word in a bundle is an option.
run iso-inspect no-such.iso --check
expect_status 2
expect_stderr 'iso-inspect: no-such.iso: cannot be opened: No such file or directory'
run iso-inspect -- --check
expect_status 2
expect_stderr 'iso-inspect: --check: cannot be opened: No such file or directory'
run iso-inspect -qvl no-such.iso
expect_status 2
expect_stderr_has '^iso-inspect: no-such.iso: '
