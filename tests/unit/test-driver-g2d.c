// SPDX-License-Identifier: MIT
/*
 * driver/g2d.c and g2d-batch.c, with a driver that takes lists one by one: batches, completion, no
 * free lists, refused blits, a dead engine.
 */
#include <errno.h>

#include "engine-fixture.h"

#define SF_COLOR 0x070c
#define DST_BASE 0x0404

/* The colour is the number of the blit, to know it again in the double's history. */
static int
fill(struct engine *engine, uint32_t number)
{
	const struct exup_box box = { 0, 0, 8, 8 };

	return exup_g2d_fill(engine->g2d, &engine->image, &box, number, EXUP_G2D_OP_SRC);
}

/* Checks that the double has executed fills @first to @last, in order and each once. */
static void
assert_executed(const struct fake_exynos *fake, uint32_t first, uint32_t last)
{
	uint32_t i;

	assert_int_equal(fake->history_count, last - first + 1);
	for (i = 0; i < fake->history_count; i++) {
		assert_int_equal(fake_list_get(&fake->history[i], SF_COLOR), first + i);
	}
}

static void
test_one_blit(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);
	uint64_t seqno;

	assert_int_equal(fill(&engine, 7), 0);
	/* nothing is sent before the submit */
	assert_int_equal(fixture->fake.files[0].queued.count, 0);
	assert_int_equal(exup_g2d_submit(engine.g2d, &seqno), 0);
	assert_int_equal(exup_g2d_get_completed(engine.g2d), 0);
	assert_int_equal(exup_g2d_wait(engine.g2d, seqno, 100), 0);
	assert_int_equal(exup_g2d_get_completed(engine.g2d), seqno);
	assert_executed(&fixture->fake, 7, 7);
	assert_int_equal(fixture->fake.history[0].bases[0].offset, DST_BASE);
	assert_ptr_equal(fixture->fake.history[0].objects[0], &fixture->fake.objects[0]);
	assert_true(fixture->fake.history[0].has_event);
	close_engine(&engine);
}

static void
test_empty_submit(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);
	uint64_t first, second;

	assert_int_equal(exup_g2d_submit(engine.g2d, &first), 0);
	assert_int_equal(exup_g2d_wait(engine.g2d, first, 0), 0);
	assert_int_equal(fill(&engine, 1), 0);
	assert_int_equal(exup_g2d_submit(engine.g2d, &first), 0);
	assert_int_equal(exup_g2d_submit(engine.g2d, &second), 0);
	assert_int_equal(second, first);
	assert_int_equal(fixture->fake.exec_count, 1);
	assert_int_equal(exup_g2d_wait(engine.g2d, second, 100), 0);
	close_engine(&engine);
}

/* One event per batch: drivers that send two in one EXEC crash the kernel. */
static void
test_many_blits(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);
	unsigned int events = 0, i;
	uint64_t seqno;

	for (i = 1; i <= 200; i++) {
		assert_int_equal(fill(&engine, i), 0);
		/* others need lists, too */
		assert_true(fixture->fake.files[0].queued.count <= FAKE_LISTS_MAX / 2);
	}
	assert_int_equal(exup_g2d_submit(engine.g2d, &seqno), 0);
	assert_int_equal(exup_g2d_wait(engine.g2d, seqno, 1000), 0);
	assert_executed(&fixture->fake, 1, 200);
	for (i = 0; i < 200; i++) {
		events += fixture->fake.history[i].has_event;
	}
	assert_int_equal(events, fixture->fake.exec_count);
	close_engine(&engine);
}

/* Between handing over and waiting at most half of the driver's lists are ours. */
static void
test_leaves_lists_to_others(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);
	unsigned int held, i, j;
	uint64_t seqno;

	for (i = 0; i < 150; i++) {
		assert_int_equal(fill(&engine, i), 0);
		held = fixture->fake.files[0].queued.count;
		for (j = 0; j < fixture->fake.job_count; j++) {
			held += fixture->fake.jobs[j].count;
		}
		assert_true(held <= FAKE_LISTS_MAX / 2);
	}
	assert_int_equal(exup_g2d_submit(engine.g2d, &seqno), 0);
	assert_int_equal(exup_g2d_wait(engine.g2d, seqno, 1000), 0);
	close_engine(&engine);
}

/* Others hold most lists: the batch goes in pieces, and nothing is lost. */
static void
test_few_free_lists(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);
	unsigned int i;
	uint64_t seqno;

	fixture->fake.busy_lists = FAKE_LISTS_MAX - 3;
	for (i = 1; i <= 10; i++) {
		assert_int_equal(fill(&engine, i), 0);
	}
	assert_int_equal(exup_g2d_submit(engine.g2d, &seqno), 0);
	assert_int_equal(exup_g2d_wait(engine.g2d, seqno, 100), 0);
	assert_executed(&fixture->fake, 1, 10);
	close_engine(&engine);
}

/* Others hold all lists, for ever: an error after a bounded time, and the engine can be reset. */
static void
test_no_free_lists(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);
	int64_t start_ms = fixture->fake.now_ms;
	uint64_t seqno;

	fixture->fake.busy_lists = FAKE_LISTS_MAX;
	assert_int_equal(fill(&engine, 1), 0);
	assert_int_equal(fill(&engine, 2), 0);
	assert_int_equal(exup_g2d_submit(engine.g2d, &seqno), -EBUSY);
	assert_true(fixture->fake.now_ms - start_ms < 2000);
	assert_int_equal(exup_g2d_wait(engine.g2d, seqno, 10), -ETIME);
	fixture->fake.busy_lists = 0;
	assert_int_equal(exup_g2d_reset(engine.g2d), 0);
	assert_int_equal(exup_g2d_wait(engine.g2d, seqno, 10), 0);
	assert_int_equal(fixture->fake.history_count, 0);
	assert_int_equal(fill(&engine, 3), 0);
	assert_int_equal(exup_g2d_submit(engine.g2d, &seqno), 0);
	assert_int_equal(exup_g2d_wait(engine.g2d, seqno, 10), 0);
	assert_executed(&fixture->fake, 3, 3);
	close_engine(&engine);
}

/* Patience is one for all calls of a frame: not each of them waits that long. */
static void
test_patience(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);
	int64_t start_ms = fixture->fake.now_ms;
	uint64_t seqno;
	uint32_t i;

	fixture->fake.waits_per_job = 0;
	exup_g2d_set_patience(engine.g2d, 70);
	for (i = 0; i < 120; i++) {
		fill(&engine, i);
	}
	assert_int_not_equal(exup_g2d_submit(engine.g2d, &seqno), 0);
	assert_int_equal(seqno, exup_g2d_get_submitted(engine.g2d));
	assert_int_equal(exup_g2d_wait_patiently(engine.g2d, seqno), -ETIME);
	assert_int_equal(fixture->fake.now_ms - start_ms, 70);

	fixture->fake.waits_per_job = 1;
	assert_int_equal(exup_g2d_reset(engine.g2d), 0);
	exup_g2d_set_patience(engine.g2d, 70);
	assert_int_equal(fill(&engine, 7), 0);
	assert_int_equal(exup_g2d_submit(engine.g2d, &seqno), 0);
	assert_int_equal(exup_g2d_wait_patiently(engine.g2d, seqno), 0);
	close_engine(&engine);
}

static void
test_drop(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);
	uint64_t seqno;

	assert_int_equal(fill(&engine, 1), 0);
	exup_g2d_drop(engine.g2d);
	assert_int_equal(fill(&engine, 2), 0);
	assert_int_equal(exup_g2d_submit(engine.g2d, &seqno), 0);
	assert_int_equal(exup_g2d_wait(engine.g2d, seqno, 10), 0);
	assert_executed(&fixture->fake, 2, 2);
	close_engine(&engine);
}

/* Which of three blits the driver refuses: the others are executed, and their end is told. */
static void
test_refused_blit(void **state)
{
	unsigned int refused, i, expected;

	for (refused = 0; refused < 3; refused++) {
		struct fixture *fixture = *state;
		struct engine engine = open_engine(fixture);
		uint64_t seqno;

		fixture->fake.history_count = 0;
		for (i = 0; i < 3; i++) {
			assert_int_equal(fill(&engine, i), 0);
		}
		fake_exynos_fail(&fixture->fake, EXUP_IOCTL_EXYNOS_G2D_SET_CMDLIST, refused, 1,
				 -EFAULT);
		assert_int_equal(exup_g2d_submit(engine.g2d, &seqno), -EFAULT);
		assert_int_equal(exup_g2d_wait(engine.g2d, seqno, 100), 0);
		expected = 0;
		for (i = 0; i < 2; i++) {
			expected += expected == refused;
			assert_int_equal(fake_list_get(&fixture->fake.history[i], SF_COLOR),
					 expected);
			expected++;
		}
		/* a third one only carries the event, if the last of the batch could not */
		assert_int_equal(fixture->fake.history_count, refused == 2 ? 3 : 2);
		close_engine(&engine);
	}
}

static void
test_exec_fails(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);
	uint64_t seqno;

	assert_int_equal(fill(&engine, 1), 0);
	fake_exynos_fail(&fixture->fake, EXUP_IOCTL_EXYNOS_G2D_EXEC, 0, 1, -ENOMEM);
	assert_int_equal(exup_g2d_submit(engine.g2d, &seqno), -ENOMEM);
	assert_int_equal(exup_g2d_wait(engine.g2d, seqno, 10), -ETIME);
	close_engine(&engine);
}

static void
test_engine_hangs(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);
	int64_t start_ms = fixture->fake.now_ms;
	uint64_t seqno;

	fixture->fake.waits_per_job = 0;
	assert_int_equal(fill(&engine, 1), 0);
	assert_int_equal(exup_g2d_submit(engine.g2d, &seqno), 0);
	assert_int_equal(exup_g2d_wait(engine.g2d, seqno, 250), -ETIME);
	assert_int_equal(fixture->fake.now_ms - start_ms, 250);
	assert_int_equal(exup_g2d_wait(engine.g2d, seqno, 0), -ETIME);

	/* queued, not submitted: dropped by the reset */
	assert_int_equal(fill(&engine, 2), 0);
	fixture->fake.waits_per_job = 1;
	assert_int_equal(exup_g2d_reset(engine.g2d), 0);
	assert_int_equal(exup_g2d_get_completed(engine.g2d), seqno);
	assert_int_equal(fixture->fake.job_count, 0);
	assert_int_equal(fill(&engine, 3), 0);
	assert_int_equal(exup_g2d_submit(engine.g2d, &seqno), 0);
	assert_int_equal(exup_g2d_wait(engine.g2d, seqno, 10), 0);
	assert_executed(&fixture->fake, 3, 3);
	close_engine(&engine);
}

static void
test_reset_fails(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);
	uint64_t seqno;

	assert_int_equal(fill(&engine, 1), 0);
	assert_int_equal(exup_g2d_submit(engine.g2d, &seqno), 0);
	fixture->fake.open_error = -EMFILE;
	assert_int_equal(exup_g2d_reset(engine.g2d), -EMFILE);
	assert_int_equal(exup_g2d_get_completed(engine.g2d), 0);
	assert_int_equal(exup_g2d_wait(engine.g2d, seqno, 10), 0);
	close_engine(&engine);
}

/* The time limit of a wait is one for all of it, not one per event. */
static void
test_wait_for_several_jobs(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);
	uint64_t first, second;

	fixture->fake.waits_per_job = 30;
	assert_int_equal(fill(&engine, 1), 0);
	assert_int_equal(exup_g2d_submit(engine.g2d, &first), 0);
	assert_int_equal(fill(&engine, 2), 0);
	assert_int_equal(exup_g2d_submit(engine.g2d, &second), 0);
	assert_int_equal(exup_g2d_wait(engine.g2d, second, 50), -ETIME);
	assert_int_equal(exup_g2d_get_completed(engine.g2d), first);
	assert_int_equal(exup_g2d_wait(engine.g2d, second, 50), 0);
	close_engine(&engine);
}

static void
test_dispatch(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);
	uint64_t seqno;
	uint32_t i;

	/* more events than one read() takes */
	for (i = 0; i < 60; i++) {
		assert_int_equal(fill(&engine, i), 0);
		assert_int_equal(exup_g2d_submit(engine.g2d, &seqno), 0);
	}
	assert_int_equal(exup_g2d_dispatch(engine.g2d), 0);
	assert_int_equal(exup_g2d_get_completed(engine.g2d), 0);
	fake_exynos_execute_all(&fixture->fake);
	assert_int_equal(exup_g2d_dispatch(engine.g2d), 0);
	assert_int_equal(exup_g2d_get_completed(engine.g2d), seqno);
	close_engine(&engine);
}

/* What a list names stays until the engine has read it. */
static void
test_destroyed_source(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);
	struct exup_g2d_image src = engine.image;
	const struct exup_box box = { 0, 0, 8, 8 };
	uint64_t seqno;

	assert_int_equal(exup_bo_create(fixture->device, 16384, &src.bo), 0);
	assert_int_equal(
		exup_g2d_copy(engine.g2d, &engine.image, &box, &src, 8, 8, EXUP_G2D_OP_SRC, 255),
		0);
	assert_int_equal(exup_g2d_submit(engine.g2d, &seqno), 0);
	exup_bo_destroy(src.bo);
	assert_int_equal(fake_exynos_count_objects(&fixture->fake), 2);
	assert_int_equal(exup_g2d_wait(engine.g2d, seqno, 10), 0);
	assert_int_equal(fake_exynos_count_objects(&fixture->fake), 1);
	close_engine(&engine);
}

static void
test_wrong_blit_is_not_queued(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);
	const struct exup_box box = { 0, 0, 65, 8 };
	uint64_t seqno;

	assert_int_equal(exup_g2d_fill(engine.g2d, &engine.image, &box, 0, EXUP_G2D_OP_SRC),
			 -EINVAL);
	assert_int_equal(exup_g2d_copy(engine.g2d, &engine.image, &box, &engine.image, 0, 0,
				       EXUP_G2D_OP_SRC, 255),
			 -EINVAL);
	assert_int_equal(exup_g2d_submit(engine.g2d, &seqno), 0);
	assert_int_equal(fixture->fake.exec_count, 0);
	close_engine(&engine);
	exup_g2d_destroy(NULL);
}

/* What was left behind by a reset is refused alone, and before anything is queued. */
static void
test_lost_source(void **state)
{
	struct fixture *fixture = *state;
	struct engine engine = open_engine(fixture);
	struct exup_g2d_image src = engine.image;
	const struct exup_box box = { 0, 0, 8, 8 };

	/* objects are moved from the youngest to the oldest */
	assert_int_equal(exup_bo_create(fixture->device, 16384, &src.bo), 0);
	fake_exynos_fail(&fixture->fake, DRM_IOCTL_PRIME_HANDLE_TO_FD, 0, 1, -EACCES);
	assert_int_equal(exup_g2d_reset(engine.g2d), 0);
	assert_int_equal(
		exup_g2d_copy(engine.g2d, &engine.image, &box, &src, 0, 0, EXUP_G2D_OP_SRC, 255),
		-ESTALE);
	assert_int_equal(exup_g2d_fill(engine.g2d, &src, &box, 0, EXUP_G2D_OP_SRC), -ESTALE);
	assert_int_equal(fill(&engine, 0), 0);
	exup_bo_destroy(src.bo);
	close_engine(&engine);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_WITHOUT_SUBMIT(test_one_blit),
		TEST_WITHOUT_SUBMIT(test_empty_submit),
		TEST_WITHOUT_SUBMIT(test_many_blits),
		TEST_WITHOUT_SUBMIT(test_leaves_lists_to_others),
		TEST_WITHOUT_SUBMIT(test_few_free_lists),
		TEST_WITHOUT_SUBMIT(test_no_free_lists),
		TEST_WITHOUT_SUBMIT(test_patience),
		TEST_WITHOUT_SUBMIT(test_drop),
		TEST_WITHOUT_SUBMIT(test_refused_blit),
		TEST_WITHOUT_SUBMIT(test_exec_fails),
		TEST_WITHOUT_SUBMIT(test_engine_hangs),
		TEST_WITHOUT_SUBMIT(test_reset_fails),
		TEST_WITHOUT_SUBMIT(test_wait_for_several_jobs),
		TEST_WITHOUT_SUBMIT(test_dispatch),
		TEST_WITHOUT_SUBMIT(test_destroyed_source),
		TEST_WITHOUT_SUBMIT(test_wrong_blit_is_not_queued),
		TEST_WITHOUT_SUBMIT(test_lost_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
