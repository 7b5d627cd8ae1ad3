// SPDX-License-Identifier: MIT
/*
 * Memory of others on a board whose engine does not snoop the CPU's cache: of another process, and
 * of another driver.
 */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/dma-buf.h>
#include <linux/udmabuf.h>

#include "child.h"
#include "coherency-fixture.h"
#include "exynos-device.h"
#include "exynos-g2d.h"
#include "skip.h"

struct importer {
	struct coherency_device *d;
	const struct buffer *buffer;
	struct child_gate imported, go;
};

static void
importer_init(struct importer *importer, struct coherency_device *d, const struct buffer *b)
{
	*importer = (struct importer){ .d = d, .buffer = b };
	assert_int_equal(child_gate_init(&importer->imported), 0);
	assert_int_equal(child_gate_init(&importer->go), 0);
}

static void
importer_fini(struct importer *importer)
{
	child_gate_fini(&importer->imported);
	child_gate_fini(&importer->go);
}

/* Of the descriptors that fork() has left to it an importer uses the dma-buf alone. */
static int
importer_open(struct importer *importer, struct coherency_device *d, struct buffer *b)
{
	*b = *importer->buffer;
	*d = *importer->d;
	close(importer->d->fd);
	d->fd = exynos_open(EXYNOS_RENDER_NODE);
	CHILD_CHECK(d->fd >= 0);
	CHILD_CHECK(exynos_gem_create(d->fd, BUFFER_SIZE, 0, &d->target.handle) == 0);
	d->pixels = exynos_gem_mmap(d->fd, d->target.handle, BUFFER_SIZE);
	CHILD_CHECK(d->pixels);
	b->fd = d->fd;
	CHILD_CHECK(exynos_prime_import(d->fd, b->dmabuf, &b->image.handle) == 0);

	return 0;
}

/* The owner's side: a child has imported the buffer, and waits. */
static pid_t
importer_start(struct importer *importer, child_fn fn, struct coherency_device *d, struct buffer *b)
{
	pid_t pid;

	buffer_map(d, b, BUFFER_OFFSET, BUFFER_SIZE);
	buffer_draw(b, 1);
	buffer_import(d, b);
	importer_init(importer, d, b);
	pid = child_start(fn, importer);
	assert_int_equal(child_gate_wait(&importer->imported), 0);

	return pid;
}

/* The importer's engine sees what was drawn before; and then what the owner does meanwhile. */
static int
importer_begin(struct importer *importer, struct coherency_device *d, struct buffer *b)
{
	int line = importer_open(importer, d, b);

	if (line)
		return line;

	CHILD_CHECK(engine_sees(d, b, 1));
	CHILD_CHECK(child_gate_post(&importer->imported) == 0);
	CHILD_CHECK(child_gate_wait(&importer->go) == 0);

	return 0;
}

static int
read_and_write_by_engine(void *data)
{
	struct importer *importer = data;
	struct buffer b;
	struct coherency_device d;
	int line;

	line = importer_begin(importer, &d, &b);
	if (line)
		return line;
	CHILD_CHECK(engine_sees(&d, &b, 2));
	engine_draws(&d, &b, 3);

	return 0;
}

static void
test_import_in_a_second_process(void **state)
{
	struct coherency_device *d = *state;
	struct importer importer;
	struct buffer b;
	pid_t pid;

	pid = importer_start(&importer, read_and_write_by_engine, d, &b);

	write_neighbours(&b, 2);
	buffer_begin(&b, DMA_BUF_SYNC_WRITE);
	buffer_draw(&b, 2);
	buffer_end(&b, DMA_BUF_SYNC_WRITE);
	assert_int_equal(child_gate_post(&importer.go), 0);
	assert_int_equal(child_wait(pid), 0);

	buffer_begin(&b, DMA_BUF_SYNC_READ);
	assert_true(buffer_is_drawn(&b, 3));
	buffer_end(&b, DMA_BUF_SYNC_READ);
	assert_true(neighbours_are(&b, 2));
	importer_fini(&importer);
	buffer_release(&b);
	buffer_unmap(&b);
}

static int
import_and_wait(void *data)
{
	struct importer *importer = data;
	struct buffer b;
	struct coherency_device d;
	int line;

	line = importer_begin(importer, &d, &b);
	if (line)
		return line;

	return 0;
}

/* The owner has let go of the object, and uses the memory for something else. */
static void
test_writes_survive_the_last_importer(void **state)
{
	struct coherency_device *d = *state;
	struct importer importer;
	struct buffer b;
	pid_t pid;

	pid = importer_start(&importer, import_and_wait, d, &b);

	buffer_release(&b);
	assert_int_not_equal(exynos_userptr_pinned(d->fd), 0);
	buffer_draw(&b, 2);
	write_neighbours(&b, 2);
	assert_int_equal(child_gate_post(&importer.go), 0);
	assert_int_equal(child_wait(pid), 0);
	assert_true(exynos_wait_pinned(d->fd, 0));
	assert_true(buffer_is_drawn(&b, 2));
	assert_true(neighbours_are(&b, 2));
	importer_fini(&importer);
	buffer_unmap(&b);
}

/* Somebody else's dma-buf of a memfd, whose pages the process has as memory, too. */
static int
create_udmabuf(size_t size_bytes, uint32_t **map)
{
	struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = size_bytes };
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), dmabuf;
	int memfd = memfd_create("foreign", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(device >= 0 && memfd >= 0);
	assert_int_equal(ftruncate(memfd, (off_t)size_bytes), 0);
	assert_int_equal(fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	create.memfd = (uint32_t)memfd;
	dmabuf = ioctl(device, UDMABUF_CREATE, &create);
	assert_true(dmabuf >= 0);
	*map = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
	assert_ptr_not_equal(*map, MAP_FAILED);
	close(memfd);
	close(device);

	return dmabuf;
}

static void
test_foreign_dmabuf(void **state)
{
	skip_without_file("/dev/udmabuf");

	struct coherency_device *d = *state;
	struct buffer b = {
		.pages_size = 3 * d->page, .size = BUFFER_SIZE, .fd = d->fd, .box = buffer_line
	};

	b.dmabuf = create_udmabuf(b.pages_size, &b.pixels);
	b.pages = (unsigned char *)b.pixels;
	b.image.stride = BUFFER_SIZE;
	assert_int_equal(exynos_prime_import(d->fd, b.dmabuf, &b.image.handle), 0);
	for (uint32_t frame = 1; frame < 5; frame++) {
		buffer_begin(&b, DMA_BUF_SYNC_RW);
		buffer_draw(&b, frame);
		buffer_end(&b, DMA_BUF_SYNC_RW);
		assert_true(engine_sees(d, &b, frame));
		buffer_draw(&b, 100 + frame);
		if (d->is_model)
			assert_false(engine_sees(d, &b, 100 + frame));
		engine_draws(d, &b, 200 + frame);
		buffer_begin(&b, DMA_BUF_SYNC_READ);
		assert_true(buffer_is_drawn(&b, 200 + frame));
		buffer_end(&b, DMA_BUF_SYNC_READ);
	}
	buffer_release(&b);
	buffer_unmap(&b);
}

/* What was written back before the engine knew the buffer is not lost. */
static void
test_foreign_dmabuf_drawn_before_the_import(void **state)
{
	skip_without_file("/dev/udmabuf");

	struct coherency_device *d = *state;
	struct buffer b = {
		.pages_size = 3 * d->page, .size = BUFFER_SIZE, .fd = d->fd, .box = buffer_line
	};

	b.dmabuf = create_udmabuf(b.pages_size, &b.pixels);
	b.pages = (unsigned char *)b.pixels;
	b.image.stride = BUFFER_SIZE;
	buffer_begin(&b, DMA_BUF_SYNC_RW);
	buffer_draw(&b, 1);
	buffer_end(&b, DMA_BUF_SYNC_RW);
	assert_int_equal(exynos_prime_import(d->fd, b.dmabuf, &b.image.handle), 0);
	assert_true(engine_sees(d, &b, 1));

	/* nor if it is imported a second time */
	assert_int_equal(exynos_gem_close(d->fd, b.image.handle), 0);
	buffer_begin(&b, DMA_BUF_SYNC_RW);
	buffer_draw(&b, 2);
	buffer_end(&b, DMA_BUF_SYNC_RW);
	buffer_draw(&b, 3);
	assert_int_equal(exynos_prime_import(d->fd, b.dmabuf, &b.image.handle), 0);
	if (d->is_model)
		assert_true(engine_sees(d, &b, 2));
	buffer_release(&b);
	buffer_unmap(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, coherency_setup, coherency_teardown)
		TEST(test_import_in_a_second_process),
		TEST(test_writes_survive_the_last_importer),
		TEST(test_foreign_dmabuf),
		TEST(test_foreign_dmabuf_drawn_before_the_import),
	};

	if (coherency_is_of_no_account())
		return skip_all("the engine snoops the CPU's cache");
	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("coherency of shared memory", tests, NULL, NULL);
}
