// SPDX-License-Identifier: MIT
/*
 * Command lists of a hostile client, while objects of another one and a framebuffer lie between its own
 * on the bus: fuzz-lists [LISTS [SEED]]. The same seed makes the same lists. Some go by SET_CMDLIST and
 * EXEC, some are blits of a SUBMIT, by the seed as well.
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
#include "g2d-submission.h"
#include "virtual-engine.h"

enum {
	PAGE = 4096,
	N_OBJECTS = 6, /* of each of both */
	MAX_BYTES = 16 * PAGE,
	BATCH = 16, /* lists that are waited for, at least */
	MAX_BLITS = 8, /* of a submission */
	CHECK_EVERY = 256, /* batches between two looks at all memory of the others */
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

/* A list, and where in their objects its images begin, which only a submission can say. */
struct blit {
	struct g2d_list list;
	uint32_t dst_offset, src_offset;
};

/* The ways that lists go. */
enum call {
	SET_CMDLIST,
	SUBMIT,
	N_CALLS,
};

struct fuzzer {
	uint64_t random;
	int fd, other_fd, display_fd;
	struct object own[N_OBJECTS], others[N_OBJECTS], framebuffer;
	struct drm_exynos_g2d_userptr *descriptors;
	char *user_memory;

	uint64_t accepted[N_CALLS], refused[N_CALLS], batches;
	uint32_t queued; /* lists that may not have run */
	bool is_set; /* some of them wait for EXEC */
	int fence; /* of the submission that runs last, or -1 */
	uint32_t among; /* as many lists share what is wrong, since one of them is enough */
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

/* Where an image begins in its object. Mostly at a pixel, so that there are some lines left. */
static uint32_t
any_offset(struct fuzzer *f, const struct object *object)
{
	const uint32_t size_bytes = (uint32_t)object->size_bytes;

	if (one_in(f, 6 * f->among)) {
		switch (below(f, 4)) {
		case 0:
			return hostile_number(f);
		case 1:
			return size_bytes - below(f, 64);
		case 2:
			return below(f, size_bytes);
		default:
			return size_bytes + below(f, 2 * PAGE);
		}
	}

	switch (below(f, 3)) {
	case 0:
		return 4 * below(f, (size_bytes - PAGE / 2) / 4);
	case 1:
		return PAGE * below(f, size_bytes / PAGE);
	default:
		return 0;
	}
}

/* An image that ends with its object, or close to that, on either side. */
static void
add_image(struct fuzzer *f, struct g2d_list *list, uint32_t base, const struct object *object,
	  uint32_t offset)
{
	static const struct {
		uint32_t mode, bytes;
	} formats[] = { { 1, 4 }, { 0, 4 }, { 2, 2 }, { 1 | 2 << 4, 4 }, { 1 | 3 << 4, 4 } };
	const uint32_t i = one_in(f, 2) ? 0 : below(f, 5), bytes = formats[i].bytes;
	const uint32_t width = 1 + below(f, 64);
	const uint32_t stride = width * bytes + (one_in(f, 2) ? 0 : below(f, 200));
	const size_t room = object->size_bytes - (offset < object->size_bytes ? offset : 0);
	const uint32_t lines = (uint32_t)room / stride;
	const uint32_t height = 1 + below(f, lines < 1 ? 1 : lines < 64 ? lines : 64);
	uint32_t right = width, bottom = one_in(f, 2) ? lines : height;

	if (one_in(f, 4 * f->among))
		right += below(f, 3) * stride / bytes;
	if (one_in(f, 8 * f->among))
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
make_list(struct fuzzer *f, enum call call, struct blit *blit)
{
	const struct object *dst = any_own(f), *src = any_own(f);
	struct g2d_list *list = &blit->list;

	blit->dst_offset = call == SUBMIT ? any_offset(f, dst) : 0;
	blit->src_offset = call == SUBMIT ? any_offset(f, src) : 0;
	g2d_list_init(list);
	add_image(f, list, G2D_DST_SELECT, dst, blit->dst_offset);
	if (one_in(f, 3)) {
		g2d_list_add(list, G2D_BITBLT_COMMAND, G2D_FAST_SOLID_FILL);
		g2d_list_add(list, G2D_SF_COLOR, (uint32_t)next(f));
		return;
	}
	add_image(f, list, G2D_SRC_SELECT, src, blit->src_offset);
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
	if (call == SET_CMDLIST && one_in(f, 16)) {
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

/* What a submission has beside its lists. */
static void
spoil_submission(struct fuzzer *f, struct g2d_submission *s)
{
	struct drm_exynos_g2d_blit *blit = &s->blits[below(f, s->args.nr_blits)];
	struct drm_exynos_g2d_image *images[] = { &blit->src, &blit->src2, &blit->dst,
						  &blit->dst2 };
	struct drm_exynos_g2d_image *image = images[below(f, 4)];
	uint32_t *counts[] = { &s->args.nr_blits, &s->args.nr_bufs, &s->args.nr_cmds,
			       &blit->first_cmd, &blit->nr_cmds };
	struct drm_exynos_g2d_submit_buf *buf = &s->bufs[below(f, s->args.nr_bufs + 1)];

	switch (below(f, 8)) {
	case 0:
		image->buf = one_in(f, 4) ? hostile_number(f) : below(f, s->args.nr_bufs + 1);
		break;
	case 1:
		image->offset = any_offset(f, any_own(f));
		break;
	case 2:
		image->offset ^= 1u << below(f, 32);
		break;
	case 3:
		*counts[below(f, 5)] += one_in(f, 2) ? 1 : UINT32_MAX;
		break;
	case 4:
		buf->flags = one_in(f, 4) ? hostile_number(f) : below(f, 4);
		break;
	case 5:
		buf->handle = any_handle(f);
		break;
	case 6:
		g2d_submission_add_buf(s, any_handle(f), EXYNOS_G2D_BUF_READ);
		break;
	case 7:
		blit->first_cmd = below(f, s->args.nr_cmds + 1);
		break;
	}
}

static void
run_queued(struct fuzzer *f)
{
	if (f->queued == 0)
		return;
	if (f->is_set)
		assert_int_equal(g2d_exec(f->fd, false), 0);
	if (f->fence >= 0) {
		assert_int_equal(sync_file_wait(f->fence), 0);
		close(f->fence);
	}
	f->queued = 0;
	f->is_set = false;
	f->fence = -1;
	f->batches++;
	check_memory(f, f->batches % CHECK_EVERY == 0);
}

static void
count(struct fuzzer *f, enum call call, uint32_t lists, int ret)
{
	if (ret == 0) {
		f->accepted[call] += lists;
		f->queued += lists;
		return;
	}
	/* user memory may be missing, too, and a handle */
	assert_true(ret == -EINVAL || ret == -EFAULT || ret == -EACCES || ret == -ENOENT);
	f->refused[call] += lists;
}

static void
make_hostile_list(struct fuzzer *f, enum call call, struct blit *blit)
{
	make_list(f, call, blit);
	if (one_in(f, 2 * f->among))
		spoil_registers(f, &blit->list);
	if (one_in(f, 4 * f->among))
		spoil_buffers(f, &blit->list);
}

static void
fuzz_set_cmdlist(struct fuzzer *f)
{
	struct blit blit;
	int ret;

	f->among = 1;
	make_hostile_list(f, SET_CMDLIST, &blit);
	ret = g2d_submit(f->fd, &blit.list);
	if (ret == 0)
		f->is_set = true;
	count(f, SET_CMDLIST, 1, ret);
}

/* The fence of the last one is all that has to be kept: those of a file end in their order. */
static void
fuzz_submit(struct fuzzer *f)
{
	const uint32_t n = one_in(f, 4) ? 1 + below(f, MAX_BLITS) : 1;
	struct g2d_submission *s = g2d_submission_create();
	struct blit blit;
	int ret;

	f->among = n;
	for (uint32_t i = 0; i < n; i++) {
		make_hostile_list(f, SUBMIT, &blit);
		g2d_submission_add_list(s, &blit.list, blit.dst_offset, blit.src_offset);
	}
	if (one_in(f, 4))
		spoil_submission(f, s);
	if (f->fence >= 0 && one_in(f, 4))
		g2d_submission_add_in_fence(s, f->fence);
	s->args.flags = EXYNOS_G2D_SUBMIT_OUT_FENCE;
	if (one_in(f, 4))
		s->args.flags |= EXYNOS_G2D_SUBMIT_NO_IMPLICIT;
	s->args.out_fence = -1;

	ret = g2d_submission_send(f->fd, s);
	count(f, SUBMIT, n, ret);
	if (ret == 0 && f->fence >= 0)
		close(f->fence);
	if (ret == 0)
		f->fence = s->args.out_fence;
	else
		assert_int_equal(s->args.out_fence, -1);
	free(s);
}

static void
fuzz_lists(struct fuzzer *f)
{
	if (one_in(f, 2))
		fuzz_set_cmdlist(f);
	else
		fuzz_submit(f);
	if (f->queued >= BATCH || one_in(f, 2 * BATCH))
		run_queued(f);
}

static uint64_t
count_lists(const struct fuzzer *f)
{
	uint64_t lists = 0;

	for (int i = 0; i < N_CALLS; i++)
		lists += f->accepted[i] + f->refused[i];

	return lists;
}

static void
print_counts(const struct fuzzer *f, uint64_t blits, uint64_t unsupported)
{
	static const char *const names[N_CALLS] = { "SET_CMDLIST", "SUBMIT" };

	for (int i = 0; i < N_CALLS; i++)
		printf("# %-11s %9" PRIu64 " lists accepted, %9" PRIu64 " refused\n", names[i],
		       f->accepted[i], f->refused[i]);
	printf("# %" PRIu64 " lists, %" PRIu64 " batches", count_lists(f), f->batches);
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
	struct fuzzer f = {
		.random = (options->seed + 1) * 0x9e3779b97f4a7c15ull,
		.fence = -1,
	};
	int files;

	f.fd = exynos_open(EXYNOS_RENDER_NODE);
	f.other_fd = exynos_open(EXYNOS_RENDER_NODE);
	f.display_fd = exynos_open(EXYNOS_PRIMARY_NODE);
	assert_true(f.fd >= 0 && f.other_fd >= 0 && f.display_fd >= 0);
	create_objects(&f);
	files = process_open_files();
	assert_true(files > 0);
	while (count_lists(&f) < options->lists)
		fuzz_lists(&f);
	run_queued(&f);
	check_memory(&f, true);
	print_counts(&f, blits, unsupported);
	assert_int_equal(virtual_engine_get("faults"), faults);
	assert_int_equal(process_open_files(), files);

	/* a fuzzer that is refused everything tests nothing, and so does one that is not */
	for (int i = 0; i < N_CALLS; i++) {
		assert_true(f.accepted[i] > options->lists / 16);
		assert_true(f.refused[i] > options->lists / 16);
	}
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
