#include "ir/image.hpp"

namespace zflow::ir {

ImageName image_name(const Values& values, ValueId address) {
    ValueId first = address, last = address;
    if (values[address].op == Op::Concat) first = values.links(address).front(), last = values.links(address).back();
    if (values[first].op != Op::String || values[last].op != Op::String) return {};
    std::string_view begin = values[first].text(), end = values[last].text();
    constexpr size_t account = 12;
    bool registry = begin.size() > account && begin.find_first_not_of("0123456789") == account && begin.substr(account).starts_with(".dkr.ecr.");
    size_t slash = end.rfind('/');
    if (!registry || slash == std::string_view::npos) return {};
    end.remove_prefix(slash + 1);
    return {begin.substr(0, account), end.substr(0, end.find_first_of(":@"))};
}

}  // namespace zflow::ir
