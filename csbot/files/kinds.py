"""Every kind of file that people can ask for, on one screen."""

from csbot.access import May
from csbot.accounts import export_file
from csbot.files.file import Kind
from csbot.onboarding import gantt_file
from csbot.playbooks.diagram import asking as diagram
from csbot.renewals import charting, export

KINDS: dict[str, Kind] = {
    export_file.KIND: Kind("list", May.EXPORT, export_file.make),
    export.KIND: Kind("list of renewals", May.EXPORT, export.make),
    charting.KIND: Kind("chart of renewals", May.SEE_RENEWALS, charting.make),
    gantt_file.KIND: Kind("chart of onboarding", May.SEE_ACCOUNTS, gantt_file.make),
    diagram.KIND: Kind("picture of the playbook", May.SEE_ACCOUNTS, diagram.make),
}
