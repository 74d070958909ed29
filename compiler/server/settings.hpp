/// @file settings.hpp
/// @brief What may be written between two brackets: the settings of a kind, the fields of a type, in any depth.
#pragma once

#include <string>
#include <vector>

#include "server/program.hpp"
#include "server/tokens.hpp"

namespace zflow::server {

class Settings {
   public:
    /// `brackets`: those around the place, as brackets_before() gives them.
    Settings(const Program& program, const Tokens& tokens, const std::vector<size_t>& brackets);

    /// Those of the innermost brackets. None of brackets that hold something else.
    const std::vector<DeclarationRef>& all() const { return inside_.settings; }
    DeclarationRef find(std::string_view name) const { return find(all(), name); }
    /// The values that a setting can only have, as they are written.
    std::vector<std::string> choices(DeclarationRef setting) const;
    /// Names that are given between the innermost brackets, whatever stands before or behind the place.
    std::vector<std::string_view> given() const;

   private:
    static DeclarationRef find(const std::vector<DeclarationRef>& among, std::string_view name);
    /// What is known of the text between two brackets.
    struct Inside {
        size_t bracket = SIZE_MAX;                 ///< the opening one
        DeclarationRef type;                       ///< of the value that begins with it, when that is said anywhere
        std::vector<DeclarationRef> settings;
    };
    Inside within(size_t bracket, const Inside& outer) const;
    DeclarationRef type_of(size_t bracket, const Inside& outer) const;
    /// Of `kind {`, `stack name {`, `f(`.
    std::vector<DeclarationRef> named_settings(size_t bracket) const;
    DeclarationRef type_of_setting(DeclarationRef setting) const;
    DeclarationRef named(DeclarationRef type) const;
    void add_fields(DeclarationRef type, std::vector<DeclarationRef>& fields, int depth) const;
    void add_choices(DeclarationRef type, std::vector<std::string>& choices, int depth) const;
    /// The type of the elements of a list or of the values of a map; none of any other.
    DeclarationRef element(DeclarationRef type, std::string_view of, int depth) const;

    const Program& program_;
    const Tokens& tokens_;
    Inside inside_;
};

}  // namespace zflow::server
