// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDBusAbstractAdaptor>
#include <QDBusConnection>
#include <QObject>
#include <QStringList>
#include <QVariantMap>

namespace bwt {

/// One app a session, by its name on the session bus. The second start asks the first to come to the front and
/// ends. Without a session bus every start stands alone.
class SingleInstance : public QObject {
    Q_OBJECT
public:
    explicit SingleInstance(const QDBusConnection& sessionBus, QObject* parent = nullptr);

    enum class Outcome { First, HandedOver };
    /// Takes the name, or hands over to whoever has it.
    [[nodiscard]] Outcome claim();

Q_SIGNALS:
    /// Somebody started the app once more.
    void activated();

private:
    QDBusConnection m_bus;
};

/// The desktop's own interface for applications (Desktop Entry Specification, D-Bus Activation).
class ApplicationAdaptor : public QDBusAbstractAdaptor {
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.Application")
public:
    explicit ApplicationAdaptor(SingleInstance& instance);

public Q_SLOTS:
    void Activate(const QVariantMap& platformData);
    void Open(const QStringList& uris, const QVariantMap& platformData);
    void ActivateAction(const QString& name, const QVariantList& parameters, const QVariantMap& platformData);

private:
    SingleInstance& m_instance;
};

} // namespace bwt
