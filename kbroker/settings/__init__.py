"""Everything about settings.

definitions/            every setting, a line each: name, type, default, status, what it is for, and
                        which values and changes it allows
setting.py              what a setting is, and which value a text stands for
status.py               honoured, stored only or meaningless here
updatable.py            which changes a running broker takes
validators.py           which values single settings may have
consistency.py          what settings of a broker require of each other
broker_settings.py      what holds on a broker: defaults, what it was given, what was changed since
properties_file.py      server.properties files
environment.py          KAFKA_* variables
listeners.py            where a broker listens, and the address that its clients are told
topic_settings.py       what holds for a topic, and the LogConfig that storage makes of it
group_settings.py       what groups may be given
client_metrics_settings.py  subscriptions to clients' metrics
resources.py            what has settings, and what a change is
changes.py              changes that clients ask for, of any resource
broker_changes.py       what a running broker may be told
logger_changes.py       levels of loggers, which clients change as settings
descriptions.py         settings as DescribeConfigs shows them
"""
