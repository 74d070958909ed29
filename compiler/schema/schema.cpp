/// @file schema.cpp
/// @brief Reads the packed service knowledge in place.

#include "schema/schema.hpp"

#include <algorithm>
#include <array>

#include "schema/tables.hpp"

namespace zflow::schema {

namespace {

using tables::packed;

std::string_view text(tables::Text place) { return {packed.pool + place.offset, place.length}; }

const tables::ShapeRow& row(Shape shape) { return packed.shapes.rows[shape.id()]; }

bool is_structure(const tables::ShapeRow& shape) {
    return static_cast<Kind>(shape.kind) == Kind::Structure || static_cast<Kind>(shape.kind) == Kind::Union;
}

/// Byte order. Most names differ in their first byte already.
bool comes_before(std::string_view a, std::string_view b) {
    if (a.empty() || b.empty() || a[0] == b[0]) return a < b;
    return static_cast<unsigned char>(a[0]) < static_cast<unsigned char>(b[0]);
}

/// Of so few rows all are looked at: that they have other lengths shows without their names.
constexpr std::ptrdiff_t few_rows = 24;

/// The row of [first, last) whose name is `name`; the rows are in byte order of their names. Null when there is none.
template <typename Row, typename Name>
const Row* find_row(const Row* first, const Row* last, std::string_view name, Name name_of) {
    if (last - first <= few_rows) {
        for (; first != last; first++)
            if (name_of(*first) == name) return first;
        return nullptr;
    }
    const auto before = [&](const Row& candidate, std::string_view wanted) { return comes_before(name_of(candidate), wanted); };
    const Row* found = std::lower_bound(first, last, name, before);
    return found != last && name_of(*found) == name ? found : nullptr;
}

template <typename Row>
const Row* find_named(const tables::Table<Row>& table, tables::Span span, std::string_view name) {
    const Row* first = table.rows + span.first;
    return find_row(first, first + span.count, name, [](const Row& candidate) { return text(candidate.name); });
}

template <typename Row>
tables::Span whole(const tables::Table<Row>& table) { return {0, table.count}; }

Shape structure_part(Shape shape, Kind kind, uint32_t id) { return shape.kind() == kind ? Shape(id) : Shape(); }

const tables::IntegrationRow& integration_row(uint32_t index) { return packed.integrations.rows[index]; }

template <typename Range>
Range range(tables::Span span) { return Range(span.first, span.count); }

}  // namespace

std::string_view to_string(Pattern pattern) noexcept {
    static constexpr std::array<std::string_view, 4> names = {"request", "sync", "sync:2", "waitForTaskToken"};
    return names[static_cast<size_t>(pattern)];
}

// ---- shapes

Kind Shape::kind() const { return id_ == 0 ? Kind::Any : static_cast<Kind>(row(*this).kind); }

std::string_view Shape::name() const { return text(row(*this).name); }

std::string_view Shape::service() const {
    return id_ == 0 ? std::string_view() : text(packed.shape_services.rows[row(*this).service].name);
}

std::optional<double> Shape::min() const {
    if ((row(*this).flags & tables::has_min) == 0) return std::nullopt;
    return row(*this).min;
}

std::optional<double> Shape::max() const {
    if ((row(*this).flags & tables::has_max) == 0) return std::nullopt;
    return row(*this).max;
}

std::string_view Shape::pattern() const { return text(row(*this).pattern); }

bool Shape::has_enum() const { return !is_structure(row(*this)) && row(*this).items.count != 0; }

EnumRange Shape::enum_values() const { return has_enum() ? range<EnumRange>(row(*this).items) : EnumRange(); }

bool Shape::enum_contains(std::string_view value) const {
    if (!has_enum()) return false;
    const tables::Text* first = packed.lists.rows + row(*this).items.first;
    return find_row(first, first + row(*this).items.count, value, text) != nullptr;
}

Shape Shape::element() const { return structure_part(*this, Kind::List, row(*this).a); }

Shape Shape::key() const { return structure_part(*this, Kind::Map, row(*this).a); }

Shape Shape::value() const { return structure_part(*this, Kind::Map, row(*this).b); }

uint32_t Shape::member_count() const { return is_structure(row(*this)) ? row(*this).items.count : 0; }

Member Shape::member(uint32_t i) const {
    const tables::MemberRow& found = packed.members.rows[row(*this).items.first + i];
    return {text(found.name), Shape(found.shape), found.required != 0, text(found.doc)};
}

std::optional<Member> Shape::find(std::string_view name) const {
    if (!is_structure(row(*this))) return std::nullopt;
    const tables::MemberRow* found = find_named(packed.members, row(*this).items, name);
    if (found == nullptr) return std::nullopt;
    return Member{text(found->name), Shape(found->shape), found->required != 0, text(found->doc)};
}

uint32_t shape_count() { return packed.shapes.count - 1; }

Shape find_shape(std::string_view service, std::string_view name) {
    const tables::NamedSpan* shapes = find_named(packed.shape_services, whole(packed.shape_services), service);
    if (shapes == nullptr) return {};
    const tables::ShapeRow* found = find_named(packed.shapes, shapes->items, name);
    return found == nullptr ? Shape() : Shape(static_cast<uint32_t>(found - packed.shapes.rows));
}

// ---- rows behind the ranges

namespace detail {

std::string_view list_string(uint32_t index) { return text(packed.lists.rows[index]); }

Right right_at(uint32_t index) {
    const tables::RightRow& right = packed.rights.rows[index];
    return {range<StringRange>(right.actions), text(right.resource),   right.lower != 0,        text(right.condition),
            text(right.when),                  text(right.arn_member), text(right.arn_resource)};
}

PassRole pass_role_at(uint32_t index) {
    const tables::PassRoleRow& role = packed.pass_roles.rows[index];
    return {text(role.member), text(role.service)};
}

ErrorAdvice error_at(uint32_t index) {
    const tables::ErrorRow& error = packed.errors.rows[index];
    return {text(error.name), error.retry != 0};
}

ManagedRule rule_at(uint32_t index) {
    const tables::RuleRow& rule = packed.rules.rows[index];
    return {text(rule.name), text(rule.resource)};
}

AccessStatement access_at(uint32_t index) {
    const tables::RightRow& right = packed.rights.rows[index];
    return {range<StringRange>(right.actions), text(right.resource), text(right.condition), text(right.when)};
}

}  // namespace detail

// ---- integrations

std::string_view Integration::service() const {
    return text(packed.services.rows[integration_row(index_).service].name);
}

std::string_view Integration::operation() const { return text(integration_row(index_).operation); }

Pattern Integration::pattern() const { return static_cast<Pattern>(integration_row(index_).pattern); }

bool Integration::optimized() const { return integration_row(index_).optimized != 0; }

std::string_view Integration::resource() const { return text(integration_row(index_).resource); }

Shape Integration::input() const { return Shape(integration_row(index_).input); }

Shape Integration::output() const { return Shape(integration_row(index_).output); }

bool Integration::has_allow_list() const { return integration_row(index_).has_allow_list != 0; }

StringRange Integration::allowed() const { return range<StringRange>(integration_row(index_).allowed); }

bool Integration::allows(std::string_view top_level_member) const {
    if (!has_allow_list()) return true;
    const tables::Span names = integration_row(index_).allowed;
    const tables::Text* first = packed.lists.rows + names.first;
    return find_row(first, first + names.count, top_level_member, text) != nullptr;
}

RightRange Integration::rights() const { return range<RightRange>(integration_row(index_).rights); }

PassRoleRange Integration::pass_roles() const { return range<PassRoleRange>(integration_row(index_).pass_roles); }

ErrorRange Integration::errors() const { return range<ErrorRange>(integration_row(index_).errors); }

std::string_view Integration::fresh_member() const { return text(integration_row(index_).fresh); }
std::string_view Integration::kept_member() const { return text(integration_row(index_).kept); }
std::string_view Integration::freed_by() const { return text(integration_row(index_).freed_by); }
RuleRange Integration::managed_rules() const { return range<RuleRange>(integration_row(index_).rules); }

namespace {

const tables::OperationRow* find_operation(std::string_view service, std::string_view operation) {
    const tables::NamedSpan* owner = find_named(packed.services, whole(packed.services), service);
    return owner == nullptr ? nullptr : find_named(packed.operations, owner->items, operation);
}

std::optional<Integration> find_form(tables::Span candidates, Pattern pattern, bool optimized) {
    for (uint32_t i = candidates.first; i < candidates.first + candidates.count; ++i) {
        const Integration candidate(i);
        if (candidate.pattern() == pattern && candidate.optimized() == optimized) return candidate;
    }
    return std::nullopt;
}

}  // namespace

std::optional<Integration> find_integration(std::string_view service, std::string_view operation, Pattern pattern,
                                            bool force_sdk) {
    const tables::OperationRow* found = find_operation(service, operation);
    if (found == nullptr) return std::nullopt;
    const bool sdk_first = force_sdk || found->prefer_sdk != 0;
    auto first = find_form(found->items, pattern, !sdk_first);
    if (first || force_sdk) return first;
    return find_form(found->items, pattern, sdk_first);
}

uint32_t integration_count() { return packed.integrations.count; }

Integration integration_at(uint32_t index) { return Integration(index); }

namespace {

template <typename Row>
std::vector<std::string_view> names_of(const tables::Table<Row>& table, tables::Span span) {
    std::vector<std::string_view> names;
    names.reserve(span.count);
    for (uint32_t i = 0; i < span.count; ++i) names.push_back(text(table.rows[span.first + i].name));
    return names;
}

}  // namespace

std::vector<std::string_view> services() { return names_of(packed.services, whole(packed.services)); }

std::vector<std::string_view> operations(std::string_view service) {
    const tables::NamedSpan* owner = find_named(packed.services, whole(packed.services), service);
    return owner == nullptr ? std::vector<std::string_view>() : names_of(packed.operations, owner->items);
}

std::optional<Integration> find_sdk_integration(std::string_view service, std::string_view operation, Pattern pattern) {
    constexpr std::string_view scheme = "states:::aws-sdk:";
    for (uint32_t i = 0; i < packed.integrations.count; ++i) {
        const Integration candidate(i);
        if (candidate.optimized() || candidate.pattern() != pattern || candidate.operation() != operation) continue;
        const std::string_view resource = candidate.resource().substr(scheme.size());
        if (resource.substr(0, resource.find(':')) == service) return candidate;
    }
    return std::nullopt;
}

namespace {

/// Calls `visit` with each name of a service, in byte order, until it gives false.
template <typename Visit>
void each_name(const tables::Table<tables::SdkServiceRow>& services, std::string_view service, Visit visit) {
    const tables::SdkServiceRow* owner = find_named(services, whole(services), service);
    if (owner == nullptr) return;
    std::string name;
    for (std::string_view rest = text(owner->operations); !rest.empty();) {
        const size_t end = rest.find('\n');
        name.resize(static_cast<size_t>(rest[0] - tables::no_shared));
        name += rest.substr(1, end - 1);
        if (!visit(name)) return;
        rest.remove_prefix(end + 1);
    }
}

std::vector<std::string> all_names(const tables::Table<tables::SdkServiceRow>& services, std::string_view service) {
    std::vector<std::string> names;
    each_name(services, service, [&](const std::string& name) { return names.push_back(name), true; });
    return names;
}

char lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// `*` stands for any text, `?` for any character; upper and lower case are the same.
bool fits_action(std::string_view wanted, std::string_view name) {
    size_t w = 0, n = 0, star = std::string_view::npos, resume = 0;
    while (n < name.size()) {
        if (w < wanted.size() && wanted[w] == '*') star = w++, resume = n;
        else if (w < wanted.size() && (wanted[w] == '?' || lower_case(wanted[w]) == lower_case(name[n]))) w++, n++;
        else if (star != std::string_view::npos) w = star + 1, n = ++resume;
        else return false;
    }
    return wanted.find_first_not_of('*', w) == std::string_view::npos;
}

}  // namespace

std::vector<std::string_view> sdk_services() { return names_of(packed.sdk_services, whole(packed.sdk_services)); }
std::vector<std::string> sdk_operations(std::string_view service) { return all_names(packed.sdk_services, service); }

std::vector<std::string_view> iam_services() { return names_of(packed.iam_services, whole(packed.iam_services)); }
std::vector<std::string> iam_actions(std::string_view service) { return all_names(packed.iam_services, service); }

bool is_iam_action(std::string_view service, std::string_view action) {
    bool found = false;
    each_name(packed.iam_services, service, [&](const std::string& name) { return !(found = fits_action(action, name)); });
    return found;
}

StringRange iam_arn_services(std::string_view service) {
    const tables::NamedSpan* found = find_named(packed.iam_arns, whole(packed.iam_arns), service);
    return found ? range<StringRange>(found->items) : StringRange();
}

std::optional<Thing> iam_thing(std::string_view service, std::string_view action) {
    for (uint32_t i = 0; i < packed.iam_things.count; i++) {
        const tables::ThingRow& row = packed.iam_things.rows[i];
        if (text(row.service) != service) continue;
        for (std::string_view known : range<StringRange>(row.actions))
            if (known == action) return Thing{text(row.name), text(row.arn)};
    }
    return std::nullopt;
}

std::vector<std::string_view> regions() {
    std::vector<std::string_view> names;
    for (uint32_t i = 0; i < packed.regions.count; i++) names.push_back(text(packed.regions.rows[i]));
    return names;
}

bool is_region(std::string_view name) {
    const tables::Text* all = packed.regions.rows;
    return find_row(all, all + packed.regions.count, name, [](const tables::Text& t) { return text(t); }) != nullptr;
}

// ---- access and instances

std::optional<AccessRange> find_access(std::string_view intent) {
    const tables::NamedSpan* found = find_named(packed.intents, whole(packed.intents), intent);
    if (found == nullptr) return std::nullopt;
    return range<AccessRange>(found->items);
}

std::vector<std::string_view> access_intents() { return names_of(packed.intents, whole(packed.intents)); }

namespace {

/// "ml.g5.xlarge" and "g5.xlarge" -> "g5".
std::string_view family_of(std::string_view instance_type) {
    if (instance_type.starts_with("ml.")) instance_type.remove_prefix(3);
    return instance_type.substr(0, instance_type.find('.'));
}

const tables::InstanceRow* family_row(std::string_view instance_type) {
    const tables::InstanceRow* first = packed.instances.rows;
    return find_row(first, first + packed.instances.count, family_of(instance_type),
                    [](const tables::InstanceRow& candidate) { return text(candidate.family); });
}

bool family_has(std::string_view instance_type, tables::InstanceFlag flag) {
    const auto* found = family_row(instance_type);
    return found != nullptr && (found->flags & flag) != 0;
}

}  // namespace

// ---- agreements

Agreement detail::agreement_at(uint32_t index) {
    const tables::AgreementRow& row = packed.agreements.rows[index];
    return {static_cast<Agreement::Kind>(row.kind), range<StringRange>(row.of), row.most, text(row.says), text(row.pattern), text(row.unless)};
}

namespace {

template <typename Same>
AgreementRange agreements_where(Same same) {
    uint32_t first = 0, count = 0;
    for (uint32_t i = 0; i < packed.agreements.count; i++) {
        if (!same(text(packed.agreements.rows[i].operation))) continue;
        if (!count++) first = i;
    }
    return {first, count};
}

}  // namespace

AgreementRange agreements(std::string_view service, std::string_view operation) {
    return agreements_where([&](std::string_view name) {
        return name.size() == service.size() + 1 + operation.size() && name.ends_with(operation) && name.starts_with(service);
    });
}

AgreementRange agreements(std::string_view resource_type) {
    return agreements_where([&](std::string_view name) { return name == resource_type; });
}

std::optional<Pattern> pattern_of(std::string_view word) noexcept {
    for (const PatternWord& known : pattern_words)
        if (known.word == word) return known.pattern;
    return std::nullopt;
}

// ---- algorithms

std::optional<Algorithm> find_algorithm(std::string_view account, std::string_view repository) {
    const tables::Text* accounts = packed.registries.rows;
    if (!find_row(accounts, accounts + packed.registries.count, account, [](const tables::Text& t) { return text(t); })) return std::nullopt;
    const tables::AlgorithmRow* first = packed.algorithms.rows;
    const auto* row = find_row(first, first + packed.algorithms.count, repository, [](const tables::AlgorithmRow& r) { return text(r.repository); });
    if (!row) return std::nullopt;
    Algorithm algorithm{text(row->repository), text(row->unless), range<StringRange>(row->channels), range<StringRange>(row->distributions),
                        range<StringRange>(row->needed_channels), range<StringRange>(row->content_types), range<StringRange>(row->told),
                        range<StringRange>(row->refused_modes), range<StringRange>(row->families), range<StringRange>(row->maximized),
                        range<StringRange>(row->minimized), text(row->split_channel), text(row->split_parameter), text(row->several_parameter),
                        text(row->several_value), (row->devices & tables::on_cpu) != 0, (row->devices & tables::on_gpu) != 0,
                        (row->devices & tables::several_on_cpu) != 0, (row->devices & tables::several_on_gpu) != 0, {}};
    for (uint32_t i = 0; i < row->hyperparameters.count; i++) {
        const tables::HyperparameterRow& p = packed.hyperparameters.rows[row->hyperparameters.first + i];
        Hyperparameter parameter{text(p.name), range<StringRange>(p.values), p.kind == tables::whole_number || p.kind == tables::any_number,
                                 p.kind == tables::whole_number, p.kind == tables::truth, (p.flags & tables::is_needed) != 0,
                                 text(p.with_name), text(p.with_value), std::nullopt, std::nullopt,
                                 (p.flags & tables::above_least) != 0, (p.flags & tables::below_most) != 0};
        if (p.flags & tables::has_least) parameter.least = p.least;
        if (p.flags & tables::has_most) parameter.most = p.most;
        algorithm.hyperparameters.push_back(parameter);
    }
    return algorithm;
}

std::optional<AlgorithmCall> find_algorithm_call(std::string_view operation) {
    const tables::AlgorithmCallRow* first = packed.algorithm_calls.rows;
    const auto* row = find_row(first, first + packed.algorithm_calls.count, operation, [](const tables::AlgorithmCallRow& r) { return text(r.operation); });
    if (!row) return std::nullopt;
    return AlgorithmCall{text(row->image), text(row->channels), text(row->content_types), text(row->distributions), range<StringRange>(row->modes),
                         text(row->hyperparameters), range<StringRange>(row->tuned), range<StringRange>(row->instances), text(row->count),
                         text(row->objective), text(row->goal), text(row->metrics)};
}

bool has_local_nvme(std::string_view instance_type) { return family_has(instance_type, tables::local_nvme); }

bool has_gpu(std::string_view instance_type) { return family_has(instance_type, tables::gpu); }

bool has_no_gpu(std::string_view instance_type) { return family_row(instance_type) && !has_gpu(instance_type); }

}  // namespace zflow::schema
