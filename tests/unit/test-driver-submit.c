// SPDX-License-Identifier: MIT
/* driver/g2d.c and g2d-submit.c: one call for all that is queued, its end, and errors told by it. */
#include <errno.h>

#include "engine-fixture.h"

#define SF_COLOR 0x070c
#define SRC_BASE 0x0304
#define SRC_LEFT_TOP 0x0310
#define DST_BASE 0x0404
#define DST_LEFT_TOP 0x0410

/* The colour is the number of the blit, to know it again in the double's history. */
static void
fill(struct engine *engine, uint32_t first, uint32_t count)
{
	const struct exup_box box = { 0, 0, 8, 8 };
	uint32_t i;

	for (i = first; i < first + count; i++) {
		assert_int_equal(
			exup_g2d_fill(engine->g2d, &engine->image, &box, i, EXUP_G2D_OP_SRC), 0);
	}
}

static uint64_t
submit(struct engine *engine)
{
	uint64_t seqno;

	assert_int_equal(exup_g2d_submit(engine->g2d, &seqno), 0);
	return seqno;
}

static void
assert_executed(const struct fake_exynos *fake, uint32_t first, uint32_t count)
{
	uint32_t i;

	assert_int_equal(fake->history_count, count);
	for (i = 0; i < count; i++) {
		assert_int_equal(fake_list_get(&fake->history[i], SF_COLOR), first + i);
	}
}

/* Whatever a frame has, it is one ioctl, and nobody waits or looks at the clock. */
static void
test_frame_is_one_call(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);
	unsigned int calls = fixture->fake.ioctl_count;
	uint64_t seqno;

	fill(&engine, 1, 200);
	assert_int_equal(fixture->fake.ioctl_count, calls);
	seqno = submit(&engine);
	assert_int_equal(fixture->fake.ioctl_count, calls + 1);
	assert_int_equal(fixture->fake.submit_count, 1);
	assert_int_equal(fixture->fake.waits, 0);
	assert_int_equal(exup_g2d_get_completed(engine.g2d), 0);

	fake_exynos_execute_all(&fixture->fake);
	assert_int_equal(exup_g2d_dispatch(engine.g2d), 0);
	assert_int_equal(exup_g2d_get_completed(engine.g2d), seqno);
	assert_int_equal(exup_g2d_take_error(engine.g2d), 0);
	assert_executed(&fixture->fake, 1, 200);
	close_engine(&engine);
}

static void
test_nothing_to_submit(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);
	uint64_t seqno = submit(&engine);

	assert_int_equal(fixture->fake.submit_count, 0);
	assert_int_equal(exup_g2d_wait(engine.g2d, seqno, 0), 0);
	fill(&engine, 1, 1);
	seqno = submit(&engine);
	assert_int_equal(submit(&engine), seqno);
	exup_g2d_drop(engine.g2d);
	assert_int_equal(exup_g2d_wait(engine.g2d, seqno, 100), 0);
	close_engine(&engine);
}

/* More than a call takes: several of them, in order. */
static void
test_more_than_a_call_takes(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);

	fill(&engine, 1, 600);
	assert_int_equal(exup_g2d_wait(engine.g2d, submit(&engine), 1000), 0);
	assert_int_equal(fixture->fake.submit_count, 3);
	assert_executed(&fixture->fake, 1, 600);
	close_engine(&engine);
}

/* An object is named once, with all that is done to it; images begin where they begin. */
static void
test_objects_and_offsets(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);
	struct exup_g2d_image src = engine.image;
	const struct exup_box box = { 3, 1, 11, 9 };
	const struct fake_list *list;

	src.offset_bytes = 4096 + 4;
	src.height = 32;
	assert_int_equal(exup_bo_create(fixture->device, 16384, &src.bo), 0);
	assert_int_equal(exup_g2d_check_image(&src), 0);
	fill(&engine, 1, 1);
	assert_int_equal(
		exup_g2d_copy(engine.g2d, &engine.image, &box, &src, 2, 5, EXUP_G2D_OP_SRC, 255),
		0);
	/* and the other way round: what was read is written */
	assert_int_equal(
		exup_g2d_copy(engine.g2d, &src, &box, &engine.image, 2, 5, EXUP_G2D_OP_SRC, 255),
		0);
	assert_int_equal(exup_g2d_wait(engine.g2d, submit(&engine), 100), 0);
	assert_int_equal(fixture->fake.history_count, 3);

	list = &fixture->fake.history[1];
	assert_int_equal(list->base_count, 2);
	assert_int_equal(list->bases[0].offset, DST_BASE);
	assert_int_equal(list->offsets[0], 0);
	assert_int_equal(list->bases[1].offset, SRC_BASE);
	assert_int_equal(list->offsets[1], 4096 + 4);
	assert_int_equal(fake_list_get(list, SRC_LEFT_TOP), 2 | 5 << 16);
	assert_int_equal(fake_list_get(list, DST_LEFT_TOP), 3 | 1 << 16);
	list = &fixture->fake.history[2];
	assert_int_equal(list->offsets[0], 4096 + 4);
	assert_int_equal(fake_list_get(list, DST_LEFT_TOP), 3 | 1 << 16);

	exup_bo_destroy(src.bo);
	close_engine(&engine);
}

/* An image far behind the beginning of its object, in rows of its own length. */
static void
test_offset_is_no_coordinate(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);
	struct exup_g2d_image image = engine.image;
	const struct exup_box box = { 0, 0, 64, 8 };

	image.height = 8;
	image.offset_bytes = 9000 * 256;
	assert_int_equal(exup_bo_create(fixture->device, 9008 * 256, &image.bo), 0);
	assert_int_equal(exup_g2d_check_image(&image), 0);
	assert_int_equal(exup_g2d_fill(engine.g2d, &image, &box, 5, EXUP_G2D_OP_SRC), 0);
	assert_int_equal(exup_g2d_wait(engine.g2d, submit(&engine), 100), 0);
	assert_executed(&fixture->fake, 5, 1);
	exup_bo_destroy(image.bo);
	close_engine(&engine);
}

/* More objects than a call takes. */
static void
test_many_objects(void **state)
{
	enum { N = 200 };
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);
	struct exup_g2d_image src[N];
	const struct exup_box box = { 0, 0, 8, 8 };
	unsigned int handles = fake_exynos_count_handles(&fixture->fake);
	unsigned int i, count = FAKE_HANDLES_MAX - handles;

	/* the double has few handles, so the same ones come again and count once */
	for (i = 0; i < count; i++) {
		src[i] = engine.image;
		assert_int_equal(exup_bo_create(fixture->device, 16384, &src[i].bo), 0);
	}
	for (i = 0; i < N; i++) {
		assert_int_equal(exup_g2d_copy(engine.g2d, &engine.image, &box, &src[i % count], 0,
					       0, EXUP_G2D_OP_SRC, 255),
				 0);
	}
	assert_int_equal(exup_g2d_wait(engine.g2d, submit(&engine), 100), 0);
	assert_int_equal(fixture->fake.submit_count, 1);
	assert_int_equal(fixture->fake.history_count, N);
	for (i = 0; i < count; i++) {
		exup_bo_destroy(src[i].bo);
	}
	close_engine(&engine);
}

/* All or nothing: what was refused is not executed, and the next frame is none the worse. */
static void
test_refused(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);
	uint64_t seqno;

	fill(&engine, 1, 3);
	fake_exynos_fail(&fixture->fake, EXUP_IOCTL_EXYNOS_G2D_SUBMIT, 0, 1, -EFAULT);
	assert_int_equal(exup_g2d_submit(engine.g2d, &seqno), -EFAULT);
	assert_int_equal(exup_g2d_wait(engine.g2d, seqno, 0), 0);
	assert_int_equal(fixture->fake.history_count, 0);
	fill(&engine, 7, 2);
	assert_int_equal(exup_g2d_wait(engine.g2d, submit(&engine), 100), 0);
	assert_executed(&fixture->fake, 7, 2);
	close_engine(&engine);
}

static void
test_error_of_a_job(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);

	fill(&engine, 1, 3);
	fixture->fake.job_error = EIO;
	assert_int_equal(exup_g2d_wait(engine.g2d, submit(&engine), 100), 0);
	assert_int_equal(fixture->fake.history_count, 0);
	assert_int_equal(exup_g2d_take_error(engine.g2d), -EIO);
	assert_int_equal(exup_g2d_take_error(engine.g2d), 0);

	/* a success behind it does not hide it */
	fill(&engine, 1, 1);
	submit(&engine);
	fixture->fake.job_error = ETIMEDOUT;
	fake_exynos_execute_all(&fixture->fake);
	fill(&engine, 2, 1);
	assert_int_equal(exup_g2d_wait(engine.g2d, submit(&engine), 100), 0);
	assert_int_equal(exup_g2d_take_error(engine.g2d), -ETIMEDOUT);
	assert_executed(&fixture->fake, 2, 1);
	close_engine(&engine);
}

/* Too many blits that have not ended: some end, and it goes on. */
static void
test_no_room(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);
	uint64_t seqno;

	fixture->fake.blits_max = 300;
	fill(&engine, 1, 700);
	assert_int_equal(exup_g2d_wait(engine.g2d, submit(&engine), 100), 0);
	assert_executed(&fixture->fake, 1, 700);

	/* they never end: that is told when the patience is over */
	fixture->fake.waits_per_job = 0;
	exup_g2d_set_patience(engine.g2d, 50);
	fill(&engine, 1, 200);
	submit(&engine);
	fill(&engine, 1, 200);
	assert_int_equal(exup_g2d_submit(engine.g2d, &seqno), -EBUSY);
	assert_int_equal(seqno, exup_g2d_get_submitted(engine.g2d));
	assert_int_equal(exup_g2d_wait_patiently(engine.g2d, seqno), -ETIME);
	assert_int_equal(exup_g2d_reset(engine.g2d), 0);
	assert_int_equal(exup_g2d_get_completed(engine.g2d), seqno);
	close_engine(&engine);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_frame_is_one_call),
		TEST(test_nothing_to_submit),
		TEST(test_more_than_a_call_takes),
		TEST(test_objects_and_offsets),
		TEST(test_offset_is_no_coordinate),
		TEST(test_many_objects),
		TEST(test_refused),
		TEST(test_error_of_a_job),
		TEST(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
