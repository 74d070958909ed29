/// @file extents.hpp
/// @brief How many bytes values take as JSON, as far as constants, types and the number of turns of a loop say it.
#pragma once

#include <unordered_map>
#include <unordered_set>

#include "check/check.hpp"

namespace zflow::check {

/// Of what may be of any length nothing is known: there `most` is as much as `least`.
struct Extent {
    double least = 0;   ///< surely
    double most = 0;    ///< when all that has a limit is as long as the limit allows
};

inline Extent operator+(Extent a, Extent b) { return {a.least + b.least, a.most + b.most}; }

class Extents {
   public:
    enum Unit : uint8_t { Bytes, Characters };
    explicit Extents(const Context& context, Unit unit = Bytes) : c_(context), unit_(unit) {}

    /// The values of which steps are meant from now on.
    void begin(const ir::Pipeline& pipeline) { pipeline_ = &pipeline, of_steps_.clear(), ignored_.clear(), ignores_inputs_ = false; }
    Extent of(ir::ValueId value);
    Extent of(types::TypeId type, unsigned depth = 0);
    /// At least what keys and values of a map of texts have.
    double texts_of(ir::ValueId map);
    /// What a state gets of the turns of a loop.
    Extent results(const ir::Map& map);
    /// How many turns a loop has.
    Extent turns(const ir::Map& map);

    // what was reported already counts no more, so that it is reported once
    void ignore(ir::StepId step) { ignored_.insert(static_cast<uint32_t>(step)), of_values_.clear(); }
    void ignore_inputs() { ignores_inputs_ = true; }

   private:
    Extent part(ir::ValueId value);
    Extent list(ir::ValueId value);
    Extent record(ir::ValueId value);
    Extent joined(const ir::Value& value);
    Extent result(const ir::Value& value);
    Extent text(ir::ValueId value);
    Extent scalar(const types::Type& type);
    Extent shape(schema::Shape shape, unsigned depth);
    Extent count(ir::ValueId list);
    Extent batches(const ir::Distributed& far, Extent items) const;
    const ir::Step* step_of(uint32_t id) const { return id < pipeline_->steps.size() ? &pipeline_->steps[id] : nullptr; }

    double length(std::string_view text) const;

    const Context& c_;
    Unit unit_;
    const ir::Pipeline* pipeline_ = nullptr;
    unsigned depth_ = 0;
    bool ignores_inputs_ = false;
    std::unordered_map<uint32_t, Extent> of_values_, of_patterns_;
    std::unordered_map<uint32_t, Extent> of_steps_;   ///< results of loops
    std::unordered_set<uint32_t> ignored_;
};

}  // namespace zflow::check
