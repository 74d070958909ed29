/// @file cursor.hpp
/// @brief A place in an open document, and what is needed to say something about it.
#pragma once

#include "server/names.hpp"
#include "server/program.hpp"
#include "server/settings.hpp"
#include "server/workspace.hpp"

namespace zflow::server {

struct Cursor {
    /// `params`: those of a request about a position. Throws when they are not of that form.
    Cursor(const Workspace& workspace, const Json& params)
        : Cursor(workspace, workspace.document(params), 0) {
        offset = lines.offset(params.at("position").get<Position>());
    }
    Cursor(const Workspace& workspace, const Document& in, size_t at) : Cursor(workspace.documents(), workspace.client.encoding, in, at) {}
    Cursor(const Documents& documents, Encoding encoding, const Document& in, size_t at)
        : document(in), lines(in.text, encoding), offset(at), tokens(in.text), makers(makers_of(tokens)), program(in, documents) {}

    Range range_of(size_t token) const { return lines.range(tokens[token].begin, tokens[token].end); }
    /// What may be written between the brackets around a token.
    Settings settings_at(size_t token) const { return {program, tokens, brackets_before(tokens, token)}; }

    const Document& document;
    Lines lines;
    size_t offset;
    Tokens tokens;
    std::vector<size_t> makers;
    Program program;
};

/// What a word names: one of these, or nothing.
struct Meaning {
    DeclarationRef setting;       ///< it is the key of one
    size_t local = SIZE_MAX;      ///< the token of the name that a statement makes
    DeclarationRef declaration;
};
Meaning meaning_of(const Cursor& cursor, size_t word);

}  // namespace zflow::server
