/** A message off the wire as JSON, also one that cannot be read. */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include "base/json.h"

struct bus_message;
struct cli;
struct err;

/**
 * New object {topic, offset, at, key, source, value}; where M cannot be read
 * {..., error, detail} stand in place of the value.  Of a dead letter: {topic,
 * offset, at, key, headers, value_base64, value?}.  jv_invalid() with ERR =
 * RETRY when the registry does not answer.
 */
jv message_json(struct cli *c, const struct bus_message *m, struct err *err);
/** Text of header NAME of M, or "" if there is none or it is no text; new. */
char *message_header(const struct bus_message *m, const char *name);

#endif
