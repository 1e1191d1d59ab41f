// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <functional>

/// Three network namespaces in a row: near and far reach each other through the router. Each frame is on its cables
/// as it would be on a wire, since no interface is allowed to cut up or join packets. Gone with this object.
class Route {
public:
    Route();
    Route(const Route&) = delete;
    Route& operator=(const Route&) = delete;
    ~Route();

    /// What went wrong, for the test to print; empty when all is there.
    [[nodiscard]] QString problem() const { return m_problem; }

    /// Does it in one of the namespaces. Sockets that are made there stay there.
    void inNear(const std::function<void()>& work) const { in(m_near, work); }
    void inRouter(const std::function<void()>& work) const { in(m_router, work); }
    void inFar(const std::function<void()>& work) const { in(m_far, work); }
    /// Runs ip(8) for the router.
    void ipInRouter(const QString& arguments);
    /// Whether packets pass between near and router in bundles, as they do where an interface takes that off the
    /// kernel.
    void setBundling(bool on);
    /// Has the router's interface to near become the port of a new bridge, which gets its IPv4 address.
    void bridgeToNear(const QString& bridge);

    /// The router's interfaces.
    const QString toNear = QStringLiteral("to-near");
    const QString toFar = QStringLiteral("to-far");

    static constexpr auto near4 = "10.71.1.2";
    static constexpr auto routerNear4 = "10.71.1.1";
    static constexpr auto routerFar4 = "10.71.2.1";
    static constexpr auto far4 = "10.71.2.2";
    static constexpr auto near6 = "fd71:1::2";
    static constexpr auto routerNear6 = "fd71:1::1";
    static constexpr auto routerFar6 = "fd71:2::1";
    static constexpr auto far6 = "fd71:2::2";

private:
    /// One end of a cable.
    struct End {
        const QString& netns;
        QString link;
        const char* v4;
        const char* v6;
    };

    static void in(const QString& netns, const std::function<void()>& work);
    void lay(const End& one, const End& other);
    void bringUp(const End& end);
    void setOffloads(const QString& netns, const QString& link, bool on);
    /// Arguments separated by blanks.
    void ip(const QString& arguments);
    void note(const QString& problem) { m_problem += problem + QLatin1Char('\n'); }

    const QString m_toRouter = QStringLiteral("to-router"); ///< near's interface, and far's
    const QString m_near;
    const QString m_router;
    const QString m_far;
    QString m_problem;
};
