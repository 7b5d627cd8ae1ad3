// SPDX-License-Identifier: MIT
/* A client whose every pixel changes with every frame, on userptr or as usual on wl_shm. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <wayland-client.h>

#include "exynos-userptr.h"
#include "window.h"

#define BUFFERS 2
#define BYTES_PER_PIXEL 4

/**
 * struct image - memory to draw into
 * @buffer: with --path userptr
 * @wl_buffer: with --path shm; @pixels are the pool's own
 */
struct image {
	uint32_t *pixels;
	struct exup_buffer *buffer;
	struct wl_buffer *wl_buffer;
	bool is_busy;
};

struct app {
	struct window window;
	struct wl_shm *shm;
	struct exup_client *client;
	struct exup_report *report;
	struct image images[BUFFERS];
	bool is_shm;
	uint32_t fourcc;
	uint32_t width;
	uint32_t height;
	size_t image_bytes;
	bool is_frame_due;
	int stop_fd;
	uint64_t frames;
	uint64_t frames_max;
	uint64_t library_bytes;
	uint64_t compositor_bytes;
	uint64_t start_ns;
};

static uint64_t
get_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void
registry_global(void *data, struct wl_registry *registry, uint32_t name, const char *interface,
		uint32_t version)
{
	struct app *app = data;

	(void)version;
	if (strcmp(interface, wl_shm_interface.name) == 0) {
		app->shm = wl_registry_bind(registry, name, &wl_shm_interface, 1);
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

static void
release(void *data, struct wl_buffer *wl_buffer)
{
	struct image *image = data;

	(void)wl_buffer;
	image->is_busy = false;
}

static const struct wl_buffer_listener buffer_listener = {
	.release = release,
};

static void
frame_done(void *data, struct wl_callback *callback, uint32_t time_ms)
{
	struct app *app = data;

	(void)time_ms;
	wl_callback_destroy(callback);
	app->is_frame_due = true;
}

static const struct wl_callback_listener frame_listener = {
	.done = frame_done,
};

static void
composited(void *data, struct exup_report *report, uint32_t how, const char *reason,
	   uint64_t bytes_copied)
{
	struct app *app = data;

	(void)report;
	(void)how;
	(void)reason;
	app->compositor_bytes += bytes_copied;
}

static const struct exup_report_listener report_listener = {
	.composited = composited,
};

/* What any program has to do, the same on all paths. Premultiplied, half of it see-through. */
static void
draw(const struct app *app, uint32_t *pixels)
{
	uint32_t alpha = app->fourcc == DRM_FORMAT_ARGB8888 ? 0x80000000 : 0xff000000;
	uint32_t shade = (uint32_t)app->frames & 63;

	for (size_t i = 0; i < app->image_bytes / BYTES_PER_PIXEL; i++) {
		pixels[i] = alpha | shade << 16 | (uint32_t)(i & 63);
	}
}

static int
create_shm_image(struct app *app, struct image *image)
{
	struct wl_shm_pool *pool;
	void *map;
	int fd, ret = 0;

	fd = memfd_create("bench-client", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, (off_t)app->image_bytes) < 0) {
		ret = -errno;
		goto out;
	}
	map = mmap(NULL, app->image_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		ret = -errno;
		goto out;
	}
	image->pixels = map;
	pool = wl_shm_create_pool(app->shm, fd, (int32_t)app->image_bytes);
	image->wl_buffer = wl_shm_pool_create_buffer(
		pool, 0, (int32_t)app->width, (int32_t)app->height,
		(int32_t)(app->width * BYTES_PER_PIXEL),
		app->fourcc == DRM_FORMAT_ARGB8888 ? WL_SHM_FORMAT_ARGB8888 :
						     WL_SHM_FORMAT_XRGB8888);
	wl_buffer_add_listener(image->wl_buffer, &buffer_listener, image);
	wl_shm_pool_destroy(pool);
out:
	if (fd >= 0) {
		close(fd);
	}
	return ret;
}

static int
create_userptr_image(struct app *app, struct image *image)
{
	struct exup_buffer_info info = {
		.width = app->width,
		.height = app->height,
		.stride = app->width * BYTES_PER_PIXEL,
		.fourcc = app->fourcc,
	};

	image->pixels = malloc(app->image_bytes);
	if (!image->pixels) {
		return -ENOMEM;
	}
	info.data = image->pixels;
	return exup_buffer_create(app->client, &info, NULL, NULL, &image->buffer);
}

static int
create(struct app *app)
{
	struct wl_registry *registry = wl_display_get_registry(app->window.display);
	int ret;

	wl_registry_add_listener(registry, &registry_listener, app);
	ret = wl_display_roundtrip(app->window.display);
	wl_registry_destroy(registry);
	if (ret < 0 || !app->shm) {
		return -ENOTSUP;
	}
	/* an ordinary wl_shm client has none of this; here it is for the compositor's report */
	ret = exup_client_create(app->window.display, NULL, app->is_shm ? EXUP_CLIENT_FORCE_SHM : 0,
				 &app->client);
	if (ret < 0) {
		return ret;
	}
	ret = exup_report_create(app->client, app->window.surface, &report_listener, app,
				 &app->report);
	if (ret < 0 && ret != -ENOTSUP) {
		return ret;
	}
	ret = 0;
	for (int i = 0; i < BUFFERS && ret == 0; i++) {
		ret = app->is_shm ? create_shm_image(app, &app->images[i]) :
				    create_userptr_image(app, &app->images[i]);
	}
	return ret;
}

static int
show(struct app *app, struct image *image)
{
	struct wl_surface *surface = app->window.surface;
	int ret = 0;

	draw(app, image->pixels);
	app->is_frame_due = false;
	wl_callback_add_listener(wl_surface_frame(surface), &frame_listener, app);
	if (image->buffer) {
		ret = exup_buffer_commit(image->buffer, surface, NULL, 0);
		app->library_bytes += exup_buffer_get_copied(image->buffer);
	} else {
		image->is_busy = true;
		wl_surface_attach(surface, image->wl_buffer, 0, 0);
		wl_surface_damage(surface, 0, 0, INT32_MAX, INT32_MAX);
		wl_surface_commit(surface);
	}
	app->frames++;
	return ret;
}

static int
run(struct app *app)
{
	int ret = 0;

	app->start_ns = get_now_ns();
	app->is_frame_due = true;
	while (ret == 0 && !app->window.is_closed &&
	       !(app->is_frame_due && app->frames >= app->frames_max)) {
		for (int i = 0; i < BUFFERS && app->is_frame_due && ret == 0; i++) {
			struct image *image = &app->images[i];

			if (image->buffer ? !exup_buffer_is_busy(image->buffer) : !image->is_busy) {
				ret = show(app, image);
			}
		}
		if (ret == 0) {
			ret = window_dispatch(&app->window, app->stop_fd);
		}
	}
	return ret < 0 ? ret : 0;
}

static int
write_stats(const struct app *app, const char *path)
{
	double seconds = (double)(get_now_ns() - app->start_ns) / 1e9;
	FILE *file = fopen(path, "w");

	if (!file) {
		return -errno;
	}
	fprintf(file, "frames %" PRIu64 "\nfps %.2f\n", app->frames, (double)app->frames / seconds);
	for (int i = 0; i < BUFFERS; i++) {
		fprintf(file, "path.%c %s\n", 'A' + i,
			app->is_shm ?
				"shm" :
				exup_path_to_string(exup_buffer_get_path(app->images[i].buffer)));
	}
	fprintf(file, "library_bytes_copied_total %" PRIu64 "\n", app->library_bytes);
	fprintf(file, "compositor_bytes_copied_total %" PRIu64 "\n", app->compositor_bytes);
	return fclose(file) == 0 ? 0 : -EIO;
}

static void
destroy(struct app *app)
{
	for (int i = 0; i < BUFFERS; i++) {
		struct image *image = &app->images[i];

		exup_buffer_destroy(image->buffer);
		if (image->wl_buffer) {
			wl_buffer_destroy(image->wl_buffer);
		}
		if (app->is_shm && image->pixels) {
			munmap(image->pixels, app->image_bytes);
		} else {
			free(image->pixels);
		}
	}
	exup_report_destroy(app->report);
	exup_client_destroy(app->client);
	if (app->shm) {
		wl_shm_destroy(app->shm);
	}
	window_fini(&app->window);
}

static int
open_stop_fd(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

int
main(int argc, char *argv[])
{
	struct app app = { 0 };
	int ret;

	if ((argc != 5 && argc != 6) || sscanf(argv[2], "%ux%u", &app.width, &app.height) != 2 ||
	    app.width - 1 >= 4096 || app.height - 1 >= 4096) {
		fputs("usage: bench-client userptr|shm WxH xrgb|argb STATS-FILE [FRAMES]\n"
		      "Until SIGTERM, or until that many frames were shown: a window whose every\n"
		      "pixel changes with every frame.\n",
		      stderr);
		return 2;
	}
	app.frames_max = argc == 6 ? strtoull(argv[5], NULL, 10) : UINT64_MAX;
	app.is_shm = strcmp(argv[1], "shm") == 0;
	app.fourcc = strcmp(argv[3], "argb") == 0 ? DRM_FORMAT_ARGB8888 : DRM_FORMAT_XRGB8888;
	app.image_bytes = (size_t)app.width * app.height * BYTES_PER_PIXEL;
	app.stop_fd = open_stop_fd();
	ret = window_init(&app.window, "Benchmark", "bench-client", (int32_t)app.width,
			  (int32_t)app.height);
	if (ret == 0) {
		ret = create(&app);
	}
	if (ret == 0) {
		ret = run(&app);
	}
	if (ret == 0) {
		ret = write_stats(&app, argv[4]);
	}
	if (ret < 0) {
		fprintf(stderr, "bench-client: %s %s %s: %s\n", argv[1], argv[2], argv[3],
			strerror(-ret));
	}
	destroy(&app);
	close(app.stop_fd);
	return ret < 0;
}
