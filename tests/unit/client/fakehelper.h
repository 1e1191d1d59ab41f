// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/result.h"
#include "dbus/row.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusVirtualObject>

#include <optional>

/// A helper that notes its calls and answers as it is told.
class FakeHelper : public QDBusVirtualObject {
    Q_OBJECT
public:
    enum class Name { Owned, NotOwned };

    explicit FakeHelper(const QString& address, Name name = Name::Owned);
    ~FakeHelper() override;

    /// Every call fails with this; a null error name ends that.
    void failWith(const QString& errorName, const QString& text = QStringLiteral("why"));
    /// Every call is answered with this.
    void answerWith(const QVariantList& values) { m_answer = values; }
    /// Calls of this method get no answer.
    void ignore(const QString& method) { m_ignored = method; }
    /// Ends the program when the bus does.
    void endWithTheBus() const;
    void sendFrame(const QString& destination, const bwt::Frame& frame);

    [[nodiscard]] QStringList methods() const;
    [[nodiscard]] int count(const QString& method) const;
    [[nodiscard]] QDBusMessage last(const QString& method) const;
    /// Unique name of the last subscriber.
    [[nodiscard]] QString subscriber() const;

    QString introspect(const QString&) const override { return {}; }
    bool handleMessage(const QDBusMessage& call, const QDBusConnection& bus) override;

private:
    [[nodiscard]] QVariantList answer(const QString& method) const;

    QDBusConnection m_bus;
    QString m_errorName;
    QString m_errorText;
    QString m_ignored;
    std::optional<QVariantList> m_answer;
    QList<QDBusMessage> m_calls;
};
