/// @file deploy_text.hpp
/// @brief Const and deploy-time values as text in the notation of `Fn::Sub`: `arn:${AWS::Partition}:s3:::${Data}/in/*`.
///
/// The notation is the common form of everything that names something in a template: it can be compared, merged and
/// cut, and becomes a plain string, `Ref`, `Fn::GetAtt` or `Fn::Sub` only when it is written (template/values.hpp).
/// `${=12}` in it stands for value 12, which `Fn::Sub` cannot say by itself; `${=12#part}` for a part of that value.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "ir/program.hpp"
#include "lower/lower.hpp"

namespace zflow::iam {

/// Logical ids of what exists once per stack, made so that they are nobody else's.
struct StackIds {
    std::string key, schedule_group, dead_letters;
};

class DeployText {
   public:
    explicit DeployText(const lower::Context& context);

    /// Appends what is known of `value` before anything runs.
    /// @return whether that is all of it; otherwise `out` has got the part in front of the first run-time part
    bool append(ir::ValueId value, std::string& out) const;
    std::string text(ir::ValueId value) const;

    /// Appends `text` so that `Fn::Sub` gives it back: `${` becomes `${!`.
    static void append_literal(std::string_view text, std::string& out);

    /// Name and ARN of a pipeline's state machine. The name is fixed, so that policies and keys can name a machine
    /// without depending on it [CFN §5.4].
    std::string machine_name(uint32_t pipeline) const;
    std::string machine_arn(uint32_t pipeline) const;
    std::string role_arn(uint32_t role) const;
    std::string key_arn() const {
        ir::ValueId given = context_.stack.given_key;
        return given == ir::ValueId::none ? "${" + ids_.key + ".Arn}" : text(given);
    }
    /// The ARN (or a pattern that only fits it) of a secret.
    std::string secret_arn(uint32_t secret) const;

    /// Logical ids of what a pipeline gets beside its machine: its own id and a word.
    static std::string machine_role_id(const ir::Pipeline& pipeline) { return pipeline.logical_id + "Role"; }
    static std::string schedule_role_id(const ir::Pipeline& pipeline) { return pipeline.logical_id + "ScheduleRole"; }
    static std::string event_role_id(const ir::Pipeline& pipeline) { return pipeline.logical_id + "EventRole"; }
    static std::string reader_role_id(const ir::Pipeline& pipeline) { return pipeline.logical_id + "ReaderRole"; }

    const StackIds& ids() const { return ids_; }
    const lower::Context& context() const { return context_; }
    const ir::Value& value(ir::ValueId id) const { return context_.values[id]; }
    /// The field of a record by name; none when it has none or a null there.
    ir::ValueId field(ir::ValueId record, std::string_view name) const;
    ir::ValueId field(ir::ValueId record, Symbol name) const;

   private:
    bool append_record(ir::ValueId id, std::string& out) const;
    std::string free_id(std::string_view wanted) const;

    lower::Context context_;
    StackIds ids_;
    struct Known { std::string_view name; Symbol symbol = Symbol::none; };
    mutable std::array<Known, 61> known_{};   ///< names asked for before, by address
};

/// One piece of the notation: literal text (its escapes as they are) or a reference without its `${` and `}`.
struct Piece {
    std::string_view text;
    bool reference = false;
};

/// Takes the next piece off the front of `text`: a reference, or the literal text up to the next one.
Piece next_piece(std::string_view& text);

/// The literal text that `Fn::Sub` would make of the notation without references.
std::string unescape(std::string_view text);

}  // namespace zflow::iam
