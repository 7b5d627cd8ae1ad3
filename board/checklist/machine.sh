# SPDX-License-Identifier: MIT
# What check-board tells of the machine. Sourced by sh.
# shellcheck shell=dash disable=SC2154 # folder, logs, card, device are check-board's

readonly options_of_interest="DRM_EXYNOS DRM_EXYNOS_FIMD DRM_EXYNOS_MIXER DRM_EXYNOS_DPI
	DRM_EXYNOS_DSI DRM_EXYNOS_HDMI DRM_EXYNOS_VIDI DRM_EXYNOS_G2D DRM_EXYNOS_IPP EXYNOS_IOMMU
	ARM_DMA_USE_IOMMU CMA CMA_SIZE_MBYTES DMABUF_HEAPS_SYSTEM UDMABUF HIGHMEM VMSPLIT_2G
	VMSPLIT_3G ARM_LPAE SMP PREEMPT DEBUG_FS DEBUG_LIST PROVE_LOCKING KASAN VT"

# of the device tree, whose strings end with NUL
read_strings()
{
	tr '\0' ' ' < "$1" 2>/dev/null | sed 's/ *$//'
}

# meminfo KEY: MiB
meminfo()
{
	awk -v key="$1:" '$1 == key { printf "%d MiB", $2 / 1024 }' /proc/meminfo
}

describe_machine()
{
	local soc

	section "The machine"
	fact model "$(read_strings /proc/device-tree/model)"
	fact compatible "$(read_strings /proc/device-tree/compatible)"
	for soc in /sys/bus/soc/devices/*; do
		[ -e "$soc" ] || continue
		fact "${soc##*/}" "$(cat "$soc/machine" "$soc/family" "$soc/soc_id" "$soc/revision" \
			2>/dev/null | tr '\n' ' ')"
	done
	fact processors "$(grep -c '^processor' /proc/cpuinfo) x $(sed -n \
		's/^\(CPU part\|model name\)[^:]*: //p' /proc/cpuinfo | sort -u | tr '\n' ' ')"
	fact memory "$(meminfo MemTotal), for contiguous buffers (CMA) $(meminfo CmaTotal)"
	fact debian "$(cat /etc/debian_version 2>/dev/null)"
}

# Prints the kernel's configuration, if it can be found.
kernel_config()
{
	gzip -dc /proc/config.gz 2>/dev/null || cat "/boot/config-$(uname -r)" 2>/dev/null
}

describe_kernel()
{
	local config="$logs/kernel-config"

	section "The kernel"
	fact version "$(uname -srvm)"
	fact command-line "$(cat /proc/cmdline)"
	fact tainted "$(cat /proc/sys/kernel/tainted)"
	if ! kernel_config > "$config"; then
		rm -f "$config"
		fact configuration "neither /proc/config.gz nor /boot/config-$(uname -r)"
		return
	fi
	awk -F= -v wanted="$options_of_interest" '
		/^CONFIG_/ { value[$1] = substr($0, length($1) + 2) }
		END {
			count = split(wanted, options, " ")
			for (i = 1; i <= count; i++) {
				name = "CONFIG_" options[i]
				print name ": " (name in value ? value[name] : "not set")
			}
		}' "$config" | tee -a "$report"
}

# The lines of the kernel's log about the devices in question.
describe_driver()
{
	local node iommu master

	section "The driver"
	dmesg > "$logs/dmesg-before" 2>/dev/null
	"$folder/bin/engine-info" > "$work/engine-info" 2>&1
	tee -a "$report" < "$work/engine-info"
	for node in /sys/bus/platform/drivers/exynos-drm-g2d/*.g2d; do
		[ -e "$node" ] || continue
		fact "engine ${node##*/}" "$(read_strings "$node/of_node/compatible")"
	done
	fact parameters "$(cd /sys/module/exynosdrm/parameters 2>/dev/null && grep -H . ./* |
		sed 's,^\./,,' | tr '\n' ' ')"
	for iommu in /sys/class/iommu/*; do
		[ -e "$iommu" ] || continue
		for master in "$iommu"/devices/*; do
			[ -e "$master" ] && fact "IOMMU ${iommu##*/} of" "${master##*/}"
		done
	done
	[ -e /sys/class/iommu ] || fact IOMMU "the kernel names none"
	grep -iE 'exynos[-_ ]?drm|g2d|sysmmu|iommu|fimd|hdmi|mixer|dsi' "$logs/dmesg-before" |
		head -n 60 | sed 's/^/| /' | tee -a "$report"
}

describe_display()
{
	local connector

	section "The display"
	fact card "${card:-no DRM device of the Exynos driver}"
	[ "$card" ] || return
	connected > /dev/null
	for connector in "/sys/class/drm/$card-"*; do
		[ -e "$connector/status" ] || continue
		fact "${connector##*/}" "$(cat "$connector/status"), $(cat "$connector/enabled"), modes: $(
			sort -u "$connector/modes" | head -n 8 | tr '\n' ' ')"
	done
	fact nodes "$(stat -c '%n %A %U:%G' /dev/dri/* 2>/dev/null | grep -v ' d' | paste -sd';')"
}

describe_system()
{
	section "Weston and its users"
	fact weston "$(weston_version | grep . || echo 'not installed')"
	fact module "built for Weston $(built_for weston)"
	fact programs "exynos-userptr $(built_for project) ($(built_for commit)), $(built_for machine), \
$(built_for compiler)"
	fact locked-memory "soft limit $(ulimit -S -l) KiB, hard limit $(ulimit -H -l) KiB here; init: \
$(awk '/locked memory/ { print $4, $5 }' /proc/1/limits)"
	fact groups "$(getent group video render | tr '\n' ' ')"
	fact graphics-users "$(holders_of_card | tr '\n' ' ' | grep . || echo none)"
}

weston_version()
{
	weston --version 2>/dev/null | sed -n 's/^weston //p'
}

# built_for KEY: what make-checklist has written down
built_for()
{
	sed -n "s/^$1: //p" "$folder/share/built-for"
}

# What other processes have a card open, as "name (pid)".
holders_of_card()
{
	local process

	find /proc/[0-9]*/fd -lname '/dev/dri/card*' 2>/dev/null | cut -d/ -f3 | sort -u |
		while read -r process; do
			echo "$(cat "/proc/$process/comm" 2>/dev/null) ($process)"
		done
}
