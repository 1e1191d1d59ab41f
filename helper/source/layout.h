// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/descriptor.h"

#include <QByteArray>
#include <QByteArrayList>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace bwt {

/// Where everything is in the maps of one build (bpf/traffic.h). It is kept beside them, so that every other build,
/// older or newer, can read them: it looks for the fields that it knows.
struct Layout {
    struct Field {
        QByteArray name;
        std::uint32_t offset = 0;
        std::uint32_t bytes = 0;
        friend bool operator==(const Field&, const Field&) = default;
    };
    struct Record {
        std::uint32_t bytes = 0;
        std::vector<Field> fields;
        [[nodiscard]] const Field* find(const QByteArray& name) const;
        friend bool operator==(const Record&, const Record&) = default;
    };
    /// What is in a map.
    struct Entry {
        Record key;
        Record value;
        [[nodiscard]] std::uint32_t bytes() const { return key.bytes + value.bytes; }
        friend bool operator==(const Entry&, const Entry&) = default;
    };

    QByteArrayList flowMaps; ///< by their slots in the array
    Entry flow;
    Entry process;

    /// This build's.
    [[nodiscard]] static const Layout& own();
    friend bool operator==(const Layout&, const Layout&) = default;

    /// To be kept; empty on failure.
    [[nodiscard]] Descriptor toFile() const;
    /// Nothing where it lacks what tells whose bytes there are how many.
    [[nodiscard]] static std::optional<Layout> fromFile(const Descriptor& file);
};

/// Fills in those of `to`'s fields that `from` has. Others stay as they are.
void copyFields(const Layout::Record& from, const std::byte* source, const Layout::Record& to, std::byte* target);

} // namespace bwt
