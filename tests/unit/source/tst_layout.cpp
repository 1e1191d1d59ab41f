// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of another build's maps are read by the names of their fields.
#include "bpf/traffic.h"
#include "helper/source/layout.h"

#include <QTest>

#include <cstring>

using namespace bwt;

namespace {

/// Our layout, with everything one word further on.
Layout shifted()
{
    constexpr std::uint32_t word = 8;
    Layout layout = Layout::own();
    for (Layout::Record* record :
        {&layout.flow.key, &layout.flow.value, &layout.process.key, &layout.process.value}) {
        record->bytes += word;
        for (Layout::Field& field : record->fields)
            field.offset += word;
    }
    return layout;
}

std::optional<Layout> kept(const Layout& layout)
{
    return Layout::fromFile(layout.toFile());
}

} // namespace

class LayoutTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatIsKeptIsWhatIsFound()
    {
        QCOMPARE(kept(Layout::own()), Layout::own());
        QCOMPARE(kept(shifted()), shifted());
    }

    void fieldsAreFoundWhereverTheyAre()
    {
        const Layout::Record from = shifted().flow.value;
        const Layout::Record& own = Layout::own().flow.value;
        std::vector<std::byte> row(from.bytes);
        const std::uint64_t calls = 7;
        std::memcpy(row.data() + from.find("calls")->offset, &calls, sizeof(calls));
        bwt_flow_value value{};
        copyFields(from, row.data(), own, reinterpret_cast<std::byte*>(&value));
        QCOMPARE(value.calls, 7U);
        QCOMPARE(value.bytes, 0U);
    }

    void aFieldThatIsNotThereStaysAsItWas()
    {
        Layout::Record from = Layout::own().flow.key;
        std::erase_if(from.fields, [](const Layout::Field& field) { return field.name == "ifindex"; });
        const std::vector<std::byte> row(from.bytes, std::byte{0xff});
        bwt_flow_key key{};
        copyFields(from, row.data(), Layout::own().flow.key, reinterpret_cast<std::byte*>(&key));
        QCOMPARE(key.ifindex, 0U);
        QCOMPARE(key.tgid, 0xffffffffU);
    }

    void whatCannotBeReadIsRefused_data()
    {
        QTest::addColumn<Layout>("layout");
        Layout layout = Layout::own();
        std::erase_if(layout.flow.value.fields, [](const Layout::Field& field) { return field.name == "bytes"; });
        QTest::newRow("without what is counted") << layout;
        layout = Layout::own();
        layout.flow.key.fields.front().bytes /= 2;
        QTest::newRow("with a field of another size") << layout;
        layout = Layout::own();
        layout.flow.key.fields.back().offset = layout.flow.key.bytes;
        QTest::newRow("with a field that lies outside") << layout;
        layout = Layout::own();
        layout.process.value.bytes = 4096;
        QTest::newRow("with rows that are too long") << layout;
        layout = Layout::own();
        layout.flow.value.bytes -= 1;
        QTest::newRow("with broken words") << layout;
        layout = Layout::own();
        layout.flowMaps.removeAll("flows");
        QTest::newRow("without flows") << layout;
        QTest::newRow("empty") << Layout();
    }

    void whatCannotBeReadIsRefused()
    {
        QFETCH(const Layout, layout);
        QVERIFY(!kept(layout));
    }

    void whatIsNoDescriptionIsRefused() { QVERIFY(!Layout::fromFile(Descriptor())); }
};

QTEST_GUILESS_MAIN(LayoutTest)
#include "tst_layout.moc"
