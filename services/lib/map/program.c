/*
 * jq programs in a sandbox: see program.h.
 *
 * A program is compiled behind a prelude on the same line, so that its own
 * lines keep their numbers and `import` and `include`, which may only come
 * first, are syntax errors.  Everything it may see comes in through its input,
 * never by splicing text.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jq.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "map/program.h"

/* One distinct text, shared by all programs that have it. */
struct compiled {
	struct compiled *next;
	char *text;
	jq_state *jq; /* NULL after a halt: compiled again at the next run */
	size_t refs;
};

struct program {
	char *name;
	struct compiled *compiled;
};

/* Not thread-safe, as program.h says: one loop owns all programs. */
static struct compiled *cache;

static const char prelude[] =
    /*
     * What a program must not reach: the environment, files, standard input and
     * error, and the end of the process.
     */
    "def env: {}; def input: error(\"input is not available\"); "
    "def inputs: input; def debug: .; def debug(f): .; def stderr: .; "
    "def input_filename: null; def input_line_number: 0; "
    "def halt: error(\"halt is not available\"); "
    "def halt_error: halt; def halt_error(f): halt; "
    "def get_search_list: []; "
    "def modulemeta: error(\"modules are not available\"); "
    /*
     * Builtins that abort or hang the process in C on values that a record can
     * hold (measured with jq 1.6): instants that gmtime() cannot say, an empty
     * needle, code points out of range, and not-a-number, which breaks slices;
     * ltrimstr() of what is no string leaks.
     */
    "def __time: if type != \"number\" or (. < 9e15 and . > -9e15) "
    "then . else error(\"not an instant\") end; "
    "def __gmtime: gmtime; def gmtime: __time | __gmtime; "
    "def localtime: gmtime; "
    "def __strftime($f): strftime($f); "
    "def strftime($f): __time | __strftime($f); "
    "def strflocaltime($f): strftime($f); "
    "def todateiso8601: strftime(\"%Y-%m-%dT%H:%M:%SZ\"); "
    "def todate: todateiso8601; def date: todateiso8601; "
    "def dateadd(u; n): . + n; def datesub(u; n): . - n; "
    "def __indices($i): indices($i); "
    "def indices($i): if $i == \"\" or $i == [] then [] "
    "else __indices($i) end; "
    "def index($i): indices($i) | .[0]; "
    "def rindex($i): indices($i) | .[-1:][0]; "
    "def __implode: implode; "
    "def implode: if all(.[]; type == \"number\" and . >= 0 and "
    ". <= 1114111 and (. < 55296 or . > 57343)) then __implode "
    "else error(\"not code points\") end; "
    "def __tonumber: tonumber; def tonumber: __tonumber | "
    "if isnan then error(\"not a number\") else . end; "
    "def __ltrimstr($s): ltrimstr($s); def __rtrimstr($s): rtrimstr($s); "
    "def __both($s): type == \"string\" and ($s | type == \"string\"); "
    "def ltrimstr($s): if __both($s) then __ltrimstr($s) else . end; "
    "def rtrimstr($s): if __both($s) then __rtrimstr($s) else . end; "
    ". as {$config, $row, $type, $topic, $key, $marker, $id, $at, $body, "
    "$op, $cursor, $status, $record, $input} | {} as $ENV | $input | ";

void
program_sandbox(void)
{
	/* jq reads $HOME/.jq and the colours; both are the user's. */
	clearenv();
	setenv("JQ_LIBRARY_PATH", "", 1);
}

/* ---- the watchdog ------------------------------------------------------ */

/*
 * One thread a process, started by the first run.  It counts the runner's own
 * processor time, so a busy machine refuses no record.
 */
static struct {
	pthread_mutex_t mutex;
	pthread_cond_t started;
	int is_up, is_idle;
	jq_state *running; /* NULL: none */
	int has_fired;
	clockid_t clock;
	int64_t until_ns; /* on that clock */
} dog = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static int64_t
clock_ns(clockid_t id)
{
	struct timespec t = {0};

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Wait for about NS, or until a run begins. */
static void
dog_wait(int64_t ns)
{
	int64_t at = clock_ns(CLOCK_MONOTONIC) + ns;
	struct timespec t = {
	    .tv_sec = at / 1000000000, .tv_nsec = at % 1000000000};

	pthread_cond_timedwait(&dog.started, &dog.mutex, &t);
}

static void *
dog_run(void *unused)
{
	int64_t left;

	(void)unused;
	pthread_mutex_lock(&dog.mutex);
	for (;;) {
		if (dog.running == NULL) {
			dog.is_idle = 1;
			pthread_cond_wait(&dog.started, &dog.mutex);
			dog.is_idle = 0;
			continue;
		}
		left = dog.until_ns - clock_ns(dog.clock);
		if (left > 0) {
			dog_wait(left);
			continue;
		}
		/* Only sets a flag that the runner looks at. */
		jq_halt(dog.running, jv_null(), jv_null());
		dog.running = NULL;
		dog.has_fired = 1;
	}
	return NULL;
}

static void
dog_start(void)
{
	enum { STACK_BYTES = 256 * 1024 };
	pthread_condattr_t clock;
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, old;

	/* A wall clock that is set back must not let a program run on. */
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&dog.started, &clock);
	pthread_condattr_destroy(&clock);
	/* Signals are the program's; this thread takes none. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	if (pthread_create(&thread, &attr, dog_run, NULL) != 0)
		abort();
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	dog.is_up = 1;
}

static void
dog_watch(jq_state *jq)
{
	pthread_mutex_lock(&dog.mutex);
	if (!dog.is_up)
		dog_start();
	if (pthread_getcpuclockid(pthread_self(), &dog.clock) != 0)
		abort();
	dog.until_ns =
	    clock_ns(dog.clock) + (int64_t)PROGRAM_RUN_MAX_MS * 1000000;
	dog.running = jq;
	dog.has_fired = 0;
	if (dog.is_idle)
		pthread_cond_signal(&dog.started);
	pthread_mutex_unlock(&dog.mutex);
}

/* 1 if the run since dog_watch() was halted. */
static int
dog_release(void)
{
	int fired;

	pthread_mutex_lock(&dog.mutex);
	dog.running = NULL;
	fired = dog.has_fired;
	pthread_mutex_unlock(&dog.mutex);
	return fired;
}

/* ---- compiling --------------------------------------------------------- */

/*
 * jq says "jq: error: WHAT at <top-level>, line N:" and then the whole text;
 * WHAT and N are wanted, once a mistake.
 */
static void
on_compile_error(void *arg, jv msg)
{
	static const char before[] = "jq: error: ";
	struct buf *out = arg;
	const char *s =
	    jv_get_kind(msg) == JV_KIND_STRING ? jv_string_value(msg) : "";
	const char *at, *line, *end;

	if (strncmp(s, before, sizeof(before) - 1) == 0) {
		s += sizeof(before) - 1;
		at = strstr(s, " at <");
		line = at != NULL ? strstr(at, ", line ") : NULL;
		buf_puts(out, out->size ? "; " : "");
		if (line != NULL)
			buf_printf(
			    out, "line %ld: ", strtol(line + 7, NULL, 10));
		end = at != NULL ? at : s + strcspn(s, "\n");
		at = strstr(s, " (Unix shell");
		if (at != NULL && at < end)
			end = at;
		buf_add(out, s, (size_t)(end - s));
	}
	jv_free(msg);
}

static jq_state *
compile(const char *name, const char *text, struct err *err)
{
	struct buf messages = {.max = ERR_MSG_SIZE}, whole = {0};
	jq_state *jq = jq_init();

	if (jq == NULL)
		abort();
	jq_set_error_cb(jq, on_compile_error, &messages);
	jq_set_attr(jq, jv_string("JQ_LIBRARY_PATH"), jv_array());
	buf_puts(&whole, prelude);
	buf_puts(&whole, text);
	if (!jq_compile(jq, whole.data)) {
		err_set(err, ERR_REJECT, 0, "%s: %s", name,
		    messages.size ? messages.data : "not a jq program");
		jq_teardown(&jq);
	} else {
		jq_set_error_cb(jq, NULL, NULL);
	}
	buf_free(&messages);
	buf_free(&whole);
	return jq;
}

/* Texts that compile but mean something else behind a prelude. */
static int
check_text(const char *name, const char *text, struct err *err)
{
	if (strlen(text) > PROGRAM_TEXT_MAX_BYTES)
		return err_set(err, ERR_REJECT, 0, "%s: longer than %d bytes",
		    name, PROGRAM_TEXT_MAX_BYTES);
	if (text[strspn(text, " \t\r\n")] == '\0')
		return err_set(
		    err, ERR_REJECT, 0, "%s: an empty program", name);
	return 0;
}

struct program *
program_get(const char *name, const char *text, struct err *err)
{
	struct compiled *c;
	struct program *p;
	jq_state *jq;

	for (c = cache; c != NULL; c = c->next) {
		if (strcmp(c->text, text) == 0)
			break;
	}
	if (c == NULL) {
		if (check_text(name, text, err) != 0)
			return NULL;
		jq = compile(name, text, err);
		if (jq == NULL)
			return NULL;
		c = mem_new(1, sizeof(*c));
		c->text = mem_dup(text);
		c->jq = jq;
		c->next = cache;
		cache = c;
	}
	c->refs++;
	p = mem_new(1, sizeof(*p));
	p->name = mem_dup(name);
	p->compiled = c;
	return p;
}

int
program_has_variable(const char *name)
{
	/* The prelude's end binds them all: "$name" and a comma. */
	const char *p = strstr(prelude, ". as {$config");
	char *word = mem_printf("$%s", name);
	size_t size = strlen(word);
	int is = 0;

	for (p = strstr(p, word); p != NULL && !is; p = strstr(p + 1, word))
		is = p[size] == ',';
	free(word);
	return is;
}

void
program_put(struct program *p)
{
	struct compiled *c, **at;

	if (p == NULL)
		return;
	c = p->compiled;
	free(p->name);
	free(p);
	if (--c->refs > 0)
		return;
	for (at = &cache; *at != c; at = &(*at)->next)
		;
	*at = c->next;
	if (c->jq != NULL)
		jq_teardown(&c->jq);
	free(c->text);
	free(c);
}

/* ---- running ----------------------------------------------------------- */

/* What a failed run said (consumed), or nothing: 1 if it was no error. */
static int
failure(jv result, const char *name, struct err *err)
{
	jv msg = jv_invalid_get_msg(result), text;

	if (jv_get_kind(msg) == JV_KIND_NULL || !jv_is_valid(msg)) {
		jv_free(msg);
		return 1;
	}
	text =
	    jv_get_kind(msg) == JV_KIND_STRING ? msg : jv_dump_string(msg, 0);
	err_set(err, ERR_REJECT, 0, "%s: %.300s", name, jv_string_value(text));
	jv_free(text);
	return 0;
}

/* Not-a-number aborts jq 1.6 in slices, and is no JSON: JSON_DEPTH_MAX deep. */
static int
has_nan(jv v)
{
	int found = 0;

	if (jv_get_kind(v) == JV_KIND_NUMBER)
		return jv_number_value(v) != jv_number_value(v);
	if (jv_get_kind(v) == JV_KIND_ARRAY) {
		jv_array_foreach (v, i, item) {
			found |= has_nan(item);
			jv_free(item);
		}
	} else if (jv_get_kind(v) == JV_KIND_OBJECT) {
		jv_object_foreach (v, key, value) {
			found |= has_nan(value);
			jv_free(key);
			jv_free(value);
		}
	}
	return found;
}

int
program_run(struct program *p, jv input, jv vars, jv *out, struct err *err)
{
	if (!has_nan(input))
		return program_run_parsed(p, input, vars, out, err);
	jv_free(input);
	jv_free(vars);
	return err_set(
	    err, ERR_REJECT, 0, "%s: a number that is none (NaN)", p->name);
}

int
program_run_parsed(
    struct program *p, jv input, jv vars, jv *out, struct err *err)
{
	struct compiled *c = p->compiled;
	int has_result, fired;
	jv result;

	if (c->jq == NULL)
		c->jq = compile(p->name, c->text, err);
	if (c->jq == NULL) {
		jv_free(input);
		jv_free(vars);
		return -1;
	}
	json_set(&vars, "input", input);
	jq_start(c->jq, vars, 0);
	dog_watch(c->jq);
	result = jq_next(c->jq);
	fired = dog_release();
	has_result = jv_is_valid(result);
	if (fired) {
		/* What a halt leaves behind differs between versions. */
		jq_teardown(&c->jq);
		jv_free(result);
		return err_set(err, ERR_REJECT, 0, "%s: took over %d ms",
		    p->name, PROGRAM_RUN_MAX_MS);
	}
	/* Resets, so that nothing of this record stays referenced. */
	jq_start(c->jq, jv_null(), 0);
	if (!has_result && !failure(result, p->name, err))
		return -1;
	*out = has_result ? result : jv_null();
	return 0;
}
