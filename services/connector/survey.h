/**
 * Where the newest version of each record stands in one topic, as a first
 * reading finds it; so that the second passes over the older ones (core.h,
 * is_outdated).  16 bytes a record, and freed once the topic is caught up.
 */
#ifndef CONNECTOR_SURVEY_H
#define CONNECTOR_SURVEY_H

#include <stddef.h>
#include <stdint.h>

/* Records of one topic; of those beyond it each version is judged. */
enum { SURVEY_KEYS_MAX = 1 << 20 };

struct survey;

/** New and empty. */
struct survey *survey_new(void);
/** Does nothing on NULL. */
void survey_free(struct survey *s);
/** A version of KEY stands at OFFSET; offsets ascend. */
void survey_note(struct survey *s, const char *key, int64_t offset);
/** Offset of the newest version of KEY, or -1. */
int64_t survey_newest(const struct survey *s, const char *key);
/** 1 if there may be records that it has not noted. */
int survey_is_full(const struct survey *s);

#endif
