/*
 * Where a request may go: see policy.h.  URLs are taken apart by the library
 * that will also call them, so there is no second reading of one.
 */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "rest/policy.h"

enum reach { REACH_PUBLIC, REACH_PRIVATE, REACH_NEVER };

struct range {
	uint32_t net;
	int bits;
	enum reach reach;
};

/*
 * IANA's IPv4 special-purpose registry.  Link-local is never right: a cloud's
 * metadata service answers there.
 */
static const struct range RANGES[] = {
    {0x00000000, 8, REACH_NEVER},    /* 0/8, this network */
    {0x0a000000, 8, REACH_PRIVATE},  /* 10/8 */
    {0x64400000, 10, REACH_PRIVATE}, /* 100.64/10, carriers' NAT */
    {0x7f000000, 8, REACH_PRIVATE},  /* 127/8 */
    {0xa9fe0000, 16, REACH_NEVER},   /* 169.254/16 */
    {0xac100000, 12, REACH_PRIVATE}, /* 172.16/12 */
    {0xc0000000, 24, REACH_PRIVATE}, /* 192.0.0/24 */
    {0xc0000200, 24, REACH_PRIVATE}, /* 192.0.2/24, documents */
    {0xc0a80000, 16, REACH_PRIVATE}, /* 192.168/16 */
    {0xc6120000, 15, REACH_PRIVATE}, /* 198.18/15, benchmarks */
    {0xc6336400, 24, REACH_PRIVATE}, /* 198.51.100/24, documents */
    {0xcb007100, 24, REACH_PRIVATE}, /* 203.0.113/24, documents */
    {0xe0000000, 3, REACH_NEVER},    /* multicast and above */
};

static enum reach
reach_v4(uint32_t address)
{
	size_t i;

	for (i = 0; i < sizeof(RANGES) / sizeof(RANGES[0]); i++)
		if ((address ^ RANGES[i].net) >> (32 - RANGES[i].bits) == 0)
			return RANGES[i].reach;
	return REACH_PUBLIC;
}

static uint32_t
read_v4(const unsigned char *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	       (uint32_t)b[2] << 8 | b[3];
}

static enum reach
reach_v6(const unsigned char b[16])
{
	static const unsigned char zeros[16];

	/* An IPv4 address in another coat: mapped, NAT64, 6to4. */
	if (memcmp(b, zeros, 10) == 0 && b[10] == 0xff && b[11] == 0xff)
		return reach_v4(read_v4(b + 12));
	if (memcmp(b, "\x00\x64\xff\x9b\0\0\0\0\0\0\0\0", 12) == 0)
		return reach_v4(read_v4(b + 12));
	if (b[0] == 0x20 && b[1] == 0x02)
		return reach_v4(read_v4(b + 2));
	if (memcmp(b, zeros, 15) == 0 && b[15] == 1)
		return REACH_PRIVATE; /* ::1 */
	if ((b[0] & 0xfe) == 0xfc)
		return REACH_PRIVATE; /* fc00::/7 */
	if ((b[0] & 0xe0) != 0x20)
		return REACH_NEVER; /* unspecified, link-local, multicast */
	if (memcmp(b, "\x20\x01\x0d\xb8", 4) == 0)
		return REACH_PRIVATE; /* documents */
	if (b[0] == 0x20 && b[1] == 0x01 && b[2] < 2)
		return REACH_NEVER; /* 2001::/23: tunnels and the like */
	return REACH_PUBLIC;
}

int
policy_address(const struct policy *p, const struct sockaddr *sa)
{
	enum reach reach = REACH_NEVER;

	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, sa, sizeof(in));
		reach = reach_v4(ntohl(in.sin_addr.s_addr));
	} else if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, sa, sizeof(in6));
		reach = reach_v6(in6.sin6_addr.s6_addr);
	}
	return reach == REACH_PUBLIC ||
	       (reach == REACH_PRIVATE && p->allow_private);
}

static int
is_loopback(const char *host)
{
	struct in_addr v4;

	if (strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return 1;
	return inet_pton(AF_INET, host, &v4) == 1 &&
	       ntohl(v4.s_addr) >> 24 == 127;
}

/* Printable ASCII only: everything else is to be percent-encoded. */
static int
is_url_text(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7f ||
		    *s == '\\')
			return 0;
	return 1;
}

/* curl forgives one slash and three; other readers of the URL would not. */
static int
has_authority(const char *url)
{
	const char *host = strstr(url, "://");

	return host != NULL && strchr(url, '/') == host + 1 &&
	       strchr("/?#", host[3]) == NULL;
}

static CURLU *
take_apart(const char *url)
{
	CURLU *u;

	if (!is_url_text(url) || !has_authority(url))
		return NULL;
	u = curl_url();
	if (u != NULL && curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK) {
		curl_url_cleanup(u);
		u = NULL;
	}
	return u;
}

/* Part WHAT of U, "" if it has none; freed with curl_free() unless "". */
static char *
part(CURLU *u, CURLUPart what, unsigned flags)
{
	static char none[1];
	char *s = NULL;

	if (curl_url_get(u, what, &s, flags) != CURLUE_OK)
		return none;
	return s;
}

static void
part_free(char *s)
{
	if (s[0] != '\0')
		curl_free(s);
}

int
policy_url(const struct policy *p, const char *url, struct err *err)
{
	CURLU *u = take_apart(url);
	char *scheme, *host, *user, *password, *fragment;
	int rc = 0;

	if (u == NULL)
		return err_set(err, ERR_REJECT, 0,
		    "not a URL, or one with spaces or control characters");
	scheme = part(u, CURLUPART_SCHEME, 0);
	host = part(u, CURLUPART_HOST, 0);
	user = part(u, CURLUPART_USER, 0);
	password = part(u, CURLUPART_PASSWORD, 0);
	fragment = part(u, CURLUPART_FRAGMENT, 0);
	if (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0)
		rc = err_set(err, ERR_REJECT, 0, "only https is allowed");
	else if (user[0] != '\0' || password[0] != '\0' ||
		 strchr(url, '@') != NULL)
		rc = err_set(err, ERR_REJECT, 0,
		    "no user or \"@\" in a URL: credentials have keys of "
		    "their own");
	else if (fragment[0] != '\0' || strchr(url, '#') != NULL)
		rc = err_set(err, ERR_REJECT, 0, "no \"#\" in a URL");
	else if (host[0] == '\0')
		rc = err_set(err, ERR_REJECT, 0, "a URL needs a host");
	else if (strcmp(scheme, "http") == 0 && !p->insecure_http &&
		 !is_loopback(host))
		rc = err_set(err, ERR_REJECT, 0,
		    "http without TLS is allowed to this computer only "
		    "(insecure_http: true changes that)");
	part_free(scheme);
	part_free(host);
	part_free(user);
	part_free(password);
	part_free(fragment);
	curl_url_cleanup(u);
	return rc;
}

static int
is_same_part(CURLU *a, CURLU *b, CURLUPart what, unsigned flags)
{
	char *x = part(a, what, flags), *y = part(b, what, flags);
	int is_same = strcasecmp(x, y) == 0;

	part_free(x);
	part_free(y);
	return is_same;
}

int
policy_same_origin(const char *a, const char *b)
{
	CURLU *x = take_apart(a), *y = take_apart(b);
	int is_same = x != NULL && y != NULL &&
		      is_same_part(x, y, CURLUPART_SCHEME, 0) &&
		      is_same_part(x, y, CURLUPART_HOST, 0) &&
		      is_same_part(x, y, CURLUPART_PORT, CURLU_DEFAULT_PORT);

	curl_url_cleanup(x);
	curl_url_cleanup(y);
	return is_same;
}

int
policy_header(const char *name, const char *value)
{
	static const char token[] =
	    "!#$%&'*+-.^_`|~0123456789"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (name[0] == '\0' || name[strspn(name, token)] != '\0')
		return 0;
	for (; *value != '\0'; value++)
		if (((unsigned char)*value < ' ' && *value != '\t') ||
		    *value == 0x7f)
			return 0;
	return 1;
}
