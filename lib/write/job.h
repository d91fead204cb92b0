/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A job from the inside. open.c and look.c find out what is to be written; run.c starts a
 * flow of blocks for each thing that is read (flow.c; fetch.c reads for it, tap.c has who sums)
 * and a lane for each drive (lane.c), which writes, reads back (check.c) and says what
 * differences look like (suspect.c). What all of these need is in tell.c, flow_state.c and
 * lane_state.c. */
#ifndef WRITE_JOB_H
#define WRITE_JOB_H

#include <isokit/write.h>

#include <stdatomic.h>
#include <sys/types.h>
#include <time.h>

#include "base/arena.h"
#include "device/target.h"
#include "stick/stick.h"
#include "write/intake.h"
#include "write/pool.h"
#include "write/units.h"

enum {
	FLOW_BLOCKS = 12,  /* of a reading that serves all */
	PIPE_BLOCKS = QUEUE_MOST, /* … of what comes when it likes, and needs no memory to expand */
	OWN_BLOCKS = 4,    /* of a reading for one slow drive … */
	LAG_BLOCKS = 2,    /* … and for one slow checksum */
	OWN_READINGS = 4,  /* at most; of a compressed image, whose expanding takes memory, 1 */
	CHECK_BLOCKS = 6,  /* to read back, for all drives together */
	LANE_DEPTH = 4,    /* writes, or reads, in flight for each drive */
	LANE_RANGES = 64,  /* differences that are listed */
	JOB_NOTES = 250,
	JOB_DRIVES = 256,
	JOB_TAPS = ISOKIT_DIGEST_COUNT + 2,
	WAIT_MS = 100,     /* how often those who wait look whether they should stop */
	LAG_MS = 5,        /* … and whether it is a checksum that they wait for */
};

struct digest;

struct write_extent {
	uint64_t offset, bytes;
};

/* Somebody who sees all bytes of a flow, in order, in a thread of its own. */
struct tap {
	struct flow *flow;
	/* False: the flow ends with *err. */
	bool (*see)(void *ctx, uint64_t offset, const uint8_t *bytes, size_t n,
		    struct isokit_error *err);
	/* After the last byte, when all went well. May be NULL. */
	bool (*finish)(void *ctx, struct isokit_error *err);
	void (*free)(void *ctx); /* may be NULL */
	void *ctx;
	struct queue queue;
	bool lags;               /* of the flow's thread: it pushes no more, but … */
	pthread_t reader;        /* … this does, from … */
	uint64_t from;           /* … there on: a group begins there */
	struct pool pool;        /* … with these blocks */
	atomic_uint_fast64_t seen; /* where it is */
	pthread_t thread;
	bool started;
};

#define FLOW_WANTS_NONE UINT64_MAX

/* What reads, and hands blocks to those who want them. */
struct flow {
	struct isokit_write *w;
	struct flow *of;           /* this is a reading for one slow lane of that one */
	struct isokit_source *src; /* borrowed; NULL: write_open_intake() */
	struct write_extent *extents; /* owned, ascending, whole leaves; NULL: everything */
	size_t n_extents, capacity_extents;
	uint64_t bytes;            /* that will come; 0: not known */
	bool hash_between;         /* taps see what lies between the extents, too */
	uint64_t from;             /* what is ahead of that is not read */
	void *keep;                /* what src is of: compose.c */
	uint64_t drive_bytes;
	uint32_t drive_sector;

	struct pool *pool;
	struct pool own_pool;      /* of one slow lane; or for the first MiB; or not started */
	struct intake *intake;     /* of the thread that fetches, while it runs */
	struct queue fetched;      /* what it has read */
	atomic_uint_fast64_t wanting; /* no block is free for what is here; or FLOW_WANTS_NONE */
	atomic_bool enough;        /* no more is to be fetched */
	pthread_t fetcher;
	bool fetching;
	enum isokit_status fetch_status; /* when it has ended */
	struct isokit_error fetch_error;
	struct lane **lanes;       /* of the thread, while it runs */
	size_t n_lanes;
	struct tap taps[JOB_TAPS];
	size_t n_taps;
	struct isokit_source *again; /* the same bytes, for taps that lag; borrowed; or NULL */
	struct block *first;       /* the first MiB, for all lanes; set before any queue ends */
	struct units units;        /* complete when it has ended */
	unsigned own_readings;     /* begun so far */
	double began;

	pthread_t thread;
	bool started;
	pthread_mutex_t lock;      /* of all below */
	pthread_cond_t changed;
	bool ended;                /* all was read … */
	bool settled;              /* … and taps have seen it */
	uint64_t end;              /* where the image ended */
	uint64_t summed;           /* what is ahead of that is in `units`: whole groups, or all */
	enum isokit_status status;
	struct isokit_error error;
	char hash[ISOKIT_DIGEST_COUNT][2 * ISOKIT_DIGEST_MAX_BYTES + 1];
};

/* A change to the image, on one drive, and what it covers. */
struct lane_patch {
	uint64_t offset;
	size_t n;
	uint8_t *bytes; /* owned */
	uint8_t *was;   /* owned: what the image has there … */
	uint8_t *covered; /* owned: … if it has that byte at all */
};

struct lane {
	struct isokit_write *w;
	unsigned number;
	struct device_target *target; /* owned; NULL: nothing is written (simulate) */
	struct flow *flow, *own;   /* own: a reading for it alone, or NULL */
	struct queue queue;
	struct lane_patch *patches;
	size_t n_patches;
	pthread_t thread;
	bool started;
	double stalled;            /* seconds that others waited for it; of the flow's thread */

	_Atomic(const char *) phase;
	atomic_uint_fast64_t done, total;
	atomic_int failed;         /* enum isokit_status */
	atomic_bool finished;
	atomic_bool no_zeroing;    /* it cannot, or not well */
	bool blank;                /* its first sectors are known to be; of the lane's thread */

	pthread_mutex_t lock;      /* of all below */
	struct isokit_error error;
	uint64_t next_check, check_end; /* groups that are to be read back */
	struct isokit_write_result result;
	struct isokit_write_range ranges[LANE_RANGES];
	uint64_t last_different;   /* where the last range ends */
	struct suspect *suspect;
	struct mounted *mounted;   /* while differences are judged */
	struct probe *probe;       /* while it is probed */
	struct comparison *comparison; /* while it is compared */
};

struct isokit_write {
	struct isokit_write_options options; /* strings owned by the arena */
	struct arena arena;
	char *path;                /* or NULL */
	struct isokit_write_plan plan;
	struct isokit_boot_verdict verdict;
	struct isokit_image *image; /* that the verdict is of */
	struct isokit_source *judged; /* owned: the beginning of a stream */
	bool container;            /* … and that is no image yet */
	uint64_t must_have;        /* bytes, as the image says itself; 0: it does not */
	const char **notes;
	size_t n_notes, capacity_notes;
	pthread_mutex_t lock;      /* of the notes, and of: */
	pthread_cond_t lane_ended;

	/* What is read: */
	struct isokit_convert *convert;
	struct isokit_source *payload; /* can be read at any place; borrowed; or NULL: */
	struct isokit_source *owned;   /* … and then also here */
	struct stream *stream;
	int pipe;                  /* that has a name; 0: none */
	struct {
		bool known;        /* it is a regular file */
		dev_t dev;
		ino_t ino;
		off_t bytes;
		struct timespec changed;
	} file;                    /* as it was when it was looked at */
	bool on_device;            /* the image lies on one */
	unsigned device_major, device_minor;
	struct bmap *bmap;
	struct rawsums *raw;       /* of the reading that sums up the file; of its intake */
	char sha256[65];           /* lower case; "": none is expected */
	bool sum_right;            /* it was compared with the file */

	struct lane **lanes;
	size_t n_lanes;
	struct isokit_write_result *results; /* after the run */
	struct flow **flows;
	size_t n_flows;
	struct stick_kept kept;    /* of what the flows are composed of */
	struct pool main_pool, check_pool;
	struct isokit_digests *digests;
	atomic_uint_fast64_t lost_bytes; /* of the source: could not be read */
	atomic_bool stop;          /* somebody wants it all to end */
	atomic_uint waiting;       /* seconds without a byte from a server */
	bool ran;
};

/* ---- tell.c ------------------------------------------------------------------------------- */

/* Never fails. By any thread. */
void write_note(struct isokit_write *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* A text of the arena; "" without memory. */
const char *write_text(struct isokit_write *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Not 0: stop. Only by the caller's thread. */
int write_tell(struct isokit_write *w, const char *phase, unsigned drive, uint64_t done,
	       uint64_t total);
enum isokit_status write_fail_cancelled(struct isokit_error *err);
enum isokit_status write_fail_thread(struct isokit_error *err);
enum isokit_status write_fail_changed(const struct isokit_write *w, struct isokit_error *err);
/* Seconds since whenever. */
double write_clock(void);
/* "4,700,372,992" */
enum { NUMBER_BYTES = 32 };
const char *write_number(uint64_t n, char to[NUMBER_BYTES]);

/* ---- run.c -------------------------------------------------------------------------------- */

/* A target that was not claimed from a drive: for tests. Taken on success. */
enum isokit_status write_add_target(struct isokit_write *w, struct device_target *target,
				    const struct isokit_drive *drive, struct isokit_error *err);

/* ---- look.c ------------------------------------------------------------------------------ */

/* What the path leads to, and what that is: the plan. */
enum isokit_status write_look(struct isokit_write *w, struct isokit_error *err);
void write_look_end(struct isokit_write *w);
/* Is the file still what was looked at? Another one under its name does not count when it is
 * open: `by_name`. */
enum isokit_status write_file_same(const struct isokit_write *w, bool by_name,
				   struct isokit_error *err);
/* The bytes of the image from the first one on. Once only where plan.streamed. */
enum isokit_status write_open_intake(struct isokit_write *w, struct intake **ret,
				   struct isokit_error *err);

/* ---- judge.c: what it is, and whether it would boot: the rest of the plan ----------------- */

enum isokit_status judge_source(struct isokit_write *w, struct isokit_error *err);
/* Of a stream only the beginning is known; `whole`: that is all of it. */
enum isokit_status judge_beginning(struct isokit_write *w, const uint8_t *bytes, size_t n,
				   bool whole, struct isokit_error *err);
/* It ends there: is that all of it? */
enum isokit_status judge_end(struct isokit_write *w, uint64_t bytes, struct isokit_error *err);

/* ---- sums.c ------------------------------------------------------------------------------ */

/* Compare options.sha256 with the file, where that can be done beforehand. */
enum isokit_status write_check_sum(struct isokit_write *w, struct isokit_error *err);
/* The digests that are wanted, or expected, as taps. */
enum isokit_status write_add_taps(struct flow *f, struct isokit_error *err);

/* ---- rawsums.c: sums of the file as it lies there ------------------------------------------ */

/* libcrypto has it not. */
enum isokit_status write_no_digest(enum isokit_digest_kind kind, struct isokit_error *err);
/* Digests of these kinds (bits), the others NULL; of nothing yet. None after a failure. */
enum isokit_status write_new_digests(struct isokit_write *w, unsigned kinds,
				     struct digest *ret[ISOKIT_DIGEST_COUNT],
				     struct isokit_error *err);
/* All of a source into them, with progress. */
enum isokit_status write_digest_source(struct isokit_write *w, struct isokit_source *src,
				       struct digest *digests[ISOKIT_DIGEST_COUNT],
				       struct isokit_error *err);
void write_free_digests(struct digest *digests[ISOKIT_DIGEST_COUNT]);

/* What is read of the file in order, from its first byte on, is summed up, if any sum is to be
 * compared. Taken on success. */
enum isokit_status rawsums_wrap(struct isokit_write *w, struct intake **io_intake,
				struct isokit_error *err);
/* Is there one in options.file_sums that is compared then? */
bool rawsums_wanted(const struct isokit_write *w);
/* All that is wanted of it was read: so is the rest. Is it what was expected? */
enum isokit_status rawsums_end(struct isokit_write *w, struct isokit_error *err);
/* Before anything is written, where the file is not read in order later. */
enum isokit_status rawsums_beforehand(struct isokit_write *w, struct isokit_error *err);
/* The file as it lies there, to be read at any place; borrowed; NULL: it cannot. */
struct isokit_source *rawsums_file(const struct isokit_write *w);

/* ---- flow.c ------------------------------------------------------------------------------ */

enum isokit_status flow_new(struct isokit_write *w, struct flow **ret, struct isokit_error *err);
bool flow_add_lane(struct flow *f, struct lane *l);
enum isokit_status flow_start(struct flow *f, struct isokit_error *err);
/* Wait for its thread. */
void flow_stop(struct flow *f);
void flow_free(struct flow *f);

/* ---- flow_state.c ------------------------------------------------------------------------- */

/* The first failure counts. */
void flow_fail(struct flow *f, enum isokit_status st, const struct isokit_error *why);
bool flow_has_failed(struct flow *f);
/* Somebody still works with what comes. By any thread. */
bool flow_is_wanted(const struct flow *f);
/* Wait until all was read. What the flow ended with so far. */
enum isokit_status flow_wait(struct flow *f, struct isokit_error *err);
/* Wait, not longer than that, until its taps have seen all, too. */
bool flow_settles(struct flow *f, unsigned wait_ms);
/* Which leaves of the group at `offset` does the image have, and up to which byte of it?
 * After the end. */
uint32_t flow_leaves(const struct flow *f, uint64_t offset, size_t *ret_end);

/* ---- tap.c -------------------------------------------------------------------------------- */

/* Taken. Before the flow starts. */
void flow_add_tap(struct flow *f, const struct tap *tap);
enum isokit_status taps_start(struct flow *f, struct isokit_error *err);
/* No block is free: whoever keeps them longer than any lane lets go of them, if it can. By the
 * flow's thread. */
void taps_lag(struct flow *f);
bool taps_may_lag(const struct flow *f);
/* Wait for them; then they finish. */
void taps_end(struct flow *f);
void taps_free(struct flow *f);
/* How far the slowest is. */
uint64_t taps_seen(const struct flow *f);

/* ---- fetch.c ------------------------------------------------------------------------------ */

/* The thread that fills blocks, up to the end of the queue `fetched`. */
enum isokit_status flow_fetch(struct flow *f, struct isokit_error *err);
/* No more is wanted: wait for it. What it ended with. */
enum isokit_status flow_fetched(struct flow *f, struct isokit_error *err);

/* ---- lane.c ------------------------------------------------------------------------------ */

enum isokit_status lane_new(struct isokit_write *w, struct lane **ret, struct isokit_error *err);
void lane_free(struct lane *l);
bool lane_start(struct lane *l);

/* ---- lane_state.c ------------------------------------------------------------------------- */

/* Of the drive, also of one that is not opened. */
uint64_t lane_bytes(const struct lane *l);
uint32_t lane_sector(const struct lane *l);
/* The first failure counts. */
void lane_fail(struct lane *l, enum isokit_status st, const struct isokit_error *why);
/* It has failed, or everything is to end. */
bool lane_stopped(const struct lane *l);
/* … and with what. */
enum isokit_status lane_stops(struct lane *l, struct isokit_error *err);
void lane_phase(struct lane *l, const char *phase, uint64_t total);
/* A difference, in ascending order. */
void lane_add_range(struct lane *l, uint64_t offset, uint64_t bytes);
/* Something came, or all that will: nothing was wrong so far. */
enum isokit_status lane_begins(struct lane *l, struct isokit_error *err);
/* Whatever reads for this lane has ended: wait for that. What it ended with. */
enum isokit_status lane_source_ended(struct lane *l, struct isokit_error *err);
/* Its taps have seen all of it, and had nothing to object. */
enum isokit_status lane_settle(struct lane *l, struct isokit_error *err);
/* So many threads do the same thing, also the caller's. */
void lane_side_by_side(struct lane *l, unsigned n, void *(*work)(void *lane));

/* ---- patch.c: what a drive has that the image has not --------------------------------------- */

/* Does a patch touch these bytes? */
bool patches_touch(const struct lane *l, uint64_t offset, size_t n);
/* The image's bytes become the drive's. */
void patches_apply(struct lane *l, uint64_t offset, uint8_t *bytes, size_t n);
/* The drive's bytes, where they are those of the patch, become the image's. */
void patches_undo(const struct lane *l, uint64_t offset, uint8_t *bytes, size_t n);
/* Write, or compare, those parts of patches that lie where the image has nothing. */
enum isokit_status patches_write_rest(struct lane *l, struct isokit_error *err);
enum isokit_status patches_check_rest(struct lane *l, struct isokit_error *err);

/* ---- check_read.c -------------------------------------------------------------------------- */

/* Read these leaves of a group into their places of `b`, and sum them. */
enum isokit_status check_read(struct lane *l, uint64_t group, uint32_t bits, size_t end,
			      struct block *b, uint64_t leaves[UNITS_LEAVES],
			      struct isokit_error *err);

/* ---- check.c ----------------------------------------------------------------------------- */

/* Read back what the image has of these groups. What differs goes to the suspect. */
void check_groups(struct lane *l, uint64_t from, uint64_t to);

/* ---- compare.c, probe.c: instead of writing an image ------------------------------------------ */

enum isokit_status compare_drive(struct lane *l, struct isokit_error *err);
enum isokit_status probe_drive(struct lane *l, struct isokit_error *err);

#endif
