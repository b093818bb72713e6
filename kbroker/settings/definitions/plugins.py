"""Settings that a broker does not read itself, but the plug-ins that Kafka ships do.

A broker takes any name, for plug-ins may have settings of their own; these are the known ones. They
have no type, and are shown to nobody.
"""

from __future__ import annotations

from kbroker.settings.setting import UNTYPED, Setting
from kbroker.settings.status import MEANINGLESS, STORED

# fmt: off
PLUGIN_SETTINGS = {setting.name: setting for setting in (
    Setting("allow.everyone.if.no.acl.found", UNTYPED, "false", STORED, "StandardAuthorizer: whether a resource without ACLs is open to everyone."),
    Setting("metrics.jmx.exclude", UNTYPED, "", MEANINGLESS, "JmxReporter: a regular expression of metrics that are not shown over JMX, which kbroker does not have."),
    Setting("metrics.jmx.include", UNTYPED, ".*", MEANINGLESS, "JmxReporter: a regular expression of the metrics that are shown over JMX, which kbroker does not have."),
    Setting("super.users", UNTYPED, "", STORED, "StandardAuthorizer: principals that may do everything, with semicolons between them."),
)}
# fmt: on

# What begins with these belongs to a listener, a config provider or a plug-in for remote storage.
PLUGIN_PREFIXES = ("listener.name.", "config.providers.", "rsm.config.", "rlmm.config.")
