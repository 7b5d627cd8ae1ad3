/* SPDX-License-Identifier: MIT */
/* What each client makes the compositor keep for it, so that all of it can be bounded. */
#ifndef EXUP_PLUGIN_CLIENT_ACCOUNT_H
#define EXUP_PLUGIN_CLIENT_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

struct exup_plugin_account;

/** enum exup_plugin_cost - bytes of copies of wl_shm buffers; descriptors of planes not yet used */
enum exup_plugin_cost {
	EXUP_PLUGIN_COST_UPLOAD_BYTES,
	EXUP_PLUGIN_COST_DESCRIPTORS,
	EXUP_PLUGIN_COST_COUNT,
};

/**
 * The account of a client, made when first asked for.
 *
 * Returns a reference, to be given back with exup_plugin_account_unref(); the account may outlive
 * its client. NULL without memory.
 */
struct exup_plugin_account *
exup_plugin_account_get(struct wl_client *client);

/** Gives a reference back. NULL is ignored. */
void
exup_plugin_account_unref(struct exup_plugin_account *account);

/** Adds to what a client costs. Returns false, and adds nothing, if that were more than @limit. */
bool
exup_plugin_account_charge(struct exup_plugin_account *account, enum exup_plugin_cost cost,
			   uint64_t amount, uint64_t limit);

/** Takes back what was charged. */
void
exup_plugin_account_refund(struct exup_plugin_account *account, enum exup_plugin_cost cost,
			   uint64_t amount);

/**
 * exup_plugin_log() for what a client has caused, and could again and again: its first lines are
 * logged and no more. Without an account (NULL) nothing is.
 *
 * @format: what happened and what instead; the module's name, the client's process and the end of
 *	the line are added
 */
void
exup_plugin_account_log(struct exup_plugin_account *account, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
