# SPDX-License-Identifier: MIT
# Boots the board on User-Mode Linux, for board/run, which sources this.

# In the guest these are empty file systems of its own; what the host has there is not seen.
readonly hidden='^/(tmp|run|root|dev)(/|$)'

# board_is_hidden FOLDER: whether it has to be mounted to be seen
board_is_hidden()
{
	[[ $1 =~ $hidden ]]
}

# The board's memory is a file that its processes map and execute.
board_check()
{
	local probe

	memory=${EXUP_BOARD_MEMORY:-/dev/shm}
	probe=$(mktemp "$memory/exup-board.XXXXXX" 2>/dev/null) ||
		die "$memory is not writable; EXUP_BOARD_MEMORY can name another folder in memory"
	cp "$(type -P true)" "$probe" && chmod 700 "$probe" && "$probe" 2>/dev/null
	local ok=$?
	rm -f "$probe"
	((ok == 0)) || die "$memory does not allow execution (mounted noexec, or full);" \
		"EXUP_BOARD_MEMORY can name another folder in memory"
	[[ $variant == debug ]] && cmdline=(page_poison=1 "${cmdline[@]}")
	return 0
}

board_is_built()
{
	[[ -x $kernel/linux ]]
}

# What init does in a way of this board's own: shell code for it.
board_describe()
{
	cat <<-'END'
	console_in=/dev/tty1 console_out=/dev/tty1 console_err=/dev/tty2
	mount_control() { mount -t hostfs none /run/board -o "$exup_board"; }
	mount_host() { mount -t hostfs -o "$1" none "$2" -o "$2"; }
	END
}

# Starts the board with its log at file descriptor $log_fd. User-Mode Linux makes its file
# descriptors non-blocking, so our caller's are not given to it. Sets board_pid.
board_start()
{
	local consoles

	if $interactive; then
		consoles=("con1=fd:$in_fd,fd:$out_fd")
	else
		consoles=("con1=null,fd:$out_fd" "con2=null,fd:$err_fd")
	fi
	local words=(
		"mem=$mem" root=none rootfstype=hostfs rootflags=/ ro
		"init=$control/init" "exup_board=$control" "dtb=$kernel/board.dtb"
		"uml_dir=$control/uml/" "con0=null,fd:1" "${consoles[@]}" con=null
		loglevel=8 oops=panic panic=-1 "$@"
	)

	TMPDIR=$memory setsid "$kernel/linux" "${words[@]}" < /dev/null >&"$log_fd" 2>&1 &
	board_pid=$!
}
