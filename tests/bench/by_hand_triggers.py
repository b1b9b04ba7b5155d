"""What the triggers of the library look for, in SQL written by hand."""

CUSTOMER = "a.lifecycle_stage <> 'churned'"
AWAY = f"""
    SELECT c.account_id FROM contacts c JOIN accounts a ON a.id = c.account_id
    WHERE c.last_login_at IS NOT NULL AND {CUSTOMER}
    GROUP BY c.account_id"""
SECONDS = f"""
    SELECT g.account_id, u.feature, sum(u.active_seconds) AS seconds
    FROM product_groups g JOIN usage_by_group u ON u.group_id = g.id
    JOIN accounts a ON a.id = g.account_id
    WHERE u.feature NOT IN ('', 'other') AND u.day >= :since_day AND {CUSTOMER}
    GROUP BY g.account_id, u.feature"""
INVOICES = f"""
    FROM payments p JOIN billing_customers b ON b.id = p.customer_id
    JOIN accounts a ON a.id = b.account_id WHERE {CUSTOMER} AND p.amount > 0"""
SCORE = f"FROM accounts a WHERE a.score >= 300 AND {CUSTOMER}"
RUNS = "s.status <> 'trialing' AND s.mrr > 0"
MONEY = f"""
    SELECT b.account_id, p.at FROM payments p JOIN billing_customers b ON b.id = p.customer_id
    WHERE p.status = 'paid' AND p.amount > 0 AND p.at > :days_ago
    UNION SELECT b.account_id, s.at FROM subscription_states s
    JOIN billing_customers b ON b.id = s.customer_id WHERE {RUNS} AND s.at > :days_ago"""
TRIALS = f"""FROM subscription_states s JOIN billing_customers b ON b.id = s.customer_id
    JOIN accounts a ON a.id = b.account_id WHERE s.status = 'trialing' AND {CUSTOMER}"""
LAST_STATE = """NOT EXISTS (SELECT 1 FROM subscription_states l
    WHERE l.customer_id = s.customer_id AND l.subscription = s.subscription AND l.at > s.at)"""
RENEWALS = f"""FROM renewals n JOIN accounts a ON a.id = n.account_id
    WHERE n.status = 'open' AND {CUSTOMER}"""
ENTERPRISE = "'enterprise' IN (coalesce(lower(a.segment), ''), lower(a.process))"
CHURNS = """FROM churns c JOIN accounts a ON a.id = c.account_id WHERE c.withdrawn_at IS NULL"""
UNUSED = f"""
    SELECT g.account_id FROM product_groups g JOIN accounts a ON a.id = g.account_id
    LEFT JOIN usage_by_group u ON u.group_id = g.id AND u.day >= :thirty_day
      AND u.feature IN ('Calendars', 'Reports')
    WHERE {CUSTOMER} GROUP BY g.account_id
    HAVING min(g.first_seen_at) <= :fortnight_ago
      AND coalesce(max(CASE WHEN u.feature = 'Calendars' THEN u.day END), :thirty_day)
          < :fortnight_day
      OR min(g.first_seen_at) <= :thirty_ago
        AND max(CASE WHEN u.feature = 'Reports' THEN u.day END) IS NULL"""
WORDS = """
    SELECT account_id, at FROM feedback WHERE at > :ninety_ago
    UNION ALL SELECT account_id, opened_at FROM tickets WHERE opened_at > :ninety_ago
    UNION ALL SELECT account_id, said_at FROM tickets WHERE said_at > :ninety_ago
    UNION ALL SELECT account_id, created_at FROM tasks
      WHERE source IS NOT NULL AND created_at > :ninety_ago
    UNION ALL SELECT account_id, starts_at FROM meetings
      WHERE outcome = 'attended' AND starts_at BETWEEN :ninety_ago AND :now
    UNION ALL SELECT account_id, created_at FROM meetings
      WHERE source IN ('calendly', 'calcom') AND created_at > :ninety_ago
    UNION ALL SELECT account_id, at FROM checkins
      WHERE (channel = 'meeting' OR sentiment IS NOT NULL) AND at > :ninety_ago"""
SILENT = f"""
    SELECT t.account_id, min(t.at) AS first FROM (
      SELECT account_id, at, 0 AS mail FROM checkins WHERE by_id IS NOT NULL
        AND channel <> 'meeting' AND sentiment IS NULL AND at > :ninety_ago
      UNION ALL SELECT account_id, sent_at, 1 FROM touches
        WHERE bounced_at IS NULL AND sent_at BETWEEN :ninety_ago AND :now) t
    LEFT JOIN (SELECT account_id, max(at) AS at FROM ({WORDS}) w GROUP BY account_id) said
      ON said.account_id = t.account_id
    LEFT JOIN (SELECT account_id, max(at) AS at FROM (
        SELECT account_id, last_login_at AS at FROM contacts WHERE last_login_at > :ninety_ago
        UNION ALL SELECT g.account_id, u.last_login_at FROM product_users u
        JOIN product_groups g ON g.id = u.group_id WHERE u.last_login_at > :ninety_ago) l
      GROUP BY account_id) used ON used.account_id = t.account_id
    WHERE (said.at IS NULL OR t.at > said.at)
      AND (t.mail = 0 OR used.at IS NULL OR t.at > used.at)
    GROUP BY t.account_id
    HAVING min(t.at) <= :thirty_ago AND count(DISTINCT substr(CAST(t.at AS TEXT), 1, 10)) >= 3"""
# Each: where to look, the account's column, and what its subject is.
STARTS = {
    "affiliates": (SCORE.replace("300", "1200") + """
        AND NOT EXISTS (SELECT 1 FROM account_tags t
            WHERE t.account_id = a.id AND t.tag = 'Affiliate')""", "a.id", "'score:1200'"),
    "milestones": (SCORE, "a.id", "'score:300'"),
    "feature-time": (f"FROM ({SECONDS}) s WHERE s.seconds >= 1800",
                     "s.account_id", r"s.feature || '\:30'"),
    "feature-used": (f"""FROM product_groups g
        JOIN usage_by_group u ON u.group_id = g.id JOIN accounts a ON a.id = g.account_id
        WHERE u.feature NOT IN ('', 'other') AND u.day >= :week AND u.active_seconds >= 420
          AND {CUSTOMER}""", "g.account_id", "u.feature"),
    "feedback-received": (f"""FROM feedback f JOIN accounts a ON a.id = f.account_id
        WHERE f.at > :days_ago AND {CUSTOMER}""", "f.account_id", "CAST(f.id AS TEXT)"),
    "feedback": (f"""FROM feedback f JOIN accounts a ON a.id = f.account_id
        WHERE f.negative AND f.answered_at IS NULL AND {CUSTOMER}""",
                 "f.account_id", "CAST(f.id AS TEXT)"),
    "health-status": (f"""FROM health_history h JOIN accounts a ON a.id = h.account_id
        WHERE h.at > :days_ago AND h.status IS NOT NULL AND {CUSTOMER}""",
                      "h.account_id", "CAST(h.id AS TEXT)"),
    "inactive-accounts": (f"""FROM ({AWAY}
        HAVING max(c.last_login_at) <= :week_ago) s WHERE true""", "s.account_id", "''"),
    "inactive-user-mail": (f"""FROM contacts c JOIN accounts a ON a.id = c.account_id
        WHERE c.last_login_at <= :week_ago AND {CUSTOMER}""",
                           "c.account_id", "CAST(c.id AS TEXT)"),
    "inactive-users": (f"""FROM ({AWAY}
        HAVING min(c.last_login_at) <= :week_ago) s WHERE true""", "s.account_id", "''"),
    "meeting-held": (f"""FROM meetings m JOIN accounts a ON a.id = m.account_id
        WHERE m.outcome IS NOT NULL AND m.starts_at > :days_ago AND {CUSTOMER}""",
                     "m.account_id", "m.id || ':' || m.outcome"),
    "meeting-reminders": (f"""FROM meetings m JOIN accounts a ON a.id = m.account_id
        WHERE m.created_at > :days_ago AND m.starts_at > :now AND {CUSTOMER}""",
                          "m.account_id", "m.id || '@'"),
    "meeting-soon": (f"""FROM meetings m JOIN accounts a ON a.id = m.account_id
        WHERE m.outcome IS NULL AND m.starts_at > :now AND m.starts_at <= :in_an_hour
          AND {CUSTOMER}""", "m.account_id", "CAST(m.id AS TEXT)"),
    "meeting-tomorrow": (f"""FROM meetings m JOIN accounts a ON a.id = m.account_id
        WHERE m.outcome IS NULL AND m.starts_at >= :midnight AND m.starts_at < :next_midnight
          AND {CUSTOMER}""", "m.account_id", "CAST(m.id AS TEXT)"),
    "monthly-login": (f"""FROM ({AWAY} HAVING max(c.last_login_at) >= :days_ago) s
        WHERE true""", "s.account_id", "'2026-11'"),
    "new-customer": (f"FROM accounts a WHERE a.created_at > :days_ago AND {CUSTOMER}",
                     "a.id", "CAST(a.id AS TEXT)"),
    "no-owner": (f"""FROM accounts a LEFT JOIN team t ON t.id = a.owner_id
        AND t.active WHERE t.id IS NULL AND {CUSTOMER}""", "a.id", "''"),
    "payment-failed": (f"{INVOICES} AND p.status = 'failed' AND p.as_of > :days_ago",
                       "b.account_id", "CAST(p.id AS TEXT)"),
    "payment-received": (f"{INVOICES} AND p.status = 'paid' AND p.at > :days_ago",
                         "b.account_id", "CAST(p.id AS TEXT)"),
    "payments": (f"{INVOICES} AND p.status = 'failed'", "b.account_id", "''"),
    "renewal-window": (f"""FROM renewals n JOIN accounts a ON a.id = n.account_id
        WHERE n.status = 'open' AND n.due_on <= :window AND trim(coalesce(n.next_step, '')) = ''
          AND {CUSTOMER}""", "n.account_id", "CAST(n.id AS TEXT)"),
    "request-received": (f"""FROM tasks t JOIN accounts a ON a.id = t.account_id
        WHERE t.source IS NOT NULL AND t.created_at > :days_ago AND {CUSTOMER}""",
                         "t.account_id", "CAST(t.id AS TEXT)"),
    "subscription-ended": ("""FROM subscription_states s
        JOIN billing_customers b ON b.id = s.customer_id JOIN accounts a ON a.id = b.account_id
        WHERE s.status = 'canceled' AND s.at > :days_ago AND a.arr <= 0""",
                           "b.account_id", "s.subscription"),
    "tasks": (f"""FROM tasks t JOIN accounts a ON a.id = t.account_id
        WHERE t.done_at IS NULL AND t.due_on <= :due_soon AND {CUSTOMER}""",
              "t.account_id", "CAST(t.id AS TEXT)"),
    "urgent-task-overdue": (f"""FROM tasks t JOIN accounts a ON a.id = t.account_id
        WHERE t.done_at IS NULL AND t.due_on < :date AND t.priority = 'high' AND {CUSTOMER}""",
                            "t.account_id", "CAST(t.id AS TEXT)"),
    "churn-recorded": (f"{CHURNS} AND c.at > :days_ago", "c.account_id", "CAST(c.id AS TEXT)"),
    "churn-withdrawn": ("""FROM churns c JOIN accounts a ON a.id = c.account_id
        WHERE c.withdrawn_at > :days_ago""", "c.account_id", "CAST(c.id AS TEXT)"),
    "feature-unused": (f"FROM ({UNUSED}) s WHERE true", "s.account_id", "''"),
    "meeting-debrief": (f"""FROM meetings m JOIN accounts a ON a.id = m.account_id
        WHERE m.outcome IS NULL AND m.starts_at > :days_ago AND m.starts_at <= :now
          AND {CUSTOMER}""", "m.account_id", "m.id || '@' || CAST(m.starts_at AS TEXT)"),
    "onboarding-late": (f"""FROM account_stages s JOIN accounts a ON a.id = s.account_id
        WHERE s.ended_at IS NULL AND {CUSTOMER} AND (s.days <= 7 AND s.begun_at <= :week_ago
          OR s.days <= 14 AND s.begun_at <= :fortnight_ago
          OR s.days <= 30 AND s.begun_at <= :thirty_ago)""",
                        "s.account_id", "CAST(s.id AS TEXT)"),
    "onboarding-requirements": (f"""FROM accounts a WHERE a.onboarding_began_at > :days_ago
        AND {CUSTOMER} AND NOT EXISTS (SELECT 1 FROM account_requirements q
            WHERE q.account_id = a.id AND q.why_bought IS NOT NULL
              AND q.intended_use IS NOT NULL)""",
                                "a.id", "CAST(a.onboarding_began_at AS TEXT)"),
    "onboarding-start": (f"""FROM ({MONEY}) i JOIN accounts a ON a.id = i.account_id
        WHERE {CUSTOMER} AND coalesce(a.customer_since, a.created_at) >= :ninety_ago
          AND NOT EXISTS (SELECT 1 FROM payments p JOIN billing_customers b ON b.id = p.customer_id
            WHERE b.account_id = i.account_id AND p.status = 'paid' AND p.amount > 0
              AND p.at < i.at)
          AND NOT EXISTS (SELECT 1 FROM subscription_states s
            JOIN billing_customers b ON b.id = s.customer_id
            WHERE b.account_id = i.account_id AND {RUNS} AND s.at < i.at)
          AND NOT EXISTS (SELECT 1 FROM revenue v WHERE v.account_id = i.account_id
            AND v.mrr > 0)""", "i.account_id", "'first'"),
    "onboarding-start-trial": (f"""{TRIALS} AND s.at > :days_ago
        AND coalesce(a.customer_since, a.created_at) >= :ninety_ago AND {LAST_STATE}""",
                               "b.account_id", r"s.customer_id || '\:' || s.subscription"),
    "onboarding-survey": (f"FROM accounts a WHERE a.onboarding_ended_at > :days_ago AND {CUSTOMER}",
                          "a.id", "CAST(a.onboarding_ended_at AS TEXT)"),
    "onboarding-welcome": (f"""FROM accounts a WHERE a.onboarding_began_at > :days_ago
        AND {CUSTOMER}""", "a.id", "CAST(a.onboarding_began_at AS TEXT)"),
    "renewal-disagreement": (f"""{RENEWALS} AND n.due_on <= :half_year
        AND (n.category = 'commit' AND n.signal IN ('best_case', 'at_risk')
          OR n.category = 'probable' AND n.signal = 'at_risk')""",
                             "n.account_id", "CAST(n.id AS TEXT)"),
    "renewal-enterprise": (f"{RENEWALS} AND n.due_on <= :four_months AND {ENTERPRISE}",
                           "n.account_id", "CAST(n.id AS TEXT)"),
    "renewal-past-due": (f"""{RENEWALS} AND n.due_on < :date
        AND trim(coalesce(n.next_step, '')) <> ''""", "n.account_id", "CAST(n.id AS TEXT)"),
    "renewal-standard": (f"{RENEWALS} AND n.due_on <= :window AND NOT {ENTERPRISE}",
                         "n.account_id", "CAST(n.id AS TEXT)"),
    "renewal-won": ("""FROM renewals n JOIN accounts a ON a.id = n.account_id
        WHERE n.status = 'won' AND n.closed_at > :days_ago""",
                    "n.account_id", "CAST(n.id AS TEXT)"),
    "business-review": (f"""FROM accounts a LEFT JOIN (
          SELECT account_id, max(starts_at) AS at FROM meetings
          WHERE kind = 'QBR' AND outcome = 'attended' AND starts_at <= :now
          GROUP BY account_id) m ON m.account_id = a.id
        WHERE {CUSTOMER} AND {ENTERPRISE} AND a.onboarding_stage IS NULL
          AND (m.at <= :ninety_ago AND coalesce(a.onboarding_ended_at, m.at) <= :ninety_ago
            OR m.at IS NULL AND a.onboarding_ended_at <= :ninety_ago)
          AND NOT EXISTS (SELECT 1 FROM meetings n WHERE n.account_id = a.id AND n.kind = 'QBR'
            AND n.outcome IS NULL AND n.starts_at > :ninety_ago)""", "a.id", "''"),
    "satisfaction-survey": (f"""FROM accounts a LEFT JOIN (
          SELECT account_id, max(at) AS at FROM feedback GROUP BY account_id) f
          ON f.account_id = a.id
        WHERE {CUSTOMER} AND a.onboarding_stage IS NULL
          AND (f.at <= :ninety_ago AND coalesce(a.onboarding_ended_at, f.at) <= :ninety_ago
            OR f.at IS NULL AND a.onboarding_ended_at <= :ninety_ago)""", "a.id", "''"),
    "silent-customer": (f"""FROM ({SILENT}) s JOIN accounts a ON a.id = s.account_id
        WHERE {CUSTOMER}""", "s.account_id", "''"),
    "trial-ending": (f"""{TRIALS} AND s.trial_ends_at > :now
        AND s.trial_ends_at <= :in_three_days AND {LAST_STATE}""",
                     "b.account_id", r"""s.customer_id || '\:' || s.subscription || '@' ||
                     substr(CAST(s.trial_ends_at AS TEXT), 1, 10)"""),
    "win-back-day": (f"""{CHURNS} AND c.win_back_on BETWEEN :thirty_day AND :date
        AND a.lifecycle_stage = 'churned'""", "c.account_id", "CAST(c.id AS TEXT)"),
}  # fmt: skip
# What of an account playbooks watch being so, or no longer so.
WATCHED = {
    "closer-care": f"""{CUSTOMER} AND coalesce(a.customer_since, a.created_at) <= :fortnight_ago
        AND (coalesce(a.customer_since, a.created_at) >= :ninety_ago
          OR EXISTS (SELECT 1 FROM account_tags t
            WHERE t.account_id = a.id AND t.tag = 'Busy Season'))
        AND NOT EXISTS (SELECT 1 FROM checkins v
          WHERE v.account_id = a.id AND v.at > :fortnight_ago)
        AND NOT EXISTS (SELECT 1 FROM touches o WHERE o.account_id = a.id
          AND o.sent_at > :fortnight_ago AND o.bounced_at IS NULL)
        AND NOT EXISTS (SELECT 1 FROM meetings m WHERE m.account_id = a.id
          AND m.outcome = 'attended' AND m.starts_at BETWEEN :fortnight_ago AND :now)""",
    "first-value-late": f"""{CUSTOMER} AND a.first_value_at IS NULL AND :thirty_ago >=
        coalesce(a.customer_since, a.onboarding_began_at, a.created_at)""",
    "payment-settled": """EXISTS (SELECT 1 FROM payments p
        JOIN billing_customers b ON b.id = p.customer_id
        WHERE b.account_id = a.id AND p.status = 'failed' AND p.amount > 0)""",
    "win-back": "a.lifecycle_stage = 'churned'",
}  # fmt: skip
