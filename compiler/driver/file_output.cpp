#include "driver/file_output.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "driver/console.hpp"
#include "template/nesting.hpp"

namespace zflow {

namespace {

using LayerForm = FileOutput::LayerForm;

LayerForm form_of(const CompileOptions& options) {
    switch (options.emit) {
        case Emit::Asl: return {".asl.json", std::nullopt};
        case Emit::Iam: return {".iam.json", std::nullopt};
        case Emit::Ir: return {".ir", "\n"};
        case Emit::IrJson: return {".ir.json", std::nullopt};
        case Emit::Dot: return {".dot", "\n"};
        case Emit::Mermaid: return {".mmd", std::nullopt};
        case Emit::InputSchema: return {".input-schema.json", std::nullopt};
        case Emit::Interface: return {".interface.json", std::nullopt};
        case Emit::Template: case Emit::Nothing: break;
    }
    return options.format == cfn::Format::Json ? LayerForm{".json", std::nullopt} : LayerForm{".yaml", "---\n"};
}

bool same_file(const std::string& a, const std::string& b) {
    struct stat x, y;
    if (::stat(a.c_str(), &x) != 0 || ::stat(b.c_str(), &y) != 0) return false;
    return S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

}  // namespace

FileOutput::FileOutput(std::string source, const DiskProvider& inputs, std::string target, const CompileOptions& options)
    : source_(std::move(source)),
      inputs_(inputs),
      target_(std::move(target)),
      form_(form_of(options)) {
    struct stat info;
    folder_ = target_.ends_with('/') || (!target_.empty() && ::stat(target_.c_str(), &info) == 0 && S_ISDIR(info.st_mode));
}

void FileOutput::stack(std::string_view name, bool several, const cfn::Made& made) {
    if (!error_.empty()) return;
    const cfn::Summary& summary = made.summary;
    bool one_file = several && !folder_ && !(on_screen() && form_.separator);
    // CloudFormation refuses a template without resources
    if (summary.bytes > 0 && summary.resources == 0)
        error_ = fmt::format("`{}` has nothing to deploy: no pipeline and no resource", source_);
    else if (one_file) error_ = fmt::format("`{}` has several stacks: give `-o` a folder", source_);
    else if (on_screen() && !made.nested.empty()) error_ = needs_room(made.nested.size() + 1);
    else if (on_screen()) add_text(made.text);
    else write(name, made);
}

std::string FileOutput::commit() {
    for (const std::string& path : paths_)   // now all that the program takes in has been read
        for (const std::string& input : inputs_.paths())
            if (error_.empty() && same_file(path, input)) error_ = fmt::format("`{}` is a part of the program: it would be overwritten", path);
    if (!error_.empty()) return error_;
    if (!text_.empty() && !print(text_)) return "cannot write to standard output: " + system_error();
    std::string why;
    return files_.commit(why) ? "" : fmt::format("cannot replace the output: {}", why);
}

std::string FileOutput::needs_room(size_t templates) const {
    return fmt::format("`{}` needs {} templates, more than standard output can hold: give `-o` a file or a folder", source_, templates);
}

void FileOutput::add_text(const cfn::Text& text) {
    if (!text_.empty()) text_ += *form_.separator;
    text.each_piece([&](std::string_view piece) { text_ += piece; });
}

void FileOutput::write(std::string_view name, const cfn::Made& made) {
    std::filesystem::path path = target_;
    std::error_code ignored;
    if (folder_) std::filesystem::create_directories(target_, ignored);   // what goes wrong shows when the file is written
    if (folder_) path /= fmt::format("{}{}", name, form_.extension);
    write_file(path.string(), made.text);
    Written w{path.string(), made.summary, {}};
    for (const cfn::NestedTemplate& part : made.nested) {
        w.nested.push_back((path.parent_path() / part.file).string());
        write_file(w.nested.back(), part.text);
    }
    if (made.summary.bytes > 0) remove_old_parts(path, made.nested.size());
    written_.push_back(std::move(w));
}

void FileOutput::write_file(const std::string& path, const cfn::Text& text) {
    if (!error_.empty()) return;
    std::string why;
    pieces_.clear();
    text.each_piece([&](std::string_view piece) { pieces_.push_back(piece); });
    if (!paths_.insert(path).second) error_ = fmt::format("two stacks would both become `{}`: give them different names", path);
    else if (same_file(path, source_)) error_ = fmt::format("`{}` is the source itself: it would be overwritten", path);
    else if (!files_.write(path, pieces_, why)) error_ = fmt::format("cannot write `{}`: {}", path, why);
}

void FileOutput::remove_old_parts(const std::filesystem::path& main, size_t parts) {
    constexpr size_t enough = 256;   // of a file, to know it by
    std::string stem = main.stem().string();
    for (size_t number = parts + 1;; number++) {
        std::string path = (main.parent_path() / cfn::part_file(stem, number, main.extension().string())).string();
        if (!cfn::begins_part(beginning_of(path, enough), stem, number)) return;
        files_.remove(std::move(path));
    }
}

}  // namespace zflow
