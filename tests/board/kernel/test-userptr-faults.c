// SPDX-License-Identifier: MIT
/*
 * Memory that is not there when it is imported, or not the process's alone: a thread has to fill it
 * first (userfaultfd), or others' pages have been merged with it (KSM).
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/dma-buf.h>
#include <linux/userfaultfd.h>

#include "child.h"
#include "exynos-device.h"
#include "page-frames.h"
#include "skip.h"
#include "userptr-fixture.h"

/* What comes in the place of some pages of a range: arguments of mmap(). */
struct replacement {
	int protection, flags, fd;
	off_t offset;
};

/* A thread that fills pages of a range when somebody misses them. */
struct filler {
	int fd;
	size_t page;
	char *memory; /* the range */
	/*
	 * What it does first; NULL if nothing. False: the page is not to be filled, as there is
	 * something else now.
	 */
	bool (*before)(struct filler *filler, char *address);
	const struct replacement *replacement; /* NULL for none */
	void *data;
	unsigned int n_filled, n_missed;
	int byte; /* the first page is filled with it, the next one with byte + 1, ... */
	bool failed;
	pthread_t thread;
};

static int
open_userfaultfd(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = (int)syscall(__NR_userfaultfd, O_CLOEXEC);

	if (fd >= 0 && ioctl(fd, UFFDIO_API, &api) < 0) {
		close(fd);
		return -1;
	}

	return fd;
}

static bool
fill_page(struct filler *filler, char *address)
{
	unsigned char content[65536];
	size_t index = (size_t)(address - filler->memory) / filler->page;
	struct uffdio_copy copy = { .dst = (uintptr_t)address,
				    .src = (uintptr_t)content,
				    .len = filler->page };

	memset(content, filler->byte + (int)index, filler->page);
	filler->n_filled++;

	return ioctl(filler->fd, UFFDIO_COPY, &copy) == 0;
}

static bool
wake_page(struct filler *filler, char *address)
{
	struct uffdio_range range = { .start = (uintptr_t)address, .len = filler->page };

	return ioctl(filler->fd, UFFDIO_WAKE, &range) == 0;
}

static bool
handle_miss(struct filler *filler, const struct uffd_msg *message)
{
	uint64_t page = filler->page;
	char *address = (char *)(uintptr_t)(message->arg.pagefault.address / page * page);

	if (message->event != UFFD_EVENT_PAGEFAULT)
		return false;

	filler->n_missed++;
	if (!filler->before || filler->before(filler, address))
		return fill_page(filler, address);

	return wake_page(filler, address);
}

/* Ends with a failure, too: whoever waits for a page goes on when the file is closed. */
static void *
filler_run(void *data)
{
	struct filler *filler = data;
	struct uffd_msg message;
	ssize_t length;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	for (;;) {
		pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
		length = read(filler->fd, &message, sizeof(message));
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
		if (length != sizeof(message) || !handle_miss(filler, &message)) {
			filler->failed = true;
			close(filler->fd);
			return NULL;
		}
	}
}

static int
filler_start(struct filler *filler, char *memory, size_t size_bytes)
{
	struct uffdio_register range = {
		.range = { .start = (uintptr_t)memory, .len = size_bytes },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	filler->page = (size_t)sysconf(_SC_PAGESIZE);
	filler->memory = memory;
	filler->fd = open_userfaultfd();
	if (filler->fd < 0)
		return -errno;
	if (ioctl(filler->fd, UFFDIO_REGISTER, &range) < 0)
		return -errno;

	return -pthread_create(&filler->thread, NULL, filler_run, filler);
}

static void
filler_stop(struct filler *filler)
{
	pthread_cancel(filler->thread);
	pthread_join(filler->thread, NULL);
	assert_false(filler->failed);
	close(filler->fd);
}

static void
skip_without_userfaultfd(void)
{
	int fd = open_userfaultfd();

	if (fd < 0)
		skip_because("userfaultfd: %s", strerror(errno));
	close(fd);
}

static void
assert_filled(struct userptr_device *d, const struct filler *filler, uint32_t handle)
{
	for (int i = 0; i < USERPTR_PAGES; i++)
		assert_true(
			is_filled(filler->memory + (size_t)i * d->page, d->page, filler->byte + i));
	for (int i = 0; i < USERPTR_PAGES; i++)
		memset(filler->memory + (size_t)i * d->page, 0x5a, d->page);
	assert_true(object_is_filled(d->fd, handle, d->size, 0x5a));
}

/* Each page is missed once, in the midst of the import. */
static void
test_missing_pages_are_filled(void **state)
{
	skip_without_userfaultfd();

	struct userptr_device *d = *state;
	struct filler filler = { .byte = 0x11 };
	char *memory = map_anonymous(d->size, PROT_READ | PROT_WRITE);
	uint32_t handle;

	assert_int_equal(filler_start(&filler, memory, d->size), 0);
	handle = assert_imported(d, memory, d->size);
	assert_int_equal(filler.n_filled, USERPTR_PAGES);
	assert_pinned(d, d->size);
	assert_filled(d, &filler, handle);
	exynos_gem_close(d->fd, handle);
	filler_stop(&filler);
	munmap(memory, d->size);
}

static void
test_missing_pages_that_are_only_read(void **state)
{
	skip_without_userfaultfd();

	struct userptr_device *d = *state;
	struct filler filler = { .byte = 0x21 };
	char *memory = map_anonymous(d->size, PROT_READ);
	uint32_t handle;

	assert_int_equal(filler_start(&filler, memory, d->size), 0);
	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, EXYNOS_BO_READONLY, &handle),
			 0);
	assert_int_equal(filler.n_filled, USERPTR_PAGES);
	for (int i = 0; i < USERPTR_PAGES; i++)
		assert_true(is_filled(memory + (size_t)i * d->page, d->page, 0x21 + i));
	exynos_gem_close(d->fd, handle);
	filler_stop(&filler);
	munmap(memory, d->size);
}

/* This wants the lock on the process's mappings for itself. */
static bool
map_and_unmap(struct filler *filler, char *address)
{
	void *map = mmap(NULL, filler->page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);

	(void)address;
	if (map == MAP_FAILED || munmap(map, filler->page) < 0)
		filler->failed = true;

	return true;
}

static void
test_others_map_while_a_page_is_waited_for(void **state)
{
	skip_without_userfaultfd();

	struct userptr_device *d = *state;
	struct filler filler = { .byte = 0x31, .before = map_and_unmap };
	char *memory = map_anonymous(d->size, PROT_READ | PROT_WRITE);
	uint32_t handle;

	assert_int_equal(filler_start(&filler, memory, d->size), 0);
	handle = assert_imported(d, memory, d->size);
	assert_int_equal(filler.n_filled, USERPTR_PAGES);
	assert_filled(d, &filler, handle);
	exynos_gem_close(d->fd, handle);
	filler_stop(&filler);
	munmap(memory, d->size);
}

/* From the third page on there is something else; the thread that imports does not know. */
static bool
replace(struct filler *filler, char *address)
{
	size_t done = 2 * filler->page, size = USERPTR_PAGES * filler->page;
	const struct replacement *r = filler->replacement;
	char *place = filler->memory + done;

	if (address < place)
		return true;

	if (!r)
		filler->failed = munmap(place, size - done) < 0;
	else
		filler->failed = mmap(place, size - done, r->protection, r->flags | MAP_FIXED,
				      r->fd, r->offset) == MAP_FAILED;

	return false;
}

static void
test_memory_is_replaced_meanwhile(void **state)
{
	skip_without_userfaultfd();

	struct userptr_device *d = *state;
	const struct replacement other = { PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
					   0 };
	struct filler filler = { .byte = 0x41, .before = replace, .replacement = &other };
	char *memory = map_anonymous(d->size, PROT_READ | PROT_WRITE);
	uint32_t handle;

	assert_int_equal(filler_start(&filler, memory, d->size), 0);
	handle = assert_imported(d, memory, d->size);
	assert_int_equal(filler.n_filled, 2);
	assert_int_equal(filler.n_missed, 3);
	memset(memory, 0x42, d->size);
	assert_true(object_is_filled(d->fd, handle, d->size, 0x42));
	exynos_gem_close(d->fd, handle);
	filler_stop(&filler);
	munmap(memory, d->size);
}

/* What was looked at before the wait does not count. */
static void
check_replacement(struct userptr_device *d, const struct replacement *replacement)
{
	struct filler filler = { .byte = 0x51, .before = replace, .replacement = replacement };
	char *memory = map_anonymous(d->size, PROT_READ | PROT_WRITE);

	assert_int_equal(filler_start(&filler, memory, d->size), 0);
	assert_refused(d, memory, d->size, 0, -EFAULT);
	assert_int_equal(filler.n_filled, 2);
	filler_stop(&filler);
	munmap(memory, d->size);
}

static void
test_memory_that_is_refused_comes_meanwhile(void **state)
{
	skip_without_userfaultfd();

	struct userptr_device *d = *state;
	const struct replacement read_only = { PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 };
	struct replacement object = { PROT_READ | PROT_WRITE, MAP_SHARED, d->fd, 0 };
	uint64_t offset;

	check_replacement(d, NULL);
	check_replacement(d, &read_only);
	assert_int_equal(exynos_gem_map_offset(d->fd, d->target.handle, &offset), 0);
	object.offset = (off_t)offset;
	check_replacement(d, &object);
}

/* This can be faulted in like any memory, and is refused for what it is. */
static void
test_file_that_is_written_back_comes_meanwhile(void **state)
{
	skip_without_userfaultfd();

	struct userptr_device *d = *state;
	struct replacement file = { PROT_READ | PROT_WRITE, MAP_SHARED, -1, 0 };
	const char *folder = getenv("EXUP_OUT");
	char path[PATH_MAX];

	if (!folder)
		skip_because("EXUP_OUT does not name a folder on a disk (board/run --out)");
	snprintf(path, sizeof(path), "%s/faults", folder);
	file.fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(file.fd >= 0);
	assert_int_equal(ftruncate(file.fd, (off_t)d->size), 0);
	check_replacement(d, &file);
	close(file.fd);
	unlink(path);
}

struct victim {
	struct child_gate missed;
};

/* The page never comes, and nobody else is there to let it go. */
static bool
never(struct filler *filler, char *address)
{
	struct victim *victim = filler->data;

	(void)address;
	child_gate_post(&victim->missed);
	pause();

	return false;
}

static int
import_for_ever(void *data)
{
	size_t size = USERPTR_PAGES * (size_t)sysconf(_SC_PAGESIZE);
	struct filler filler = { .before = never, .data = data };
	char *memory = map_anonymous(size, PROT_READ | PROT_WRITE);
	int fd = exynos_open(EXYNOS_RENDER_NODE);
	uint32_t handle;

	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(filler_start(&filler, memory, size) == 0);
	exynos_gem_userptr(fd, memory, size, 0, &handle);

	return __LINE__;
}

static void
test_sigkill_while_a_page_is_waited_for(void **state)
{
	skip_without_userfaultfd();

	struct userptr_device *d = *state;
	struct victim victim;
	pid_t pid;

	assert_int_equal(child_gate_init(&victim.missed), 0);
	pid = child_start(import_for_ever, &victim);
	assert_int_equal(child_gate_wait(&victim.missed), 0);
	child_kill(pid);
	assert_true(exynos_wait_pinned(d->fd, 0));
	child_gate_fini(&victim.missed);
}

#define KSM "/sys/kernel/mm/ksm/"

struct ksm_settings {
	unsigned int pages_to_scan, sleep_millisecs, run;
};

static unsigned int
read_number(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned int number;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%u", &number), 1);
	fclose(file);

	return number;
}

static void
write_number(const char *path, unsigned int number)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fprintf(file, "%u", number) > 0);
	assert_int_equal(fclose(file), 0);
}

static struct ksm_settings
ksm_get(void)
{
	return (struct ksm_settings){
		.pages_to_scan = read_number(KSM "pages_to_scan"),
		.sleep_millisecs = read_number(KSM "sleep_millisecs"),
		.run = read_number(KSM "run"),
	};
}

static void
ksm_set(const struct ksm_settings *settings)
{
	write_number(KSM "pages_to_scan", settings->pages_to_scan);
	write_number(KSM "sleep_millisecs", settings->sleep_millisecs);
	write_number(KSM "run", settings->run);
}

/* Two ranges with the same content, of which each page has been merged with that of the other. */
static void
map_twins(struct userptr_device *d, char *twins[2])
{
	const struct ksm_settings before = ksm_get();
	const struct ksm_settings fast = { .pages_to_scan = 1000, .sleep_millisecs = 1, .run = 1 };

	for (int i = 0; i < 2; i++) {
		twins[i] = map_anonymous(d->size, PROT_READ | PROT_WRITE);
		for (int page = 0; page < USERPTR_PAGES; page++)
			memset(twins[i] + (size_t)page * d->page, 0x61 + page, d->page);
		assert_int_equal(madvise(twins[i], d->size, MADV_MERGEABLE), 0);
	}
	ksm_set(&fast);

	/* once merged they stay so, until somebody writes */
	for (int page = 0; page < USERPTR_PAGES; page++) {
		const char *first = twins[0] + (size_t)page * d->page;
		const char *second = twins[1] + (size_t)page * d->page;

		for (int i = 0; i < 6000 && page_frame(first) != page_frame(second); i++)
			usleep(10000);
		assert_int_equal(page_frame(first), page_frame(second));
	}
	ksm_set(&before);
}

static void
unmap_twins(struct userptr_device *d, char *twins[2])
{
	for (int i = 0; i < 2; i++)
		munmap(twins[i], d->size);
}

/* The engine gets pages of its own to write to. */
static void
test_merged_pages(void **state)
{
	skip_without_file(KSM "run");

	struct userptr_device *d = *state;
	const struct g2d_box whole = { 0, 0, (int)d->page / 4, USERPTR_PAGES };
	struct g2d_image image = { 0, (uint32_t)d->page };
	char *twins[2];
	int dmabuf;

	map_twins(d, twins);
	image.handle = assert_imported(d, twins[0], d->size);
	assert_int_not_equal(page_frame(twins[0]), page_frame(twins[1]));
	dmabuf = object_export(d->fd, image.handle);
	assert_int_equal(g2d_fill(d->fd, &image, &whole, 0x77777777), 0);
	sync_dmabuf(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
	assert_true(is_filled(twins[0], d->size, 0x77));
	for (int page = 0; page < USERPTR_PAGES; page++)
		assert_true(is_filled(twins[1] + (size_t)page * d->page, d->page, 0x61 + page));
	close(dmabuf);
	exynos_gem_close(d->fd, image.handle);
	unmap_twins(d, twins);
}

/* And what it only reads is the process's own page, not the one that is left to the twin. */
static void
test_merged_pages_that_are_only_read(void **state)
{
	skip_without_file(KSM "run");

	struct userptr_device *d = *state;
	char *twins[2];
	uint32_t handle;
	uint64_t frame;

	map_twins(d, twins);
	assert_int_equal(exynos_gem_userptr(d->fd, twins[0], d->size, EXYNOS_BO_READONLY, &handle),
			 0);
	frame = page_frame(twins[0]);
	assert_int_not_equal(frame, page_frame(twins[1]));
	memset(twins[0], 0x78, d->size);
	assert_int_equal(page_frame(twins[0]), frame);
	exynos_gem_close(d->fd, handle);
	unmap_twins(d, twins);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, userptr_setup, userptr_teardown)
		TEST(test_missing_pages_are_filled),
		TEST(test_missing_pages_that_are_only_read),
		TEST(test_others_map_while_a_page_is_waited_for),
		TEST(test_memory_is_replaced_meanwhile),
		TEST(test_memory_that_is_refused_comes_meanwhile),
		TEST(test_file_that_is_written_back_comes_meanwhile),
		TEST(test_sigkill_while_a_page_is_waited_for),
		TEST(test_merged_pages),
		TEST(test_merged_pages_that_are_only_read),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("userptr faults", tests, NULL, NULL);
}
