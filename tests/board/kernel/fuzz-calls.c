// SPDX-License-Identifier: MIT
/*
 * Calls of the driver with hostile arguments: every ioctl, mmap and read, chosen by a thread's
 * random numbers among what it has and what is wrong.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_mode.h>
#include <linux/dma-buf.h>
#include <linux/sync_file.h>

#include "exynos-device.h"
#include "exynos-g2d.h"
#include "fuzz-calls.h"
#include "g2d-submission.h"

const char *const operation_names[N_OPS] = {
	[OP_GEM_CREATE] = "GEM_CREATE",
	[OP_GEM_MAP] = "GEM_MAP",
	[OP_GEM_GET] = "GEM_GET",
	[OP_GEM_CLOSE] = "GEM_CLOSE",
	[OP_MAP_DUMB] = "MAP_DUMB",
	[OP_USERPTR] = "GEM_USERPTR",
	[OP_USER_LIMIT] = "USER_LIMIT",
	[OP_GET_VER] = "GET_VER",
	[OP_SET_CMDLIST] = "SET_CMDLIST",
	[OP_EXEC] = "EXEC",
	[OP_SUBMIT] = "SUBMIT",
	[OP_EXPORT] = "HANDLE_TO_FD",
	[OP_IMPORT] = "FD_TO_HANDLE",
	[OP_SYNC] = "SYNC",
	[OP_MMAP_NODE] = "mmap of the node",
	[OP_MMAP_DMABUF] = "mmap of a dma-buf",
	[OP_READ_EVENT] = "read",
	[OP_VIDI] = "VIDI_CONNECTION",
	[OP_GEM_SYNC] = "GEM_SYNC",
	[OP_OTHER] = "any number",
};

/* xorshift64* */
static uint64_t
next(struct fuzzer *f)
{
	f->random ^= f->random >> 12;
	f->random ^= f->random << 25;
	f->random ^= f->random >> 27;

	return f->random * 0x2545f4914f6cdd1dull;
}

static uint32_t
below(struct fuzzer *f, uint32_t limit)
{
	return (uint32_t)((next(f) >> 32) % limit);
}

static bool
one_in(struct fuzzer *f, uint32_t n)
{
	return below(f, n) == 0;
}

static uint64_t
hostile_number(struct fuzzer *f)
{
	static const uint64_t numbers[] = {
		0,
		1,
		2,
		3,
		4095,
		4096,
		4097,
		0x7fffffff,
		0x80000000,
		0xfffff000,
		0xffffffff,
		1ull << 32,
		(1ull << 32) + 1,
		1ull << 44,
		1ull << 62,
		INT64_MAX,
		1ull << 63,
		UINT64_MAX - 4095,
		UINT64_MAX - 4096,
		UINT64_MAX,
	};

	if (one_in(f, 4))
		return next(f);

	return numbers[below(f, sizeof(numbers) / sizeof(numbers[0]))];
}

/*
 * Addresses that are no memory, memory that can only be read, the end of memory, the kernel's, and
 * mappings of objects. Nothing that the engine may write to and this program needs.
 */
static uint64_t
hostile_address(struct fuzzer *f)
{
	char *end = f->arena + ARENA_PAGES * PAGE;
	int map = (int)below(f, N_MAPS);

	switch (below(f, 10)) {
	case 0:
		return below(f, PAGE);
	case 1: /* runs into the page that can only be read */
		return (uintptr_t)end - below(f, 64);
	case 2: /* only for reading, and from there to where nothing is */
		return (uintptr_t)end + below(f, PAGE);
	case 3:
		return (uintptr_t)end + PAGE + below(f, PAGE);
	case 4: /* the kernel: of this board, and of others */
		return 0x60000000ul + below(f, 1 << 24);
	case 5:
		return 0xffff800000000000ull + below(f, 1 << 30);
	case 6:
		return UINT64_MAX - below(f, 2 * PAGE);
	case 7: /* the end of the address space: 47 and 39 bits */
		return (1ull << (one_in(f, 2) ? 47 : 39)) - below(f, 4 * PAGE);
	case 8:
		return f->maps[map] ? (uintptr_t)f->maps[map] : 0;
	default:
		return (uintptr_t)f->arena | 1ull << (40 + below(f, 24));
	}
}

static uint64_t
good_address(struct fuzzer *f)
{
	return (uintptr_t)f->arena + below(f, (ARENA_PAGES - 8) * PAGE);
}

static uint32_t
any_handle(struct fuzzer *f)
{
	return one_in(f, 16) ? (uint32_t)hostile_number(f) : 1 + below(f, one_in(f, 2) ? 4 : 24);
}

static int
any_fd(struct fuzzer *f)
{
	return f->process->fds[below(f, N_FDS)];
}

static void
count(struct fuzzer *f, bool accepted)
{
	struct counts *counts = f->process->counts;

	atomic_fetch_add(&counts->calls[f->operation], 1);
	if (accepted)
		atomic_fetch_add(&counts->accepted[f->operation], 1);
}

static void
do_without_fence(struct drm_exynos_g2d_submit *args)
{
	args->flags &= ~EXYNOS_G2D_SUBMIT_OUT_FENCE;
	args->out_fence = 0;
}

/*
 * The ioctl, mostly as it was made; now and then with a bit the wrong way round, another size or
 * direction in its number, or the structure where it cannot be read or written. GEM_CREATE never gets
 * another size than fuzz_gem_create() has chosen, lest it take all memory: neither a part of it, nor
 * what lies somewhere else.
 */
static bool
call(struct fuzzer *f, int fd, unsigned long request, void *args, size_t size_bytes)
{
	size_t room = ARG_BYTES - size_bytes;
	char *arg = f->arg + (one_in(f, 2) ? room : 0); /* at the end, nothing follows it */
	bool is_create = f->operation == OP_GEM_CREATE, whole = true;
	int ret;

	memcpy(arg, args, size_bytes);
	if (one_in(f, 24) && !is_create)
		arg[below(f, (uint32_t)size_bytes)] ^= (char)(1 << below(f, 8));
	if (one_in(f, 48) && !is_create) {
		request ^= (unsigned long)(below(f, 1 << 16)) << 16;
		arg = f->arg;
		whole = false;
		/* whoever has the answer cut off would not know what to close */
		if (f->operation == OP_SUBMIT)
			do_without_fence((struct drm_exynos_g2d_submit *)arg);
	}
	if (one_in(f, 48)) {
		arg = (char *)(uintptr_t)(is_create ? below(f, PAGE) : hostile_address(f));
		whole = false;
	}

	ret = ioctl(fd, request, arg);
	count(f, ret == 0);
	if (ret == 0 && whole)
		memcpy(args, arg, size_bytes);

	return ret == 0 && whole;
}

static void
close_all_handles(struct fuzzer *f, int fd)
{
	f->operation = OP_GEM_CLOSE;
	for (uint32_t handle = 1; handle <= MAX_HANDLE; handle++) {
		struct drm_gem_close args = { .handle = handle };
		int ret = ioctl(fd, DRM_IOCTL_GEM_CLOSE, &args);

		count(f, ret == 0);
	}
}

static void
keep_dmabuf(struct fuzzer *f, int dmabuf)
{
	int i = (int)below(f, N_DMABUFS);

	if (f->dmabufs[i] >= 0)
		close(f->dmabufs[i]);
	f->dmabufs[i] = dmabuf;
}

static void
keep_fence(struct fuzzer *f, int fence)
{
	int i = (int)below(f, N_FENCES);

	if (f->fences[i] >= 0)
		close(f->fences[i]);
	f->fences[i] = fence;
}

void
fuzz_close_fences(struct fuzzer *f)
{
	for (int i = 0; i < N_FENCES; i++) {
		if (f->fences[i] >= 0)
			close(f->fences[i]);
		f->fences[i] = -1;
	}
}

/* Lets the kernel touch a mapping, which answers -EFAULT where a program would get SIGBUS. */
static void
touch_map(struct fuzzer *f, char *map, size_t size_bytes)
{
	int memfd = f->process->memfd;
	ssize_t ignored;

	ignored = pwrite(memfd, map + below(f, (uint32_t)size_bytes), 1, 0);
	ignored = pread(memfd, map + below(f, (uint32_t)size_bytes), 1, 0);
	(void)ignored;
}

static void
fuzz_gem_create(struct fuzzer *f)
{
	struct drm_exynos_gem_create args = {
		.size = 1 + below(f, one_in(f, 16) ? 64 * PAGE : 4 * PAGE),
		.flags = one_in(f, 8) ? (uint32_t)hostile_number(f) : below(f, 8),
	};
	int fd = any_fd(f);

	if (one_in(f, 8))
		args.size = hostile_number(f);
	/* what there may be memory for, and this test wants to leave to others */
	if (args.size > 256 * PAGE && args.size < 1ull << 33)
		args.size |= 1ull << 40;
	if (call(f, fd, DRM_IOCTL_EXYNOS_GEM_CREATE, &args, sizeof(args)))
		f->created_bytes += args.size;
	if (args.handle > MAX_HANDLE || f->created_bytes > PURGE_BYTES) {
		for (int i = 0; i < N_FDS; i++)
			close_all_handles(f, f->process->fds[i]);
		f->created_bytes = 0;
	}
}

static void
fuzz_gem_map(struct fuzzer *f)
{
	struct drm_exynos_gem_map args = { .handle = any_handle(f) };

	if (call(f, any_fd(f), DRM_IOCTL_EXYNOS_GEM_MAP, &args, sizeof(args)))
		f->last_offset = args.offset;
}

static void
fuzz_gem_get(struct fuzzer *f)
{
	struct drm_exynos_gem_info args = { .handle = any_handle(f) };

	call(f, any_fd(f), DRM_IOCTL_EXYNOS_GEM_GET, &args, sizeof(args));
}

static void
fuzz_gem_close(struct fuzzer *f)
{
	struct drm_gem_close args = { .handle = any_handle(f), .pad = below(f, 2) };

	call(f, any_fd(f), DRM_IOCTL_GEM_CLOSE, &args, sizeof(args));
}

static void
fuzz_map_dumb(struct fuzzer *f)
{
	struct drm_mode_map_dumb args = { .handle = any_handle(f) };

	if (call(f, any_fd(f), DRM_IOCTL_MODE_MAP_DUMB, &args, sizeof(args)))
		f->last_offset = args.offset;
}

static void
fuzz_userptr(struct fuzzer *f)
{
	struct drm_exynos_gem_userptr args = {
		.userptr = one_in(f, 4) ? hostile_address(f) : good_address(f),
		.size = one_in(f, 6) ? hostile_number(f) : 1 + below(f, 8 * PAGE),
		.flags = one_in(f, 8) ? (uint32_t)hostile_number(f) : below(f, 8),
	};

	if (one_in(f, 4))
		args.flags |= EXYNOS_BO_READONLY;
	if (one_in(f, 2))
		args.flags |= EXYNOS_BO_WHOLE_PAGES;
	if (call(f, any_fd(f), DRM_IOCTL_EXYNOS_GEM_USERPTR, &args, sizeof(args)))
		f->created_bytes += args.size;
}

static void
fuzz_user_limit(struct fuzzer *f)
{
	struct drm_exynos_user_limit args = {
		.userptr_limit = one_in(f, 2) ? (uint32_t)hostile_number(f) :
						PAGE * (1 + below(f, LIMIT / PAGE)),
		.pad = (uint32_t)next(f),
	};

	call(f, any_fd(f), DRM_IOCTL_EXYNOS_USER_LIMIT, &args, sizeof(args));
}

static void
fuzz_get_ver(struct fuzzer *f)
{
	struct drm_exynos_g2d_get_ver args = { 0 };

	call(f, any_fd(f), DRM_IOCTL_EXYNOS_G2D_GET_VER, &args, sizeof(args));
}

/* Buffers of a list that are user memory: addresses of a structure, good and bad. */
static uint32_t
user_buffer(struct fuzzer *f)
{
	struct drm_exynos_g2d_userptr *user = (void *)(f->arena + 16 * below(f, 4));

	if (one_in(f, 8))
		return (uint32_t)hostile_address(f);
	user->userptr = (unsigned long)(one_in(f, 6) ? hostile_address(f) : good_address(f));
	user->size = (unsigned long)(one_in(f, 6) ? hostile_number(f) : 1 + below(f, 8 * PAGE));

	return (uint32_t)(uintptr_t)user;
}

static void
spoil_list(struct fuzzer *f, struct g2d_list *list)
{
	uint32_t i;

	for (i = below(f, 4); i > 0; i--) {
		struct drm_exynos_g2d_cmd *cmd = &list->cmds[below(f, list->n_cmds)];

		if (one_in(f, 2))
			cmd->data ^= 1u << below(f, 32);
		else if (one_in(f, 2))
			cmd->data = (uint32_t)hostile_number(f);
		else
			cmd->offset = one_in(f, 4) ? (uint32_t)next(f) : 4 * below(f, 0x240);
	}
	for (i = below(f, 3); i > 0; i--) {
		struct drm_exynos_g2d_cmd *buf = &list->bufs[below(f, list->n_bufs)];

		if (one_in(f, 2)) {
			buf->offset |= G2D_BUF_USERPTR;
			buf->data = user_buffer(f);
		} else if (one_in(f, 2)) {
			buf->data = any_handle(f);
		} else {
			buf->offset ^= 1u << below(f, 32);
		}
	}
	if (one_in(f, 8))
		g2d_list_add_buffer(list, one_in(f, 2) ? G2D_PAT_BASE_ADDR : G2D_SRC_BASE_ADDR,
				    any_handle(f));
	if (one_in(f, 16)) {
		while (list->n_cmds < G2D_LIST_PAIRS_MAX + below(f, 2))
			g2d_list_add(list, G2D_SF_COLOR, 0);
	}
}

/* What says which images the engine uses, and which buffers there are for them. */
static void
spoil_images(struct fuzzer *f, struct g2d_list *list)
{
	static const uint32_t registers[] = { G2D_BITBLT_COMMAND, G2D_SRC_SELECT,
					      G2D_DST_SELECT,	  G2D_SRC_COLOR_MODE,
					      G2D_DST_COLOR_MODE, G2D_ROP4 };
	uint32_t i;

	for (i = below(f, 3); i > 0; i--)
		g2d_list_add(list, registers[below(f, sizeof(registers) / sizeof(registers[0]))],
			     one_in(f, 2) ? below(f, 4) : 1u << below(f, 32));
	if (one_in(f, 4))
		g2d_list_add_buffer(
			list, one_in(f, 2) ? G2D_SRC_PLANE2_BASE_ADDR : G2D_DST_PLANE2_BASE_ADDR,
			any_handle(f));
	if (one_in(f, 4))
		list->n_bufs = below(f, list->n_bufs + 1);
}

/* @among: as many lists share what is wrong, since one of them is enough. */
static void
make_list(struct fuzzer *f, uint32_t among, struct g2d_list *list)
{
	struct g2d_image dst = { any_handle(f), 64 }, src = { any_handle(f), 64 };
	struct g2d_box box = { 0, 0, 1 + (int)below(f, 16), 1 + (int)below(f, 64) };

	if (one_in(f, 2))
		g2d_list_fill(list, &dst, &box, (uint32_t)next(f));
	else
		g2d_list_copy(list, &dst, &box, &src, &box);
	if (one_in(f, 2 * among))
		spoil_list(f, list);
	if (one_in(f, 4 * among) && list->n_cmds < G2D_LIST_PAIRS_MAX)
		spoil_images(f, list);
}

static void
fuzz_set_cmdlist(struct fuzzer *f)
{
	struct drm_exynos_g2d_set_cmdlist args;
	struct g2d_list list;

	make_list(f, 1, &list);

	args = (struct drm_exynos_g2d_set_cmdlist){
		.cmd = one_in(f, 32) ? hostile_address(f) : (uintptr_t)list.cmds,
		.cmd_buf = one_in(f, 32) ? hostile_address(f) : (uintptr_t)list.bufs,
		.cmd_nr = one_in(f, 32) ? (uint32_t)hostile_number(f) : list.n_cmds,
		.cmd_buf_nr = one_in(f, 32) ? (uint32_t)hostile_number(f) : list.n_bufs,
		.event_type = one_in(f, 16) ? hostile_number(f) : below(f, 2),
		.user_data = next(f),
	};
	call(f, any_fd(f), DRM_IOCTL_EXYNOS_G2D_SET_CMDLIST, &args, sizeof(args));
}

static void
fuzz_exec(struct fuzzer *f)
{
	struct drm_exynos_g2d_exec args = { .async = one_in(f, 8) ? 0 : hostile_number(f) };

	call(f, any_fd(f), DRM_IOCTL_EXYNOS_G2D_EXEC, &args, sizeof(args));
}

/* A descriptor that has a fence, or not. */
static int
any_fence(struct fuzzer *f)
{
	switch (below(f, 16)) {
	case 0:
		return (int)hostile_number(f);
	case 1:
		return any_fd(f);
	case 2:
		return f->process->memfd;
	case 3:
		return f->dmabufs[below(f, N_DMABUFS)];
	default:
		return f->fences[below(f, N_FENCES)];
	}
}

/* A sync file that stands for two others. */
static void
merge_fences(struct fuzzer *f)
{
	struct sync_merge_data args = { .fd2 = f->fences[below(f, N_FENCES)] };

	if (ioctl(f->fences[below(f, N_FENCES)], SYNC_IOC_MERGE, &args) == 0)
		keep_fence(f, args.fence);
}

/* Any 32 bits of what a submission consists of, all of which are numbers of some kind. */
static void
spoil_words(struct fuzzer *f, void *words, size_t size_bytes)
{
	uint32_t *word = (uint32_t *)words + below(f, (uint32_t)(size_bytes / sizeof(*word)));

	switch (below(f, 4)) {
	case 0:
		*word = (uint32_t)hostile_number(f);
		break;
	case 1:
		*word ^= 1u << below(f, 32);
		break;
	default:
		*word += one_in(f, 2) ? 1 : UINT32_MAX;
		break;
	}
}

static void
spoil_submission(struct fuzzer *f, struct g2d_submission *s)
{
	__u64 *addresses[] = { &s->args.blits, &s->args.bufs, &s->args.cmds, &s->args.in_fences };
	/* what there is, whatever the submission will say */
	const size_t blit_bytes = sizeof(s->blits[0]) * s->args.nr_blits;
	const size_t buf_bytes = sizeof(s->bufs[0]) * (s->args.nr_bufs + 1);

	for (uint32_t i = 1 + below(f, 2); i > 0; i--) {
		switch (below(f, 5)) {
		case 0:
			spoil_words(f, s->blits, blit_bytes);
			break;
		case 1:
			spoil_words(f, s->bufs, buf_bytes);
			break;
		case 2:
			*addresses[below(f, 4)] = hostile_address(f);
			break;
		case 3:
			/* of another size, right through what is known */
			s->args.blit_stride += 4 * below(f, 8);
			break;
		default:
			spoil_words(f, &s->args, sizeof(s->args));
			break;
		}
	}
}

static void
fuzz_submit(struct fuzzer *f)
{
	struct g2d_submission *s = g2d_submission_create();
	uint32_t n = one_in(f, 4) ? 1 + below(f, 8) : 1, dst_offset, src_offset;
	struct g2d_list list;

	for (uint32_t i = 0; i < n; i++) {
		make_list(f, n, &list);
		/* more than a submission has room for is a matter of SET_CMDLIST */
		if (list.n_cmds > G2D_SUBMISSION_PAIRS)
			list.n_cmds = G2D_SUBMISSION_PAIRS;
		/* some lines into the buffers */
		dst_offset = one_in(f, 4) ? 64 * below(f, 4) : 0;
		src_offset = one_in(f, 4) ? 64 * below(f, 4) : 0;
		g2d_submission_add_list(s, &list, dst_offset, src_offset);
	}
	for (uint32_t i = one_in(f, 4) ? below(f, 4) : 0; i > 0; i--)
		g2d_submission_add_in_fence(s, any_fence(f));
	s->args.flags = below(f, 8);
	/* neither may be set where it has no meaning */
	if (s->args.flags & EXYNOS_G2D_SUBMIT_EVENT)
		s->args.user_data = next(f);
	if (s->args.flags & EXYNOS_G2D_SUBMIT_OUT_FENCE)
		s->args.out_fence = -1;
	if (one_in(f, 4))
		spoil_submission(f, s);

	if (call(f, any_fd(f), DRM_IOCTL_EXYNOS_G2D_SUBMIT, &s->args, sizeof(s->args)) &&
	    s->args.flags & EXYNOS_G2D_SUBMIT_OUT_FENCE)
		keep_fence(f, s->args.out_fence);
	if (one_in(f, 8))
		merge_fences(f);
	free(s);
}

static void
fuzz_export(struct fuzzer *f)
{
	struct drm_prime_handle args = {
		.handle = any_handle(f),
		.flags = O_CLOEXEC | O_RDWR,
		.fd = -1,
	};

	/* without O_CLOEXEC is as good, as nothing is executed here */
	if (one_in(f, 8))
		args.flags = (uint32_t)hostile_number(f);
	if (call(f, any_fd(f), DRM_IOCTL_PRIME_HANDLE_TO_FD, &args, sizeof(args)))
		keep_dmabuf(f, args.fd);
}

static void
fuzz_import(struct fuzzer *f)
{
	struct drm_prime_handle args = { .fd = f->dmabufs[below(f, N_DMABUFS)] };

	if (one_in(f, 16))
		args.fd = (int)hostile_number(f);
	else if (one_in(f, 16))
		args.fd = any_fd(f);
	else if (one_in(f, 16))
		args.fd = f->process->memfd;
	else if (one_in(f, 16))
		args.fd = f->process->udmabuf;
	call(f, any_fd(f), DRM_IOCTL_PRIME_FD_TO_HANDLE, &args, sizeof(args));
}

static void
fuzz_sync(struct fuzzer *f)
{
	struct dma_buf_sync args = { .flags = one_in(f, 16) ? hostile_number(f) : below(f, 8) };

	call(f, f->dmabufs[below(f, N_DMABUFS)], DMA_BUF_IOCTL_SYNC, &args, sizeof(args));
}

static void
fuzz_mmap(struct fuzzer *f, int fd, uint64_t offset)
{
	size_t size = PAGE * (1 + below(f, 4));
	int protection = (int)below(f, 8);
	int flags = (one_in(f, 8) ? MAP_PRIVATE : MAP_SHARED) | MAP_FIXED_NOREPLACE;
	int i = (int)below(f, N_MAPS);
	void *map;

	if (one_in(f, 8))
		offset = (offset + (hostile_number(f) & ~(uint64_t)(PAGE - 1))) & INT64_MAX;
	if (f->maps[i])
		munmap(f->maps[i], f->map_bytes[i]);
	f->maps[i] = NULL;

	map = mmap(f->map_area + (size_t)i * MAP_STRIDE, size, protection, flags, fd,
		   (off_t)offset);
	count(f, map != MAP_FAILED);
	if (map == MAP_FAILED)
		return;

	f->maps[i] = map;
	f->map_bytes[i] = size;
	touch_map(f, map, size);
}

static void
fuzz_mmap_node(struct fuzzer *f)
{
	fuzz_mmap(f, any_fd(f), f->last_offset);
}

static void
fuzz_mmap_dmabuf(struct fuzzer *f)
{
	fuzz_mmap(f, f->dmabufs[below(f, N_DMABUFS)], 0);
}

/* The files do not block. */
static void
fuzz_read_event(struct fuzzer *f)
{
	char event[64];
	void *where = one_in(f, 8) ? (void *)(uintptr_t)hostile_address(f) : event;

	count(f, read(any_fd(f), where, one_in(f, 4) ? below(f, 64) : sizeof(event)) > 0);
}

/* Connects and disconnects the virtual display. No EDID is valid by chance, so most are refused. */
static void
fuzz_vidi(struct fuzzer *f)
{
	struct {
		__u32 connection, extensions;
		__u64 edid;
	} args = {
		.connection = below(f, 8) ? below(f, 2) : (uint32_t)hostile_number(f),
		.extensions = (uint32_t)hostile_number(f),
		.edid = one_in(f, 2) ? hostile_address(f) : good_address(f),
	};

	call(f, any_fd(f), DRM_IOWR(DRM_COMMAND_BASE + 0x07, args), &args, sizeof(args));
}

/* Rows of an object, now and then some that do not fit, up to where sums of them overflow. */
static void
fuzz_gem_sync(struct fuzzer *f)
{
	struct drm_exynos_gem_sync_range ranges[8];
	struct drm_exynos_gem_sync args = {
		.handle = any_handle(f),
		.flags = one_in(f, 8) ? (uint32_t)hostile_number(f) : below(f, 8),
		.ranges = one_in(f, 16) ? hostile_address(f) : (uintptr_t)ranges,
		.nr_ranges = one_in(f, 16) ? (uint32_t)hostile_number(f) : below(f, 9),
		.pad = one_in(f, 16),
	};

	for (int i = 0; i < 8; i++) {
		ranges[i] = (struct drm_exynos_gem_sync_range){
			.offset = one_in(f, 16) ? hostile_number(f) : below(f, 2 * PAGE),
			.stride = one_in(f, 16) ? (uint32_t)hostile_number(f) : below(f, 1024),
			.row_bytes = one_in(f, 16) ? (uint32_t)hostile_number(f) : below(f, 128),
			.rows = one_in(f, 16) ? (uint32_t)hostile_number(f) : 1 + below(f, 4),
			.pad = one_in(f, 32),
		};
	}
	call(f, any_fd(f), DRM_IOCTL_EXYNOS_GEM_SYNC, &args, sizeof(args));
}

/* All numbers that a driver has, those that no ioctl has, too; with nothing that makes sense. */
static void
fuzz_other(struct fuzzer *f)
{
	unsigned long number = DRM_COMMAND_BASE + below(f, DRM_COMMAND_END - DRM_COMMAND_BASE);
	uint32_t size = 8 * below(f, 8);
	uint64_t args[8];

	/* GEM_CREATE knows how much it may allocate */
	if (number == DRM_COMMAND_BASE)
		number++;
	for (int i = 0; i < 8; i++)
		args[i] = one_in(f, 2) ? hostile_number(f) : hostile_address(f);
	call(f, any_fd(f), _IOC(_IOC_READ | _IOC_WRITE, DRM_IOCTL_BASE, number, size), args,
	     sizeof(args));
}

static const struct {
	void (*run)(struct fuzzer *f);
	uint32_t weight;
} operations[N_OPS] = {
	[OP_GEM_CREATE] = { fuzz_gem_create, 8 },
	[OP_GEM_MAP] = { fuzz_gem_map, 5 },
	[OP_GEM_GET] = { fuzz_gem_get, 5 },
	[OP_GEM_CLOSE] = { fuzz_gem_close, 8 },
	[OP_MAP_DUMB] = { fuzz_map_dumb, 2 },
	[OP_USERPTR] = { fuzz_userptr, 14 },
	[OP_USER_LIMIT] = { fuzz_user_limit, 1 },
	[OP_GET_VER] = { fuzz_get_ver, 1 },
	[OP_SET_CMDLIST] = { fuzz_set_cmdlist, 20 },
	[OP_EXEC] = { fuzz_exec, 10 },
	[OP_SUBMIT] = { fuzz_submit, 20 },
	[OP_EXPORT] = { fuzz_export, 5 },
	[OP_IMPORT] = { fuzz_import, 5 },
	[OP_SYNC] = { fuzz_sync, 3 },
	[OP_MMAP_NODE] = { fuzz_mmap_node, 3 },
	[OP_MMAP_DMABUF] = { fuzz_mmap_dmabuf, 3 },
	[OP_READ_EVENT] = { fuzz_read_event, 4 },
	[OP_VIDI] = { fuzz_vidi, 1 },
	[OP_GEM_SYNC] = { fuzz_gem_sync, 5 },
	[OP_OTHER] = { fuzz_other, 3 },
};

static enum operation
choose(struct fuzzer *f)
{
	uint32_t total = 0, left;
	int i;

	for (i = 0; i < N_OPS; i++)
		total += operations[i].weight;
	left = below(f, total);
	for (i = 0; left >= operations[i].weight; i++)
		left -= operations[i].weight;

	return (enum operation)i;
}

/* Another file in the place of one that others may be using at this moment. */
static void
replace_file(struct fuzzer *f)
{
	int i = (int)below(f, N_FDS - 1), fd;

	fd = exynos_open(i == 0 ? EXYNOS_PRIMARY_NODE : EXYNOS_RENDER_NODE);
	if (fd < 0)
		return;
	fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
	dup2(fd, f->process->fds[i]);
	close(fd);
}

void
fuzz_call(struct fuzzer *f)
{
	if (one_in(f, 5000))
		replace_file(f);
	f->operation = choose(f);
	operations[f->operation].run(f);
}
