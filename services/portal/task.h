/**
 * What a clerk takes along from a task into their own system: a row as CSV
 * (the columns of cli/TABLES.md) or JSON, or the address where their system
 * takes a new one, filled in.
 */
#ifndef PORTAL_TASK_H
#define PORTAL_TASK_H

#include "base/json.h"

struct buf;

/**
 * The claim that would confirm PARTNERSHIP (borrowed) from the side of CITY
 * (its id), as JSON.
 */
jv task_claim(jv partnership, const char *city);
/** CLAIM (borrowed) as a table of one row: a line of titles, one of cells. */
void task_csv(jv claim, struct buf *out);
/**
 * TEMPLATE with {city_a}, {city_b}, {name_a}, {name_b}, {country_a},
 * {country_b}, {kind}, {since} filled in from PARTNERSHIP (borrowed), percent-
 * encoded; LANGUAGE: of the names, where there is one.
 */
void task_address(const char *template, jv partnership, const char *language,
    struct buf *out);

#endif
