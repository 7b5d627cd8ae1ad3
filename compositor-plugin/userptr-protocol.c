// SPDX-License-Identifier: MIT
/* The exynos_userptr_v1 global, which follows the driver's pool, and the surfaces' reports. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exynos-userptr-v1-server-protocol.h"
#include "log.h"
#include "userptr-protocol.h"

#define USERPTR_VERSION 1

/**
 * struct exup_plugin_userptr
 * @managers: bound exynos_userptr_v1 resources, by wl_resource_get_link()
 * @pool: what they have been told
 * @watch_fd: of exup_device_open_pool_watch()
 * @watch: on @watch_fd; NULL once it has failed
 * @update: idle source, pending while not NULL
 */
struct exup_plugin_userptr {
	struct wl_display *display;
	struct exup_device *device;
	struct wl_global *global;
	struct wl_list managers;
	struct exup_pool pool;
	int watch_fd;
	struct wl_event_source *watch;
	struct wl_event_source *update;
};

/**
 * struct report - an exynos_userptr_surface_v1
 * @surface_destroy: how the report of a surface is found; unlinked once the surface has gone
 */
struct report {
	struct wl_resource *resource;
	struct wl_listener surface_destroy;
};

static uint64_t
get_available(const struct exup_pool *pool)
{
	/* a limit that was lowered leaves more pinned than it allows */
	return pool->pinned_bytes < pool->limit_bytes ? pool->limit_bytes - pool->pinned_bytes : 0;
}

static void
send_limit(struct wl_resource *manager, const struct exup_pool *pool)
{
	uint32_t hi = (uint32_t)(pool->limit_bytes >> 32);
	uint32_t lo = (uint32_t)pool->limit_bytes;

	/* one import may take the whole pool */
	exynos_userptr_v1_send_limit(manager, hi, lo, hi, lo);
}

static void
send_available(struct wl_resource *manager, const struct exup_pool *pool)
{
	uint64_t bytes = get_available(pool);

	exynos_userptr_v1_send_available(manager, (uint32_t)(bytes >> 32), (uint32_t)bytes);
}

static void
send_device(struct wl_resource *manager, dev_t devnum)
{
	struct wl_array device = { .size = sizeof(devnum), .data = &devnum };

	exynos_userptr_v1_send_device(manager, &device);
}

/* Tells all clients what has changed since they were told last. */
static void
set_pool(struct exup_plugin_userptr *userptr, const struct exup_pool *pool)
{
	bool limit_changed = pool->limit_bytes != userptr->pool.limit_bytes;
	bool available_changed = get_available(pool) != get_available(&userptr->pool);
	struct wl_resource *manager;

	userptr->pool = *pool;
	if (!limit_changed && !available_changed) {
		return;
	}
	wl_resource_for_each (manager, &userptr->managers) {
		if (limit_changed) {
			send_limit(manager, pool);
		}
		if (available_changed) {
			send_available(manager, pool);
		}
		exynos_userptr_v1_send_done(manager);
	}
}

static void
stop_watch(struct exup_plugin_userptr *userptr)
{
	if (userptr->watch) {
		wl_event_source_remove(userptr->watch);
		userptr->watch = NULL;
	}
}

/* Re-arms the watch, then reads: what changes after the first read wakes us again. */
static int
read_pool(struct exup_plugin_userptr *userptr, struct exup_pool *pool)
{
	int ret;

	ret = exup_device_read_pool_watch(userptr->device, userptr->watch_fd, &pool->pinned_bytes);
	if (ret < 0) {
		return ret;
	}
	return exup_device_get_pool(userptr->device, pool);
}

static void
update_pool(struct exup_plugin_userptr *userptr)
{
	struct exup_pool pool;
	int ret;

	ret = read_pool(userptr, &pool);
	if (ret < 0) {
		/* a watch that cannot be re-armed would wake us for ever */
		if (userptr->watch) {
			exup_plugin_log(
				"exynos-userptr: cannot read the driver's pool: %s; clients "
				"are left with %" PRIu64 " of %" PRIu64 " bytes available\n",
				strerror(-ret), get_available(&userptr->pool),
				userptr->pool.limit_bytes);
		}
		stop_watch(userptr);
		return;
	}
	set_pool(userptr, &pool);
}

static void
handle_idle(void *data)
{
	struct exup_plugin_userptr *userptr = data;

	userptr->update = NULL;
	update_pool(userptr);
}

/*
 * kernfs reports a change as POLLERR | POLLPRI until it is read. Reading is left to the end of this
 * turn of the loop, so that all that clients do in it makes one event.
 */
static int
handle_watch(int fd, uint32_t mask, void *data)
{
	struct exup_plugin_userptr *userptr = data;

	(void)fd;
	(void)mask;
	if (!userptr->update) {
		userptr->update = wl_event_loop_add_idle(
			wl_display_get_event_loop(userptr->display), handle_idle, userptr);
	}
	if (!userptr->update) {
		update_pool(userptr);
	}
	return 0;
}

static void
report_destroy(struct wl_client *client, struct wl_resource *resource)
{
	(void)client;
	wl_resource_destroy(resource);
}

static const struct exynos_userptr_surface_v1_interface report_implementation = {
	.destroy = report_destroy,
};

static void
report_handle_resource_destroy(struct wl_resource *resource)
{
	struct report *report = wl_resource_get_user_data(resource);

	wl_list_remove(&report->surface_destroy.link);
	free(report);
}

static void
report_handle_surface_destroy(struct wl_listener *listener, void *data)
{
	struct report *report = wl_container_of(listener, report, surface_destroy);

	(void)data;
	wl_list_remove(&report->surface_destroy.link);
	wl_list_init(&report->surface_destroy.link);
}

static struct report *
report_from_surface(struct wl_resource *surface)
{
	struct wl_listener *listener;
	struct report *report;

	listener = wl_resource_get_destroy_listener(surface, report_handle_surface_destroy);
	if (!listener) {
		return NULL;
	}
	return wl_container_of(listener, report, surface_destroy);
}

static void
manager_destroy(struct wl_client *client, struct wl_resource *manager)
{
	(void)client;
	wl_resource_destroy(manager);
}

static void
manager_get_surface_report(struct wl_client *client, struct wl_resource *manager, uint32_t id,
			   struct wl_resource *surface)
{
	struct report *report;

	if (report_from_surface(surface)) {
		wl_resource_post_error(manager, EXYNOS_USERPTR_V1_ERROR_SURFACE_EXISTS,
				       "wl_surface@%" PRIu32 " already has a report object",
				       wl_resource_get_id(surface));
		return;
	}
	report = calloc(1, sizeof(*report));
	if (!report) {
		goto err;
	}
	report->resource = wl_resource_create(client, &exynos_userptr_surface_v1_interface,
					      wl_resource_get_version(manager), id);
	if (!report->resource) {
		goto err_report;
	}
	wl_resource_set_implementation(report->resource, &report_implementation, report,
				       report_handle_resource_destroy);
	report->surface_destroy.notify = report_handle_surface_destroy;
	wl_resource_add_destroy_listener(surface, &report->surface_destroy);
	return;

err_report:
	free(report);
err:
	wl_resource_post_no_memory(manager);
}

static const struct exynos_userptr_v1_interface manager_implementation = {
	.destroy = manager_destroy,
	.get_surface_report = manager_get_surface_report,
};

static void
manager_handle_resource_destroy(struct wl_resource *manager)
{
	wl_list_remove(wl_resource_get_link(manager));
}

static void
bind_manager(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct exup_plugin_userptr *userptr = data;
	struct wl_resource *manager;

	manager = wl_resource_create(client, &exynos_userptr_v1_interface, (int)version, id);
	if (!manager) {
		wl_client_post_no_memory(client);
		return;
	}
	wl_resource_set_implementation(manager, &manager_implementation, NULL,
				       manager_handle_resource_destroy);
	/* so that a change that no event has told of yet reaches everybody in the same way */
	update_pool(userptr);
	wl_list_insert(&userptr->managers, wl_resource_get_link(manager));
	send_device(manager, exup_device_get_devnum(userptr->device));
	send_limit(manager, &userptr->pool);
	send_available(manager, &userptr->pool);
	exynos_userptr_v1_send_done(manager);
}

static int
start_watch(struct exup_plugin_userptr *userptr)
{
	struct wl_event_loop *loop = wl_display_get_event_loop(userptr->display);
	int ret;

	ret = exup_device_open_pool_watch(userptr->device, &userptr->watch_fd);
	if (ret < 0) {
		return ret;
	}
	ret = read_pool(userptr, &userptr->pool);
	if (ret < 0) {
		goto err;
	}
	/* a mask of 0: errors are always reported, and an attribute is always readable */
	userptr->watch = wl_event_loop_add_fd(loop, userptr->watch_fd, 0, handle_watch, userptr);
	if (!userptr->watch) {
		ret = -ENOMEM;
		goto err;
	}
	return 0;

err:
	close(userptr->watch_fd);
	return ret;
}

struct exup_plugin_userptr *
exup_plugin_userptr_create(struct wl_display *display, struct exup_device *device)
{
	struct exup_plugin_userptr *userptr;
	int ret = -ENOMEM;

	userptr = calloc(1, sizeof(*userptr));
	if (!userptr) {
		goto err;
	}
	userptr->display = display;
	userptr->device = device;
	wl_list_init(&userptr->managers);
	ret = start_watch(userptr);
	if (ret < 0) {
		goto err_userptr;
	}
	userptr->global = wl_global_create(display, &exynos_userptr_v1_interface, USERPTR_VERSION,
					   userptr, bind_manager);
	if (!userptr->global) {
		ret = -ENOMEM;
		goto err_watch;
	}
	return userptr;

err_watch:
	stop_watch(userptr);
	close(userptr->watch_fd);
err_userptr:
	free(userptr);
err:
	exup_plugin_log(
		"exynos-userptr: cannot offer exynos_userptr_v1, version %d: %s; clients use "
		"wl_shm\n",
		USERPTR_VERSION,
		ret == -ENOTSUP ? "the driver cannot pin user memory" : strerror(-ret));
	return NULL;
}

void
exup_plugin_userptr_destroy(struct exup_plugin_userptr *userptr)
{
	struct wl_resource *manager, *next;

	if (!userptr) {
		return;
	}
	wl_global_destroy(userptr->global);
	/* bound resources hold nothing of it: they can still make report objects */
	wl_resource_for_each_safe (manager, next, &userptr->managers) {
		wl_list_remove(wl_resource_get_link(manager));
		wl_list_init(wl_resource_get_link(manager));
	}
	if (userptr->update) {
		wl_event_source_remove(userptr->update);
	}
	stop_watch(userptr);
	close(userptr->watch_fd);
	free(userptr);
}

void
exup_plugin_userptr_report(struct exup_plugin_userptr *userptr, struct wl_resource *surface,
			   uint32_t path, uint32_t reason, uint64_t bytes_copied)
{
	struct report *report;

	(void)userptr;
	report = surface ? report_from_surface(surface) : NULL;
	if (report) {
		exynos_userptr_surface_v1_send_composited(report->resource, path, reason,
							  (uint32_t)(bytes_copied >> 32),
							  (uint32_t)bytes_copied);
	}
}
