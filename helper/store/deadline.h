// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/database.h"

#include <QDeadlineTimer>

#include <chrono>
#include <stop_token>

namespace bwt::store {

/// While it lives, statements of one connection fail with LimitExceeded once the time is over or a stop is asked for.
class Deadline {
public:
    Deadline(const Database& database, std::chrono::milliseconds most, std::stop_token stop);
    ~Deadline();
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

    /// The same between statements.
    void check() const;

private:
    [[nodiscard]] bool isOver() const { return m_stop.stop_requested() || m_end.hasExpired(); }
    static int stopsStatement(void* self);

    sqlite3* m_handle;
    QDeadlineTimer m_end;
    std::stop_token m_stop;
};

} // namespace bwt::store
