# SPDX-License-Identifier: MIT
# What ./demo and ./run-tests do first on a host: packages, the kernel, the programs. Sourced by bash.

# Debian 12's names, by what they are for.
readonly host_packages_kernel="linux-source-6.1 gcc make patch flex bison bc xz-utils rsync
	device-tree-compiler libc6-dev"
readonly host_packages_programs="meson ninja-build pkg-config libdrm-dev libwayland-dev
	wayland-protocols libweston-10-dev libpixman-1-dev libpng-dev libcairo2-dev libgbm-dev"
readonly host_packages_run="weston fonts-dejavu-core python3"
readonly host_packages_test="clang libclang-rt-14-dev clang-format valgrind libcmocka-dev
	reuse"
readonly host_packages_cross="gcc-arm-linux-gnueabihf binutils qemu-user"
readonly host_packages_qemu="dpkg-dev gcc libc6-dev meson ninja-build patch pkg-config python3 xz-utils
	libattr1-dev libcap-ng-dev libfdt-dev libglib2.0-dev libpixman-1-dev libpng-dev zlib1g-dev"
readonly host_packages_arm="gcc-arm-linux-gnueabihf sparse"

host_say()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

host_die()
{
	host_say "$*"
	exit 1
}

# Installs those of the packages that are not there.
host_install()
{
	local missing=() package as_root=

	for package; do
		if [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) != installed ]]; then
			missing+=("$package")
		fi
	done
	((${#missing[@]})) || return 0
	if ((EUID != 0)); then
		command -v sudo >/dev/null ||
			host_die "as root, run: apt-get install ${missing[*]}"
		as_root=sudo
	fi
	host_say "installing ${#missing[@]} Debian packages (about a minute): ${missing[*]}"
	$as_root apt-get update -qq &&
		$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
			--no-install-recommends "${missing[@]}" >/dev/null ||
		host_die "apt-get could not install them"
}

# host_build_programs FOLDER [meson setup argument...]: configures once, then builds what changed.
host_build_programs()
{
	local folder=$1

	shift
	if [[ ! -f $folder/build.ninja ]]; then
		host_say "configuring $folder"
		mkdir -p "$(dirname "$folder")"
		meson setup "$folder" "$@" >"$folder.log" 2>&1 ||
			{ tail -n 30 "$folder.log" >&2; host_die "meson setup failed"; }
	fi
	host_say "building $folder"
	nice ninja -C "$folder" --quiet || host_die "the build failed"
}

# host_build_arm_programs FOLDER [meson setup argument...]: the same for the ARM board.
host_build_arm_programs()
{
	local folder=$1 file

	shift
	host_say "the ARM board's libraries and headers (half a minute where they are not there yet)"
	file=$(board/arm/cross | tail -n 1) || host_die "board/arm/cross failed"
	if [[ -f $folder/build.ninja ]] && ! grep -qsF "'$file'" "$folder/meson-private/cmd_line.txt"; then
		host_say "configuring $folder anew, for other libraries and headers"
		rm -rf "${folder:?}"
	fi
	host_build_programs "$folder" --cross-file "$file" "$@"
}
