#include "tests/crash/watch.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/xalloc.h"

/* Is the address IP (the child's, which is our image) in the C library? */
static bool in_libc(uint64_t ip)
{
	Dl_info libc, at;

	return dladdr((void *)(uintptr_t)ip, &at) != 0 &&
		dladdr((void *)(uintptr_t)syscall, &libc) != 0 &&
		at.dli_fbase == libc.dli_fbase;
}

static bool shown(const struct seccomp_data *d)
{
	switch (d->nr) {
	case SYS_brk: case SYS_mmap: case SYS_munmap: case SYS_mremap:
	case SYS_mprotect: case SYS_madvise:
		return false;
	default:
		return in_libc(d->instruction_pointer);
	}
}

/*
 * The kernel tells us of everything but what carries the listener to us and what ends the
 * child.
 */
static int install(void)
{
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof f / sizeof f[0], f };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			    SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);
}

static int send_fd(int to, int fd)
{
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} u = { { 0 } };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = u.buf, .msg_controllen = sizeof u.buf };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
	return sendmsg(to, &m, 0) == 1 ? 0 : -1;
}

static int recv_fd(int from)
{
	char byte;
	struct iovec iov = { &byte, 1 };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} u;
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = u.buf, .msg_controllen = sizeof u.buf };
	struct cmsghdr *c;
	int fd;

	if (recvmsg(from, &m, 0) != 1 || (c = CMSG_FIRSTHDR(&m)) == NULL)
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof fd);
	return fd;
}

static void serve(int listener, pid_t pid, watch_fn *fn, void *ctx, long *calls)
{
	struct pollfd p = { .fd = listener, .events = POLLIN };
	struct seccomp_notif req;
	struct seccomp_notif_resp resp;
	long n = 0;

	for (;;) {
		struct watch_call call;
		struct watch_verdict v = { 0, 0 };

		if (poll(&p, 1, 30000) <= 0 || (p.revents & POLLIN) == 0)
			break;
		memset(&req, 0, sizeof req);
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &req) < 0) {
			if (errno == EINTR)
				continue;
			break;
		}
		call.pid = (pid_t)req.pid;
		call.nr = req.data.nr;
		for (int i = 0; i < 6; i++)
			call.arg[i] = req.data.args[i];
		memset(&resp, 0, sizeof resp);
		resp.id = req.id;
		switch (shown(&req.data) ? fn(ctx, &call, n++, &v) : WATCH_GO) {
		case WATCH_KILL:
			kill(pid, SIGKILL);
			goto out;
		case WATCH_GO:
			resp.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
			break;
		case WATCH_ANSWER:
			resp.error = -v.error;
			resp.val = v.value;
			break;
		}
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &resp) < 0 &&
		    errno != ENOENT)
			break;
	}
out:
	if (calls != NULL)
		*calls = n;
}

int watch_run(int (*act)(void *arg), void *arg, watch_fn *fn, void *ctx,
	      long *calls)
{
	int pair[2], status, listener;
	pid_t pid;

	fflush(NULL);
	/* the first allocation of all asks for random bytes: not the child's */
	free(xmalloc(1));
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return 127;
	pid = fork();
	if (pid == 0) {
		int ret;

		close(pair[0]);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		listener = install();
		if (listener < 0 || send_fd(pair[1], listener) < 0)
			_exit(126);
		/* seen by the parent; the copy must go, or it would keep the
		 * watch alive behind our death */
		close(listener);
		ret = act(arg);
		syscall(SYS_exit_group, ret);
	}
	close(pair[1]);
	listener = recv_fd(pair[0]);
	close(pair[0]);
	if (listener >= 0) {
		serve(listener, pid, fn, ctx, calls);
		close(listener);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int watch_read(const struct watch_call *call, uint64_t at, void *p, size_t n)
{
	struct iovec here = { p, n }, there = { (void *)(uintptr_t)at, n };

	return process_vm_readv(call->pid, &here, 1, &there, 1, 0) == (ssize_t)n ?
		0 : -1;
}

int watch_string(const struct watch_call *call, uint64_t at, char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (watch_read(call, at + i, p + i, 1) < 0)
			return -1;
		if (p[i] == '\0')
			return 0;
	}
	return -1;
}

static int nothing(void *arg)
{
	(void)arg;
	return getppid() == 1 ? 3 : 4;
}

static enum watch_do go(void *ctx, const struct watch_call *call, long n,
			struct watch_verdict *v)
{
	(void)ctx;
	(void)n;
	if (call->nr == SYS_getppid) {
		v->value = 1;
		return WATCH_ANSWER;
	}
	return WATCH_GO;
}

bool watch_possible(void)
{
	return watch_run(nothing, NULL, go, NULL, NULL) == 3;
}
