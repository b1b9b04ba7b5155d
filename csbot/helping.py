"""What csbot can do for somebody, by their role: all of it, or what there is about one command."""

from sqlalchemy.orm import Session

from csbot.access import May, allows
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.service import only_admin
from messages.answers import Help


def help_for(
    session: Session, about: str | None, *, person: TeamMember, settings: Settings
) -> Help:
    return Help(
        command="/cs",
        about=about,
        may_act=allows(person.role, May.EDIT_ACCOUNTS),
        may_see_renewals=allows(person.role, May.SEE_RENEWALS),
        admin=only_admin(session, settings),
        may_rehearse=allows(person.role, May.REHEARSE),
        may_administer=allows(person.role, May.SETTINGS_ALL),
    )
