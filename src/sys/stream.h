/*
 * A connection that bytes go through, plain or under TLS, with deadlines.
 *
 * Output gathers in a buffer and leaves in as few writes as possible: by
 * stream_flush(), or when the buffer is full.  The descriptor is always
 * non-blocking; every function that waits takes an absolute deadline in
 * clock_ms() time and gives -1 with ERR_TEMP "timeout ..." when it comes.
 */
#ifndef SYS_STREAM_H
#define SYS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define STREAM_OUT_MAX 65536	/* bytes gathered before a write */

struct tls;

struct stream {
	int fd;			/* -1: closed */
	struct tls *tls;	/* NULL: plain; owned */
	struct buf out;		/* gathered; the first `sent` bytes are gone */
	size_t sent;
	bool heard;		/* bytes may have come since the last of ours went */
	int awake;		/* tries of the next stream_read() before it
				 * falls asleep */
	bool eof;		/* the peer closed */
};

#define STREAM_INIT { .fd = -1, .out = BUF_INIT(STREAM_OUT_MAX) }

/* Take over FD: non-blocking, close-on-exec, TCP_NODELAY where it has it. */
void stream_open(struct stream *s, int fd);

/*
 * Gather N bytes; a full buffer is written out, large pieces go past it.
 * *taken tells how many were gathered.  With WATCH, bytes that arrive while
 * it waits for room to write make it return 1 (the relay speaks in the
 * middle of the content), also when the connection broke and a last word is
 * there to be read; 0: all were taken.  TLS records that carry no bytes for
 * us (session tickets) do not count as bytes that arrive.  -1 with ERR_TEMP
 * (timeout, closed, reset, told to stop), or what an alert of the peer says.
 */
int stream_put(struct stream *s, const char *p, size_t n, bool watch,
	       size_t *taken, int64_t deadline, struct err *e);

/* Write out what was gathered, the TLS layer's bytes included. */
int stream_flush(struct stream *s, int64_t deadline, struct err *e);

/*
 * Wait for bytes and read at most N of them: *got > 0; or 0 with s->eof when
 * the peer closed (under TLS: also without close_notify).  What was gathered
 * is written meanwhile.  A reset or a damaged record is -1 with ERR_TEMP, a
 * demand for a client certificate (TLS 1.3 tells only now) ERR_UNAVAILABLE.
 * A deadline that is over gives nothing even when bytes are there, so that a
 * peer that never stops talking is cut off.
 */
int stream_read(struct stream *s, char *p, size_t n, size_t *got,
		int64_t deadline, struct err *e);

/* Is there anything to read right now, in the TLS layer or the socket? */
bool stream_readable(struct stream *s);

/*
 * Say goodbye under TLS as far as it goes without waiting, and close.  What
 * was gathered and not flushed is wiped, never sent.
 */
void stream_close(struct stream *s);

#endif
