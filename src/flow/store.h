/*
 * Files in a directory that is ours alone: opened only when they are what
 * we made, locked, replaced, brought to the disk.
 *
 * Names are relative to the directory's descriptor.  Interrupted calls are
 * continued.  Failures are ERR_TEMP where room, descriptors or rights are
 * missing (full disk, quota, read-only file system: time may cure it),
 * ERR_CANTCREAT where no directory can be made, ERR_IO where the device fails.
 *
 * A lock is an open file description's (F_OFD_SETLK): it belongs to the
 * descriptor, ends with it or with the process whatever its death, and
 * works over NFS where the mount has locks.  Where it has none, locking
 * fails; nothing is guessed.
 */
#ifndef FLOW_STORE_H
#define FLOW_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"

/* E for errno value ERRNUM, by the rule above; always -1. */
int store_fail(struct err *e, int errnum, const char *what, const char *name);

/*
 * Is ST a file that we made?  NULL, or what is wrong with it: "is a symbolic
 * link", "belongs to uid 7", "has mode 0644", "has 2 names".
 */
const char *store_wrong(const struct stat *st, char text[64]);

/*
 * Open the directory PATH (made with mode 0700 when missing and MAKE is
 * set).  1: missing; 0: *fd is the caller's; -1 with ERR_CONFIG when it is
 * no directory, not ours, or open to others.
 */
int store_dir(const char *path, bool make, int *fd, struct err *e);

/* The same for the folder NAME in DIR. */
int store_subdir(int dir, const char *name, bool make, int *fd, struct err *e);

/* Bring the names in the directories above PATH to the disk; those that we
 * may not read are passed over. */
int store_sync_above(const char *path, struct err *e);

/*
 * Open NAME for reading and, with WRITE, writing.  0; 1: missing; -1: not
 * ours (ERR_DATA, store_wrong()'s words) or it cannot be opened.
 */
int store_open(int dir, const char *name, bool write, int *fd, struct err *e);

/* The same; ST tells of the file as it was then. */
int store_open_stat(int dir, const char *name, bool write, int *fd,
		    struct stat *st, struct err *e);

/* Create NAME, mode 0600; 1 when it is there already. */
int store_create(int dir, const char *name, int *fd, struct err *e);

/* Lock FD for us alone: 0; 1 when another has it; -1. */
int store_lock(int fd, const char *name, struct err *e);

/* Does another description hold a lock on FD? */
bool store_locked(int fd);

/*
 * Is FD on a file system of the network, or one of which that is not known?
 * There a file that stays open is as old as the mount's memory of it; only
 * opening asks the server.
 */
bool store_shared(int fd);

/* Is FD still the file called NAME? */
bool store_same(int dir, const char *name, int fd);

/* Is the file that ST tells of still called NAME?  True: ST is made new. */
bool store_named(int dir, const char *name, struct stat *st);

/* Write all N bytes: at the file's position, or at OFFSET. */
int store_write(int fd, const char *name, const void *p, size_t n,
		struct err *e);
int store_write_at(int fd, const char *name, const void *p, size_t n,
		   off_t offset, struct err *e);

/* Append FD's contents from its beginning to OUT, or the first N bytes. */
int store_read(int fd, const char *name, struct buf *out, struct err *e);
int store_read_n(int fd, const char *name, size_t n, struct buf *out,
		 struct err *e);

/* Are P's N bytes what FD begins with? */
bool store_says(int fd, const char *p, size_t n);

/*
 * Bring a file, or a directory's names, to the disk; or only the bytes of a file
 * whose length has not changed.
 */
int store_sync(int fd, const char *name, struct err *e);
int store_sync_bytes(int fd, const char *name, struct err *e);

/* Remove NAME; a missing one is as good. */
int store_unlink(int dir, const char *name, struct err *e);

/*
 * Make NAME hold N bytes, whole or as it was: TMP is written, synced when
 * SYNC is set, and renamed.  The directory is not synced.
 */
int store_replace(int dir, const char *tmp, const char *name, const void *p,
		  size_t n, bool sync, struct err *e);

/* Call FN with each name but "." and ".." in DIR until it gives non-zero;
 * gives that, or 0, or -1 with E. */
int store_each(int dir, int (*fn)(void *ctx, const char *name), void *ctx,
	       struct err *e);

#endif
