// A `for` whose turns are executions of their own: what is read, in which pieces, what becomes of the results.
// Facts: Step Functions guide, state-map-distributed, input-output-itemreader, -itembatcher, -resultwriter.
#include <algorithm>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

using syntax::Operator;

namespace {

struct Format { std::string_view name, input_type; };
constexpr Format formats[] = {{"csv", "CSV"}, {"json", "JSON"}, {"jsonl", "JSONL"}, {"parquet", "PARQUET"}};
struct Delimiter { std::string_view text, name; };
constexpr Delimiter delimiters[] = {{",", "COMMA"}, {"|", "PIPE"}, {";", "SEMICOLON"}, {" ", "SPACE"}, {"\t", "TAB"}};

constexpr int64_t most_items_read = 100'000'000;
constexpr int64_t most_batch_bytes = 262'144;
constexpr size_t longest_label = 40;
/// Step Functions guide, state-map-distributed: what a label must not hold, besides blanks and control characters.
constexpr std::string_view not_in_labels = "?*<>{}[]:;,\\|^~$#%&`\"";

}  // namespace

bool Elaborator::is_row_of(TypeId row, std::string_view type) {
    DeclarationRef d = session_.modules.library.find(names_.intern(type));
    return d && declared_type(d) == row;
}

void Elaborator::distribute(ir::Map& map, StepId id, ValueId source, TypeId element, const std::vector<Setting>& given, Span where) {
    if (recording_) recording_->breaks();   // rights, labels and the order of data depend on the whole pipeline
    ir::Distributed& far = map.distributed.emplace();
    far.label = loop_label(id, given);
    far.express = loop_flag(given, known_.express);
    batches(far, given);
    tolerances(far, given);
    write_results(far, id, given);
    if (kind_of(source) == TypeKind::Dataset) return read_rows(far, id, source, element, given, where);
    for (Symbol option : {known_.format, known_.header, known_.delimiter, known_.pointer, known_.files, known_.prefix, known_.limit})
        refuse_option(given, option, "a list: nothing is read");
}

void Elaborator::refuse_option(const std::vector<Setting>& given, Symbol option, std::string_view what) {
    if (const Setting* s = loop_argument(given, option)) diagnostics_.report(diag::ReaderOption, s->where, text(option), what);
}

/// "csv"; empty, and reported, when the rows of that type cannot be read.
std::string_view Elaborator::row_format(TypeId row, const std::vector<Setting>& given, Span where) {
    constexpr std::string_view choices =
        "rows are read from `csv` (the first line names the columns), `json` (a list), `jsonl` (one object a line) and `parquet`";
    std::string_view name;
    Span at = where;
    if (const Setting* s = loop_argument(given, known_.format)) {
        ValueId value = loop_value(given, known_.format, plain(TypeKind::String), Time::Const);
        if (value == ValueId::none) return "";
        name = const_text(value).value_or("");
        at = s->written;
    } else if (const types::Type& type = types_[row]; type.kind == TypeKind::Nominal) {
        // a data set says it in its declaration, after its columns
        const syntax::Tree& t = session_.modules.all[type.declaration >> 24].tree;
        NodeId declaration = type.declaration & 0xffffff;
        if (t.kind(declaration) == NodeKind::Dataset)
            for (NodeId c : syntax::Children(t, declaration))
                if (t.kind(c) == NodeKind::Name) name = text(t[c].symbol) == text(type.name) ? "" : text(t[c].symbol);
    }
    auto known = std::find_if(std::begin(formats), std::end(formats), [&](const Format& f) { return f.name == name; });
    if (known != std::end(formats)) return known->name;
    if (types_.kind(row) == TypeKind::Error) return "";
    if (at == where && !name.empty() && !closest_format(name).empty()) return "";   // reported where it is declared
    std::string problem = fmt::format("nothing says in which format the rows of `{}` are", type_text(row));
    if (!name.empty()) problem = fmt::format("rows cannot be read from `{}`", name);
    diagnostics_.report(diag::UnreadableFormat, at, problem)
        .help(fmt::format("{}; say it in the declaration, `dataset … as csv`, or here, `(format: \"csv\")`", choices));
    return "";
}

void Elaborator::read_rows(ir::Distributed& far, StepId id, ValueId source, TypeId row, const std::vector<Setting>& given, Span where) {
    bool inventory = is_inventory_row(row), objects = is_object_row(row);
    bool manifest = inventory || loop_argument(given, known_.files);
    ValueId bucket = bucket_of(source, where), key = key_of(source, where);
    auto last = [&](ValueId v) { return values_[v].op == Op::Concat ? values_.links(v).back() : v; };
    auto tail = const_text(last(key));
    bool folder = objects || (!manifest && (loop_flag(given, known_.prefix) || (tail && (tail->empty() || tail->ends_with('/')))));
    ir::Field arguments[] = {{known_.Bucket, bucket}, {folder ? known_.Prefix : known_.Key, key}};
    far.reader = make_record(arguments, plain(TypeKind::Literals), where);
    far.lists = folder;
    std::vector<ir::Field> config;
    auto put = [&](std::string_view name, ValueId value) { config.push_back({names_.intern(name), value}); };
    auto put_text = [&](std::string_view name, std::string_view value) {
        put(name, make_text(value, plain(TypeKind::String), where));
    };
    bool csv = false;
    if (objects || inventory) {
        for (Symbol option : {known_.format, known_.header, known_.delimiter, known_.pointer, known_.files, known_.prefix})
            refuse_option(given, option, "a list of objects: what is in them is not read");
        if (inventory) put_text("InputType", "MANIFEST");
    } else {
        std::string_view format = row_format(row, given, where);
        if (format.empty()) return;
        csv = format == "csv";
        if (manifest) put_text("ManifestType", "ATHENA_DATA");
        if (manifest && format == "json")
            diagnostics_.report(diag::ReaderOption, loop_argument(given, known_.files)->where, "files", "`json`")
                .help("a manifest of Athena names files in `csv`, `jsonl` or `parquet`");
        for (const Format& f : formats)
            if (f.name == format) put_text("InputType", f.input_type);
        if (folder) put_text("Transformation", "LOAD_AND_FLATTEN");
        std::string what = fmt::format("`{}`", format);
        if (!csv) refuse_option(given, known_.header, what), refuse_option(given, known_.delimiter, what);
        if (format != "json") refuse_option(given, known_.pointer, what);
        else if (ValueId pointer = loop_value(given, known_.pointer, plain(TypeKind::String), Time::Const); pointer != ValueId::none)
            put("ItemsPointer", pointer);
    }
    if (csv) csv_options(config, row, given, where);
    if (ValueId limit = loop_number(given, known_.limit, 1, most_items_read); limit != ValueId::none) put("MaxItems", limit);
    if (!config.empty()) far.reader_config = make_record(config, plain(TypeKind::Literals), where);
    if (csv || objects || inventory) far.decode = decoded(id, bucket, row, csv, far.batch != ValueId::none, where);
    own_access(objects ? "s3.list" : folder ? "s3.map_read" : "s3.read_object", source, where);
    touched(false, source, id, where);
    if (manifest) refuse_option(given, known_.prefix, "a manifest, which is one object");
    if (manifest) manifest_files(inventory ? inventory_folder(source, where) : loop_value(given, known_.files, plain(TypeKind::S3)), id, where);
    if (!objects) own_key("kms.decrypt");
}

/// The files that a manifest names are read too.
void Elaborator::manifest_files(ValueId folder, StepId id, Span where) {
    if (folder == ValueId::none) return;
    own_access("s3.map_manifest", folder, where);
    touched(false, folder, id, where);
}

/// S3 User Guide, storage-inventory-location: `…/config/2026-01-31T01-00Z/manifest.json` names files in `…/config/data/`.
ValueId Elaborator::inventory_folder(ValueId manifest, Span where) {
    ValueId key = key_of(manifest, where);
    bool parts = values_[key].op == Op::Concat;
    std::string_view known = const_text(parts ? values_.links(key).front() : key).value_or("");
    size_t end = known.rfind('/');
    if (!parts && end != std::string_view::npos) end = known.substr(0, end).rfind('/');   // past the date
    known = end == std::string_view::npos ? std::string_view() : known.substr(0, end + 1);
    ir::Field place[] = {{known_.bucket, bucket_of(manifest, where)}, {known_.key, make_text(values_.keep(std::string(known)), plain(TypeKind::String), where)}};
    return make_record(place, plain(TypeKind::S3), where);
}

/// The header and what separates the columns.
void Elaborator::csv_options(std::vector<ir::Field>& config, TypeId row, const std::vector<Setting>& given, Span where) {
    TypeId text_type = plain(TypeKind::String);
    bool first_row = !loop_argument(given, known_.header) || loop_flag(given, known_.header);
    config.push_back({names_.intern("CSVHeaderLocation"), make_text(first_row ? "FIRST_ROW" : "GIVEN", text_type, where)});
    if (!first_row) {
        std::vector<ValueId> names;
        for (const types::FieldType& f : types_[row].fields) names.push_back(make_text(text(f.name), text_type, where));
        config.push_back({names_.intern("CSVHeaders"), make_list(names, types_.list(text_type), where)});
    }
    ValueId value = loop_value(given, known_.delimiter, text_type, Time::Const);
    if (value == ValueId::none) return;
    std::string_view written = const_text(value).value_or("");
    for (const Delimiter& d : delimiters)
        if (d.text == written) return config.push_back({names_.intern("CSVDelimiter"), make_text(d.name, text_type, where)});
    diagnostics_.report(diag::ReaderOption, loop_argument(given, known_.delimiter)->written, written, "`delimiter`")
        .help("columns are separated by `,` `;` `|`, a blank or a tab");
}

/// Raw, or each element of it, as the row that the program says it is.
ValueId Elaborator::decoded(StepId id, ValueId bucket, TypeId row, bool texts, bool batch, Span where) {
    ValueId raw = make(Op::Raw, Time::Run, batch ? types_.list(plain(TypeKind::Json)) : plain(TypeKind::Json), where);
    values_.edit(raw).a = static_cast<uint32_t>(id);
    if (!batch) return decoded_row(raw, bucket, row, texts, where);
    ValueId all = make(Op::For, Time::Run, types_.list(row), where);
    ValueId one = make(Op::Local, Time::Run, plain(TypeKind::Json), where);
    values_.edit(one).a = static_cast<uint32_t>(all);
    ValueId body = decoded_row(one, bucket, row, texts, where);
    Value& v = values_.edit(all);
    v.a = static_cast<uint32_t>(raw);
    v.b = static_cast<uint32_t>(all);
    v.c = values_.add_loop({body, ValueId::none});
    return all;
}

ValueId Elaborator::decoded_row(ValueId raw, ValueId bucket, TypeId row, bool texts, Span where) {
    TypeId text_type = plain(TypeKind::String);
    std::vector<ir::Field> fields;
    if (texts) {
        for (const types::FieldType& f : types_[row].fields) {
            ValueId cell = make_member(raw, f.name, text_type, false, where);
            fields.push_back({f.name, of_text(cell, f.type, where)});
        }
    } else {
        bool inventory = is_inventory_row(row);          // cells of a CSV file, some of them only if the inventory was asked for them
        if (inventory) bucket = make_member(raw, known_.Bucket, text_type, false, where);
        ValueId key = make_member(raw, known_.Key, text_type, false, where);
        ValueId uri[] = {make_text("s3://", text_type, where), bucket, make_text("/", text_type, where), key};
        ValueId size = make_member(raw, names_.intern("Size"), inventory ? text_type : plain(TypeKind::Int), inventory, where);
        if (inventory) size = make_conditional(make_binary(Operator::Equal, size, make_null(where), plain(TypeKind::Bool), where), make_null(where),
                                               of_text(with_type(size, text_type), types_.optional(plain(TypeKind::Int)), where), where);
        fields = {{known_.key, key}, {known_.size, size}, {known_.location, make_concat(uri, text_type, where)}};
        if (inventory) fields.push_back({known_.bucket, bucket});
    }
    return make_record(fields, row, where);
}

/// A cell of a CSV file as a value of its column's type; what does not fit fails the turn.
ValueId Elaborator::of_text(ValueId cell, TypeId type, Span where) {
    if (types_.is_optional(type)) {
        ValueId empty = make_binary(Operator::Equal, cell, make_text("", plain(TypeKind::String), where), plain(TypeKind::Bool), where);
        return make_conditional(empty, make_null(where), of_text(cell, types_.without_none(type), where), where);
    }
    ValueId arguments[] = {cell};
    switch (types_.kind(type)) {
        case TypeKind::Int: case TypeKind::Float: case TypeKind::Duration: case TypeKind::Size:
            return make_call(ir::Builtin::Number, arguments, type, where);
        case TypeKind::Bool: {
            ValueId lower[] = {make_call(ir::Builtin::Lower, arguments, plain(TypeKind::String), where)};   // True, TRUE and true
            return make_call(ir::Builtin::ParseJson, lower, type, where);
        }
        case TypeKind::List: case TypeKind::Map: case TypeKind::Record: case TypeKind::Nominal: case TypeKind::Json:
            return make_call(ir::Builtin::ParseJson, arguments, type, where);
        default: return with_type(cell, type);
    }
}

void Elaborator::batches(ir::Distributed& far, const std::vector<Setting>& given) {
    const Setting* s = loop_argument(given, known_.batch);
    ValueId value = loop_value(given, known_.batch, types_.union_of({plain(TypeKind::Int), plain(TypeKind::Size)}));
    if (value == ValueId::none) return;
    bool bytes = kind_of(value) == TypeKind::Size;
    int64_t most = bytes ? most_batch_bytes : most_items_read;
    each_known(value, [&](ValueId one) {
        if (auto n = const_integer(one); n && (*n < 1 || *n > most))
            diagnostics_.report(diag::OutOfRange, one == value ? s->written : values_[one].where,
                                bytes ? "a batch has at most 256KiB: that is what an execution can be started with"
                                      : "a batch has at least one item");
    });
    ir::Field limit[] = {{names_.intern(bytes ? "MaxInputBytesPerBatch" : "MaxItemsPerBatch"), with_type(value, plain(TypeKind::Int))}};
    far.batch = make_record(limit, plain(TypeKind::Literals), s->where);
}

void Elaborator::tolerances(ir::Distributed& far, const std::vector<Setting>& given) {
    const Setting* count = loop_argument(given, known_.tolerate);
    const Setting* share = loop_argument(given, known_.tolerate_percent);
    if (count && share)
        diagnostics_.report(diag::ConflictingArguments, share->where, "tolerate", "tolerate_percent")
            .label(count->where, "given here")
            .help("say one of them: a number of turns, or a share of them");
    far.tolerated_count = loop_number(given, known_.tolerate, 0, most_items_read);
    far.tolerated_percentage = loop_value(given, known_.tolerate_percent, plain(TypeKind::Float));
    if (!share || far.tolerated_percentage == ValueId::none) return;
    each_known(far.tolerated_percentage, [&](ValueId one) {
        if (auto n = const_number(one); n && (*n < 0 || *n > 100))
            diagnostics_.report(diag::OutOfRange, one == far.tolerated_percentage ? share->written : values_[one].where, "`tolerate_percent` is from 0 to 100");
    });
}

void Elaborator::write_results(ir::Distributed& far, StepId id, const std::vector<Setting>& given) {
    ValueId place = loop_value(given, known_.results, plain(TypeKind::S3));
    if (place == ValueId::none) return;
    Span where = loop_argument(given, known_.results)->written;
    ir::Field arguments[] = {{known_.Bucket, bucket_of(place, where)}, {known_.Prefix, key_of(place, where)}};
    far.writer = make_record(arguments, plain(TypeKind::Literals), where);
    own_access("s3.map_write", place, where);
    touched(true, place, id, where);
    own_key("kms.map");
}

std::string_view Elaborator::loop_label(StepId id, const std::vector<Setting>& given) {
    ValueId value = loop_value(given, known_.label, plain(TypeKind::String), Time::Const);
    if (value == ValueId::none) {
        name_variables(*pipeline_, names_, symbols_);
        return step(id).variable;
    }
    std::string_view label = const_text(value).value_or("");
    Span where = loop_argument(given, known_.label)->written;
    bool fine = !label.empty() && std::all_of(label.begin(), label.end(), [](char c) {
        auto code = static_cast<unsigned char>(c);
        return code > 0x20 && code < 0x7f && not_in_labels.find(c) == std::string_view::npos;
    });
    if (label.size() > longest_label)
        diagnostics_.report(diag::BadLabel, where,
                            fmt::format("this label has {} characters, {} more than Step Functions takes", label.size(),
                                        label.size() - longest_label));
    else if (!fine)
        diagnostics_.report(diag::BadLabel, where, fmt::format("\"{}\" is no label", label))
            .help("a label has letters, digits, `-` and `_`: it becomes part of the ARNs of the turns");
    return label;
}

void Elaborator::check_label(StepId id, std::string_view label, Span where) {
    for (size_t i = 0; i < pipeline_->steps.size(); i++) {
        const ir::Step& s = pipeline_->steps[i];
        const auto* map = i == static_cast<size_t>(id) ? nullptr : std::get_if<ir::Map>(&s.is);
        if (map && map->distributed && map->distributed->label == label)
            diagnostics_.report(diag::BadLabel, where, fmt::format("another `for` of this pipeline has the label \"{}\"", label))
                .label(s.where, "this one");
    }
}

/// Step Functions guide, choosing-workflow-type: what express executions cannot do.
void Elaborator::check_express(const ir::Map& map, size_t first_step) {
    constexpr int64_t longest = 300;
    for (size_t i = first_step; i < pipeline_->steps.size(); i++) {
        const ir::Step& s = pipeline_->steps[i];
        std::string_view problem;
        if (const auto* task = std::get_if<ir::Task>(&s.is); task && task->integration && task->integration->pattern() != schema::Pattern::Request)
            problem = "an express execution cannot wait for a job, another pipeline or an answer";
        if (const auto* inner = std::get_if<ir::Map>(&s.is); inner && inner->distributed)
            problem = "an express execution cannot start executions of its own";
        if (const auto* wait = std::get_if<ir::Wait>(&s.is); wait && wait->seconds != ValueId::none)
            if (const_integer(wait->seconds).value_or(0) >= longest) problem = "an express execution takes at most 5 minutes";
        if (problem.empty()) continue;
        diagnostics_.report(diag::NotExpress, s.where, problem)
            .help(fmt::format("leave `express: true` out of the `for` with the label \"{}\"", map.distributed->label));
        return;
    }
}

}  // namespace zflow::elaborate
