"""What the settings of a broker for a remote store of old segments are for; there is none here."""

from __future__ import annotations

from kbroker.config_docs.status import MEANINGLESS, Doc

# fmt: off
DOCS = {
    "follower.fetch.last.tiered.offset.enable": Doc(MEANINGLESS, "Whether a new follower begins behind what lies in the remote store."),
    "remote.fetch.max.wait.ms": Doc(MEANINGLESS, "How long a fetch waits for records from the remote store."),
    "remote.list.offsets.request.timeout.ms": Doc(MEANINGLESS, "How long a look-up of offsets in the remote store may take."),
    "remote.log.index.file.cache.total.size.bytes": Doc(MEANINGLESS, "How much disk the copies of remote indexes may take."),
    "remote.log.manager.copier.thread.pool.size": Doc(MEANINGLESS, "How many threads copy segments to the remote store."),
    "remote.log.manager.copy.max.bytes.per.second": Doc(MEANINGLESS, "How fast segments are copied to the remote store."),
    "remote.log.manager.copy.quota.window.num": Doc(MEANINGLESS, "Over how many windows the speed of copying to the remote store is measured."),
    "remote.log.manager.copy.quota.window.size.seconds": Doc(MEANINGLESS, "How long one window of that measurement is."),
    "remote.log.manager.expiration.thread.pool.size": Doc(MEANINGLESS, "How many threads remove old segments from the remote store."),
    "remote.log.manager.fetch.max.bytes.per.second": Doc(MEANINGLESS, "How fast records are read from the remote store."),
    "remote.log.manager.fetch.quota.window.num": Doc(MEANINGLESS, "Over how many windows the speed of reading from the remote store is measured."),
    "remote.log.manager.fetch.quota.window.size.seconds": Doc(MEANINGLESS, "How long one window of the measurement of remote reads is."),
    "remote.log.manager.follower.thread.pool.size": Doc(MEANINGLESS, "How many threads of followers look into the remote store."),
    "remote.log.manager.task.interval.ms": Doc(MEANINGLESS, "How often the work on the remote store is taken up."),
    "remote.log.manager.thread.pool.size": Doc(MEANINGLESS, "How many threads share the work on the remote store."),
    "remote.log.metadata.custom.metadata.max.bytes": Doc(MEANINGLESS, "How large a plug-in's notes on a remote segment may be."),
    "remote.log.metadata.manager.class.name": Doc(MEANINGLESS, "The Java class that keeps book of remote segments."),
    "remote.log.metadata.manager.class.path": Doc(MEANINGLESS, "Where that class is loaded from."),
    "remote.log.metadata.manager.impl.prefix": Doc(MEANINGLESS, "The prefix of the settings that are passed to the book-keeper of remote segments."),
    "remote.log.metadata.manager.listener.name": Doc(MEANINGLESS, "The listener through which the book-keeper of remote segments talks to the broker."),
    "remote.log.reader.max.pending.tasks": Doc(MEANINGLESS, "How many reads from the remote store may wait."),
    "remote.log.reader.threads": Doc(MEANINGLESS, "How many threads read from the remote store."),
    "remote.log.storage.manager.class.name": Doc(MEANINGLESS, "The Java class that stores remote segments."),
    "remote.log.storage.manager.class.path": Doc(MEANINGLESS, "Where the class that stores remote segments is loaded from."),
    "remote.log.storage.manager.impl.prefix": Doc(MEANINGLESS, "The prefix of the settings that are passed to the class that stores remote segments."),
    "remote.log.storage.system.enable": Doc(MEANINGLESS, "Whether there is a remote store for old segments; kbroker has none."),
}
# fmt: on
