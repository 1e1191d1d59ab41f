// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <cstdint>

namespace bwt::test {

/// 2 to the power of x, by additions and multiplications alone: the same bits with every C library.
[[nodiscard]] inline double powerOfTwo(double x)
{
    const double whole = std::floor(x);
    const double t = (x - whole) * 0.693147180559945309; // the rest is e^t, by its series
    double sum = 1.0;
    for (int i = 9; i >= 1; --i)
        sum = 1.0 + sum * t / i;
    return std::ldexp(sum, static_cast<int>(whole));
}

/// Numbers that look like chance, the same for the same seed on every machine. The standard library promises that of
/// its engines, but not of its distributions.
class Dice {
public:
    explicit Dice(std::uint64_t seed)
        : m_state(seed)
    {
    }

    /// A Weyl sequence whose steps are mixed until no bit tells of its neighbours.
    [[nodiscard]] std::uint64_t roll()
    {
        m_state += 0x9e3779b97f4a7c15;
        std::uint64_t mixed = m_state;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        return mixed ^ (mixed >> 31);
    }
    [[nodiscard]] std::uint32_t below(std::uint32_t bound)
    {
        return static_cast<std::uint32_t>(((roll() >> 32) * bound) >> 32);
    }
    [[nodiscard]] std::uint32_t between(std::uint32_t first, std::uint32_t last)
    {
        return first + below(last - first + 1);
    }
    [[nodiscard]] bool percent(std::uint32_t chance) { return below(100) < chance; }
    /// In [0, 1).
    [[nodiscard]] double unit() { return static_cast<double>(roll() >> 11) * 0x1p-53; }
    /// About the normal distribution, between -3.5 and 3.5: the sum of the roll's four quarters.
    [[nodiscard]] double normal()
    {
        const std::uint64_t all = roll();
        const auto sum
            = static_cast<double>((all & 0xffff) + ((all >> 16) & 0xffff) + ((all >> 32) & 0xffff) + (all >> 48));
        return (sum / 0x1p16 - 2.0) * 1.7320508;
    }
    /// Log-normal: `octaves` is the standard deviation of its binary logarithm.
    [[nodiscard]] double logNormal(double median, double octaves) { return median * powerOfTwo(octaves * normal()); }

private:
    std::uint64_t m_state;
};

} // namespace bwt::test
