// SPDX-License-Identifier: MIT
/* Setup, images and checks of the library's tests. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <wayland-client.h>

#include "client-fixture.h"

static int
count_fds(void)
{
	int count = 0;
	DIR *dir = opendir("/proc/self/fd");

	assert_non_null(dir);
	while (readdir(dir)) {
		count++;
	}
	closedir(dir);
	return count;
}

static void
set_memlock(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
}

void
fixture_set_memlock(struct fixture *fixture, uint64_t bytes)
{
	set_memlock((rlim_t)bytes);
	fixture->fake.memlock_bytes = bytes;
}

int
fixture_setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct rlimit limit;

	assert_non_null(fixture);
	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
	fixture->old_memlock = limit.rlim_cur;
	fixture->fd_count = count_fds();
	fake_exynos_init(&fixture->fake);
	fixture->options = compositor_default_options;
	fixture->options.devnum = FAKE_DEVNUM;
	*state = fixture;
	return 0;
}

int
fixture_teardown(void **state)
{
	struct fixture *fixture = *state;

	fixture_disconnect(fixture);
	fake_exynos_finish(&fixture->fake);
	assert_int_equal(count_fds(), fixture->fd_count);
	set_memlock(fixture->old_memlock);
	free(fixture);
	return 0;
}

static void
registry_global(void *data, struct wl_registry *registry, uint32_t name, const char *interface,
		uint32_t version)
{
	struct fixture *fixture = data;

	if (strcmp(interface, wl_compositor_interface.name) == 0) {
		fixture->wl_compositor =
			wl_registry_bind(registry, name, &wl_compositor_interface, version);
	}
}

static void
registry_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
	(void)data;
	(void)registry;
	(void)name;
}

static const struct wl_registry_listener registry_listener = {
	.global = registry_global,
	.global_remove = registry_global_remove,
};

void
fixture_start(struct fixture *fixture)
{
	struct wl_registry *registry;

	fixture->compositor = compositor_create(&fixture->fake, &fixture->options);
	registry = wl_display_get_registry(fixture->compositor->display);
	wl_registry_add_listener(registry, &registry_listener, fixture);
	compositor_sync(fixture->compositor);
	wl_registry_destroy(registry);
	fixture->surface = wl_compositor_create_surface(fixture->wl_compositor);
}

void
fixture_connect(struct fixture *fixture, uint32_t flags)
{
	fixture_start(fixture);
	assert_int_equal(exup_client_create_for_sys(&fixture->fake.sys,
						    fixture->compositor->display, NULL, flags,
						    &fixture->client),
			 0);
}

void
fixture_disconnect(struct fixture *fixture)
{
	exup_client_destroy(fixture->client);
	fixture->client = NULL;
	if (fixture->compositor) {
		wl_surface_destroy(fixture->surface);
		wl_compositor_destroy(fixture->wl_compositor);
		wl_display_flush(fixture->compositor->display);
		compositor_destroy(fixture->compositor);
		fixture->compositor = NULL;
	}
}

static void
count_release(void *data, struct exup_buffer *buffer)
{
	struct fixture *fixture = data;

	assert_false(exup_buffer_is_busy(buffer));
	fixture->released++;
}

const struct exup_buffer_listener fixture_listener = {
	.release = count_release,
};

/* A sequence in which no 32-bit value comes twice. */
static uint32_t
next_noise(void)
{
	static uint32_t state;

	state = state * 1664525u + 1013904223u;
	return state;
}

void
image_scribble(struct image *image, struct exup_rect rect)
{
	int32_t x, y;
	uint32_t noise;

	for (y = rect.y; y < rect.y + rect.height; y++) {
		for (x = rect.x; x < rect.x + rect.width; x++) {
			noise = next_noise();
			memcpy(image->pixels + (size_t)y * image->stride + (size_t)x * 4, &noise,
			       4);
		}
	}
}

struct image
image_create(uint32_t width, uint32_t height, uint32_t stride, size_t offset_bytes)
{
	size_t size_bytes = offset_bytes + (size_t)stride * (height - 1) + (size_t)width * 4;
	struct image image = {
		.memory = aligned_alloc(PAGE, (size_bytes + PAGE - 1) / PAGE * PAGE),
		.width = width,
		.height = height,
		.stride = stride,
		.fourcc = DRM_FORMAT_XRGB8888,
	};

	assert_non_null(image.memory);
	image.pixels = image.memory + offset_bytes;
	image_scribble(&image, (struct exup_rect){ 0, 0, (int32_t)width, (int32_t)height });
	return image;
}

void
image_free(struct image *image)
{
	free(image->memory);
}

struct exup_buffer *
image_create_buffer(struct image *image, struct fixture *fixture)
{
	const struct exup_buffer_info info = {
		.data = image->pixels,
		.width = image->width,
		.height = image->height,
		.stride = image->stride,
		.fourcc = image->fourcc,
	};
	struct exup_buffer *buffer;

	assert_int_equal(
		exup_buffer_create(fixture->client, &info, &fixture_listener, fixture, &buffer), 0);
	return buffer;
}

void
fixture_commit(struct fixture *fixture, struct exup_buffer *buffer, const struct exup_rect *damage,
	       int damage_count)
{
	assert_int_equal(exup_buffer_commit(buffer, fixture->surface, damage, damage_count), 0);
	compositor_sync(fixture->compositor);
}

void
fd_hog_take(struct fd_hog *hog, unsigned int free_count)
{
	struct rlimit limit;
	int fd;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	hog->old_limit = limit.rlim_cur;
	limit.rlim_cur = sizeof(hog->fds) / sizeof(hog->fds[0]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	hog->count = 0;
	while ((fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)) >= 0) {
		hog->fds[hog->count++] = fd;
	}
	assert_in_range(hog->count, free_count, sizeof(hog->fds) / sizeof(hog->fds[0]));
	while (free_count-- > 0) {
		close(hog->fds[--hog->count]);
	}
}

void
fd_hog_release(struct fd_hog *hog)
{
	struct rlimit limit;

	while (hog->count > 0) {
		close(hog->fds[--hog->count]);
	}
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = hog->old_limit;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

void
assert_shown(const struct fixture *fixture, const struct image *image)
{
	const struct compositor_surface *surface = &fixture->compositor->surfaces[0];
	size_t row_bytes = (size_t)image->width * 4;
	uint32_t y;

	assert_int_equal(surface->width, image->width);
	assert_int_equal(surface->height, image->height);
	assert_false(surface->is_cpu_access);
	for (y = 0; y < image->height; y++) {
		const uint8_t *row = image->pixels + (size_t)y * image->stride;

		assert_memory_equal(surface->buffer_pixels + y * row_bytes, row, row_bytes);
		assert_memory_equal(surface->screen + y * row_bytes, row, row_bytes);
	}
}

void
assert_path(const struct exup_buffer *buffer, enum exup_path path, enum exup_reason reason)
{
	assert_string_equal(exup_path_to_string(exup_buffer_get_path(buffer)),
			    exup_path_to_string(path));
	assert_string_equal(exup_reason_to_string(exup_buffer_get_reason(buffer)),
			    exup_reason_to_string(reason));
}
