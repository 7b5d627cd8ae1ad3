// SPDX-License-Identifier: MIT
/* A Wayland server with the plugin's globals and, as the client's other half, bare surfaces. */
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <wayland-server-protocol.h>

#include "log.h"
#include "server.h"

#define LOG_LENGTH_MAX 8192

/* exup_plugin_log() has no context of its own */
static char log_text[LOG_LENGTH_MAX];
static size_t log_length;
static unsigned int log_lines;

void
exup_plugin_log(const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(log_text + log_length, LOG_LENGTH_MAX - log_length, format, args);
	va_end(args);
	if (len > 0) {
		log_length += (size_t)len;
	}
	if (log_length > LOG_LENGTH_MAX - 1) {
		log_length = LOG_LENGTH_MAX - 1;
	}
	log_lines++;
}

void
test_log_clear(void)
{
	log_text[0] = '\0';
	log_length = 0;
	log_lines = 0;
}

const char *
test_log_get(void)
{
	return log_text;
}

unsigned int
test_log_count_lines(void)
{
	return log_lines;
}

static void
surface_handle_resource_destroy(struct wl_resource *resource)
{
	struct test_surface *surface = wl_resource_get_user_data(resource);

	wl_list_remove(&surface->link);
	exup_plugin_image_unref(surface->image);
	free(surface);
}

/* Takes every request, as a client that only fuzzes sends any; knows two. */
static int
surface_dispatch(const void *implementation, void *target, uint32_t opcode,
		 const struct wl_message *message, union wl_argument *args)
{
	struct wl_resource *resource = target;
	struct test_surface *surface = wl_resource_get_user_data(resource);
	struct exup_plugin_image *image = NULL;
	struct wl_resource *buffer;

	(void)implementation;
	if (strcmp(message->name, "destroy") == 0) {
		wl_resource_destroy(resource);
	} else if (strcmp(message->name, "attach") == 0) {
		buffer = (struct wl_resource *)args[0].o;
		if (buffer) {
			image = exup_plugin_image_from_resource(buffer);
		}
		if (image) {
			exup_plugin_image_ref(image);
		}
		exup_plugin_image_unref(surface->image);
		surface->image = image;
	}
	(void)opcode;
	return 0;
}

static void
create_surface(struct test_server *server, struct wl_client *client, uint32_t id)
{
	struct test_surface *surface;

	surface = calloc(1, sizeof(*surface));
	if (!surface) {
		wl_client_post_no_memory(client);
		return;
	}
	surface->resource = wl_resource_create(client, &wl_surface_interface, 1, id);
	if (!surface->resource) {
		free(surface);
		wl_client_post_no_memory(client);
		return;
	}
	wl_resource_set_dispatcher(surface->resource, surface_dispatch, NULL, surface,
				   surface_handle_resource_destroy);
	wl_list_insert(&server->surfaces, &surface->link);
}

static int
compositor_dispatch(const void *implementation, void *target, uint32_t opcode,
		    const struct wl_message *message, union wl_argument *args)
{
	struct wl_resource *resource = target;

	(void)implementation;
	(void)opcode;
	if (strcmp(message->name, "create_surface") == 0) {
		create_surface(wl_resource_get_user_data(resource),
			       wl_resource_get_client(resource), args[0].n);
	}
	return 0;
}

static void
bind_compositor(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct wl_resource *resource;

	resource = wl_resource_create(client, &wl_compositor_interface, (int)version, id);
	if (!resource) {
		wl_client_post_no_memory(client);
		return;
	}
	wl_resource_set_dispatcher(resource, compositor_dispatch, NULL, data, NULL);
}

static void
handle_client_destroy(struct wl_listener *listener, void *data)
{
	struct test_server *server = wl_container_of(listener, server, client_destroy);

	(void)data;
	server->client = NULL;
	wl_list_remove(&server->client_destroy.link);
	wl_list_init(&server->client_destroy.link);
}

bool
test_server_init(struct test_server *server, const struct fake_driver *driver)
{
	*server = (struct test_server){ .client_destroy.notify = handle_client_destroy };
	wl_list_init(&server->client_destroy.link);
	wl_list_init(&server->surfaces);
	fake_driver_init(&server->driver);
	if (driver) {
		server->driver = *driver;
	}
	if (exup_device_create(&server->driver.sys, FAKE_DEVNUM, &server->device) < 0) {
		return false;
	}
	server->display = wl_display_create();
	if (!server->display) {
		exup_device_destroy(server->device);
		return false;
	}
	server->compositor = wl_global_create(server->display, &wl_compositor_interface, 1, server,
					      bind_compositor);
	server->dmabuf = exup_plugin_dmabuf_create(server->display, server->device);
	server->userptr = exup_plugin_userptr_create(server->display, server->device);
	return server->compositor && server->dmabuf &&
	       (server->userptr || !server->driver.has_userptr);
}

void
test_server_finish(struct test_server *server)
{
	wl_display_destroy_clients(server->display);
	exup_plugin_dmabuf_destroy(server->dmabuf);
	exup_plugin_userptr_destroy(server->userptr);
	wl_display_destroy(server->display);
	exup_device_destroy(server->device);
	fake_driver_finish(&server->driver);
}

bool
test_server_add_client(struct test_server *server, int fd)
{
	wl_list_remove(&server->client_destroy.link);
	wl_list_init(&server->client_destroy.link);
	server->client = wl_client_create(server->display, fd);
	if (!server->client) {
		return false;
	}
	wl_client_add_destroy_listener(server->client, &server->client_destroy);
	return true;
}

void
test_server_dispatch(struct test_server *server)
{
	wl_event_loop_dispatch(wl_display_get_event_loop(server->display), 0);
	wl_display_flush_clients(server->display);
}

unsigned int
test_count_fds(void)
{
	unsigned int count = 0;
	DIR *dir;

	dir = opendir("/proc/self/fd");
	if (!dir) {
		return 0;
	}
	while (readdir(dir)) {
		count++;
	}
	closedir(dir);
	return count;
}
