// SPDX-License-Identifier: MIT
/* exynos_userptr_v1: what clients are told of the pool, when, and the surfaces' reports. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "client.h"

#define EVENTS_MAX 64
#define MIB (UINT64_C(1) << 20)

/**
 * struct pool_listener - a bound exynos_userptr_v1
 * @events: first letters of the events since they were last looked at
 */
struct pool_listener {
	struct exynos_userptr_v1 *object;
	char events[EVENTS_MAX];
	dev_t device;
	uint64_t max_buffer;
	uint64_t pool;
	uint64_t available;
};

/** struct report_listener - the last `composited`, and how many there were */
struct report_listener {
	struct exynos_userptr_surface_v1 *object;
	unsigned int count;
	uint32_t path;
	uint32_t reason;
	uint64_t bytes_copied;
};

/** struct fixture - a server, a client and a bound global whose first events have come */
struct fixture {
	struct test_server server;
	struct test_client client;
	struct pool_listener pool;
	unsigned int fd_count_outside;
};

static void
add_event(struct pool_listener *pool, char event)
{
	size_t len = strlen(pool->events);

	assert_true(len < EVENTS_MAX - 1);
	pool->events[len] = event;
}

static void
handle_device(void *data, struct exynos_userptr_v1 *object, struct wl_array *device)
{
	struct pool_listener *pool = data;

	(void)object;
	add_event(pool, 'd');
	assert_int_equal(device->size, sizeof(pool->device));
	memcpy(&pool->device, device->data, device->size);
}

static void
handle_limit(void *data, struct exynos_userptr_v1 *object, uint32_t max_buffer_hi,
	     uint32_t max_buffer_lo, uint32_t pool_hi, uint32_t pool_lo)
{
	struct pool_listener *pool = data;

	(void)object;
	add_event(pool, 'l');
	pool->max_buffer = (uint64_t)max_buffer_hi << 32 | max_buffer_lo;
	pool->pool = (uint64_t)pool_hi << 32 | pool_lo;
}

static void
handle_available(void *data, struct exynos_userptr_v1 *object, uint32_t bytes_hi, uint32_t bytes_lo)
{
	struct pool_listener *pool = data;

	(void)object;
	add_event(pool, 'a');
	pool->available = (uint64_t)bytes_hi << 32 | bytes_lo;
}

static void
handle_done(void *data, struct exynos_userptr_v1 *object)
{
	(void)object;
	add_event(data, 'D');
}

static const struct exynos_userptr_v1_listener pool_listener = {
	.device = handle_device,
	.limit = handle_limit,
	.available = handle_available,
	.done = handle_done,
};

static void
bind_pool(struct pool_listener *pool, struct test_client *client)
{
	*pool = (struct pool_listener){ 0 };
	pool->object = wl_registry_bind(client->registry, client->userptr_name,
					&exynos_userptr_v1_interface, 1);
	exynos_userptr_v1_add_listener(pool->object, &pool_listener, pool);
	assert_true(test_client_roundtrip(client));
}

static void
check_events(struct pool_listener *pool, const char *events)
{
	assert_string_equal(pool->events, events);
	memset(pool->events, 0, sizeof(pool->events));
}

static void
handle_composited(void *data, struct exynos_userptr_surface_v1 *object, uint32_t path,
		  uint32_t reason, uint32_t bytes_copied_hi, uint32_t bytes_copied_lo)
{
	struct report_listener *report = data;

	(void)object;
	report->count++;
	report->path = path;
	report->reason = reason;
	report->bytes_copied = (uint64_t)bytes_copied_hi << 32 | bytes_copied_lo;
}

static const struct exynos_userptr_surface_v1_listener report_listener = {
	.composited = handle_composited,
};

static void
get_report(struct report_listener *report, struct fixture *fixture, struct wl_surface *surface)
{
	*report = (struct report_listener){ 0 };
	report->object = exynos_userptr_v1_get_surface_report(fixture->pool.object, surface);
	exynos_userptr_surface_v1_add_listener(report->object, &report_listener, report);
}

static int
setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->fd_count_outside = test_count_fds();
	assert_true(test_server_init(&fixture->server, NULL));
	assert_true(test_client_init(&fixture->client, &fixture->server, 0));
	bind_pool(&fixture->pool, &fixture->client);
	check_events(&fixture->pool, "dlaD");
	test_log_clear();
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	exynos_userptr_v1_destroy(fixture->pool.object);
	test_client_finish(&fixture->client);
	test_server_finish(&fixture->server);
	assert_int_equal(test_count_fds(), fixture->fd_count_outside);
	free(fixture);
	return 0;
}

static void
test_bind(void **state)
{
	struct fixture *fixture = *state;

	assert_true(fixture->pool.device == FAKE_DEVNUM);
	assert_int_equal(fixture->pool.max_buffer, 16 * MIB);
	assert_int_equal(fixture->pool.pool, 16 * MIB);
	assert_int_equal(fixture->pool.available, 16 * MIB);
}

static void
test_sizes_have_64_bits(void **state)
{
	struct fixture *fixture = *state;

	fixture->server.driver.limit_bytes = UINT64_C(0x123456789abcd000);
	fake_driver_set_pinned(&fixture->server.driver, UINT64_C(0x0000000180000000));
	assert_true(test_client_roundtrip(&fixture->client));
	check_events(&fixture->pool, "laD");
	assert_int_equal(fixture->pool.max_buffer, UINT64_C(0x123456789abcd000));
	assert_int_equal(fixture->pool.pool, UINT64_C(0x123456789abcd000));
	assert_int_equal(fixture->pool.available, UINT64_C(0x123456771abcd000));
}

static void
test_change_is_sent(void **state)
{
	struct fixture *fixture = *state;

	fake_driver_set_pinned(&fixture->server.driver, 5 * MIB);
	assert_true(test_client_roundtrip(&fixture->client));
	check_events(&fixture->pool, "aD");
	assert_int_equal(fixture->pool.available, 11 * MIB);
	/* the watch has been armed again */
	fake_driver_set_pinned(&fixture->server.driver, 0);
	assert_true(test_client_roundtrip(&fixture->client));
	check_events(&fixture->pool, "aD");
	assert_int_equal(fixture->pool.available, 16 * MIB);
}

static void
test_burst_is_one_event(void **state)
{
	struct fixture *fixture = *state;
	uint64_t i;

	for (i = 1; i <= 100; i++) {
		fake_driver_set_pinned(&fixture->server.driver, i * 4096);
	}
	assert_true(test_client_roundtrip(&fixture->client));
	check_events(&fixture->pool, "aD");
	assert_int_equal(fixture->pool.available, 16 * MIB - 100 * 4096);
}

/* What happens in one turn of the server's loop together with a change of the pool. */
struct turn {
	struct fixture *fixture;
	struct wl_event_source *sources[2];
	int fds[2][2];
};

static void
begin_turn(struct turn *turn, struct fixture *fixture, wl_event_loop_fd_func_t before_watch,
	   wl_event_loop_fd_func_t after_watch)
{
	struct wl_event_loop *loop = wl_display_get_event_loop(fixture->server.display);
	wl_event_loop_fd_func_t functions[2] = { before_watch, after_watch };
	int i;

	turn->fixture = fixture;
	for (i = 0; i < 2; i++) {
		assert_int_equal(pipe(turn->fds[i]), 0);
		assert_int_equal(write(turn->fds[i][1], "", 1), 1);
		/* epoll reports in the order in which descriptors have become ready */
		turn->sources[i] = wl_event_loop_add_fd(loop, turn->fds[i][0], WL_EVENT_READABLE,
							functions[i], fixture);
		if (i == 0) {
			fake_driver_set_pinned(&fixture->server.driver, 4096);
		}
	}
	wl_event_loop_dispatch(loop, 0);
}

static void
end_turn(struct turn *turn)
{
	int i;

	for (i = 0; i < 2; i++) {
		wl_event_source_remove(turn->sources[i]);
		close(turn->fds[i][0]);
		close(turn->fds[i][1]);
	}
}

/* Pins more, as another client would. */
static int
pin_more(int fd, uint32_t mask, void *data)
{
	struct fixture *fixture = data;

	(void)fd;
	(void)mask;
	fake_driver_set_pinned(&fixture->server.driver, fixture->server.driver.pinned_bytes + 4096);
	return 1;
}

static int
withdraw(int fd, uint32_t mask, void *data)
{
	struct fixture *fixture = data;

	(void)fd;
	(void)mask;
	exup_plugin_userptr_destroy(fixture->server.userptr);
	fixture->server.userptr = NULL;
	return 1;
}

static void
test_changes_in_one_turn_are_one_event(void **state)
{
	struct fixture *fixture = *state;
	struct turn turn;

	begin_turn(&turn, fixture, pin_more, pin_more);
	end_turn(&turn);
	assert_true(test_client_roundtrip(&fixture->client));
	check_events(&fixture->pool, "aD");
	assert_int_equal(fixture->pool.available, 16 * MIB - 3 * 4096);
}

static void
test_withdrawn_with_an_update_pending(void **state)
{
	struct fixture *fixture = *state;
	struct turn turn;

	begin_turn(&turn, fixture, pin_more, withdraw);
	end_turn(&turn);
	assert_null(fixture->server.userptr);
	assert_true(test_client_roundtrip(&fixture->client));
	check_events(&fixture->pool, "");
}

static void
test_same_value_is_not_sent(void **state)
{
	struct fixture *fixture = *state;

	fake_driver_set_pinned(&fixture->server.driver, 4096);
	fake_driver_set_pinned(&fixture->server.driver, 0);
	assert_true(test_client_roundtrip(&fixture->client));
	check_events(&fixture->pool, "");
}

static void
test_quiet_pool_wakes_nobody(void **state)
{
	struct fixture *fixture = *state;
	unsigned int reads = fixture->server.driver.attribute_reads;
	int i;

	for (i = 0; i < 10; i++) {
		assert_true(test_client_roundtrip(&fixture->client));
	}
	assert_int_equal(fixture->server.driver.attribute_reads, reads);
}

static void
test_limit_change_is_sent(void **state)
{
	struct fixture *fixture = *state;
	struct fake_driver *driver = &fixture->server.driver;

	driver->limit_bytes = 32 * MIB;
	fake_driver_set_pinned(driver, 0);
	assert_true(test_client_roundtrip(&fixture->client));
	check_events(&fixture->pool, "laD");
	assert_int_equal(fixture->pool.pool, 32 * MIB);
	assert_int_equal(fixture->pool.available, 32 * MIB);
	/* and alone where as much stays available */
	driver->limit_bytes = 40 * MIB;
	fake_driver_set_pinned(driver, 8 * MIB);
	assert_true(test_client_roundtrip(&fixture->client));
	check_events(&fixture->pool, "lD");
	assert_int_equal(fixture->pool.pool, 40 * MIB);
}

static void
test_limit_below_what_is_pinned(void **state)
{
	struct fixture *fixture = *state;

	fixture->server.driver.limit_bytes = 4 * MIB;
	fake_driver_set_pinned(&fixture->server.driver, 5 * MIB);
	assert_true(test_client_roundtrip(&fixture->client));
	check_events(&fixture->pool, "laD");
	assert_int_equal(fixture->pool.available, 0);
}

static void
test_all_clients_are_told(void **state)
{
	struct fixture *fixture = *state;
	struct pool_listener second_pool, third_pool;
	struct test_client second;

	assert_true(test_client_init(&second, &fixture->server, 0));
	bind_pool(&second_pool, &second);
	bind_pool(&third_pool, &second);
	check_events(&second_pool, "dlaD");
	check_events(&third_pool, "dlaD");
	fake_driver_set_pinned(&fixture->server.driver, MIB);
	assert_true(test_client_roundtrip(&second));
	assert_true(test_client_roundtrip(&fixture->client));
	check_events(&fixture->pool, "aD");
	check_events(&second_pool, "aD");
	check_events(&third_pool, "aD");
	/* one that has gone is not */
	exynos_userptr_v1_destroy(third_pool.object);
	assert_true(test_client_roundtrip(&second));
	fake_driver_set_pinned(&fixture->server.driver, 0);
	assert_true(test_client_roundtrip(&second));
	check_events(&second_pool, "aD");
	exynos_userptr_v1_destroy(second_pool.object);
	test_client_finish(&second);
}

static void
test_bind_before_the_event(void **state)
{
	struct fixture *fixture = *state;
	struct pool_listener late;

	/* the bind request and the change are handled in one turn: nobody is told twice */
	fake_driver_set_pinned(&fixture->server.driver, MIB);
	bind_pool(&late, &fixture->client);
	assert_true(test_client_roundtrip(&fixture->client));
	check_events(&late, "dlaD");
	assert_int_equal(late.available, 15 * MIB);
	check_events(&fixture->pool, "aD");
	assert_int_equal(fixture->pool.available, 15 * MIB);
	exynos_userptr_v1_destroy(late.object);
}

static void
test_pool_that_cannot_be_read(void **state)
{
	struct fixture *fixture = *state;
	struct fake_driver *driver = &fixture->server.driver;
	struct pool_listener late;
	unsigned int reads;

	driver->attribute_error = -ENODEV;
	fake_driver_set_pinned(driver, MIB);
	assert_true(test_client_roundtrip(&fixture->client));
	assert_int_equal(test_log_count_lines(), 1);
	assert_non_null(strstr(test_log_get(), "16777216 of 16777216 bytes"));
	/* it does not keep the loop awake */
	reads = driver->attribute_reads;
	assert_true(test_client_roundtrip(&fixture->client));
	assert_true(test_client_roundtrip(&fixture->client));
	assert_int_equal(driver->attribute_reads, reads);
	check_events(&fixture->pool, "");
	/* what was known last is still told, without another line */
	bind_pool(&late, &fixture->client);
	check_events(&late, "dlaD");
	assert_int_equal(late.available, 16 * MIB);
	assert_int_equal(test_log_count_lines(), 1);
	exynos_userptr_v1_destroy(late.object);
}

static void
test_driver_without_userptr(void **state)
{
	struct fake_driver driver;
	struct test_server server;
	struct test_client client;

	(void)state;
	fake_driver_init(&driver);
	driver.has_userptr = false;
	test_log_clear();
	assert_true(test_server_init(&server, &driver));
	assert_null(server.userptr);
	assert_int_equal(test_log_count_lines(), 1);
	assert_non_null(strstr(test_log_get(), "the driver cannot pin user memory"));
	assert_true(test_client_init(&client, &server, 4));
	assert_int_equal(client.userptr_name, 0);
	test_client_finish(&client);
	test_server_finish(&server);
}

static struct wl_resource *
get_surface_resource(struct fixture *fixture)
{
	struct test_surface *surface;

	assert_false(wl_list_empty(&fixture->server.surfaces));
	surface = wl_container_of(fixture->server.surfaces.next, surface, link);
	return surface->resource;
}

static void
send_report(struct fixture *fixture, struct wl_resource *surface)
{
	exup_plugin_userptr_report(
		fixture->server.userptr, surface, EXYNOS_USERPTR_SURFACE_V1_PATH_UPLOADED,
		EXYNOS_USERPTR_SURFACE_V1_REASON_SHM, UINT64_C(0x123456789abcdef0));
}

static void
test_report(void **state)
{
	struct fixture *fixture = *state;
	struct report_listener report;
	struct wl_surface *surface;

	surface = wl_compositor_create_surface(fixture->client.compositor);
	get_report(&report, fixture, surface);
	assert_true(test_client_roundtrip(&fixture->client));
	assert_int_equal(report.count, 0);
	send_report(fixture, get_surface_resource(fixture));
	assert_true(test_client_roundtrip(&fixture->client));
	assert_int_equal(report.count, 1);
	assert_int_equal(report.path, EXYNOS_USERPTR_SURFACE_V1_PATH_UPLOADED);
	assert_int_equal(report.reason, EXYNOS_USERPTR_SURFACE_V1_REASON_SHM);
	assert_int_equal(report.bytes_copied, UINT64_C(0x123456789abcdef0));
	exynos_userptr_surface_v1_destroy(report.object);
	wl_surface_destroy(surface);
}

static void
test_report_goes_to_its_surface_only(void **state)
{
	struct fixture *fixture = *state;
	struct report_listener reports[2];
	struct wl_surface *surfaces[3];
	int i;

	for (i = 0; i < 2; i++) {
		surfaces[i] = wl_compositor_create_surface(fixture->client.compositor);
		get_report(&reports[i], fixture, surfaces[i]);
	}
	assert_true(test_client_roundtrip(&fixture->client));
	send_report(fixture, get_surface_resource(fixture));
	/* a surface without report object, and one of the compositor's own */
	surfaces[2] = wl_compositor_create_surface(fixture->client.compositor);
	assert_true(test_client_roundtrip(&fixture->client));
	send_report(fixture, get_surface_resource(fixture));
	send_report(fixture, NULL);
	assert_true(test_client_roundtrip(&fixture->client));
	assert_int_equal(reports[0].count, 0);
	assert_int_equal(reports[1].count, 1);
	for (i = 0; i < 2; i++) {
		exynos_userptr_surface_v1_destroy(reports[i].object);
	}
	for (i = 0; i < 3; i++) {
		wl_surface_destroy(surfaces[i]);
	}
}

static void
test_second_report_of_a_surface(void **state)
{
	struct fixture *fixture = *state;
	struct report_listener first, second;
	struct wl_surface *surface;

	surface = wl_compositor_create_surface(fixture->client.compositor);
	get_report(&first, fixture, surface);
	get_report(&second, fixture, surface);
	test_client_roundtrip(&fixture->client);
	assert_int_equal(test_client_get_error(&fixture->client, "exynos_userptr_v1"),
			 EXYNOS_USERPTR_V1_ERROR_SURFACE_EXISTS);
	assert_null(fixture->server.client);
	exynos_userptr_surface_v1_destroy(first.object);
	exynos_userptr_surface_v1_destroy(second.object);
	wl_surface_destroy(surface);
}

static void
test_report_after_an_earlier_one(void **state)
{
	struct fixture *fixture = *state;
	struct report_listener first, second;
	struct wl_surface *surface;

	surface = wl_compositor_create_surface(fixture->client.compositor);
	get_report(&first, fixture, surface);
	exynos_userptr_surface_v1_destroy(first.object);
	get_report(&second, fixture, surface);
	assert_true(test_client_roundtrip(&fixture->client));
	send_report(fixture, get_surface_resource(fixture));
	assert_true(test_client_roundtrip(&fixture->client));
	assert_int_equal(second.count, 1);
	exynos_userptr_surface_v1_destroy(second.object);
	wl_surface_destroy(surface);
}

static void
test_report_is_inert_without_its_surface(void **state)
{
	struct fixture *fixture = *state;
	struct report_listener report, other;
	struct wl_surface *surface, *next;

	surface = wl_compositor_create_surface(fixture->client.compositor);
	get_report(&report, fixture, surface);
	wl_surface_destroy(surface);
	assert_true(test_client_roundtrip(&fixture->client));
	/* another surface, likely at the same address and id, is not taken for it */
	next = wl_compositor_create_surface(fixture->client.compositor);
	get_report(&other, fixture, next);
	assert_true(test_client_roundtrip(&fixture->client));
	send_report(fixture, get_surface_resource(fixture));
	assert_true(test_client_roundtrip(&fixture->client));
	assert_int_equal(report.count, 0);
	assert_int_equal(other.count, 1);
	exynos_userptr_surface_v1_destroy(report.object);
	wl_surface_destroy(next);
	exynos_userptr_surface_v1_destroy(other.object);
	assert_true(test_client_roundtrip(&fixture->client));
}

static void
test_report_outlives_the_object_it_was_made_from(void **state)
{
	struct fixture *fixture = *state;
	struct report_listener report;
	struct wl_surface *surface;

	surface = wl_compositor_create_surface(fixture->client.compositor);
	get_report(&report, fixture, surface);
	exynos_userptr_v1_destroy(fixture->pool.object);
	assert_true(test_client_roundtrip(&fixture->client));
	send_report(fixture, get_surface_resource(fixture));
	bind_pool(&fixture->pool, &fixture->client);
	assert_int_equal(report.count, 1);
	exynos_userptr_surface_v1_destroy(report.object);
	wl_surface_destroy(surface);
}

static void
test_withdrawn_global(void **state)
{
	struct fixture *fixture = *state;
	struct report_listener reports[2];
	struct wl_surface *surfaces[2];

	surfaces[0] = wl_compositor_create_surface(fixture->client.compositor);
	get_report(&reports[0], fixture, surfaces[0]);
	assert_true(test_client_roundtrip(&fixture->client));
	fake_driver_set_pinned(&fixture->server.driver, MIB);
	exup_plugin_userptr_destroy(fixture->server.userptr);
	fixture->server.userptr = NULL;
	surfaces[1] = wl_compositor_create_surface(fixture->client.compositor);
	get_report(&reports[1], fixture, surfaces[1]);
	assert_true(test_client_roundtrip(&fixture->client));
	check_events(&fixture->pool, "");
	wl_surface_destroy(surfaces[0]);
	exynos_userptr_surface_v1_destroy(reports[0].object);
	exynos_userptr_surface_v1_destroy(reports[1].object);
	wl_surface_destroy(surfaces[1]);
	assert_true(test_client_roundtrip(&fixture->client));
}

static void
test_disconnection_with_everything_alive(void **state)
{
	struct fixture *fixture = *state;
	struct report_listener reports[2];
	struct wl_surface *surfaces[2];
	int i;

	for (i = 0; i < 2; i++) {
		surfaces[i] = wl_compositor_create_surface(fixture->client.compositor);
		get_report(&reports[i], fixture, surfaces[i]);
	}
	assert_true(test_client_roundtrip(&fixture->client));
	wl_client_destroy(fixture->server.client);
	/* nobody is there to be told */
	fake_driver_set_pinned(&fixture->server.driver, MIB);
	test_server_dispatch(&fixture->server);
	for (i = 0; i < 2; i++) {
		exynos_userptr_surface_v1_destroy(reports[i].object);
		wl_surface_destroy(surfaces[i]);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_bind),
		TEST(test_sizes_have_64_bits),
		TEST(test_change_is_sent),
		TEST(test_burst_is_one_event),
		TEST(test_changes_in_one_turn_are_one_event),
		TEST(test_withdrawn_with_an_update_pending),
		TEST(test_same_value_is_not_sent),
		TEST(test_quiet_pool_wakes_nobody),
		TEST(test_limit_change_is_sent),
		TEST(test_limit_below_what_is_pinned),
		TEST(test_all_clients_are_told),
		TEST(test_bind_before_the_event),
		TEST(test_pool_that_cannot_be_read),
		cmocka_unit_test(test_driver_without_userptr),
		TEST(test_report),
		TEST(test_report_goes_to_its_surface_only),
		TEST(test_second_report_of_a_surface),
		TEST(test_report_after_an_earlier_one),
		TEST(test_report_is_inert_without_its_surface),
		TEST(test_report_outlives_the_object_it_was_made_from),
		TEST(test_withdrawn_global),
		TEST(test_disconnection_with_everything_alive),
	};

	return cmocka_run_group_tests_name("userptr-protocol", tests, NULL, NULL);
}
