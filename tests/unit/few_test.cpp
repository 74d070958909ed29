// Short lists by themselves.
#include <catch2/catch.hpp>
#include <numeric>
#include <vector>

#include "base/few.hpp"
#include "base/source.hpp"

using namespace zflow;

TEST_CASE("few: more elements than there is room for", "[base]") {
    for (int count : {0, 3, 4, 5, 8, 9, 100}) {
        Few<int, 4> few;
        CHECK(few.empty());
        for (int i = 0; i < count; i++) few.push_back(i);
        REQUIRE(few.size() == static_cast<size_t>(count));
        for (int i = 0; i < count; i++) CHECK(few[static_cast<size_t>(i)] == i);
        CHECK(std::accumulate(few.begin(), few.end(), 0) == count * (count - 1) / 2);
        few.clear();
        few.push_back(7);
        CHECK(few.back() == 7);
        CHECK(few.size() == 1);
    }
}

TEST_CASE("few: an element of its own is added, and all are replaced", "[base]") {
    Few<Span, 2> few;
    few.push_back({FileId{1}, 2, 3});
    for (int i = 0; i < 4; i++) few.push_back(few[0]);   // twice to other memory
    for (const Span& span : few) CHECK(span == Span{FileId{1}, 2, 3});
    const std::vector<Span> others = {{FileId{4}, 5, 6}, {}};
    few.assign(others);
    REQUIRE(few.size() == 2);
    CHECK(few[0] == others[0]);
    CHECK(few[1] == others[1]);
}
