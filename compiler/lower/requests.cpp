#include "lower/requests.hpp"

#include <algorithm>

namespace zflow::lower {

using ir::Op;
using ir::Time;
using ir::ValueId;

void Requests::write(ValueId arguments) {
    if (!json_.compact()) return value(arguments);
    Span where = context_.values[arguments].where;
    if (const Request* before = known(where, arguments)) {
        like_ = &before->parts;
        return copy(0, arguments);
    }
    noted_ = &room_for(where);
    value(arguments);
    noted_ = nullptr;
}

/// Of the same place, and with the same members.
const Requests::Request* Requests::known(Span where, ValueId arguments) const {
    for (const Request& request : known_)
        if (request.where == where && same_members(request.parts, 0, arguments)) return &request;
    return nullptr;
}

std::vector<Requests::Part>& Requests::room_for(Span where) {
    constexpr size_t most = 16, usual = 40;   // few kinds of stages make up a program
    if (known_.size() < most) known_.emplace_back();
    Request& request = known_[oldest_++ % most];
    request.where = where;
    request.parts.clear();
    request.parts.reserve(usual);
    return request.parts;
}

bool Requests::may_lack(ValueId id) const {
    const ir::Value& v = context_.values[id];
    return v.optional && v.time == Time::Run;
}

Requests::Form Requests::form_of(ValueId id) const {
    const ir::Value& v = context_.values[id];
    if (v.op == Op::List) return Form::List;
    if (v.op != Op::Record || values_.located(v)) return Form::Whole;
    if (v.time != Time::Run) return Form::Record;   // of what is known before the run nothing may lack
    auto fields = context_.values.fields(id);
    bool sifted = std::any_of(fields.begin(), fields.end(), [&](const ir::Field& f) { return may_lack(f.value); });
    return sifted ? Form::Sifted : Form::Record;
}

void Requests::value(ValueId id, Symbol key) {
    Form form = form_of(id);
    json_.separate();
    if (!noted_) return members(id, form);
    size_t part = noted_->size();
    noted_->push_back({id, key, json_.size(), 0, 0, form, context_.values[id].time != Time::Run});
    members(id, form);
    (*noted_)[part].to = json_.size();
    (*noted_)[part].end = noted_->size();
}

void Requests::members(ValueId id, Form form) {
    switch (form) {
        case Form::Whole: return values_.value(id);
        case Form::Sifted: return values_.sifted(id);
        case Form::List:
            json_.begin_array();
            for (ValueId element : context_.values.links(id)) value(element);
            return json_.end_array();
        case Form::Record:
            json_.begin_object();
            for (const ir::Field& field : context_.values.fields(id)) {
                if (is_null(field.value)) continue;
                values_.key(field.key);
                value(field.value, field.key);
            }
            return json_.end_object();
    }
}

/// Writes a value like one that was written before.
void Requests::copy(size_t at, ValueId id) {
    const Part& part = (*like_)[at];
    json_.separate();
    repeated_ = part.from;
    repeat(at, id);
    json_.again(repeated_, part.to, false);
}

/// Goes on to what is different within a value, and writes that.
void Requests::repeat(size_t at, ValueId id) {
    const Part& part = (*like_)[at];
    if (is_same(part, id)) return;
    if (same_members(*like_, at, id)) return repeat_members(at, id);
    json_.again(repeated_, part.from, true);
    other_members(at, id);
    repeated_ = part.to;
}

/// Whether it has the same text for sure.
bool Requests::is_same(const Part& part, ValueId id) const {
    if (!part.settled || part.value == id) return part.settled;
    const ir::Value& a = context_.values[part.value];
    const ir::Value& b = context_.values[id];
    if (a.op != b.op) return false;
    return a.op == Op::String ? a.text() == b.text() : a.op == Op::Integer && a.integer == b.integer;
}

/// False also when it has no members, or is one text.
bool Requests::same_members(const std::vector<Part>& parts, size_t at, ValueId id) const {
    const Part& part = parts[at];
    if (part.form != Form::Record && part.form != Form::List) return false;
    const ir::Value& v = context_.values[id];
    size_t next = at + 1;
    if (part.form == Form::List) {
        if (v.op != Op::List) return false;
        size_t count = 0;
        for (; next != part.end; next = parts[next].end) count++;
        return count == v.b;
    }
    if (v.op != Op::Record || values_.located(v)) return false;
    for (const ir::Field& field : context_.values.fields(id)) {
        bool there = next != part.end && parts[next].key == field.key;
        if (!there || parts[next].value != field.value) {
            if (is_null(field.value)) continue;
            if (!there || may_lack(field.value)) return false;
        }
        next = parts[next].end;
    }
    return next == part.end;
}

void Requests::repeat_members(size_t at, ValueId id) {
    const std::vector<Part>& parts = *like_;
    size_t next = at + 1, end = parts[at].end;
    auto member = [&](ValueId value) {
        if (!parts[next].settled || parts[next].value != value) repeat(next, value);
        next = parts[next].end;
    };
    if (parts[at].form == Form::List) {
        for (ValueId element : context_.values.links(id)) member(element);
        return;
    }
    for (const ir::Field& field : context_.values.fields(id)) {
        if (next == end) return;
        if (parts[next].key == field.key) member(field.value);   // others are left out
    }
}

/// Members that it has as well are like those.
void Requests::other_members(size_t at, ValueId id) {
    Form was = (*like_)[at].form, is = form_of(id);
    if (was != is) return members(id, is);
    if (is == Form::Record) return record_like(at, id);
    if (is == Form::List) return list_like(at, id);
    members(id, is);
}

void Requests::record_like(size_t at, ValueId id) {
    const std::vector<Part>& parts = *like_;
    json_.begin_object();
    for (const ir::Field& field : context_.values.fields(id)) {
        if (is_null(field.value)) continue;
        values_.key(field.key);
        size_t like = at + 1;
        while (like != parts[at].end && parts[like].key != field.key) like = parts[like].end;
        if (like == parts[at].end) value(field.value);
        else copy(like, field.value);
    }
    json_.end_object();
}

/// Elements of a list are like each other.
void Requests::list_like(size_t at, ValueId id) {
    const std::vector<Part>& parts = *like_;
    size_t like = at + 1, end = parts[at].end;
    json_.begin_array();
    for (ValueId element : context_.values.links(id)) {
        if (like == end) value(element);
        else copy(like, element);
        if (like != end && parts[like].end != end) like = parts[like].end;
    }
    json_.end_array();
}

}  // namespace zflow::lower
