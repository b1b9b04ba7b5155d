"""The step that begins the onboarding of accounts."""

from csbot.onboarding import service
from csbot.onboarding.stages import track
from csbot.playbooks.going import Batch


def begin(batch: Batch) -> None:
    """Whoever is in onboarding, or has been through it, stays where they are."""
    new = [run.account.id for run in batch.runs if run.account.onboarding_began_at is None]
    begun = service.begin(batch.session, new, now=batch.now, settings=batch.settings)
    for run in batch.runs:
        if run.account.id in begun:
            batch.note(run, f"onboarding began at {track(run.account.process)[0].name}")
        elif run.account.onboarding_stage is not None:
            batch.skip(run, "onboarding is under way already")
        else:
            batch.skip(run, "they have been through onboarding before")
