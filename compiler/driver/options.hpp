/// @file options.hpp
/// @brief What the command line asks for.
#pragma once

#include <string>
#include <vector>

#include "driver/policy.hpp"

namespace zflow {

struct Settings : PolicyOptions {
    std::vector<std::string> files;
    std::string output;
    std::string stdin_name = "<stdin>";
    std::string format = "text";
    std::string emit;
    std::string graph;          ///< "": not said
    std::string colour = "auto";
    bool check = false;
    bool json = false;
    bool timings = false;
    bool verbose = false;
    std::string topic;          ///< of `explain` or `doc`
    bool list = false;          ///< with `explain`
};

enum class Command {
    Compile,
    Explain,
    Document,
    Format,
    Fix,
    Answer,   ///< the text was asked for
    Misuse,   ///< the text says what is wrong with the arguments
};

/// @param text of an Answer or a Misuse
Command read_options(int argc, const char* const* argv, Settings& settings, std::string& text);

}  // namespace zflow
