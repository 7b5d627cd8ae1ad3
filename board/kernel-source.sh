# SPDX-License-Identifier: MIT
# What board/build and kernel/check-arm do with the kernel's source. Sourced by bash; $script is the
# name that they have in messages.

cache=${EXUP_CACHE:-${XDG_CACHE_HOME:-${HOME:?unset, so EXUP_CACHE must be set}/.cache}/exynos-userptr}
tarball=${EXUP_KERNEL_SOURCE:-/usr/src/linux-source-6.1.tar.xz}

say()
{
	printf '%s: %s\n' "$script" "$*" >&2
}

die()
{
	say "$*"
	exit 1
}

# check_tools TOOL:PACKAGE...: what building a kernel needs, and these.
check_tools()
{
	local tool missing=()

	for tool in make:make gcc:gcc flex:flex bison:bison bc:bc patch:patch xz:xz-utils tar:tar \
		    flock:util-linux "$@"; do
		command -v "${tool%%:*}" >/dev/null || missing+=("${tool#*:}")
	done
	[[ -r $tarball ]] || missing+=(linux-source-6.1)
	if ((${#missing[@]})); then
		die "packages are missing, install them: apt install ${missing[*]}"
	fi
}

check_cache()
{
	[[ $cache == *[[:space:]:]* ]] && die "make cannot work in $cache, for its name"
	return 0
}

# The tarball has 130 MB: its package version (or, outside a package, name, size and mtime) stands
# for its content.
source_identity()
{
	dpkg-query -W -f '${Package} ${Version}\n' linux-source-6.1 2>/dev/null || true
	stat -L -c '%n %s %Y' "$tarball"
}

# source_tree VARIANT: the folder of its source. The variants have trees of their own, so that a long
# build of one does not hold up another.
source_tree()
{
	printf '%s/source-%s%s' "$cache" "$(source_identity | sha256sum | cut -c1-8)" "${1:+-$1}"
}

# lock_tree VARIANT: until the end of the process.
lock_tree()
{
	mkdir -p "$cache"
	exec 9> "$cache/lock${1:+-$1}"
	if ! flock -n 9; then
		say "waiting for another build"
		flock 9
	fi
}

# Files' names and content; the names of folders differ between clones.
hash_files()
{
	local file

	while read -r file; do
		printf '%s ' "${file##*/}"
		sha256sum < "$file"
	done
}

# The amdgpu headers, the documentation and the self tests are half of the source, and not used.
unpack_source()
{
	local tree=$1

	[[ -e $tree.unpacked ]] && return
	say "unpacking ${tarball##*/} (once, 0.9 GB)"
	rm -rf "$tree" "$tree.pristine" "$tree.patched-files"
	mkdir -p "$tree"
	tar xf "$tarball" -C "$tree" --strip-components=1 \
		--exclude='linux-source-6.1/drivers/gpu/drm/amd/include/asic_reg/*' \
		--exclude='linux-source-6.1/Documentation/*/*' \
		--exclude='linux-source-6.1/tools/testing/*'
	: > "$tree.unpacked"
}

# update FROM TO: copies when the content differs.
update()
{
	cmp -s "$1" "$2" && return
	mkdir -p "${2%/*}"
	cp "$1" "$2"
}

# keep_pristine TREE FILE: what the file was before any patch, or that there was none.
keep_pristine()
{
	local tree=$1 kept=$1.pristine/$2

	[[ -e $kept || -e $kept.absent ]] && return
	mkdir -p "${kept%/*}"
	if [[ -e $tree/$2 ]]; then
		cp "$tree/$2" "$kept"
	else
		: > "$kept.absent"
	fi
}

# patch_tree TREE [PATCH...]: brings the tree to "pristine + patches". Files that a patch touches are
# patched in a scratch folder, from copies kept of their pristine state; only those whose content
# differs then are written to the tree, so that make rebuilds only what depends on them.
patch_tree()
{
	local tree=$1 scratch=$1.scratch pristine=$1.pristine file patch

	shift
	rm -rf "$scratch"
	mkdir -p "$scratch" "$pristine"
	touch "$tree.patched-files"

	# what the series touches now, and what it touched the last time
	{
		cat "$tree.patched-files"
		if (($#)); then
			sed -n -E 's,^(---|\+\+\+) [ab]/([^\t]*).*,\2,p' "$@"
		fi
	} | sort -u > "$scratch.all"
	while read -r file; do
		keep_pristine "$tree" "$file"
		if [[ -e $pristine/$file ]]; then
			mkdir -p "$(dirname "$scratch/$file")"
			cp "$pristine/$file" "$scratch/$file"
		fi
	done < "$scratch.all"

	for patch; do
		patch -d "$scratch" -p1 -N -s --no-backup-if-mismatch -r - < "$patch" >&2 ||
			die "${patch##*/} does not apply"
	done

	cp "$scratch.all" "$tree.patched-files"
	while read -r file; do
		if [[ -e $scratch/$file ]]; then
			update "$scratch/$file" "$tree/$file"
		else
			rm -f "$tree/$file"
		fi
	done < "$scratch.all"
	rm -rf "$scratch" "$scratch.all"
}

# has_option NAME: not if it comes with a patch that the tree has not.
has_option()
{
	[[ $1 != CONFIG_DRM_EXYNOS_* ]] ||
		grep -qx "config ${1#CONFIG_}" "$tree/drivers/gpu/drm/exynos/Kconfig"
}

# check_config CONFIG FRAGMENT...: an option that Kconfig dropped would be missed only much later. Of a
# symbol that comes twice the last line counts; what is not to be set is not looked at. $tree is the
# source.
check_config()
{
	local config=$1 line dropped=()

	shift
	while read -r line; do
		grep -qxF "$line" "$config" || ! has_option "${line%%=*}" ||
			dropped+=("${line%%=*}")
	done < <(awk -F '[= ]' '
		/^CONFIG_[A-Za-z0-9_]+=/ { line[$1] = $0 }
		/^# CONFIG_[A-Za-z0-9_]+ is not set/ { delete line[$2] }
		END { for (name in line) print line[name] }' "$@")
	if ((${#dropped[@]})); then
		die "Kconfig did not take: ${dropped[*]}"
	fi
}
