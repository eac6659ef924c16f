/** The REST interface, /api/v1: handlers for routes.c. */
#ifndef PORTAL_API_H
#define PORTAL_API_H

#include "portal/request.h"

/** Lists: filter, search, sort, pages. */
void api_partnerships(struct request *rq, struct answer *a);
void api_claims(struct request *rq, struct answer *a);
void api_events(struct request *rq, struct answer *a);
void api_organizations(struct request *rq, struct answer *a);
void api_notices(struct request *rq, struct answer *a);
void api_receipts(struct request *rq, struct answer *a);
void api_members(struct request *rq, struct answer *a);
/** Single records with what belongs to them. */
void api_partnership(struct request *rq, struct answer *a);
void api_claim(struct request *rq, struct answer *a);
void api_event(struct request *rq, struct answer *a);
void api_organization(struct request *rq, struct answer *a);
/** What has changed since a place that the reader names. */
void api_changes(struct request *rq, struct answer *a);
/** The description of all this (OpenAPI 3.1). */
void api_description(struct request *rq, struct answer *a);
/** How far the portal has read. */
void api_state(struct request *rq, struct answer *a);

#endif
