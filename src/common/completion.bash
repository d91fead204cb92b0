# SPDX-License-Identifier: GPL-3.0-or-later
# Completion of iso-build, iso-convert, iso-extract, iso-inspect and iso-write, for bash, and for
# zsh after "autoload -Uz bashcompinit && bashcompinit". What there is to offer comes from the
# table of the command that is being typed (--dump-options, src/common/options.h): this file knows
# hardly any option. File names are left to the shell.

# The drives that can be written.
_isokit_drives() { # COMMAND OPTION...
	"$@" --list 2>/dev/null |
		awk '/^[^ ]/ { offered = /^(Can be written|Discs):/ } offered && /^  \/dev\// { print $1 }'
}

_isokit_reply() { # WORD...: of those, what $cur is the beginning of
	local word
	for word; do
		[[ $word != "$cur"* ]] || COMPREPLY+=("$before$word")
	done
}

# The values of an option: words, lists of words, drives, files.
_isokit_values() { # ARGUMENT WORDS
	case $1 in
	*,...)
		if [[ $cur == *,* ]]; then
			before=$before${cur%,*}, cur=${cur##*,}
		fi
		_isokit_reply $2 ;;
	DEVICE) _isokit_reply $(_isokit_drives "$command" --fixed-disk) ;;
	FILE | FOLDER | DIR | PATH | SRC* | NAME) ;;
	*)
		compopt +o default 2>/dev/null
		_isokit_reply $2 ;;
	esac
}

_isokit() {
	local command=$1 at=$COMP_CWORD before= name= option= ended= drives= operands=0 i
	local cur=${COMP_WORDS[COMP_CWORD]} offer=() takes=' ' fixed=
	local long short kind argument negatable group help words
	COMPREPLY=()

	# "--name=value" is one word to us, and three where = ends words.
	if [ "$cur" = = ] && ((at > 1)); then
		option=${COMP_WORDS[at - 1]} cur=
	elif ((at > 2)) && [ "${COMP_WORDS[at - 1]}" = = ]; then
		option=${COMP_WORDS[at - 2]}
	elif [[ $cur == --*=* ]]; then
		option=${cur%%=*} before=$option= cur=${cur#*=}
	else
		name=${COMP_WORDS[at - 1]} # of an option whose value this is, if it must have one
	fi
	# tr: a tab would let read skip empty fields.
	while IFS=$'\037' read -r long short kind argument negatable group help words; do
		if [ "$option" = "--$long" ] || { [ "$kind" = required ] &&
			{ [ "$name" = "--$long" ] || [ "$name" = "-$short" ]; }; }; then
			_isokit_values "$argument" "$words"
			return
		fi
		if [ "$kind" = required ]; then
			takes+="--$long -$short "
		else
			offer+=("--$long")
		fi
		[ "$kind" = none ] || offer+=("--$long=")
		[ -z "$negatable" ] || offer+=("--no-$long")
		[ -z "$short" ] || offer+=("-$short")
	done < <("$command" --dump-options 2>/dev/null | tr '\t' '\037')
	[ -z "$option" ] || return

	for ((i = 1; i < at; i++)); do
		case ${COMP_WORDS[i]} in
		--) ended=yes ;;
		--list | --restore | --probe | --clone) drives=yes ;;
		--fixed-disk) fixed=--fixed-disk ;;
		-*) ;;
		*)
			[ "${COMP_WORDS[i - 1]}" = = ] || [ "${COMP_WORDS[i]}" = = ] ||
				[[ $takes == *" ${COMP_WORDS[i - 1]} "* ]] || operands=$((operands + 1)) ;;
		esac
	done
	if [[ $cur == -* && -z $ended ]]; then
		_isokit_reply "${offer[@]}"
		[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null
	elif [[ $command == *iso-write ]] && { [ -n "$drives" ] || ((operands > 0)); }; then
		_isokit_reply $(_isokit_drives "$command" $fixed)
	fi
}

complete -o default -F _isokit iso-build iso-convert iso-extract iso-inspect iso-write
