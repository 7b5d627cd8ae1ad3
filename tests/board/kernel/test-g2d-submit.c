// SPDX-License-Identifier: MIT
/*
 * Many blits in one call: that they are done, in order and all or none, and what is refused.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "exynos-device.h"
#include "exynos-g2d.h"
#include "g2d-fixture.h"
#include "g2d-submission.h"
#include "skip.h"
#include "virtual-engine.h"

static void
test_one_fill(void **state)
{
	struct g2d_device *d = *state;
	struct g2d_submission *s = g2d_submission_create();

	g2d_submission_fill(s, &d->image, 0, &g2d_whole, 0xff112233);
	assert_int_equal(g2d_submission_run(d->fd, s), 0);
	g2d_assert_filled(d, 0xff112233);
	free(s);
}

static void
test_event_says_how_many_blits(void **state)
{
	struct g2d_device *d = *state;
	struct g2d_submission *s = g2d_submission_create();
	struct drm_exynos_g2d_event event;

	for (uint32_t i = 0; i < 3; i++)
		g2d_submission_fill(s, &d->image, 0, &g2d_whole, i);
	s->args.flags = EXYNOS_G2D_SUBMIT_EVENT;
	s->args.user_data = 0x123456789abcdef0;
	assert_int_equal(g2d_submission_send(d->fd, s), 0);
	assert_int_equal(g2d_read_event(d->fd, &event), 0);
	assert_true(event.user_data == s->args.user_data);
	assert_int_equal(event.cmdlist_no, 3);
	assert_int_equal(event.reserved, 0);
	free(s);
}

/* A color for each row, more often than there are rows: the last of them stay. */
static void
test_as_many_blits_as_there_may_be(void **state)
{
	struct g2d_device *d = *state;
	struct g2d_submission *s = g2d_submission_create();
	uint64_t blits = virtual_engine_get("blits"), jobs = virtual_engine_get("jobs");

	for (int i = 0; i < EXYNOS_G2D_SUBMIT_MAX_BLITS; i++) {
		const struct g2d_box row = { 0, i % G2D_HEIGHT, G2D_WIDTH, i % G2D_HEIGHT + 1 };

		g2d_submission_fill(s, &d->image, 0, &row, (uint32_t)i);
	}
	assert_int_equal(g2d_submission_run(d->fd, s), 0);
	for (int i = 0; i < G2D_WIDTH * G2D_HEIGHT; i++)
		assert_int_equal(d->pixels[i],
				 EXYNOS_G2D_SUBMIT_MAX_BLITS - G2D_HEIGHT + i / G2D_WIDTH);
	if (virtual_engine_has("blits")) {
		assert_int_equal(virtual_engine_get("blits") - blits, EXYNOS_G2D_SUBMIT_MAX_BLITS);
		assert_int_equal(virtual_engine_get("jobs") - jobs, 1);
	}
	free(s);
}

/* The image begins within its buffer, at any pixel, and its coordinates are its own. */
static void
test_offsets(void **state)
{
	enum { SIDE = 8 };
	const struct g2d_box box = { 0, 0, SIDE, SIDE };
	struct g2d_device *d = *state;

	for (uint32_t offset = 0; offset <= 3 * G2D_STRIDE; offset += 5 * G2D_STRIDE / 8 + 4) {
		struct g2d_submission *s = g2d_submission_create();
		uint32_t first = offset / 4;

		g2d_submission_fill(s, &d->image, 0, &g2d_whole, 0);
		g2d_submission_fill(s, &d->image, offset, &box, ~0u);
		assert_int_equal(g2d_submission_run(d->fd, s), 0);
		for (uint32_t i = 0; i < G2D_WIDTH * G2D_HEIGHT; i++) {
			bool inside = i >= first && (i - first) % G2D_WIDTH < SIDE &&
				      (i - first) / G2D_WIDTH < SIDE;

			assert_int_equal(d->pixels[i], inside ? ~0u : 0);
		}
		free(s);
	}
}

/* To the last byte, and not a pixel further. */
static void
test_offset_counts_for_the_reach(void **state)
{
	struct g2d_device *d = *state;
	struct g2d_submission *s = g2d_submission_create();

	g2d_submission_fill(s, &d->image, 4, &g2d_whole, 0xbad);
	assert_int_equal(g2d_submission_send(d->fd, s), -EFAULT);
	s->blits[0].dst.offset = 0;
	assert_int_equal(g2d_submission_run(d->fd, s), 0);
	s->blits[0].dst.offset = G2D_SIZE;
	assert_int_equal(g2d_submission_send(d->fd, s), -EINVAL);
	s->blits[0].dst.offset = UINT32_MAX;
	assert_int_equal(g2d_submission_send(d->fd, s), -EINVAL);
	free(s);
}

static void
test_copy_between_buffers(void **state)
{
	struct g2d_device *d = *state;
	struct g2d_image other = { 0, G2D_STRIDE };
	struct g2d_submission *s = g2d_submission_create();
	uint32_t *pixels;

	assert_int_equal(exynos_gem_create(d->fd, G2D_SIZE, 0, &other.handle), 0);
	pixels = exynos_gem_mmap(d->fd, other.handle, G2D_SIZE);
	assert_non_null(pixels);
	for (uint32_t i = 0; i < G2D_SIZE / 4; i++)
		pixels[i] = 0xff000000 | i;
	g2d_submission_copy(s, &d->image, 0, &g2d_whole, &other, 0, &g2d_whole);
	assert_int_equal(g2d_submission_run(d->fd, s), 0);
	assert_memory_equal(d->pixels, pixels, G2D_SIZE);
	munmap(pixels, G2D_SIZE);
	exynos_gem_close(d->fd, other.handle);
	free(s);
}

/* What the last blit has wrong undoes the first ones, too. */
static void
test_all_or_nothing(void **state)
{
	struct g2d_device *d = *state;
	struct g2d_submission *s = g2d_submission_create();
	uint64_t jobs = virtual_engine_get("jobs");

	for (uint32_t i = 0; i < 5; i++)
		g2d_submission_fill(s, &d->image, 0, &g2d_whole, 0xbad);
	s->cmds[s->args.nr_cmds - 1].offset = 0;
	assert_int_equal(g2d_submission_send(d->fd, s), -EINVAL);
	assert_int_equal(virtual_engine_get("jobs"), jobs);
	g2d_assert_filled(d, 0);
	free(s);
}

/* A stride that is larger: what is behind the known part is 0, or refused. */
static void
test_blits_that_have_grown(void **state)
{
	struct grown {
		struct drm_exynos_g2d_blit blit;
		uint64_t more;
	} grown[2];
	struct g2d_device *d = *state;
	struct g2d_submission *s = g2d_submission_create();

	g2d_submission_fill(s, &d->image, 0, &g2d_whole, 0xff000001);
	g2d_submission_fill(s, &d->image, 0, &g2d_whole, 0xff000002);
	for (int i = 0; i < 2; i++)
		grown[i] = (struct grown){ .blit = s->blits[i] };
	s->args.blits = (uintptr_t)grown;
	s->args.blit_stride = sizeof(grown[0]);
	assert_int_equal(g2d_submission_run(d->fd, s), 0);
	g2d_assert_filled(d, 0xff000002);

	grown[1].more = 1;
	assert_int_equal(g2d_submission_send(d->fd, s), -EINVAL);

	s->args.blit_stride = sizeof(s->blits[0]) - 8;
	assert_int_equal(g2d_submission_send(d->fd, s), -EINVAL);
	s->args.blit_stride = UINT32_MAX;
	assert_int_equal(g2d_submission_send(d->fd, s), -EINVAL);
	s->args.blit_stride = 0;
	assert_int_equal(g2d_submission_send(d->fd, s), -EINVAL);
	free(s);
}

/* Each of these is a change to a submission that would be accepted. */
static const struct hostile {
	const char *what;
	size_t offset; /* of a __u32 in struct g2d_submission */
	uint32_t value;
	int error;
} hostile[] = {
#define ARG(member, value, error)                                                                \
	{                                                                                        \
#member " = " #value, offsetof(struct g2d_submission, args.member), value, error \
	}
#define BLIT(member, value, error)                                                              \
	{                                                                                       \
		"blit." #member " = " #value, offsetof(struct g2d_submission, blits[0].member), \
			value, error                                                            \
	}
#define BUF(member, value, error)                                                             \
	{                                                                                     \
		"buf." #member " = " #value, offsetof(struct g2d_submission, bufs[0].member), \
			value, error                                                          \
	}
	ARG(flags, 1u << 3, -EINVAL),
	ARG(flags, 1u << 31, -EINVAL),
	ARG(pad, 1, -EINVAL),
	ARG(nr_blits, 0, -EINVAL),
	ARG(nr_blits, EXYNOS_G2D_SUBMIT_MAX_BLITS + 1, -EINVAL),
	ARG(nr_blits, UINT32_MAX, -EINVAL),
	ARG(nr_bufs, 0, -EINVAL),
	ARG(nr_bufs, EXYNOS_G2D_SUBMIT_MAX_BUFS + 1, -EINVAL),
	ARG(nr_bufs, UINT32_MAX, -EINVAL),
	ARG(nr_cmds, 0, -EINVAL),
	ARG(nr_cmds, UINT32_MAX, -EINVAL),
	ARG(nr_in_fences, EXYNOS_G2D_SUBMIT_MAX_FENCES + 1, -EINVAL),
	ARG(nr_in_fences, 1, -EINVAL), /* descriptor 0 is none of a fence */
	BLIT(first_cmd, 1u << 16, -EINVAL),
	BLIT(first_cmd, UINT32_MAX, -EINVAL),
	BLIT(nr_cmds, UINT32_MAX, -EINVAL),
	BLIT(nr_cmds, 0, -EINVAL), /* no fill, so there has to be a source */
	BLIT(flags, 1, -EINVAL),
	BLIT(pad, 1, -EINVAL),
	BLIT(dst.buf, 1, -EINVAL),
	BLIT(dst.buf, EXYNOS_G2D_NO_BUF, -EINVAL),
	BLIT(src.offset, 4, -EINVAL), /* of no buffer */
	BLIT(dst.offset, 2, -EINVAL), /* within a pixel */
	ARG(user_data, 1, -EINVAL), /* nobody has asked for an event */
	ARG(out_fence, 1, -EINVAL),
	BUF(flags, 0, -EINVAL),
	BUF(flags, EXYNOS_G2D_BUF_READ, -EINVAL),
	BUF(flags, 1u << 2 | EXYNOS_G2D_BUF_WRITE, -EINVAL),
	BUF(handle, 0, -ENOENT),
	BUF(handle, UINT32_MAX, -ENOENT),
};

static void
test_what_is_refused(void **state)
{
	struct g2d_device *d = *state;

	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		const struct hostile *h = &hostile[i];
		struct g2d_submission *s = g2d_submission_create();
		int ret;

		g2d_submission_fill(s, &d->image, 0, &g2d_whole, 0xbad);
		memcpy((char *)s + h->offset, &h->value, sizeof(h->value));
		ret = g2d_submission_send(d->fd, s);
		if (ret != h->error)
			fail_msg("%s: %d instead of %d", h->what, ret, h->error);
		free(s);
	}
	g2d_assert_filled(d, 0);
}

static void
test_addresses_that_are_not_mapped(void **state)
{
	const size_t addresses[] = {
		offsetof(struct drm_exynos_g2d_submit, blits),
		offsetof(struct drm_exynos_g2d_submit, bufs),
		offsetof(struct drm_exynos_g2d_submit, cmds),
	};
	struct g2d_device *d = *state;
	const uint64_t bad[] = { 0, 8, UINT64_MAX - 7 };

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		for (size_t j = 0; j < sizeof(bad) / sizeof(bad[0]); j++) {
			struct g2d_submission *s = g2d_submission_create();

			g2d_submission_fill(s, &d->image, 0, &g2d_whole, 0xbad);
			memcpy((char *)&s->args + addresses[i], &bad[j], sizeof(bad[j]));
			assert_int_equal(g2d_submission_send(d->fd, s), -EFAULT);
			free(s);
		}
	}
}

static void
test_object_that_is_there_twice(void **state)
{
	struct g2d_device *d = *state;
	struct g2d_submission *s = g2d_submission_create();
	uint32_t handle;
	int dmabuf;

	g2d_submission_fill(s, &d->image, 0, &g2d_whole, 0xbad);
	s->bufs[1] = s->bufs[0];
	s->args.nr_bufs = 2;
	assert_int_equal(g2d_submission_send(d->fd, s), -EINVAL);

	/* the same object from its dma-buf has the same handle in this file */
	dmabuf = exynos_prime_export(d->fd, d->image.handle, 0);
	assert_true(dmabuf >= 0);
	assert_int_equal(exynos_prime_import(d->fd, dmabuf, &handle), 0);
	assert_int_equal(handle, d->image.handle);
	close(dmabuf);
	free(s);
}

/* Memory that can only be read is no destination. */
static void
test_read_only_memory(void **state)
{
	struct g2d_device *d = *state;
	struct g2d_image image = { 0, G2D_STRIDE };
	struct g2d_submission *s = g2d_submission_create();
	void *memory =
		mmap(NULL, G2D_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(memory != MAP_FAILED);
	memset(memory, 0x5a, G2D_SIZE);
	assert_int_equal(
		exynos_gem_userptr(d->fd, memory, G2D_SIZE, EXYNOS_BO_READONLY, &image.handle), 0);
	g2d_submission_fill(s, &image, 0, &g2d_whole, 0xbad);
	assert_int_equal(g2d_submission_send(d->fd, s), -EACCES);
	free(s);

	s = g2d_submission_create();
	g2d_submission_copy(s, &d->image, 0, &g2d_whole, &image, 0, &g2d_whole);
	assert_int_equal(g2d_submission_run(d->fd, s), 0);
	g2d_assert_filled(d, 0x5a5a5a5a);
	free(s);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, G2D_SIZE);
}

/* As much as a file may queue, and not a blit more; another one's are not touched by that. */
static void
test_as_much_as_may_be_queued(void **state)
{
	enum { FILE_BLITS = 1024 };
	struct g2d_device *d = *state;
	struct g2d_image image;
	struct g2d_submission *s = g2d_submission_create(), *other_s = g2d_submission_create();
	struct drm_exynos_g2d_event event;
	int other = g2d_open_other(&image), submissions = 0;

	skip_without_engine("hold");
	assert_int_equal(virtual_engine_set("hold", 1), 0);
	for (int i = 0; i < EXYNOS_G2D_SUBMIT_MAX_BLITS; i++)
		g2d_submission_fill(s, &d->image, 0, &g2d_whole, 0xff00ff00);
	while (g2d_submission_send(d->fd, s) == 0)
		submissions++;
	assert_int_equal(submissions, FILE_BLITS / EXYNOS_G2D_SUBMIT_MAX_BLITS);
	assert_int_equal(g2d_submission_send(d->fd, s), -EBUSY);

	g2d_submission_fill(other_s, &image, 0, &g2d_whole, 1);
	other_s->args.flags = EXYNOS_G2D_SUBMIT_EVENT;
	assert_int_equal(g2d_submission_send(other, other_s), 0);
	assert_int_equal(virtual_engine_set("hold", 0), 0);
	assert_int_equal(g2d_read_event(other, &event), 0);
	close(other);
	free(other_s);
	free(s);
}

/* In the order of the calls, whichever they are. */
static void
test_order_with_lists(void **state)
{
	struct g2d_device *d = *state;

	for (uint32_t i = 0; i < 20; i++) {
		struct g2d_submission *s = g2d_submission_create();
		struct g2d_list list;

		g2d_list_fill(&list, &d->image, &g2d_whole, 2 * i);
		assert_int_equal(g2d_submit(d->fd, &list), 0);
		assert_int_equal(g2d_exec(d->fd, true), 0);
		g2d_submission_fill(s, &d->image, 0, &g2d_whole, 2 * i + 1);
		assert_int_equal(
			i == 19 ? g2d_submission_run(d->fd, s) : g2d_submission_send(d->fd, s), 0);
		free(s);
	}
	g2d_assert_filled(d, 39);
}

/* The event comes in any case, and says what went wrong. */
static void
test_event_of_a_job_that_hangs(void **state)
{
	struct g2d_device *d = *state;
	struct g2d_submission *s = g2d_submission_create();

	skip_without_engine("hang");
	assert_int_equal(virtual_engine_set("hang", 1), 0);
	g2d_submission_fill(s, &d->image, 0, &g2d_whole, 0xbad);
	assert_int_equal(g2d_submission_run(d->fd, s), -EIO);
	free(s);
}

static void
test_closed_with_submissions_queued(void **state)
{
	struct g2d_device *d = *state;
	struct g2d_image image;
	int other = g2d_open_other(&image);

	skip_without_engine("hold");
	assert_int_equal(virtual_engine_set("hold", 1), 0);
	for (int i = 0; i < 4; i++) {
		struct g2d_submission *s = g2d_submission_create();

		g2d_submission_fill(s, &image, 0, &g2d_whole, 1);
		s->args.flags = EXYNOS_G2D_SUBMIT_EVENT | EXYNOS_G2D_SUBMIT_OUT_FENCE;
		assert_int_equal(g2d_submission_send(other, s), 0);
		close(s->args.out_fence);
		free(s);
	}
	close(other);
	assert_int_equal(virtual_engine_set("hold", 0), 0);
	g2d_assert_works(d, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_fill, g2d_setup, g2d_teardown),
		cmocka_unit_test_setup_teardown(test_event_says_how_many_blits, g2d_setup,
						g2d_teardown),
		cmocka_unit_test_setup_teardown(test_as_many_blits_as_there_may_be, g2d_setup,
						g2d_teardown),
		cmocka_unit_test_setup_teardown(test_offsets, g2d_setup, g2d_teardown),
		cmocka_unit_test_setup_teardown(test_offset_counts_for_the_reach, g2d_setup,
						g2d_teardown),
		cmocka_unit_test_setup_teardown(test_copy_between_buffers, g2d_setup, g2d_teardown),
		cmocka_unit_test_setup_teardown(test_all_or_nothing, g2d_setup, g2d_teardown),
		cmocka_unit_test_setup_teardown(test_blits_that_have_grown, g2d_setup,
						g2d_teardown),
		cmocka_unit_test_setup_teardown(test_what_is_refused, g2d_setup, g2d_teardown),
		cmocka_unit_test_setup_teardown(test_addresses_that_are_not_mapped, g2d_setup,
						g2d_teardown),
		cmocka_unit_test_setup_teardown(test_object_that_is_there_twice, g2d_setup,
						g2d_teardown),
		cmocka_unit_test_setup_teardown(test_read_only_memory, g2d_setup, g2d_teardown),
		cmocka_unit_test_setup_teardown(test_as_much_as_may_be_queued, g2d_setup,
						g2d_teardown),
		cmocka_unit_test_setup_teardown(test_order_with_lists, g2d_setup, g2d_teardown),
		cmocka_unit_test_setup_teardown(test_event_of_a_job_that_hangs, g2d_setup,
						g2d_teardown),
		cmocka_unit_test_setup_teardown(test_closed_with_submissions_queued, g2d_setup,
						g2d_teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("submissions of the G2D", tests, NULL, NULL);
}
