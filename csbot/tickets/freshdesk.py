"""Freshdesk's automation rules: their keys are chosen in the rule, these are the usual ones."""

WEBHOOK = "freshdesk_webhook"
FIELDS = {
    "id": f"{WEBHOOK}.ticket_id",
    "status": f"{WEBHOOK}.ticket_status",
    "priority": f"{WEBHOOK}.ticket_priority",
    "subject": f"{WEBHOOK}.ticket_subject",
    "url": f"{WEBHOOK}.ticket_url",
    "email": f"{WEBHOOK}.requester_email",
    "company": f"{WEBHOOK}.ticket_company_name",
    "description": f"{WEBHOOK}.ticket_description",
    "at": f"{WEBHOOK}.ticket_updated_at",
    "opened_at": f"{WEBHOOK}.ticket_created_at",
}
