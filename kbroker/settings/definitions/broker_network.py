"""Settings of a broker for listeners and connections, as Kafka's SocketServerConfigs has them."""

from __future__ import annotations

from kbroker.settings.setting import (
    INT,
    LIST,
    LONG,
    STRING,
    Setting,
)
from kbroker.settings.status import HONOURED, MEANINGLESS, STORED
from kbroker.settings.updatable import ALL_BROKERS, EVERY_LEVEL, ONE_BROKER
from kbroker.settings.validators import at_least, list_of
from wire.integers import MAX_INT32

# fmt: off
SETTINGS = (
    Setting("listeners", LIST, "PLAINTEXT://:9092", HONOURED, "The addresses at which the broker listens, each with the name of its listener. What it was started with counts; a later change is checked, kept and shown only.", valid=list_of(may_be_empty=False), updatable=ONE_BROKER),
    Setting("advertised.listeners", LIST, None, HONOURED, "The addresses that clients are told to come to, by listener.", valid=list_of(may_be_empty=False)),
    Setting("listener.security.protocol.map", STRING, "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT", HONOURED, "Which protocol each listener speaks, by its name; kbroker speaks PLAINTEXT. What it was started with counts; a later change is checked, kept and shown only.", updatable=ONE_BROKER),
    Setting("socket.send.buffer.bytes", INT, 102400, STORED, "The size of the operating system's buffer for what clients are sent."),
    Setting("socket.receive.buffer.bytes", INT, 102400, STORED, "The size of the operating system's buffer for what clients send."),
    Setting("socket.request.max.bytes", INT, 104857600, HONOURED, "The largest request that is read.", valid=at_least(1)),
    Setting("socket.listen.backlog.size", INT, 50, HONOURED, "How many new connections the operating system keeps waiting.", valid=at_least(1)),
    Setting("max.connections.per.ip", INT, MAX_INT32, HONOURED, "How many connections one address may have open at once.", valid=at_least(0), updatable=ALL_BROKERS),
    Setting("max.connections.per.ip.overrides", STRING, "", HONOURED, "Other limits for single addresses or hosts, as host:limit.", updatable=ALL_BROKERS),
    Setting("max.connections", INT, MAX_INT32, HONOURED, "How many connections may be open at once.", valid=at_least(0), updatable=EVERY_LEVEL),
    Setting("max.connection.creation.rate", INT, MAX_INT32, STORED, "How many new connections are accepted in a second.", valid=at_least(0), updatable=EVERY_LEVEL),
    Setting("connections.max.idle.ms", LONG, 600000, HONOURED, "After what silence a connection is closed."),
    Setting("connection.failed.authentication.delay.ms", INT, 100, STORED, "How long a client whose login failed waits for the refusal.", valid=at_least(0)),
    Setting("queued.max.requests", INT, 500, MEANINGLESS, "How many requests may wait for a thread; kbroker serves what it has read.", valid=at_least(1)),
    Setting("queued.max.request.bytes", LONG, -1, MEANINGLESS, "How many bytes of requests may wait for a thread; kbroker serves what it has read."),
    Setting("num.network.threads", INT, 3, MEANINGLESS, "How many threads read from and write to sockets; kbroker has one loop.", valid=at_least(1), updatable=EVERY_LEVEL),
    Setting("controller.socket.timeout.ms", INT, 30000, MEANINGLESS, "How long a broker waits for the controller; kbroker is both."),
)
# fmt: on
