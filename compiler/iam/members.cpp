#include "iam/members.hpp"

namespace zflow::iam {

using ir::Op;
using ir::Value;
using ir::ValueId;

namespace {

constexpr size_t most_alternatives = 64;

class Chooser {
   public:
    Chooser(const DeployText& texts, const ir::Pipeline* pipeline) : texts_(texts), pipeline_(pipeline) {}
    void follow(ValueId id) {
        const Value& v = texts_.value(id);
        if (v.op == Op::Null || out.size() >= most_alternatives || depth_ > 16) return;
        depth_++;
        if (v.op == Op::Conditional && v.time == ir::Time::Run) {
            follow(ValueId{v.b});
            follow(ValueId{v.c});
        } else if (v.op == Op::Joined && pipeline_) {
            follow_join(v);
        } else if (const ir::Let* let = let_of(v)) {
            follow(let->value);
        } else {
            out.push_back(id);
        }
        depth_--;
    }
    std::vector<ValueId> out;

   private:
    const ir::Let* let_of(const Value& v) const {
        if (v.op != Op::Result || v.b != 0 || !pipeline_) return nullptr;
        return std::get_if<ir::Let>(&(*pipeline_)[ir::StepId{v.a}].is);
    }
    void follow_join(const Value& v) {
        const auto& is = (*pipeline_)[ir::StepId{v.a}].is;
        const std::vector<ir::Join>* joins = nullptr;
        if (auto* choice = std::get_if<ir::Choice>(&is)) joins = &choice->joins;
        if (auto* attempt = std::get_if<ir::Try>(&is)) joins = &attempt->joins;
        if (!joins || v.b >= joins->size()) return;
        for (ValueId value : (*joins)[v.b].values) follow(value);
    }

    const DeployText& texts_;
    const ir::Pipeline* pipeline_;
    int depth_ = 0;
};

bool is_one_reference(std::string_view text) {
    if (!text.starts_with("${") || text.starts_with("${!")) return false;
    return text.find('}') == text.size() - 1;
}

std::string marker(ValueId id, std::string_view part) {
    return "${=" + std::to_string(static_cast<uint32_t>(id)) + "#" + std::string(part) + "}";
}

/// Behind the fifth colon of an ARN: the resource without partition, service, region and account.
std::string_view resource_of(std::string_view arn) {
    std::string_view rest = arn;
    for (int colons = 0; colons < 5; rest.remove_prefix(1)) {
        if (rest.empty()) return arn;
        if (rest.starts_with("${")) rest.remove_prefix(std::min(rest.find('}'), rest.size() - 1));
        else if (rest.front() == ':') colons++;
    }
    return rest;
}

/// The name in an ARN (without type and qualifier), the last part of a URL, a name without its revision. Text that is
/// only a reference to an ARN is split when it is deployed.
Known name_in(const DeployText& texts, ValueId id, const Known& whole) {
    bool arn = whole.text.starts_with("arn:");
    if (whole.complete && is_one_reference(whole.text) &&
        texts.context().types.kind(texts.value(id).type) == types::TypeKind::Arn)
        return {marker(id, ":6"), true};
    std::string_view name = arn ? resource_of(whole.text) : whole.text;
    size_t slash = rfind_outside(name, "/");
    if (slash != std::string::npos) name.remove_prefix(slash + 1);
    else if (size_t type = name.find(':'); arn && type != std::string::npos) name.remove_prefix(type + 1);
    return {std::string(name.substr(0, rfind_outside(name, ":"))), whole.complete};
}

}  // namespace

std::vector<ValueId> alternatives(const DeployText& texts, const ir::Pipeline* pipeline, ValueId value) {
    switch (texts.value(value).op) {
        case Op::Null: return {};
        case Op::Conditional: case Op::Joined: case Op::Result: break;
        default: return {value};   // nothing is chosen here
    }
    Chooser chooser(texts, pipeline);
    chooser.follow(value);
    return std::move(chooser.out);
}

MemberPath::MemberPath(std::string_view path, const Interner& names) : text(path) {
    while (!path.empty()) {
        std::string_view name = path.substr(0, path.find('.'));
        path.remove_prefix(std::min(path.size(), name.size() + 1));
        bool list = name.ends_with("[]");
        if (list) name.remove_suffix(2);
        parts.push_back({names.find(name), list});
    }
}

std::vector<ValueId> members(const DeployText& texts, const ir::Pipeline& pipeline, ValueId record, const MemberPath& path) {
    if (texts.value(record).op == Op::Record && path.parts.size() == 1 && !path.parts[0].list)
        return alternatives(texts, &pipeline, texts.field(record, path.parts[0].name));
    std::vector<ValueId> at = alternatives(texts, &pipeline, record);
    for (auto [name, list] : path.parts) {
        std::vector<ValueId> next;
        for (ValueId r : at) {
            if (texts.value(r).op != Op::Record) {
                next.push_back(r);  // made at run time: nothing is known of its members
                continue;
            }
            for (ValueId v : alternatives(texts, &pipeline, texts.field(r, name))) {
                if (!list || texts.value(v).op != Op::List) {
                    next.push_back(v);
                    continue;
                }
                for (ValueId item : texts.context().values.links(v)) {
                    auto some = alternatives(texts, &pipeline, item);
                    next.insert(next.end(), some.begin(), some.end());
                }
            }
        }
        at = std::move(next);
    }
    return at;
}

Location location_of(const DeployText& texts, ValueId id) {
    Location out;
    ValueId bucket = texts.field(id, "bucket");
    if (bucket != ValueId::none) {
        out.bucket.complete = texts.append(bucket, out.bucket.text);
        ValueId key = texts.field(id, "key");
        if (key != ValueId::none) out.prefix.complete = texts.append(key, out.prefix.text);
    } else {
        if (ValueId uri = texts.field(id, "uri"); uri != ValueId::none) id = uri;
        std::string text;
        bool complete = texts.append(id, text);
        std::string_view rest = text;
        if (rest.starts_with("s3://")) {
            rest.remove_prefix(5);
            size_t slash = rest.find('/');
            out.bucket = {std::string(rest.substr(0, slash)), complete || slash != std::string_view::npos};
            out.prefix = {std::string(slash == std::string_view::npos ? "" : rest.substr(slash + 1)), complete};
        } else if (complete && texts.value(id).time == ir::Time::Deploy) {
            // a location that is passed as a parameter: taken apart when it is deployed
            out.bucket = {marker(id, "/2"), true};
            out.whole = marker(id, "path");
            out.prefix = {"", false};
            out.known = true;
            return out;
        }
    }
    out.known = out.bucket.complete && !out.bucket.text.empty();
    if (!out.prefix.complete) {  // up to the last part that is known in full
        size_t slash = rfind_outside(out.prefix.text, "/");
        out.prefix.text.erase(slash == std::string::npos ? 0 : slash + 1);
    }
    out.prefix.text = escape_wildcards(out.prefix.text);
    return out;
}

namespace {

/// The part with this number between slashes, references left whole; `*` when the text does not reach so far.
Known segment(const Known& whole, unsigned number) {
    size_t begin = 0, at = 0;
    for (; at < whole.text.size(); at++) {
        if (whole.text.compare(at, 2, "${") == 0) at = std::min(whole.text.find('}', at), whole.text.size() - 1);
        else if (whole.text[at] == '/') {
            if (--number == 0) return {whole.text.substr(begin, at - begin), true};
            begin = at + 1;
        }
    }
    if (number == 1) return {whole.text.substr(begin), whole.complete};
    return {"", false};
}

}  // namespace

Known known_part(const DeployText& texts, ValueId id, std::string_view part) {
    if (part == "bucket") return location_of(texts, id).bucket;
    if (part == "key") return location_of(texts, id).prefix;
    Known whole;
    whole.complete = texts.append(id, whole.text);
    if (part == "name") whole = name_in(texts, id, whole);
    if (part.size() == 1 && part[0] >= '1' && part[0] <= '9') whole = segment(whole, static_cast<unsigned>(part[0] - '0'));
    if (part == "path" && whole.text.starts_with('/')) whole.text.erase(0, 1);
    whole.text = escape_wildcards(whole.text);
    return whole;
}

bool as_arn(const DeployText& texts, ValueId id, Known& arn) {
    arn = {};
    const Value& v = texts.value(id);
    if (v.op == Op::Secret) return arn.text = texts.secret_arn(v.a), true;
    arn.complete = texts.append(id, arn.text);
    if (arn.text.starts_with("arn:") || v.op == Op::RoleArn || v.op == Op::KeyArn) return true;
    if (v.op == Op::Attribute && v.b) return texts.context().names.text(Symbol{v.b}).ends_with("Arn");
    if (v.op == Op::Attribute) {
        const ir::Resource& resource = texts.context().stack.resources[v.a];
        if (resource.type == "AWS::SQS::Queue") return arn.text = "${" + resource.logical_id + ".Arn}", true;
        return resource.type == "AWS::SNS::Topic" || resource.type == "AWS::StepFunctions::StateMachine" ||
               resource.type == "AWS::SecretsManager::Secret" || resource.type == "AWS::Batch::JobQueue";
    }
    return arn.complete && texts.context().types.kind(v.type) == types::TypeKind::Arn;
}

}  // namespace zflow::iam
