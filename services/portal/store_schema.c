/* The tables of the store: see store_inner.h. */
#include "portal/store_inner.h"

/* Change it with the schema: a file of another form is made anew. */
const char store_format[] = "portal 4";

/*
 * record: every key of every topic once, withdrawn ones too (value NULL), for
 * the list of changes.  The other tables have its id and hold what questions
 * look at, for live records only.
 */
const char *const store_schema[] = {
    "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE topic (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " next INTEGER NOT NULL, last_ms INTEGER NOT NULL);"
    "CREATE TABLE record (id INTEGER PRIMARY KEY, topic INTEGER NOT NULL,"
    " offset INTEGER NOT NULL, at_ms INTEGER NOT NULL, key TEXT NOT NULL,"
    " value TEXT, UNIQUE (topic, key));"
    "CREATE UNIQUE INDEX record_offset ON record (topic, offset);",

    "CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " country TEXT NOT NULL, names TEXT NOT NULL, lat REAL, lon REAL,"
    " rank INTEGER NOT NULL);"
    "CREATE VIRTUAL TABLE city_text USING fts5(names,"
    " tokenize = 'unicode61 remove_diacritics 2');"
    "CREATE VIRTUAL TABLE record_text USING fts5(words,"
    " tokenize = 'unicode61 remove_diacritics 2');",

    "CREATE TABLE partnership (id INTEGER PRIMARY KEY, key TEXT NOT NULL"
    " UNIQUE, a INTEGER NOT NULL, b INTEGER NOT NULL, a_country TEXT NOT"
    " NULL, b_country TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT"
    " NULL, unilateral INTEGER NOT NULL, kind TEXT NOT NULL, since TEXT NOT"
    " NULL, year INTEGER NOT NULL, differs INTEGER NOT NULL,"
    " sides INTEGER NOT NULL, at_ms INTEGER NOT NULL);"
    "CREATE INDEX partnership_a ON partnership (a);"
    "CREATE INDEX partnership_b ON partnership (b);"
    "CREATE INDEX partnership_at ON partnership (at_ms, id);"
    "CREATE INDEX partnership_name ON partnership (name, id);"
    "CREATE INDEX partnership_since ON partnership (since, id);"
    /* Which claims a partnership is made of, as the reconciler says. */
    "CREATE TABLE pair_claim (pair INTEGER NOT NULL, claim TEXT NOT NULL,"
    " PRIMARY KEY (pair, claim)) WITHOUT ROWID;"
    "CREATE INDEX pair_claim_claim ON pair_claim (claim);",

    "CREATE TABLE claim (id INTEGER PRIMARY KEY, key TEXT NOT NULL,"
    " member TEXT NOT NULL, a INTEGER NOT NULL, b INTEGER NOT NULL,"
    " speaks_for TEXT NOT NULL, status TEXT NOT NULL, kind TEXT NOT NULL,"
    " verified TEXT NOT NULL, at_ms INTEGER NOT NULL);"
    "CREATE INDEX claim_key ON claim (key);"
    "CREATE INDEX claim_member ON claim (member, at_ms);"
    "CREATE INDEX claim_a ON claim (a);"
    "CREATE INDEX claim_b ON claim (b);",

    "CREATE TABLE event (id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE,"
    " member TEXT NOT NULL, start_ms INTEGER NOT NULL, end_ms INTEGER NOT"
    " NULL, status TEXT NOT NULL, kind TEXT NOT NULL, attendance TEXT NOT"
    " NULL, super TEXT NOT NULL, name TEXT NOT NULL, at_ms INTEGER NOT NULL);"
    "CREATE INDEX event_start ON event (start_ms, id);"
    "CREATE INDEX event_at ON event (at_ms, id);"
    "CREATE INDEX event_super ON event (super) WHERE super <> '';"
    "CREATE TABLE event_city (city INTEGER NOT NULL, event INTEGER NOT NULL,"
    " PRIMARY KEY (city, event)) WITHOUT ROWID;"
    "CREATE INDEX event_city_event ON event_city (event);"
    /* what: pair keys, cities, organizations; the uids it is the same as;
     * its languages */
    "CREATE TABLE event_about (what TEXT NOT NULL, event INTEGER NOT NULL,"
    " PRIMARY KEY (what, event)) WITHOUT ROWID;"
    "CREATE INDEX event_about_event ON event_about (event);"
    "CREATE TABLE event_same (uid TEXT NOT NULL, event INTEGER NOT NULL,"
    " PRIMARY KEY (uid, event)) WITHOUT ROWID;"
    "CREATE INDEX event_same_event ON event_same (event);"
    "CREATE TABLE event_language (language TEXT NOT NULL, event INTEGER NOT"
    " NULL, PRIMARY KEY (language, event)) WITHOUT ROWID;"
    "CREATE INDEX event_language_event ON event_language (event);"
    /* what: {status, start, city: [was, became]} */
    "CREATE TABLE event_past (event INTEGER NOT NULL, offset INTEGER NOT"
    " NULL, at_ms INTEGER NOT NULL, what TEXT NOT NULL, PRIMARY KEY (event,"
    " offset)) WITHOUT ROWID;",

    "CREATE TABLE organization (id INTEGER PRIMARY KEY, key TEXT NOT NULL,"
    " organization TEXT NOT NULL, member TEXT NOT NULL, kind TEXT NOT NULL,"
    " country TEXT NOT NULL, name TEXT NOT NULL, at_ms INTEGER NOT NULL);"
    "CREATE INDEX organization_id ON organization (organization);"
    "CREATE INDEX organization_name ON organization (name, id);",

    "CREATE TABLE notice (id INTEGER PRIMARY KEY, kind TEXT NOT NULL,"
    " pair TEXT NOT NULL, a INTEGER NOT NULL, b INTEGER NOT NULL,"
    " a_country TEXT NOT NULL, b_country TEXT NOT NULL,"
    " member TEXT NOT NULL, at_ms INTEGER NOT NULL);"
    "CREATE INDEX notice_pair ON notice (pair);"
    "CREATE INDEX notice_at ON notice (at_ms, id);",

    "CREATE TABLE receipt (id INTEGER PRIMARY KEY, member TEXT NOT NULL,"
    " connection TEXT NOT NULL, about TEXT NOT NULL, state TEXT NOT NULL,"
    " at_ms INTEGER NOT NULL);"
    "CREATE INDEX receipt_about ON receipt (about);"
    "CREATE INDEX receipt_state ON receipt (member, state, at_ms);"
    "CREATE INDEX receipt_at ON receipt (at_ms, id);",

    "CREATE TABLE status (id INTEGER PRIMARY KEY, member TEXT NOT NULL,"
    " connection TEXT NOT NULL, at_ms INTEGER NOT NULL);"
    "CREATE INDEX status_member ON status (member);",
    NULL};
