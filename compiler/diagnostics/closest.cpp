#include <algorithm>
#include <numeric>
#include <tuple>

#include "diagnostics/diagnostics.hpp"

namespace zflow {

namespace {

/// Longer names are not compared: nobody mistypes them, and the work grows with the square of the length.
constexpr size_t longest_compared = 128;

std::string lower_case(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return result;
}

size_t difference(size_t a, size_t b) {
    return std::max(a, b) - std::min(a, b);
}

/// Damerau-Levenshtein distance (a swap of neighbours counts once), or `limit + 1` when it is more than `limit`.
size_t distance(std::string_view a, std::string_view b, size_t limit) {
    if (difference(a.size(), b.size()) > limit) return limit + 1;
    std::vector<size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    std::iota(last.begin(), last.end(), size_t{0});
    for (size_t i = 1; i <= a.size(); i++) {
        row[0] = i;
        for (size_t j = 1; j <= b.size(); j++) {
            size_t change = last[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = std::min({change, last[j] + 1, row[j - 1] + 1});
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        // a swap may come back from the row before, so both rows have to be past the limit
        if (std::min(*std::min_element(row.begin(), row.end()), *std::min_element(last.begin(), last.end())) > limit)
            return limit + 1;
        std::swap(before_last, last);
        std::swap(last, row);
    }
    return std::min(last[b.size()], limit + 1);
}

}  // namespace

std::string_view closest(std::string_view wrong, const std::vector<std::string_view>& candidates, size_t most) {
    if (wrong.empty() || wrong.size() > longest_compared) return {};
    const size_t limit = std::min(most, std::max<size_t>(1, wrong.size() / 3));
    const std::string wrong_lower = lower_case(wrong);
    std::tuple<size_t, size_t, size_t, std::string_view> best{limit + 1, 0, 0, {}};
    for (std::string_view candidate : candidates) {
        if (candidate.empty() || candidate == wrong || candidate.size() > wrong.size() + limit) continue;
        size_t near = distance(wrong_lower, lower_case(candidate), limit);
        bool nothing_in_common = near >= std::max(wrong.size(), candidate.size());
        if (near > std::get<0>(best) || near > limit || nothing_in_common) continue;
        size_t exact = distance(wrong, candidate, longest_compared * 2);
        best = std::min(best, {near, difference(wrong.size(), candidate.size()), exact, candidate});
    }
    return std::get<3>(best);
}

}  // namespace zflow
