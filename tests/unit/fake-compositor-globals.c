// SPDX-License-Identifier: MIT
/* The test compositor's zwp_linux_dmabuf_v1 and exynos_userptr_v1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <wayland-server.h>

#include "exynos-userptr-v1-server-protocol.h"
#include "fake-compositor.h"
#include "linux-dmabuf-unstable-v1-server-protocol.h"

static void
destroy_resource(struct wl_client *client, struct wl_resource *resource)
{
	(void)client;
	wl_resource_destroy(resource);
}

static const struct wl_buffer_interface buffer_implementation = {
	.destroy = destroy_resource,
};

struct compositor_buffer *
compositor_buffer_from_resource(struct wl_resource *resource)
{
	if (!wl_resource_instance_of(resource, &wl_buffer_interface, &buffer_implementation)) {
		return NULL;
	}
	return wl_resource_get_user_data(resource);
}

static void
free_buffer(struct compositor_buffer *buffer)
{
	if (buffer->map) {
		munmap(buffer->map, buffer->map_bytes);
	}
	if (buffer->fd >= 0) {
		close(buffer->fd);
	}
	free(buffer);
}

static void
handle_buffer_destroy(struct wl_resource *resource)
{
	struct compositor_buffer *buffer = wl_resource_get_user_data(resource);

	compositor_forget_buffer(buffer->compositor, resource);
	buffer->compositor->dmabuf_buffers--;
	free_buffer(buffer);
}

/* Imports as the plugin does: pinned memory is read where it is. */
static bool
import_buffer(struct compositor_buffer *buffer)
{
	uint64_t end_bytes = buffer->offset_bytes +
			     (uint64_t)buffer->stride * (buffer->height - 1) +
			     (uint64_t)buffer->width * 4;
	struct stat st;

	if (buffer->fd < 0 || fstat(buffer->fd, &st) < 0 || end_bytes > (uint64_t)st.st_size) {
		return false;
	}
	buffer->object = fake_exynos_find_dmabuf(buffer->compositor->fake, buffer->fd);
	if (buffer->object && buffer->object->user) {
		buffer->pixels = buffer->object->seen + buffer->offset_bytes;
		return true;
	}
	buffer->map_bytes = (size_t)st.st_size;
	buffer->map = mmap(NULL, buffer->map_bytes, PROT_READ, MAP_SHARED, buffer->fd, 0);
	if (buffer->map == MAP_FAILED) {
		buffer->map = NULL;
		return false;
	}
	buffer->pixels = buffer->map + buffer->offset_bytes;
	return true;
}

/* Takes the buffer over from the params. */
static void
answer(struct wl_resource *params, bool is_ok)
{
	struct compositor_buffer *buffer = wl_resource_get_user_data(params);
	struct wl_resource *resource;

	wl_resource_set_user_data(params, NULL);
	if (is_ok && !import_buffer(buffer)) {
		buffer->compositor->refused_imports++;
		is_ok = false;
	}
	if (!is_ok) {
		free_buffer(buffer);
		zwp_linux_buffer_params_v1_send_failed(params);
		return;
	}
	resource = wl_resource_create(wl_resource_get_client(params), &wl_buffer_interface, 1, 0);
	wl_resource_set_implementation(resource, &buffer_implementation, buffer,
				       handle_buffer_destroy);
	buffer->compositor->dmabuf_buffers++;
	zwp_linux_buffer_params_v1_send_created(params, resource);
}

static void
handle_params_destroy(struct wl_resource *params)
{
	struct compositor_buffer *buffer = wl_resource_get_user_data(params);
	struct compositor *compositor;
	unsigned int i, kept = 0;

	/* answered */
	if (!buffer) {
		return;
	}
	compositor = buffer->compositor;
	for (i = 0; i < compositor->later_count; i++) {
		if (compositor->later[i] != params) {
			compositor->later[kept++] = compositor->later[i];
		}
	}
	compositor->later_count = kept;
	free_buffer(buffer);
}

static void
params_add(struct wl_client *client, struct wl_resource *params, int32_t fd, uint32_t plane,
	   uint32_t offset, uint32_t stride, uint32_t modifier_hi, uint32_t modifier_lo)
{
	struct compositor_buffer *buffer = wl_resource_get_user_data(params);

	(void)client;
	if (plane != 0 || buffer->fd >= 0 || modifier_hi != 0 || modifier_lo != 0) {
		wl_resource_post_error(params, 0, "only one plane, linear");
		close(fd);
		return;
	}
	buffer->fd = fd;
	buffer->offset_bytes = offset;
	buffer->stride = stride;
}

/* As Weston 10 does: the last stride must end within 32 bits, and within what others allocated. */
static bool
is_out_of_bounds(const struct compositor_buffer *buffer)
{
	uint64_t end_bytes = buffer->offset_bytes + (uint64_t)buffer->stride * buffer->height;
	struct stat st;

	if (end_bytes > UINT32_MAX) {
		return true;
	}
	return !fake_exynos_find_dmabuf(buffer->compositor->fake, buffer->fd) &&
	       fstat(buffer->fd, &st) == 0 && end_bytes > (uint64_t)st.st_size;
}

static void
params_create(struct wl_client *client, struct wl_resource *params, int32_t width, int32_t height,
	      uint32_t fourcc, uint32_t flags)
{
	struct compositor_buffer *buffer = wl_resource_get_user_data(params);
	struct compositor *compositor = buffer->compositor;

	(void)flags;
	buffer->width = width;
	buffer->height = height;
	buffer->fourcc = fourcc;
	compositor->imports++;
	if (is_out_of_bounds(buffer)) {
		wl_resource_post_error(params, 0, "out of bounds");
		return;
	}
	switch (compositor->import) {
	case COMPOSITOR_IMPORT_OK:
	case COMPOSITOR_IMPORT_FAIL:
		answer(params, compositor->import == COMPOSITOR_IMPORT_OK);
		break;
	case COMPOSITOR_IMPORT_LATER:
		compositor->later[compositor->later_count++] = params;
		break;
	case COMPOSITOR_IMPORT_ERROR:
		wl_resource_post_error(params, 0, "as the test wants it");
		break;
	case COMPOSITOR_IMPORT_HANG_UP:
		/* the library goes on with a client whose request this is: it may not be gone yet */
		shutdown(wl_client_get_fd(client), SHUT_RDWR);
		break;
	}
}

static void
params_create_immed(struct wl_client *client, struct wl_resource *params, uint32_t id,
		    int32_t width, int32_t height, uint32_t fourcc, uint32_t flags)
{
	(void)client;
	(void)id;
	(void)width;
	(void)height;
	(void)fourcc;
	(void)flags;
	wl_resource_post_error(params, 0, "create_immed leaves no way back");
}

static const struct zwp_linux_buffer_params_v1_interface params_implementation = {
	.destroy = destroy_resource,
	.add = params_add,
	.create = params_create,
	.create_immed = params_create_immed,
};

static void
dmabuf_create_params(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct compositor_buffer *buffer = calloc(1, sizeof(*buffer));
	struct wl_resource *params;

	buffer->compositor = wl_resource_get_user_data(resource);
	buffer->fd = -1;
	params = wl_resource_create(client, &zwp_linux_buffer_params_v1_interface,
				    wl_resource_get_version(resource), id);
	wl_resource_set_implementation(params, &params_implementation, buffer,
				       handle_params_destroy);
}

static const struct zwp_linux_dmabuf_feedback_v1_interface feedback_implementation = {
	.destroy = destroy_resource,
};

static void
send_tranche(const struct compositor_options *options, struct wl_resource *feedback)
{
	struct {
		uint32_t fourcc, padding;
		uint64_t modifier;
	} table[4] = { 0 };
	struct wl_array indices, device;
	uint16_t *index, count = 0;
	int fd;

	wl_array_init(&indices);
	wl_array_init(&device);
	for (; count < 4 && options->fourccs[count]; count++) {
		table[count].fourcc = options->fourccs[count];
		table[count].modifier = options->modifier;
		index = wl_array_add(&indices, sizeof(*index));
		*index = count;
	}
	/* one that is not in the table */
	index = wl_array_add(&indices, sizeof(*index));
	*index = 1000;
	memcpy(wl_array_add(&device, sizeof(options->devnum)), &options->devnum,
	       sizeof(options->devnum));
	fd = memfd_create("table", MFD_CLOEXEC);
	assert_int_equal(write(fd, table, sizeof(table)), sizeof(table));
	zwp_linux_dmabuf_feedback_v1_send_format_table(feedback, fd,
						       count * (uint32_t)sizeof(table[0]));
	close(fd);
	zwp_linux_dmabuf_feedback_v1_send_main_device(feedback, &device);
	zwp_linux_dmabuf_feedback_v1_send_tranche_target_device(feedback, &device);
	zwp_linux_dmabuf_feedback_v1_send_tranche_formats(feedback, &indices);
	zwp_linux_dmabuf_feedback_v1_send_tranche_flags(feedback, 0);
	zwp_linux_dmabuf_feedback_v1_send_tranche_done(feedback);
	zwp_linux_dmabuf_feedback_v1_send_done(feedback);
	wl_array_release(&indices);
	wl_array_release(&device);
}

static void
dmabuf_get_default_feedback(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct compositor *compositor = wl_resource_get_user_data(resource);
	struct wl_resource *feedback;

	feedback = wl_resource_create(client, &zwp_linux_dmabuf_feedback_v1_interface,
				      wl_resource_get_version(resource), id);
	wl_resource_set_implementation(feedback, &feedback_implementation, NULL, NULL);
	send_tranche(&compositor->options, feedback);
}

static const struct zwp_linux_dmabuf_v1_interface dmabuf_implementation = {
	.destroy = destroy_resource,
	.create_params = dmabuf_create_params,
	.get_default_feedback = dmabuf_get_default_feedback,
};

static void
bind_dmabuf(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct compositor *compositor = data;
	const struct compositor_options *options = &compositor->options;
	struct wl_resource *resource;
	int i;

	resource = wl_resource_create(client, &zwp_linux_dmabuf_v1_interface, (int)version, id);
	wl_resource_set_implementation(resource, &dmabuf_implementation, compositor, NULL);
	for (i = 0; version == 3 && i < 4 && options->fourccs[i]; i++) {
		zwp_linux_dmabuf_v1_send_format(resource, options->fourccs[i]);
		zwp_linux_dmabuf_v1_send_modifier(resource, options->fourccs[i],
						  (uint32_t)(options->modifier >> 32),
						  (uint32_t)options->modifier);
	}
}

static void
handle_report_destroy(struct wl_resource *report)
{
	struct compositor_surface *surface = wl_resource_get_user_data(report);

	surface->report = NULL;
}

static const struct exynos_userptr_surface_v1_interface report_implementation = {
	.destroy = destroy_resource,
};

static void
userptr_get_surface_report(struct wl_client *client, struct wl_resource *resource, uint32_t id,
			   struct wl_resource *surface_resource)
{
	struct compositor_surface *surface = wl_resource_get_user_data(surface_resource);

	(void)resource;
	surface->report = wl_resource_create(client, &exynos_userptr_surface_v1_interface, 1, id);
	wl_resource_set_implementation(surface->report, &report_implementation, surface,
				       handle_report_destroy);
}

static const struct exynos_userptr_v1_interface userptr_implementation = {
	.destroy = destroy_resource,
	.get_surface_report = userptr_get_surface_report,
};

static void
bind_userptr(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct compositor *compositor = data;
	const struct compositor_options *options = &compositor->options;
	struct wl_array device;
	size_t device_bytes = options->device_bytes ? options->device_bytes : sizeof(dev_t);

	compositor->userptr =
		wl_resource_create(client, &exynos_userptr_v1_interface, (int)version, id);
	wl_resource_set_implementation(compositor->userptr, &userptr_implementation, compositor,
				       NULL);
	wl_array_init(&device);
	memset(wl_array_add(&device, device_bytes), 0, device_bytes);
	memcpy(device.data, &options->devnum,
	       device_bytes < sizeof(dev_t) ? device_bytes : sizeof(dev_t));
	exynos_userptr_v1_send_device(compositor->userptr, &device);
	wl_array_release(&device);
	exynos_userptr_v1_send_limit(
		compositor->userptr, (uint32_t)(options->max_buffer_bytes >> 32),
		(uint32_t)options->max_buffer_bytes, (uint32_t)(options->pool_bytes >> 32),
		(uint32_t)options->pool_bytes);
	exynos_userptr_v1_send_available(compositor->userptr,
					 (uint32_t)(options->available_bytes >> 32),
					 (uint32_t)options->available_bytes);
	exynos_userptr_v1_send_done(compositor->userptr);
}

void
compositor_offer_globals(struct compositor *compositor)
{
	if (compositor->options.dmabuf_version > 0) {
		wl_global_create(compositor->server, &zwp_linux_dmabuf_v1_interface,
				 (int)compositor->options.dmabuf_version, compositor, bind_dmabuf);
	}
	if (compositor->options.has_userptr) {
		wl_global_create(compositor->server, &exynos_userptr_v1_interface, 1, compositor,
				 bind_userptr);
	}
}

static void
do_answer_imports(struct compositor *compositor, void *data)
{
	unsigned int i;

	for (i = 0; i < compositor->later_count; i++) {
		answer(compositor->later[i], *(bool *)data);
	}
	compositor->later_count = 0;
}

void
compositor_answer_imports(struct compositor *compositor, bool is_ok)
{
	compositor_call(compositor, do_answer_imports, &is_ok);
	compositor_sync(compositor);
}
