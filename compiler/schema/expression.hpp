/// @file expression.hpp
/// @brief A regular expression, matched by PCRE2.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace zflow::schema {

class Expression {
   public:
    /// `source`: in the spelling of PCRE2. When it cannot be compiled, `error` (if given) says why.
    explicit Expression(std::string_view source, std::string* error = nullptr);
    ~Expression();
    Expression(Expression&&) noexcept;

    bool compiles() const;
    /// How many groups it captures; nothing when it does not compile.
    std::optional<uint32_t> groups() const;
    /// Whether the whole of `text` matches. True when that could not be decided within the limits, and when it does not compile.
    bool matches(std::string_view text) const;

   private:
    struct Compiled;
    std::unique_ptr<Compiled> compiled_;
};

}  // namespace zflow::schema
