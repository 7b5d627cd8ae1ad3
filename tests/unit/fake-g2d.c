// SPDX-License-Identifier: MIT
/* The double's engine: checks lists as the driver does, keeps them, and reports their end. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake-exynos-private.h"

/* drivers/gpu/drm/exynos/exynos_drm_g2d.c, not driver/fimg2d_regs.h, which is under test */
#define VALID_START 0x0104
#define VALID_END 0x0880
#define SRC_BASE 0x0304
#define SRC_PLANE2_BASE 0x0318
#define DST_BASE 0x0404
#define DST_PLANE2_BASE 0x0418
#define PAT_BASE 0x0500
#define MSK_BASE 0x0520
#define LEN_MAX 8000

/* What the driver puts into each list by itself: clear, dummy, INTEN; with an event one more. */
#define OWN_WORDS 6
#define OWN_EVENT_WORDS 2

static bool
is_base(uint32_t offset)
{
	return offset == SRC_BASE || offset == SRC_PLANE2_BASE || offset == DST_BASE ||
	       offset == DST_PLANE2_BASE || offset == PAT_BASE || offset == MSK_BASE;
}

bool
fake_list_sets(const struct fake_list *list, uint32_t offset)
{
	uint32_t i;

	for (i = 0; i < list->command_count; i++) {
		if (list->commands[i].offset == offset) {
			return true;
		}
	}
	return false;
}

uint32_t
fake_list_get(const struct fake_list *list, uint32_t offset)
{
	uint32_t i;

	for (i = list->command_count; i > 0; i--) {
		if (list->commands[i - 1].offset == offset) {
			return list->commands[i - 1].data;
		}
	}
	fail_msg("register 0x%04x is not set", offset);
	return 0;
}

static uint32_t
get_or_zero(const struct fake_list *list, uint32_t offset)
{
	return fake_list_sets(list, offset) ? fake_list_get(list, offset) : 0;
}

/* g2d_check_buf_desc_is_valid() */
static bool
is_within(const struct fake_list *list, uint32_t base, uint64_t offset, uint64_t size_bytes)
{
	/* stride, mode and corners follow the base address of source and destination */
	uint64_t stride = get_or_zero(list, base + 0x4);
	uint32_t mode = get_or_zero(list, base + 0x8) & 0xf;
	uint32_t left_top = get_or_zero(list, base + 0xc);
	uint32_t right_bottom = get_or_zero(list, base + 0x10);
	uint64_t left = left_top & 0x1fff, top = left_top >> 16 & 0x1fff;
	uint64_t right = right_bottom & 0x1fff, bottom = right_bottom >> 16 & 0x1fff;
	uint64_t bytes_per_pixel = mode <= 1 ? 4 : mode <= 6 ? 2 : mode == 7 ? 3 : 1;

	if (right <= left || right - left > LEN_MAX || bottom <= top || bottom - top > LEN_MAX) {
		return false;
	}
	return offset + (bottom - 1) * stride + right * bytes_per_pixel - 1 < size_bytes;
}

static void
free_list(struct fake_list *list)
{
	uint32_t i;

	for (i = 0; i < list->base_count; i++) {
		list->objects[i]->references--;
	}
	free(list);
}

static unsigned int
count_lists(const struct fake_exynos *fake)
{
	unsigned int count = fake->busy_lists;
	unsigned int i;

	for (i = 0; i < FAKE_FILES_MAX; i++) {
		count += fake->files[i].fd >= 0 ? fake->files[i].queued.count : 0;
	}
	for (i = 0; i < fake->job_count; i++) {
		count += fake->jobs[i].count;
	}
	return count;
}

static int
take_commands(struct fake_list *list, const struct exup_exynos_g2d_cmd *commands, uint32_t count)
{
	uint32_t i;

	list->command_count = count;
	memcpy(list->commands, commands, count * sizeof(*list->commands));
	for (i = 0; i < count; i++) {
		uint32_t offset = list->commands[i].offset;

		if (offset < VALID_START || offset > VALID_END || offset % 4 != 0 ||
		    is_base(offset)) {
			return -EINVAL;
		}
	}
	return 0;
}

static int
take_bases(struct fake_file *file, struct fake_list *list,
	   const struct exup_exynos_g2d_set_cmdlist *args)
{
	const struct exup_exynos_g2d_cmd *bases = (void *)(uintptr_t)args->cmd_buf;
	struct fake_object *object;
	uint32_t i;

	for (i = 0; i < args->cmd_buf_nr; i++) {
		if (i == 4 || !is_base(bases[i].offset)) {
			return -EINVAL;
		}
		object = fake_gem_get(file, bases[i].data);
		if (!object) {
			return -EFAULT;
		}
		if ((bases[i].offset == SRC_BASE || bases[i].offset == DST_BASE) &&
		    !is_within(list, bases[i].offset, 0, object->size_bytes)) {
			return -EFAULT;
		}
		object->references++;
		list->bases[i] = bases[i];
		list->objects[i] = object;
		list->base_count++;
	}
	return 0;
}

static int
set_cmdlist(struct fake_exynos *fake, struct fake_file *file,
	    const struct exup_exynos_g2d_set_cmdlist *args)
{
	uint64_t words =
		OWN_WORDS + 2 * (uint64_t)args->cmd_nr + 2 * (uint64_t)args->cmd_buf_nr + 2;
	struct fake_list *list;
	int ret;

	if (count_lists(fake) >= FAKE_LISTS_MAX) {
		return -ENOMEM;
	}
	if (args->event_type != EXUP_EXYNOS_G2D_EVENT_NOT) {
		words += OWN_EVENT_WORDS;
	}
	if (words > FAKE_LIST_WORDS_MAX) {
		return -EINVAL;
	}
	list = calloc(1, sizeof(*list));
	assert_non_null(list);
	list->file = (int)(file - fake->files);
	list->has_event = args->event_type != EXUP_EXYNOS_G2D_EVENT_NOT;
	list->user_data = args->user_data;
	ret = take_commands(list, (void *)(uintptr_t)args->cmd, args->cmd_nr);
	if (ret == 0) {
		ret = take_bases(file, list, args);
	}
	if (ret < 0) {
		free_list(list);
		return ret;
	}
	file->queued.lists[file->queued.count++] = list;
	return 0;
}

static void
send_event(struct fake_file *file, uint64_t user_data, uint32_t error)
{
	uint64_t one = 1;

	assert_true(file->event_count < FAKE_EVENTS_MAX);
	file->events[file->event_count++] = (struct fake_event){ user_data, error };
	if (file->event_count == 1) {
		assert_int_equal(write(file->fd, &one, sizeof(one)), sizeof(one));
	}
}

/* Executes the oldest job, or ends it with an error. */
static void
execute_job(struct fake_exynos *fake)
{
	struct fake_lists job = fake->jobs[0];
	uint32_t error = fake->job_error;
	unsigned int i;

	fake->job_error = 0;
	fake->job_count--;
	memmove(fake->jobs, fake->jobs + 1, fake->job_count * sizeof(*fake->jobs));
	for (i = 0; i < job.count; i++) {
		if (error == 0) {
			assert_true(fake->history_count < FAKE_HISTORY_MAX);
			fake->history[fake->history_count++] = *job.lists[i];
		}
		if (job.lists[i]->has_event) {
			send_event(&fake->files[job.lists[i]->file], job.lists[i]->user_data,
				   error);
		}
		free_list(job.lists[i]);
	}
}

void
fake_exynos_execute_all(struct fake_exynos *fake)
{
	while (fake->job_count > 0) {
		execute_job(fake);
	}
}

static void
add_job(struct fake_exynos *fake, const struct fake_lists *job)
{
	assert_true(fake->job_count < FAKE_LISTS_MAX);
	fake->jobs[fake->job_count++] = *job;
	if (fake->is_instant) {
		fake_exynos_execute_all(fake);
	}
}

static int
exec(struct fake_exynos *fake, struct fake_file *file, const struct exup_exynos_g2d_exec *args)
{
	/* only the plugin's way: a sleep without a time limit is what nobody may want */
	assert_int_equal(args->async, 1);
	fake->exec_count++;
	if (file->queued.count == 0) {
		return -EPERM;
	}
	add_job(fake, &file->queued);
	file->queued.count = 0;
	return 0;
}

/* An image of a blit: its buffer must be there, be for that, and hold all of it. */
static int
take_image(struct fake_file *file, struct fake_list *list,
	   const struct exup_exynos_g2d_submit *args, const struct exup_exynos_g2d_image *image,
	   uint32_t base, uint32_t flag)
{
	const struct exup_exynos_g2d_submit_buf *bufs = (void *)(uintptr_t)args->bufs;
	struct fake_object *object;

	if (image->buf == EXUP_EXYNOS_G2D_NO_BUF) {
		return 0;
	}
	if (image->buf >= args->nr_bufs || !(bufs[image->buf].flags & flag)) {
		return -EINVAL;
	}
	object = fake_gem_get(file, bufs[image->buf].handle);
	if (!object) {
		return -ENOENT;
	}
	if (!is_within(list, base, image->offset, object->size_bytes)) {
		return -EFAULT;
	}
	object->references++;
	list->bases[list->base_count].offset = base;
	list->offsets[list->base_count] = image->offset;
	list->objects[list->base_count++] = object;
	return 0;
}

static int
take_blit(struct fake_file *file, struct fake_list *list, const struct exup_exynos_g2d_submit *args,
	  const struct exup_exynos_g2d_blit *blit)
{
	const struct exup_exynos_g2d_cmd *cmds = (void *)(uintptr_t)args->cmds;
	int ret;

	if (blit->flags != 0 || blit->pad != 0 || blit->first_cmd > args->nr_cmds ||
	    blit->nr_cmds > args->nr_cmds - blit->first_cmd ||
	    blit->src2.buf != EXUP_EXYNOS_G2D_NO_BUF || blit->dst2.buf != EXUP_EXYNOS_G2D_NO_BUF) {
		return -EINVAL;
	}
	ret = take_commands(list, &cmds[blit->first_cmd], blit->nr_cmds);
	if (ret == 0) {
		ret = take_image(file, list, args, &blit->dst, DST_BASE, EXUP_EXYNOS_G2D_BUF_WRITE);
	}
	if (ret == 0) {
		ret = take_image(file, list, args, &blit->src, SRC_BASE, EXUP_EXYNOS_G2D_BUF_READ);
	}
	return ret;
}

/* Each object once, or -EINVAL. */
static int
check_bufs(const struct exup_exynos_g2d_submit *args)
{
	const struct exup_exynos_g2d_submit_buf *bufs = (void *)(uintptr_t)args->bufs;
	uint32_t i, j;

	for (i = 0; i < args->nr_bufs; i++) {
		for (j = 0; j < i; j++) {
			if (bufs[i].handle == bufs[j].handle) {
				return -EINVAL;
			}
		}
	}
	return args->nr_bufs > 0 && args->nr_bufs <= EXUP_EXYNOS_G2D_SUBMIT_BUFS_MAX ? 0 : -EINVAL;
}

static unsigned int
count_blits(const struct fake_exynos *fake)
{
	unsigned int count = 0, i;

	for (i = 0; i < fake->job_count; i++) {
		count += fake->jobs[i].count;
	}
	return count;
}

/* All of the blits, or none. */
static int
submit(struct fake_exynos *fake, struct fake_file *file, const struct exup_exynos_g2d_submit *args)
{
	const struct exup_exynos_g2d_blit *blits = (void *)(uintptr_t)args->blits;
	struct fake_lists job = { .count = 0 };
	struct fake_list *list;
	uint32_t i;
	int ret;

	if (args->flags != EXUP_EXYNOS_G2D_SUBMIT_EVENT || args->nr_blits == 0 ||
	    args->nr_blits > EXUP_EXYNOS_G2D_SUBMIT_BLITS_MAX ||
	    args->blit_stride != sizeof(*blits) || args->nr_in_fences != 0 || args->pad != 0) {
		return -EINVAL;
	}
	ret = check_bufs(args);
	if (ret == 0 && count_blits(fake) + args->nr_blits > fake->blits_max) {
		ret = -EBUSY;
	}
	for (i = 0; i < args->nr_blits && ret == 0; i++) {
		list = calloc(1, sizeof(*list));
		assert_non_null(list);
		list->file = (int)(file - fake->files);
		job.lists[job.count++] = list;
		ret = take_blit(file, list, args, &blits[i]);
	}
	if (ret < 0) {
		for (i = 0; i < job.count; i++) {
			free_list(job.lists[i]);
		}
		return ret;
	}
	job.lists[job.count - 1]->has_event = true;
	job.lists[job.count - 1]->user_data = args->user_data;
	fake->submit_count++;
	add_job(fake, &job);
	return 0;
}

void
fake_g2d_wait(struct fake_exynos *fake, struct fake_file *file, int timeout_ms)
{
	int64_t deadline_ms = fake->now_ms + timeout_ms;

	while (file->event_count == 0 && fake->now_ms < deadline_ms) {
		fake->now_ms++;
		fake->waits++;
		if (fake->job_count > 0 && fake->waits_per_job > 0 &&
		    fake->waits % fake->waits_per_job == 0) {
			execute_job(fake);
		}
	}
}

void
fake_g2d_close_file(struct fake_exynos *fake, struct fake_file *file)
{
	int index = (int)(file - fake->files);
	unsigned int i, j, kept = 0;

	for (i = 0; i < file->queued.count; i++) {
		free_list(file->queued.lists[i]);
	}
	file->queued.count = 0;
	for (i = 0; i < fake->job_count; i++) {
		if (fake->jobs[i].lists[0]->file != index) {
			fake->jobs[kept++] = fake->jobs[i];
			continue;
		}
		for (j = 0; j < fake->jobs[i].count; j++) {
			free_list(fake->jobs[i].lists[j]);
		}
	}
	fake->job_count = kept;
}

int
fake_g2d_ioctl(struct fake_exynos *fake, struct fake_file *file, unsigned long request, void *arg)
{
	struct exup_exynos_g2d_get_ver *version = arg;

	if (!fake->has_g2d) {
		return -ENOTTY;
	}
	switch (request) {
	case EXUP_IOCTL_EXYNOS_G2D_GET_VER:
		version->major = 4;
		version->minor = 1;
		return 0;
	case EXUP_IOCTL_EXYNOS_G2D_SET_CMDLIST:
		return set_cmdlist(fake, file, arg);
	case EXUP_IOCTL_EXYNOS_G2D_EXEC:
		return exec(fake, file, arg);
	case EXUP_IOCTL_EXYNOS_G2D_SUBMIT:
		/* drm_ioctl() answers a number that the driver does not have so */
		return fake->driver_minor < EXUP_EXYNOS_MINOR_G2D_SUBMIT ? -EINVAL :
									   submit(fake, file, arg);
	default:
		return -ENOTTY;
	}
}
