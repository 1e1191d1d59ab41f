// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/migrations.h"

#include "helper/store/baseline.h"
#include "helper/store/flattiers.h"
#include "helper/store/schema.h"

#include <array>

namespace bwt::store {

namespace {

// History of the schema. A step is never edited once released; a change is a further step.
//
// 1  Dictionaries, two tiers, coverage, baseline, and the three views that the contract promises.
//
// A tier is a bucket length and what its flows still know: all tiers have the same columns, and a flow that no longer
// knows its process, remote, … has 0 there. So a roll-up replaces a flow by a coarser one, and every query works on
// every tier. Dictionaries only grow between clean-ups and are never edited, so that sums over the past stay what
// they were: a process that became another program (exec, setuid, a new name) goes on under a further program.
constexpr auto version1 = R"sql(
CREATE TABLE boot (
    id INTEGER PRIMARY KEY,
    boot_id TEXT NOT NULL UNIQUE, -- /proc/sys/kernel/random/boot_id
    time_ms INTEGER -- wall time of the boot, as first seen
);
CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE remote (id INTEGER PRIMARY KEY, ip TEXT NOT NULL UNIQUE);
CREATE TABLE app (id INTEGER PRIMARY KEY, app_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL);
CREATE TABLE program ( -- what ran, and for whom
    id INTEGER PRIMARY KEY,
    app INTEGER NOT NULL REFERENCES app,
    uid INTEGER NOT NULL, -- 4294967295: unknown
    name TEXT NOT NULL, -- '': unknown
    exe TEXT NOT NULL, -- '': unknown
    UNIQUE (app, uid, name, exe)
);
CREATE TABLE process (
    id INTEGER PRIMARY KEY,
    boot INTEGER NOT NULL REFERENCES boot,
    pid INTEGER NOT NULL,
    start_ns INTEGER NOT NULL, -- on the boot clock
    start_ms INTEGER NOT NULL, -- wall time
    UNIQUE (boot, pid, start_ns)
);
CREATE TABLE flow ( -- 0: this tier no longer knows, or nobody ever did
    id INTEGER PRIMARY KEY,
    program INTEGER NOT NULL REFERENCES program,
    process INTEGER NOT NULL,
    remote INTEGER NOT NULL,
    protocol INTEGER NOT NULL, -- word
    service INTEGER NOT NULL, -- word
    scope INTEGER NOT NULL, -- word
    UNIQUE (program, process, remote, protocol, service, scope)
);
CREATE TABLE tier (
    name TEXT PRIMARY KEY,
    seconds INTEGER NOT NULL, -- length of a bucket
    kept_from INTEGER NOT NULL -- start of the oldest bucket that was not dropped; a whole hour
) WITHOUT ROWID;
INSERT INTO tier VALUES ('minute', 60, 0), ('hour', 3600, 0);
CREATE TABLE minute (
    start INTEGER NOT NULL, -- seconds since the epoch
    flow INTEGER NOT NULL,
    tx_bytes INTEGER NOT NULL,
    rx_bytes INTEGER NOT NULL,
    tx_calls INTEGER NOT NULL,
    rx_calls INTEGER NOT NULL,
    PRIMARY KEY (start, flow)
) WITHOUT ROWID;
CREATE TABLE hour ( -- everything that minute has or had, without the process
    start INTEGER NOT NULL,
    flow INTEGER NOT NULL,
    tx_bytes INTEGER NOT NULL,
    rx_bytes INTEGER NOT NULL,
    tx_calls INTEGER NOT NULL,
    rx_calls INTEGER NOT NULL,
    PRIMARY KEY (start, flow)
) WITHOUT ROWID;
CREATE TABLE coverage ( -- when recording went on
    since_ms INTEGER PRIMARY KEY,
    until_ms INTEGER NOT NULL
);
CREATE TABLE counter_set ( -- the one set of counters that baseline belongs to
    boot_id TEXT NOT NULL,
    uuid TEXT NOT NULL,
    until_ms INTEGER NOT NULL -- everything it counted before is in the tiers
);
CREATE TABLE baseline ( -- up to which value each of its counters is in the tiers
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL, -- the source's FlowKey
    bytes INTEGER NOT NULL,
    calls INTEGER NOT NULL
);
CREATE VIEW bandwidth_records AS
    WITH kept AS (
        SELECT 0 AS tier, minute.* FROM minute
        UNION ALL
        SELECT 1, hour.* FROM hour WHERE start < (SELECT kept_from FROM tier WHERE name = 'minute')
    )
    SELECT (kept.start / 60 * 8 + kept.tier) * 17179869184 + kept.flow AS id, -- 26, 3 and 34 bits
        datetime(kept.start, 'unixepoch') AS timestamp,
        process.pid AS pid,
        nullif(program.name, '') AS process_name,
        kept.tx_bytes, kept.rx_bytes,
        protocol.text AS protocol,
        remote.ip AS remote_ip,
        CASE kept.tier WHEN 0 THEN 60 ELSE 3600 END AS interval_s,
        process.start_ms AS start_time_ms,
        nullif(program.uid, 4294967295) AS uid,
        nullif(program.exe, '') AS exe,
        nullif(app.app_id, '') AS app_id,
        service.text AS service,
        scope.text AS scope,
        kept.tx_calls, kept.rx_calls
    FROM kept
    JOIN flow ON flow.id = kept.flow
    JOIN program ON program.id = flow.program
    JOIN app ON app.id = program.app
    LEFT JOIN process ON process.id = flow.process
    LEFT JOIN remote ON remote.id = flow.remote
    LEFT JOIN word AS protocol ON protocol.id = flow.protocol
    LEFT JOIN word AS service ON service.id = flow.service
    LEFT JOIN word AS scope ON scope.id = flow.scope;
CREATE VIEW ip_bandwidth AS
    SELECT timestamp, remote_ip, sum(tx_bytes) AS tx_bytes, sum(rx_bytes) AS rx_bytes
    FROM bandwidth_records GROUP BY timestamp, remote_ip;
CREATE VIEW hourly_stats AS
    SELECT datetime(hour.start, 'unixepoch') AS hour,
        nullif(program.name, '') AS process_name,
        protocol.text AS protocol,
        sum(hour.tx_bytes) AS tx_bytes, sum(hour.rx_bytes) AS rx_bytes
    FROM hour
    JOIN flow ON flow.id = hour.flow
    JOIN program ON program.id = flow.program
    LEFT JOIN word AS protocol ON protocol.id = flow.protocol
    GROUP BY hour.start, program.name, flow.protocol;
)sql";

// 2  Generations: what a closed one has counted the source yields no more, so it is added from here, with what
//    describes it.
constexpr auto version2 = R"sql(
ALTER TABLE counter_set ADD COLUMN closed_generation INTEGER NOT NULL DEFAULT 0;
-- that the counter last grew in
ALTER TABLE baseline ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
-- what it counted in that one
ALTER TABLE baseline ADD COLUMN open_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE baseline ADD COLUMN open_calls INTEGER NOT NULL DEFAULT 0;
-- 0: unknown
ALTER TABLE baseline ADD COLUMN program INTEGER NOT NULL DEFAULT 0;
-- the collector's number
ALTER TABLE baseline ADD COLUMN scope INTEGER NOT NULL DEFAULT 0;
)sql";

// 3  Measures: a counter's key tells what it measures, and on which interface. Packets and wire bytes beside what
//    programs moved; NULL where they were not counted.
constexpr auto version3 = R"sql(
UPDATE baseline SET key = CAST(key || zeroblob(8) AS BLOB);
ALTER TABLE minute ADD COLUMN tx_packets INTEGER;
ALTER TABLE minute ADD COLUMN rx_packets INTEGER;
ALTER TABLE minute ADD COLUMN tx_wire_bytes INTEGER;
ALTER TABLE minute ADD COLUMN rx_wire_bytes INTEGER;
ALTER TABLE hour ADD COLUMN tx_packets INTEGER;
ALTER TABLE hour ADD COLUMN rx_packets INTEGER;
ALTER TABLE hour ADD COLUMN tx_wire_bytes INTEGER;
ALTER TABLE hour ADD COLUMN rx_wire_bytes INTEGER;
DROP VIEW hourly_stats;
DROP VIEW ip_bandwidth;
DROP VIEW bandwidth_records;
CREATE VIEW bandwidth_records AS
    WITH kept AS (
        SELECT 0 AS tier, minute.* FROM minute
        UNION ALL
        SELECT 1, hour.* FROM hour WHERE start < (SELECT kept_from FROM tier WHERE name = 'minute')
    )
    SELECT (kept.start / 60 * 8 + kept.tier) * 17179869184 + kept.flow AS id, -- 26, 3 and 34 bits
        datetime(kept.start, 'unixepoch') AS timestamp,
        process.pid AS pid,
        nullif(program.name, '') AS process_name,
        kept.tx_bytes, kept.rx_bytes,
        protocol.text AS protocol,
        remote.ip AS remote_ip,
        CASE kept.tier WHEN 0 THEN 60 ELSE 3600 END AS interval_s,
        process.start_ms AS start_time_ms,
        nullif(program.uid, 4294967295) AS uid,
        nullif(program.exe, '') AS exe,
        nullif(app.app_id, '') AS app_id,
        service.text AS service,
        scope.text AS scope,
        kept.tx_calls, kept.rx_calls,
        kept.tx_packets, kept.rx_packets, kept.tx_wire_bytes, kept.rx_wire_bytes
    FROM kept
    JOIN flow ON flow.id = kept.flow
    JOIN program ON program.id = flow.program
    JOIN app ON app.id = program.app
    LEFT JOIN process ON process.id = flow.process
    LEFT JOIN remote ON remote.id = flow.remote
    LEFT JOIN word AS protocol ON protocol.id = flow.protocol
    LEFT JOIN word AS service ON service.id = flow.service
    LEFT JOIN word AS scope ON scope.id = flow.scope;
CREATE VIEW ip_bandwidth AS
    SELECT timestamp, remote_ip, sum(tx_bytes) AS tx_bytes, sum(rx_bytes) AS rx_bytes,
        sum(tx_packets) AS tx_packets, sum(rx_packets) AS rx_packets,
        sum(tx_wire_bytes) AS tx_wire_bytes, sum(rx_wire_bytes) AS rx_wire_bytes
    FROM bandwidth_records GROUP BY timestamp, remote_ip;
CREATE VIEW hourly_stats AS
    SELECT datetime(hour.start, 'unixepoch') AS hour,
        nullif(program.name, '') AS process_name,
        protocol.text AS protocol,
        sum(hour.tx_bytes) AS tx_bytes, sum(hour.rx_bytes) AS rx_bytes,
        sum(hour.tx_packets) AS tx_packets, sum(hour.rx_packets) AS rx_packets,
        sum(hour.tx_wire_bytes) AS tx_wire_bytes, sum(hour.rx_wire_bytes) AS rx_wire_bytes
    FROM hour
    JOIN flow ON flow.id = hour.flow
    JOIN program ON program.id = flow.program
    LEFT JOIN word AS protocol ON protocol.id = flow.protocol
    GROUP BY hour.start, program.name, flow.protocol;
)sql";

// 4  Books: what each interface counted, and what of that is known to be whose.
constexpr auto version4 = R"sql(
CREATE TABLE book_minute (
    start INTEGER NOT NULL, -- seconds since the epoch
    interface INTEGER NOT NULL, -- word
    direction INTEGER NOT NULL, -- 0: sent, 1: received
    bytes INTEGER NOT NULL, -- the interface's own counter
    packets INTEGER NOT NULL,
    programs INTEGER NOT NULL, -- of bytes; these four, too
    kernel INTEGER NOT NULL,
    forwarded INTEGER NOT NULL,
    headers INTEGER NOT NULL,
    bundled INTEGER NOT NULL, -- not of bytes: headers of packets that were handed over as one
    rest INTEGER NOT NULL, -- bytes + bundled - the four; signed
    PRIMARY KEY (start, interface, direction)
) WITHOUT ROWID;
CREATE TABLE book_hour ( -- everything that book_minute has or had
    start INTEGER NOT NULL,
    interface INTEGER NOT NULL,
    direction INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    packets INTEGER NOT NULL,
    programs INTEGER NOT NULL,
    kernel INTEGER NOT NULL,
    forwarded INTEGER NOT NULL,
    headers INTEGER NOT NULL,
    bundled INTEGER NOT NULL,
    rest INTEGER NOT NULL,
    PRIMARY KEY (start, interface, direction)
) WITHOUT ROWID;
CREATE TABLE book_baseline ( -- up to where the books of the set in counter_set are in the tiers
    ifindex INTEGER NOT NULL,
    direction INTEGER NOT NULL,
    interface TEXT NOT NULL,
    leads_out INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    packets INTEGER NOT NULL,
    programs INTEGER NOT NULL,
    kernel INTEGER NOT NULL,
    forwarded INTEGER NOT NULL,
    headers INTEGER NOT NULL,
    bundled INTEGER NOT NULL,
    seen_bytes INTEGER NOT NULL, -- what the next growth is taken from
    seen_packets INTEGER NOT NULL,
    seen_programs INTEGER NOT NULL,
    seen_kernel INTEGER NOT NULL,
    seen_forwarded INTEGER NOT NULL,
    seen_known_packets INTEGER NOT NULL,
    seen_bundled INTEGER NOT NULL,
    seen_bundled_packets INTEGER NOT NULL,
    PRIMARY KEY (ifindex, direction)
) WITHOUT ROWID;
CREATE VIEW interface_books AS
    WITH kept AS (
        SELECT 60 AS interval_s, book_minute.* FROM book_minute
        UNION ALL
        SELECT 3600, book_hour.* FROM book_hour
            WHERE start < (SELECT kept_from FROM tier WHERE name = 'minute')
    )
    SELECT datetime(kept.start, 'unixepoch') AS timestamp,
        interface.text AS interface,
        CASE kept.direction WHEN 0 THEN 'tx' ELSE 'rx' END AS direction,
        kept.bytes, kept.packets, kept.programs, kept.kernel, kept.forwarded, kept.headers,
        kept.bundled, kept.rest,
        kept.interval_s
    FROM kept JOIN word AS interface ON interface.id = kept.interface;
)sql";

// 5  Packed buckets (packed.h): minutes of programs stay longer than those of flows, days and months for ever. Flows
// are
//    named by the ids in their key and by the channel, which knows the network too. Counters go in pages. Events.
constexpr auto version5 = R"sql(
DROP VIEW interface_books;
DROP VIEW hourly_stats;
DROP VIEW ip_bandwidth;
DROP VIEW bandwidth_records;
ALTER TABLE minute RENAME TO flat_minute;
ALTER TABLE hour RENAME TO flat_hour;
ALTER TABLE flow RENAME TO flat_flow;
ALTER TABLE tier RENAME TO flat_tier;
ALTER TABLE baseline RENAME TO flat_baseline;
CREATE TABLE baseline ( -- up to which value each counter of the set is in the tiers
    page INTEGER PRIMARY KEY,
    counters BLOB NOT NULL -- 42 of them (baseline.cpp)
);
CREATE TABLE channel ( -- what a flow is but for who and to whom; words
    id INTEGER PRIMARY KEY,
    protocol INTEGER NOT NULL,
    service INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    network INTEGER NOT NULL, -- 0: unknown
    UNIQUE (protocol, service, scope, network)
);
CREATE TABLE tier (
    name TEXT PRIMARY KEY,
    kept_from INTEGER NOT NULL, -- older buckets were dropped
    detail_from INTEGER NOT NULL, -- older ones know no remote any more
    complete_until INTEGER NOT NULL -- made of the finer tier up to here
) WITHOUT ROWID;
INSERT INTO tier VALUES ('minute', 0, 0, 0), ('hour', 0, 0, 0), ('day', 0, 0, 0), ('month', 0, 0, 0);
CREATE TABLE minute (
    start INTEGER PRIMARY KEY, -- seconds since the epoch
    until INTEGER NOT NULL,
    programs BLOB, -- packed rows without process and remote, where flows are not kept
    flows BLOB -- packed rows
);
CREATE TABLE hour (start INTEGER PRIMARY KEY, until INTEGER NOT NULL, programs BLOB, flows BLOB);
CREATE TABLE day ( -- of local time
    start INTEGER PRIMARY KEY,
    until INTEGER NOT NULL,
    programs BLOB NOT NULL, -- the sums of flows
    flows BLOB
);
CREATE TABLE month (
    start INTEGER PRIMARY KEY,
    until INTEGER NOT NULL,
    programs BLOB NOT NULL,
    remotes BLOB, -- the bytes of flows by user, scope and remote: packed rows of groups [uid, 0, scope]
    flows BLOB
);
CREATE INDEX minute_until ON minute (until);
CREATE INDEX hour_until ON hour (until);
CREATE INDEX day_until ON day (until);
CREATE INDEX month_until ON month (until);
-- CLOCK_BOOTTIME at until_ms
ALTER TABLE counter_set ADD COLUMN boot_ns INTEGER;
CREATE INDEX coverage_until ON coverage (until_ms);
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL, -- boot, restart, sleep, clock, network, alert
    time_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    detail TEXT NOT NULL,
    UNIQUE (time_ms, kind, detail)
);
)sql";

constexpr auto version5End = R"sql(
DROP TABLE flat_minute;
DROP TABLE flat_hour;
DROP TABLE flat_flow;
DROP TABLE flat_tier;
DROP TABLE flat_baseline;
CREATE VIEW interface_books AS
    WITH kept AS (
        SELECT 60 AS interval_s, book_minute.* FROM book_minute
        UNION ALL
        SELECT 3600, book_hour.* FROM book_hour
            WHERE start < (SELECT kept_from FROM tier WHERE name = 'minute')
    )
    SELECT datetime(kept.start, 'unixepoch') AS timestamp,
        interface.text AS interface,
        CASE kept.direction WHEN 0 THEN 'tx' ELSE 'rx' END AS direction,
        kept.bytes, kept.packets, kept.programs, kept.kernel, kept.forwarded, kept.headers,
        kept.bundled, kept.rest,
        kept.interval_s
    FROM kept JOIN word AS interface ON interface.id = kept.interface;
CREATE VIEW traffic AS -- every byte once, from the finest tier that still has it with its remote
    WITH sheet AS (
        SELECT 0 AS tier, 60 AS length, start, until, flows AS rows FROM minute
            WHERE start >= (SELECT detail_from FROM tier WHERE name = 'minute')
        UNION ALL
        SELECT 1, 3600, start, until, flows FROM hour
            WHERE start < (SELECT detail_from FROM tier WHERE name = 'minute')
        UNION ALL
        SELECT 2, 9223372036854775807, start, until, coalesce(flows, programs) FROM day
            WHERE start < (SELECT kept_from FROM tier WHERE name = 'hour')
    ),
    sliced AS (
        SELECT sheet.*, bundle.key * 1048576 + flow.key AS place, head.value AS head, origin.value AS origin,
            CASE slice.key WHEN 0 THEN 0 ELSE json_extract(slice.value, '$[0]') END AS slice,
            CASE slice.key WHEN 0 THEN json_remove(slice.value, '$[0]') ELSE slice.value END AS numbers
        FROM sheet
        JOIN json_each('[[[[' || replace(replace(replace(replace(replace(replace(replace(rtrim(hex(sheet.rows), 'A'),
            'A', ','), 'B', '],['), 'CC', ']]],[[['), 'C', ']],[['), 'D', ',1'), 'E', ',0'), 'F', '-') || ']]]]')
            AS bundle
        -- A list's text is long: it is asked once for its head, not for each of its rows.
        CROSS JOIN json_each(bundle.value) AS head ON head.key = 0
        CROSS JOIN json_each(bundle.value) AS flow ON flow.key > 0
        CROSS JOIN json_each(flow.value) AS origin ON origin.key = 0
        CROSS JOIN json_each(flow.value) AS slice ON slice.key > 0 OR json_array_length(flow.value) = 1
    ),
    counted AS (
        SELECT tier, place,
            max(start, start - start % length + slice * length) AS start,
            min(until, start - start % length + (slice + 1) * length) AS until,
            json_extract(head, '$[0][0]') AS program,
            json_extract(head, '$[0][1]') AS process,
            json_extract(head, '$[0][2]') AS channel,
            json_extract(origin, '$[0]') AS remote,
            json_extract(origin, '$[1]') AS header,
            ifnull(json_extract(numbers, '$[1]'), 0) AS tx_bytes,
            ifnull(json_extract(numbers, '$[2]'), 0) AS rx_bytes,
            ifnull(json_extract(numbers, '$[3]'), 0) AS tx_calls,
            ifnull(json_extract(numbers, '$[4]'), 0) AS rx_calls,
            ifnull(json_extract(numbers, '$[5]'), 0) AS tx_more,
            ifnull(json_extract(numbers, '$[6]'), 0) AS rx_more,
            ifnull(json_extract(numbers, '$[7]'), 0) AS tx_rest,
            ifnull(json_extract(numbers, '$[8]'), 0) AS rx_rest
        FROM sliced
    ),
    sent AS (
        SELECT *, CASE header WHEN 1 THEN 52 WHEN 2 THEN 72 WHEN 3 THEN 28 WHEN 4 THEN 48 END AS size,
            CASE WHEN header IN (1, 2) THEN tx_bytes / 1448 WHEN header > 2 THEN tx_calls END + tx_more AS tx_packets,
            CASE WHEN header IN (1, 2) THEN rx_bytes / 1448 WHEN header > 2 THEN rx_calls END + rx_more AS rx_packets
        FROM counted
    )
    SELECT (start / 60 * 4 + tier) * 17179869184 + place AS id, -- 29, 14, 20 bits
        tier, start, until, program, process, channel, remote, tx_bytes, rx_bytes, tx_calls, rx_calls,
        tx_packets, rx_packets,
        tx_bytes + tx_packets * size + tx_rest AS tx_wire_bytes,
        rx_bytes + rx_packets * size + rx_rest AS rx_wire_bytes
    FROM sent
    WHERE tier <> 1 OR start < (SELECT detail_from FROM tier AS finer WHERE finer.name = 'minute');
CREATE VIEW bandwidth_records AS
    SELECT traffic.id,
        datetime(traffic.start, 'unixepoch') AS timestamp,
        process.pid AS pid,
        nullif(program.name, '') AS process_name,
        traffic.tx_bytes, traffic.rx_bytes,
        protocol.text AS protocol,
        remote.ip AS remote_ip,
        traffic.until - traffic.start AS interval_s,
        process.start_ms AS start_time_ms,
        nullif(program.uid, 4294967295) AS uid,
        nullif(program.exe, '') AS exe,
        nullif(app.app_id, '') AS app_id,
        service.text AS service,
        scope.text AS scope,
        traffic.tx_calls, traffic.rx_calls,
        traffic.tx_packets, traffic.rx_packets, traffic.tx_wire_bytes, traffic.rx_wire_bytes,
        network.text AS network
    FROM traffic
    LEFT JOIN program ON program.id = traffic.program
    LEFT JOIN app ON app.id = program.app
    LEFT JOIN process ON process.id = traffic.process
    LEFT JOIN remote ON remote.id = traffic.remote
    LEFT JOIN channel ON channel.id = traffic.channel
    LEFT JOIN word AS protocol ON protocol.id = channel.protocol
    LEFT JOIN word AS service ON service.id = channel.service
    LEFT JOIN word AS scope ON scope.id = channel.scope
    LEFT JOIN word AS network ON network.id = channel.network;
CREATE VIEW ip_bandwidth AS
    SELECT timestamp, remote_ip, sum(tx_bytes) AS tx_bytes, sum(rx_bytes) AS rx_bytes,
        sum(tx_packets) AS tx_packets, sum(rx_packets) AS rx_packets,
        sum(tx_wire_bytes) AS tx_wire_bytes, sum(rx_wire_bytes) AS rx_wire_bytes
    FROM bandwidth_records GROUP BY timestamp, remote_ip;
CREATE VIEW hourly_stats AS
    SELECT datetime(start - start % 3600, 'unixepoch') AS hour,
        nullif(program.name, '') AS process_name,
        protocol.text AS protocol,
        sum(tx_bytes) AS tx_bytes, sum(rx_bytes) AS rx_bytes,
        sum(tx_packets) AS tx_packets, sum(rx_packets) AS rx_packets,
        sum(tx_wire_bytes) AS tx_wire_bytes, sum(rx_wire_bytes) AS rx_wire_bytes
    FROM traffic
    LEFT JOIN program ON program.id = traffic.program
    LEFT JOIN channel ON channel.id = traffic.channel
    LEFT JOIN word AS protocol ON protocol.id = channel.protocol
    WHERE tier < 2
    GROUP BY hour, program.name, channel.protocol;
)sql";

// 6  What the user decided of apps, and each app as it is told by that. Names: what programs called their remotes.
// Room
//    for more rows in the ids of `traffic`.
constexpr auto version6 = R"sql(
CREATE TABLE app_choice ( -- rows of traffic name the app that it was
    app_id TEXT PRIMARY KEY,
    name TEXT, -- NULL: its own
    counts_for TEXT -- an app_id; NULL: itself
) WITHOUT ROWID;
CREATE VIEW told_app AS
    WITH RECURSIVE part (id, app_id) AS ( -- what each counts for, step by step
        SELECT id, app_id FROM app
        UNION
        SELECT part.id, choice.counts_for
        FROM part JOIN app_choice AS choice ON choice.app_id = part.app_id
        WHERE choice.counts_for IS NOT NULL
    )
    SELECT part.id, part.app_id, coalesce(choice.name, app.name) AS name
    FROM part
    LEFT JOIN app_choice AS choice ON choice.app_id = part.app_id
    LEFT JOIN app ON app.app_id = part.app_id
    WHERE choice.counts_for IS NULL;
CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE naming ( -- of a remote by programs: each is in one row of a remote, with what it was told last
    remote INTEGER NOT NULL,
    name INTEGER NOT NULL,
    told_ms INTEGER NOT NULL, -- wall time at which a name server said so to any of them, last
    programs TEXT NOT NULL, -- their ids, with commas between
    PRIMARY KEY (remote, name)
) WITHOUT ROWID;
DROP VIEW ip_bandwidth;
DROP VIEW bandwidth_records;
CREATE VIEW bandwidth_records AS
    SELECT traffic.id,
        datetime(traffic.start, 'unixepoch') AS timestamp,
        process.pid AS pid,
        nullif(program.name, '') AS process_name,
        traffic.tx_bytes, traffic.rx_bytes,
        protocol.text AS protocol,
        remote.ip AS remote_ip,
        traffic.until - traffic.start AS interval_s,
        process.start_ms AS start_time_ms,
        nullif(program.uid, 4294967295) AS uid,
        nullif(program.exe, '') AS exe,
        nullif(app.app_id, '') AS app_id,
        service.text AS service,
        scope.text AS scope,
        traffic.tx_calls, traffic.rx_calls,
        traffic.tx_packets, traffic.rx_packets, traffic.tx_wire_bytes, traffic.rx_wire_bytes,
        network.text AS network,
        nullif(app.name, '') AS app_name,
        (SELECT name.text
            FROM naming JOIN name ON name.id = naming.name
            WHERE naming.remote = traffic.remote
                AND instr(',' || naming.programs || ',', ',' || traffic.program || ',') > 0) AS remote_name
    FROM traffic
    LEFT JOIN program ON program.id = traffic.program
    LEFT JOIN told_app AS app ON app.id = program.app
    LEFT JOIN process ON process.id = traffic.process
    LEFT JOIN remote ON remote.id = traffic.remote
    LEFT JOIN channel ON channel.id = traffic.channel
    LEFT JOIN word AS protocol ON protocol.id = channel.protocol
    LEFT JOIN word AS service ON service.id = channel.service
    LEFT JOIN word AS scope ON scope.id = channel.scope
    LEFT JOIN word AS network ON network.id = channel.network;
CREATE VIEW ip_bandwidth AS
    SELECT timestamp, remote_ip, sum(tx_bytes) AS tx_bytes, sum(rx_bytes) AS rx_bytes,
        sum(tx_packets) AS tx_packets, sum(rx_packets) AS rx_packets,
        sum(tx_wire_bytes) AS tx_wire_bytes, sum(rx_wire_bytes) AS rx_wire_bytes,
        (SELECT name.text
            FROM remote JOIN naming ON naming.remote = remote.id JOIN name ON name.id = naming.name
            WHERE remote.ip = remote_ip ORDER BY told_ms DESC LIMIT 1) AS remote_name
    FROM bandwidth_records GROUP BY timestamp, remote_ip;
)sql";

void pack(const Database& database)
{
    packFlatTiers(database);
    Baseline::packFlat(database);
}

/// The ids of `traffic` had room for 16,384 groups in a sheet, which as many short processes fill. Two numbers of any
/// size share 37 bits when they are counted diagonally (Cantor); tiers need none, since none begins a row when
/// another does.
void widenIds(const Database& database)
{
    Statement view = database.run(QStringLiteral("SELECT sql FROM sqlite_schema WHERE name = 'traffic'"));
    QString sql = view.next() ? view.text(0) : QString();
    view.finish();
    sql.replace(QStringLiteral("bundle.key * 1048576 + flow.key AS place"),
        QStringLiteral("(bundle.key + flow.key) * (bundle.key + flow.key + 1) / 2 + bundle.key AS place"));
    sql.replace(QStringLiteral("(start / 60 * 4 + tier) * 17179869184 + place AS id, -- 29, 14, 20 bits"),
        QStringLiteral("start / 60 * 137438953472 + place AS id, -- 26 and 37 bits"));
    database.run(QStringLiteral("DROP VIEW traffic"));
    database.run(sql);
}

constexpr std::array versions{Migration{version1}, Migration{version2}, Migration{version3}, Migration{version4},
    Migration{version5, &pack, version5End}, Migration{version6, &widenIds}};
static_assert(versions.size() == schemaVersion);

} // namespace

std::span<const Migration> migrations()
{
    return versions;
}

} // namespace bwt::store
