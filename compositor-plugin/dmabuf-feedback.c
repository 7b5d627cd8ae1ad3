// SPDX-License-Identifier: MIT
/* The table of formats and modifiers that clients may use, and the objects that announce it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>

#include "dmabuf-feedback.h"
#include "format.h"
#include "linux-dmabuf-unstable-v1-server-protocol.h"
#include "log.h"

/* One pair of the table, as zwp_linux_dmabuf_feedback_v1.format_table lays it down. */
struct pair {
	uint32_t fourcc;
	uint32_t padding;
	uint64_t modifier;
};

/*
 * LINEAR is what the engine reads. INVALID, "no explicit modifier", is announced as well, since
 * here it always means LINEAR too: the Exynos driver allocates nothing else, user memory is nothing
 * else, and the protocol has clients that allocate without modifiers on another device force a
 * linear layout. Without it clients whose allocator knows no modifiers would have nothing that
 * they may send, and from version 4 on a pair that is not announced is a fatal error.
 */
static const uint64_t modifiers[] = { DRM_FORMAT_MOD_LINEAR, DRM_FORMAT_MOD_INVALID };

#define MODIFIER_COUNT (sizeof(modifiers) / sizeof(modifiers[0]))

/**
 * struct exup_plugin_feedback
 * @pairs: the table, in order of preference
 * @table_fd: the same, sealed against any change, as all clients get the same file
 */
struct exup_plugin_feedback {
	dev_t main_device;
	struct pair *pairs;
	uint16_t pair_count;
	int table_fd;
};

static int
write_all(int fd, const void *data, size_t size_bytes)
{
	const char *next = data;
	ssize_t len;

	while (size_bytes > 0) {
		len = write(fd, next, size_bytes);
		if (len < 0 && errno == EINTR) {
			continue;
		}
		if (len < 0) {
			return -errno;
		}
		next += len;
		size_bytes -= (size_t)len;
	}
	return 0;
}

static int
create_sealed_file(const void *data, size_t size_bytes)
{
	int fd;
	int ret;

	fd = memfd_create("linux-dmabuf-formats", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0) {
		return -errno;
	}
	ret = write_all(fd, data, size_bytes);
	if (ret == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0) {
		ret = -errno;
	}
	if (ret < 0) {
		close(fd);
		return ret;
	}
	return fd;
}

static uint16_t
fill_pairs(struct pair *pairs, const struct exup_format *formats, size_t format_count)
{
	uint16_t pair_count = 0;
	size_t f, m;

	for (m = 0; m < MODIFIER_COUNT; m++) {
		for (f = 0; f < format_count; f++) {
			pairs[pair_count++] = (struct pair){
				.fourcc = formats[f].fourcc,
				.modifier = modifiers[m],
			};
		}
	}
	return pair_count;
}

struct exup_plugin_feedback *
exup_plugin_feedback_create(dev_t main_device)
{
	struct exup_plugin_feedback *feedback;
	const struct exup_format *formats;
	size_t format_count;
	int ret = -ENOMEM;

	formats = exup_format_list(&format_count);
	feedback = calloc(1, sizeof(*feedback));
	if (!feedback) {
		goto err;
	}
	feedback->main_device = main_device;
	feedback->pairs = calloc(format_count * MODIFIER_COUNT, sizeof(*feedback->pairs));
	if (!feedback->pairs) {
		goto err_feedback;
	}
	feedback->pair_count = fill_pairs(feedback->pairs, formats, format_count);
	ret = create_sealed_file(feedback->pairs, feedback->pair_count * sizeof(struct pair));
	if (ret < 0) {
		goto err_pairs;
	}
	feedback->table_fd = ret;
	return feedback;

err_pairs:
	free(feedback->pairs);
err_feedback:
	free(feedback);
err:
	exup_plugin_log("exynos-userptr: cannot make a table of %zu formats: %s\n", format_count,
			strerror(-ret));
	return NULL;
}

void
exup_plugin_feedback_destroy(struct exup_plugin_feedback *feedback)
{
	if (!feedback) {
		return;
	}
	close(feedback->table_fd);
	free(feedback->pairs);
	free(feedback);
}

void
exup_plugin_feedback_send_formats(const struct exup_plugin_feedback *feedback,
				  struct wl_resource *manager)
{
	int version = wl_resource_get_version(manager);
	const struct pair *pair;
	uint16_t i;

	if (version >= ZWP_LINUX_DMABUF_V1_GET_DEFAULT_FEEDBACK_SINCE_VERSION) {
		return;
	}
	for (i = 0; i < feedback->pair_count; i++) {
		pair = &feedback->pairs[i];
		/* once per format; version 3 has not replaced this event, only added the other */
		if (pair->modifier == DRM_FORMAT_MOD_LINEAR) {
			zwp_linux_dmabuf_v1_send_format(manager, pair->fourcc);
		}
		if (version >= ZWP_LINUX_DMABUF_V1_MODIFIER_SINCE_VERSION) {
			zwp_linux_dmabuf_v1_send_modifier(manager, pair->fourcc,
							  (uint32_t)(pair->modifier >> 32),
							  (uint32_t)pair->modifier);
		}
	}
}

static void
feedback_destroy(struct wl_client *client, struct wl_resource *resource)
{
	(void)client;
	wl_resource_destroy(resource);
}

static const struct zwp_linux_dmabuf_feedback_v1_interface feedback_implementation = {
	.destroy = feedback_destroy,
};

static void
send_feedback(const struct exup_plugin_feedback *feedback, struct wl_resource *resource)
{
	dev_t main_device = feedback->main_device;
	struct wl_array device = { .size = sizeof(main_device), .data = &main_device };
	struct wl_array indices;
	uint16_t *index;
	uint16_t i;

	wl_array_init(&indices);
	index = wl_array_add(&indices, feedback->pair_count * sizeof(*index));
	if (!index) {
		wl_resource_post_no_memory(resource);
		return;
	}
	for (i = 0; i < feedback->pair_count; i++) {
		index[i] = i;
	}
	zwp_linux_dmabuf_feedback_v1_send_format_table(
		resource, feedback->table_fd,
		(uint32_t)(feedback->pair_count * sizeof(struct pair)));
	zwp_linux_dmabuf_feedback_v1_send_main_device(resource, &device);
	zwp_linux_dmabuf_feedback_v1_send_tranche_target_device(resource, &device);
	/* no scanout flag: the engine composites everything, a client's buffer is never flipped to */
	zwp_linux_dmabuf_feedback_v1_send_tranche_flags(resource, 0);
	zwp_linux_dmabuf_feedback_v1_send_tranche_formats(resource, &indices);
	zwp_linux_dmabuf_feedback_v1_send_tranche_done(resource);
	zwp_linux_dmabuf_feedback_v1_send_done(resource);
	wl_array_release(&indices);
}

void
exup_plugin_feedback_create_resource(const struct exup_plugin_feedback *feedback,
				     struct wl_resource *manager, uint32_t id)
{
	struct wl_resource *resource;

	resource = wl_resource_create(wl_resource_get_client(manager),
				      &zwp_linux_dmabuf_feedback_v1_interface,
				      wl_resource_get_version(manager), id);
	if (!resource) {
		wl_resource_post_no_memory(manager);
		return;
	}
	wl_resource_set_implementation(resource, &feedback_implementation, NULL, NULL);
	if (feedback) {
		send_feedback(feedback, resource);
	}
}

bool
exup_plugin_feedback_has_pair(const struct exup_plugin_feedback *feedback, uint32_t fourcc,
			      uint64_t modifier)
{
	uint16_t i;

	for (i = 0; i < feedback->pair_count; i++) {
		if (feedback->pairs[i].fourcc == fourcc &&
		    feedback->pairs[i].modifier == modifier) {
			return true;
		}
	}
	return false;
}
