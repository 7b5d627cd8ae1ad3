// SPDX-License-Identifier: MIT
/* The Weston module exynos-userptr.so: checks, options, building up and taking down. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <libweston/backend-drm.h>
#include <libweston/config-parser.h>
#include <libweston/libweston.h>
#include <libweston/version.h>
#include <libweston/weston-log.h>
#include <weston.h>

#include "exynos_drm_uapi.h"
#include "held-buffers.h"
#include "kms-target.h"
#include "log.h"
#include "output.h"
#include "plugin.h"
#include "renderer.h"
#include "surface.h"

/* A frame is 20 ms at 50 Hz; an engine that needs ten times that has stopped. */
#define DEFAULT_TIMEOUT_MS 200

/* Fifteen windows of 1920x1080; what is beyond is drawn, too, but by the CPU. */
#define DEFAULT_UPLOAD_LIMIT_BYTES (UINT64_C(128) << 20)

/**
 * struct options - section [exynos-userptr] of weston.ini
 * @limit_bytes: 0 to leave the driver's pool as it is
 * @upload_limit_bytes: what copies of a client's wl_shm buffers may take
 */
struct options {
	uint64_t limit_bytes;
	uint64_t upload_limit_bytes;
	int timeout_ms;
};

/* struct weston_view changed within 10.0.x (10.0.4 has a field more): no other version will do. */
static bool
check_version(void)
{
	int major, minor, micro;

	weston_version(&major, &minor, &micro);
	if (major == WESTON_VERSION_MAJOR && minor == WESTON_VERSION_MINOR &&
	    micro == WESTON_VERSION_MICRO) {
		return true;
	}
	weston_log("exynos-userptr: built for Weston %d.%d.%d, this is %d.%d.%d; "
		   "refused, nothing is changed\n",
		   WESTON_VERSION_MAJOR, WESTON_VERSION_MINOR, WESTON_VERSION_MICRO, major, minor,
		   micro);
	return false;
}

/* A number of bytes, with K or M for the powers of 1024. */
static bool
parse_size(const char *text, uint64_t *bytes)
{
	unsigned long long number;
	unsigned int shift = 0;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (*end == 'K' || *end == 'k') {
		shift = 10;
		end++;
	} else if (*end == 'M' || *end == 'm') {
		shift = 20;
		end++;
	}
	if (errno != 0 || text[0] < '0' || text[0] > '9' || *end != '\0' ||
	    number > UINT64_MAX >> shift) {
		return false;
	}
	*bytes = (uint64_t)number << shift;
	return true;
}

/* Leaves @bytes as it is, which @otherwise tells, if the option is not there or no size. */
static void
read_size(struct weston_config_section *section, const char *name, const char *otherwise,
	  uint64_t *bytes)
{
	uint64_t value;
	char *text;

	weston_config_section_get_string(section, name, &text, NULL);
	if (!text) {
		return;
	}
	if (parse_size(text, &value) && value > 0) {
		*bytes = value;
	} else {
		weston_log("exynos-userptr: %s=%s is no size (a number of bytes, or with K or M); "
			   "%s\n",
			   name, text, otherwise);
	}
	free(text);
}

static void
read_options(struct weston_compositor *compositor, struct options *options)
{
	struct weston_config_section *section;

	section =
		weston_config_get_section(wet_get_config(compositor), "exynos-userptr", NULL, NULL);
	weston_config_section_get_int(section, "timeout-ms", &options->timeout_ms,
				      DEFAULT_TIMEOUT_MS);
	if (options->timeout_ms < 1) {
		weston_log("exynos-userptr: timeout-ms=%d is not positive; %d is used\n",
			   options->timeout_ms, DEFAULT_TIMEOUT_MS);
		options->timeout_ms = DEFAULT_TIMEOUT_MS;
	}
	options->limit_bytes = 0;
	read_size(section, "limit", "the driver's limit stays", &options->limit_bytes);
	options->upload_limit_bytes = DEFAULT_UPLOAD_LIMIT_BYTES;
	read_size(section, "upload-limit", "it is 128M", &options->upload_limit_bytes);
}

/* The headless backend has no interface of its own to ask for, but names its heads' model. */
static bool
is_headless(struct weston_compositor *compositor)
{
	struct weston_output *output;
	struct weston_head *head;

	wl_list_for_each (output, &compositor->output_list, link) {
		head = weston_output_get_first_head(output);
		if (!head || !head->model || strcmp(head->model, "headless") != 0) {
			return false;
		}
	}
	return !wl_list_empty(&compositor->output_list);
}

static bool
open_device(struct exup_plugin *plugin)
{
	int ret;

	ret = exup_device_create_first(&exup_sys_kernel, &plugin->device);
	if (ret == 0) {
		return true;
	}
	weston_log("exynos-userptr: no Exynos G2D device (%s); nothing is changed\n",
		   strerror(-ret));
	return false;
}

static void
set_limit(struct exup_plugin *plugin, uint64_t limit_bytes)
{
	int ret;

	if (limit_bytes == 0) {
		return;
	}
	if (!plugin->kms) {
		weston_log("exynos-userptr: limit=%" PRIu64 " needs DRM master, which the headless "
			   "backend is not; the driver's limit stays\n",
			   limit_bytes);
		return;
	}
	ret = exup_device_set_limit(&exup_sys_kernel, exup_plugin_kms_get_master_fd(plugin->kms),
				    limit_bytes);
	if (ret < 0) {
		weston_log("exynos-userptr: cannot set the driver's limit to %" PRIu64
			   " bytes: %s (it takes one page to %u bytes, from root as DRM master); "
			   "it stays\n",
			   limit_bytes, strerror(-ret), EXUP_USERPTR_LIMIT_MAX_BYTES);
	}
}

static void
log_start(struct exup_plugin *plugin)
{
	struct exup_pool pool;
	dev_t devnum = exup_device_get_devnum(plugin->device);

	weston_log("exynos-userptr: compositing with the G2D engine of device %u:%u, %s backend\n",
		   major(devnum), minor(devnum), plugin->kms ? "DRM" : "headless");
	weston_log("exynos-userptr: %s\n",
		   exup_plugin_engine_has_fences(plugin->engine) ?
			   "the driver has fences: a frame is one call, and nobody waits for it" :
			   "the driver is older than version 1.3: repaints wait for the engine");
	if (exup_device_get_pool(plugin->device, &pool) == 0) {
		weston_log("exynos-userptr: userptr limit %" PRIu64 " bytes, pinned %" PRIu64
			   " bytes\n",
			   pool.limit_bytes, pool.pinned_bytes);
	}
}

static void
handle_completed(void *data)
{
	exup_plugin_held_update(data);
}

/* All of it: which targets the work was for, and what else was under way, does not matter then. */
static void
handle_failed(void *data)
{
	struct exup_plugin *plugin = data;

	weston_compositor_damage_all(plugin->compositor);
}

static const struct exup_plugin_engine_listener engine_listener = {
	.completed = handle_completed,
	.failed = handle_failed,
};

/* A step that fails leaves the others undone too: half a plugin would show half a picture. */
static bool
build(struct exup_plugin *plugin, const struct options *options)
{
	struct weston_compositor *compositor = plugin->compositor;

	if (!open_device(plugin)) {
		return false;
	}
	plugin->upload_memory = (struct exup_plugin_upload_memory){
		.device = plugin->device,
		.client_limit_bytes = options->upload_limit_bytes,
	};
	plugin->engine = exup_plugin_engine_create(
		plugin->device, options->timeout_ms,
		wl_display_get_event_loop(compositor->wl_display), &engine_listener, plugin);
	if (!plugin->engine) {
		return false;
	}
	if (weston_drm_output_get_api(compositor)) {
		plugin->kms = exup_plugin_kms_create(plugin);
		if (!plugin->kms || !exup_plugin_kms_can_paint(plugin->kms)) {
			return false;
		}
	}
	set_limit(plugin, options->limit_bytes);
	plugin->dmabuf = exup_plugin_dmabuf_create(compositor->wl_display, plugin->device);
	if (!plugin->dmabuf) {
		return false;
	}
	/* not with a driver that has no userptr: then dma-bufs of others are still read in place */
	plugin->userptr = exup_plugin_userptr_create(compositor->wl_display, plugin->device);
	plugin->frame_scope = weston_compositor_add_log_scope(
		compositor, "exynos-userptr", "blits, pixels and time of each frame\n", NULL, NULL,
		NULL);
	return true;
}

static void
log_end(struct exup_plugin *plugin)
{
	struct exup_plugin_engine_stats stats;

	exup_plugin_engine_get_stats(plugin->engine, &stats);
	weston_log("exynos-userptr: unloaded after %" PRIu64 " blits, %" PRIu64 " pixels, %" PRIu64
		   " frames that the engine failed\n",
		   stats.blits, stats.pixels, stats.failures);
}

void
exup_plugin_destroy(struct exup_plugin *plugin)
{
	struct exup_plugin_surface *surface, *next_surface;
	struct exup_plugin_output *output, *next_output;

	if (plugin->renderer) {
		log_end(plugin);
		exup_plugin_renderer_restore(plugin);
	}
	if (plugin->engine) {
		exup_plugin_engine_wait(plugin->engine,
					exup_plugin_engine_get_submitted(plugin->engine));
	}
	exup_plugin_held_release(plugin);
	wl_list_for_each_safe (output, next_output, &plugin->outputs, link) {
		exup_plugin_output_destroy(output);
	}
	wl_list_for_each_safe (surface, next_surface, &plugin->surfaces, link) {
		exup_plugin_surface_destroy(surface);
	}
	if (plugin->frame_scope) {
		weston_log_scope_destroy(plugin->frame_scope);
	}
	exup_plugin_frame_fini(&plugin->frame);
	exup_plugin_userptr_destroy(plugin->userptr);
	exup_plugin_dmabuf_destroy(plugin->dmabuf);
	exup_plugin_kms_destroy(plugin->kms);
	exup_plugin_engine_destroy(plugin->engine);
	exup_device_destroy(plugin->device);
	free(plugin);
}

WL_EXPORT int
wet_module_init(struct weston_compositor *compositor, int *argc, char *argv[])
{
	struct exup_plugin *plugin;
	struct options options;

	(void)argc;
	(void)argv;
	/* what cannot work is left alone: an update of Weston must not take the desktop away */
	if (!check_version()) {
		return 0;
	}
	if (!exup_plugin_renderer_is_pixman(compositor)) {
		weston_log("exynos-userptr: the renderer is not pixman (start Weston with "
			   "--use-pixman); nothing is changed\n");
		return 0;
	}
	if (!weston_drm_output_get_api(compositor) && !is_headless(compositor)) {
		weston_log("exynos-userptr: works with the DRM and headless backends only; nothing "
			   "is changed\n");
		return 0;
	}
	plugin = calloc(1, sizeof(*plugin));
	if (!plugin) {
		return -1;
	}
	plugin->compositor = compositor;
	wl_list_init(&plugin->surfaces);
	wl_list_init(&plugin->outputs);
	wl_list_init(&plugin->held_buffers);
	wl_list_init(&plugin->spare_holds);
	exup_plugin_frame_init(&plugin->frame);
	read_options(compositor, &options);
	if (!build(plugin, &options)) {
		exup_plugin_destroy(plugin);
		return 0;
	}
	exup_plugin_renderer_patch(plugin);
	log_start(plugin);
	return 0;
}
