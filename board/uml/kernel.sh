# SPDX-License-Identifier: MIT
# The kernel of the User-Mode Linux board, for board/build, which sources this.

readonly board_variants="debug"		# with lock and memory debugging
readonly board_base_config=tinyconfig
readonly board_target=linux
readonly board_tools="dtc:device-tree-compiler"
readonly board_effort="about 6 CPU-minutes"

board_make()
{
	nice make -C "$tree" O="$objects" ARCH=um "$@"
}

board_compiler()
{
	printf 'gcc ld'
}

# Variants have trees of their own, so that a long build of one does not hold up another.
board_tree_key()
{
	printf '%s' "$variant"
}

board_patches()
{
	printf '%s\n' "$board"/uml/patches/*.patch
}

board_fragments()
{
	printf '%s\n' "$board/uml/config/board.config" ${variant:+"$board/uml/config/$variant.config"}
}

# The engine's model, what puts it into User-Mode Linux, and what all boards' kernels have.
board_sources()
{
	local file

	for file in "$board"/fimg2d/* "$board"/uml/fimg2d/* "$board"/linux/*; do
		[[ $file == */meson.build ]] || printf '%s arch/um/drivers/fimg2d/\n' "$file"
	done
}

board_other_inputs()
{
	printf '%s\n' "$board/uml/board.dts"
}

board_expected_objects()
{
	if [[ $variant == debug ]]; then
		printf 780
	else
		printf 720
	fi
}

board_install()
{
	cp "$objects/linux" "$1/"
	dtc -q -I dts -O dtb -o "$1/board.dtb" "$board/uml/board.dts" >&2
}

board_is_built()
{
	[[ -x $1/linux && -r $1/board.dtb ]]
}

# Nothing but the kernel is needed to boot it.
board_prepare()
{
	return 0
}
