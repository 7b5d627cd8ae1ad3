// SPDX-License-Identifier: MIT
/*
 * The drivers of the engine, of the virtual display and of the whole device, taken from their
 * hardware and given back to it: what is there then works as it did after the boot.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>
#include <drm_mode.h>
#include <linux/dma-buf.h>
#include <linux/userfaultfd.h>

#include "child.h"
#include "exynos-device.h"
#include "exynos-g2d.h"
#include "skip.h"
#include "virtual-engine.h"

enum {
	WIDTH = 64,
	HEIGHT = 64,
	STRIDE = 4 * WIDTH,
	SIZE = STRIDE * HEIGHT,
	ROUNDS = 3,
	DEFAULT_LIMIT = 16 << 20,
};

static const struct g2d_box whole = { 0, 0, WIDTH, HEIGHT };

/* What must be the same after the driver was taken away and came back. */
struct before {
	uint64_t mapped_bytes;
	uint32_t crtcs, encoders, connectors;
};

static void
driver_path(const char *driver, const char *name, char *path, size_t path_bytes)
{
	snprintf(path, path_bytes, "/sys/bus/platform/drivers/%s/%s", driver, name);
}

/* The platform device that a driver has: the link beside the attributes, "module" not counted. */
static void
find_device(const char *driver, char *name, size_t name_bytes)
{
	struct dirent *entry;
	char path[PATH_MAX];
	DIR *dir;

	name[0] = '\0';
	driver_path(driver, "", path, sizeof(path));
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_type == DT_LNK && strcmp(entry->d_name, "module") != 0)
			snprintf(name, name_bytes, "%s", entry->d_name);
	}
	closedir(dir);
	assert_string_not_equal(name, "");
}

static int
write_driver_file(const char *driver, const char *name, const char *device)
{
	char path[PATH_MAX];
	ssize_t length;
	int fd, ret;

	driver_path(driver, name, path, sizeof(path));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	length = write(fd, device, strlen(device));
	ret = length < 0 ? -errno : 0;
	close(fd);

	return ret;
}

static void
count_display(int card, struct before *counts)
{
	struct drm_mode_card_res resources = { 0 };

	assert_int_equal(exynos_ioctl(card, DRM_IOCTL_MODE_GETRESOURCES, &resources), 0);
	counts->crtcs = resources.count_crtcs;
	counts->encoders = resources.count_encoders;
	counts->connectors = resources.count_connectors;
}

/* Every list that there is, each with an event, and all of them in one job. */
static void
assert_engine_works(int fd, uint32_t color)
{
	struct g2d_image image = { 0, STRIDE };
	struct drm_exynos_g2d_event event;
	struct g2d_list list;
	uint32_t *pixels;

	assert_int_equal(exynos_gem_create(fd, SIZE, 0, &image.handle), 0);
	pixels = exynos_gem_mmap(fd, image.handle, SIZE);
	assert_non_null(pixels);
	memset(pixels, 0, SIZE);
	assert_int_equal(g2d_fill(fd, &image, &whole, color), 0);
	for (size_t i = 0; i < SIZE / 4; i++)
		assert_int_equal(pixels[i], color);

	g2d_list_fill(&list, &image, &whole, ~color);
	for (uint64_t i = 0; i < G2D_LISTS; i++)
		assert_int_equal(g2d_submit_event(fd, &list, i), 0);
	assert_int_equal(g2d_submit(fd, &list), -ENOMEM);
	/* an event does not say that its list is free again, the end of the job does */
	assert_int_equal(g2d_exec(fd, false), 0);
	for (uint64_t i = 0; i < G2D_LISTS; i++) {
		assert_int_equal(g2d_read_event(fd, &event), 0);
		assert_int_equal(event.user_data, i);
	}
	for (size_t i = 0; i < SIZE / 4; i++)
		assert_int_equal(pixels[i], ~color);
	munmap(pixels, SIZE);
	exynos_gem_close(fd, image.handle);
}

static void
assert_user_memory_works(int fd, uint32_t color)
{
	struct g2d_image image = { 0, STRIDE };
	uint32_t *memory =
		mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int dmabuf;

	assert_ptr_not_equal(memory, MAP_FAILED);
	assert_int_equal(exynos_gem_userptr_shared(fd, memory, SIZE, &image.handle), 0);
	assert_int_equal(exynos_userptr_pinned(fd), SIZE);
	dmabuf = exynos_prime_export(fd, image.handle, O_CLOEXEC | O_RDWR);
	assert_true(dmabuf >= 0);
	assert_int_equal(g2d_fill(fd, &image, &whole, color), 0);
	assert_int_equal(exynos_dmabuf_sync(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ), 0);
	for (size_t i = 0; i < SIZE / 4; i++)
		assert_int_equal(memory[i], color);
	close(dmabuf);
	exynos_gem_close(fd, image.handle);
	munmap(memory, SIZE);
	assert_int_equal(exynos_userptr_pinned(fd), 0);
}

static void
assert_same(const struct before *after, const struct before *before)
{
	assert_int_equal(after->mapped_bytes, before->mapped_bytes);
	assert_int_equal(after->crtcs, before->crtcs);
	assert_int_equal(after->encoders, before->encoders);
	assert_int_equal(after->connectors, before->connectors);
}

/* The engine and the display; the files are closed when this returns. */
static void
assert_device_works(struct before *counts, uint32_t color)
{
	int card = exynos_open(EXYNOS_PRIMARY_NODE), fd = exynos_open(EXYNOS_RENDER_NODE);

	assert_true(card >= 0 && fd >= 0);
	count_display(card, counts);
	assert_engine_works(fd, color);
	close(fd);
	close(card);
	counts->mapped_bytes = virtual_engine_get("mapped_bytes");
}

/* Takes a driver from its device and gives it back, while no file is open. */
static void
rebind(const char *driver)
{
	struct before before, after;
	char device[NAME_MAX + 1];

	find_device(driver, device, sizeof(device));
	assert_device_works(&before, 0x11111111);
	for (uint32_t round = 1; round <= ROUNDS; round++) {
		assert_int_equal(write_driver_file(driver, "unbind", device), 0);
		/* without one of its parts there is no device */
		assert_int_equal(exynos_open(EXYNOS_PRIMARY_NODE), -ENODEV);
		assert_int_equal(exynos_open(EXYNOS_RENDER_NODE), -ENODEV);
		/* not even the engine's lists stay */
		if (virtual_engine_has("mapped_bytes"))
			assert_int_equal(virtual_engine_get("mapped_bytes"), 0);

		assert_int_equal(write_driver_file(driver, "bind", device), 0);
		assert_device_works(&after, round * 0x01010101);
		assert_same(&after, &before);
	}
}

static void
test_engine_unbound_and_bound_again(void **state)
{
	(void)state;
	rebind("exynos-drm-g2d");
}

static void
test_whole_device_unbound_and_bound_again(void **state)
{
	(void)state;
	rebind("exynos-drm");
}

static void
test_display_unbound_and_bound_again(void **state)
{
	skip_without_file("/sys/bus/platform/drivers/exynos-drm-vidi");

	(void)state;
	rebind("exynos-drm-vidi");
}

/* A limit is the device's: a new device has the default. */
static void
test_user_memory_after_the_device_came_back(void **state)
{
	char device[NAME_MAX + 1];
	int card = exynos_open(EXYNOS_PRIMARY_NODE);

	(void)state;
	assert_true(card >= 0);
	assert_user_memory_works(card, 0x31313131);
	assert_int_equal(exynos_user_limit(card, 4096), 0);
	close(card);
	find_device("exynos-drm", device, sizeof(device));
	assert_int_equal(write_driver_file("exynos-drm", "unbind", device), 0);
	assert_int_equal(write_driver_file("exynos-drm", "bind", device), 0);
	card = exynos_open(EXYNOS_PRIMARY_NODE);
	assert_true(card >= 0);
	assert_int_equal(exynos_userptr_limit(card), DEFAULT_LIMIT);
	assert_user_memory_works(card, 0x32323232);
	close(card);
}

/* The close has ended the job that hangs, and freed it and what is behind it: none is left. */
static void
test_engine_unbound_after_a_job_that_hung(void **state)
{
	skip_without_engine("hang");

	struct g2d_image image = { 0, STRIDE };
	struct before before, after;
	struct g2d_list list;
	char device[NAME_MAX + 1];
	uint64_t started;
	int fd;

	(void)state;
	assert_device_works(&before, 0x21212121);
	started = virtual_engine_started();
	fd = exynos_open(EXYNOS_RENDER_NODE);
	assert_true(fd >= 0);
	assert_int_equal(exynos_gem_create(fd, SIZE, 0, &image.handle), 0);
	g2d_list_fill(&list, &image, &whole, 1);
	assert_int_equal(virtual_engine_set("hang", 1), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(g2d_submit_event(fd, &list, 1), 0);
		assert_int_equal(g2d_exec(fd, true), 0);
	}
	assert_true(virtual_engine_wait_started(started));
	close(fd);

	find_device("exynos-drm-g2d", device, sizeof(device));
	assert_int_equal(write_driver_file("exynos-drm-g2d", "unbind", device), 0);
	assert_int_equal(virtual_engine_get("mapped_bytes"), 0);
	assert_int_equal(write_driver_file("exynos-drm-g2d", "bind", device), 0);
	assert_int_equal(virtual_engine_set("hang", 0), 0);
	assert_device_works(&after, 0x22222222);
	assert_same(&after, &before);
}

static int
unbind_engine(void *data)
{
	CHILD_CHECK(write_driver_file("exynos-drm-g2d", "unbind", data) == 0);

	return 0;
}

static int
execute_and_wait(void *data)
{
	int fd = exynos_open(EXYNOS_RENDER_NODE);
	struct g2d_image image = { 0, STRIDE };

	(void)data;
	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(exynos_gem_create(fd, SIZE, 0, &image.handle) == 0);
	CHILD_CHECK(g2d_fill(fd, &image, &whole, 1) == 0);
	close(fd);

	return 0;
}

/* Who waits for a job is done before the driver goes, and nothing that it needs goes before. */
static void
test_engine_unbound_while_a_process_waits(void **state)
{
	skip_without_engine("hold");

	struct before after;
	char device[NAME_MAX + 1];
	uint64_t started = virtual_engine_started();
	pid_t waiter, unbinder;
	int fd;

	(void)state;
	find_device("exynos-drm-g2d", device, sizeof(device));
	assert_int_equal(virtual_engine_set("hold", 1), 0);
	waiter = child_start(execute_and_wait, NULL);
	assert_true(virtual_engine_wait_started(started));
	unbinder = child_start(unbind_engine, device);
	/* until there is no device for those who come now */
	while ((fd = exynos_open(EXYNOS_RENDER_NODE)) >= 0)
		close(fd);
	assert_int_equal(virtual_engine_set("hold", 0), 0);
	assert_int_equal(child_wait(waiter), 0);
	assert_int_equal(child_wait(unbinder), 0);
	assert_int_equal(write_driver_file("exynos-drm-g2d", "bind", device), 0);
	assert_device_works(&after, 0x41414141);
}

/* A page that is missing: the test hears of it by one gate, and lets it come by the other. */
struct missing_page {
	struct child_gate is_missed, is_to_come;
	char *address;
	size_t size_bytes;
	int fd;
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

static int
missing_page_init(struct missing_page *page)
{
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	page->size_bytes = (size_t)sysconf(_SC_PAGESIZE);
	page->address = mmap(NULL, page->size_bytes, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	page->fd = open_userfaultfd();
	range.range.start = (uintptr_t)page->address;
	range.range.len = page->size_bytes;
	if (page->address == MAP_FAILED || page->fd < 0)
		return -errno;

	return ioctl(page->fd, UFFDIO_REGISTER, &range) < 0 ? -errno : 0;
}

/* Closes the file in any case: then nobody waits for the page any more. */
static void *
bring_page(void *data)
{
	struct missing_page *page = data;
	struct uffdio_zeropage zero = { .range.start = (uintptr_t)page->address,
					.range.len = page->size_bytes };
	struct uffd_msg message;

	if (read(page->fd, &message, sizeof(message)) == sizeof(message) &&
	    child_gate_post(&page->is_missed) == 0 && child_gate_wait(&page->is_to_come) == 0)
		ioctl(page->fd, UFFDIO_ZEROPAGE, &zero);
	close(page->fd);

	return NULL;
}

/* A list whose commands, all of them 0, are missing when the driver copies them. */
static int
set_list_of_missing_page(void *data)
{
	struct missing_page *page = data;
	struct drm_exynos_g2d_set_cmdlist args = { .cmd_nr = 1 };
	int fd = exynos_open(EXYNOS_RENDER_NODE);
	pthread_t thread;

	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(missing_page_init(page) == 0);
	CHILD_CHECK(pthread_create(&thread, NULL, bring_page, page) == 0);
	args.cmd = (uintptr_t)page->address;
	CHILD_CHECK(exynos_ioctl(fd, DRM_IOCTL_EXYNOS_G2D_SET_CMDLIST, &args) == -EINVAL);
	CHILD_CHECK(pthread_join(thread, NULL) == 0);
	close(fd);

	return 0;
}

/* The same for who is held up in the midst of a call. */
static void
test_engine_unbound_while_a_call_waits(void **state)
{
	struct missing_page page;
	struct before after;
	char device[NAME_MAX + 1];
	pid_t caller, unbinder;
	int fd = open_userfaultfd();

	(void)state;
	if (fd < 0)
		skip_because("userfaultfd: %s", strerror(errno));
	close(fd);
	find_device("exynos-drm-g2d", device, sizeof(device));
	assert_int_equal(child_gate_init(&page.is_missed), 0);
	assert_int_equal(child_gate_init(&page.is_to_come), 0);
	caller = child_start(set_list_of_missing_page, &page);
	assert_int_equal(child_gate_wait(&page.is_missed), 0);
	unbinder = child_start(unbind_engine, device);
	while ((fd = exynos_open(EXYNOS_RENDER_NODE)) >= 0)
		close(fd);
	/* for a driver that does not wait; nothing is lost with one that does, or with too short a time */
	sleep(1);
	assert_int_equal(child_gate_post(&page.is_to_come), 0);
	assert_int_equal(child_wait(caller), 0);
	assert_int_equal(child_wait(unbinder), 0);
	child_gate_fini(&page.is_missed);
	child_gate_fini(&page.is_to_come);
	assert_int_equal(write_driver_file("exynos-drm-g2d", "bind", device), 0);
	assert_device_works(&after, 0x44444444);
}

/* An object goes with its file and its last mapping, whatever has gone before. */
static void
test_objects_that_outlive_the_driver(void **state)
{
	struct before after;
	char device[NAME_MAX + 1];
	int fd = exynos_open(EXYNOS_RENDER_NODE);
	uint32_t *pixels, handles[2];

	(void)state;
	assert_true(fd >= 0);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(exynos_gem_create(fd, SIZE, 0, &handles[i]), 0);
	pixels = exynos_gem_mmap(fd, handles[0], SIZE);
	assert_non_null(pixels);

	find_device("exynos-drm", device, sizeof(device));
	assert_int_equal(write_driver_file("exynos-drm", "unbind", device), 0);
	close(fd);
	munmap(pixels, SIZE);

	assert_int_equal(write_driver_file("exynos-drm", "bind", device), 0);
	assert_device_works(&after, 0x43434343);
}

/*
 * A file with all that it may have: objects, lists that were not executed, jobs that wait, memory that is
 * pinned and mapped. The memory of the driver's own objects is lost, nothing else is.
 */
static void
test_file_that_outlives_the_driver(void **state)
{
	struct g2d_image image = { 0, STRIDE }, user = { 0, STRIDE };
	struct drm_exynos_g2d_get_ver version;
	uint64_t pinned = process_pinned();
	struct before after;
	struct g2d_list list;
	char device[NAME_MAX + 1];
	int fd = exynos_open(EXYNOS_RENDER_NODE), dmabuf;
	void *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_true(fd >= 0);
	assert_true(memory != MAP_FAILED);
	assert_int_equal(exynos_gem_create(fd, SIZE, 0, &image.handle), 0);
	memset(memory, 1, SIZE);
	assert_int_equal(exynos_gem_userptr(fd, memory, SIZE, 0, &user.handle), 0);
	dmabuf = exynos_prime_export(fd, user.handle, O_CLOEXEC | O_RDWR);
	assert_true(dmabuf >= 0);
	g2d_list_fill(&list, &image, &whole, 1);
	assert_int_equal(g2d_submit_event(fd, &list, 1), 0);
	assert_int_equal(g2d_exec(fd, false), 0);
	assert_int_equal(g2d_submit_event(fd, &list, 1), 0);
	g2d_list_fill(&list, &user, &whole, 1);
	assert_int_equal(g2d_submit(fd, &list), 0);

	find_device("exynos-drm", device, sizeof(device));
	assert_int_equal(write_driver_file("exynos-drm", "unbind", device), 0);
	assert_int_equal(exynos_ioctl(fd, DRM_IOCTL_EXYNOS_G2D_GET_VER, &version), -ENODEV);
	assert_int_equal(g2d_submit(fd, &list), -ENODEV);
	assert_int_equal(g2d_exec(fd, false), -ENODEV);
	assert_int_equal(exynos_gem_close(fd, image.handle), -ENODEV);
	exynos_dmabuf_sync(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW);
	exynos_dmabuf_sync(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW);
	close(dmabuf);
	close(fd);
	assert_int_equal(process_pinned(), pinned);
	munmap(memory, SIZE);

	assert_int_equal(write_driver_file("exynos-drm", "bind", device), 0);
	assert_device_works(&after, 0x42424242);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_engine_unbound_and_bound_again),
		cmocka_unit_test(test_whole_device_unbound_and_bound_again),
		cmocka_unit_test(test_display_unbound_and_bound_again),
		cmocka_unit_test(test_user_memory_after_the_device_came_back),
		cmocka_unit_test(test_engine_unbound_after_a_job_that_hung),
		cmocka_unit_test(test_engine_unbound_while_a_process_waits),
		cmocka_unit_test(test_engine_unbound_while_a_call_waits),
		cmocka_unit_test(test_objects_that_outlive_the_driver),
		cmocka_unit_test(test_file_that_outlives_the_driver),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("binding of the drivers", tests, NULL, NULL);
}
