/* The demo's data: see seed.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "event/keys.h"
#include "sandbox/seed.h"
#include "sandbox/shelf.h"
#include "sandbox/site.h"

static int
add_site(struct town *t, jv line, uint16_t first_port, struct err *err)
{
	const char *member = json_str(line, "member", "");
	uint16_t port = 0;
	char id[KEY_ID_MAX + 8];
	struct site *s;
	jv item;

	if (!key_is_id(member))
		return err_set(
		    err, ERR_FATAL, 0, "\"%.40s\" is no member id", member);
	if (t->n_sites == SEED_SITES_MAX || site_of(t, member) != NULL)
		return err_set(
		    err, ERR_FATAL, 0, "%s: one site too many", member);
	if (first_port != 0)
		port = (uint16_t)(first_port + t->n_sites);
	s = site_new(t, line, port, err);
	if (s == NULL)
		return -1;
	t->sites = mem_grow(t->sites, t->n_sites + 1, sizeof(struct site *));
	t->sites[t->n_sites++] = s;
	item = jv_object();
	json_set(&item, "record", json_get(line, "record"));
	snprintf(id, sizeof(id), "org:%s", member);
	shelf_put(s->shelf, SHELF_ORGANIZATIONS, id, item);
	return 0;
}

static int
add_item(struct town *t, jv line, struct err *err)
{
	const struct site *s = site_of(t, json_str(line, "member", ""));
	const char *id = json_str(line, "id", "");
	enum shelf_collection c;
	jv item, record;

	if (s == NULL ||
	    shelf_parse(json_str(line, "collection", ""), &c) != 0 ||
	    id[0] == '\0' || strchr(id, '/') != NULL)
		return err_set(err, ERR_FATAL, 0,
		    "needs a member that has a site, a collection and an id");
	record = json_get(line, "record");
	if (jv_get_kind(record) != JV_KIND_OBJECT) {
		jv_free(record);
		return err_set(err, ERR_FATAL, 0, "needs a record");
	}
	item = jv_object();
	json_set(&item, "record", record);
	shelf_put(s->shelf, c, id, item);
	return 0;
}

static int
add_line(struct town *t, const char *text, uint16_t first_port, struct err *err)
{
	jv line = json_parse(text, strlen(text), err), city;
	int rc = 0;

	if (!jv_is_valid(line)) {
		jv_free(line);
		return -1;
	}
	city = json_get(line, "city");
	if (jv_get_kind(city) == JV_KIND_OBJECT)
		json_set(&t->cities, json_str(city, "id", ""), jv_copy(city));
	else if (json_str(line, "collection", NULL) != NULL)
		rc = add_item(t, line, err);
	else
		rc = add_site(t, line, first_port, err);
	jv_free(city);
	jv_free(line);
	return rc;
}

int
seed_load(
    struct town *t, const char *file, uint16_t first_port, struct err *err)
{
	FILE *in = fopen(file, "re");
	char *line = NULL;
	size_t room = 0, total = 0;
	ssize_t size;
	int number = 0, rc = 0;

	if (in == NULL)
		return err_set(err, ERR_FATAL, 0, "cannot read %s", file);
	while (rc == 0 && (size = getline(&line, &room, in)) > 0) {
		number++;
		total += (size_t)size;
		if (total > SEED_FILE_MAX_BYTES)
			rc = err_set(err, ERR_FATAL, 0, "too large");
		else
			rc = add_line(t, line, first_port, err);
	}
	if (rc != 0) {
		err->class = ERR_FATAL;
		err_wrap(err, "%s:%d", file, number);
	}
	free(line);
	fclose(in);
	return rc;
}

void
seed_free(struct town *t)
{
	size_t i;

	for (i = 0; i < t->n_sites; i++)
		site_free(t->sites[i]);
	free(t->sites);
	jv_free(t->cities);
	*t = (struct town){.cities = jv_null()};
}
