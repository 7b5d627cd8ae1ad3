// SPDX-License-Identifier: MIT
/*
 * An absolute pointer through uinput, and the udev entries that make libinput take it.
 *
 * usage: virtual-pointer FIFO
 *
 * Makes the device and prints its event node; then moves the pointer for each line "X Y" that comes
 * through the FIFO, in 1/1000 of the output, until a line without numbers.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/uinput.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define RANGE 1000

static void
fail(const char *what)
{
	fprintf(stderr, "virtual-pointer: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int
create_device(char *name, size_t size)
{
	static const struct uinput_setup setup = {
		.id = { .bustype = BUS_VIRTUAL, .vendor = 1, .product = 1 },
		.name = "virtual pointer",
	};
	struct uinput_abs_setup axis = { .absinfo = { .maximum = RANGE } };
	int fd = open("/dev/uinput", O_RDWR | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, UI_SET_EVBIT, EV_KEY) < 0 || ioctl(fd, UI_SET_EVBIT, EV_ABS) < 0 ||
	    ioctl(fd, UI_SET_KEYBIT, BTN_LEFT) < 0) {
		fail("/dev/uinput");
	}
	for (axis.code = ABS_X; axis.code <= ABS_Y; axis.code++) {
		if (ioctl(fd, UI_ABS_SETUP, &axis) < 0) {
			fail("UI_ABS_SETUP");
		}
	}
	if (ioctl(fd, UI_DEV_SETUP, &setup) < 0 || ioctl(fd, UI_DEV_CREATE) < 0 ||
	    ioctl(fd, UI_GET_SYSNAME(size), name) < 0) {
		fail("UI_DEV_CREATE");
	}
	return fd;
}

/* Where no udev runs, this is what it would have found out. */
static void
write_udev_entry(const char *name)
{
	static const char properties[] = "I:1000\nE:ID_INPUT=1\nE:ID_INPUT_MOUSE=1\n";
	FILE *file = fopen(name, "w");

	if (!file || fputs(properties, file) < 0 || fclose(file) != 0) {
		fail(name);
	}
}

static void
announce(const char *sysname)
{
	char path[512], event[256] = "", number[32] = "";
	struct dirent *entry;
	FILE *file;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/devices/virtual/input/%s", sysname);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "event", 5) == 0) {
			snprintf(event, sizeof(event), "%s", entry->d_name);
		}
	}
	snprintf(path, sizeof(path), "/sys/class/input/%s/dev", event);
	file = fopen(path, "r");
	if (!dir || !file || fscanf(file, "%31s", number) != 1) {
		fail(path);
	}
	fclose(file);
	closedir(dir);
	mkdir("/run/udev", 0755);
	mkdir("/run/udev/data", 0755);
	snprintf(path, sizeof(path), "/run/udev/data/c%s", number);
	write_udev_entry(path);
	snprintf(path, sizeof(path), "/run/udev/data/+input:%s", sysname);
	write_udev_entry(path);
	printf("/dev/input/%s\n", event);
	fflush(stdout);
}

static void
emit(int fd, uint16_t type, uint16_t code, int32_t value)
{
	struct input_event event = { .type = type, .code = code, .value = value };

	if (write(fd, &event, sizeof(event)) != sizeof(event)) {
		fail("writing an event");
	}
}

int
main(int argc, char **argv)
{
	char sysname[64];
	FILE *orders;
	int fd, x, y;

	if (argc != 2) {
		fprintf(stderr, "usage: virtual-pointer FIFO\n");
		return 2;
	}
	fd = create_device(sysname, sizeof(sysname));
	announce(sysname);
	orders = fopen(argv[1], "r+");
	if (!orders) {
		fail(argv[1]);
	}
	while (fscanf(orders, "%d %d", &x, &y) == 2) {
		emit(fd, EV_ABS, ABS_X, x);
		emit(fd, EV_ABS, ABS_Y, y);
		emit(fd, EV_SYN, SYN_REPORT, 0);
	}
	fclose(orders);
	close(fd);
	return 0;
}
