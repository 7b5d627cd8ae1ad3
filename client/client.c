// SPDX-License-Identifier: MIT
/* A connection's use of the library: setup, what is offered, messages. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <wayland-client.h>

#include "client-private.h"

int
exup_client_get_connection_error(struct exup_client *client)
{
	return wl_display_get_error(client->display) == EPROTO ? -EPROTO : -EPIPE;
}

int
exup_client_roundtrip(struct exup_client *client)
{
	if (wl_display_roundtrip_queue(client->display, client->queue) < 0) {
		return exup_client_get_connection_error(client);
	}
	return 0;
}

int
exup_client_check_fd(int fd)
{
	int copy;

	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (copy < 0) {
		return -errno;
	}
	close(copy);
	return 0;
}

static void
open_device(struct exup_client *client)
{
	client->reason = EXUP_REASON_NO_DEVICE;
	if (client->devnum == 0 || client->pool_bytes == 0) {
		client->device_error = -ENODEV;
		return;
	}
	client->device_error = exup_device_create(client->sys, client->devnum, &client->device);
	if (client->device_error == 0) {
		client->reason = EXUP_REASON_NONE;
	}
}

int
exup_client_create_for_sys(const struct exup_sys *sys, struct wl_display *display,
			   struct wl_event_queue *queue, uint32_t flags, struct exup_client **out)
{
	struct exup_client *client;
	int ret;

	if (!display || !out || flags & ~(EXUP_CLIENT_FORCE_SHM | EXUP_CLIENT_DRAWS_ANYWHERE)) {
		return -EINVAL;
	}
	client = calloc(1, sizeof(*client));
	if (!client) {
		return -ENOMEM;
	}
	client->sys = sys;
	client->display = display;
	client->app_queue = queue;
	client->flags = flags;
	LIST_INIT(&client->buffers);
	LIST_INIT(&client->orphans);
	client->queue = wl_display_create_queue(display);
	if (!client->queue) {
		ret = -ENOMEM;
		goto err_free;
	}
	ret = exup_globals_bind(client);
	if (ret < 0) {
		goto err_globals;
	}
	if (flags & EXUP_CLIENT_FORCE_SHM) {
		client->reason = EXUP_REASON_FORCED;
	} else if (!client->userptr || !client->dmabuf) {
		client->reason = EXUP_REASON_NO_PROTOCOL;
	} else {
		open_device(client);
	}
	*out = client;
	return 0;

err_globals:
	exup_globals_release(client);
	wl_event_queue_destroy(client->queue);
err_free:
	free(client);
	return ret;
}

int
exup_client_create(struct wl_display *display, struct wl_event_queue *queue, uint32_t flags,
		   struct exup_client **client)
{
	return exup_client_create_for_sys(&exup_sys_kernel, display, queue, flags, client);
}

void
exup_client_destroy(struct exup_client *client)
{
	if (!client) {
		return;
	}
	exup_import_settle_orphans(client);
	exup_globals_release(client);
	exup_device_destroy(client->device);
	wl_event_queue_destroy(client->queue);
	free(client);
}

void
exup_client_get_info(const struct exup_client *client, struct exup_client_info *info)
{
	*info = (struct exup_client_info){
		.userptr = client->reason == EXUP_REASON_NONE,
		.reason = client->reason,
		.device = client->devnum,
		.max_buffer_bytes = client->max_buffer_bytes,
		.pool_bytes = client->pool_bytes,
		.available_bytes = client->available_bytes,
	};
}

void
exup_client_log(struct exup_client *client, const char *format, ...)
{
	char message[256];
	va_list args;

	if (!client->log) {
		return;
	}
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	client->log(client->log_data, message);
}

void
exup_client_set_log(struct exup_client *client, void (*log)(void *data, const char *message),
		    void *data)
{
	client->log = log;
	client->log_data = data;
	switch (client->reason) {
	case EXUP_REASON_NONE:
		exup_client_log(client,
				"memory is read in place by device %u:%u: at most %" PRIu64
				" bytes a buffer, pool %" PRIu64 " bytes, free %" PRIu64 " bytes",
				major(client->devnum), minor(client->devnum),
				client->max_buffer_bytes, client->pool_bytes,
				client->available_bytes);
		break;
	case EXUP_REASON_FORCED:
		exup_client_log(client, "all buffers go through wl_shm, as asked for");
		break;
	case EXUP_REASON_NO_PROTOCOL:
		exup_client_log(client,
				"all buffers go through wl_shm: the compositor does not offer %s",
				client->userptr ? "zwp_linux_dmabuf_v1, version 3 or later" :
						  "exynos_userptr_v1");
		break;
	default:
		exup_client_log(
			client,
			"all buffers go through wl_shm: cannot use device %u:%u, pool %" PRIu64
			" bytes: %s",
			major(client->devnum), minor(client->devnum), client->pool_bytes,
			strerror(-client->device_error));
		break;
	}
}
