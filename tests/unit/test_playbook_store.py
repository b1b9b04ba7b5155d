"""Which version of a playbook is in force follows from the files; a broken one stops nothing."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, or_, select, update

from csbot.outbox.model import OutgoingMessage
from csbot.playbooks.folders import LIBRARY
from csbot.playbooks.model import Playbook, PlaybookVersion
from csbot.playbooks.store import in_force, sync
from csbot.settings import Config, Environment, Settings
from tests.builders import MONDAY, member

NAME = "quiet-customer"
GOOD = (Path(__file__).parents[1] / f"payloads/playbooks/{NAME}.yaml").read_text("utf-8")
GOOD = GOOD.replace("  - stop: tips\n  - start: win-back\n", "")
MINUTE = timedelta(minutes=1)


class Shop:
    """A team's folder of playbooks beside a database, synced minute by minute."""

    def __init__(self, sessions, folder):
        self.sessions, self.folder, self.now = sessions, folder, MONDAY
        env = Environment(csbot_playbooks_dir=folder, csbot_admins=["U_ADMIN"])
        self.settings = Settings(env=env, config=Config())

    def write(self, text, name=NAME):
        (self.folder / f"{name}.yaml").write_text(text, "utf-8")

    def sync(self):
        """Those changes that are about playbooks of the team's own."""
        self.now += MINUTE
        with self.sessions.begin() as session:
            told = sync(session, settings=self.settings, now=self.now)
        ours = {path.stem for path in LIBRARY.iterdir()}
        return [line for line in told if line.split()[0] not in ours]

    def force(self, name=NAME):
        with self.sessions() as session:
            return next((one for one in in_force(session) if one.name == name), None)

    def row(self, name=NAME):
        with self.sessions() as session:
            return session.get_one(Playbook, name)

    def versions(self, name=NAME):
        count = select(func.count(PlaybookVersion.id)).where(PlaybookVersion.name == name)
        with self.sessions() as session:
            return session.scalar(count)

    def told(self):
        """Who was sent which message about the files of these tests, in that order."""
        o = OutgoingMessage
        about = (f"playbook/{NAME}/", "playbook/other/", "playbook/payments/", "playbooks/")
        ours = or_(*(o.key.startswith(start) for start in about))
        with self.sessions() as session:
            rows = session.execute(select(o.message, o.lane).where(ours).order_by(o.id))
            return [tuple(row) for row in rows]


@pytest.fixture
def shop(sessions, tmp_path):
    folder = tmp_path / "playbooks"
    folder.mkdir()
    with sessions.begin() as session:
        session.add(member("Dana Reyes"))
    return Shop(sessions, folder)


def test_a_good_file_is_in_force_once_and_a_comment_makes_no_version(shop):
    shop.write(GOOD)
    assert shop.sync() == [f"{NAME} is new"]
    force = shop.force()
    assert (force.definition.name, force.enabled, force.sends) == (NAME, True, False)
    assert force.on_since == shop.now
    shop.write(f"# looked at\n{GOOD}")
    assert shop.sync() == []
    assert (shop.versions(), shop.told()) == (1, [])


def test_an_edit_makes_a_version_and_the_one_of_before_stays_as_it_was(shop):
    shop.write(GOOD)
    shop.sync()
    first = shop.force()
    shop.write(GOOD.replace("within: 14 days", "within: 15 days"))
    assert shop.sync() == [f"{NAME} has changed"]
    second = shop.force()
    assert (str(first.definition.goal.within), str(second.definition.goal.within)) == (
        "14 days",
        "15 days",
    )
    with shop.sessions() as session:
        kept = session.get_one(PlaybookVersion, first.version_id)
        assert kept.definition["goal"]["within"] == "14 days"
    shop.write(GOOD)
    shop.sync()
    assert (shop.force().version_id, shop.versions()) == (first.version_id, 2)


def test_a_broken_file_leaves_the_last_good_version_and_is_told_once_until_it_is_mended(shop):
    shop.write(GOOD)
    shop.sync()
    shop.write(GOOD.replace("title:", "titel:", 1))
    assert shop.sync() == [f"{NAME} has a file that cannot be used"]
    assert shop.force().enabled
    assert shop.row().problem.endswith("there is no field `titel`, did you mean `title`?")
    broken = [("playbook_broken", "U_ADMIN"), ("playbook_broken", "U_DANA")]
    assert shop.told() == broken
    assert shop.sync() == []
    shop.write(GOOD.replace("steps:", "stepz:", 1))
    shop.sync()
    assert shop.told() == broken * 2
    shop.write(GOOD)
    assert shop.sync() == [f"{NAME} has a file that can be used again"]
    assert shop.row().problem is None
    assert shop.told() == [
        *broken * 2,
        ("playbook_mended", "U_ADMIN"),
        ("playbook_mended", "U_DANA"),
    ]


def test_a_file_that_was_never_good_is_not_in_force_and_the_admins_know(shop):
    shop.write("nonsense")
    shop.sync()
    assert shop.force() is None
    assert shop.told() == [("playbook_broken", "U_ADMIN")]


def test_a_team_s_file_stands_before_the_library_s_until_it_is_taken_away(shop):
    name = "payments"
    library = (LIBRARY / f"{name}.yaml").read_text("utf-8")
    title = next(line for line in library.splitlines() if line.startswith("title:"))
    shop.write(library.replace(title, "title: Ours"), name)
    shop.sync()
    assert shop.force(name).definition.title == "Ours"
    (shop.folder / f"{name}.yaml").unlink()
    shop.sync()
    assert shop.force(name).definition.title == title.removeprefix("title: ")
    assert shop.force(name).enabled


def test_a_team_s_file_that_is_broken_from_the_first_leaves_the_library_s(shop):
    shop.write("name: payments", "payments")
    shop.sync()
    assert shop.force("payments").enabled
    assert shop.row("payments").problem
    assert shop.told() == [("playbook_broken", "U_ADMIN")]


def test_a_playbook_without_a_file_is_off_until_the_file_is_back(shop):
    shop.write(GOOD)
    shop.sync()
    (shop.folder / f"{NAME}.yaml").unlink()
    assert shop.sync() == [f"{NAME} has no file any more and is off"]
    assert not shop.force().enabled
    assert shop.sync() == []
    shop.write(GOOD)
    shop.sync()
    assert (shop.force().enabled, shop.force().on_since) == (True, shop.now)


def test_a_folder_that_vanishes_changes_nothing_and_is_told_once_a_day(shop):
    shop.write(GOOD)
    shop.write(
        (LIBRARY / "payments.yaml").read_text().replace("title: ", "title: Our "), "payments"
    )
    shop.sync()
    before = shop.force("payments").version_id
    shutil.rmtree(shop.folder)
    assert (shop.sync(), shop.sync()) == ([], [])
    assert (shop.force().enabled, shop.force("payments").version_id) == (True, before)
    assert shop.told() == [("playbooks_away", "U_ADMIN")]


def test_what_people_have_switched_stands_whatever_the_file_says(shop):
    shop.write(GOOD)
    shop.sync()
    with shop.sessions.begin() as session:
        session.execute(
            update(Playbook).where(Playbook.name == NAME).values(enabled=False, sends=True)
        )
    shop.write(GOOD.replace("within: 14 days", "within: 15 days"))
    shop.sync()
    force = shop.force()
    assert (force.enabled, force.sends, force.on_since) == (False, True, None)


def test_what_listens_for_other_events_than_before_acts_from_now_on(shop):
    event = GOOD.replace("  detector: contact.quiet\n  with: {days: 9}", "  event: health.set")
    shop.write(event)
    shop.sync()
    since = shop.force().on_since
    shop.write(event.replace("within: 14 days", "within: 15 days"))
    shop.sync()
    assert shop.force().on_since == since
    shop.write(event.replace("[enterprise, mid-market]", "[enterprise]"))
    shop.sync()
    assert shop.force().on_since == shop.now


def test_a_version_that_this_csbot_cannot_read_is_left_out(shop):
    shop.write(GOOD)
    shop.sync()
    changed = update(PlaybookVersion).where(PlaybookVersion.name == NAME)
    with shop.sessions.begin() as session:
        session.execute(changed.values(digest="of another csbot", definition={"name": NAME}))
    assert shop.force() is None
    assert shop.force("payments") is not None


def test_two_workers_at_once_have_the_effect_of_one(shop):
    shop.write(GOOD)
    shop.write("broken", "other")
    with ThreadPoolExecutor(4) as pool:
        for made in [pool.submit(Shop(shop.sessions, shop.folder).sync) for _ in range(4)]:
            made.result()
    assert shop.versions() == 1
    assert shop.told() == [("playbook_broken", "U_ADMIN")]
