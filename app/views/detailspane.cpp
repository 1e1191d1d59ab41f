// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/detailspane.h"

#include "app/models/format.h"
#include "app/models/placetext.h"
#include "app/models/theme.h"
#include "app/views/barlist.h"
#include "app/views/elidedlabel.h"
#include "app/views/factlist.h"
#include "app/views/session.h"

#include <QBoxLayout>
#include <QEvent>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QToolButton>

namespace bwt {

/// The selected group's colour.
class Swatch : public QWidget {
public:
    using QWidget::QWidget;

    void setColor(const QColor& color)
    {
        m_color = color;
        update();
    }
    [[nodiscard]] QSize sizeHint() const override
    {
        const int side = fontMetrics().height() - 1;
        return {side, side};
    }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        paintSwatch(painter, QRectF(QPointF(0, (height() - sizeHint().height()) / 2.0), QSizeF(sizeHint())), m_color);
    }

private:
    QColor m_color;
};

namespace {

constexpr int margin = 13;

/// Why a sum can't be broken down.
QString sumText(RowKind kind)
{
    if (kind == RowKind::Rest)
        return DetailsPane::tr("More was seen than the table has rows for. The smallest are summed up here.");
    return DetailsPane::tr("What other people do is summed up here. Their programs and hosts are shown only with an "
                           "administrator's permission.");
}

QString bothWays(std::optional<quint64> rx, std::optional<quint64> tx, QString (*format)(std::optional<quint64>))
{
    if (!rx && !tx)
        return QStringLiteral("—");
    return DetailsPane::tr("%1 ↓ · %2 ↑").arg(format(rx), format(tx));
}

QString bytesOrDash(std::optional<quint64> bytes)
{
    return bytes ? formatBytes(*bytes) : QStringLiteral("—");
}

QString sectionTitle(Grouping by)
{
    switch (by) {
    case Grouping::App:
        return DetailsPane::tr("Apps");
    case Grouping::Process:
        return DetailsPane::tr("Processes");
    case Grouping::Host:
        return DetailsPane::tr("Hosts");
    case Grouping::Protocol:
        return DetailsPane::tr("Protocols");
    case Grouping::Country:
        return DetailsPane::tr("Countries");
    case Grouping::Operator:
        return DetailsPane::tr("Network operators");
    }
    return {};
}

/// What tells the group from its namesakes.
QString subtitle(const UsageGroup& group, Grouping grouping)
{
    if (group.row.kind != RowKind::Named)
        return {};
    if (grouping == Grouping::App)
        return group.row.appId == group.name ? QString() : group.row.appId;
    if (grouping == Grouping::Process)
        return group.row.exe;
    return group.row.remoteName.isEmpty() ? QString() : group.row.remoteIp;
}

} // namespace

DetailsPane::DetailsPane(Session& session, QWidget* parent)
    : Panel(parent)
    , m_session(session)
    , m_fold(new QToolButton(this))
    , m_swatch(new Swatch(this))
    , m_title(new ElidedLabel(ElidedLabel::Tone::Plain, Qt::ElideMiddle, this))
    , m_subtitle(new ElidedLabel(ElidedLabel::Tone::Muted, Qt::ElideMiddle, this))
    , m_scroll(new QScrollArea(this))
    , m_body(new QBoxLayout(QBoxLayout::TopToBottom))
    , m_facts(new FactList(this))
    , m_hidden(new QLabel(this))
    , m_everyone(new QPushButton(tr("Show everyone's…"), this))
    , m_sections{new BarList(this), new BarList(this)}
{
    setObjectName(QStringLiteral("detailsPane"));
    setAccessibleName(tr("Details"));
    m_title->setObjectName(QStringLiteral("detailsTitle"));
    m_facts->setObjectName(QStringLiteral("detailsFacts"));
    m_sections[0]->setObjectName(QStringLiteral("detailsFirstSection"));
    m_sections[1]->setObjectName(QStringLiteral("detailsSecondSection"));
    m_everyone->setObjectName(QStringLiteral("detailsEveryone"));

    QFont bold = font();
    bold.setPointSizeF(bold.pointSizeF() * 1.12);
    bold.setWeight(QFont::DemiBold);
    m_title->setFont(bold);
    m_fold->setObjectName(QStringLiteral("detailsFold"));
    m_fold->setAutoRaise(true);
    m_fold->setAccessibleName(tr("Details"));
    m_hidden->setWordWrap(true);

    auto* heading = new QHBoxLayout;
    heading->setSpacing(8);
    heading->addWidget(m_swatch);
    heading->addWidget(m_title, 1);
    heading->addWidget(m_fold);

    auto* content = new QWidget;
    content->setLayout(m_body);
    content->setAutoFillBackground(false);
    m_body->setContentsMargins(0, 0, 4, 0);
    m_body->setSpacing(10);
    m_body->addWidget(m_facts, 0, Qt::AlignTop);
    m_body->addWidget(m_hidden, 0, Qt::AlignTop);
    m_body->addWidget(m_everyone, 0, Qt::AlignTop | Qt::AlignLeft);
    for (BarList* section : m_sections)
        m_body->addWidget(section, 0, Qt::AlignTop);
    m_body->addStretch(0);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->viewport()->setAutoFillBackground(false);
    m_scroll->setWidget(content);
    content->setAutoFillBackground(false);

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(margin, 9, 9, 6);
    column->setSpacing(4);
    column->addLayout(heading);
    column->addWidget(m_subtitle);
    column->addWidget(m_scroll, 1);

    connect(m_fold, &QToolButton::clicked, this, &DetailsPane::foldToggled);
    connect(m_everyone, &QPushButton::clicked, &m_session, [this] { m_session.setWantsEveryone(true); });
    setShape(Shape::Beside);
}

void DetailsPane::setShape(Shape shape)
{
    m_shape = shape;
    m_fold->setVisible(shape != Shape::Beside);
    m_fold->setArrowType(shape == Shape::Folded ? Qt::UpArrow : Qt::DownArrow);
    m_fold->setToolTip(shape == Shape::Folded ? tr("Unfold the details") : tr("Fold the details"));
    m_scroll->setVisible(shape != Shape::Folded);
    m_body->setDirection(shape == Shape::Unfolded ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
    m_body->setSpacing(shape == Shape::Unfolded ? 24 : 10);
    // Side by side they share the width; one below the other they leave the rest to the end.
    for (int i = 0; i < m_body->count(); ++i)
        m_body->setStretch(i, (shape == Shape::Unfolded) == (i < m_body->count() - 1) ? 1 : 0);
    m_scroll->setMinimumHeight(shape == Shape::Unfolded ? fontMetrics().height() * 10 : 0);
    refresh();
}

void DetailsPane::refresh()
{
    const auto group = m_session.selected();
    setEnabled(group.has_value());
    m_title->setText(group ? group->name : tr("Nothing selected"));
    m_swatch->setVisible(group.has_value());
    const QString path = group ? subtitle(*group, m_session.choice().grouping) : QString();
    m_subtitle->setText(path);
    m_subtitle->setVisible(m_shape != Shape::Folded && !path.isEmpty());
    applyAge();
    refreshFacts();
    refreshSections();
}

/// Old numbers are quieter here as everywhere.
void DetailsPane::applyAge()
{
    QPalette colors;
    if (m_session.isStale())
        colors.setColor(QPalette::Text, theme::muted(palette()));
    m_facts->setPalette(colors);
    for (BarList* section : m_sections)
        section->setPalette(colors);
}

void DetailsPane::refreshFacts()
{
    const auto group = m_session.selected();
    if (!group)
        return m_facts->setFacts({});
    m_swatch->setColor(theme::group(palette(), m_session.colors().indexOf(group->key)));
    const Numbers& numbers = group->row.numbers;
    const bool isActive = numbers.rxRate.value_or(0) + numbers.txRate.value_or(0) > 0 && !m_session.isStale();
    QList<FactList::Fact> facts{
        {tr("Total"), bothWays(numbers.rxBytes, numbers.txBytes, bytesOrDash)},
        {tr("On the wire"), bothWays(numbers.rxWireBytes, numbers.txWireBytes, bytesOrDash)},
        {tr("Packets"), bothWays(numbers.rxPackets, numbers.txPackets, formatCount)},
        {tr("First seen"), formatMoment(numbers.firstSeenMs)},
        {tr("Last seen"), isActive ? tr("now") : formatMoment(numbers.lastSeenMs)},
    };
    if (!group->row.userName.isEmpty())
        facts.append({tr("User"), group->row.userName});
    if (const QString name = m_session.reverseName(group->row.remoteIp); !name.isNull())
        facts.append({tr("Name (reverse)"), name});
    if (!group->row.country.isEmpty())
        facts.append({tr("Country"), countryName(group->row.country)});
    if (group->row.asn)
        facts.append({tr("Network operator"), operatorText(group->row.asn, group->row.asName)});
    m_facts->setFacts(facts);
}

void DetailsPane::refreshSections()
{
    const auto group = m_session.selected();
    const RowKind kind = group ? group->row.kind : RowKind::Named;
    const bool isSum = kind != RowKind::Named;
    m_hidden->setText(sumText(kind));
    m_hidden->setVisible(isSum);
    m_everyone->setVisible(kind == RowKind::OtherUsers);
    for (std::size_t i = 0; i < m_sections.size(); ++i) {
        const DetailsFeed::Section& section = m_session.details().sections().at(i);
        m_sections.at(i)->setVisible(group && !isSum);
        m_sections.at(i)->setTitle(sectionTitle(section.by));
        m_sections.at(i)->setColor(theme::accent(palette()));
        m_sections.at(i)->setGroups(section.groups);
    }
}

void DetailsPane::changeEvent(QEvent* event)
{
    Panel::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        refresh();
}

} // namespace bwt
