// SPDX-License-Identifier: MIT
/*
 * Command lists of a hostile client, while objects of another one and a framebuffer lie between its own
 * on the bus: fuzz-lists [LISTS [SEED]]. The same seed makes the same lists.
 *
 * Afterwards, and in between, not a byte of others has changed, nothing of theirs is to be found in the
 * client's own memory, and the engine has not once accessed what is not mapped: a page without a mapping
 * follows each object on the first board's bus.
 */

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <drm_fourcc.h>
#include <drm_mode.h>

#include "exynos-device.h"
#include "exynos-g2d.h"
#include "virtual-engine.h"

enum {
	PAGE = 4096,
	N_OBJECTS = 6, /* of each of both */
	MAX_BYTES = 16 * PAGE,
	BATCH = 16, /* lists of a job, at most */
	CHECK_EVERY = 256, /* jobs between two looks at all memory of the others */
	SECRET_WORDS = 2,
};

/*
 * What others have in their memory, by turns. Opaque, so that a copy without alpha has it, too. One
 * word is not enough to tell: what filters and blends make of a client's own pixels has any value once
 * in a while, and fills and scaled pixels have it twice.
 */
static const uint32_t secret[SECRET_WORDS] = { 0xffb1c2d3, 0xff4e3d5c };

struct options {
	uint64_t lists;
	uint64_t seed;
};

struct object {
	uint32_t handle;
	size_t size_bytes;
	void *memory;
	bool is_user_memory;
};

struct fuzzer {
	uint64_t random;
	int fd, other_fd, display_fd;
	struct object own[N_OBJECTS], others[N_OBJECTS], framebuffer;
	struct drm_exynos_g2d_userptr *descriptors;
	char *user_memory;

	uint64_t accepted, refused, jobs;
	uint32_t queued;
};

/* xorshift64* */
static uint64_t
next(struct fuzzer *f)
{
	f->random ^= f->random >> 12;
	f->random ^= f->random << 25;
	f->random ^= f->random >> 27;

	return f->random * 0x2545f4914f6cdd1dull;
}

static uint32_t
below(struct fuzzer *f, uint32_t limit)
{
	return (uint32_t)((next(f) >> 32) % limit);
}

static bool
one_in(struct fuzzer *f, uint32_t n)
{
	return below(f, n) == 0;
}

/* ---- memory ---- */

static void
fill_with_secret(const struct object *object)
{
	uint32_t *words = object->memory;

	for (size_t i = 0; i < object->size_bytes / sizeof(*words); i++)
		words[i] = secret[i % SECRET_WORDS];
}

static void
assert_untouched(const struct object *object)
{
	const uint32_t *words = object->memory;

	for (size_t i = 0; i < object->size_bytes / sizeof(*words); i++)
		assert_int_equal(words[i], secret[i % SECRET_WORDS]);
}

/* At any place: a stride may be odd. Any two pixels of theirs that are neighbours have one of both. */
static void
assert_no_secret(const void *memory, size_t size_bytes)
{
	const uint32_t other[SECRET_WORDS] = { secret[1], secret[0] };

	assert_null(memmem(memory, size_bytes, secret, sizeof(secret)));
	assert_null(memmem(memory, size_bytes, other, sizeof(other)));
}

static void *
map_memory(size_t size_bytes)
{
	void *memory =
		mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(memory, MAP_FAILED);

	return memory;
}

static void
create_object(int fd, size_t size_bytes, bool is_user_memory, struct object *object)
{
	*object = (struct object){ .size_bytes = size_bytes, .is_user_memory = is_user_memory };
	if (is_user_memory) {
		object->memory = map_memory(size_bytes);
		memset(object->memory, 0, size_bytes);
		assert_int_equal(
			exynos_gem_userptr(fd, object->memory, size_bytes, 0, &object->handle), 0);
		return;
	}
	assert_int_equal(exynos_gem_create(fd, size_bytes, 0, &object->handle), 0);
	object->memory = exynos_gem_mmap(fd, object->handle, size_bytes);
	assert_non_null(object->memory);
	memset(object->memory, 0, size_bytes);
}

static void
create_framebuffer(int fd, struct object *object)
{
	struct drm_mode_fb_cmd2 args = {
		.width = 64,
		.height = MAX_BYTES / 256,
		.pixel_format = DRM_FORMAT_XRGB8888,
		.pitches = { 256 },
	};

	create_object(fd, MAX_BYTES, false, object);
	args.handles[0] = object->handle;
	assert_int_equal(exynos_ioctl(fd, DRM_IOCTL_MODE_ADDFB2, &args), 0);
	fill_with_secret(object);
}

/* Those of both by turns, so that they are neighbours on the bus. */
static void
create_objects(struct fuzzer *f)
{
	static const size_t pages[N_OBJECTS] = { 1, 2, 3, 4, 8, 16 };

	for (int i = 0; i < N_OBJECTS; i++) {
		const bool is_user_memory = i % 2 != 0;

		create_object(f->other_fd, pages[i] * PAGE, is_user_memory, &f->others[i]);
		fill_with_secret(&f->others[i]);
		create_object(f->fd, pages[i] * PAGE, is_user_memory, &f->own[i]);
		if (i == N_OBJECTS / 2)
			create_framebuffer(f->display_fd, &f->framebuffer);
	}
	f->descriptors = g2d_map_descriptors();
	f->user_memory = map_memory(MAX_BYTES);
}

static void
check_memory(struct fuzzer *f, bool all)
{
	for (int i = 0; i < N_OBJECTS; i++) {
		assert_no_secret(f->own[i].memory, f->own[i].size_bytes);
		if (all)
			assert_untouched(&f->others[i]);
	}
	assert_no_secret(f->user_memory, MAX_BYTES);
	if (all)
		assert_untouched(&f->framebuffer);
}

/* ---- lists ---- */

static uint32_t
hostile_number(struct fuzzer *f)
{
	static const uint32_t numbers[] = {
		0,	    1,		2,	    3,	     4,		 63,	     64,
		65,	    255,	256,	    257,     4095,	 4096,	     4097,
		7999,	    8000,	8001,	    8191,    8192,	 0x7fff,     0x8000,
		0xfffc,	    0xffff,	0x10000,    0x10100, 0x7fffffff, 0x80000000, 0x80000100,
		0xfffff000, 0xffffff00, 0xffffffff,
	};

	return one_in(f, 4) ? (uint32_t)next(f) :
			      numbers[below(f, sizeof(numbers) / sizeof(numbers[0]))];
}

static uint32_t
any_register(struct fuzzer *f)
{
	static const uint32_t registers[] = {
		G2D_BITBLT_COMMAND,
		G2D_BLEND_FUNCTION,
		G2D_ROUND_MODE,
		G2D_ROTATE,
		G2D_SRC_MASK_DIRECT,
		G2D_DST_PAT_DIRECT,
		G2D_SRC_SELECT,
		G2D_SRC_STRIDE,
		G2D_SRC_COLOR_MODE,
		G2D_SRC_LEFT_TOP,
		G2D_SRC_RIGHT_BOTTOM,
		G2D_SRC_REPEAT_MODE,
		G2D_SRC_PAD_VALUE,
		G2D_SRC_SCALE_CTRL,
		G2D_SRC_XSCALE,
		G2D_SRC_YSCALE,
		G2D_DST_SELECT,
		G2D_DST_STRIDE,
		G2D_DST_COLOR_MODE,
		G2D_DST_LEFT_TOP,
		G2D_DST_RIGHT_BOTTOM,
		G2D_CW_LEFT_TOP,
		G2D_CW_RIGHT_BOTTOM,
		G2D_THIRD_OPERAND,
		G2D_ROP4,
		G2D_ALPHA,
		G2D_FG_COLOR,
		G2D_BG_COLOR,
	};

	return registers[below(f, sizeof(registers) / sizeof(registers[0]))];
}

static const struct object *
any_own(struct fuzzer *f)
{
	return &f->own[below(f, N_OBJECTS)];
}

/* Handles are small numbers, and each file has its own: the others' are among those that are none. */
static uint32_t
any_handle(struct fuzzer *f)
{
	return one_in(f, 4) ? hostile_number(f) : below(f, 3 * N_OBJECTS);
}

static uint32_t
point(uint32_t x, uint32_t y)
{
	return x | y << 16;
}

/* An image that ends with its object, or close to that, on either side. */
static void
add_image(struct fuzzer *f, struct g2d_list *list, uint32_t base, const struct object *object)
{
	static const struct {
		uint32_t mode, bytes;
	} formats[] = { { 1, 4 }, { 0, 4 }, { 2, 2 }, { 1 | 2 << 4, 4 }, { 1 | 3 << 4, 4 } };
	const uint32_t i = one_in(f, 2) ? 0 : below(f, 5), bytes = formats[i].bytes;
	const uint32_t width = 1 + below(f, 64);
	const uint32_t stride = width * bytes + (one_in(f, 2) ? 0 : below(f, 200));
	const uint32_t lines = (uint32_t)(object->size_bytes / stride);
	const uint32_t height = 1 + below(f, lines < 64 ? lines : 64);
	uint32_t right = width, bottom = one_in(f, 2) ? lines : height;

	if (one_in(f, 4))
		right += below(f, 3) * stride / bytes;
	if (one_in(f, 8))
		bottom += below(f, 3);
	g2d_list_add(list, base, G2D_SELECT_NORMAL);
	g2d_list_add(list, base + 0x08, stride);
	g2d_list_add(list, base + 0x0c, formats[i].mode);
	g2d_list_add(list, base + 0x10,
		     point(right - width, bottom > height ? bottom - height : 0));
	g2d_list_add(list, base + 0x14, point(right, bottom));
	g2d_list_add_buffer(list, base + 0x04, object->handle);
}

static void
make_list(struct fuzzer *f, struct g2d_list *list)
{
	g2d_list_init(list);
	add_image(f, list, G2D_DST_SELECT, any_own(f));
	if (one_in(f, 3)) {
		g2d_list_add(list, G2D_BITBLT_COMMAND, G2D_FAST_SOLID_FILL);
		g2d_list_add(list, G2D_SF_COLOR, (uint32_t)next(f));
		return;
	}
	add_image(f, list, G2D_SRC_SELECT, any_own(f));
	g2d_list_add(list, G2D_ROP4, G2D_ROP3_SRC);
	g2d_list_add(list, G2D_SRC_REPEAT_MODE, below(f, 5));
	if (one_in(f, 3)) {
		g2d_list_add(list, G2D_BITBLT_COMMAND, G2D_ALPHA_BLEND);
		g2d_list_add(list, G2D_BLEND_FUNCTION, 0x00040200);
	}
	if (one_in(f, 3)) {
		g2d_list_add(list, G2D_SRC_SCALE_CTRL, 1 + below(f, 2));
		g2d_list_add(list, G2D_SRC_XSCALE, below(f, 1 << 19));
		g2d_list_add(list, G2D_SRC_YSCALE, below(f, 1 << 19));
	}
	if (one_in(f, 4))
		g2d_list_add(list, G2D_ROTATE, below(f, 2));
	if (one_in(f, 4))
		g2d_list_add(list, G2D_SRC_MASK_DIRECT, below(f, 4));
	if (one_in(f, 4))
		g2d_list_add(list, G2D_DST_PAT_DIRECT, below(f, 4));
	/* ends before the images are what the descriptor says */
	if (one_in(f, 16)) {
		f->descriptors[0].userptr = (unsigned long)f->user_memory + below(f, PAGE);
		f->descriptors[0].size = 1 + below(f, MAX_BYTES - PAGE);
		list->bufs[below(f, list->n_bufs)] = (struct drm_exynos_g2d_cmd){
			(one_in(f, 2) ? G2D_SRC_BASE_ADDR : G2D_DST_BASE_ADDR) |
				(uint32_t)G2D_BUF_USERPTR,
			(uint32_t)(uintptr_t)f->descriptors,
		};
	}
}

static void
spoil_registers(struct fuzzer *f, struct g2d_list *list)
{
	for (uint32_t i = 1 + below(f, 3); i > 0; i--) {
		struct drm_exynos_g2d_cmd *cmd = &list->cmds[below(f, list->n_cmds)];

		switch (below(f, 6)) {
		case 0:
			cmd->data ^= 1u << below(f, 32);
			break;
		case 1:
			cmd->data = hostile_number(f);
			break;
		case 2:
			cmd->data += one_in(f, 2) ? 1 : UINT32_MAX;
			break;
		case 3:
			cmd->offset = one_in(f, 4) ? (uint32_t)next(f) : 4 * below(f, 0x240);
			break;
		case 4:
			g2d_list_add(list, any_register(f), hostile_number(f));
			break;
		case 5:
			g2d_list_add(list, any_register(f), 1u << below(f, 32));
			break;
		}
	}
}

static void
spoil_buffers(struct fuzzer *f, struct g2d_list *list)
{
	static const uint32_t bases[] = { G2D_SRC_BASE_ADDR,	    G2D_DST_BASE_ADDR,
					  G2D_SRC_PLANE2_BASE_ADDR, G2D_DST_PLANE2_BASE_ADDR,
					  G2D_PAT_BASE_ADDR,	    G2D_MSK_BASE_ADDR };
	struct drm_exynos_g2d_cmd *buf = &list->bufs[below(f, list->n_bufs)];

	switch (below(f, 5)) {
	case 0:
		buf->data = any_handle(f);
		break;
	case 1:
		buf->offset = bases[below(f, 6)];
		break;
	case 2:
		buf->offset ^= 1u << below(f, 32);
		break;
	case 3:
		g2d_list_add_buffer(list, bases[below(f, 6)], any_handle(f));
		break;
	case 4:
		list->n_bufs--;
		break;
	}
}

static void
run_queued(struct fuzzer *f)
{
	if (f->queued == 0)
		return;
	assert_int_equal(g2d_exec(f->fd, false), 0);
	f->queued = 0;
	f->jobs++;
	check_memory(f, f->jobs % CHECK_EVERY == 0);
}

static void
fuzz_list(struct fuzzer *f)
{
	struct g2d_list list;
	int ret;

	make_list(f, &list);
	if (one_in(f, 2))
		spoil_registers(f, &list);
	if (one_in(f, 4))
		spoil_buffers(f, &list);
	ret = g2d_submit(f->fd, &list);
	if (ret == 0) {
		f->accepted++;
		f->queued++;
	} else {
		/* user memory may be missing, too */
		assert_true(ret == -EINVAL || ret == -EFAULT || ret == -EACCES);
		f->refused++;
	}
	if (f->queued == BATCH || one_in(f, 2 * BATCH))
		run_queued(f);
}

static void
print_counts(const struct fuzzer *f, uint64_t blits, uint64_t unsupported)
{
	printf("# %" PRIu64 " lists accepted, %" PRIu64 " refused, %" PRIu64 " jobs", f->accepted,
	       f->refused, f->jobs);
	if (virtual_engine_has("blits"))
		printf(", %" PRIu64 " blits, %" PRIu64 " not modelled",
		       virtual_engine_get("blits") - blits,
		       virtual_engine_get("unsupported") - unsupported);
	printf("\n");
}

static void
test_lists_of_a_hostile_client(void **state)
{
	const struct options *options = *state;
	uint64_t faults = virtual_engine_get("faults"), blits = virtual_engine_get("blits");
	uint64_t unsupported = virtual_engine_get("unsupported");
	struct fuzzer f = { .random = (options->seed + 1) * 0x9e3779b97f4a7c15ull };

	f.fd = exynos_open(EXYNOS_RENDER_NODE);
	f.other_fd = exynos_open(EXYNOS_RENDER_NODE);
	f.display_fd = exynos_open(EXYNOS_PRIMARY_NODE);
	assert_true(f.fd >= 0 && f.other_fd >= 0 && f.display_fd >= 0);
	create_objects(&f);
	for (uint64_t i = 0; i < options->lists; i++)
		fuzz_list(&f);
	run_queued(&f);
	check_memory(&f, true);
	print_counts(&f, blits, unsupported);
	assert_int_equal(virtual_engine_get("faults"), faults);

	/* a fuzzer that is refused everything tests nothing, and so does one that is not */
	assert_true(f.accepted > options->lists / 8);
	assert_true(f.refused > options->lists / 8);
	close(f.fd);
	close(f.other_fd);
	close(f.display_fd);
}

int
main(int argc, char **argv)
{
	struct options options = { .lists = 100000, .seed = 1 };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_lists_of_a_hostile_client, &options),
	};

	if (argc > 1)
		options.lists = strtoull(argv[1], NULL, 0);
	if (argc > 2)
		options.seed = strtoull(argv[2], NULL, 0);
	printf("# %s %" PRIu64 " %" PRIu64 "\n", argv[0], options.lists, options.seed);
	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("lists of a hostile client", tests, NULL, NULL);
}
