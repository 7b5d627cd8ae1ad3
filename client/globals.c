// SPDX-License-Identifier: MIT
/* What the compositor offers: wl_shm, the formats of linux-dmabuf, the device and its pool. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <wayland-client.h>

#include "client-private.h"
#include "exynos-userptr-v1-client-protocol.h"
#include "linux-dmabuf-unstable-v1-client-protocol.h"

/* An entry of zwp_linux_dmabuf_feedback_v1.format_table, linux-dmabuf-unstable-v1.xml. */
struct table_entry {
	uint32_t fourcc;
	uint32_t padding;
	uint64_t modifier;
};

/**
 * struct feedback - zwp_linux_dmabuf_v1's default feedback while it is being received
 * @table: NULL if there is none
 */
struct feedback {
	struct exup_client *client;
	const struct table_entry *table;
	size_t table_bytes;
};

static void
offer_format(struct exup_client *client, uint32_t fourcc, uint64_t modifier)
{
	const struct exup_format *list;
	size_t count, i;

	if (modifier != DRM_FORMAT_MOD_LINEAR) {
		return;
	}
	list = exup_format_list(&count);
	for (i = 0; i < count; i++) {
		if (list[i].fourcc == fourcc) {
			client->offered_formats |= 1u << i;
		}
	}
}

bool
exup_client_offers_format(const struct exup_client *client, const struct exup_format *format)
{
	size_t count;

	return client->offered_formats & 1u << (format - exup_format_list(&count));
}

static void
dmabuf_format(void *data, struct zwp_linux_dmabuf_v1 *dmabuf, uint32_t fourcc)
{
	/* since version 3 the modifier events say it all */
	(void)data;
	(void)dmabuf;
	(void)fourcc;
}

static void
dmabuf_modifier(void *data, struct zwp_linux_dmabuf_v1 *dmabuf, uint32_t fourcc,
		uint32_t modifier_hi, uint32_t modifier_lo)
{
	(void)dmabuf;
	offer_format(data, fourcc, (uint64_t)modifier_hi << 32 | modifier_lo);
}

static const struct zwp_linux_dmabuf_v1_listener dmabuf_listener = {
	.format = dmabuf_format,
	.modifier = dmabuf_modifier,
};

static void
unmap_table(struct feedback *feedback)
{
	if (feedback->table) {
		munmap((void *)feedback->table, feedback->table_bytes);
		feedback->table = NULL;
	}
}

static void
feedback_done(void *data, struct zwp_linux_dmabuf_feedback_v1 *object)
{
	(void)data;
	(void)object;
}

static void
feedback_format_table(void *data, struct zwp_linux_dmabuf_feedback_v1 *object, int32_t fd,
		      uint32_t size_bytes)
{
	struct feedback *feedback = data;
	void *table;

	(void)object;
	unmap_table(feedback);
	/* private, as the protocol demands */
	table = mmap(NULL, size_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
	if (table != MAP_FAILED) {
		feedback->table = table;
		feedback->table_bytes = size_bytes;
	}
	close(fd);
}

static void
feedback_main_device(void *data, struct zwp_linux_dmabuf_feedback_v1 *object,
		     struct wl_array *device)
{
	/* where to pin, exynos_userptr_v1 says */
	(void)data;
	(void)object;
	(void)device;
}

static void
feedback_tranche_done(void *data, struct zwp_linux_dmabuf_feedback_v1 *object)
{
	(void)data;
	(void)object;
}

static void
feedback_tranche_formats(void *data, struct zwp_linux_dmabuf_feedback_v1 *object,
			 struct wl_array *indices)
{
	struct feedback *feedback = data;
	const uint16_t *index;

	(void)object;
	if (!feedback->table) {
		return;
	}
	wl_array_for_each (index, indices) {
		if (*index < feedback->table_bytes / sizeof(*feedback->table)) {
			offer_format(feedback->client, feedback->table[*index].fourcc,
				     feedback->table[*index].modifier);
		}
	}
}

static void
feedback_tranche_flags(void *data, struct zwp_linux_dmabuf_feedback_v1 *object, uint32_t flags)
{
	(void)data;
	(void)object;
	(void)flags;
}

static const struct zwp_linux_dmabuf_feedback_v1_listener feedback_listener = {
	.done = feedback_done,
	.format_table = feedback_format_table,
	.main_device = feedback_main_device,
	.tranche_done = feedback_tranche_done,
	.tranche_target_device = feedback_main_device,
	.tranche_formats = feedback_tranche_formats,
	.tranche_flags = feedback_tranche_flags,
};

static void
userptr_device(void *data, struct exynos_userptr_v1 *userptr, struct wl_array *device)
{
	struct exup_client *client = data;

	(void)userptr;
	if (device->size == sizeof(client->devnum)) {
		memcpy(&client->devnum, device->data, sizeof(client->devnum));
	}
}

static void
userptr_limit(void *data, struct exynos_userptr_v1 *userptr, uint32_t max_buffer_hi,
	      uint32_t max_buffer_lo, uint32_t pool_hi, uint32_t pool_lo)
{
	struct exup_client *client = data;

	(void)userptr;
	client->max_buffer_bytes = (uint64_t)max_buffer_hi << 32 | max_buffer_lo;
	client->pool_bytes = (uint64_t)pool_hi << 32 | pool_lo;
}

static void
userptr_available(void *data, struct exynos_userptr_v1 *userptr, uint32_t bytes_hi,
		  uint32_t bytes_lo)
{
	struct exup_client *client = data;
	uint64_t bytes = (uint64_t)bytes_hi << 32 | bytes_lo;

	(void)userptr;
	if (bytes > client->available_bytes) {
		client->available_growths++;
	}
	client->available_bytes = bytes;
}

static void
userptr_done(void *data, struct exynos_userptr_v1 *userptr)
{
	(void)data;
	(void)userptr;
}

static const struct exynos_userptr_v1_listener userptr_listener = {
	.device = userptr_device,
	.limit = userptr_limit,
	.available = userptr_available,
	.done = userptr_done,
};

static uint32_t
lower(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void
registry_global(void *data, struct wl_registry *registry, uint32_t name, const char *interface,
		uint32_t version)
{
	struct exup_client *client = data;

	if (strcmp(interface, wl_shm_interface.name) == 0 && !client->shm) {
		client->shm = wl_registry_bind(registry, name, &wl_shm_interface, 1);
	} else if (strcmp(interface, zwp_linux_dmabuf_v1_interface.name) == 0 && version >= 3 &&
		   !client->dmabuf) {
		client->dmabuf = wl_registry_bind(registry, name, &zwp_linux_dmabuf_v1_interface,
						  lower(version, 4));
		/* without memory there is none, and the display has an error */
		if (client->dmabuf) {
			zwp_linux_dmabuf_v1_add_listener(client->dmabuf, &dmabuf_listener, client);
		}
	} else if (strcmp(interface, exynos_userptr_v1_interface.name) == 0 && !client->userptr) {
		client->userptr = wl_registry_bind(registry, name, &exynos_userptr_v1_interface, 1);
		if (client->userptr) {
			exynos_userptr_v1_add_listener(client->userptr, &userptr_listener, client);
		}
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

static struct wl_registry *
get_registry(struct exup_client *client)
{
	struct wl_display *wrapper;
	struct wl_registry *registry;

	/* the queue is set before there can be an event */
	wrapper = wl_proxy_create_wrapper(client->display);
	if (!wrapper) {
		return NULL;
	}
	wl_proxy_set_queue((struct wl_proxy *)wrapper, client->queue);
	registry = wl_display_get_registry(wrapper);
	wl_proxy_wrapper_destroy(wrapper);
	return registry;
}

/* The events of the globals themselves come with the same round trip. */
static int
receive_feedback(struct exup_client *client)
{
	struct feedback feedback = { .client = client };
	struct zwp_linux_dmabuf_feedback_v1 *object = NULL;
	int ret;

	if (client->dmabuf && zwp_linux_dmabuf_v1_get_version(client->dmabuf) >=
				      ZWP_LINUX_DMABUF_V1_GET_DEFAULT_FEEDBACK_SINCE_VERSION) {
		/* the table comes as a file, for which there must be room as well */
		ret = exup_client_check_fd(wl_display_get_fd(client->display));
		if (ret < 0) {
			return ret;
		}
		object = zwp_linux_dmabuf_v1_get_default_feedback(client->dmabuf);
		if (!object) {
			return -ENOMEM;
		}
		zwp_linux_dmabuf_feedback_v1_add_listener(object, &feedback_listener, &feedback);
	}
	ret = exup_client_roundtrip(client);
	if (object) {
		zwp_linux_dmabuf_feedback_v1_destroy(object);
	}
	unmap_table(&feedback);
	return ret;
}

int
exup_globals_bind(struct exup_client *client)
{
	struct wl_registry *registry;
	int ret;

	registry = get_registry(client);
	if (!registry) {
		return -ENOMEM;
	}
	wl_registry_add_listener(registry, &registry_listener, client);
	ret = exup_client_roundtrip(client);
	if (ret == 0) {
		ret = receive_feedback(client);
	}
	wl_registry_destroy(registry);
	if (ret < 0) {
		return ret;
	}
	if (client->userptr) {
		/* what came meanwhile is in the old queue */
		wl_proxy_set_queue((struct wl_proxy *)client->userptr, client->app_queue);
		wl_display_dispatch_queue_pending(client->display, client->queue);
	}
	return client->shm ? 0 : -ENOTSUP;
}

void
exup_globals_release(struct exup_client *client)
{
	if (client->userptr) {
		exynos_userptr_v1_destroy(client->userptr);
	}
	if (client->dmabuf) {
		zwp_linux_dmabuf_v1_destroy(client->dmabuf);
	}
	if (client->shm) {
		wl_shm_destroy(client->shm);
	}
}
