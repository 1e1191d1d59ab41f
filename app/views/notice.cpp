// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/notice.h"

#include "app/models/format.h"
#include "app/views/words.h"

#include <QCoreApplication>

namespace bwt {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(bwt::Notice)
};

using Kind = Notice::Kind;
using Place = Notice::Place;
using Button = Notice::Button;
using State = HelperClient::State;

QString sentences(const QString& first, const QString& second)
{
    return second.isEmpty() ? first : first % u' ' % second;
}

/// A detail is one line for those who can read it, in the words of whoever failed.
QString withDetail(const QString& text, const QString& detail)
{
    return detail.isEmpty() ? text : text % u'\n' % Text::tr("(%1)").arg(detail);
}

Notice lost(const Situation& now)
{
    return {Kind::Warning, Place::Strip, Text::tr("Contact with the helper is lost"),
        Text::tr("These are the last numbers, %1 old. The window goes on by itself when the helper is back.")
            .arg(formatAge(now.ageMs)),
        now.state == State::NoBus ? Button::None : Button::StartHelper};
}

Notice silent(const Situation& now)
{
    const QString again = Text::tr("It runs, but it gave no answer in time. It is asked again by itself.");
    return {Kind::Warning, now.hasNumbers ? Place::Strip : Place::Page, Text::tr("The helper does not answer"),
        now.hasNumbers ? sentences(again, Text::tr("The numbers are %1 old.").arg(formatAge(now.ageMs))) : again,
        Button::TryAgain};
}

Notice refused(const Situation& now)
{
    const bool canAsk = now.error.code == ErrorCode::AuthorizationNeeded;
    return {Kind::Warning, now.hasNumbers ? Place::Strip : Place::Page, Text::tr("You may not see this yet"),
        canAsk ? Text::tr("The helper counts, but shows its numbers only with an administrator's permission.")
               : Text::tr("The helper counts, but this computer's rules don't show its numbers to your account, or "
                          "the question for a password was closed."),
        Button::AskPermission};
}

std::optional<Notice> connectionNotice(const Situation& now)
{
    switch (now.state) {
    case State::Ready:
        if (now.isStale)
            return Notice{Kind::Warning, Place::Strip, words::errorText(now.error.code),
                sentences(
                    words::remedy(now.error.code), Text::tr("The numbers are %1 old.").arg(formatAge(now.ageMs))),
                Button::TryAgain};
        if (now.error.code != ErrorCode::Internal || !now.error.detail.isEmpty())
            return Notice{Kind::Error, Place::Page, words::errorText(now.error.code),
                withDetail(words::remedy(now.error.code), now.error.detail), Button::TryAgain};
        return std::nullopt;
    case State::Refused:
        return refused(now);
    case State::Silent:
        return silent(now);
    case State::Connecting:
    case State::Missing:
    case State::NoBus:
        break;
    }
    if (now.hasNumbers)
        return lost(now);
    if (now.state == State::Connecting)
        return Notice{Kind::Waiting, Place::Page, Text::tr("Waiting for the helper"),
            Text::tr("It counts what every program sends and receives. This takes a moment."), Button::None};
    if (now.state == State::Missing)
        return Notice{Kind::Warning, Place::Page, Text::tr("The helper is not running"),
            withDetail(Text::tr("A small system service does the counting; this window only shows its numbers. Start "
                                "it here, or install the package “ebpf-bandwidth-tracker” if it is not installed."),
                now.error.detail),
            Button::StartHelper};
    return Notice{Kind::Error, Place::Page, Text::tr("The system's message bus can't be reached"),
        withDetail(Text::tr("Without it this window can't talk to the helper. It is tried again by itself."),
            now.error.detail),
        Button::TryAgain};
}

Notice permissionOver()
{
    return {Kind::Warning, Place::Strip, Text::tr("The permission has run out"),
        Text::tr("Other people's programs are summed up again in what is asked for now."), Button::AskAgain};
}

std::optional<Notice> statusNotice(const Status& status)
{
    if (!status.counting && !status.paused) {
        const ErrorCode code = words::problemCode(status.problem);
        return Notice{Kind::Error, Place::Strip, Text::tr("Not counting"),
            withDetail(sentences(words::errorText(code), words::remedy(code)), status.problemDetail), Button::None};
    }
    if (status.paused)
        return Notice{Kind::Information, Place::Strip, Text::tr("Recording is paused"),
            Text::tr("What passes since %1 is not kept in the history.").arg(formatMoment(status.pausedSinceMs)),
            Button::Resume};
    if (!status.problem.isEmpty()) {
        const ErrorCode code = words::problemCode(status.problem);
        return Notice{Kind::Warning, Place::Strip, words::problemText(code),
            withDetail(words::problemRemedy(code), status.problemDetail), Button::None};
    }
    return std::nullopt;
}

} // namespace

std::optional<Notice> rowsNoticeFor(const Situation& now)
{
    const bool live = now.choice.range.isLive();
    if (!live && now.history == HistoryFeed::State::Asking)
        return Notice{Kind::Waiting, Place::Rows, Text::tr("Looking it up…"), {}, Button::None};
    if (!live && now.history == HistoryFeed::State::Failed)
        return Notice{Kind::Error, Place::Rows, words::errorText(now.historyError.code),
            withDetail(words::remedy(now.historyError.code), now.historyError.detail), Button::TryAgain};
    if (now.hasRows)
        return std::nullopt;
    if (!now.choice.filter.isEmpty())
        return Notice{Kind::Nothing, Place::Rows, Text::tr("Nothing matches “%1”").arg(now.choice.filter),
            Text::tr("Clear the filter to see everything."), Button::None};
    if (!live)
        return Notice{Kind::Nothing, Place::Rows, Text::tr("Nothing in this range"),
            now.choice.scope == ScopeChoice::All ? Text::tr("No traffic was recorded in it.")
                                                 : Text::tr("Try “All” beside the range, or choose another range."),
            Button::None};
    if (!now.hasNumbers)
        return Notice{Kind::Waiting, Place::Rows, Text::tr("Waiting for the first numbers"), {}, Button::None};
    return Notice{Kind::Nothing, Place::Rows, Text::tr("Nothing yet"),
        now.choice.scope == ScopeChoice::All
            ? Text::tr("Programs appear here as soon as they send or receive something.")
            : Text::tr("Programs appear here as soon as they send or receive something. “All” beside the range also "
                       "shows what stays inside this computer."),
        Button::None};
}

std::optional<Notice> noticeFor(const Situation& now)
{
    if (const auto notice = connectionNotice(now))
        return notice;
    if (now.isPermissionOver)
        return permissionOver();
    return now.status ? statusNotice(*now.status) : std::nullopt;
}

QString buttonText(Notice::Button button)
{
    switch (button) {
    case Button::StartHelper:
        return Text::tr("Start it");
    case Button::AskPermission:
        return Text::tr("Ask for permission");
    case Button::AskAgain:
        return Text::tr("Ask again");
    case Button::Resume:
        return Text::tr("Resume recording");
    case Button::TryAgain:
        return Text::tr("Try again");
    case Button::None:
        break;
    }
    return {};
}

} // namespace bwt
