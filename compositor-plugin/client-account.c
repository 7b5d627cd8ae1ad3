// SPDX-License-Identifier: MIT
/* What each client makes the compositor keep for it, counted. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "client-account.h"
#include "log.h"

#define LINES_MAX 4

/**
 * struct exup_plugin_account
 * @refcount: the client has one reference for as long as it is there
 * @lines: how many have been logged
 */
struct exup_plugin_account {
	struct wl_listener client_destroy;
	unsigned int refcount;
	pid_t pid;
	unsigned int lines;
	uint64_t costs[EXUP_PLUGIN_COST_COUNT];
};

void
exup_plugin_account_unref(struct exup_plugin_account *account)
{
	if (account && --account->refcount == 0) {
		free(account);
	}
}

static void
handle_client_destroy(struct wl_listener *listener, void *data)
{
	struct exup_plugin_account *account = wl_container_of(listener, account, client_destroy);

	(void)data;
	exup_plugin_account_unref(account);
}

struct exup_plugin_account *
exup_plugin_account_get(struct wl_client *client)
{
	struct exup_plugin_account *account;
	struct wl_listener *listener;

	listener = wl_client_get_destroy_listener(client, handle_client_destroy);
	if (listener) {
		account = wl_container_of(listener, account, client_destroy);
	} else {
		account = calloc(1, sizeof(*account));
		if (!account) {
			return NULL;
		}
		account->refcount = 1;
		wl_client_get_credentials(client, &account->pid, NULL, NULL);
		account->client_destroy.notify = handle_client_destroy;
		wl_client_add_destroy_listener(client, &account->client_destroy);
	}
	account->refcount++;
	return account;
}

bool
exup_plugin_account_charge(struct exup_plugin_account *account, enum exup_plugin_cost cost,
			   uint64_t amount, uint64_t limit)
{
	if (amount > limit || account->costs[cost] > limit - amount) {
		return false;
	}
	account->costs[cost] += amount;
	return true;
}

void
exup_plugin_account_refund(struct exup_plugin_account *account, enum exup_plugin_cost cost,
			   uint64_t amount)
{
	account->costs[cost] -= amount;
}

void
exup_plugin_account_log(struct exup_plugin_account *account, const char *format, ...)
{
	char text[512];
	va_list args;

	if (!account || account->lines == LINES_MAX) {
		return;
	}
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	exup_plugin_log("exynos-userptr: %s (pid %d)\n", text, (int)account->pid);
	account->lines++;
	if (account->lines == LINES_MAX) {
		exup_plugin_log("exynos-userptr: further lines about the client of pid %d are not "
				"logged\n",
				(int)account->pid);
	}
}
