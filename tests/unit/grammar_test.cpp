#include "../../grammar/zflow.hpp"

#include <catch2/catch.hpp>
#include <tao/pegtl/contrib/analyze.hpp>

TEST_CASE("no rule of the grammar can loop without reading anything", "[syntax]") {
    CHECK(tao::pegtl::analyze<zflow::grammar::file>() == 0);
}
