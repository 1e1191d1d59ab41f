// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/settingskeeper.h"
#include "helper/service/settingtable.h"

#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <optional>

using namespace bwt;

namespace {

constexpr auto section = settingsSection;

QByteArray read(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("can't be read");
}

bool write(const QString& path, const QByteArray& text)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
}

QString changed(const char* text, const char* key, const std::optional<QString>& value)
{
    return withSetting(QString::fromUtf8(text), section, QString::fromLatin1(key), value);
}

SettingEntry entryOf(const SettingsKeeper& keeper, const char* name)
{
    for (const SettingEntry& entry : keeper.entries()) {
        if (entry.name == QLatin1StringView(name))
            return entry;
    }
    return {};
}

bool isInvalid(const Result<void>& outcome, const char* word)
{
    if (outcome || outcome.error().code != ErrorCode::InvalidArgument)
        return false;
    if (outcome.error().detail.contains(QLatin1StringView(word)))
        return true;
    qWarning().noquote() << outcome.error().detail;
    return false;
}

} // namespace

class SettingsTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_directory;

    [[nodiscard]] QString file() const { return m_directory->filePath(QStringLiteral("helper.conf")); }
    /// As main() makes it; null where it would refuse to start.
    [[nodiscard]] std::unique_ptr<SettingsKeeper> keeper(const QStringList& options = {}) const
    {
        const QStringList arguments
            = QStringList{QStringLiteral("helper"), QStringLiteral("--config"), file()} + options;
        const auto command = readCommandLine(arguments);
        return command ? std::make_unique<SettingsKeeper>(arguments, *command) : nullptr;
    }

private Q_SLOTS:
    void init()
    {
        m_directory = std::make_unique<QTemporaryDir>();
        QVERIFY(write(file(), "# kept\n[helper]\n#interval=1000\nkeep-hours=800\n\n[other]\ninterval=1\n"));
    }

    void aChangeLeavesEverythingElseAsItIs()
    {
        QCOMPARE(changed("[helper]\na=1\n# b\n[x]\na=3\n", "a", QStringLiteral("2")),
            QStringLiteral("[helper]\na=2\n# b\n[x]\na=3\n"));
        QCOMPARE(changed("[x]\n#a=3\n[helper]\n; a = 1\n#z=\n", "a", QStringLiteral("2")),
            QStringLiteral("[x]\n#a=3\n[helper]\na=2\n#z=\n"));
        QCOMPARE(changed("[helper]\nz=1\n\n[x]\n", "a", QStringLiteral("2")),
            QStringLiteral("[helper]\nz=1\na=2\n\n[x]\n"));
        QCOMPARE(changed("[helper]", "a", QStringLiteral("2")), QStringLiteral("[helper]\na=2\n"));
        QCOMPARE(changed("[x]\na=1\n", "a", QStringLiteral("2")), QStringLiteral("[x]\na=1\n[helper]\na=2\n"));
        QCOMPARE(changed("", "a", QStringLiteral("2")), QStringLiteral("[helper]\na=2\n"));
    }

    void whatIsTakenBackIsCommentedOut()
    {
        QCOMPARE(changed("[helper]\na=1\nb=2\n", "a", std::nullopt), QStringLiteral("[helper]\n#a=1\nb=2\n"));
        QCOMPARE(changed("[helper]\na=1\na=2\n", "a", std::nullopt), QStringLiteral("[helper]\n#a=1\n#a=2\n"));
        QCOMPARE(changed("[helper]\nb=1", "a", std::nullopt), QStringLiteral("[helper]\nb=1"));
    }

    /// The last one wins: it is the one that people see to be in force.
    void ofSeveralEntriesOneIsLeft()
    {
        QCOMPARE(changed("[helper]\na=1\na=2\n[helper]\na=3\n", "a", QStringLiteral("4")),
            QStringLiteral("[helper]\n#a=1\n#a=2\n[helper]\na=4\n"));
    }

    void entriesSayWhereAValueIsFromAndHowFarItReaches()
    {
        const auto settings = keeper({QStringLiteral("--wire"), QStringLiteral("off")});
        QVERIFY(settings);
        QCOMPARE(entryOf(*settings, "keep-hours"),
            (SettingEntry{QStringLiteral("keep-hours"), QStringLiteral("800"), QStringLiteral("731"),
                SettingOrigin::File, SettingReach::AtOnce}));
        QCOMPARE(entryOf(*settings, "wire"),
            (SettingEntry{QStringLiteral("wire"), QStringLiteral("off"), QStringLiteral("on"),
                SettingOrigin::CommandLine, SettingReach::NextStart}));
        QCOMPARE(entryOf(*settings, "interval"),
            (SettingEntry{QStringLiteral("interval"), {}, {}, SettingOrigin::Default, SettingReach::AtOnce}));
        QCOMPARE(entryOf(*settings, "state-dir").reach, SettingReach::Fixed);
        QCOMPARE(settings->entries().size(), qsizetype(settingTable().size()));
    }

    void aChangeHoldsAtOnceAndAtTheNextStart()
    {
        const auto settings = keeper();
        QVERIFY(settings);
        QSignalSpy changes(settings.get(), &SettingsKeeper::changed);
        QVERIFY(settings->change(QStringLiteral("interval"), QStringLiteral(" 2000 ")));
        QCOMPARE(changes.size(), 1);
        QCOMPARE(settings->settings().interval, std::chrono::milliseconds(2000));
        QCOMPARE(read(file()), "# kept\n[helper]\ninterval=2000\nkeep-hours=800\n\n[other]\ninterval=1\n");
        QCOMPARE(entryOf(*keeper(), "interval").value, QStringLiteral("2000"));
        QVERIFY(settings->change(QStringLiteral("interval"), QString()));
        QCOMPARE(read(file()), "# kept\n[helper]\n#interval=2000\nkeep-hours=800\n\n[other]\ninterval=1\n");
        QVERIFY(!settings->settings().interval);
    }

    /// What every value's own text is has to be right again.
    void everyValueIsWrittenAsItIsRead()
    {
        const QList<std::pair<QString, QString>> values{{QStringLiteral("wire"), QStringLiteral("off")},
            {QStringLiteral("keep-minutes"), QStringLiteral("9")},
            {QStringLiteral("keep-app-minutes"), QStringLiteral("40")},
            {QStringLiteral("keep-hours"), QStringLiteral("900")},
            {QStringLiteral("history-size"), QStringLiteral("64")},
            {QStringLiteral("totals-only-apps"), QStringLiteral("flatpak:a.b,/usr/bin/ü")},
            {QStringLiteral("totals-only-remotes"), QStringLiteral("192.0.2.7,2001:db8::1")}};
        const auto settings = keeper();
        QVERIFY(settings);
        for (const auto& [name, value] : values) {
            QVERIFY(settings->change(name, value));
            QCOMPARE(entryOf(*settings, qPrintable(name)).value, value);
            QCOMPARE(entryOf(*keeper(), qPrintable(name)).value, value);
        }
        QCOMPARE(keeper()->settings(), settings->settings());
    }

    void whatIsRefusedChangesNothing()
    {
        const auto settings = keeper({QStringLiteral("--wire"), QStringLiteral("off")});
        QVERIFY(settings);
        QSignalSpy changes(settings.get(), &SettingsKeeper::changed);
        const QByteArray before = read(file());
        const auto change = [&](const char* name, const char* value) {
            return settings->change(QString::fromLatin1(name), QString::fromUtf8(value));
        };
        QVERIFY(isInvalid(change("keep-hours", "3"), "fewer than"));
        QVERIFY(isInvalid(change("interval", "fast"), "1000 to 5000 milliseconds"));
        QVERIFY(isInvalid(change("no-such", "1"), "no setting is called"));
        for (const char* const path : {"state-dir", "country-db", "asn-db"})
            QVERIFY(isInvalid(change(path, "/tmp"), "helper.conf"));
        QVERIFY(isInvalid(change("wire", "on"), "command line"));
        QVERIFY(isInvalid(change("totals-only-apps", "a\n[helper]\nbackend=replay:/etc/passwd"), "one line"));
        QCOMPARE(read(file()), before);
        QCOMPARE(changes.size(), 0);
    }

    void filesOfPlacesChangeWithTheFileAndAtOnce()
    {
        const auto settings = keeper();
        QVERIFY(settings);
        const HelperSettings before = settings->settings();
        QVERIFY(write(file(), "[helper]\ncountry-db=/a.mmdb\nasn-db=/b.mmdb\nwire=off\n"));
        QVERIFY(settings->readAgain());
        QCOMPARE(settings->settings().places, (PlacePaths{QStringLiteral("/a.mmdb"), QStringLiteral("/b.mmdb")}));
        QCOMPARE(entryOf(*settings, "country-db").value, QStringLiteral("/a.mmdb"));
        QCOMPARE(entryOf(*settings, "asn-db").value, QStringLiteral("/b.mmdb"));
        QCOMPARE(changedAtNextStart(before, settings->settings()), QStringList(QStringLiteral("wire")));
    }

    void aFileThatIsWrongIsSaidAndStays()
    {
        const auto settings = keeper();
        QVERIFY(settings);
        QVERIFY(write(file(), "[helper]\nkeep-hours=soon\n"));
        QVERIFY(isInvalid(settings->change(QStringLiteral("interval"), QStringLiteral("2000")), "helper.conf:2"));
        QCOMPARE(read(file()), "[helper]\nkeep-hours=soon\n");
        QVERIFY(!settings->readAgain());
        QCOMPARE(settings->settings().keepHours, std::chrono::days(800));
    }

    void aFileThatCantBeWrittenIsSaid()
    {
        const auto settings = keeper();
        QVERIFY(settings);
        QVERIFY(QDir(m_directory->path()).removeRecursively());
        const auto outcome = settings->change(QStringLiteral("interval"), QStringLiteral("2000"));
        QVERIFY(!outcome);
        QCOMPARE(outcome.error().code, ErrorCode::Io);
        QVERIFY2(outcome.error().detail.contains(file()), qPrintable(outcome.error().detail));
        QVERIFY(!settings->settings().interval);
    }
};

QTEST_GUILESS_MAIN(SettingsTest)
#include "tst_settings.moc"
