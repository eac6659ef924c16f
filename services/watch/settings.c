/* The watch's configuration: see settings.h. */
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "rest/mail.h"
#include "watch/settings.h"

enum { SETTLE_MS = 120 * 1000, AGAIN_MS = 3600 * 1000 };

static const struct conf_key keys[] = {
    ACCESS_KEYS,
    {"state", CONF_STRING, 1, "the state file"},
    {"portal_url", CONF_STRING, 0, "the portal's address, for links"},
    {"settle", CONF_DURATION, 0, "how long a change must last to be told: 2m"},
    {"again", CONF_DURATION, 0, "how long until more of the same is told: 1h"},
    {"certificates", CONF_STRINGS, 0, "files with certificates to watch"},
    {"smtp", CONF_OBJECT, 0, "an object with `url` and `from`"},
    {"smtp.url", CONF_STRING, 1, "smtps://HOST or smtp://HOST"},
    {"smtp.from", CONF_STRING, 1, "a mailbox"},
    {"smtp.username", CONF_STRING, 0, "a user name"},
    {"smtp.password_file", CONF_STRING, 0, "a file"},
    {"smtp.ca_file", CONF_STRING, 0, "a file"},
    {"smtp.insecure", CONF_BOOL, 0, "true or false: go on without TLS"},
    {"notify", CONF_LIST, 1, "a list of who is told"},
    {"notify[]", CONF_OBJECT, 1, "an object with `mail` or `webhook`"},
    {"notify[].member", CONF_STRING, 0, "a member's id; none: the operator"},
    {"notify[].mail", CONF_STRINGS, 0, "mailboxes"},
    {"notify[].webhook", CONF_OBJECT, 0, "an object with `url`"},
    {"notify[].webhook.url", CONF_STRING, 1, "a URL"},
    {"notify[].webhook.secret_files", CONF_STRINGS, 0, "files of secrets"},
    {"notify[].webhook.allow_private", CONF_BOOL, 0, "true or false"},
    {"notify[].webhook.insecure_http", CONF_BOOL, 0, "true or false"},
    {"notify[].weekly", CONF_BOOL, 0, "true or false: the weekly summary"},
};

struct loading {
	const char *file;
	const struct conf *conf;
	struct settings *s;
	struct buf *out;
	size_t errors;
};

/* NULL-ended copies of the strings of LIST (consumed), a string or a list; of
 * files beside FILE unless that is NULL.  NULL if there are none. */
static char **
strings(jv list, const char *file)
{
	char **made = NULL;
	int n;

	if (jv_get_kind(list) == JV_KIND_STRING)
		list = JV_ARRAY(list);
	if (jv_get_kind(list) == JV_KIND_ARRAY &&
	    (n = jv_array_length(jv_copy(list))) > 0) {
		made = mem_new((size_t)n + 1, sizeof(*made));
		for (int i = 0; i < n; i++) {
			jv one = jv_array_get(jv_copy(list), i);

			made[i] = file != NULL
				      ? conf_beside(file, jv_string_value(one))
				      : mem_dup(jv_string_value(one));
			jv_free(one);
		}
	}
	jv_free(list);
	return made;
}

static void
complain(struct loading *l, const char *path, const char *text)
{
	conf_complain(l->conf, path, l->out, "%s", text);
	l->errors++;
}

static struct target *
add_target(struct loading *l, jv entry)
{
	struct settings *s = l->s;
	struct target *t;

	s->targets =
	    mem_grow(s->targets, s->n_targets + 1, sizeof(*s->targets));
	t = &s->targets[s->n_targets++];
	*t = (struct target){.member = mem_dup(json_str(entry, "member", NULL)),
	    .is_weekly = json_bool(entry, "weekly", 1)};
	return t;
}

static const char *
who(const struct target *t)
{
	return t->member != NULL ? t->member : "operator";
}

static void
take_mail(struct loading *l, jv entry, const char *path)
{
	struct target *t = add_target(l, entry);

	t->mail = strings(json_get(entry, "mail"), NULL);
	t->name = mem_printf("%s mail %s", who(t), t->mail[0]);
	for (char **m = t->mail; *m != NULL; m++)
		if (!mail_is_address(*m))
			complain(l, path, "not a mailbox");
	if (l->s->smtp_url == NULL)
		complain(l, path, "mail needs `smtp`");
}

static void
take_hook(struct loading *l, jv entry, jv hook, const char *path)
{
	struct target *t = add_target(l, entry);
	struct err err = {0};

	t->hook = mem_dup(json_str(hook, "url", ""));
	t->name = mem_printf("%s webhook %s", who(t), t->hook);
	t->secret_files = strings(json_get(hook, "secret_files"), l->file);
	t->allow_private = json_bool(hook, "allow_private", 0);
	t->insecure_http = json_bool(hook, "insecure_http", 0);
	if (t->secret_files != NULL &&
	    sign_load(&t->sign, t->secret_files, &err) != 0)
		complain(l, path, err.msg);
}

static void
take_targets(struct loading *l, jv doc)
{
	jv list = json_get(doc, "notify");
	char path[64];

	jv_array_foreach (list, i, entry) {
		jv hook = json_get(entry, "webhook"),
		   mail = json_get(entry, "mail");

		snprintf(path, sizeof(path), "notify[%d]", i);
		if (jv_is_valid(mail))
			take_mail(l, entry, path);
		if (jv_is_valid(hook))
			take_hook(l, entry, hook, path);
		if (!jv_is_valid(mail) && !jv_is_valid(hook))
			complain(l, path, "expected `mail` or `webhook`");
		jv_free(mail);
		jv_free(hook);
		jv_free(entry);
	}
	jv_free(list);
}

static void
take(struct loading *l, jv doc)
{
	struct settings *s = l->s;
	jv smtp = json_get(doc, "smtp");

	access_take(&s->wire, l->file, doc);
	s->state = conf_beside(l->file, json_str(doc, "state", ""));
	s->portal_url = mem_dup(json_str(doc, "portal_url", NULL));
	s->settle_ms = conf_duration(doc, "settle", SETTLE_MS);
	s->again_ms = conf_duration(doc, "again", AGAIN_MS);
	s->certificates = strings(json_get(doc, "certificates"), l->file);
	if (jv_get_kind(smtp) == JV_KIND_OBJECT) {
		s->smtp_url = mem_dup(json_str(smtp, "url", ""));
		s->smtp_from = mem_dup(json_str(smtp, "from", ""));
		s->smtp_username = mem_dup(json_str(smtp, "username", NULL));
		s->smtp_password_file =
		    conf_beside(l->file, json_str(smtp, "password_file", NULL));
		s->smtp_ca_file =
		    conf_beside(l->file, json_str(smtp, "ca_file", NULL));
		s->smtp_insecure = json_bool(smtp, "insecure", 0);
		if (strncmp(s->smtp_url, "smtp://", 7) != 0 &&
		    strncmp(s->smtp_url, "smtps://", 8) != 0)
			complain(l, "smtp.url", "expected smtps:// or smtp://");
		if (!mail_is_address(s->smtp_from))
			complain(l, "smtp.from", "expected a mailbox");
	}
	jv_free(smtp);
	take_targets(l, doc);
}

size_t
settings_load(const char *file, struct settings *out_settings, struct buf *out)
{
	struct settings s = {.wire.kafka = jv_null()};
	struct loading l = {.file = file, .s = &s, .out = out};
	struct conf *conf;
	jv doc;

	l.errors =
	    access_load(file, keys, sizeof(keys) / sizeof(*keys), &conf, out);
	if (conf == NULL)
		return l.errors;
	l.conf = conf;
	doc = conf_value(conf);
	if (l.errors == 0)
		take(&l, doc);
	jv_free(doc);
	conf_free(conf);
	if (l.errors != 0)
		settings_fini(&s);
	else
		*out_settings = s;
	return l.errors;
}

static void
free_strings(char **list)
{
	for (char **p = list; p != NULL && *p != NULL; p++)
		free(*p);
	free(list);
}

void
settings_fini(struct settings *s)
{
	access_fini(&s->wire);
	free(s->state);
	free(s->portal_url);
	free(s->smtp_url);
	free(s->smtp_from);
	free(s->smtp_username);
	free(s->smtp_password_file);
	free(s->smtp_ca_file);
	free_strings(s->certificates);
	for (size_t i = 0; i < s->n_targets; i++) {
		struct target *t = &s->targets[i];

		free(t->name);
		free(t->member);
		free_strings(t->mail);
		free(t->hook);
		free_strings(t->secret_files);
		sign_fini(&t->sign);
	}
	free(s->targets);
	*s = (struct settings){.wire.kafka = jv_null()};
}
