# SPDX-License-Identifier: MIT
# The kernel of the ARM board, for board/build, which sources this.

readonly board_variants="noiommu"	# engines and display see physical memory
readonly board_base_config=tinyconfig
readonly board_target=zImage
readonly board_tools="dtc:device-tree-compiler arm-linux-gnueabihf-gcc:gcc-arm-linux-gnueabihf"
readonly board_effort="about 10 CPU-minutes"

board_make()
{
	nice make -C "$tree" O="$objects" ARCH=arm CROSS_COMPILE=arm-linux-gnueabihf- "$@"
}

board_compiler()
{
	printf 'arm-linux-gnueabihf-gcc arm-linux-gnueabihf-ld'
}

# The variants differ in their configuration alone.
board_tree_key()
{
	printf 'arm'
}

board_patches()
{
	printf '%s\n' "$board"/arm/patches/*.patch
}

board_fragments()
{
	printf '%s\n' "$board/arm/config/board.config" ${variant:+"$board/arm/config/$variant.config"}
}

# Drivers of the board's own, and what all boards' kernels have.
board_sources()
{
	local file

	for file in "$board"/arm/linux/* "$board"/linux/* "$board/fimg2d/page.h"; do
		printf '%s drivers/misc/fimg2d-control/\n' "$file"
	done
}

board_other_inputs()
{
	printf '%s\n' "$board/arm/board.dts"
}

board_expected_objects()
{
	printf 1200
}

board_install()
{
	local dts=$tree/arch/arm/boot/dts

	cp "$objects/arch/arm/boot/zImage" "$1/"
	cpp -nostdinc -I "$dts" -I "$tree/include" -I "$tree/scripts/dtc/include-prefixes" \
		-undef -D__DTS__ ${variant:+-DWITHOUT_IOMMU} -x assembler-with-cpp \
		"$board/arm/board.dts" |
		dtc -q -I dts -O dtb -o "$1/board.dtb" - >&2
}

board_is_built()
{
	[[ -r $1/zImage && -r $1/board.dtb ]]
}

# What the kernel is booted in.
board_prepare()
{
	"$board/arm/build-qemu" >/dev/null || die "board/arm/build-qemu failed"
	"$board/arm/build-root" >/dev/null || die "board/arm/build-root failed"
}
