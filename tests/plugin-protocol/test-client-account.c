// SPDX-License-Identifier: MIT
/* compositor-plugin/client-account.c: what clients cost is counted, and lines about them end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "client-account.h"
#include "server.h"

#define BYTES EXUP_PLUGIN_COST_UPLOAD_BYTES
#define DESCRIPTORS EXUP_PLUGIN_COST_DESCRIPTORS

struct fixture {
	struct wl_display *display;
	struct wl_client *client;
	struct wl_client *other;
};

static struct wl_client *
create_client(struct wl_display *display)
{
	struct wl_client *client;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	client = wl_client_create(display, fds[0]);
	assert_non_null(client);
	/* the other end is not used, and its going is noticed by an event loop that is not run */
	close(fds[1]);
	return client;
}

static int
set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->display = wl_display_create();
	assert_non_null(fixture->display);
	fixture->client = create_client(fixture->display);
	fixture->other = create_client(fixture->display);
	test_log_clear();
	*state = fixture;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	wl_display_destroy_clients(fixture->display);
	wl_display_destroy(fixture->display);
	free(fixture);
	return 0;
}

static void
test_charges_up_to_the_limit(void **state)
{
	struct fixture *fixture = *state;
	struct exup_plugin_account *account = exup_plugin_account_get(fixture->client);

	assert_non_null(account);
	assert_true(exup_plugin_account_charge(account, BYTES, 60, 100));
	assert_false(exup_plugin_account_charge(account, BYTES, 41, 100));
	assert_true(exup_plugin_account_charge(account, BYTES, 40, 100));
	assert_false(exup_plugin_account_charge(account, BYTES, 1, 100));
	assert_false(exup_plugin_account_charge(account, BYTES, UINT64_MAX, 100));
	/* each cost has a sum of its own */
	assert_true(exup_plugin_account_charge(account, DESCRIPTORS, 1, 1));
	exup_plugin_account_refund(account, BYTES, 60);
	assert_true(exup_plugin_account_charge(account, BYTES, 60, 100));
	/* a limit that is not what it was */
	assert_false(exup_plugin_account_charge(account, BYTES, 1, 50));
	exup_plugin_account_unref(account);
}

static void
test_each_client_has_one(void **state)
{
	struct fixture *fixture = *state;
	struct exup_plugin_account *account = exup_plugin_account_get(fixture->client);
	struct exup_plugin_account *other = exup_plugin_account_get(fixture->other);
	struct exup_plugin_account *again = exup_plugin_account_get(fixture->client);

	assert_ptr_equal(account, again);
	assert_ptr_not_equal(account, other);
	assert_true(exup_plugin_account_charge(account, BYTES, 100, 100));
	assert_true(exup_plugin_account_charge(other, BYTES, 100, 100));
	exup_plugin_account_unref(again);
	exup_plugin_account_unref(other);
	exup_plugin_account_unref(account);
}

/* Surfaces go after the client has said that it goes: the sanitizer sees what is wrong here. */
static void
test_outlives_its_client(void **state)
{
	struct fixture *fixture = *state;
	struct exup_plugin_account *account = exup_plugin_account_get(fixture->client);

	assert_true(exup_plugin_account_charge(account, BYTES, 100, 100));
	wl_client_destroy(fixture->client);
	exup_plugin_account_log(account, "a line");
	exup_plugin_account_refund(account, BYTES, 100);
	exup_plugin_account_unref(account);
	exup_plugin_account_unref(NULL);
}

static void
test_lines_end(void **state)
{
	struct fixture *fixture = *state;
	struct exup_plugin_account *account = exup_plugin_account_get(fixture->client);
	struct exup_plugin_account *other = exup_plugin_account_get(fixture->other);
	unsigned int lines;
	int i;

	for (i = 0; i < 100; i++) {
		exup_plugin_account_log(account, "number %d", i);
	}
	lines = test_log_count_lines();
	assert_in_range(lines, 2, 8);
	assert_non_null(strstr(test_log_get(), "exynos-userptr: number 0 (pid "));
	assert_non_null(strstr(test_log_get(), "further lines"));
	exup_plugin_account_log(other, "another client's");
	assert_int_equal(test_log_count_lines(), lines + 1);
	exup_plugin_account_unref(other);
	exup_plugin_account_unref(account);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_charges_up_to_the_limit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_each_client_has_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_outlives_its_client, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lines_end, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
