// SPDX-License-Identifier: MIT
/* The module's messages go to Weston's log. */
#include <stdarg.h>

#include "log.h"
#include "weston10.h"

void
exup_plugin_log(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	weston_vlog(format, args);
	va_end(args);
}
