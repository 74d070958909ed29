/// @file corpus.hpp
/// @brief The error corpus: sources that say in comments what the compiler has to say about them.
///
/// A comment stands on the line after the place it speaks of, several may follow each other:
///
///     stage train = trainig_job {}
///     // error: 15-26 [unknown-kind] "is no stage kind"
///     // help: "did you mean `training_job`?"
///     // fix: "training_job"
///
/// Columns count from 1, the end is exclusive; `3-+2:5` ends two lines further down, and the comment stands after that
/// line. The words in quotes are a part of the message. `help` and `fix` belong to the finding above them and may be
/// left out. `// error: nowhere […] "…"` is a finding without a place, at the end of the file.
///
/// The comments are taken out before the source is compiled. A line `// repeat 201: param p#: Int` becomes 201 copies of
/// what follows the colon, on one line, with the copy's number from 1 for each `#`.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/harness.hpp"

namespace zflow::test {

/// What one comment says, or what the compiler says, in the same form.
struct Finding {
    size_t line = 0;        ///< the place's last line, from 1, in the source without comments; 0: no place
    std::string place;      ///< `error: 15-26 [unknown-kind]`
    std::string message;
    std::vector<std::string> helps;
    std::vector<std::string> fixes;
};

/// One file of the corpus, its comments apart from its source.
struct CorpusFile {
    std::string source;
    std::vector<Finding> expected;
};

/// One program: a file, or a folder whose main.zflow is compiled.
struct CorpusCase {
    std::string name;                          ///< "unknown-name", "import-cycle/main"
    std::string main;                          ///< key of the main file
    std::map<std::string, CorpusFile> files;
    std::map<std::string, std::filesystem::path> paths;
};

std::vector<CorpusCase> corpus();

/// Takes the comments out of a file.
CorpusFile split_comments(const std::string& text);
/// Puts the comments in again: what ZFLOW_UPDATE=1 writes. `text` is the file as it stands.
std::string with_comments(const std::string& text, const std::vector<Finding>& findings);
/// Writes out `// repeat` lines.
std::string expand_repeats(const std::string& source);

/// Compiles a case; usually as a check, without output.
void compile_case(Compiled& result, const CorpusCase& program, Emit emit = Emit::Nothing);
/// The findings in one file, by the line where they end.
std::vector<Finding> findings_in(const Compiled& result, const std::string& file);
/// How often each diagnostic was reported.
std::map<std::string, size_t> counts_by_id(const Diagnostics& diagnostics);

}  // namespace zflow::test
