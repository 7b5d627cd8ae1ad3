/* SPDX-License-Identifier: MIT */
/* What the library's tests begin and end with: doubles of driver and compositor, and a surface. */
#ifndef CLIENT_FIXTURE_H
#define CLIENT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "client-private.h"
#include "fake-compositor.h"
#include "fake-exynos.h"

struct wl_compositor;
struct wl_surface;

#define PAGE 4096

/**
 * struct fixture
 * @options: for the compositor, to be changed before fixture_connect()
 * @released: calls of fixture_listener.release
 * @old_memlock: the process's soft limit, given back at the end
 */
struct fixture {
	struct fake_exynos fake;
	struct compositor_options options;
	struct compositor *compositor;
	struct wl_compositor *wl_compositor;
	struct wl_surface *surface;
	struct exup_client *client;
	unsigned int released;
	rlim_t old_memlock;
	int fd_count;
};

/** struct image - memory of an application */
struct image {
	uint8_t *memory;
	uint8_t *pixels;
	uint32_t width;
	uint32_t height;
	uint32_t stride;
	uint32_t fourcc;
};

int
fixture_setup(void **state);

int
fixture_teardown(void **state);

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

/** Starts the compositor, makes a surface, and a client on the default queue. */
void
fixture_connect(struct fixture *fixture, uint32_t flags);

/** Starts the compositor and makes a surface. */
void
fixture_start(struct fixture *fixture);

/** Destroys the client and stops the compositor; fixture_teardown() does it otherwise. */
void
fixture_disconnect(struct fixture *fixture);

/** Sets RLIMIT_MEMLOCK until the end of the test, as the library and the driver see it. */
void
fixture_set_memlock(struct fixture *fixture, uint64_t bytes);

/** Counts in fixture.released; its data is the fixture. */
extern const struct exup_buffer_listener fixture_listener;

/** Allocates an image @offset_bytes after the start of a page, filled with noise. */
struct image
image_create(uint32_t width, uint32_t height, uint32_t stride, size_t offset_bytes);

void
image_free(struct image *image);

/** Fills a rectangle with noise that was never there before. */
void
image_scribble(struct image *image, struct exup_rect rect);

/** Makes a buffer of an image; it must not fail. */
struct exup_buffer *
image_create_buffer(struct image *image, struct fixture *fixture);

/** Commits and has the compositor take it; it must not fail. */
void
fixture_commit(struct fixture *fixture, struct exup_buffer *buffer, const struct exup_rect *damage,
	       int damage_count);

/** struct fd_hog - all file descriptors of the process but a few */
struct fd_hog {
	int fds[256];
	unsigned int count;
	rlim_t old_limit;
};

/** Leaves the process @free_count file descriptors that it can still open. */
void
fd_hog_take(struct fd_hog *hog, unsigned int free_count);

/** Gives them back. */
void
fd_hog_release(struct fd_hog *hog);

/** Checks that the compositor shows exactly this image, and had all of it in the buffer. */
void
assert_shown(const struct fixture *fixture, const struct image *image);

/** Checks path and reason. */
void
assert_path(const struct exup_buffer *buffer, enum exup_path path, enum exup_reason reason);

#endif
