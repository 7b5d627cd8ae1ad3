/* SPDX-License-Identifier: MIT */
/* Where the parts of the plugin that do not know Weston send their messages. */
#ifndef EXUP_PLUGIN_LOG_H
#define EXUP_PLUGIN_LOG_H

/**
 * Writes a message with a newline at its end to the compositor's log. The module's is in log.c,
 * tests have their own.
 */
void
exup_plugin_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
