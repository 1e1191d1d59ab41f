// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/apps/desktopentry.h"

#include <QTest>

using namespace bwt;

class DesktopEntryTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void anEntryIsReadFromItsGroupAlone()
    {
        const auto entry = desktopEntryIn("# Name=Comment\nName=Early\n[Desktop Entry]\nType = Application\n"
                                          "Name = A\\sB\\\\\nName[de]=Anders\nExec=a %u\nX-Flatpak=org.a\n"
                                          "X-SnapInstanceName=a_b\r\n[Desktop Action x]\nName=Other\nExec=b\n");
        QVERIFY(entry);
        QCOMPARE(entry->name, QByteArray("A B\\"));
        QCOMPARE(entry->command, (QList<QByteArray>{"a"}));
        QCOMPARE(entry->flatpak, QByteArray("org.a"));
        QCOMPARE(entry->snap, QByteArray("a_b"));
        QVERIFY(entry->isShown);
    }

    void whatIsNoApplicationIsNoEntry_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("link") << QByteArray("[Desktop Entry]\nType=Link\nName=A\n");
        QTest::newRow("deleted") << QByteArray("[Desktop Entry]\nType=Application\nName=A\nHidden=true\n");
        QTest::newRow("without a name") << QByteArray("[Desktop Entry]\nType=Application\n");
        QTest::newRow("other group") << QByteArray("[Other]\nType=Application\nName=A\n");
        QTest::newRow("not text") << QByteArray("\0\xff[=\n=\n[Desktop Entry]\n=", 20);
    }
    void whatIsNoApplicationIsNoEntry()
    {
        QFETCH(const QByteArray, text);
        QVERIFY(!desktopEntryIn(text));
    }

    void whatIsNotInMenusIsKnownAllTheSame()
    {
        const auto entry = desktopEntryIn("[Desktop Entry]\nType=Application\nName=A\nNoDisplay=true\n");
        QVERIFY(entry && !entry->isShown);
    }

    void longTextsAreCut()
    {
        const QByteArray name(100'000, 'x');
        const auto entry = desktopEntryIn(QByteArray("[Desktop Entry]\nType=Application\nName=" + name + "\n"));
        QVERIFY(entry && entry->name.size() == 128);
        QVERIFY(!desktopEntryIn(QByteArray("[Desktop Entry]\n#" + name + "\nType=Application\nName=A\n")));
    }

    void aCommandIsItsProgramAndArguments_data()
    {
        QTest::addColumn<QByteArray>("exec");
        QTest::addColumn<QByteArrayList>("words");
        QTest::newRow("field codes") << QByteArray("a %U --b %f %%") << QByteArrayList{"a", "--b", "%%"};
        QTest::newRow("quotes") << QByteArray("\"/opt/My App/a\" \"x\\\\\"y\" z")
                                << QByteArrayList{"/opt/My App/a", "x\"y", "z"};
        QTest::newRow("environment") << QByteArray("env A=b /usr/bin/c d=e") << QByteArrayList{"/usr/bin/c", "d=e"};
        QTest::newRow("open quote") << QByteArray("\"a b") << QByteArrayList{"a b"};
        QTest::newRow("nothing") << QByteArray("  ") << QByteArrayList{};
        QTest::newRow("environment alone") << QByteArray("env A=b") << QByteArrayList{};
    }
    void aCommandIsItsProgramAndArguments()
    {
        QFETCH(const QByteArray, exec);
        QTEST(QByteArrayList(commandIn(exec)), "words");
    }
};

QTEST_GUILESS_MAIN(DesktopEntryTest)
#include "tst_desktopentry.moc"
