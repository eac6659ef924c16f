/* The code lists of the wire: see codes.h. */
#include <string.h>

#include "base/buf.h"
#include "event/codes.h"

/* Separated by single spaces. */
static const char *const lists[CODES_LISTS] = {
    [CODES_KIND] = "twin friendship cooperation project intent contact "
		   "other",
    [CODES_AREA] =
	"culture education youth economy trade tourism science "
	"health environment urban-planning transport digital sport media "
	"municipal-practice humanitarian memory-peace",
    [CODES_SIDE_STATUS] = "proposed active suspended terminated unknown",
    [CODES_DATE_BASIS] = "signature approval effective resolution unknown",
    [CODES_RENEWAL] = "automatic notice none unknown",
    [CODES_EVENT_KIND] = "forum congress panel round-table signing "
			 "delegation festival training anniversary call other",
    [CODES_EVENT_STATUS] = "tentative confirmed postponed cancelled",
    [CODES_ATTENDANCE] = "offline online mixed",
    [CODES_ROLE] = "organizer co-organizer host sponsor",
    [CODES_ORGANIZATION_KIND] = "association municipality region agency "
				"ngo",
    [CODES_COUNTRY] = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB "
		      "BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY "
		      "BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX "
		      "CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK "
		      "FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS "
		      "GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR "
		      "IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA "
		      "LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK "
		      "ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE "
		      "NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM "
		      "PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG "
		      "SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF "
		      "TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY "
		      "UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW",
};

/* Countries are many, in order and of two letters each. */
static int
country_rank(const char *code)
{
	enum { STEP = 3 };
	const char *all = lists[CODES_COUNTRY];
	size_t low = 0, high = (strlen(all) + 1) / STEP;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = memcmp(code, all + middle * STEP, STEP - 1);

		if (order == 0)
			return (int)middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

int
codes_rank(enum codes_list list, const char *code)
{
	size_t size = strlen(code);
	int rank = 0;

	if (list == CODES_COUNTRY)
		return size == 2 ? country_rank(code) : -1;
	for (const char *at = lists[list]; *at != '\0'; rank++) {
		size_t word = strcspn(at, " ");

		if (word == size && memcmp(at, code, size) == 0)
			return rank;
		at += word + (at[word] == ' ');
	}
	return -1;
}

void
codes_print(enum codes_list list, struct buf *out)
{
	for (const char *at = lists[list]; *at != '\0'; at++) {
		if (*at == ' ')
			buf_puts(out, ", ");
		else
			buf_add(out, at, 1);
	}
}
