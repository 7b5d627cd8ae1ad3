// SPDX-License-Identifier: MIT
/* The test's compositor: its thread, wl_compositor, and what happens to committed buffers. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <drm_fourcc.h>
#include <wayland-client.h>
#include <wayland-server.h>

#include "exynos-userptr-v1-server-protocol.h"
#include "fake-compositor.h"

const struct compositor_options compositor_default_options = {
	.compositor_version = 4,
	.has_shm = true,
	.has_userptr = true,
	.dmabuf_version = 4,
	.fourccs = { DRM_FORMAT_XRGB8888, DRM_FORMAT_ARGB8888 },
	.modifier = DRM_FORMAT_MOD_LINEAR,
	.max_buffer_bytes = 16 << 20,
	.pool_bytes = 16 << 20,
	.available_bytes = 16 << 20,
};

static void
destroy_resource(struct wl_client *client, struct wl_resource *resource)
{
	(void)client;
	wl_resource_destroy(resource);
}

/* Copies an image into memory without gaps. */
static void
read_pixels(struct compositor_surface *surface, struct wl_resource *resource)
{
	struct compositor_buffer *buffer = compositor_buffer_from_resource(resource);
	struct wl_shm_buffer *shm = wl_shm_buffer_get(resource);
	const uint8_t *pixels;
	int32_t stride, y;

	surface->is_shm = shm != NULL;
	surface->is_cpu_access = false;
	if (shm) {
		surface->width = wl_shm_buffer_get_width(shm);
		surface->height = wl_shm_buffer_get_height(shm);
		surface->format = wl_shm_buffer_get_format(shm);
		pixels = wl_shm_buffer_get_data(shm);
		stride = wl_shm_buffer_get_stride(shm);
		wl_shm_buffer_begin_access(shm);
	} else {
		surface->width = buffer->width;
		surface->height = buffer->height;
		surface->format = buffer->fourcc;
		surface->is_cpu_access = buffer->object && buffer->object->is_cpu_access;
		pixels = buffer->pixels;
		stride = (int32_t)buffer->stride;
	}
	surface->buffer_pixels =
		realloc(surface->buffer_pixels, (size_t)surface->width * surface->height * 4);
	for (y = 0; y < surface->height; y++) {
		memcpy(surface->buffer_pixels + (size_t)y * surface->width * 4,
		       pixels + (size_t)y * stride, (size_t)surface->width * 4);
	}
	if (shm) {
		wl_shm_buffer_end_access(shm);
	}
}

/* Takes what was damaged, as a compositor does that keeps a copy of wl_shm content. */
static void
update_screen(struct compositor_surface *surface, bool is_new_size)
{
	size_t row_bytes = (size_t)surface->width * 4;
	int i;

	if (is_new_size) {
		surface->screen = realloc(surface->screen, row_bytes * surface->height);
		memcpy(surface->screen, surface->buffer_pixels, row_bytes * surface->height);
	}
	for (i = 0; i < surface->damage_count; i++) {
		const struct exup_rect *rect = &surface->damage[i];
		int64_t x2 = (int64_t)rect->x + rect->width, y2 = (int64_t)rect->y + rect->height;
		int64_t x, y;

		for (y = rect->y; y < y2 && y < surface->height; y++) {
			for (x = rect->x; x < x2 && x < surface->width; x++) {
				memcpy(surface->screen + y * row_bytes + x * 4,
				       surface->buffer_pixels + y * row_bytes + x * 4, 4);
			}
		}
	}
}

static void
release_held(struct compositor *compositor)
{
	unsigned int i;

	for (i = 0; i < compositor->held_count; i++) {
		wl_buffer_send_release(compositor->held[i]);
	}
	compositor->held_count = 0;
}

static void
hold(struct compositor *compositor, struct wl_resource *buffer)
{
	if (compositor->release == COMPOSITOR_RELEASE_PREVIOUS) {
		release_held(compositor);
	}
	if (compositor->held_count < COMPOSITOR_HELD_MAX) {
		compositor->held[compositor->held_count++] = buffer;
	}
	if (compositor->release == COMPOSITOR_RELEASE_TWICE) {
		wl_buffer_send_release(buffer);
		release_held(compositor);
	}
	if (compositor->release == COMPOSITOR_RELEASE_AT_COMMIT) {
		release_held(compositor);
	}
}

struct shm_listener {
	struct wl_listener base;
	struct compositor *compositor;
};

static void
handle_shm_buffer_destroy(struct wl_listener *base, void *data)
{
	struct shm_listener *listener = wl_container_of(base, listener, base);

	compositor_forget_buffer(listener->compositor, data);
	free(listener);
}

void
compositor_forget_buffer(struct compositor *compositor, struct wl_resource *resource)
{
	unsigned int i, kept = 0;

	for (i = 0; i < compositor->held_count; i++) {
		if (compositor->held[i] != resource) {
			compositor->held[kept++] = compositor->held[i];
		}
	}
	compositor->held_count = kept;
	for (i = 0; i < compositor->surface_count; i++) {
		if (compositor->surfaces[i].pending_buffer == resource) {
			compositor->surfaces[i].pending_buffer = NULL;
		}
	}
}

static void
surface_attach(struct wl_client *client, struct wl_resource *resource, struct wl_resource *buffer,
	       int32_t x, int32_t y)
{
	struct compositor_surface *surface = wl_resource_get_user_data(resource);
	struct shm_listener *listener;

	(void)client;
	(void)x;
	(void)y;
	surface->pending_buffer = buffer;
	if (buffer && wl_shm_buffer_get(buffer) &&
	    !wl_resource_get_destroy_listener(buffer, handle_shm_buffer_destroy)) {
		listener = calloc(1, sizeof(*listener));
		listener->base.notify = handle_shm_buffer_destroy;
		listener->compositor = surface->compositor;
		wl_resource_add_destroy_listener(buffer, &listener->base);
	}
}

static void
surface_damage(struct wl_client *client, struct wl_resource *resource, int32_t x, int32_t y,
	       int32_t width, int32_t height)
{
	struct compositor_surface *surface = wl_resource_get_user_data(resource);

	(void)client;
	if (surface->pending_damage_count < COMPOSITOR_DAMAGE_MAX) {
		surface->pending_damage[surface->pending_damage_count++] =
			(struct exup_rect){ x, y, width, height };
	}
}

static void
surface_frame(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct compositor_surface *surface = wl_resource_get_user_data(resource);

	surface->frame_callback = wl_resource_create(client, &wl_callback_interface, 1, id);
}

static void
surface_set_region(struct wl_client *client, struct wl_resource *resource,
		   struct wl_resource *region)
{
	(void)client;
	(void)resource;
	(void)region;
}

static void
surface_set_int(struct wl_client *client, struct wl_resource *resource, int32_t value)
{
	(void)client;
	(void)resource;
	(void)value;
}

static void
surface_commit(struct wl_client *client, struct wl_resource *resource)
{
	struct compositor_surface *surface = wl_resource_get_user_data(resource);
	int32_t old_width = surface->width, old_height = surface->height;

	(void)client;
	memcpy(surface->damage, surface->pending_damage, sizeof(surface->damage));
	surface->damage_count = surface->pending_damage_count;
	surface->pending_damage_count = 0;
	if (surface->pending_buffer) {
		surface->commits++;
		read_pixels(surface, surface->pending_buffer);
		update_screen(surface, !surface->screen || surface->width != old_width ||
					       surface->height != old_height);
		hold(surface->compositor, surface->pending_buffer);
		surface->pending_buffer = NULL;
	}
	if (surface->frame_callback) {
		wl_callback_send_done(surface->frame_callback, 0);
		wl_resource_destroy(surface->frame_callback);
		surface->frame_callback = NULL;
	}
}

static const struct wl_surface_interface surface_implementation = {
	.destroy = destroy_resource,
	.attach = surface_attach,
	.damage = surface_damage,
	.frame = surface_frame,
	.set_opaque_region = surface_set_region,
	.set_input_region = surface_set_region,
	.commit = surface_commit,
	.set_buffer_transform = surface_set_int,
	.set_buffer_scale = surface_set_int,
	.damage_buffer = surface_damage,
};

static void
create_surface(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct compositor *compositor = wl_resource_get_user_data(resource);
	struct compositor_surface *surface = &compositor->surfaces[compositor->surface_count++];

	surface->compositor = compositor;
	surface->resource = wl_resource_create(client, &wl_surface_interface,
					       wl_resource_get_version(resource), id);
	wl_resource_set_implementation(surface->resource, &surface_implementation, surface, NULL);
}

static const struct wl_compositor_interface compositor_implementation = {
	.create_surface = create_surface,
};

static void
bind_compositor(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct wl_resource *resource;

	resource = wl_resource_create(client, &wl_compositor_interface, (int)version, id);
	wl_resource_set_implementation(resource, &compositor_implementation, data, NULL);
}

static int
handle_wake(int fd, uint32_t mask, void *data)
{
	struct compositor *compositor = data;
	uint64_t value;

	(void)mask;
	if (read(fd, &value, sizeof(value)) < 0) {
		return 0;
	}
	compositor->call(compositor, compositor->call_data);
	if (compositor->client) {
		wl_client_flush(compositor->client);
	}
	pthread_mutex_lock(&compositor->mutex);
	compositor->call = NULL;
	pthread_cond_signal(&compositor->cond);
	pthread_mutex_unlock(&compositor->mutex);
	return 0;
}

void
compositor_call(struct compositor *compositor,
		void (*function)(struct compositor *compositor, void *data), void *data)
{
	uint64_t one = 1;

	pthread_mutex_lock(&compositor->mutex);
	compositor->call = function;
	compositor->call_data = data;
	assert_int_equal(write(compositor->wake_fd, &one, sizeof(one)), sizeof(one));
	while (compositor->call) {
		pthread_cond_wait(&compositor->cond, &compositor->mutex);
	}
	pthread_mutex_unlock(&compositor->mutex);
}

static void *
run(void *data)
{
	struct compositor *compositor = data;

	wl_display_run(compositor->server);
	return NULL;
}

static void
handle_client_destroy(struct wl_listener *listener, void *data)
{
	struct compositor *compositor = wl_container_of(listener, compositor, client_destroy);

	(void)data;
	compositor->client = NULL;
}

static void
connect_client(struct compositor *compositor)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	compositor->client = wl_client_create(compositor->server, fds[0]);
	compositor->client_destroy.notify = handle_client_destroy;
	wl_client_add_destroy_listener(compositor->client, &compositor->client_destroy);
	compositor->display = wl_display_connect_to_fd(fds[1]);
	assert_non_null(compositor->display);
}

struct compositor *
compositor_create(struct fake_exynos *fake, const struct compositor_options *options)
{
	struct compositor *compositor = calloc(1, sizeof(*compositor));

	assert_non_null(compositor);
	compositor->fake = fake;
	compositor->options = *options;
	compositor->server = wl_display_create();
	wl_global_create(compositor->server, &wl_compositor_interface,
			 (int)options->compositor_version, compositor, bind_compositor);
	if (options->has_shm) {
		wl_display_init_shm(compositor->server);
	}
	compositor_offer_globals(compositor);
	pthread_mutex_init(&compositor->mutex, NULL);
	pthread_cond_init(&compositor->cond, NULL);
	compositor->wake_fd = eventfd(0, EFD_CLOEXEC);
	compositor->wake_source = wl_event_loop_add_fd(
		wl_display_get_event_loop(compositor->server), compositor->wake_fd,
		WL_EVENT_READABLE, handle_wake, compositor);
	connect_client(compositor);
	assert_int_equal(pthread_create(&compositor->thread, NULL, run, compositor), 0);
	return compositor;
}

static void
stop(struct compositor *compositor, void *data)
{
	(void)data;
	wl_display_terminate(compositor->server);
}

void
compositor_destroy(struct compositor *compositor)
{
	int i;

	wl_display_disconnect(compositor->display);
	compositor_call(compositor, stop, NULL);
	pthread_join(compositor->thread, NULL);
	wl_event_source_remove(compositor->wake_source);
	wl_display_destroy_clients(compositor->server);
	wl_display_destroy(compositor->server);
	close(compositor->wake_fd);
	pthread_cond_destroy(&compositor->cond);
	pthread_mutex_destroy(&compositor->mutex);
	for (i = 0; i < COMPOSITOR_SURFACES_MAX; i++) {
		free(compositor->surfaces[i].buffer_pixels);
		free(compositor->surfaces[i].screen);
	}
	free(compositor);
}

void
compositor_sync(struct compositor *compositor)
{
	assert_true(wl_display_roundtrip(compositor->display) >= 0);
}

static void
do_release_all(struct compositor *compositor, void *data)
{
	(void)data;
	release_held(compositor);
}

void
compositor_release_all(struct compositor *compositor)
{
	compositor_call(compositor, do_release_all, NULL);
	compositor_sync(compositor);
}

static void
do_set_available(struct compositor *compositor, void *data)
{
	uint64_t bytes = *(uint64_t *)data;

	exynos_userptr_v1_send_available(compositor->userptr, (uint32_t)(bytes >> 32),
					 (uint32_t)bytes);
	exynos_userptr_v1_send_done(compositor->userptr);
}

void
compositor_set_available(struct compositor *compositor, uint64_t bytes)
{
	compositor_call(compositor, do_set_available, &bytes);
	compositor_sync(compositor);
}

static void
do_nothing(struct compositor *compositor, void *data)
{
	(void)compositor;
	(void)data;
}

void
compositor_settle(struct compositor *compositor)
{
	compositor_call(compositor, do_nothing, NULL);
}

static void
do_hang_up(struct compositor *compositor, void *data)
{
	(void)data;
	wl_client_destroy(compositor->client);
}

void
compositor_hang_up(struct compositor *compositor)
{
	compositor_call(compositor, do_hang_up, NULL);
}

static void
do_post_error(struct compositor *compositor, void *data)
{
	(void)data;
	wl_client_post_implementation_error(compositor->client, "as the test wants it");
}

void
compositor_post_error(struct compositor *compositor)
{
	compositor_call(compositor, do_post_error, NULL);
}

struct report {
	uint32_t path, reason;
	uint64_t bytes;
};

static void
do_send_report(struct compositor *compositor, void *data)
{
	const struct report *report = data;

	exynos_userptr_surface_v1_send_composited(compositor->surfaces[0].report, report->path,
						  report->reason, (uint32_t)(report->bytes >> 32),
						  (uint32_t)report->bytes);
}

void
compositor_send_report(struct compositor *compositor, uint32_t path, uint32_t reason,
		       uint64_t bytes)
{
	struct report report = { path, reason, bytes };

	compositor_call(compositor, do_send_report, &report);
	compositor_sync(compositor);
}
