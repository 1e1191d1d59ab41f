// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/proc/patientreader.h"

#include <QTest>

#include <array>
#include <fcntl.h>
#include <optional>
#include <unistd.h>

using namespace bwt;
using namespace std::chrono_literals;

namespace {

/// A pipe is read as long as someone might write into it.
class Pipe {
public:
    Pipe()
    {
        std::array<int, 2> ends{};
        if (pipe2(ends.data(), O_CLOEXEC) != 0)
            qFatal("pipe2");
        m_reading = Descriptor(ends[0]);
        m_writing.emplace(ends[1]);
    }

    [[nodiscard]] Descriptor takeReadingEnd() { return std::move(m_reading); }
    void finish(const QByteArray& text)
    {
        if (write(m_writing->get(), text.constData(), static_cast<std::size_t>(text.size())) != text.size())
            qFatal("write");
        m_writing.reset();
    }

private:
    Descriptor m_reading;
    std::optional<Descriptor> m_writing;
};

} // namespace

class PatientReaderTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void oneReadsAfterAnotherUpToTheLimit()
    {
        PatientReader reader(1min);
        for (const QByteArray& text : {QByteArray("one"), QByteArray("another"), QByteArray()}) {
            Pipe pipe;
            pipe.finish(text);
            QCOMPARE(reader.read(pipe.takeReadingEnd(), 5), text.left(5));
        }
        QVERIFY(reader.read(Descriptor(), 5).isNull());
    }

    void whoNeverAnswersIsWaitedForOnce()
    {
        Pipe silent;
        Pipe ready;
        ready.finish("ready");
        PatientReader reader(1ms);
        QVERIFY(reader.read(silent.takeReadingEnd(), 5).isNull());
        QVERIFY(reader.read(ready.takeReadingEnd(), 5).isNull());
    }

    void afterALateAnswerReadingGoesOnWithoutIt()
    {
        Pipe late;
        PatientReader reader(1ms);
        QVERIFY(reader.read(late.takeReadingEnd(), 5).isNull());
        late.finish("late");
        QByteArray contents;
        QTRY_VERIFY((contents = reader.read(
                         [] {
                             Pipe ready;
                             ready.finish("ready");
                             return ready.takeReadingEnd();
                         }(),
                         5))
            == "ready");
    }

    void aReaderThatIsLeftBehindHoldsNobodyUp()
    {
        Pipe silent;
        {
            PatientReader reader(1ms);
            QVERIFY(reader.read(silent.takeReadingEnd(), 5).isNull());
        }
        silent.finish("x"); // and it ends
    }
};

QTEST_GUILESS_MAIN(PatientReaderTest)
#include "tst_patientreader.moc"
