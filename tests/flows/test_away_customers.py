"""While Dana is away customers hear what they would, and what is internal about it reaches Lee."""

from datetime import timedelta

import pytest

from tests.builders import MONDAY
from tests.flows.firm import DAY, HOUR, MINUTE, Firm

AT = MONDAY + timedelta(days=2, hours=5)  # Wednesday 14:00


@pytest.fixture(autouse=True)
def away(firm: Firm) -> None:
    """Acme is Dana's, who is away until Friday; Lee covers."""
    firm.acme()
    said = firm.person("U_DANA", "C_OTHER").command("/cs away until friday cover @lee")
    assert "Lee Park covers" in said.words


def test_a_session_is_remembered_as_ever_and_lee_is_asked_how_it_went(firm: Firm) -> None:
    firm.sends("meeting-reminders")
    firm.meeting(AT, organizer_email="dana@vendor.example")
    firm.later()
    for moment in (AT - DAY, AT - HOUR, AT + HOUR + 5 * MINUTE):
        firm.until(moment)
    assert (len(firm.subjects()), len(firm.texts())) == (3, 2)
    asked = [shown for shown in firm.dm("U_LEE") if "How did it go?" in shown.words]
    assert len(asked) == 1
    assert firm.dm("U_DANA") == []


def test_lee_approves_what_dana_would_and_it_goes_out_in_dana_s_name(firm: Firm) -> None:
    firm.meeting(AT)
    firm.later()
    assert firm.questions() == []
    firm.approve("Booked: Success session", "U_LEE")
    (mail,) = firm.mails()
    assert "Dana Reyes" in str(mail["From"])
    acts = firm.person("U_LEE", "C_OTHER").command("/cs timeline acme").words
    assert "Lee Park, covering for Dana Reyes" in acts
