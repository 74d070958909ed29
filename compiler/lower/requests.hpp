/// @file requests.hpp
/// @brief What a task hands to a service.
#pragma once

#include <vector>

#include "lower/values.hpp"

namespace zflow::lower {

/// Writes the arguments of calls. What one place of the program asks for again and again, the body of a stage kind for its
/// stages, differs in little: a compact definition repeats the text it has of it, but for the values that are others.
class Requests {
   public:
    Requests(const Context& context, ValueWriter& values, JsonWriter& json) : context_(context), values_(values), json_(json) {}

    /// A member that is `none` is left out: a service refuses null.
    void write(ir::ValueId arguments);

   private:
    enum class Form : uint8_t {
        Whole,    ///< written by the ValueWriter
        Record,
        List,
        Sifted,   ///< a record of which members may be absent when the pipeline runs
    };
    /// A value of a request, and where its text stands. The values within it follow.
    struct Part {
        ir::ValueId value;
        Symbol key;       ///< in a record
        size_t from, to;  ///< of the text
        size_t end;       ///< the first part behind it
        Form form;
        bool settled;     ///< known before the run, so that its text is the same everywhere in the definition
    };
    struct Request {
        Span where{};
        std::vector<Part> parts{};
    };

    Form form_of(ir::ValueId id) const;
    bool may_lack(ir::ValueId id) const;
    bool is_null(ir::ValueId id) const { return context_.values[id].op == ir::Op::Null; }
    void value(ir::ValueId id, Symbol key = Symbol::none);
    void members(ir::ValueId id, Form form);
    const Request* known(Span where, ir::ValueId arguments) const;
    std::vector<Part>& room_for(Span where);

    void copy(size_t part, ir::ValueId id);
    void repeat(size_t part, ir::ValueId id);
    bool is_same(const Part& part, ir::ValueId id) const;
    bool same_members(const std::vector<Part>& parts, size_t part, ir::ValueId id) const;
    void repeat_members(size_t part, ir::ValueId id);
    void other_members(size_t part, ir::ValueId id);
    void record_like(size_t part, ir::ValueId id);
    void list_like(size_t part, ir::ValueId id);

    const Context& context_;
    ValueWriter& values_;
    JsonWriter& json_;
    std::vector<Request> known_;
    size_t oldest_ = 0;                    ///< of the known ones: the next to be forgotten
    std::vector<Part>* noted_ = nullptr;   ///< parts of the request that is written, when it is to be known
    const std::vector<Part>* like_ = nullptr;   ///< those of the request that is repeated
    size_t repeated_ = 0;                  ///< its text is repeated up to there
};

}  // namespace zflow::lower
