#include "driver/format_files.hpp"

#include <fmt/format.h>

#include "driver/console.hpp"
#include "driver/files.hpp"
#include "format/format.hpp"

namespace zflow {

namespace {

class Formatter {
   public:
    explicit Formatter(const Settings& settings) : settings_(settings) {}

    int run() {
        for (const std::string& file : settings_.files) one(file);
        Settings beside = settings_;   // with --check standard output has the names
        beside.check = false;
        show_findings(beside, diagnostics_, sources_);
        if (failed_) return exit_failed;
        return diagnostics_.size() || differ_ ? exit_findings : exit_clean;
    }

   private:
    void one(const std::string& file) {
        std::string why;
        auto text = read_file(file, why);
        if (!text) return cannot("read", file, why);
        std::string name = file == "-" ? settings_.stdin_name : file;
        FileId id = sources_.add(name, std::move(*text));
        auto formatted = format::format_file(sources_, id, names_, diagnostics_);
        if (!formatted) return;
        bool differs = *formatted != sources_.file(id).text;
        if (settings_.check) tell(name, differs);
        else if (file == "-") failed_ |= answer(*formatted) != exit_clean;
        else if (differs) write(file, *formatted);
    }

    void tell(const std::string& name, bool differs) {
        if (!differs) return;
        differ_ = true;
        failed_ |= answer(name + "\n") != exit_clean;
    }

    void write(const std::string& file, std::string_view formatted) {
        PendingFiles files;
        std::string why;
        if (!files.write(file, {&formatted, 1}, why) || !files.commit(why)) cannot("write", file, why);
    }

    void cannot(std::string_view what, const std::string& file, const std::string& why) {
        fail(fmt::format("cannot {} `{}`: {}", what, file, why));
        failed_ = true;
    }

    const Settings& settings_;
    SourceMap sources_;
    Interner names_;
    Diagnostics diagnostics_;
    bool failed_ = false, differ_ = false;
};

}  // namespace

int format_files(const Settings& settings) { return Formatter(settings).run(); }

}  // namespace zflow
