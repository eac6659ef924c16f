/* What reason codes mean: see reasons.h. */
#include <stddef.h>
#include <string.h>

#include "event/reasons.h"

static const struct {
	const char *code, *text;
} reasons[] = {
    /* A record that is not fit for the wire (event/rules.h). */
    {"missing", "Something that every entry needs is missing. Fill it in."},
    {"too_long", "A text is too long. Shorten it."},
    {"bad_text", "A text holds characters that cannot be shown. Type it anew."},
    {"bad_date", "A date or time cannot be read. Write it like 2022-10-31 or "
		 "2022-10-31T13:00:00."},
    {"bad_duration",
	"A period cannot be read. Write P5Y for five years, P90D for 90 days."},
    {"end_before_start", "The end lies before the start. Correct one of them."},
    {"bad_zone", "The time zone is not known. Choose one like Europe/Moscow."},
    {"bad_city", "A city is not named by its number, like wd:Q914. Choose it "
		 "from the list; `twinwire cities NAME` finds it."},
    {"bad_country", "A country is not a code of two capital letters, like RU. "
		    "Correct it."},
    {"bad_language", "A language is not a code like ru, en or zh-Hans. "
		     "Correct it."},
    {"bad_url", "An address of a page or contact cannot be used. Write it "
		"whole, with https:// in front."},
    {"bad_mailbox", "A mailbox is not one. Correct it."},
    {"bad_uid", "The number of an event is not one. Copy it from that event."},
    {"bad_organization", "An organization is not named by its number, like "
			 "org:volgograd. Correct it."},
    {"bad_about", "A subject is neither a city nor a pair of cities. Correct "
		  "it."},
    {"bad_licence", "The licence is not known. Choose one, like CC-BY-4.0."},
    {"bad_sha256", "A check sum is not one. Take it from the file again."},
    {"bad_code", "A word is not on the list that this field has. Choose one "
		 "of the list."},
    {"bad_number", "A coordinate lies outside the earth. Correct it."},
    {"bad_speaks_for", "The statement speaks for a city that is not one of "
		       "the two. Choose one of the two."},
    {"same_city", "Both cities are the same. Correct one of them."},
    {"same_event", "The event names itself as another. Take that out."},
    {"personal_data", "A text holds a telephone number or a personal mailbox, "
		      "which would be shown everywhere. Take it out."},
    {"origin_mismatch", "It was written in the name of another member. Its "
			"writer must correct that; tell the operator."},
    {"bad_id", "The entry has no number that Twinwire can use. Tell whoever "
	       "looks after your system."},
    {"not_accepted", "The entry does not fit the form that all members "
		     "agreed on. Correct what the log of the connector names."},

    /* A message that cannot be read (wire/reader.h). */
    {"too_large", "The message is larger than the wire allows. Its writer "
		  "must shorten it."},
    {"bad_framing", "The message is not in the wire's format. Its writer must "
		    "send it again."},
    {"unknown_schema", "The message names a form that is not registered. The "
		       "operator runs `twinwire provision`."},
    {"wrong_schema", "The message has the form of something else than its "
		     "topic holds. Its writer must correct it."},
    {"bad_avro", "The message is damaged. Its writer must send it again."},
    {"unreadable", "Messages could not be unpacked, or were damaged on their "
		   "way. Their writer must send them again, uncompressed; "
		   "nothing of them is known here."},
    {"bad_topic", "The message came on a topic that is none of the wire's."},
    {"no_key", "The message does not say which entry it is about. Its writer "
	       "must correct it."},

    /* The mapping (deploy/connectors). */
    {"mapping_error", "The connection's preset fails on this entry. Tell "
		      "whoever wrote the preset; `twinwire dead show` has the "
		      "entry."},
    {"filter_error", "The connection's filter fails on this entry. Correct "
		     "`where` in the connection's file."},

    /* What the system there answers (connector/answer.h). */
    {"no_answer", "The system did not answer in time. Nothing to do: it is "
		  "tried again."},
    {"not_reachable", "The system cannot be reached. It is tried again; see "
		      "that the system runs."},
    {"tls_failure", "The system's certificate is not valid. Have it renewed."},
    {"address_refused", "The system's address is not allowed. Correct "
			"base_url, or allow_private, in the connection's "
			"file."},
    {"site_refused_content", "The system does not take this content. See what "
			     "it says in `twinwire dead show` and change the "
			     "entry."},
    {"site_refused_login", "The system refuses our password. Enter a new one "
			   "in the connection's file."},
    {"site_forbids", "Our account may not do this in the system. Give it the "
		     "right to."},
    {"site_has_no_such_item", "The system does not have the entry any more. "
			      "See whether it was deleted by hand."},
    {"site_conflict", "The system says that the entry is in use or there "
		      "already. Look for it there and save it again."},
    {"site_too_large", "The entry is larger than the system takes. Shorten "
		       "it."},
    {"site_busy", "The system asks for fewer requests. Nothing to do: it is "
		  "tried again."},
    {"site_error", "The system failed. It is tried again; tell whoever looks "
		   "after it if this lasts."},
    {"site_redirects", "The system has another address now. Correct base_url "
		       "in the connection's file."},
    {"site_refused", "The system refuses the request. `twinwire dead show` "
		     "has its answer; tell whoever looks after it."},
    {"site_answer_unreadable", "The system's answer cannot be understood. See "
			       "that no error page stands in its place."},

    /* How an entry is at a connection. */
    {"withdrawn", "Its owner has withdrawn it. Nothing to do."},
    {"withdrawn_here", "It was withdrawn with `twinwire withdraw`. Save it in "
		       "your system to publish it again."},
    {"gone_there", "A clerk has deleted it there. Nothing to do: it stays "
		   "deleted."},
    {"same_event_shown", "The same event is already shown there. Nothing to "
			 "do."},
    {"below_from", "It is older than the connection's `from`. Save it in your "
		   "system to publish it."},
    {"replayed", "An operator has it tried again. Nothing to do: the outcome "
		 "follows."},
    {"dropped", "An operator decided that it is not delivered. Save it anew "
		"to send it again."},
    {"differs", "It was changed there and differs from the original. The "
		"next change of its owner replaces it."},

    /* Why a connection does not work as it should. */
    {"kafka", "Kafka cannot be reached. Nothing to do for clerks; the "
	      "operator looks after it."},
    {"listing", "The system's entries cannot be listed. See that it runs and "
		"that our account may read them."},
    {"resync", "The connection compares all that the wire has with the "
	       "system. Nothing to do."},
    {"site_failing", "The system fails again and again; it is asked now and "
		     "then whether it is well."},
    {"site_slow", "The system is slow or busy, so it gets fewer requests at "
		  "once. Nothing to do: they all come."},
    {"dead_letters_leave",
	"Records that could not be delivered leave the log soon. Look at them "
	"with `twinwire dead list`, then replay or drop them."},
    {"stopped_by_site", "The system does not let us in. Correct what the "
			"detail says; it goes on by itself."},
    {"awaits_approval", "Many changes at once wait for a person. Look at them "
			"with `twinwire approve CONNECTION`, then approve "
			"them."},
    {"first_run", "It has never run and waits for a person. Look at what it "
		  "would do with `twinwire approve CONNECTION`, then approve "
		  "it."},
    {"paused_by_command", "Somebody paused it. `twinwire resume` lets it go "
			  "on."},
};

const char *
reasons_text(const char *code)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(reasons[i].code, code) == 0)
			return reasons[i].text;
	return "";
}
