# SPDX-License-Identifier: MIT
# Boots the board on QEMU, for board/run, which sources this.

# The folders that the job may write to have a channel of their own each; QEMU's machine has eight.
readonly out_max=4

# In Hz. QEMU's clock controller has no PLLs, so that this is all that the display controller is given; a
# larger picture counts as fewer frames a second.
readonly pixel_clock_max=24000000

# All of the host's files are somewhere else in this board.
board_is_hidden()
{
	return 0
}

board_check()
{
	case $mem in
	1G | 1024M) ;;
	[1-9]M | [1-9][0-9]M | [1-9][0-9][0-9]M) cmdline=("mem=$mem" "${cmdline[@]}") ;;
	*) die "the board 'arm' has 1G of memory, or less, in M: not '$mem'" ;;
	esac
	((${#out[@]} <= out_max)) || die "--out can be given $out_max times, not ${#out[@]} times"
	[[ $variant != debug ]] || die "the board 'arm' has no debugging kernel"
	qemu=${EXUP_QEMU:-$("$board/arm/build-qemu" | tail -n 1)/qemu-system-arm}
	[[ -x $qemu ]] || die "there is no QEMU '$qemu'"
	[[ $root ]] || root=$("$board/arm/build-root" | tail -n 1)/root
	[[ -x $root/sbin/board-init ]] || die "'$root' is no root file system of this board"
}

board_is_built()
{
	[[ -r $kernel/zImage && -r $kernel/board.dtb ]]
}

# What init does in a way of this board's own: shell code for it.
board_describe()
{
	cat <<-'END'
	console_in=/dev/hvc0 console_out=/dev/hvc0 console_err=/dev/hvc1
	channel=0
	mount_control() { :; }
	mount_host()
	{
		if [ "$1" = ro ]; then
			mount --bind "/run/host$2" "$2"
		else
			tag=out$channel channel=$((channel + 1))
			mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=mmap "$tag" "$2"
		fi
	}
	END
}

# delete_iommu DEVICE IOMMU
delete_iommu()
{
	fdtput -d "$control/board.dtb" "/soc/$1" iommus &&
		fdtput -t s "$control/board.dtb" "/soc/$2" status disabled
}

# The device tree, with what the kernel's command line says of the board: fimg2d.absent=1,
# exup.display=WIDTHxHEIGHT, and exup.iommus=0 for a kernel that has the driver of IOMMUs that are not
# there.
make_device_tree()
{
	local word timing=/soc/fimd@11c00000/display-timings/timing width height

	cp "$kernel/board.dtb" "$control/board.dtb"
	for word; do
		case $word in
		fimg2d.absent=1)
			fdtput -t s "$control/board.dtb" /soc/g2d@12800000 status disabled
			;;
		exup.display=*x*)
			width=${word#*=}
			height=${width#*x}
			width=${width%x*}
			[[ $width$height =~ ^[0-9]+$ && $width && $height ]] &&
			fdtput -t i "$control/board.dtb" $timing hactive "$width" &&
			fdtput -t i "$control/board.dtb" $timing vactive "$height" &&
			fdtput -t i "$control/board.dtb" $timing clock-frequency $pixel_clock_max
			;;
		exup.iommus=0)
			delete_iommu fimd@11c00000 sysmmu@11e20000 &&
				delete_iommu g2d@12800000 sysmmu@12a20000
			;;
		esac || die "cannot change the device tree for '$word'"
	done
}

# share TAG FOLDER [OPTION]: a folder of the host for the board, by 9p
share()
{
	qemu_words+=(
		-fsdev "local,id=$1,path=${2//,/,,},security_model=none,multidevs=remap${3:+,$3}"
		-device "virtio-9p-device,fsdev=$1,mount_tag=$1"
	)
}

# A panic that comes before the driver for the restart leaves processors that do nothing: the board ends
# then. Holds none of the consoles open, nor what our caller reads.
end_when_halted()
{
	exec {log_fd}>&- {out_fd}>&-
	[[ -n ${err_fd:-} ]] && exec {err_fd}>&-
	# no pipe: it would wait for tail, which waits for the board
	grep -q 'Reboot failed -- System halted' < <(tail -n +1 -f --pid="$board_pid" "$log") &&
		kill -- "-$board_pid"
}

# Starts the board with its log at file descriptor $log_fd. Sets board_pid.
board_start()
{
	local i qemu_words=() stdin=/dev/null
	# the early console shows what goes wrong before there is a driver for the other one
	local words=(
		earlycon=exynos4210,mmio32,0x13800000 console=ttySAC0,115200 root=root rootfstype=9p
		rootflags=trans=virtio,version=9p2000.L,msize=512000,cache=loose ro
		init=/sbin/board-init loglevel=8 oops=panic panic=-1 "$@"
	)

	make_device_tree "$@"
	if $interactive; then
		qemu_words+=(-chardev stdio,id=out,signal=off -chardev null,id=err)
		stdin=/dev/fd/$in_fd
	else
		qemu_words+=(
			-chardev "file,id=out,path=/dev/fd/$out_fd"
			-chardev "file,id=err,path=/dev/fd/$err_fd"
		)
	fi
	if $count; then
		qemu_words+=(-icount shift=0,sleep=off)
		words+=(maxcpus=1)
	fi
	share root "$root" readonly=on
	share host / readonly=on
	share control "$control"
	for i in "${!out[@]}"; do
		share "out$i" "${out[i]}"
	done
	setsid "$qemu" -M smdkc210 -m 1G -nodefaults -no-reboot -display none \
		-L "${qemu%/*}" -kernel "$kernel/zImage" -dtb "$control/board.dtb" \
		-append "${words[*]}" \
		-chardev "file,id=log,path=/dev/fd/$log_fd" -serial chardev:log \
		-device virtio-serial-device -device virtconsole,chardev=out \
		-device virtconsole,chardev=err \
		"${qemu_words[@]}" "${qemu_arguments[@]}" < "$stdin" >> "$control/qemu.log" 2>&1 &
	board_pid=$!
	end_when_halted > /dev/null 2>&1 &
}
