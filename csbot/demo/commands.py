"""What the page offers after "/": the words of each command, and what they are for."""

from csbot.workspace.model import Command

COMMANDS = (
    Command("/cs", "[what you want]", "customer success; /cs help lists it all"),
    Command("/cs my", "", "your accounts, the riskiest first"),
    Command("/cs account", "NAME", "everything about one account"),
    Command("/cs renewals", "[90d] [@owner] [at-risk]", "what falls due, and how sure we are"),
    Command("/cs checkin", "NAME WHAT WAS SAID", "log a check-in in one line or a form"),
    Command("/cs task add", "NAME WHAT due WHEN [!high]", "a task with a date"),
    Command("/cs task done", "NUMBER", "tick a task off"),
    Command("/cs nps", "NAME 0-10 COMMENT", "what a customer answered"),
    Command("/cs tasks", "[overdue] [today] [@person]", "your open tasks, or somebody's"),
    Command("/cs meetings", "", "your next meetings"),
    Command("/cs meeting add", "NAME TITLE WHEN", "enter a meeting"),
    Command("/cs stage", "NAME next", "move an onboarding on"),
    Command("/cs health", "NAME STATE WHY", "what you know that the numbers do not"),
    Command("/cs snooze", "NAME until WHEN WHY", "no alerts for a while"),
    Command("/cs assign", "NAME @owner", "hand an account over"),
    Command("/cs tag", "NAME +this -that", "mark an account"),
    Command("/cs churn", "[NAME or 90d]", "a customer leaves; or who left, and why"),
    Command("/cs timeline", "NAME", "what happened, and who did it"),
    Command("/cs playbook", "[NAME]", "what csbot does by itself, and what came of it"),
    Command("/cs playbook simulate", "NAME [180d]", "what it would have done, with a chart"),
    Command("/cs playbook preview", "NAME ACCOUNT", "what a customer would read"),
    Command("/cs playbook start", "NAME ACCOUNT", "start one by hand; stop, pause, resume"),
    Command("/cs pipeline", "[NAME]", "which accounts stand at which stage"),
    Command("/cs score", "NAME", "the points of an account, and what they are for"),
    Command("/cs digest", "[@person]", "your morning message, now"),
    Command("/cs test alert", "", "a marked example in the alerts channel"),
    Command("/cs settings", "", "what reaches you, and when"),
    Command("/cs help", "", "what csbot can do"),
)
