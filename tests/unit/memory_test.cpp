#include <catch2/catch.hpp>


#include "base/buffer.hpp"
#include "base/plain_list.hpp"
#include "syntax/node_list.hpp"

using namespace zflow;

TEST_CASE("A list keeps what was added, also when it moves") {
    PlainList<int> list;
    list.add(7);
    for (int i = 1; i < 1000; i++) list.add(list[0] + i);   // one of its own, which may be moving
    REQUIRE(list.size() == 1000);
    CHECK(list[999] == 7 + 999);
    int* more = list.extend(5000);
    for (int i = 0; i < 5000; i++) more[i] = i;
    CHECK(list.size() == 6000);
    CHECK(list[1] == 8);
    CHECK(list.back() == 4999);
}

TEST_CASE("A list that gave back its room can go on") {
    PlainList<int> list;
    list.reserve(100'000);
    for (int i = 0; i < 20'000; i++) list.add(i);
    const int* where = list.data();
    list.shrink();
    CHECK(list.data() == where);
    auto* others = new int[70'000];   // it may stand where the room was
    for (int i = 0; i < 70'000; i++) others[i] = -1;
    list.add(20'000);
    CHECK(list.back() == 20'000);
    CHECK(list[19'999] == 19'999);
    CHECK(others[0] == -1);
    delete[] others;
}

TEST_CASE("A text that gave back its room can go on") {
    Buffer text;
    text.reserve(100'000);
    for (int i = 0; i < 3000; i++) text.put("0123456789");
    text.shrink();
    text.put("end");
    CHECK(text.size() == 30'003);
    CHECK(text.view(29'998) == "89end");
    Buffer other;
    other.swap(text);
    CHECK(text.size() == 0);
    CHECK(other.view(30'000) == "end");
}

TEST_CASE("Nodes that gave back their room can go on") {
    syntax::NodeList nodes(50'000);
    for (uint32_t i = 0; i < 1000; i++) nodes.add().begin = i;
    nodes.shrink();
    nodes.add().begin = 1000;
    REQUIRE(nodes.size() == 1001);
    CHECK(nodes[999].begin == 999);
    CHECK(nodes.back().begin == 1000);
}
