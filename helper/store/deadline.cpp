// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/deadline.h"

#include <sqlite3.h>

#include <utility>

namespace bwt::store {

namespace {

/// How many steps of SQLite's machine pass between two looks at the clock: less than a millisecond.
constexpr int stepsBetweenLooks = 1000;

} // namespace

Deadline::Deadline(const Database& database, std::chrono::milliseconds most, std::stop_token stop)
    : m_handle(database.handle())
    , m_end(most)
    , m_stop(std::move(stop))
{
    if (m_handle != nullptr)
        sqlite3_progress_handler(m_handle, stepsBetweenLooks, &Deadline::stopsStatement, this);
}

Deadline::~Deadline()
{
    if (m_handle != nullptr)
        sqlite3_progress_handler(m_handle, 0, nullptr, nullptr);
}

void Deadline::check() const
{
    if (isOver())
        throw DatabaseError{{ErrorCode::LimitExceeded, timeIsOver()}};
}

int Deadline::stopsStatement(void* self)
{
    return static_cast<const Deadline*>(self)->isOver() ? 1 : 0;
}

} // namespace bwt::store
