// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/maprows.h"

#include <QTest>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <sys/sysmacros.h>

using namespace bwt;

namespace {

bwt_flow_key kernelKey()
{
    bwt_flow_key key{};
    key.start_ns = 0x0102030405060708;
    key.tgid = 4321;
    key.netns = 4026531840;
    for (std::uint8_t i = 0; i < 16; ++i)
        key.remote[i] = i;
    key.protocol = BWT_PROTOCOL_PACKET;
    key.service = 443;
    key.direction = BWT_RX;
    return key;
}

template <std::size_t size> void setName(char (&field)[size], const QByteArray& bytes)
{
    std::ranges::copy(bytes, field);
}

FlowCounter only(const bwt_flow& row)
{
    const Rows rows{.flows = {row}};
    return flowCounters({&rows}).at(0);
}

} // namespace

class MapRowsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void flowKeepsItsKeyByteForByte()
    {
        const bwt_flow_key key = kernelKey();
        const FlowCounter flow = only({key, {}});
        static_assert(sizeof(key) == sizeof(flow.key));
        QCOMPARE(std::memcmp(&key, &flow.key, sizeof(key)), 0);
        QCOMPARE(flow.key.direction, Direction::Rx);
        QCOMPARE(flow.key.protocol, protocol::packetSocket);
        QCOMPARE(flow.key.process(), (ProcessId{4321, 0x0102030405060708}));
    }

    void flowKeepsItsNumbers()
    {
        bwt_flow_value value{};
        value.bytes = 1ULL << 63;
        value.calls = 7;
        value.last_ns = 99;
        const FlowCounter flow = only({kernelKey(), value});
        QCOMPARE(flow.bytes, 1ULL << 63);
        QCOMPARE(flow.calls, 7U);
        QCOMPARE(flow.lastNs, 99U);
    }

    void countersOfOneKeyAreAddedUp()
    {
        const auto row = [](std::uint32_t pid, std::uint64_t number) {
            bwt_flow made{};
            made.key.tgid = pid;
            made.value.bytes = made.value.calls = made.value.last_ns = number;
            return made;
        };
        const Rows current{.flows = {row(2, 5), row(1, 7)}};
        const Rows frozen{.flows = {row(2, 90)}, .coarse = {row(3, 9)}, .coarseWires = {row(2, 10)}};
        const std::vector<FlowCounter> sums = flowCounters({&current, &frozen});
        QCOMPARE(sums.size(), 3U);
        QCOMPARE(sums[0].bytes, 7U);
        QCOMPARE(sums[1].bytes, 105U);
        QCOMPARE(sums[1].calls, 105U);
        QCOMPARE(sums[1].lastNs, 90U);
        QCOMPARE(sums[2].key.pid, 3U);
        QVERIFY(flowCounters({}).empty());
    }

    void nameEndsAtItsFirstZero()
    {
        bwt_process_value value{};
        setName(value.name, QByteArray("sh\0led-worker", 13)); // a shorter name over a longer one
        QCOMPARE(processInfo(bwt_process{{}, value}).name, QByteArray("sh"));
        setName(value.name, QByteArray("sixteen-letters!"));
        QCOMPARE(processInfo(bwt_process{{}, value}).name, QByteArray("sixteen-letters!"));
    }

    void processKeepsWhatTheKernelSays()
    {
        const bwt_process_key key{.start_ns = 5, .tgid = 6, .reserved = 0};
        bwt_process_value value{};
        value.exit_ns = 8;
        value.uid = 1000;
        value.cgroup = 77;
        value.parent = {.start_ns = 3, .tgid = 4, .reserved = 0};
        value.executable.inode = 99;
        value.executable.device = (8U << 20U) | 257;
        const ProcessInfo process = processInfo(bwt_process{key, value});
        QCOMPARE(process.id, (ProcessId{6, 5}));
        QCOMPARE(process.uid, 1000U);
        QCOMPARE(process.exitNs, 8U);
        QCOMPARE(process.cgroup, 77U);
        QCOMPARE(process.parent, (ProcessId{4, 3}));
        QCOMPARE(process.exe.inode, 99U);
        QCOMPARE(process.exe.device, makedev(8, 257));
        QVERIFY(process.exe.path.isEmpty());
    }

    void pathMayFillItsField()
    {
        bwt_process_value value{};
        const QByteArray path = QByteArray(BWT_PATH_LEN, 'x').replace(0, 1, "/");
        std::ranges::copy(path, std::begin(value.executable.path));
        value.executable.flags = BWT_EXE_TAIL | BWT_EXE_DELETED;
        const Executable executable = processInfo(bwt_process{{}, value}).exe;
        QCOMPARE(executable.path, path);
        QVERIFY(executable.isTail);
        QVERIFY(executable.isDeleted);
    }

    void processWithoutDescriptionBelongsToNobody()
    {
        bwt_flow_value value{};
        setName(value.name, "curl");
        const ProcessInfo process = processInfo(bwt_flow{kernelKey(), value});
        QCOMPARE(process.name, QByteArray("curl"));
        QCOMPARE(process.uid, unknownUid);
    }

    void kernelHasANameOfItsOwn()
    {
        bwt_flow_key key = kernelKey();
        key.tgid = 0;
        key.start_ns = 0;
        bwt_flow_value value{};
        setName(value.name, "kworker/0:1");
        const ProcessInfo process = processInfo(bwt_flow{key, value});
        QCOMPARE(process.id, ProcessId());
        QCOMPARE(process.name, QByteArray("[kernel]"));
        QCOMPARE(process.uid, 0U);
    }
};

QTEST_GUILESS_MAIN(MapRowsTest)
#include "tst_maprows.moc"
