"""The header names we know: our own first, then those of the usual CRM exports.

Of several columns for one field the name that stands first in its list wins.
"""

from collections.abc import Mapping

Names = Mapping[str, tuple[str, ...]]

ACCOUNTS: Names = {
    "name": (
        "name", "account name", "company name", "client name", "customer name", "account",
        "company", "client", "customer", "organization", "organisation", "organization name",
        "firma", "firmenname", "kunde", "kundenname",
    ),
    "id": (
        "id", "account id", "record id", "record id - company", "external id",
        "accountExternalId", "source account id", "external client id", "company id",
        "customer id", "client id", "crm id", "salesforce account id", "kundennummer",
    ),
    "domain": (
        "domain", "company domain name", "domain name", "account domain", "website",
        "website url", "web site", "company domain", "url", "webseite",
    ),
    "owner_email": (
        "owner email", "account owner email", "company owner email", "assigned csm email",
        "csm email", "owner e-mail", "owner: email",
    ),
    "owner": (
        "owner", "account owner", "company owner", "owner user account", "owner name", "csm",
        "csm name", "assigned csm", "customer success manager", "account manager",
        "ansprechpartner intern", "betreuer",
    ),
    "segment": (
        "segment", "account segment", "customer segment", "company segment", "client type",
        "client segment",
    ),
    "plan": ("plan", "plan name", "subscription plan", "package", "edition", "tarif"),
    "arr": (
        "arr", "annual recurring revenue", "current arr", "total arr", "account arr",
        "annual contract value", "acv",
    ),
    "mrr": ("mrr", "monthly recurring revenue", "current mrr", "total mrr"),
    "currency": (
        "currency", "account currency", "arr currency", "currency code", "currency iso code",
        "company currency", "währung",
    ),
    "lifecycle_stage": (
        "lifecycle stage", "customer stage", "client stage", "lifecycle",
    ),
    "renewal_date": (
        "renewal date", "next renewal date", "renewal", "renewal on", "contract renewal date",
        "contract end date", "contract end", "subscription end date", "end date",
        "verlängerung am", "verlängerung", "vertragsende",
    ),
    "contract_months": (
        "contract months", "contract term (months)", "contract term months", "term in months",
        "contract length", "contract length in months", "term (months)", "laufzeit in monaten",
    ),
    "created_at": (
        "created at", "customer since", "client-as-of date", "original contract date",
        "start date", "create date", "created date", "created on", "created", "kunde seit",
    ),
    "industry": ("industry", "branche"),
    "channel": ("channel", "slack channel", "slack channel id"),
    "tags": ("tags", "tag", "labels"),
}  # fmt: skip
ACCOUNT_OF: tuple[str, ...] = (
    "account", "account id", "primary associated company id", "associated company ids",
    "company id", "account external id", "external client id", "source account id",
    "associated company id", "customer id", "client id", "account domain", "company domain name",
    "account name", "primary associated company", "associated company", "company name", "company",
    "client name", "client", "customer name", "customer", "firma", "kunde",
)  # fmt: skip
CONTACTS: Names = {
    "account": ACCOUNT_OF,
    "email": (
        "email", "e-mail", "email address", "e-mail address", "contact email", "work email",
        "ansprechpartner e-mail",
    ),
    "name": ("name", "full name", "contact name", "ansprechpartner"),
    "first_name": ("first name", "given name", "vorname"),
    "last_name": ("last name", "surname", "family name", "nachname"),
    "role": ("role", "contact role", "buying role", "rolle"),
    "title": ("title", "job title", "position"),
    "phone": ("phone", "phone number", "telephone", "mobile", "mobile phone number", "telefon"),
    "timezone": ("timezone", "time zone", "tz", "zeitzone"),
    "last_login_at": (
        "last login at", "last login", "last login date", "last seen at", "last seen",
        "letzte anmeldung",
    ),
    "created_at": ("created at", "create date", "created date", "created on", "created"),
    "email_opt_out": (
        "email opt out", "has opted out of email", "unsubscribed from all email",
        "email opt-out", "opted out of email",
    ),
}  # fmt: skip
TEAM: Names = {
    "email": ("email", "e-mail", "email address", "e-mail address", "user email", "work email"),
    "name": ("name", "full name", "user name", "display name", "team member"),
    "role": ("role", "user role", "rolle"),
    "slack_id": ("slack id", "slack user id", "slack member id", "member id"),
    "timezone": ("timezone", "time zone", "tz", "zeitzone"),
    "manager_email": ("manager email", "manager", "reports to", "manager e-mail"),
    "country": ("country", "country code", "holiday calendar", "land"),
    "away_from": ("away from", "absent from", "leave start", "absence start"),
    "away_until": ("away until", "back on", "first day back", "returns on"),
    "cover_email": ("cover email", "cover", "covered by", "substitute", "vertretung"),
}
TASKS: Names = {
    "account": ACCOUNT_OF,
    "title": ("title", "task", "subject", "task title", "task name", "name", "aufgabe"),
    "due": ("due", "due date", "due on", "due at", "deadline", "fällig am", "fällig"),
    "priority": ("priority", "task priority", "priorität"),
    "assignee_email": ("assignee email", "assigned to email", "owner email"),
    "assignee": ("assignee", "assigned to", "task owner", "owner", "zuständig"),
}
MEETINGS: Names = {
    "account": ACCOUNT_OF,
    "title": ("title", "subject", "meeting", "meeting title", "meeting name", "name", "betreff"),
    "kind": ("kind", "type", "meeting type", "art"),
    "starts_at": ("starts at", "start", "start time", "start date", "starts", "date", "beginn"),
    "duration_minutes": ("duration minutes", "duration", "duration (minutes)", "minutes", "dauer"),
    "organizer_email": ("organizer email", "organiser email", "host email", "owner email"),
    "organizer": ("organizer", "organiser", "host", "owner"),
    "attendees": ("attendees", "participants", "guests", "invitees", "teilnehmer"),
    "agenda": ("agenda", "description", "notes"),
}
FEEDBACK: Names = {
    "account": ACCOUNT_OF,
    "email": ("email", "e-mail", "email address", "contact email", "respondent", "person email"),
    "kind": ("kind", "type", "survey", "survey type", "metric"),
    "score": ("score", "rating", "nps", "nps score", "answer", "bewertung"),
    "comment": ("comment", "comments", "feedback", "text", "verbatim", "reason", "kommentar"),
    "at": ("at", "responded at", "response date", "submitted at", "date", "created at", "datum"),
}
REVENUE: Names = {
    "account": ACCOUNT_OF,
    "effective_on": (
        "effective on", "effective date", "effective from", "valid from", "from", "month",
        "start date", "gültig ab",
    ),
    "mrr": ("mrr", "monthly recurring revenue", "monthly revenue"),
    "currency": ("currency", "currency code", "currency iso code", "mrr currency", "währung"),
}  # fmt: skip

KNOWN: dict[str, Names] = {
    "accounts": ACCOUNTS,
    "contacts": CONTACTS,
    "team": TEAM,
    "tasks": TASKS,
    "meetings": MEETINGS,
    "feedback": FEEDBACK,
    "revenue": REVENUE,
}
REQUIRED: dict[str, tuple[str, ...]] = {
    "accounts": ("name",),
    "contacts": ("account", "email"),
    "team": ("email", "role"),
    "tasks": ("account", "title", "due"),
    "meetings": ("account", "starts_at"),
    "feedback": ("account", "kind", "score"),
    "revenue": ("account", "effective_on", "mrr"),
}
