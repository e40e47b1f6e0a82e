"""Writes: one file a group of verbs, each an action."""

from guotu.core.cases.actions import assigning as assigning
from guotu.core.cases.actions import calendar as calendar
from guotu.core.cases.actions import clock_firing as clock_firing
from guotu.core.cases.actions import clocks as clocks
from guotu.core.cases.actions import closing as closing
from guotu.core.cases.actions import desks as desks
from guotu.core.cases.actions import holding as holding
from guotu.core.cases.actions import interventions as interventions
from guotu.core.cases.actions import migrating as migrating
from guotu.core.cases.actions import notes as notes
from guotu.core.cases.actions import opening as opening
from guotu.core.cases.actions import processes as processes
from guotu.core.cases.actions import steps as steps
from guotu.core.cases.actions import task_changes as task_changes
from guotu.core.cases.actions import task_reports as task_reports
from guotu.core.cases.actions import tasks as tasks
