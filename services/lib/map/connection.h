/**
 * A connection's file (DESIGN section 4): one system of one member joined to
 * the wire.  Read, checked whole, turned into plain values.
 */
#ifndef MAP_CONNECTION_H
#define MAP_CONNECTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "event/keys.h"

struct buf;
struct err;
struct preset;
struct program;

struct connection_subscribe {
	char **topics; /* patterns, NULL-ended */
	char *from;    /* "beginning", "now" or an RFC 3339 instant */
	jv filter;     /* object of arrays of strings: cities, countries,
			* members, kinds, statuses; absent = all */
	struct program *where; /* or NULL */
	int on_leave_keep;     /* on_leave: keep */
	int send_unconfirmed;  /* also drafts, tentative, proposed */
	int as_columns;	       /* as: columns */
	int line;	       /* in the file */
};

struct connection_publish {
	enum record_type into;
	char *ns;
	char *from;
	int64_t every_ms;
	int line; /* in the file */
};

/** Owned by the list it came in; read-only. */
struct connection {
	char *file, *id, *member, *uses;
	int line; /* of `connection` in FILE */
	struct preset *preset;
	jv config; /* $config: the preset's defaults, `config:` of the file, and
		    * language, arrive_as, connection, member; no secrets */
	char *base_url, *username, *password_file, *bearer_file, *ca_file;
	char **signature_files; /* secrets to sign requests with, NULL-ended,
				 * or NULL: requests are not signed */
	int allow_private, insecure_http;
	size_t in_flight, rate_per_s; /* rate 0: no limit */
	int64_t timeout_ms, give_up_after_ms;
	size_t dead_kib_per_s;	 /* dead letters of one topic; 0: no limit */
	double max_change_share; /* 0..1; < 0: off */
	size_t max_change_at_least;
	int first_run_go; /* first_run: go */
	int on_gone_recreate, personal_data_strip;
	struct connection_subscribe *subscribe;
	size_t n_subscribe;
	struct connection_publish *publish;
	size_t n_publish;
};

struct connections {
	struct connection *list;
	size_t n;
};

/**
 * Load all FILES with presets from PRESET_DIR and check them, also against
 * each other (same id, namespace, collection: DESIGN section 4).  Every error
 * is appended to OUT, one a line; their number is returned, 0 with *OUT_LIST
 * filled.  Secret files must be readable.
 */
size_t connections_load(const char *const *files, size_t n,
    const char *preset_dir, struct connections *out_list, struct buf *out);
/** Free what LIST owns. */
void connections_fini(struct connections *list);
/**
 * 1 if RECORD (borrowed) of type T from TOPIC passes S; 0 if not; -1 with ERR
 * = REJECT when the `where` program fails on it.
 */
int connection_passes(const struct connection_subscribe *s, enum record_type t,
    const char *topic, jv record, struct err *err);

#endif
