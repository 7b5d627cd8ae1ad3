// SPDX-License-Identifier: MIT
/* The zwp_linux_dmabuf_v1 global, its wl_buffers, and the images that these hold. */
#include <stdlib.h>

#include "client-account.h"
#include "linux-dmabuf-private.h"
#include "linux-dmabuf-unstable-v1-server-protocol.h"
#include "log.h"

#define DMABUF_VERSION 4

static struct exup_plugin_image *
image_create(const struct exup_g2d_image *g2d, struct wl_client *client)
{
	struct exup_plugin_image *image;

	image = calloc(1, sizeof(*image));
	if (!image) {
		return NULL;
	}
	image->g2d = *g2d;
	image->account = exup_plugin_account_get(client);
	image->refcount = 1;
	return image;
}

struct exup_plugin_image *
exup_plugin_image_ref(struct exup_plugin_image *image)
{
	image->refcount++;
	return image;
}

void
exup_plugin_image_unref(struct exup_plugin_image *image)
{
	if (!image || --image->refcount > 0) {
		return;
	}
	exup_bo_destroy(image->g2d.bo);
	exup_plugin_account_unref(image->account);
	free(image);
}

static void
buffer_destroy(struct wl_client *client, struct wl_resource *resource)
{
	(void)client;
	wl_resource_destroy(resource);
}

static const struct wl_buffer_interface buffer_implementation = {
	.destroy = buffer_destroy,
};

static void
buffer_handle_resource_destroy(struct wl_resource *resource)
{
	wl_list_remove(wl_resource_get_link(resource));
	exup_plugin_image_unref(wl_resource_get_user_data(resource));
}

struct wl_resource *
exup_plugin_buffer_create(struct exup_plugin_dmabuf *dmabuf, struct wl_client *client, uint32_t id,
			  const struct exup_g2d_image *g2d)
{
	struct exup_plugin_image *image;
	struct wl_resource *resource;

	resource = wl_resource_create(client, &wl_buffer_interface, 1, id);
	if (!resource) {
		return NULL;
	}
	image = image_create(g2d, client);
	if (!image) {
		wl_resource_destroy(resource);
		return NULL;
	}
	wl_resource_set_implementation(resource, &buffer_implementation, image,
				       buffer_handle_resource_destroy);
	wl_list_insert(&dmabuf->buffers, wl_resource_get_link(resource));
	return resource;
}

struct exup_plugin_image *
exup_plugin_image_from_resource(struct wl_resource *buffer)
{
	if (!wl_resource_instance_of(buffer, &wl_buffer_interface, &buffer_implementation)) {
		return NULL;
	}
	return wl_resource_get_user_data(buffer);
}

static void
manager_destroy(struct wl_client *client, struct wl_resource *manager)
{
	(void)client;
	wl_resource_destroy(manager);
}

static void
manager_create_params(struct wl_client *client, struct wl_resource *manager, uint32_t id)
{
	(void)client;
	exup_plugin_params_create(wl_resource_get_user_data(manager), manager, id);
}

static void
manager_get_default_feedback(struct wl_client *client, struct wl_resource *manager, uint32_t id)
{
	struct exup_plugin_dmabuf *dmabuf = wl_resource_get_user_data(manager);

	(void)client;
	exup_plugin_feedback_create_resource(dmabuf ? dmabuf->feedback : NULL, manager, id);
}

static void
manager_get_surface_feedback(struct wl_client *client, struct wl_resource *manager, uint32_t id,
			     struct wl_resource *surface)
{
	(void)surface;
	manager_get_default_feedback(client, manager, id);
}

static const struct zwp_linux_dmabuf_v1_interface manager_implementation = {
	.destroy = manager_destroy,
	.create_params = manager_create_params,
	.get_default_feedback = manager_get_default_feedback,
	.get_surface_feedback = manager_get_surface_feedback,
};

static void
manager_handle_resource_destroy(struct wl_resource *manager)
{
	wl_list_remove(wl_resource_get_link(manager));
}

static void
bind_manager(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct exup_plugin_dmabuf *dmabuf = data;
	struct wl_resource *manager;

	manager = wl_resource_create(client, &zwp_linux_dmabuf_v1_interface, (int)version, id);
	if (!manager) {
		wl_client_post_no_memory(client);
		return;
	}
	wl_resource_set_implementation(manager, &manager_implementation, dmabuf,
				       manager_handle_resource_destroy);
	wl_list_insert(&dmabuf->managers, wl_resource_get_link(manager));
	exup_plugin_feedback_send_formats(dmabuf->feedback, manager);
}

struct exup_plugin_dmabuf *
exup_plugin_dmabuf_create(struct wl_display *display, struct exup_device *device)
{
	struct exup_plugin_dmabuf *dmabuf;

	dmabuf = calloc(1, sizeof(*dmabuf));
	if (!dmabuf) {
		goto err;
	}
	dmabuf->device = device;
	wl_list_init(&dmabuf->managers);
	wl_list_init(&dmabuf->params);
	wl_list_init(&dmabuf->buffers);
	dmabuf->feedback = exup_plugin_feedback_create(exup_device_get_devnum(device));
	if (!dmabuf->feedback) {
		goto err_dmabuf;
	}
	dmabuf->global = wl_global_create(display, &zwp_linux_dmabuf_v1_interface, DMABUF_VERSION,
					  dmabuf, bind_manager);
	if (!dmabuf->global) {
		goto err_feedback;
	}
	return dmabuf;

err_feedback:
	exup_plugin_feedback_destroy(dmabuf->feedback);
err_dmabuf:
	free(dmabuf);
err:
	exup_plugin_log("exynos-userptr: cannot offer zwp_linux_dmabuf_v1, version %d; clients use "
			"wl_shm\n",
			DMABUF_VERSION);
	return NULL;
}

void
exup_plugin_dmabuf_destroy(struct exup_plugin_dmabuf *dmabuf)
{
	struct exup_plugin_image *image;
	struct wl_resource *resource, *next;

	if (!dmabuf) {
		return;
	}
	wl_global_destroy(dmabuf->global);
	exup_plugin_params_detach_all(dmabuf);
	wl_resource_for_each_safe (resource, next, &dmabuf->managers) {
		wl_list_remove(wl_resource_get_link(resource));
		wl_list_init(wl_resource_get_link(resource));
		wl_resource_set_user_data(resource, NULL);
	}
	wl_resource_for_each_safe (resource, next, &dmabuf->buffers) {
		wl_list_remove(wl_resource_get_link(resource));
		wl_list_init(wl_resource_get_link(resource));
		image = wl_resource_get_user_data(resource);
		wl_resource_set_user_data(resource, NULL);
		exup_plugin_image_unref(image);
	}
	exup_plugin_feedback_destroy(dmabuf->feedback);
	free(dmabuf);
}
