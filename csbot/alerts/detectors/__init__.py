"""All that can be detected, by kind."""

from csbot.alerts.detectors import (
    feedback,
    inactive,
    meetings,
    payments,
    renewals,
    runs,
    tasks,
    unowned,
)
from csbot.alerts.finding import Detector

DETECTORS: dict[str, Detector] = {
    detector.kind: detector
    for detector in (
        inactive.DETECTOR,
        feedback.DETECTOR,
        tasks.DETECTOR,
        meetings.TOMORROW,
        meetings.SOON,
        renewals.DETECTOR,
        payments.DETECTOR,
        unowned.DETECTOR,
        runs.DETECTOR,
    )
}
