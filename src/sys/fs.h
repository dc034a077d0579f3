/*
 * Files: read whole, append, replace, lock, and make temporary ones.
 * Every descriptor made here is close-on-exec.
 */
#ifndef SYS_FS_H
#define SYS_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Open PATH for reading if it is a regular file (or, with ANY, also a pipe
 * or device such as /dev/stdin); never blocks on a FIFO.  *fd is the
 * caller's.  -1 with ERR_IO and *missing true when there is none or it may
 * not be read (ENOENT, ENOTDIR, EACCES, ELOOP); with ERR_TEMP when the system
 * is to blame and not the file (no descriptor or memory left, a disk's error);
 * else ERR_IO.
 */
int fs_open_read(const char *path, bool any, int *fd, bool *missing,
		 struct err *e);

/*
 * Read FD to its end and append it to OUT; -1 with ERR_TEMP or ERR_IO, as
 * above, the latter also when OUT's ceiling is passed ("'NAME' is larger than
 * N bytes").
 */
int fs_read_all(int fd, const char *name, struct buf *out, struct err *e);

/*
 * May the file behind FD hold secrets of user UID?  It must be his (or
 * root's) and closed to group and others.  -1 with ERR_CONFIG saying what
 * is open and the chmod that cures it.
 */
int fs_check_private(int fd, const char *name, uid_t uid, struct err *e);

/*
 * An unlinked temporary file in TMPDIR (when it may be trusted), /var/tmp,
 * /tmp or memory, in that order; what is full already is passed over.  *where
 * names the place, static or the environment's.  -1 with ERR_TEMP: a full disk
 * is trouble that time may cure.
 */
int fs_temp(int *fd, const char **where, struct err *e);

/* Write all N bytes; EINTR and short writes are continued. -1: ERR_IO. */
int fs_write_all(int fd, const void *p, size_t n, const char *name,
		 struct err *e);

/* Read up to N bytes at OFFSET; bytes read, 0 at the end, -1 with ERR_IO. */
ssize_t fs_pread(int fd, void *p, size_t n, off_t offset, struct err *e);

/*
 * Append one LINE (a newline is added) to the log PATH, made with mode 0600
 * when missing, under a write lock waited for at most DEADLINE_MS
 * milliseconds; "-" is standard output.  -1 with ERR_IO.
 */
int fs_append_line(const char *path, const char *line, int deadline_ms,
		   struct err *e);

/* mkdir -p for PATH with mode 0700 for what is new. */
int fs_mkdirs(const char *path, struct err *e);

#endif
