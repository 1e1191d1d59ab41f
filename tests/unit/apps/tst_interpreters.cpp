// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/apps/interpreters.h"

#include <QTest>

using namespace bwt;

class InterpretersTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void interpretersAreKnownWhateverTheirVersion_data()
    {
        QTest::addColumn<QByteArray>("executable");
        QTest::addColumn<QByteArray>("language");
        const auto row = [](const char* executable, const char* language) {
            QTest::newRow(executable) << QByteArray(executable) << QByteArray(language);
        };
        row("/usr/bin/python3.11", "python");
        row("/opt/pypy3.9-7.3/bin/pypy3.9", "python");
        row("/usr/bin/ruby3.1", "ruby");
        row("/usr/bin/tclsh8.6", "tcl");
        row("/usr/bin/gjs-console", "gjs");
        row("/usr/bin/dash", "sh");
        row("/usr/lib/jvm/java-17-openjdk-amd64/bin/java", "java");
        row("/usr/bin/pythonista", "");
        row("/usr/bin/curl", "");
        row("/usr/bin/3.11", "");
        row("", "");
    }
    void interpretersAreKnownWhateverTheirVersion()
    {
        QFETCH(const QByteArray, executable);
        QTEST(languageOf(executable), "language");
    }

    void theArgumentsSayWhatIsRun_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QByteArray>("file");
        QTest::addColumn<QByteArray>("name");
        const auto runsFile = [](const char* line, const char* file) {
            QTest::newRow(line) << QByteArray(line) << QByteArray(file) << QByteArray();
        };
        const auto runsName = [](const char* line, const char* name) {
            QTest::newRow(line) << QByteArray(line) << QByteArray() << QByteArray(name);
        };
        const auto runsNothing
            = [](const char* line) { QTest::newRow(line) << QByteArray(line) << QByteArray() << QByteArray(); };
        runsFile("python3 a.py -m b", "a.py");
        runsFile("python3.11 -u -W ignore -Xdev -Es a.py", "a.py");
        runsFile("python3 --check-hash-based-pycs always -- -odd.py", "-odd.py");
        runsName("python3 -m http.server 80", "http.server");
        runsName("python3 -Imhttp.server", "http.server");
        runsNothing("python3 -c print() a.py");
        runsNothing("python3 -Sc print() a.py");
        runsNothing("python3");
        runsNothing("python3 -");
        runsNothing("python3 -m");
        runsNothing("python3 /dev/fd/63");
        runsFile("bash -e -o pipefail /usr/bin/backup x", "/usr/bin/backup");
        runsFile("bash --rcfile x +o posix a.sh", "a.sh");
        runsNothing("bash -c ls a.sh");
        runsNothing("bash -ec ls");
        runsNothing("bash -l");
        runsNothing("-bash");
        runsNothing("sh -s a b");
        runsFile("perl -w -I lib -Mstrict -i.bak a.pl", "a.pl");
        runsNothing("perl -ne print a.txt");
        runsFile("ruby -r set -Ilib -W0 a.rb", "a.rb");
        runsFile("node --inspect -r dotenv/config --max-old-space-size=9 s.js --port 1", "s.js");
        runsNothing("node -e 1 s.js");
        runsFile("java -Xmx1g -Dx=y -cp a:b -jar /opt/a.jar go", "/opt/a.jar");
        runsName("java -cp a:b @more org.example.Main -jar b.jar", "org.example.Main");
        runsName("java --module-path m -m org.example/org.example.Main", "org.example/org.example.Main");
        runsFile("php -d a=b -f a.php", "a.php");
        runsNothing("php -S localhost:80 -t public");
        runsFile("deno run --allow-net a.ts", "a.ts");
        runsFile("dotnet exec a.dll", "a.dll");
        runsFile("dotnet a.dll", "a.dll");
        runsFile("lua5.4 -l socket a.lua", "a.lua");
        runsNothing("curl a.py");
    }
    void theArgumentsSayWhatIsRun()
    {
        QFETCH(const QByteArray, line);
        QFETCH(const QByteArray, file);
        QFETCH(const QByteArray, name);
        const QList<QByteArray> words = line.split(' ');
        const QByteArray executable = "/usr/bin/" + (words[0].startsWith('-') ? words[0].sliced(1) : words[0]);
        const auto told = toldTo(executable, words);
        QCOMPARE(told.has_value(), !file.isEmpty() || !name.isEmpty());
        if (told)
            QCOMPARE(*told, file.isEmpty() ? (Told{Told::What::Name, name}) : (Told{Told::What::File, file}));
    }

    void aScriptIsItsPathAndHasItsName_data()
    {
        QTest::addColumn<QByteArray>("file");
        QTest::addColumn<QByteArray>("folder");
        QTest::addColumn<QByteArray>("id");
        QTest::addColumn<QByteArray>("name");
        const auto row = [](const char* file, const char* folder, const char* id, const char* name) {
            QTest::newRow(file) << QByteArray(file) << QByteArray(folder) << QByteArray(id) << QByteArray(name);
        };
        row("/usr/bin/yt-dlp", "/", "/usr/bin/yt-dlp", "yt-dlp");
        row("./bin/../get.py", "/home/me", "/home/me/get.py", "get");
        row("main.py", "/srv/mailer/src", "/srv/mailer/src/main.py", "mailer/main.py");
        row("/index.js", "/", "/index.js", "index");
        row("get.rb", "", "python:get.rb", "get");
        row("/srv/.hidden", "", "/srv/.hidden", ".hidden");
    }
    void aScriptIsItsPathAndHasItsName()
    {
        QFETCH(const QByteArray, file);
        QFETCH(const QByteArray, folder);
        const App app = appOf("python", {Told::What::File, file}, folder);
        QCOMPARE(app.kind, AppKind::Script);
        QTEST(app.id, "id");
        QTEST(app.name, "name");
    }

    void aModuleIsNamedWithItsLanguage()
    {
        const App app = appOf("python", {Told::What::Name, "http.server"}, "/");
        QCOMPARE(app, (App{AppKind::Script, "python:http.server", "http.server"}));
    }

    void argumentsEndWithAZero()
    {
        QCOMPARE(argumentsIn(QByteArray("a\0\0b\0", 5)), (QList<QByteArray>{"a", "", "b"}));
        QCOMPARE(argumentsIn("cut"), (QList<QByteArray>{"cut"}));
        QCOMPARE(argumentsIn({}).size(), 0);
    }
};

QTEST_GUILESS_MAIN(InterpretersTest)
#include "tst_interpreters.moc"
