#!/bin/sh
# SPDX-License-Identifier: MIT
# The same scene under the module and under Weston's own pixman renderer: the pictures are equal.
#
# usage: test-scene.sh drm|headless [--limit SIZE | --no-iommu] [LINE-OF-WESTON.INI...]
#
# With --limit the driver's pool is too small for the library's buffers: some are read in place, the
# others go through wl_shm. With --no-iommu, for a board that has none, it is memory that is not
# contiguous that does; and dma-bufs of other drivers, which are not either, are left out.
#
# What the engine copies must be exact, blends may differ by 1 per channel: the engine rounds a
# product of 8-bit numbers in a way of its own. What the CPU draws is drawn by the same code of
# pixman in both. The virtual engine rounds as pixman does, so that the tolerance here is 0.

. "$(dirname "$0")/lib.sh"

backend=$1
shift
limit=64M
iommu=true
if [ "${1:-}" = --no-iommu ]; then
	iommu=false
	shift
elif [ "${1:-}" = --limit ]; then
	limit=$2
	shift 2
fi
source=scanout
[ "$backend" = headless ] && source=renderer
# no frame is to be the CPU's because the host is slow
write_ini /tmp/weston.ini "$@" '[exynos-userptr]' "limit=$limit" timeout-ms=60000

# show_scene NAME KIND MODULES
show_scene()
{
	"on_$backend" "$1" /tmp/weston.ini "$3" \
		"$programs/scene-client" --buffers "$2" --dump $source --out "/tmp/$1"
}

# same_pictures NAME KIND MODULES
same_pictures()
{
	show_scene "$@" || return
	sed "s/^/# $1: /" "/tmp/$1/paths"
	"$programs/compare-pictures" --png "$EXUP_OUT/$1" /tmp/reference "/tmp/$1"
	status=$?
	cp "/tmp/$1/paths" "/tmp/$1-paths"
	rm -rf "/tmp/$1"
	return $status
}

# is_mixed NAME: both paths were taken.
is_mixed()
{
	read -r _ userptr _ shm < "/tmp/$1-paths"
	[ "$userptr" -gt 0 ] && [ "$shm" -gt 0 ]
}

check "the scene is shown by Weston's own renderer" \
	show_scene reference shm "$scene_module"
if [ $limit != 64M ]; then
	check "library with a pool of $limit: same pictures" \
		same_pictures limited library "$plugin,$scene_module"
	check "some buffers are read in place, the others are not" is_mixed limited
	end_tests
fi
if ! $iommu; then
	has_no_iommu()
	{
		[ "$(cat $engine/iommu)" = 0 ]
	}
	check "there is no IOMMU" has_no_iommu
	for kind in shm library; do
		check "$kind under the module: same pictures" \
			same_pictures "module-$kind" $kind "$plugin,$scene_module"
	done
	check "some buffers are read in place, the others are not" is_mixed module-library
	end_tests
fi
check "library without the module: wl_shm, same pictures" \
	same_pictures fallback library "$scene_module"
for kind in shm library dmabuf; do
	check "$kind under the module: same pictures" \
		same_pictures "module-$kind" $kind "$plugin,$scene_module"
done
end_tests
